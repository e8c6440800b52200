/* SPDX-License-Identifier: MIT */
/* What the tests of formats print. */
#ifndef SPANLOOM_TESTS_YAKS_H
#define SPANLOOM_TESTS_YAKS_H

#include <errno.h>
#include <stdio.h>

#include "tests/unit/lines.h"

/* What the lines say that they are from. */
#line 1 "yaks.c"
static inline size_t print_razor(const void *razor, char *out, size_t room)
{
    return (size_t)snprintf(out, room, "Razor { blades: %d }", *(const int *)razor);
}

static inline void shave_yaks(void)
{
    const int blades = 3, weights[] = { 280, 300 };
    SLM_SCOPE_AS(outer, "shaving_yaks", ("yak_count", 3), ("tool", slm_debug(&blades, print_razor)));
    SLM_INFO("preparing");
    for (int i = 1; i <= 2; i++) {
        lines_wait(1500);
        SLM_SCOPE("shave", ("current_yak", i), ("name", "Frieda \"F\""), ("weight", 1.5));
        lines_wait(1234567);
        if (i == 1)
            SLM_DEBUG("yak shaved successfully");
        else
            SLM_WARN(("error", slm_errno(ENOENT)), "yak %d:\n shaving failed!", i);
    }
    SLM_SET(outer, "left", UINT64_MAX);
    lines_wait(2000000000);
    SLM_ERROR(("weights", slm_array(weights, 2)), ("ratio", 0.25), ("ok", (bool)0), ("blob", slm_bytes("\x01\xff", 2)));
    SLM_EVENT_WITH((.parent = SLM_ROOT), SLM_LEVEL_TRACE, "outside");
}

static inline void print_one(void)
{
    SLM_SCOPE("outer", ("a", 1));
    SLM_SCOPE("inner", ("b", "x"));
    SLM_INFO(("k", 7), "said");
}

#endif
