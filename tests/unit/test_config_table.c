/* SPDX-License-Identifier: MIT */
/* Every variable of OpenTelemetry's that concerns traces: its default, a good value, a bad one. */
#include "exporters/deadline.h"
#include "tests/unit/settings.h"

typedef enum kind { NUMBER, MILLISECONDS, IGNORED } kind;

#define AT(member) offsetof(slmi_settings, member)
#define TRACES     "OTEL_EXPORTER_OTLP_TRACES_"
#define ANY        "OTEL_EXPORTER_OTLP_"

/* A number's default and the value that "7" gives; of a text, where it shows. */
static const struct {
    const char *name;
    kind kind;
    size_t at;
    uint32_t by_default;
} variables[] = {
    { "OTEL_BSP_SCHEDULE_DELAY", NUMBER, AT(schedule_delay_ms), 5000 },
    { "OTEL_BSP_EXPORT_TIMEOUT", MILLISECONDS, AT(export_timeout_ms), 30000 },
    { "OTEL_BSP_MAX_QUEUE_SIZE", NUMBER, AT(queue_spans), 2048 },
    { "OTEL_BSP_MAX_EXPORT_BATCH_SIZE", NUMBER, AT(batch_spans), 512 },
    { ANY "TIMEOUT", MILLISECONDS, AT(otlp_timeout_ms), 10000 },
    { TRACES "TIMEOUT", MILLISECONDS, AT(otlp_timeout_ms), 10000 },
    { "OTEL_EXPORTER_ZIPKIN_TIMEOUT", MILLISECONDS, AT(zipkin_timeout_ms), 10000 },
    { "OTEL_ATTRIBUTE_COUNT_LIMIT", NUMBER, AT(limits.attributes), 128 },
    { "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", NUMBER, AT(limits.value_length), SLM_UNLIMITED },
    { "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", NUMBER, AT(limits.attributes), 128 },
    { "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", NUMBER, AT(limits.value_length), SLM_UNLIMITED },
    { "OTEL_SPAN_EVENT_COUNT_LIMIT", NUMBER, AT(limits.events), 128 },
    { "OTEL_SPAN_LINK_COUNT_LIMIT", NUMBER, AT(limits.links), 128 },
    { "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", NUMBER, AT(limits.event_attributes), 128 },
    { "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", NUMBER, AT(limits.link_attributes), 128 },
    { "OTEL_CONFIG_FILE", IGNORED, 0, 0 },
    { "OTEL_ENTITIES", IGNORED, 0, 0 },
};

static uint32_t number(const slmi_settings *settings, size_t at)
{
    uint32_t value;
    memcpy(&value, (const char *)settings + at, sizeof value);
    return value;
}

static slmi_settings *read_both(const char *name, const char *value)
{
    return READ(NULL, { "OTEL_TRACES_EXPORTER", "otlp,zipkin" }, { name, value });
}

Test(config, each_number_has_its_default_is_read_and_refuses_nonsense)
{
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        const char *name = variables[i].name;
        if (variables[i].kind == IGNORED)
            continue;
        slmi_settings *s = read_both(NULL, NULL);
        cr_expect(eq(u32, number(s, variables[i].at), variables[i].by_default), "%s by default", name);
        slmi_settings_free(s);
        s = read_both(name, "7");
        cr_expect(eq(u32, number(s, variables[i].at), 7), "%s", name);
        cr_expect(eq(str, complaints.text, (char *)""), "%s", name);
        slmi_settings_free(s);
        static const char *const nonsense[] = { "-1", "1.5", "many", "99999999999" };
        for (size_t j = 0; j < sizeof nonsense / sizeof *nonsense; j++) {
            s = read_both(name, nonsense[j]);
            cr_expect(eq(u32, number(s, variables[i].at), variables[i].by_default), "%s=%s", name, nonsense[j]);
            cr_expect(strstr(complaints.text, name) != NULL, "%s=%s: %s", name, nonsense[j], complaints.text);
            slmi_settings_free(s);
        }
        s = read_both(name, "");
        cr_expect(eq(u32, number(s, variables[i].at), variables[i].by_default), "%s is empty", name);
        cr_expect(eq(str, complaints.text, (char *)""), "%s is empty", name);
        slmi_settings_free(s);
        if (variables[i].kind == MILLISECONDS) {
            s = read_both(name, "0");
            cr_expect(eq(u32, number(s, variables[i].at), SLMI_ENDLESS_MS), "%s=0", name);
            slmi_settings_free(s);
        }
    }
}

