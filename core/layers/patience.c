/* SPDX-License-Identifier: MIT */
#include "core/layers/patience.h"

#include <errno.h>
#include <time.h>

#include "core/output.h"

enum { FIRST_NAP_US = 20, LONGEST_NAP_US = 1000 };

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

slmi_patience slmi_patience_of(uint32_t timeout_ms)
{
    uint64_t at = timeout_ms == UINT32_MAX ? UINT64_MAX : now_ns() + timeout_ms * UINT64_C(1000000);
    return (slmi_patience){ at, FIRST_NAP_US };
}

uint32_t slmi_patience_left_ms(const slmi_patience *patience)
{
    if (patience->at_ns == UINT64_MAX)
        return UINT32_MAX;
    uint64_t now = now_ns();
    return now < patience->at_ns ? (uint32_t)((patience->at_ns - now) / 1000000u) : 0;
}

bool slmi_patience_nap(slmi_patience *patience)
{
    if (patience->at_ns != UINT64_MAX && now_ns() >= patience->at_ns)
        return false;
    struct timespec nap = { 0, patience->nap_us * 1000L };
    int saved = errno, cancel = slmi_cancel_hold();
    nanosleep(&nap, NULL);
    slmi_cancel_restore(cancel);
    errno = saved;
    patience->nap_us = patience->nap_us * 2 < LONGEST_NAP_US ? patience->nap_us * 2 : LONGEST_NAP_US;
    return true;
}
