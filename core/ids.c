/* SPDX-License-Identifier: MIT */
#include "core/ids.h"

#include <time.h>
#include <unistd.h>

#include "core/platform.h"

void slmi_random_seed(slmi_random *random)
{
    if (slmi_platform_random(random->s, sizeof random->s) && (random->s[0] | random->s[1] | random->s[2]))
        return;
    /* Early boot, or no such device: different for each process, thread and moment, and spread by splitmix64. */
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    uint64_t x =
        (uint64_t)t.tv_nsec ^ (uint64_t)t.tv_sec << 30 ^ (uint64_t)getpid() << 16 ^ (uint64_t)(uintptr_t)random;
    for (int i = 0; i < 4; i++) {
        x += 0x9e3779b97f4a7c15u;
        uint64_t z = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        random->s[i] = z ^ (z >> 31);
    }
}
