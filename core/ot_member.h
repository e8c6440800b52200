/* SPDX-License-Identifier: MIT */
/* The tracestate member that is OpenTelemetry's own: `ot=k:v;k:v`. OpenTelemetry, TraceState Handling. */
#ifndef SPANLOOM_CORE_OT_MEMBER_H
#define SPANLOOM_CORE_OT_MEMBER_H

#include <spanloom/span_context.h>

enum { SLMI_OT_VALUE_MAX = 256, SLMI_OT_RV_DIGITS = 14 };

typedef struct slmi_ot_member {
    bool present, well_formed;
    bool has_threshold, has_randomness; /* and their values are well formed */
    uint64_t threshold, randomness;     /* of 2^56 */
    bool has_th, has_rv;                /* the sub-keys are there, whatever their values */
    slm_string value;                   /* borrowed from the tracestate */
} slmi_ot_member;

/* Reads it from a tracestate. */
void slmi_ot_read(slm_string tracestate, slmi_ot_member *out);

/* The tracestate with `th` in its `ot` member set (empty: taken out) and `rv` added where there is none (empty: not
 * added), in `out`. The member moves to the front; what else it says, and the other members, stay in their order. One
 * that is not well formed is replaced. Where it grows too long for its bound, `th` goes; where the tracestate does,
 * whole members go, as W3C Trace Context 3.3.1.5 says. Returns the length. */
size_t slmi_ot_write(slm_string tracestate, slm_string th, slm_string rv, char out[SLM_TRACESTATE_MAX]);

#endif
