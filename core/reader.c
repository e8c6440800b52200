/* SPDX-License-Identifier: MIT */
/* An ended record as plain data. Texts are referred to where they lie; only one that runs over a block's end is copied.
 * A first walk counts, so that everything is in one piece of scratch memory. */
#include <string.h>

#include "core/alloc.h"
#include "core/details.h"
#include "core/export.h"
#include "core/parent_table.h"
#include "core/span_limits.h"
#include "core/value_length.h"
#include "core/view.h"

enum { EVENT_EXTRAS_MAX = 2 + SLMI_EVENT_DETAILS_MAX }; /* its text, and its level */

struct counts {
    unsigned fields, events, event_fields, links, link_fields;
};

/* Those in force when the record is read. */
struct limits {
    unsigned fields, events, links, event_fields, link_fields, value_length;
};

void slmi_scratch_free(slmi_scratch *scratch)
{
    slmi_free(scratch->bytes);
    *scratch = (slmi_scratch){ NULL, 0, 0 };
}

static void skip_first_fields(slmi_cursor *c, const slm_metadata *meta)
{
    if (meta->field_count == 0)
        return;
    const uint64_t *words = slmi_cursor_take(c, meta->field_count * sizeof *words);
    for (unsigned i = 0; words && i < meta->field_count; i++)
        (void)slmi_read_value(c, meta->types[i], &words[i], NULL);
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static struct limits limits_now(void)
{
    return (struct limits){ .fields = SLMI_LIMIT(attributes),
                            .events = SLMI_LIMIT(events),
                            .links = SLMI_LIMIT(links),
                            .event_fields = SLMI_LIMIT(event_attributes),
                            .link_fields = SLMI_LIMIT(link_attributes),
                            .value_length = SLMI_LIMIT(value_length) };
}

static struct counts count_items(const slmi_slot *slot, const struct limits *limits)
{
    struct counts n = { slot->site->field_count + (unsigned)SLMI_DETAILS_MAX, 0, 0, 0, 0 };
    slmi_cursor c;
    slmi_cursor_open(&c, slot);
    skip_first_fields(&c, slot->site);
    const slmi_item *item;
    while ((item = slmi_cursor_peek(&c))) {
        n.fields += item->type == SLMI_ITEM_SET;
        n.links += item->type == SLMI_ITEM_LINK && n.links < limits->links;
        n.link_fields += item->type == SLMI_ITEM_LINK_FIELD;
        if (item->type == SLMI_ITEM_EVENT && n.events < limits->events) {
            n.events++;
            n.event_fields += slmi_event_fields(item) + EVENT_EXTRAS_MAX;
        }
        slmi_skip_item(&c, item);
    }
    n.fields = least(n.fields, limits->fields);
    return n;
}

struct reading {
    const slmi_slot *slot;
    unsigned pipeline, group;
    struct limits limits;
    slmi_cursor cursor;
    slmi_text_room room;
    slm_span_data *data;
    slm_field *fields, *event_fields, *link_fields;
    slm_event_data *events;
    slm_link_data *links;
    slm_span_context *contexts;
};

static void *carve(char **at, size_t count, size_t size)
{
    void *piece = *at;
    *at += (count * size + 15) & ~(size_t)15;
    return piece;
}

/* All that is stored, four times over: a member of a map needs 48 bytes for the 16 of its item, an array's string 16
 * for the 8 of its length. */
static size_t text_room(const slmi_slot *slot)
{
    uint32_t chain = atomic_load_explicit(&slot->chain, memory_order_relaxed);
    size_t blocks = chain ? slmi_block_at(chain)->count : 0;
    return 4 * (SLMI_ARENA_BYTES + blocks * SLMI_BLOCK_BYTES) + SLM_TRACESTATE_MAX + 64;
}

static bool prepare(struct reading *r, slmi_scratch *scratch)
{
    r->limits = limits_now();
    struct counts n = count_items(r->slot, &r->limits);
    size_t text = text_room(r->slot);
    size_t need = sizeof *r->data + n.fields * sizeof *r->fields + n.events * sizeof *r->events +
                  n.event_fields * sizeof *r->event_fields + n.links * (sizeof *r->links + sizeof *r->contexts) +
                  n.link_fields * sizeof *r->link_fields + text + (size_t)8 * 16;
    if (scratch->room < need) {
        size_t room = need < 8192 ? 8192 : need;
        char *bytes = slmi_realloc(scratch->bytes, room);
        if (!bytes)
            return false;
        scratch->bytes = bytes;
        scratch->room = room;
    }
    char *at = scratch->bytes;
    r->data = carve(&at, 1, sizeof *r->data);
    r->fields = carve(&at, n.fields, sizeof *r->fields);
    r->events = carve(&at, n.events, sizeof *r->events);
    r->event_fields = carve(&at, n.event_fields, sizeof *r->event_fields);
    r->links = carve(&at, n.links, sizeof *r->links);
    r->contexts = carve(&at, n.links, sizeof *r->contexts);
    r->link_fields = carve(&at, n.link_fields, sizeof *r->link_fields);
    r->room = (slmi_text_room){ at, text, 0 };
    return true;
}

/* Whoever gets the data need not know that a printer made a text. */
static unsigned put_field(const struct reading *r, slm_field *fields, unsigned count, unsigned max, slm_field field,
                          unsigned *dropped)
{
    if (field.value.type == SLM_TYPE_DEBUG)
        field.value.type = SLM_TYPE_STRING;
    if (r->limits.value_length != SLM_UNLIMITED)
        slmi_value_shorten(&field.value, r->limits.value_length);
    return slmi_field_put(fields, count, max, &field, dropped);
}

/* What the program gave under that key stands. */
static unsigned put_extra(const struct reading *r, slm_field *fields, unsigned count, unsigned max, slm_field field,
                          unsigned *dropped)
{
    for (unsigned i = 0; i < count; i++)
        if (slm_string_equal(fields[i].key, field.key))
            return count;
    return put_field(r, fields, count, max, field, dropped);
}

static slm_value text_value(slm_string text)
{
    return slm_value_string(text.data ? text.data : "", text.len);
}

static slm_string level_name(uint8_t level)
{
    static const char *const names[] = { "OFF", "ERROR", "WARN", "INFO", "DEBUG", "TRACE" };
    return slm_string_from_c(names[level <= SLM_LEVEL_TRACE ? level : SLM_LEVEL_OFF]);
}

/* The event's name is its text where the format is the text, else the format, so that names are few. */
static void read_event(struct reading *r)
{
    const slmi_event_item *peeked = (const slmi_event_item *)(const void *)slmi_cursor_peek(&r->cursor);
    if (r->data->event_count == r->limits.events) {
        r->data->dropped_events++;
        slmi_skip_item(&r->cursor, &peeked->item);
        return;
    }
    const slmi_event_item *item =
        slmi_cursor_take(&r->cursor, sizeof *item + slmi_event_fields(&peeked->item) * sizeof item->words[0]);
    if (!item)
        return;
    slm_event_data *event = &r->events[r->data->event_count++];
    slm_field *fields = r->event_fields, given[SLMI_FIELDS_MAX];
    unsigned n = slmi_read_fields(&r->cursor, item->site, item->words, given, &r->room);
    slm_string text = slmi_read_text(&r->cursor, item->item.len, &r->room);
    unsigned count = 0, dropped = 0;
    unsigned max = least(slmi_event_fields(&item->item) + (unsigned)EVENT_EXTRAS_MAX, r->limits.event_fields);
    if (item->item.flags) {
        slm_field message = { { "message", 7 }, text_value(text) };
        count = put_field(r, fields, count, max, message, &dropped);
    }
    for (unsigned i = 0; i < n; i++)
        count = put_field(r, fields, count, max, given[i], &dropped);
    slm_field level = { { "level", 5 }, text_value(level_name(item->site->level)) }, more[SLMI_EVENT_DETAILS_MAX];
    count = put_extra(r, fields, count, max, level, &dropped);
    n = slmi_details_of_event(r->slot, item->site, more);
    for (unsigned i = 0; i < n; i++)
        count = put_extra(r, fields, count, max, more[i], &dropped);
    r->event_fields += count;
    *event = (slm_event_data){ .name = item->site->name.len ? item->site->name : (slm_string){ "event", 5 },
                               .time_ns = item->time + r->slot->anchor,
                               .fields = fields,
                               .field_count = count,
                               .dropped_fields = dropped };
}

static slm_field read_key_and_value(struct reading *r, const slmi_set_item *item)
{
    slm_field field;
    field.key = slmi_read_text(&r->cursor, item->item.n, &r->room);
    field.value = slmi_read_value(&r->cursor, item->item.flags, &item->word, &r->room);
    return field;
}

/* The fields after a link. */
static void read_link_fields(struct reading *r, slm_link_data *link, unsigned given)
{
    unsigned seen = 0;
    const slmi_item *next;
    link->fields = r->link_fields;
    while ((next = slmi_cursor_peek(&r->cursor)) && next->type == SLMI_ITEM_LINK_FIELD) {
        const slmi_set_item *item = slmi_cursor_take(&r->cursor, sizeof *item);
        if (!item)
            break;
        link->field_count = put_field(r, r->link_fields, link->field_count, r->limits.link_fields,
                                      read_key_and_value(r, item), &link->dropped_fields);
        seen++;
    }
    link->dropped_fields += given - least(seen, given);
    r->link_fields += link->field_count;
}

static void read_link(struct reading *r)
{
    if (r->data->link_count == r->limits.links) {
        r->data->dropped_links++;
        slmi_skip_item(&r->cursor, slmi_cursor_peek(&r->cursor));
        return;
    }
    const slmi_link_item *item = slmi_cursor_take(&r->cursor, sizeof *item);
    if (!item)
        return;
    slm_span_context *context = &r->contexts[r->data->link_count];
    memset(context, 0, sizeof *context);
    context->trace_id = item->trace_id;
    context->span_id = item->span_id;
    context->flags = item->item.flags & 3u;
    context->is_remote = (item->item.flags & 4u) != 0;
    slm_string state = slmi_read_text(&r->cursor, item->item.len, &r->room);
    size_t len = state.len < SLM_TRACESTATE_MAX ? state.len : SLM_TRACESTATE_MAX;
    if (len)
        memcpy(context->tracestate, state.data, len);
    context->tracestate_len = (uint16_t)len;
    slm_link_data *link = &r->links[r->data->link_count++];
    *link = (slm_link_data){ .context = context };
    read_link_fields(r, link, item->item.n);
}

static void read_set(struct reading *r)
{
    const slmi_set_item *item = slmi_cursor_take(&r->cursor, sizeof *item);
    if (!item)
        return;
    r->data->field_count = put_field(r, r->fields, r->data->field_count, r->limits.fields, read_key_and_value(r, item),
                                     &r->data->dropped_fields);
}

static void read_items(struct reading *r)
{
    const slmi_item *item;
    while ((item = slmi_cursor_peek(&r->cursor))) {
        slm_string text = { (const char *)(item + 1), item->len };
        switch (item->type) {
        case SLMI_ITEM_EVENT:
            if (!slmi_event_is_for(item, r->group))
                break;
            read_event(r);
            continue;
        case SLMI_ITEM_LINK:
            read_link(r);
            continue;
        case SLMI_ITEM_SET:
            read_set(r);
            continue;
        case SLMI_ITEM_NAME:
            r->data->name = text;
            break;
        case SLMI_ITEM_STATUS:
            r->data->status_text = text;
            break;
        default:
            break;
        }
        slmi_skip_item(&r->cursor, item);
    }
}

static void read_line(struct reading *r)
{
    const slmi_slot *slot = r->slot;
    slm_span_data *data = r->data;
    memset(data, 0, sizeof *data);
    data->size = sizeof *data;
    data->kind = slot->kind;
    data->status = atomic_load_explicit(&slot->status, memory_order_relaxed);
    data->flags = slot->trace_flags & (SLM_FLAG_SAMPLED | SLM_FLAG_RANDOM);
    uint64_t parent_id = slmi_parent_table_id(slot, r->pipeline, &data->parent_is_remote);
    data->parent_is_remote &= parent_id != 0;
    memcpy(data->trace_id.bytes, slot->trace_id, sizeof data->trace_id.bytes);
    memcpy(data->span_id.bytes, &slot->span_id, sizeof data->span_id.bytes);
    memcpy(data->parent_span_id.bytes, &parent_id, sizeof data->parent_span_id.bytes);
    data->name = slot->site->name;
    data->start_ns = slot->start + slot->anchor;
    data->end_ns = slot->end + slot->anchor;
    data->dropped_fields = slot->dropped_fields;
    data->dropped_events = slot->dropped_events;
    data->dropped_links = slot->dropped_links;
    const slmi_tally *tally = slmi_tally_find(slot);
    if (tally) {
        data->dropped_fields += tally->dropped_fields;
        data->dropped_events += tally->dropped_events;
        data->dropped_links += tally->dropped_links;
    }
    data->scope = slmi_record_of(slot->site)->scope;
    data->fields = r->fields;
    data->events = r->events;
    data->links = r->links;
}

static void read_details(struct reading *r)
{
    slm_field more[SLMI_DETAILS_MAX];
    unsigned n = slmi_details_of(r->slot, more);
    for (unsigned i = 0; i < n; i++)
        r->data->field_count =
            put_extra(r, r->fields, r->data->field_count, r->limits.fields, more[i], &r->data->dropped_fields);
}

const slm_span_data *slmi_record_data(uint32_t record, unsigned pipeline, slmi_scratch *scratch)
{
    struct reading r = { .slot = slmi_slot_at(record), .pipeline = pipeline };
    if (!prepare(&r, scratch))
        return NULL;
    const slmi_dispatch *d = slmi_dispatch_of(r.slot);
    r.group = d && pipeline < SLM_PIPELINES_MAX ? d->group[pipeline] : 0;
    read_line(&r);
    if (r.slot->carry) {
        char *copy = slmi_room_take(&r.room, SLM_TRACESTATE_MAX);
        if (copy)
            r.data->tracestate = slm_string_of(copy, slmi_carry_tracestate(r.slot->carry, copy));
    }
    slmi_cursor_open(&r.cursor, r.slot);
    if (r.slot->site->field_count) {
        const uint64_t *words = slmi_cursor_take(&r.cursor, r.slot->site->field_count * sizeof *words);
        if (words) {
            slm_field given[SLMI_FIELDS_MAX];
            unsigned n = slmi_read_fields(&r.cursor, r.slot->site, words, given, &r.room);
            for (unsigned i = 0; i < n; i++)
                r.data->field_count =
                    put_field(&r, r.fields, r.data->field_count, r.limits.fields, given[i], &r.data->dropped_fields);
        }
    }
    read_items(&r);
    read_details(&r);
    return r.data;
}

slmi_brief slmi_record_brief(uint32_t record, unsigned pipeline)
{
    const slmi_slot *slot = slmi_slot_at(record);
    slmi_brief brief = { .trace_id = { slot->trace_id[0], slot->trace_id[1] }, .took_ns = slot->end - slot->start };
    brief.has_parent = slmi_parent_table_id(slot, pipeline, &brief.parent_is_remote) != 0;
    brief.failed = atomic_load_explicit(&slot->status, memory_order_relaxed) == SLM_SPAN_ERROR;
    return brief;
}

const slm_scope_data *slmi_record_scope(uint32_t record)
{
    return slmi_record_of(slmi_slot_at(record)->site)->scope;
}
