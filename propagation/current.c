/* SPDX-License-Identifier: MIT */
/* Between what propagators read and write, and what is current. */
#include <spanloom/context.h>
#include <spanloom/propagator.h>

#include "core/carried.h"
#include "core/slot.h"

slm_status slm_inject_current(const slm_setter *setter, void *carrier)
{
    char text[SLM_BAGGAGE_BYTES_MAX];
    slm_carried carried;
    bool traced = slm_current_context(&carried.span);
    size_t baggage = slm_current_baggage(text, sizeof text);
    if (!traced && baggage == 0)
        return SLM_ERR_NOT_FOUND;
    carried.size = sizeof carried;
    carried.hint = slmi_current_is_debug() ? SLM_HINT_DEBUG : SLM_HINT_NONE;
    carried.baggage = (slm_baggage){ text, baggage, sizeof text };
    return slm_propagators_inject(slm_get_propagators(), &carried, setter, carrier);
}

/* The flags of what stands under it. A trace that begins here is sampled unless the caller denied it. */
static unsigned flags_of(const slm_carried *carried, bool has_ids)
{
    unsigned flags = has_ids ? carried->span.flags & (SLM_FLAG_SAMPLED | SLM_FLAG_RANDOM) : SLM_FLAG_SAMPLED;
    switch ((slm_sampling_hint)carried->hint) {
    case SLM_HINT_NONE:
        break;
    case SLM_HINT_DENY:
        return flags & ~SLM_FLAG_SAMPLED;
    case SLM_HINT_DEBUG:
        return flags | SLM_FLAG_SAMPLED | SLMI_FLAG_DEBUG;
    case SLM_HINT_ACCEPT:
        return flags | SLM_FLAG_SAMPLED | (has_ids ? 0 : SLMI_FLAG_ACCEPT);
    case SLM_HINT_DEFER:
        return flags | SLM_FLAG_SAMPLED;
    }
    return flags;
}

slm_context slm_context_of_carried(const slm_carried *carried)
{
    slm_context none = { 0 };
    if (!carried || carried->size < sizeof *carried)
        return none;
    bool has_ids = slm_span_context_is_valid(&carried->span);
    if (!has_ids && carried->baggage.len == 0 && carried->hint == SLM_HINT_NONE)
        return none;
    return slmi_context_carried(has_ids ? &carried->span : NULL,
                                slm_string_of(carried->baggage.text, carried->baggage.len), flags_of(carried, has_ids));
}

slm_context slm_extract_context(const slm_getter *getter, const void *carrier)
{
    char text[SLM_BAGGAGE_BYTES_MAX];
    slm_carried carried = { .size = sizeof carried, .baggage = SLM_BAGGAGE_IN(text) };
    slm_context none = { 0 };
    if (slm_propagators_extract(slm_get_propagators(), getter, carrier, &carried) != SLM_OK)
        return none;
    return slm_context_of_carried(&carried);
}
