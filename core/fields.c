/* SPDX-License-Identifier: MIT */
/* The fields of a record, one for each key: its last value. */
#include "core/view.h"

/* Skips an item but for the fields it sets; true with `*field` for one of those. */
static bool next_set(slmi_cursor *c, slm_field *field, slmi_text_room *keys, slmi_text_room *values)
{
    const slmi_item *item;
    while ((item = slmi_cursor_peek(c))) {
        if (item->type == SLMI_ITEM_SET) {
            const slmi_set_item *set = slmi_cursor_take(c, sizeof *set);
            if (!set)
                return false;
            field->key = slmi_read_text(c, set->item.n, keys);
            field->value = slmi_read_value(c, set->item.flags, &set->word, values);
            return true;
        }
        slmi_skip_item(c, item);
    }
    return false;
}

void slmi_skip_item(slmi_cursor *c, const slmi_item *item)
{
    size_t size = sizeof *item;
    if (item->type == SLMI_ITEM_EVENT)
        size = sizeof(slmi_event_item) + slmi_event_fields(item) * sizeof(uint64_t);
    else if (item->type == SLMI_ITEM_LINK)
        size = sizeof(slmi_link_item);
    else if (item->type == SLMI_ITEM_SET || item->type == SLMI_ITEM_LINK_FIELD)
        size = sizeof(slmi_set_item);
    const unsigned char *taken = slmi_cursor_take(c, size);
    if (!taken)
        return;
    if (item->type == SLMI_ITEM_EVENT) {
        const slmi_event_item *event = (const slmi_event_item *)(const void *)item;
        for (unsigned i = 0; i < slmi_event_fields(item); i++)
            (void)slmi_read_value(c, event->site->types[i], &event->words[i], NULL);
    } else if (item->type == SLMI_ITEM_SET || item->type == SLMI_ITEM_LINK_FIELD) {
        const slmi_set_item *set = (const slmi_set_item *)(const void *)item;
        (void)slmi_cursor_text(c, item->n, NULL, 0);
        (void)slmi_read_value(c, item->flags, &set->word, NULL);
    }
    (void)slmi_cursor_text(c, item->len, NULL, 0);
}

unsigned slmi_read_fields(slmi_cursor *c, const slm_metadata *meta, const uint64_t *words, slm_field *out,
                          slmi_text_room *room)
{
    unsigned count = 0;
    for (unsigned i = 0; i < meta->field_count; i++) {
        slm_value value = slmi_read_value(c, meta->types[i], &words[i], room);
        if (value.type != SLM_TYPE_EMPTY)
            out[count++] = (slm_field){ meta->keys[i], value };
    }
    return count;
}

unsigned slmi_field_put(slm_field *fields, unsigned count, unsigned max, const slm_field *field, unsigned *dropped)
{
    if (field->value.type == SLM_TYPE_EMPTY)
        return count;
    for (unsigned i = 0; i < count; i++)
        if (slm_string_equal(fields[i].key, field->key)) {
            fields[i].value = field->value;
            return count;
        }
    if (count == max) {
        ++*dropped;
        return count;
    }
    fields[count] = *field;
    return count + 1;
}

/* A span's values in the order they were given: those of its start, then those that were recorded later. */
struct values {
    slmi_cursor c;
    const slm_metadata *meta;
    const uint64_t *words;
    unsigned at; /* how many were read */
    bool later;  /* there may be more than those of its start: else its events need not be walked */
};

static void values_open(struct values *v, const slmi_slot *slot)
{
    slmi_cursor_open(&v->c, slot);
    v->meta = slot->site;
    v->words = v->meta->field_count ? slmi_cursor_take(&v->c, v->meta->field_count * sizeof *v->words) : NULL;
    v->at = 0;
    v->later = (slmi_bits(slot) & SLMI_BIT_LATER) != 0;
}

static bool values_next(struct values *v, slm_field *field, slmi_text_room *keys, slmi_text_room *values)
{
    unsigned at = v->at++;
    if (!v->words || at >= v->meta->field_count)
        return v->later && next_set(&v->c, field, keys, values);
    field->key = v->meta->keys[at];
    field->value = slmi_read_value(&v->c, v->meta->types[at], &v->words[at], values);
    return true;
}

static unsigned place_of(const unsigned *last, unsigned count, unsigned at)
{
    unsigned i = 0;
    while (i < count && last[i] != at)
        i++;
    return i;
}

/* First the keys, and which value is the last of each, then those values: what was replaced takes no room from them. */
unsigned slmi_view_read(const slmi_slot *slot, slm_field *fields, unsigned max, slmi_text_room *room, unsigned *dropped)
{
    unsigned count = 0, last[SLMI_VIEW_FIELDS_MAX];
    struct values v;
    slm_field field;
    *dropped = 0;
    values_open(&v, slot);
    for (size_t used = room->used; values_next(&v, &field, room, NULL); used = room->used) {
        unsigned at = 0;
        while (at < count && !slm_string_equal(fields[at].key, field.key))
            at++;
        bool fresh = at == count && field.value.type != SLM_TYPE_EMPTY;
        if (!fresh || count == max)
            room->used = used;
        *dropped += fresh && count == max;
        if (fresh && count < max)
            fields[count++] = field;
        if (at < count && field.value.type != SLM_TYPE_EMPTY)
            last[at] = v.at;
    }
    values_open(&v, slot);
    for (unsigned left = count; left;) {
        unsigned at = place_of(last, count, v.at + 1);
        if (!values_next(&v, &field, NULL, at < count ? room : NULL))
            break;
        if (at == count)
            continue;
        fields[at].value = field.value;
        left--;
    }
    unsigned kept = 0; /* an array for which there was no room is left out */
    for (unsigned i = 0; i < count; i++)
        if (fields[i].value.type != SLM_TYPE_EMPTY)
            fields[kept++] = fields[i];
    *dropped += count - kept;
    return kept;
}
