/* SPDX-License-Identifier: MIT */
/* Points in monotonic time, in nanoseconds, and the waits between them. A wait is turned into a point once, where it is
 * asked for, and the point is handed down: no layer below adds a wait of its own. */
#ifndef SPANLOOM_EXPORTERS_DEADLINE_H
#define SPANLOOM_EXPORTERS_DEADLINE_H

#include <stdint.h>

#define SLMI_NEVER UINT64_MAX
/* A wait in milliseconds that has no end. */
#define SLMI_ENDLESS_MS UINT32_MAX

/* Now, by CLOCK_MONOTONIC. Async-signal-safe. */
uint64_t slmi_deadline_now(void);

/* `wait_ms` after `now`; SLMI_NEVER for SLMI_ENDLESS_MS. */
static inline uint64_t slmi_deadline_after(uint64_t now, uint32_t wait_ms)
{
    return wait_ms == SLMI_ENDLESS_MS ? SLMI_NEVER : now + (uint64_t)wait_ms * 1000000u;
}

static inline uint64_t slmi_deadline_earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* What poll() is to wait until `due`: 0 if it has passed, -1 for SLMI_NEVER, else milliseconds, rounded up. */
int slmi_deadline_poll_ms(uint64_t now, uint64_t due);

#endif