/* Names, and whether what they are given below is refused. What it does is for other tests to say. */
static const struct {
    const char *name, *good, *bad; /* NULL: nothing is bad */
} texts[] = {
    { "OTEL_SDK_DISABLED", "false", "yes" },
    { "OTEL_RESOURCE_ATTRIBUTES", "a=b", "a" },
    { "OTEL_SERVICE_NAME", "shop", NULL },
    { "OTEL_LOG_LEVEL", "warn", "loud" },
    { "OTEL_PROPAGATORS", "tracecontext,baggage,b3,b3multi,jaeger,none,b3", "tracecontext,xray" },
    { "OTEL_PROPAGATORS", "b3", "ottrace" },
    { "OTEL_TRACES_SAMPLER", "always_on", "sometimes" },
    { "OTEL_TRACES_SAMPLER", "traceidratio", "jaeger_remote" },
    { "OTEL_TRACES_SAMPLER", "parentbased_always_off", "parentbased_jaeger_remote" },
    { "OTEL_TRACES_SAMPLER", "parentbased_traceidratio", "xray" },
    { "OTEL_TRACES_EXPORTER", "console", "prometheus" },
    { ANY "ENDPOINT", "http://c:1", "ftp://c" },
    { TRACES "ENDPOINT", "http://c:1/x", "nowhere" },
    { ANY "HEADERS", "a=b", "a" },
    { TRACES "HEADERS", "a=b", "=b" },
    { ANY "PROTOCOL", "http/json", "carrier-pigeon" },
    { TRACES "PROTOCOL", "http/protobuf", "carrier-pigeon" },
    { ANY "COMPRESSION", "gzip", "zstd" },
    { TRACES "COMPRESSION", "none", "zstd" },
    { ANY "CERTIFICATE", "/etc/passwd", "/nowhere/ca.pem" },
    { TRACES "CERTIFICATE", "/etc/passwd", "/nowhere/ca.pem" },
    { ANY "CLIENT_KEY", "/etc/passwd", "/nowhere/key.pem" },
    { TRACES "CLIENT_KEY", "/etc/passwd", "/nowhere/key.pem" },
    { ANY "CLIENT_CERTIFICATE", "/etc/passwd", "/nowhere/cert.pem" },
    { TRACES "CLIENT_CERTIFICATE", "/etc/passwd", "/nowhere/cert.pem" },
    { "OTEL_EXPORTER_ZIPKIN_ENDPOINT", "http://z:9411/api/v2/spans", "z" },
    { "SPANLOOM_RESOURCE_DETECTORS", "process", "ec2" },
};

Test(config, each_text_is_read_and_what_it_cannot_mean_is_named)
{
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        slmi_settings *s = READ(NULL, { "OTEL_TRACES_EXPORTER", "otlp,zipkin" }, { texts[i].name, texts[i].good });
        cr_expect(eq(str, complaints.text, (char *)""), "%s=%s", texts[i].name, texts[i].good);
        slmi_settings_free(s);
        s = READ(NULL, { "OTEL_TRACES_EXPORTER", "otlp,zipkin" }, { texts[i].name, "" });
        cr_expect(eq(str, complaints.text, (char *)""), "%s is empty", texts[i].name);
        slmi_settings_free(s);
        if (!texts[i].bad)
            continue;
        s = READ(NULL, { "OTEL_TRACES_EXPORTER", "otlp,zipkin" }, { texts[i].name, texts[i].bad });
        cr_expect(complaints.len > 0, "%s=%s", texts[i].name, texts[i].bad);
        slmi_settings_free(s);
    }
}

Test(config, what_is_not_supported_stands_in_one_line_and_changes_nothing)
{
    slmi_settings *s = READ(NULL, { "OTEL_CONFIG_FILE", "/etc/otel.yaml" }, { "OTEL_ENTITIES", "service{a=b}" },
                            { "OTEL_TRACES_SAMPLER", "jaeger_remote" }, { "OTEL_PROPAGATORS", "xray,ottrace,b3" },
                            { "OTEL_BSP_MAX_QUEUE_SIZE", "99" });
    static const char *const named[] = { "OTEL_CONFIG_FILE", "OTEL_ENTITIES", "jaeger_remote", "\"xray\"",
                                         "\"ottrace\"" };
    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        cr_expect(strstr(complaints.text, named[i]) != NULL, "%s in %s", named[i], complaints.text);
    cr_expect(strchr(complaints.text, '\n') == NULL);
    cr_expect(strstr(complaints.text, "\"b3\"") == NULL);
    cr_expect(eq(u32, s->queue_spans, 99));
    cr_expect(s->sampler == NULL);
    slmi_settings_free(s);
}

/* OpenTelemetry, Attribute Limits: the model's own limit comes first. */
Test(config, a_limit_of_its_own_beats_the_general_one)
{
    slmi_settings *s = READ(NULL, { "OTEL_ATTRIBUTE_COUNT_LIMIT", "10" }, { "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "20" },
                            { "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", "0" }, { "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "30" },
                            { "SPANLOOM_VALUE_BYTES", "100" }, { "SPANLOOM_SPAN_BYTES", "2000" });
    cr_expect(eq(u32, s->limits.attributes, 20));
    cr_expect(eq(u32, s->limits.event_attributes, 10));
    cr_expect(eq(u32, s->limits.link_attributes, 0));
    cr_expect(eq(u32, s->limits.value_length, 30));
    cr_expect(eq(u32, s->limits.value_bytes, 100));
    cr_expect(eq(u32, s->limits.span_bytes, 2000));
    slmi_settings_free(s);
    slm_span_limits limits = SLM_SPAN_LIMITS_INIT;
    limits.events = 3;
    const slm_config config = { .size = sizeof config, .limits = &limits };
    s = READ(&config, { "OTEL_SPAN_EVENT_COUNT_LIMIT", "5" }, { "OTEL_SPAN_LINK_COUNT_LIMIT", "5" });
    cr_expect(eq(u32, s->limits.events, 3));
    cr_expect(eq(u32, s->limits.links, 128));
    slmi_settings_free(s);
    s = READ(NULL, { "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "5000" });
    cr_expect(eq(u32, s->limits.attributes, SLM_SPAN_ATTRIBUTES_MAX));
    cr_expect(complaints.len > 0);
    slmi_settings_free(s);
}
