/* SPDX-License-Identifier: MIT */
/* What layers see of a record. */
#include "core/view.h"

#include <string.h>

#include "core/clock.h"

static const slmi_slot *slot_of(const slm_view *view)
{
    return (const slmi_slot *)view;
}

const slm_metadata *slm_view_metadata(const slm_view *view)
{
    return slot_of(view)->site;
}

slm_span slm_view_span(const slm_view *view)
{
    const slmi_slot *slot = slot_of(view);
    return (slm_span){ slmi_id(slmi_slot_index(slot), atomic_load_explicit(&slot->state, memory_order_relaxed)) };
}

void slm_view_identity(const slm_view *view, slm_span_context *out)
{
    memset(out, 0, sizeof *out);
    slmi_identity(slot_of(view), out);
}

bool slm_view_parent(const slm_view *view, slm_span_context *out)
{
    const slmi_slot *slot = slot_of(view);
    memset(out, 0, sizeof *out);
    if (!slot->parent_id)
        return false;
    memcpy(out->trace_id.bytes, slot->trace_id, sizeof out->trace_id.bytes);
    memcpy(out->span_id.bytes, &slot->parent_id, sizeof out->span_id.bytes);
    out->flags = slot->trace_flags & (SLM_FLAG_SAMPLED | SLM_FLAG_RANDOM);
    out->is_remote = (slmi_bits(slot) & SLMI_BIT_REMOTE_PARENT) != 0;
    return true;
}

uint64_t slm_view_start_ns(const slm_view *view)
{
    return slot_of(view)->start + slot_of(view)->anchor;
}

uint64_t slm_view_end_ns(const slm_view *view)
{
    const slmi_slot *slot = slot_of(view);
    uint64_t word = atomic_load_explicit(&slot->state, memory_order_acquire);
    bool open = (word & (SLMI_OPEN | SLMI_ENDING)) == SLMI_OPEN;
    return open ? 0 : slot->end + slot->anchor;
}

uint64_t slm_now_ns(void)
{
    return slmi_now();
}

slm_kind slm_view_kind(const slm_view *view)
{
    return (slm_kind)slot_of(view)->kind;
}

bool slm_view_parent_is_explicit(const slm_view *view)
{
    return (slmi_bits(slot_of(view)) & SLMI_BIT_EXPLICIT) != 0;
}

void *slm_view_place(const slm_view *view, uint32_t offset)
{
    return (void *)(uintptr_t)(slot_of(view)->arena + offset);
}

slm_span_status slm_view_status(const slm_view *view)
{
    return (slm_span_status)atomic_load_explicit(&slot_of(view)->status, memory_order_relaxed);
}

const slm_view *slm_hit_span(const slm_hit *hit)
{
    return (const slm_view *)hit->span;
}

bool slm_hit_takes(const slm_hit *hit, const slm_view *span)
{
    const slmi_slot *slot = slot_of(span);
    return atomic_load_explicit(&slot->set, memory_order_relaxed) == hit->set && slmi_mask(slot) & hit->layer;
}

void slmi_view_unpin(slmi_slot *slot)
{
    slmi_thread *self = slmi_self;
    bool mine = slmi_busy_begin(self);
    slmi_unpin(self, slot, false);
    if (mine)
        slmi_busy_end(self);
}

/* The record that a child keeps can end, and be another's, while it is read; unless it is pinned, and its child is
 * still open after that: then the child held it throughout. */
slmi_slot *slmi_view_pin_parent(const slmi_slot *child)
{
    uint32_t at = __atomic_load_n(&child->parent, __ATOMIC_RELAXED);
    if (!at || !(atomic_load_explicit(&child->state, memory_order_acquire) & SLMI_OPEN))
        return NULL;
    slmi_slot *parent = slmi_slot_at(at);
    uint64_t word = atomic_load_explicit(&parent->state, memory_order_relaxed);
    parent = slmi_pin(slmi_id(at, word), false);
    if (parent && !(atomic_load_explicit(&child->state, memory_order_acquire) & SLMI_OPEN)) {
        slmi_view_unpin(parent);
        parent = NULL;
    }
    return parent;
}

