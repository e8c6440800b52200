/* SPDX-License-Identifier: MIT */
#include "core/log_record.h"

#include <string.h>

#include "core/alloc.h"
#include "core/clock.h"
#include "core/details.h"
#include "core/diagnostics.h"
#include "core/ended.h"
#include "core/export.h"
#include "core/span.h"
#include "core/span_limits.h"
#include "core/value_length.h"
#include "core/view.h"

/* A record's fields, and the details that were asked for. */
enum { FIELDS_MAX = SLMI_FIELDS_MAX + SLMI_EVENT_DETAILS_MAX };

/* Where it happened. */
static void identify(slmi_slot *slot, const slm_hit *hit)
{
    slm_span_context in;
    (void)slm_hit_identity(hit, &in);
    memcpy(slot->trace_id, in.trace_id.bytes, sizeof slot->trace_id);
    memcpy(&slot->span_id, in.span_id.bytes, sizeof slot->span_id);
    slot->trace_flags = in.flags & (SLM_FLAG_SAMPLED | SLM_FLAG_RANDOM);
}

static bool fill(slmi_thread *self, slmi_slot *slot, const slmi_dispatch *d, slm_hit *hit, slm_string message)
{
    const slm_metadata *meta = &hit->record->meta;
    uint64_t time = slmi_hit_now(hit);
    slot->site = meta;
    slot->type = SLMI_SLOT_LOG;
    slot->anchor = hit->span ? hit->span->anchor : slmi_wall_offset();
    slot->start = hit->given_ns ? hit->given_ns - slot->anchor : time;
    slot->end = hit->given_ns ? slmi_now() : time; /* when it was observed */
    slot->parent_id = d->details;
    slot->parent = slot->carry = 0;
    slot->dropped_fields = slot->dropped_events = slot->dropped_links = 0;
    slmi_bits_set(slot, 0);
    slmi_mask_set(slot, 0);
    identify(slot, hit);
    atomic_store_explicit(&slot->used, 0, memory_order_relaxed);
    atomic_store_explicit(&slot->chain, 0, memory_order_relaxed);

    slmi_writer w;
    slmi_writer_open(&w, self, slot);
    slmi_event_item *item = slmi_writer_reserve(&w, sizeof *item + meta->field_count * sizeof item->words[0]);
    if (!item)
        return false;
    item->time = slot->start;
    item->site = meta;
    for (unsigned i = 0; i < meta->field_count; i++)
        item->words[i] = slmi_writer_value(&w, meta->types[i], hit->words[i]);
    bool stored = !hit->record->plain || hit->given;
    uint32_t len = stored ? slmi_writer_text(&w, message.data, message.len) : 0;
    item->item = (slmi_item){ SLMI_ITEM_EVENT, stored, meta->field_count, len };
    slmi_writer_commit(&w);
    return !w.cut;
}

/* Inside a busy section: counts the event for each pipeline, and queues it where there is room. */
static bool queue(slmi_thread *self, const slmi_dispatch *d, slm_hit *hit, uint32_t layers, slm_string message)
{
    uint32_t at = slmi_pool_take(self);
    uint8_t queued = slmi_ended_count_log(self, d, layers, at != 0);
    if (!queued) {
        if (at)
            slmi_pool_give(self, at);
        return true;
    }
    slmi_slot *slot = slmi_slot_at(at);
    uint64_t word = atomic_load_explicit(&slot->state, memory_order_relaxed) & ~(SLMI_GENERATION - 1);
    bool whole = fill(self, slot, d, hit, message);
    slot->queued = queued;
    word += SLMI_PIN * (unsigned)__builtin_popcount(queued);
    atomic_store_explicit(&slot->state, word, memory_order_release);
    slmi_ended_push(self, at);
    return whole;
}

void slmi_log_record(slmi_thread *self, const slmi_dispatch *d, slm_hit *hit, uint32_t layers)
{
    slm_string message = { NULL, 0 };
    if (!hit->record->plain || hit->given)
        message = slm_hit_message(hit);
    (void)slmi_hit_now(hit);
    if (!slmi_busy_begin(self))
        return; /* the caller has told of that */
    bool whole = queue(self, d, hit, layers, message);
    slmi_busy_end(self);
    if (!whole)
        slmi_span_outgrown();
}

