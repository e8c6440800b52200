/* SPDX-License-Identifier: MIT */
/* Random ids, from a generator of each thread's own. */
#ifndef SPANLOOM_CORE_IDS_H
#define SPANLOOM_CORE_IDS_H

#include <stdint.h>

#include <spanloom/detail/base.h>

/* xoshiro256++ (Blackman and Vigna): 256 bits of state, seeded by the system. */
typedef struct slmi_random {
    uint64_t s[4];
} slmi_random;

/* Cold. From the system's randomness, else from clocks and addresses; while ids are fixed, from their seed. */
void slmi_random_seed(slmi_random *random);

/* 64 bits of this thread's generator. */
uint64_t slmi_random_own(void);

/* For tests: the ids of this thread, and of threads that begin to trace from now on, in the order in which they do,
 * follow from `seed`; 0 makes them random again. */
SLM_API void slmi_ids_fix(uint64_t seed);
bool slmi_ids_are_fixed(void);

static inline uint64_t slmi_rotate(uint64_t x, int by)
{
    return (x << by) | (x >> (64 - by));
}

static inline uint64_t slmi_random_next(slmi_random *random)
{
    uint64_t *s = random->s;
    uint64_t result = slmi_rotate(s[0] + s[3], 23) + s[0];
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = slmi_rotate(s[3], 45);
    return result;
}

/* An id is never zero. */
static inline uint64_t slmi_random_id(slmi_random *random)
{
    uint64_t id = slmi_random_next(random);
    return __builtin_expect(id == 0, 0) ? 1 : id;
}

#endif
