/* SPDX-License-Identifier: MIT */
/* Synchronization: readers take the triple under a sequence count, and never wait, because a writer never stops inside:
 * it is the only writer (try-lock), on a cold path, and a reader that meets it reads the system clock instead. */
#include "core/clock.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

#include "core/output.h"
#include "core/platform.h"

enum { SECOND = 1000000000, FIRST_MEASURE_NS = 20000000 };

slmi_clock_line slmi_the_clock;

static struct {
    _Atomic(bool) busy; /* until slmi_clock_init() is done, too */
    bool trusted;
    uint64_t first_tick, first_ns; /* where calibration began */
} keeper = { .busy = true };

_Atomic(uint64_t) slmi_clock_due;

static uint64_t system_ns(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

/* A reading of both clocks at one moment: the tightest of three tries. */
static void read_both(uint64_t *tick, uint64_t *ns)
{
    uint64_t best = UINT64_MAX;
    for (int i = 0; i < 3; i++) {
        uint64_t before = slmi_platform_counter();
        uint64_t now = system_ns(CLOCK_MONOTONIC);
        uint64_t after = slmi_platform_counter();
        if (after - before < best) {
            best = after - before;
            *tick = before + (after - before) / 2;
            *ns = now;
        }
    }
}

static void begin(void)
{
    int cancel = slmi_cancel_hold(), saved = errno;
    keeper.trusted = slmi_platform_counter_is_trusted();
    read_both(&keeper.first_tick, &keeper.first_ns);
    atomic_store_explicit(&slmi_clock_due, keeper.first_ns + (keeper.trusted ? FIRST_MEASURE_NS : SECOND),
                          memory_order_relaxed);
    atomic_store_explicit(&slmi_the_clock.wall, system_ns(CLOCK_REALTIME) - system_ns(CLOCK_MONOTONIC),
                          memory_order_relaxed);
    atomic_store_explicit(&keeper.busy, false, memory_order_release);
    errno = saved;
    slmi_cancel_restore(cancel);
}

void slmi_clock_init(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, begin);
}

void slmi_clock_fork_child(void)
{
    uint32_t sequence = atomic_load_explicit(&slmi_the_clock.sequence, memory_order_relaxed);
    if (sequence & 1) { /* half a line: the system clock serves until the next is drawn */
        atomic_store_explicit(&slmi_the_clock.counting, 0, memory_order_relaxed);
        atomic_store_explicit(&slmi_the_clock.sequence, sequence + 1, memory_order_relaxed);
    }
    if (keeper.first_ns)
        atomic_store_explicit(&keeper.busy, false, memory_order_relaxed);
}

/* The line bends so that it meets the true time a second from now, and never jumps: durations stay true to a few parts
 * in a million, and no reading is below an earlier one. */
static void publish(uint64_t tick, uint64_t ns, uint64_t true_rate)
{
    bool counting = atomic_load_explicit(&slmi_the_clock.counting, memory_order_relaxed) != 0;
    uint64_t rate = true_rate;
    if (counting) {
        uint64_t shown = atomic_load_explicit(&slmi_the_clock.ns, memory_order_relaxed) +
                         slmi_clock_scale(tick - atomic_load_explicit(&slmi_the_clock.tick, memory_order_relaxed),
                                          atomic_load_explicit(&slmi_the_clock.rate, memory_order_relaxed));
        int64_t error = (int64_t)(shown - ns);
        if (error > SECOND / 10 || error < -(SECOND / 10)) {
            shown = error > 0 ? shown : ns; /* asleep, or a counter that stopped: catch up at once, never back */
            error = 0;
        }
        double bend = 1.0 - (double)error / SECOND;
        rate = (uint64_t)((double)true_rate * bend);
        ns = shown;
    }
    uint32_t sequence = atomic_load_explicit(&slmi_the_clock.sequence, memory_order_relaxed);
    atomic_store_explicit(&slmi_the_clock.sequence, sequence + 1, memory_order_relaxed);
    atomic_thread_fence(memory_order_release); /* pairs with the acquire fence in slmi_now() */
    atomic_store_explicit(&slmi_the_clock.tick, tick, memory_order_relaxed);
    atomic_store_explicit(&slmi_the_clock.ns, ns, memory_order_relaxed);
    atomic_store_explicit(&slmi_the_clock.rate, rate, memory_order_relaxed);
    atomic_store_explicit(&slmi_the_clock.sequence, sequence + 2, memory_order_release);
    atomic_store_explicit(&slmi_the_clock.counting, 1, memory_order_release);
}

void slmi_clock_refresh(void)
{
    if (atomic_exchange_explicit(&keeper.busy, true, memory_order_acquire))
        return;
    uint64_t tick = 0, ns = 0;
    read_both(&tick, &ns);
    bool fixed = atomic_load_explicit(&slmi_the_clock.fixed, memory_order_relaxed) != 0;
    if (keeper.trusted && !fixed && tick > keeper.first_tick) {
        double rate = (double)(ns - keeper.first_ns) / (double)(tick - keeper.first_tick);
        publish(tick, ns, (uint64_t)(rate * (double)(UINT64_C(1) << 32)));
    }
    uint64_t wall = system_ns(CLOCK_REALTIME), monotonic = system_ns(CLOCK_MONOTONIC);
    atomic_store_explicit(&slmi_the_clock.wall, wall - monotonic, memory_order_relaxed);
    atomic_store_explicit(&slmi_clock_due, ns + SECOND, memory_order_relaxed);
    atomic_store_explicit(&keeper.busy, false, memory_order_release);
}

uint64_t slmi_now_of_the_system(void)
{
    uint64_t fixed = atomic_load_explicit(&slmi_the_clock.fixed, memory_order_relaxed);
    return fixed ? fixed : system_ns(CLOCK_MONOTONIC);
}

uint64_t slmi_wall_offset(void)
{
    return atomic_load_explicit(&slmi_the_clock.fixed, memory_order_relaxed)
               ? 0
               : atomic_load_explicit(&slmi_the_clock.wall, memory_order_relaxed);
}

void slmi_clock_fix(uint64_t now_ns)
{
    slmi_clock_init(); /* or it would trust the counter again, later */
    atomic_store_explicit(&slmi_the_clock.fixed, now_ns, memory_order_relaxed);
    if (now_ns)
        atomic_store_explicit(&slmi_the_clock.counting, 0, memory_order_relaxed);
}
