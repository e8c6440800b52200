/* SPDX-License-Identifier: MIT */
/* What the tests of spans share. */
#ifndef SPANLOOM_TESTS_UNIT_SPANS_H
#define SPANLOOM_TESTS_UNIT_SPANS_H

#include "tests/unit/recorded.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#define TEXT(want)   cr_expect(eq(str, (char *)recorded_text(), (char *)(want)))
#define MISUSE(want) cr_expect(eq(str, (char *)recorded_misuse(), (char *)(want)))

static const slm_span_context remote = { .trace_id = { { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 } },
                                         .span_id = { { 8, 7, 6, 5, 4, 3, 2, 1 } },
                                         .flags = SLM_FLAG_SAMPLED,
                                         .is_remote = true,
                                         .tracestate_len = 7,
                                         .tracestate = "a=1,b=2" };

#endif
