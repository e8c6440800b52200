/* SPDX-License-Identifier: MIT */
/* How long at least one thread was inside a span: kept in a layer's place in it, without a lock.
 *
 * Who comes first subtracts the time, who leaves last adds it; sums know no order, so what threads do at once costs at
 * most the nanoseconds between their reading of the clock and their counting. */
#ifndef SPANLOOM_CORE_LAYERS_BUSY_H
#define SPANLOOM_CORE_LAYERS_BUSY_H

#include <stdatomic.h>
#include <stdint.h>

typedef struct slmi_busy {
    _Atomic(uint64_t) ns; /* while a thread is inside, less by the moment when the first came */
    _Atomic(uint32_t) inside;
} slmi_busy;

static inline void slmi_busy_enter(slmi_busy *busy, uint64_t now)
{
    if (atomic_fetch_add_explicit(&busy->inside, 1, memory_order_relaxed) == 0)
        atomic_fetch_sub_explicit(&busy->ns, now, memory_order_relaxed);
}

/* An exit whose enter was not told, because a reload came between, is none. */
static inline void slmi_busy_exit(slmi_busy *busy, uint64_t now)
{
    uint32_t inside = atomic_load_explicit(&busy->inside, memory_order_relaxed);
    do {
        if (inside == 0)
            return;
    } while (!atomic_compare_exchange_weak_explicit(&busy->inside, &inside, inside - 1, memory_order_relaxed,
                                                    memory_order_relaxed));
    if (inside == 1)
        atomic_fetch_add_explicit(&busy->ns, now, memory_order_relaxed);
}

static inline uint64_t slmi_busy_read(slmi_busy *busy, uint64_t now)
{
    uint64_t ns = atomic_load_explicit(&busy->ns, memory_order_relaxed);
    return atomic_load_explicit(&busy->inside, memory_order_relaxed) ? ns + now : ns;
}

#endif
