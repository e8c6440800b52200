/* SPDX-License-Identifier: MIT */
/* Time is one process-wide triple (tick, nanoseconds, rate) that turns the processor's counter into monotonic
 * nanoseconds, and one offset that turns those into wall time. A local root copies the offset (its anchor) and its
 * children inherit it, so that durations within a tree never see a step of the wall clock. */
#ifndef SPANLOOM_CORE_CLOCK_H
#define SPANLOOM_CORE_CLOCK_H

#include <stdatomic.h>
#include <stdint.h>

#include <spanloom/detail/base.h>

#include "core/platform.h"

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

/* The triple, which readers take under a sequence count. */
typedef struct slmi_clock_line {
    _Atomic(uint32_t) sequence; /* odd while written */
    _Atomic(uint32_t) counting; /* the counter is calibrated */
    _Atomic(uint64_t) tick, ns; /* where the line starts */
    _Atomic(uint64_t) rate;     /* nanoseconds a tick, 32.32 */
    _Atomic(uint64_t) wall;     /* since 1970, minus monotonic */
    _Atomic(uint64_t) fixed;
} slmi_clock_line;

extern slmi_clock_line slmi_the_clock;

static inline uint64_t slmi_clock_scale(uint64_t ticks, uint64_t rate)
{
    uint64_t high = ticks >> 32, low = (uint32_t)ticks;
    return high * rate + low * (rate >> 32) + ((low * (uint32_t)rate) >> 32);
}

uint64_t slmi_now_of_the_system(void);

/* Monotonic nanoseconds. Never goes back on one thread. */
static inline uint64_t slmi_now(void)
{
    const slmi_clock_line *line = &slmi_the_clock;
    if (__builtin_expect(atomic_load_explicit(&line->counting, memory_order_acquire) == 0, 0))
        return slmi_now_of_the_system();
    uint32_t before = atomic_load_explicit(&line->sequence, memory_order_acquire);
    uint64_t tick = atomic_load_explicit(&line->tick, memory_order_relaxed);
    uint64_t ns = atomic_load_explicit(&line->ns, memory_order_relaxed);
    uint64_t rate = atomic_load_explicit(&line->rate, memory_order_relaxed);
    atomic_thread_fence(memory_order_acquire);
    if (__builtin_expect(before & 1 || before != atomic_load_explicit(&line->sequence, memory_order_relaxed), 0))
        return slmi_now_of_the_system();
    uint64_t now = slmi_platform_counter();
    return now > tick ? ns + slmi_clock_scale(now - tick, rate) : ns;
}
/* What to add to slmi_now() for nanoseconds since 1970. */
uint64_t slmi_wall_offset(void);

/* In a forked child: another thread of the parent may have been measuring. Async-signal-safe. */
void slmi_clock_fork_child(void);

/* For tests: a clock that stands at `now_ns` (monotonic and since 1970 alike) until set again; 0 gives the real one
 * back. Spans that are open keep the anchor they began with, so fix it before the first. */
SLM_API void slmi_clock_fix(uint64_t now_ns);

#endif
