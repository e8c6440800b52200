/* SPDX-License-Identifier: MIT */
/* Waiting until a moment of the system's monotonic clock, without a lock: short sleeps, each longer than the last. */
#ifndef SPANLOOM_CORE_LAYERS_PATIENCE_H
#define SPANLOOM_CORE_LAYERS_PATIENCE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct slmi_patience {
    uint64_t at_ns; /* UINT64_MAX: never */
    uint32_t nap_us;
} slmi_patience;

/* UINT32_MAX: never. */
slmi_patience slmi_patience_of(uint32_t timeout_ms);
uint32_t slmi_patience_left_ms(const slmi_patience *patience);
/* Sleeps a little; false, and at once, if the deadline has passed. Not a cancellation point. */
bool slmi_patience_nap(slmi_patience *patience);

#endif
