/* SPDX-License-Identifier: MIT */
/* OpenTelemetry Trace SDK, Sampling; TraceState: Probability Sampling. */
#include "core/clock.h"
#include "core/ot_member.h"
#include "core/sampler.h"
#include <spanloom/diagnostic.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <locale.h>
#include <math.h>
#include <stdio.h>

static uint64_t state = 0x9e3779b97f4a7c15u;

static uint64_t next_random(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static slm_trace_id trace_id_of(uint64_t low)
{
    slm_trace_id id;
    uint64_t high = next_random();
    memcpy(id.bytes, &high, sizeof high);
    for (int i = 0; i < 8; i++)
        id.bytes[15 - i] = (uint8_t)(low >> 8 * i);
    return id;
}

static slm_sampling_result ask(slm_sampler *sampler, uint64_t low, const slm_span_context *parent)
{
    slm_sampling_result result;
    slm_sampling_request request = { .size = sizeof request,
                                     .trace_id = trace_id_of(low),
                                     .random = !parent || parent->flags & SLM_FLAG_RANDOM,
                                     .parent = parent };
    slm_sampler_decide(sampler, &request, &result);
    return result;
}

static bool samples(slm_sampler *sampler, uint64_t low)
{
    return ask(sampler, low, NULL).decision == SLM_SAMPLING_RECORD_AND_SAMPLE;
}

static slm_span_context parent_with(unsigned flags, bool remote, const char *tracestate)
{
    slm_span_context parent = { .flags = (uint8_t)flags, .is_remote = remote };
    parent.tracestate_len = (uint16_t)strlen(tracestate);
    memcpy(parent.tracestate, tracestate, parent.tracestate_len);
    return parent;
}

Test(sampler, descriptions_are_those_of_the_specification_in_every_locale)
{
    setlocale(LC_ALL, "de_DE.UTF-8");
    struct {
        slm_sampler *sampler;
        const char *expected;
    } cases[] = {
        { slm_sampler_always_on(), "AlwaysOnSampler" },
        { slm_sampler_always_off(), "AlwaysOffSampler" },
        { slm_sampler_trace_id_ratio(0.0001), "TraceIdRatioBased{0.000100}" },
        { slm_sampler_trace_id_ratio(1), "TraceIdRatioBased{1.000000}" },
        { slm_sampler_trace_id_ratio(0), "TraceIdRatioBased{0.000000}" },
        { slm_sampler_probability(0.25, 0), "ProbabilitySampler{0.250000}" },
        { slm_sampler_rate_limiting(100), "RateLimitingSampler{100.000000}" },
        { slm_sampler_always_record(slm_sampler_always_off()), "AlwaysRecord{AlwaysOffSampler}" },
        { slm_sampler_parent_based(&(slm_sampler_delegates){ .root = slm_sampler_trace_id_ratio(0.5) }),
          "ParentBased{root:TraceIdRatioBased{0.500000},remoteParentSampled:AlwaysOnSampler,"
          "remoteParentNotSampled:AlwaysOffSampler,localParentSampled:AlwaysOnSampler,"
          "localParentNotSampled:AlwaysOffSampler}" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cr_assert(cases[i].sampler != NULL, "%s", cases[i].expected);
        cr_expect(eq(str, (char *)slm_sampler_description(cases[i].sampler), (char *)cases[i].expected));
        slm_sampler_release(cases[i].sampler);
    }
}

Test(sampler, arguments_out_of_range_make_none)
{
    cr_expect(slm_sampler_trace_id_ratio(-0.1) == NULL);
    cr_expect(slm_sampler_trace_id_ratio(1.1) == NULL);
    cr_expect(slm_sampler_trace_id_ratio((double)NAN) == NULL);
    cr_expect(slm_sampler_probability(1.5, 0) == NULL);
    cr_expect(slm_sampler_probability(1e-18, 0) == NULL);
    cr_expect(slm_sampler_probability((double)NAN, 0) == NULL);
    cr_expect(slm_sampler_probability(0.5, 15) == NULL);
    cr_expect(slm_sampler_rate_limiting(0) == NULL);
    cr_expect(slm_sampler_rate_limiting(-1) == NULL);
    cr_expect(slm_sampler_rate_limiting((double)INFINITY) == NULL);
    cr_expect(slm_sampler_rate_limiting((double)NAN) == NULL);
    cr_expect(slm_sampler_parent_based(&(slm_sampler_delegates){ .local_sampled = slm_sampler_always_on() }) == NULL);
    cr_expect(slm_sampler_always_record(NULL) == NULL);
    cr_expect(slm_sampler_new(NULL, NULL, "none") == NULL);
    cr_expect(slm_sampler_new(&(slm_sampler_ops){ .size = sizeof(slm_sampler_ops) }, NULL, "none") == NULL);
    slm_sampler_release(NULL);
}

Test(sampler, thresholds_are_the_specifications)
{
    static const struct {
        double probability;
        unsigned precision;
        const char *th;
    } cases[] = {
        { 1, 4, "0" },
        { 0.5, 4, "8" },
        { 0.25, 4, "c" },
        { 0.2, 3, "ccd" },
        { 0.2, 4, "cccd" },
        { 0.1, 4, "e666" },
        { 0.01, 4, "fd70a" },
        { 0.01, 5, "fd70a4" },
        { 1e-3, 4, "ffbe77" },
        { 1.0 / 3, 4, "aaab" },
        { 0.5, 14, "8" },
        { 0x1p-56, 4, "ffffffffffffff" },
        { 0x1p-52, 4, "fffffffffffff" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char th[15];
        slmi_threshold_text(slmi_threshold(cases[i].probability, cases[i].precision), th);
        cr_expect(eq(str, th, (char *)cases[i].th), "%g, %u digits", cases[i].probability, cases[i].precision);
    }
}

Test(sampler, a_ratio_samples_its_part_and_a_higher_one_all_that_a_lower_one_does)
{
    static const double ratios[] = { 0, 0.001, 0.01, 0.1, 0.25, 0.5, 0.9, 1 };
    enum { COUNT = sizeof ratios / sizeof *ratios, IDS = 200000 };
    slm_sampler *by_id[COUNT], *consistent[COUNT];
    unsigned sampled[2][COUNT] = { { 0 } };
    for (size_t i = 0; i < COUNT; i++) {
        by_id[i] = slm_sampler_trace_id_ratio(ratios[i]);
        consistent[i] = slm_sampler_probability(ratios[i], 0);
    }
    for (unsigned n = 0; n < IDS; n++) {
        uint64_t low = next_random();
        bool before[2] = { false, false };
        for (size_t i = 0; i < COUNT; i++) {
            bool now[2] = { samples(by_id[i], low), samples(consistent[i], low) };
            for (int kind = 0; kind < 2; kind++) {
                if (before[kind] && !now[kind])
                    cr_fatal("%g leaves out what a lower ratio takes", ratios[i]);
                sampled[kind][i] += before[kind] = now[kind];
            }
        }
    }
    for (size_t i = 0; i < COUNT; i++) {
        double expected = ratios[i] * IDS, five_sigma = 5 * sqrt(IDS * ratios[i] * (1 - ratios[i])) + 1e-4 * expected;
        for (int kind = 0; kind < 2; kind++)
            cr_expect(fabs(sampled[kind][i] - expected) <= five_sigma, "%g: %u", ratios[i], sampled[kind][i]);
        slm_sampler_release(by_id[i]);
        slm_sampler_release(consistent[i]);
    }
}

Test(sampler, a_ratio_looks_at_the_id_alone_and_says_once_that_it_has_a_parent)
{
    slm_sampler *half = slm_sampler_trace_id_ratio(0.5);
    slm_span_context off = parent_with(0, true, ""), on = parent_with(SLM_FLAG_SAMPLED, true, "");
    const uint64_t low = 0x7fffffffffffffff, high = 0x8000000000000000;
    cr_expect(eq(int, (int)ask(half, low, &off).decision, (int)SLM_SAMPLING_RECORD_AND_SAMPLE));
    cr_expect(eq(int, (int)ask(half, high, &on).decision, (int)SLM_SAMPLING_DROP));
    cr_expect(eq(u64, slm_diagnostic_count(SLM_DIAG_SAMPLING), (uint64_t)1));
    slm_sampler_release(half);
}

/* A delegate that is told apart by its decision and the field it adds. */
static void add_name(void *self, const slm_sampling_request *request, slm_sampling_result *result)
{
    (void)request;
    cr_expect(slm_sampling_add_field(result, slm_string_from_c("by"), slm_value_string(self, strlen(self))));
}

static slm_sampler *named(char *name)
{
    static const slm_sampler_ops ops = { .size = sizeof ops, .decide = add_name };
    return slm_sampler_new(&ops, name, name);
}

Test(sampler, parent_based_asks_the_delegate_for_the_parent)
{
    static char names[5][16] = { "root", "remote on", "remote off", "local on", "local off" };
    const slm_sampler_delegates all = { named(names[0]), named(names[1]), named(names[2]), named(names[3]),
                                        named(names[4]) };
    slm_sampler *sampler = slm_sampler_parent_based(&all);
    slm_span_context remote_on = parent_with(3, true, ""), remote_off = parent_with(2, true, "");
    slm_span_context local_on = parent_with(1, false, ""), local_off = parent_with(0, false, "");
    const struct {
        const slm_span_context *parent;
        unsigned hint;
        const char *expected;
    } cases[] = {
        { NULL, SLM_HINT_NONE, "root" },        { NULL, SLM_HINT_DEFER, "root" }, { NULL, SLM_HINT_DENY, "remote off" },
        { NULL, SLM_HINT_ACCEPT, "remote on" }, { &remote_on, 0, "remote on" },   { &remote_off, 0, "remote off" },
        { &local_on, 0, "local on" },           { &local_off, 0, "local off" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slm_sampling_result result;
        slm_sampling_request request = { .size = sizeof request, .hint = cases[i].hint, .parent = cases[i].parent };
        slm_sampler_decide(sampler, &request, &result);
        cr_assert(eq(int, (int)result.field_count, 1));
        slm_value by = result.fields[0].value;
        cr_expect(slm_string_equal(slm_string_of(by.as.s, by.len), slm_string_from_c(cases[i].expected)), "case %zu",
                  i);
    }
    slm_sampler_release(sampler);
}

Test(sampler, probability_reads_and_writes_the_ot_member)
{
    /* Half: what is at least 8 is kept. The id's own bits say 4. */
    static const struct {
        const char *why, *before;
        bool kept;
        const char *after; /* NULL: nothing changed */
    } cases[] = {
        { "the id decides", "", false, NULL },
        { "other members stay", "a=1,b=2", false, NULL },
        { "rv decides: yes", "ot=rv:80000000000000", true, "ot=th:8;rv:80000000000000" },
        { "rv decides: no", "ot=rv:7fffffffffffff", false, NULL },
        { "a drop takes th out", "a=1,ot=th:4;rv:00000000000000;x:y", false, "ot=rv:00000000000000;x:y,a=1" },
        { "a drop may leave nothing", "a=1,ot=th:4", false, "a=1" },
        { "th is replaced", "a=1,ot=x:y;th:4;rv:ffffffffffffff,b=2", true, "ot=th:8;x:y;rv:ffffffffffffff,a=1,b=2" },
        { "the same th is left alone", "a=1,ot=rv:ffffffffffffff;th:8", true, NULL },
        { "also with zeros behind it", "ot=th:800;rv:ffffffffffffff", true, NULL },
        { "an rv of 13 digits is not one, and stays", "ot=rv:fffffffffffff;th:1", false, "ot=rv:fffffffffffff" },
        { "nor of capitals", "ot=rv:FFFFFFFFFFFFFF", false, NULL },
        { "a th of 15 digits goes", "ot=th:000000000000000", false, "" },
        { "an empty member is not well formed", "ot=,a=1", false, NULL },
        { "nor is one with a capital key", "ot=RV:ffffffffffffff", false, NULL },
        { "nor a part without a colon", "ot=rv:ffffffffffffff;x", false, NULL },
        { "another vendor's key is not ours", "not=rv:ffffffffffffff,ot2=rv:ffffffffffffff", false, NULL },
    };
    slm_sampler *half = slm_sampler_probability(0.5, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slm_span_context parent = parent_with(SLM_FLAG_RANDOM, true, cases[i].before);
        slm_sampling_result result = ask(half, 0xff40000000000000, &parent);
        cr_expect(eq(int, result.decision == SLM_SAMPLING_RECORD_AND_SAMPLE, cases[i].kept), "%s", cases[i].why);
        cr_expect(eq(int, result.has_tracestate, cases[i].after != NULL), "%s", cases[i].why);
        if (cases[i].after && result.has_tracestate) {
            char got[SLM_TRACESTATE_MAX + 1] = "";
            memcpy(got, result.tracestate, result.tracestate_len);
            cr_expect(eq(str, got, (char *)cases[i].after), "%s", cases[i].why);
        }
    }
    slm_sampler_release(half);
}

Test(sampler, probability_says_once_that_an_id_may_not_be_random_and_gives_such_a_root_an_rv)
{
    slm_sampler *half = slm_sampler_probability(0.5, 0);
    slm_span_context parent = parent_with(SLM_FLAG_SAMPLED, true, "");
    (void)ask(half, 1, &parent);
    (void)ask(half, 1, &parent);
    cr_expect(eq(u64, slm_diagnostic_count(SLM_DIAG_SAMPLING), (uint64_t)1));
    unsigned kept = 0;
    for (int i = 0; i < 200; i++) {
        slm_sampling_result result;
        slm_sampling_request request = { .size = sizeof request, .trace_id = trace_id_of(1) };
        slmi_ot_member ot;
        slm_sampler_decide(half, &request, &result);
        slmi_ot_read(slm_string_of(result.tracestate, result.tracestate_len), &ot);
        bool yes = result.decision == SLM_SAMPLING_RECORD_AND_SAMPLE;
        cr_assert(result.has_tracestate && ot.has_randomness);
        cr_assert(eq(int, yes, ot.randomness >= UINT64_C(1) << 55));
        cr_assert(eq(int, ot.has_threshold, yes));
        kept += yes;
    }
    cr_expect(kept > 50 && kept < 150, "%u of 200", kept);
    slm_sampler_release(half);
}

static slm_string write_th(const char *tracestate, const char *th)
{
    static char out[SLM_TRACESTATE_MAX];
    return slm_string_of(
        out, slmi_ot_write(slm_string_from_c(tracestate), slm_string_from_c(th), slm_string_of("", 0), out));
}

Test(sampler, what_grows_too_long_loses_th_or_whole_members)
{
    char text[1024], expected[1024];
    /* An ot value of exactly 256 bytes has no room for th. */
    snprintf(text, sizeof text, "ot=x:%0254d", 0);
    cr_expect(slm_string_equal(write_th(text, "8"), slm_string_from_c(text)));
    snprintf(text, sizeof text, "ot=th:1;x:%0249d", 0);
    snprintf(expected, sizeof expected, "ot=x:%0249d", 0);
    cr_expect(slm_string_equal(write_th(text, "ffffff"), slm_string_from_c(expected)), "a stale th goes as well");
    /* 512 bytes: the long member goes first, though another one is last. */
    snprintf(text, sizeof text, "l=%0198d,a=%098d,b=%098d,c=%0100d", 0, 0, 0, 0);
    snprintf(expected, sizeof expected, "ot=th:8,a=%098d,b=%098d,c=%0100d", 0, 0, 0);
    cr_expect(slm_string_equal(write_th(text, "8"), slm_string_from_c(expected)));
    /* 33 members: the last goes. */
    size_t at = 0, want = (size_t)snprintf(expected, sizeof expected, "ot=th:8");
    for (int i = 0; i < 32; i++) {
        at += (size_t)snprintf(text + at, sizeof text - at, "%sk%d=v", i ? "," : "", i);
        if (i < 31)
            want += (size_t)snprintf(expected + want, sizeof expected - want, ",k%d=v", i);
    }
    cr_expect(slm_string_equal(write_th(text, "8"), slm_string_from_c(expected)));
    cr_expect(slm_string_equal(write_th(" a=1 \t,, b=2", "c"), slm_string_from_c("ot=th:c,a=1,b=2")));
    cr_expect(slm_string_equal(write_th("ot=,a=1", "c"), slm_string_from_c("ot=th:c,a=1")));
}

Test(sampler, a_rate_lets_a_bucket_through_and_then_one_each_interval)
{
    uint64_t now = UINT64_C(1000000000000);
    slmi_clock_fix(now);
    slm_sampler *ten = slm_sampler_rate_limiting(10), *slow = slm_sampler_rate_limiting(0.5);
    unsigned taken = 0;
    for (int i = 0; i < 100; i++)
        taken += samples(ten, 0);
    cr_expect(eq(uint, taken, 10u), "a full bucket");
    for (int tenths = 1; tenths <= 50; tenths++) {
        slmi_clock_fix(now += 100000000);
        taken += samples(ten, 0);
        cr_expect(samples(ten, 0) == false, "a second one within a tenth of a second");
    }
    cr_expect(eq(uint, taken, 60u));
    slmi_clock_fix(now += UINT64_C(3600000000000));
    taken = 0;
    for (int i = 0; i < 100; i++)
        taken += samples(ten, 0);
    cr_expect(eq(uint, taken, 10u), "an hour fills it no further");
    cr_expect(samples(slow, 0));
    cr_expect(samples(slow, 0) == false);
    slmi_clock_fix(now += UINT64_C(1999999999));
    cr_expect(samples(slow, 0) == false);
    slmi_clock_fix(now + 1);
    cr_expect(samples(slow, 0));
    slm_sampler_release(ten);
    slm_sampler_release(slow);
}

Test(sampler, an_answer_takes_what_it_has_room_for)
{
    slm_sampling_result r = { .size = sizeof r };
    char long_text[600];
    memset(long_text, 'x', sizeof long_text);
    slm_string key = slm_string_from_c("key");
    cr_expect(slm_sampling_add_field(&r, slm_string_from_c(""), slm_value_bool(true)) == false);
    cr_expect(slm_sampling_add_field(&r, slm_string_of(NULL, 0), slm_value_bool(true)) == false);
    cr_expect(slm_sampling_add_field(&r, key, slm_value_string(long_text, sizeof long_text)) == false);
    cr_expect(slm_sampling_add_field(&r, key, slm_value_bytes("x", 1)) == false);
    for (int i = 0; i < SLM_SAMPLING_FIELDS_MAX; i++)
        cr_expect(slm_sampling_add_field(&r, key, slm_value_i64(i)));
    cr_expect(slm_sampling_add_field(&r, key, slm_value_i64(9)) == false);
    cr_expect(slm_sampling_set_tracestate(&r, slm_string_of(long_text, SLM_TRACESTATE_MAX + 1)) == false);
    cr_expect(r.has_tracestate == false);
    cr_expect(slm_sampling_set_tracestate(&r, slm_string_of(long_text, SLM_TRACESTATE_MAX)));
    cr_expect(slm_sampling_set_tracestate(&r, slm_string_from_c("")));
    cr_expect(r.has_tracestate && r.tracestate_len == 0);
}
