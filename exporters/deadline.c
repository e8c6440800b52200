/* SPDX-License-Identifier: MIT */
#include "exporters/deadline.h"

#include <limits.h>
#include <time.h>

uint64_t slmi_deadline_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int slmi_deadline_poll_ms(uint64_t now, uint64_t due)
{
    if (due == SLMI_NEVER)
        return -1;
    if (due <= now)
        return 0;
    uint64_t wait_ns = due - now;
    uint64_t wait_ms = wait_ns / 1000000u + (wait_ns % 1000000u != 0);
    return wait_ms > INT_MAX ? INT_MAX : (int)wait_ms;
}
