/* SPDX-License-Identifier: MIT */
/* What the tests of propagators share: header blocks in, header lines out. */
#ifndef SPANLOOM_TESTS_FORMATS_H
#define SPANLOOM_TESTS_FORMATS_H

#include <spanloom/carrier.h>
#include <spanloom/propagator.h>

#include <stdio.h>

#define TRACE  "80f198ee56343ba864fe8b2a57d3eff7"
#define TRACE8 "64fe8b2a57d3eff7"
#define SPAN   "e457b5a2e4d86bd1"
#define PARENT "05e3ac9a4f6e3b90"

/* "HINT TRACE-SPAN-FLAGS", or the hint alone, of what was carried. */
static inline const char *describe(const slm_carried *carried)
{
    static const char *const hints[] = { "", "deny ", "accept ", "debug ", "defer " };
    static char text[128];
    char traceparent[SLM_TRACEPARENT_SIZE];
    slm_traceparent_format(&carried->span, traceparent);
    snprintf(text, sizeof text, "%s%s", hints[carried->hint], traceparent[0] ? traceparent + 3 : "none");
    return text;
}

/* Extracts with one propagator from a header block, whose lines end in LF. */
static inline slm_status read_block(const char *name, const char *block, slm_carried *out)
{
    slm_propagators one = { 1, { slm_propagator_find(slm_string_from_c(name)) } };
    slm_string text = slm_string_from_c(block);
    return slm_propagators_extract(&one, slm_http1_getter(), &text, out);
}

/* The lines that one propagator writes. */
static inline const char *written(const char *name, const slm_carried *carried)
{
    static char text[16384];
    slm_propagators one = { 1, { slm_propagator_find(slm_string_from_c(name)) } };
    slm_http1_lines lines = { text, 0, sizeof text - 1 };
    if (slm_propagators_inject(&one, carried, slm_http1_setter(), &lines) != SLM_OK)
        return "failed";
    text[lines.len] = '\0';
    return text;
}

/* A carried context without baggage. */
static inline slm_carried carried_of(const char *traceparent, slm_sampling_hint hint)
{
    slm_carried carried = { .size = sizeof carried, .hint = hint };
    (void)!slm_traceparent_parse(slm_string_from_c(traceparent), &carried.span);
    return carried;
}

#endif
