/* SPDX-License-Identifier: MIT */
#include "core/span_limits.h"

#include <string.h>

#include "core/arena.h"

enum { VALUE_BYTES_MIN = 64, VALUE_BYTES_MAX = 256 * 1024, SPAN_BYTES_MIN = 1024, SPAN_BYTES_MAX = 4 * 1024 * 1024 };

slmi_span_limits slmi_the_limits = {
    .attributes = 128,
    .events = 128,
    .links = 128,
    .event_attributes = 128,
    .link_attributes = 128,
    .value_length = SLM_UNLIMITED,
    .value_bytes = 65536,
    .span_blocks = SLMI_SPAN_BLOCKS,
};

static uint32_t within(uint32_t value, uint32_t min, uint32_t max)
{
    return value < min ? min : value > max ? max : value;
}

static void set(_Atomic(uint32_t) *limit, uint32_t value)
{
    atomic_store_explicit(limit, value, memory_order_relaxed);
}

void slm_set_span_limits(const slm_span_limits *limits)
{
    slm_span_limits known = SLM_SPAN_LIMITS_INIT;
    if (limits)
        memcpy(&known, limits, limits->size < sizeof known ? limits->size : sizeof known);
    set(&slmi_the_limits.attributes, within(known.attributes, 0, SLM_SPAN_ATTRIBUTES_MAX));
    set(&slmi_the_limits.events, known.events);
    set(&slmi_the_limits.links, known.links);
    set(&slmi_the_limits.event_attributes, known.event_attributes);
    set(&slmi_the_limits.link_attributes, known.link_attributes);
    set(&slmi_the_limits.value_length, known.value_length);
    set(&slmi_the_limits.value_bytes, within(known.value_bytes, VALUE_BYTES_MIN, VALUE_BYTES_MAX));
    uint32_t bytes = within(known.span_bytes, SPAN_BYTES_MIN, SPAN_BYTES_MAX) - SLMI_ARENA_BYTES;
    set(&slmi_the_limits.span_blocks, (bytes + SLMI_BLOCK_BYTES - 1) / SLMI_BLOCK_BYTES);
}