/* -- stored values
 * ------------------------------------------------------------------------------------------------------ */

static slm_value read_string(slmi_cursor *c, const uint64_t *stored, slmi_text_room *room)
{
    uint64_t word = *stored;
    unsigned low = word & 0xff;
    if (low <= 7) /* the text is in the word, where it lies */
        return slm_value_string((const char *)stored + 1, low);
    if (low == SLMI_TEXT_ABSENT)
        return slm_value_empty();
    slm_string text = slmi_read_text(c, word >> 32, room);
    return slm_value_string(text.data ? text.data : "", text.len);
}

static slm_value read_array(slmi_cursor *c, uint64_t word, slmi_text_room *room)
{
    unsigned type = word & 0xff & ~(unsigned)SLM_TYPE_ARRAY;
    size_t count = word >> 32;
    size_t element = type == SLM_TYPE_STRING ? sizeof(slm_string) : type == SLM_TYPE_BOOL ? sizeof(bool) : 8;
    char *out = slmi_room_take(room, count * element);
    for (size_t i = 0; i < count; i++) {
        uint64_t u = 0;
        if (type == SLM_TYPE_STRING) {
            const uint64_t *len = slmi_cursor_take(c, sizeof *len);
            slm_string text = slmi_read_text(c, len ? *len : 0, room);
            if (out)
                ((slm_string *)(void *)out)[i] = text;
            continue;
        }
        slm_string raw = slmi_cursor_text(c, sizeof u, (char *)&u, sizeof u);
        if (!out)
            continue;
        if (type == SLM_TYPE_BOOL)
            ((bool *)(void *)out)[i] = raw.data[0] != 0;
        else
            memcpy(out + i * element, raw.data, sizeof u);
    }
    slm_value v = slm_value_empty();
    if (out || count == 0 || !room) {
        v.type = (uint32_t)(word & 0xff);
        v.as.p = out ? out : "";
        v.len = out ? count : 0;
        v.element_bytes = (uint32_t)element;
    }
    return v;
}

/* Of a key that stands twice, the last value counts. */
static void put_member(slm_value *out, slm_string key, slm_value value)
{
    if (out->type == SLM_TYPE_LIST) {
        ((slm_value *)(uintptr_t)out->as.p)[out->len++] = value;
        return;
    }
    slm_field *fields = (slm_field *)(uintptr_t)out->as.p;
    size_t at = 0;
    while (at < out->len && !slm_string_equal(fields[at].key, key))
        at++;
    fields[at] = (slm_field){ key, value };
    out->len += at == out->len;
}

static slm_value read_members(slmi_cursor *c, uint64_t word, slmi_text_room *room)
{
    size_t count = word >> 32;
    slm_value v = slm_value_empty();
    bool is_map = (word & 0xff) == SLM_TYPE_MAP;
    v.as.p = slmi_room_take(room, count * (is_map ? sizeof(slm_field) : sizeof(slm_value)));
    bool kept = v.as.p != NULL;
    v.type = is_map ? SLM_TYPE_MAP : SLM_TYPE_LIST;
    for (size_t i = 0; i < count; i++) {
        const slmi_set_item *item = slmi_cursor_take(c, sizeof *item);
        if (!item)
            return slm_value_empty();
        slm_string key = slmi_read_text(c, item->item.n, kept ? room : NULL);
        slm_value value = slmi_read_value(c, SLM_TYPE_VALUE, &item->word, kept ? room : NULL);
        if (kept)
            put_member(&v, key, value);
    }
    if (!kept && room)
        v.type = SLM_TYPE_EMPTY;
    return v;
}

