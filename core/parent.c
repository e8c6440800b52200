/* SPDX-License-Identifier: MIT */
#include "core/parent.h"

#include <spanloom/context.h>

#include "core/misuse.h"
#include "core/sampling.h"

slmi_slot *slmi_context_pin(uint64_t id)
{
    if (!id)
        return NULL;
    if (!slmi_slot_is_ours(slmi_id_slot(id)))
        return NULL; /* captured before the fork; see slmi_parentage_of() */
    slmi_slot *slot = slmi_pin(id, true);
    if (!slot)
        slmi_misuse_within(SLM_DIAG_CONTEXT_TWICE, "a context of @ was used after its release", id, 0);
    return slot;
}

static slmi_parentage under_span(slm_span span)
{
    slmi_parentage p = { NULL, NULL, false };
    uint32_t at = slmi_id_slot(span.id);
    if (span.id && !(span.id & SLMI_ID_RAW)) {
        bool ours = slmi_slot_is_ours(at);
        p.slot = ours ? slmi_pin(span.id, true) : slmi_inherited(span.id);
        p.pinned = ours && p.slot;
    }
    if (!p.slot)
        slmi_misuse_within(SLM_DIAG_PARENT_GONE,
                           "slm_under() of @, which is disabled or has ended: a root is made; capture a context before "
                           "the end to parent later work",
                           span.id, 0);
    return p;
}

slmi_parentage slmi_parentage_given(slm_parent parent)
{
    slmi_parentage p = { NULL, NULL, false };
    switch (parent.how) {
    case SLMI_UNDER_SPAN:
        return under_span(parent.span);
    case SLMI_UNDER_CONTEXT: {
        const slm_context *context = parent.borrowed;
        if (context && context->id && !slmi_slot_is_ours(slmi_id_slot(context->id))) {
            p.slot = slmi_inherited(context->id);
            break;
        }
        p.slot = context ? slmi_context_pin(context->id) : NULL;
        p.pinned = p.slot != NULL;
        break;
    }
    case SLMI_UNDER_REMOTE: {
        const slm_span_context *remote = parent.borrowed;
        p.remote = remote && slm_span_context_is_valid(remote) ? remote : NULL;
        break;
    }
    default:
        break;
    }
    return p;
}

uint64_t slmi_exported_id(const slmi_slot *slot, bool *remote)
{
    bool ours = slmi_slot_is_ours(slmi_slot_index(slot));
    bool remote_itself = slot->type == SLMI_SLOT_CONTEXT && slmi_bits(slot) & SLMI_BIT_REMOTE;
    *remote = !ours || remote_itself || slmi_bits(slot) & SLMI_BIT_REMOTE_PARENT;
    if (slot->type == SLMI_SLOT_CONTEXT) /* it was worked out at the capture; that subscriber may be gone since */
        return slot->parent_id;
    if (!ours)
        return slot->span_id;
    /* A set without exporting layers takes them all: its ids are in log lines. */
    const slmi_dispatch *d = slmi_dispatch_of(slot);
    if (d && d->exports && !(slmi_mask(slot) & d->exports))
        return slot->parent_id;
    *remote = false;
    return slot->span_id;
}

uint64_t slmi_parent_id(const slmi_slot *slot, bool *remote)
{
    const slmi_dispatch *d = slmi_dispatch_of(slot);
    bool each = d && atomic_load_explicit(&d->asks, memory_order_relaxed) & SLMI_ASKS_EACH;
    if (__builtin_expect(!each, 1) || slot->trace_flags & SLM_FLAG_SAMPLED ||
        !slmi_slot_is_ours(slmi_slot_index(slot)) ||
        (slot->type == SLMI_SLOT_CONTEXT && slmi_bits(slot) & SLMI_BIT_REMOTE))
        return slmi_exported_id(slot, remote);
    *remote = (slmi_bits(slot) & SLMI_BIT_REMOTE_PARENT) != 0;
    return slot->parent_id;
}
