/* SPDX-License-Identifier: MIT */
#include "core/parent_table.h"

#include <string.h>

#include "core/record.h"
#include "core/sampling.h"

SLMI_ASSERT(SLM_PLACE_BYTES_MAX + sizeof(slmi_parent_table) <= SLMI_ARENA_BYTES / 2,
            "half is left for what is recorded");

/* Where the slot has it: a context at the front of its arena, a span behind the places of its own subscriber. NULL if
 * it has none of `d`. */
static const slmi_parent_table *table_under(const slmi_dispatch *d, const slmi_slot *slot)
{
    if (!(slmi_bits(slot) & SLMI_BIT_PARENTS))
        return NULL;
    if (slot->type == SLMI_SLOT_SPAN && atomic_load_explicit(&slot->set, memory_order_relaxed) != d->slot)
        return NULL; /* another's places: what stands where `d` has its own is anything */
    uint32_t at = slot->type == SLMI_SLOT_CONTEXT ? 0 : d->parents;
    const slmi_parent_table *table = (const slmi_parent_table *)(const void *)(slot->arena + at);
    return table->serial == d->serial ? table : NULL;
}

/* What is exported below `slot` names as its parent in each group. */
static void below(const slmi_dispatch *d, const slmi_slot *slot, const slmi_parent_table *above, slmi_parent_table *out)
{
    bool ours = slmi_slot_is_ours(slmi_slot_index(slot));
    bool each = atomic_load_explicit(&d->asks, memory_order_relaxed) & SLMI_ASKS_EACH;
    bool exported = slot->type == SLMI_SLOT_SPAN && (!each || slot->trace_flags & SLM_FLAG_SAMPLED);
    uint8_t remote = above->remote;
    for (unsigned group = 0; group < above->count; group++) {
        bool taken = exported && slmi_mask(slot) & d->group_layers[group];
        out->ids[group] = taken ? slot->span_id : above->ids[group];
        if (taken)
            remote &= (uint8_t) ~(1u << group);
    }
    out->serial = above->serial;
    out->count = above->count;
    out->unused = 0;
    out->remote = ours ? remote : UINT8_MAX;
}

void slmi_parent_table_start(const slmi_dispatch *d, slmi_slot *slot, const slmi_slot *parent)
{
    slmi_parent_table *table = (slmi_parent_table *)(void *)(slot->arena + d->parents);
    bool same_trace = parent && (parent->trace_id[0] | parent->trace_id[1]) != 0;
    const slmi_parent_table *above = same_trace ? table_under(d, parent) : NULL;
    slmi_bits_add(slot, SLMI_BIT_PARENTS);
    if (above) {
        below(d, parent, above, table);
        return;
    }
    /* Nothing tells the groups apart yet. */
    table->serial = d->serial;
    table->count = d->groups;
    table->unused = 0;
    table->remote = slmi_bits(slot) & SLMI_BIT_REMOTE_PARENT ? UINT8_MAX : 0;
    for (unsigned group = 0; group < d->groups; group++)
        table->ids[group] = slot->parent_id;
}

void slmi_parent_table_capture(slmi_slot *context, const slmi_slot *from)
{
    if (!(slmi_bits(from) & SLMI_BIT_PARENTS))
        return;
    slmi_parent_table *table = (slmi_parent_table *)(void *)context->arena;
    const slmi_dispatch *d = slmi_dispatch_of(from);
    if (from->type == SLMI_SLOT_CONTEXT) {
        memcpy(table, from->arena, sizeof *table); /* all of it lies in the slot, however much of it is in use */
        if (!slmi_slot_is_ours(slmi_slot_index(from)))
            table->remote = UINT8_MAX;
    } else {
        const slmi_parent_table *above = d ? table_under(d, from) : NULL;
        if (!above)
            return;
        below(d, from, above, table);
    }
    slmi_bits_add(context, SLMI_BIT_PARENTS);
}

uint64_t slmi_parent_table_id(const slmi_slot *slot, unsigned pipeline, bool *remote)
{
    const slmi_dispatch *d = slmi_dispatch_of(slot);
    const slmi_parent_table *table = d ? table_under(d, slot) : NULL;
    if (!table || pipeline >= SLM_PIPELINES_MAX) {
        *remote = (slmi_bits(slot) & SLMI_BIT_REMOTE_PARENT) != 0;
        return slot->parent_id;
    }
    unsigned group = d->group[pipeline];
    *remote = (table->remote >> group & 1u) != 0;
    return table->ids[group];
}

uint8_t slmi_groups_of(const slmi_dispatch *d, uint32_t mask)
{
    unsigned groups = 0;
    for (unsigned group = 0; d->groups > 1 && group < d->groups; group++)
        groups |= (mask & d->group_layers[group]) != 0 ? 1u << group : 0;
    return (uint8_t)groups;
}
