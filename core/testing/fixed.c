/* SPDX-License-Identifier: MIT */
/* A clock and ids that stand still. */
#include <spanloom/test.h>

#include "core/clock.h"
#include "core/ids.h"

void slm_test_clock(uint64_t now_ns)
{
    slmi_clock_fix(now_ns);
}

void slm_test_ids(uint64_t seed)
{
    slmi_ids_fix(seed);
}
