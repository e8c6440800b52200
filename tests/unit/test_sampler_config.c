/* SPDX-License-Identifier: MIT */
/* OpenTelemetry Environment Variable Specification, OTEL_TRACES_SAMPLER. */
#include "exporters/sampler.h"
#include "tests/unit/settings.h"

#include <locale.h>

#define PARENT_BASED(root)                                                                                             \
    "ParentBased{root:" root ",remoteParentSampled:AlwaysOnSampler,remoteParentNotSampled:AlwaysOffSampler,"           \
    "localParentSampled:AlwaysOnSampler,localParentNotSampled:AlwaysOffSampler}"

Test(sampler_config, the_variables_name_a_sampler_and_what_makes_no_sense_is_warned_of)
{
    static const char usual[] = "(default)";
    static const struct {
        const char *name, *argument, *expected, *complaint;
    } cases[] = {
        { NULL, NULL, usual, "" },
        { "", "0.5", usual, "" },
        { "always_on", NULL, "AlwaysOnSampler", "" },
        { "always_off", "0.5", "AlwaysOffSampler", "" },
        { "traceidratio", "0.25", "TraceIdRatioBased{0.250000}", "" },
        { "traceidratio", NULL, "TraceIdRatioBased{1.000000}", "" },
        { "traceidratio", "1e-4", "TraceIdRatioBased{0.000100}", "" },
        { "parentbased_always_on", NULL, PARENT_BASED("AlwaysOnSampler"), "" },
        { "parentbased_always_off", NULL, PARENT_BASED("AlwaysOffSampler"), "" },
        { "parentbased_traceidratio", "0.1", PARENT_BASED("TraceIdRatioBased{0.100000}"), "" },
        { "traceidratio", "1.5", "TraceIdRatioBased{1.000000}",
          "OTEL_TRACES_SAMPLER_ARG=1.5 is no number from 0 to 1, using 1" },
        { "traceidratio", "0,5", "TraceIdRatioBased{1.000000}",
          "OTEL_TRACES_SAMPLER_ARG=0,5 is no number from 0 to 1, using 1" },
        { "traceidratio", "half", "TraceIdRatioBased{1.000000}",
          "OTEL_TRACES_SAMPLER_ARG=half is no number from 0 to 1, using 1" },
        { "jaeger_remote", "endpoint=x", usual,
          "OTEL_TRACES_SAMPLER=jaeger_remote is not supported, using parentbased_always_on" },
        { "parentbased_jaeger_remote", NULL, usual,
          "OTEL_TRACES_SAMPLER=parentbased_jaeger_remote is not supported, using parentbased_always_on" },
        { "xray", NULL, usual, "OTEL_TRACES_SAMPLER=xray is not supported, using parentbased_always_on" },
        { "ALWAYS_ON", NULL, usual,
          "OTEL_TRACES_SAMPLER: no sampler is named \"ALWAYS_ON\", using parentbased_always_on" },
    };
    setlocale(LC_ALL, "de_DE.UTF-8");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        variable variables[2] = { { cases[i].name ? "OTEL_TRACES_SAMPLER" : NULL, cases[i].name },
                                  { cases[i].argument ? "OTEL_TRACES_SAMPLER_ARG" : NULL, cases[i].argument } };
        slmi_settings *s = read_with(NULL, variables, 2);
        const char *got = s->sampler ? slm_sampler_description(s->sampler) : usual;
        cr_expect(eq(str, (char *)got, (char *)cases[i].expected), "case %zu", i);
        cr_expect(eq(str, complaints.text, (char *)cases[i].complaint), "case %zu", i);
        slmi_settings_free(s);
    }
}

static unsigned destroyed;

static void destroy(void *self)
{
    (void)self;
    destroyed++;
}

static void decide(void *self, const slm_sampling_request *request, slm_sampling_result *result)
{
    (void)self;
    (void)request;
    (void)result;
}

Test(sampler_config, code_wins_over_the_environment_and_keeps_its_reference)
{
    static const slm_sampler_ops ops = { .size = sizeof ops, .decide = decide, .destroy = destroy };
    slm_config config = SLM_CONFIG_INIT;
    config.sampler = slm_sampler_new(&ops, NULL, "Mine");
    slmi_settings *s = READ(&config, { "OTEL_TRACES_SAMPLER", "nonsense" });
    cr_expect(eq(str, (char *)slm_sampler_description(s->sampler), (char *)"Mine"));
    cr_expect(eq(str, complaints.text, (char *)""));
    char line[600];
    slmi_settings_show(s, line, sizeof line);
    cr_expect(strstr(line, "sampler Mine") != NULL, "%s", line);
    slmi_settings_free(s);
    cr_expect(eq(uint, destroyed, 0u));
    slm_sampler_release(config.sampler);
    cr_expect(eq(uint, destroyed, 1u));
}

Test(sampler_config, one_who_was_built_before_there_were_samplers_gives_none)
{
    slm_config config = SLM_CONFIG_INIT;
    config.size = (uint32_t)offsetof(slm_config, sampler);
    config.sampler = (slm_sampler *)(uintptr_t)8; /* beyond what is the caller's */
    slmi_settings *s = READ(&config, { NULL, NULL });
    cr_expect(s->sampler == NULL);
    slmi_settings_free(s);
}

Test(sampler_config, ratios_are_plain_decimal_numbers_from_0_to_1)
{
    static const struct {
        const char *text;
        bool valid;
        double expected;
    } cases[] = {
        { "0", true, 0 },
        { "1", true, 1 },
        { "1.0", true, 1 },
        { ".5", true, 0.5 },
        { "1.", true, 1 },
        { "0.001", true, 0.001 },
        { "1E-3", true, 0.001 },
        { "25e-2", true, 0.25 },
        { "0.05e1", true, 0.5 },
        { "0e999999", true, 0 },
        { "1e-999999", true, 0 },
        { "1e1", false, 0 },
        { "1e999999", false, 0 },
        { "1.0001", false, 0 },
        { "-0.5", false, 0 },
        { "+1", false, 0 },
        { "", false, 0 },
        { ".", false, 0 },
        { "0.5x", false, 0 },
        { " 0.5", false, 0 },
        { "0.5.5", false, 0 },
        { "1e", false, 0 },
        { "1e-", false, 0 },
        { "nan", false, 0 },
        { "inf", false, 0 },
        { "0x1", false, 0 },
        { "0,5", false, 0 },
        { "0.333333333333333333333333333333", true, 1.0 / 3 },
        { "99999999999999999999999999", false, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double got = -1;
        bool valid = slmi_ratio_parse(cases[i].text, &got);
        cr_expect(eq(int, valid, cases[i].valid), "\"%s\"", cases[i].text);
        if (valid && cases[i].valid)
            cr_expect(got - cases[i].expected < 1e-15 && cases[i].expected - got < 1e-15, "\"%s\"", cases[i].text);
    }
}
