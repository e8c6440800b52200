/* SPDX-License-Identifier: MIT */
/* The limits in force. Those of counts and lengths are kept when a record is read, which costs tracing nothing; what a
 * record may take, when it is written. */
#ifndef SPANLOOM_CORE_SPAN_LIMITS_H
#define SPANLOOM_CORE_SPAN_LIMITS_H

#include <stdatomic.h>

#include <spanloom/span_limits.h>

typedef struct slmi_span_limits {
    _Atomic(uint32_t) attributes, events, links, event_attributes, link_attributes, value_length;
    _Atomic(uint32_t) value_bytes, span_blocks;
} slmi_span_limits;

extern slmi_span_limits slmi_the_limits;

#define SLMI_LIMIT(name) atomic_load_explicit(&slmi_the_limits.name, memory_order_relaxed)

#endif