/* -- reading --------------------------------------------------------------------------------------------------------
 */

static bool have_room(slmi_scratch *scratch, size_t need)
{
    if (scratch->room >= need)
        return true;
    char *bytes = slmi_realloc(scratch->bytes, need);
    if (!bytes)
        return false;
    scratch->bytes = bytes;
    scratch->room = need;
    return true;
}

static bool has_key(const slm_field *fields, unsigned count, slm_string key)
{
    for (unsigned i = 0; i < count; i++) {
        if (slm_string_equal(fields[i].key, key))
            return true;
    }
    return false;
}

static unsigned read_fields(slmi_cursor *c, const slmi_event_item *item, uint32_t asked, slm_field *out,
                            slmi_text_room *room, unsigned *dropped)
{
    slm_field given[SLMI_FIELDS_MAX];
    unsigned n = slmi_read_fields(c, item->site, item->words, given, room), count = 0;
    uint32_t longest = SLMI_LIMIT(value_length);
    for (unsigned i = 0; i < n; i++) {
        if (given[i].value.type == SLM_TYPE_DEBUG)
            given[i].value.type = SLM_TYPE_STRING;
        if (longest != SLM_UNLIMITED)
            slmi_value_shorten(&given[i].value, longest);
        count = slmi_field_put(out, count, SLMI_FIELDS_MAX, &given[i], dropped);
    }
    slm_field details[SLMI_EVENT_DETAILS_MAX];
    n = slmi_details_of_site(asked, item->site, details);
    for (unsigned i = 0; i < n; i++) {
        if (!has_key(out, count, details[i].key)) /* the program's own wins */
            count = slmi_field_put(out, count, FIELDS_MAX, &details[i], dropped);
    }
    return count;
}

const slm_log_data *slmi_log_record_data(uint32_t record, slmi_scratch *scratch)
{
    const slmi_slot *slot = slmi_slot_at(record);
    uint32_t chain = atomic_load_explicit(&slot->chain, memory_order_relaxed);
    size_t blocks = chain ? slmi_block_at(chain)->count : 0;
    size_t text = 4 * (SLMI_ARENA_BYTES + blocks * SLMI_BLOCK_BYTES) + 64;
    if (!have_room(scratch, sizeof(slm_log_data) + FIELDS_MAX * sizeof(slm_field) + text))
        return NULL;
    slm_log_data *data = (slm_log_data *)(void *)scratch->bytes;
    slm_field *fields = (slm_field *)(void *)(data + 1);
    slmi_text_room room = { (char *)(fields + FIELDS_MAX), text, 0 };
    memset(data, 0, sizeof *data);
    data->size = sizeof *data;
    data->level = slot->site->level;
    data->flags = slot->trace_flags & (SLM_FLAG_SAMPLED | SLM_FLAG_RANDOM);
    memcpy(data->trace_id.bytes, slot->trace_id, sizeof data->trace_id.bytes);
    memcpy(data->span_id.bytes, &slot->span_id, sizeof data->span_id.bytes);
    data->time_ns = slot->start + slot->anchor;
    data->observed_ns = slot->end + slot->anchor;
    if (slot->site->name.len > 0) /* else it has no text: absent */
        data->body = slot->site->name;
    data->scope = slmi_record_of(slot->site)->scope;
    data->fields = fields;

    slmi_cursor c;
    slmi_cursor_open(&c, slot);
    const slmi_event_item *item = slmi_cursor_take(&c, sizeof *item + slot->site->field_count * sizeof item->words[0]);
    unsigned dropped = slot->dropped_fields;
    if (item) {
        data->field_count = read_fields(&c, item, (uint32_t)slot->parent_id, fields, &room, &dropped);
        if (item->item.flags)
            data->body = slmi_read_text(&c, item->item.len, &room);
    }
    data->dropped_fields = dropped;
    return data;
}
