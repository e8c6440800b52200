/* SPDX-License-Identifier: MIT */
#include "core/ids.h"

#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include "core/platform.h"
#include "core/thread.h"

static _Atomic(uint64_t) fixed; /* a test's seed; moves on with each generator that is seeded */

/* splitmix64 (Steele, Lea and Flood): spreads one word over the generator's state. */
static void spread(slmi_random *random, uint64_t x)
{
    for (int i = 0; i < 4; i++) {
        x += 0x9e3779b97f4a7c15u;
        uint64_t z = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        random->s[i] = z ^ (z >> 31);
    }
}

void slmi_random_seed(slmi_random *random)
{
    if (slmi_ids_are_fixed()) {
        spread(random, atomic_fetch_add_explicit(&fixed, 1, memory_order_relaxed));
        return;
    }
    if (slmi_platform_random(random->s, sizeof random->s) && (random->s[0] | random->s[1] | random->s[2]))
        return;
    /* Early boot, or no such device: different for each process, thread and moment. */
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    uint64_t x =
        (uint64_t)t.tv_nsec ^ (uint64_t)t.tv_sec << 30 ^ (uint64_t)getpid() << 16 ^ (uint64_t)(uintptr_t)random;
    spread(random, x);
}

uint64_t slmi_random_own(void)
{
    slmi_thread *self = slmi_thread_get();
    if (self)
        return slmi_random_next(&self->random);
    slmi_random once;
    slmi_random_seed(&once);
    return slmi_random_next(&once);
}

void slmi_ids_fix(uint64_t seed)
{
    slmi_thread *self = slmi_thread_get();
    atomic_store_explicit(&fixed, seed, memory_order_relaxed);
    if (self)
        slmi_random_seed(&self->random);
}

bool slmi_ids_are_fixed(void)
{
    return atomic_load_explicit(&fixed, memory_order_relaxed) != 0;
}