static slm_value read_dynamic(slmi_cursor *c, uint64_t word, slmi_text_room *room)
{
    unsigned type = word & 0xff;
    uint64_t u = 0;
    slm_value v = slm_value_empty();
    v.type = type;
    switch (type) {
    case SLM_TYPE_BOOL:
        v.as.u = word >> 32;
        return v;
    case SLM_TYPE_ERRNO:
        v.as.i = (int32_t)(word >> 32);
        return v;
    case SLM_TYPE_I64:
    case SLM_TYPE_U64:
    case SLM_TYPE_F64:
    case SLM_TYPE_POINTER:
        memcpy(&v.as, slmi_cursor_text(c, sizeof u, (char *)&u, sizeof u).data, sizeof u);
        return v;
    case SLM_TYPE_STRING:
    case SLM_TYPE_BYTES:
    case SLM_TYPE_DEBUG: {
        slm_string text = slmi_read_text(c, word >> 32, room);
        v.as.s = text.data ? text.data : "";
        v.len = text.len;
        return v;
    }
    case SLM_TYPE_MAP:
    case SLM_TYPE_LIST:
        return read_members(c, word, room);
    default:
        return type & SLM_TYPE_ARRAY ? read_array(c, word, room) : slm_value_empty();
    }
}

slm_value slmi_read_value(slmi_cursor *c, uint32_t type, const uint64_t *stored, slmi_text_room *room)
{
    if (type == SLM_TYPE_STRING)
        return read_string(c, stored, room);
    if (type == SLM_TYPE_VALUE)
        return read_dynamic(c, *stored, room);
    slm_value v = slm_value_empty();
    v.type = type;
    v.as.u = *stored;
    return v;
}

slm_string slmi_read_text(slmi_cursor *c, size_t len, slmi_text_room *room)
{
    char *copy = room ? room->bytes + room->used : NULL;
    size_t left = room ? room->size - room->used : 0;
    slm_string text = slmi_cursor_text(c, len, copy, left);
    if (room && text.data == copy)
        room->used += text.len;
    return text;
}

char *slmi_room_take(slmi_text_room *room, size_t size)
{
    size_t at = room ? (room->used + 7) & ~(size_t)7 : 0;
    if (!room || at > room->size || room->size - at < size)
        return NULL;
    room->used = at + size;
    return room->bytes + at;
}

void slm_view_fields(const slm_view *view, bool (*each)(void *user, const slm_field *field), void *user)
{
    slm_field fields[SLMI_VIEW_FIELDS_MAX];
    char bytes[SLMI_MESSAGE_BYTES_MAX];
    slmi_text_room room = { bytes, sizeof bytes, 0 };
    unsigned dropped;
    unsigned count = slmi_view_read(slot_of(view), fields, SLMI_VIEW_FIELDS_MAX, &room, &dropped);
    for (unsigned i = 0; i < count; i++)
        if (!each(user, &fields[i]))
            return;
}

slm_string slmi_view_name(const slmi_slot *slot)
{
    slm_string name = slot->site->name;
    slmi_cursor c;
    if (!(slmi_bits(slot) & SLMI_BIT_LATER))
        return name;
    slmi_cursor_open(&c, slot);
    if (slot->site->field_count) {
        const uint64_t *words = slmi_cursor_take(&c, slot->site->field_count * sizeof *words);
        for (unsigned i = 0; words && i < slot->site->field_count; i++)
            (void)slmi_read_value(&c, slot->site->types[i], &words[i], NULL);
    }
    const slmi_item *item;
    while ((item = slmi_cursor_peek(&c))) {
        if (item->type == SLMI_ITEM_NAME)
            name = slm_string_of((const char *)(item + 1), item->len);
        slmi_skip_item(&c, item);
    }
    return name;
}

slm_string slm_view_name(const slm_view *view)
{
    return slmi_view_name(slot_of(view));
}

void slm_view_scope(const slm_view *view, bool (*each)(void *user, const slm_view *span), void *user)
{
    slmi_slot *pinned = NULL;
    const slmi_slot *slot = slot_of(view);
    uint8_t set = atomic_load_explicit(&slot->set, memory_order_relaxed);
    while (slot && atomic_load_explicit(&slot->set, memory_order_relaxed) == set &&
           each(user, (const slm_view *)slot)) {
        slmi_slot *parent = slmi_view_pin_parent(slot);
        if (pinned)
            slmi_view_unpin(pinned);
        slot = pinned = parent;
    }
    if (pinned)
        slmi_view_unpin(pinned);
}
