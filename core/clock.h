/* SPDX-License-Identifier: MIT */
/* Time is one process-wide triple (tick, nanoseconds, rate) that turns the processor's counter into monotonic
 * nanoseconds, and one offset that turns those into wall time. A local root copies the offset (its anchor) and its
 * children inherit it, so that durations within a tree never see a step of the wall clock. */
#ifndef SPANLOOM_CORE_CLOCK_H
#define SPANLOOM_CORE_CLOCK_H

#include <stdatomic.h>
#include <stdint.h>

#include <spanloom/detail/base.h>

/* Decides between the counter and the system clock. On a cold path, before the first reading; again does nothing. */
void slmi_clock_init(void);
/* Measures rate and offset anew. Any thread; never waits; turned away if another is at it. */
void slmi_clock_refresh(void);
/* When the next measurement is due, at most once a second: local roots look. */
extern _Atomic(uint64_t) slmi_clock_due;
static inline void slmi_clock_look(uint64_t now)
{
    if (__builtin_expect(now >= atomic_load_explicit(&slmi_clock_due, memory_order_relaxed), 0))
        slmi_clock_refresh();
}

/* Monotonic nanoseconds. Never goes back on one thread. */
uint64_t slmi_now(void);
/* What to add to slmi_now() for nanoseconds since 1970. */
uint64_t slmi_wall_offset(void);

/* In a forked child: another thread of the parent may have been measuring. Async-signal-safe. */
void slmi_clock_fork_child(void);

/* For tests: a clock that stands at `now_ns` (monotonic and since 1970 alike) until set again; 0 gives the real one
 * back. Spans that are open keep the anchor they began with, so fix it before the first. */
SLM_API void slmi_clock_fix(uint64_t now_ns);

#endif
