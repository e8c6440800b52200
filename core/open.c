/* SPDX-License-Identifier: MIT */
#include "core/open.h"

#include "core/open_export.h"
#include "core/parent_table.h"
#include "core/view.h"

#include <string.h>

/* The slot, pinned, if an open span is there. */
static slmi_slot *pin_at(slmi_thread *self, uint32_t at)
{
    uint64_t word = atomic_load_explicit(&slmi_slot_at(at)->state, memory_order_acquire);
    if (!(word & SLMI_OPEN))
        return NULL;
    bool mine = slmi_busy_begin(self);
    slmi_slot *slot = slmi_pin(slmi_id(at, word), true);
    if (mine)
        slmi_busy_end(self);
    if (!slot || slot->type == SLMI_SLOT_SPAN)
        return slot;
    slmi_view_unpin(slot);
    return NULL;
}

static uint32_t end_of_pool(const slmi_pool *pool)
{
    return pool->slots ? atomic_load_explicit(&pool->recorded.fresh, memory_order_acquire) : 0;
}

void slmi_open_each(slmi_thread *self, bool (*each)(void *user, slmi_slot *slot), void *user)
{
    const slmi_pool *pool = &slmi_the_pool;
    uint32_t end = end_of_pool(pool);
    for (uint32_t at = pool->first ? pool->first : 1; at < end; at++) {
        slmi_slot *slot = pin_at(self, at);
        if (!slot)
            continue;
        bool more = each(user, slot);
        slmi_view_unpin(slot);
        if (!more)
            return;
    }
}

bool slmi_open_is_for(const slmi_slot *slot, unsigned pipeline)
{
    const slmi_dispatch *d = slmi_dispatch_of(slot);
    if (!d || !(slot->trace_flags & SLM_FLAG_SAMPLED))
        return false;
    for (uint32_t left = d->exports & slmi_mask(slot); left; left &= left - 1)
        if (d->layers[__builtin_ctz(left)].pipeline == (int)pipeline)
            return true;
    return false;
}

static bool look_at(const slmi_slot *slot, unsigned pipeline, slmi_open_span *out)
{
    bool remote;
    if (!slmi_open_is_for(slot, pipeline))
        return false;
    uint64_t id = slmi_parent_table_id(slot, pipeline, &remote);
    *out = (slmi_open_span){ .view = (const slm_view *)slot };
    memcpy(out->parent.bytes, &id, sizeof out->parent.bytes);
    return true;
}

uint32_t slmi_open_walk(unsigned pipeline, uint32_t from, uint32_t count, slmi_open_each_span *each, void *user)
{
    slmi_thread *self = slmi_thread_get();
    const slmi_pool *pool = &slmi_the_pool;
    slmi_open_span span;
    if (!self)
        return 0;
    uint32_t end = end_of_pool(pool), at = from ? from : pool->first ? pool->first : 1;
    uint64_t outer = slmi_guard(self);
    for (; at < end && count > 0; at++, count--) {
        slmi_slot *slot = pin_at(self, at);
        if (!slot)
            continue;
        if (look_at(slot, pipeline, &span))
            each(user, &span);
        slmi_view_unpin(slot);
    }
    slmi_unguard(self, outer);
    return at < end ? at : 0;
}

bool slmi_open_look(unsigned pipeline, slm_span handle, slmi_open_each_span *each, void *user)
{
    slmi_thread *self = slmi_thread_get();
    slmi_open_span span;
    slm_field fields[SLMI_VIEW_FIELDS_MAX];
    char bytes[SLMI_MESSAGE_BYTES_MAX];
    slmi_text_room room = { bytes, sizeof bytes, 0 };
    unsigned dropped;
    if (!self || !slmi_busy_begin(self))
        return false;
    slmi_slot *slot = slmi_pin(handle.id, true);
    slmi_busy_end(self);
    if (!slot)
        return false;
    uint64_t outer = slmi_guard(self);
    if (look_at(slot, pipeline, &span)) {
        span.fields = fields;
        span.field_count = slmi_view_read(slot, fields, SLMI_VIEW_FIELDS_MAX, &room, &dropped);
        each(user, &span);
    }
    slmi_view_unpin(slot);
    slmi_unguard(self, outer);
    return true;
}
