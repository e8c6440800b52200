/* SPDX-License-Identifier: MIT */
/* Samplers by chance, the same on every node: by the trace id, and by consistent probability. */
#include "core/sampler.h"

#include <stdio.h>
#include <string.h>

#include "core/diagnostics.h"
#include "core/ids.h"
#include "core/ot_member.h"

enum { DIGITS = 14, DEFAULT_PRECISION = 4 };

static const double all = 72057594037927936.0; /* 2^56 */
static const uint64_t whole = UINT64_C(1) << 56;

void slmi_ratio_text(double ratio, char text[SLMI_RATIO_BYTES])
{
    uint64_t millionths = (uint64_t)(ratio * 1e6 + 0.5);
    snprintf(text, SLMI_RATIO_BYTES, "%llu.%06llu", (unsigned long long)(millionths / 1000000),
             (unsigned long long)(millionths % 1000000));
}

/* -- by the trace id -------------------------------------------------------------------------------------------------
 */

static uint64_t big_endian(const uint8_t *bytes)
{
    uint64_t number = 0;
    for (int i = 0; i < 8; i++)
        number = number << 8 | bytes[i];
    return number;
}

/* The last 8 bytes, as OpenTelemetry's Go and Python have it, so that nodes in those languages agree. */
static void by_ratio(void *self, const slm_sampling_request *request, slm_sampling_result *result)
{
    slm_sampler *sampler = self;
    if (request->parent && slmi_sampler_tells(sampler))
        slmi_diagnose(SLM_DIAG_SAMPLING, "%s decides for a span with a parent: put it under ParentBased",
                      sampler->description);
    if (big_endian(request->trace_id.bytes + 8) >> 1 < sampler->bound)
        result->decision = SLM_SAMPLING_RECORD_AND_SAMPLE;
}

slm_sampler *slm_sampler_trace_id_ratio(double ratio)
{
    static const slm_sampler_ops ops = { .size = sizeof ops, .decide = by_ratio };
    if (!(ratio >= 0 && ratio <= 1))
        return NULL;
    char text[SLMI_RATIO_BYTES];
    slmi_ratio_text(ratio, text);
    slm_sampler *sampler = slmi_sampler_make(&ops, 0, "TraceIdRatioBased{%s}", text);
    if (sampler)
        sampler->bound = (uint64_t)(ratio * 9223372036854775808.0);
    return sampler;
}

/* -- consistent probability ------------------------------------------------------------------------------------------
 */

/* How many digits of f or 0 lead a number this small. */
static unsigned leading(double part)
{
    unsigned halvings = 0;
    while (part > 0 && part < 0.5 && halvings < 56) {
        part *= 2;
        halvings++;
    }
    return halvings / 4;
}

uint64_t slmi_threshold(double probability, unsigned precision)
{
    unsigned near_zero = leading(probability), near_one = leading(1 - probability);
    unsigned digits = precision + (near_zero > near_one ? near_zero : near_one);
    uint64_t threshold = whole - (uint64_t)(probability * all + 0.5);
    if (digits < DIGITS) {
        unsigned shift = 4 * (DIGITS - digits);
        threshold = (threshold + (UINT64_C(1) << (shift - 1))) >> shift << shift;
    }
    return threshold;
}

static void fraction_text(uint64_t fraction, char text[15])
{
    for (int i = DIGITS - 1; i >= 0; i--, fraction >>= 4)
        text[i] = "0123456789abcdef"[fraction & 0xf];
    text[DIGITS] = '\0';
}

void slmi_threshold_text(uint64_t threshold, char text[15])
{
    fraction_text(threshold, text);
    for (int i = DIGITS - 1; i > 0 && text[i] == '0'; i--)
        text[i] = '\0';
}

/* A root whose id is not random gets 56 random bits of its own, in `rv`. */
static uint64_t randomness_of(slm_sampler *sampler, const slm_sampling_request *request, const slmi_ot_member *ot,
                              char rv[15])
{
    if (ot->has_randomness)
        return ot->randomness;
    if (!request->parent && !request->random && !ot->has_rv) {
        uint64_t fresh = slmi_random_own() >> 8;
        fraction_text(fresh, rv);
        return fresh;
    }
    if (!request->random && slmi_sampler_tells(sampler))
        slmi_diagnose(SLM_DIAG_SAMPLING,
                      "a probability sampler was given trace ids that do not say that they are random");
    return big_endian(request->trace_id.bytes + 8) & (whole - 1);
}

static void by_probability(void *self, const slm_sampling_request *request, slm_sampling_result *result)
{
    slm_sampler *sampler = self;
    slmi_ot_member ot;
    char rv[15] = "";
    slm_string tracestate = slm_string_of(NULL, 0);
    if (request->parent)
        tracestate = slm_string_of(request->parent->tracestate, request->parent->tracestate_len);
    slmi_ot_read(tracestate, &ot);
    bool keep = randomness_of(sampler, request, &ot, rv) >= sampler->threshold;
    if (keep)
        result->decision = SLM_SAMPLING_RECORD_AND_SAMPLE;
    slm_string th = slm_string_from_c(keep ? sampler->th : "");
    bool same = keep ? ot.has_threshold && ot.threshold == sampler->threshold : !ot.has_th;
    if (same && !rv[0])
        return;
    result->tracestate_len = (uint16_t)slmi_ot_write(tracestate, th, slm_string_from_c(rv), result->tracestate);
    result->has_tracestate = true;
}

slm_sampler *slm_sampler_probability(double probability, unsigned precision)
{
    static const slm_sampler_ops ops = { .size = sizeof ops, .decide = by_probability };
    bool fits = probability == 0 || (probability >= 1 / all && probability <= 1);
    if (!fits || precision > DIGITS)
        return NULL;
    char text[SLMI_RATIO_BYTES];
    slmi_ratio_text(probability, text);
    slm_sampler *sampler = slmi_sampler_make(&ops, SLMI_SAMPLER_READS, "ProbabilitySampler{%s}", text);
    if (sampler) {
        sampler->threshold = slmi_threshold(probability, precision ? precision : DEFAULT_PRECISION);
        if (sampler->threshold < whole)
            slmi_threshold_text(sampler->threshold, sampler->th);
    }
    return sampler;
}
