/* SPDX-License-Identifier: MIT */
/* OpenTelemetry Environment Variable Specification. */
#include "exporters/deadline.h"
#include "tests/unit/settings.h"

Test(config, without_anything_the_defaults_hold)
{
    slmi_settings *s = READ(NULL, { NULL, NULL });
    cr_expect(eq(uint, s->exporters, (unsigned)SLM_EXPORTER_OTLP));
    cr_expect(eq(str, s->otlp_url.text, (char *)"http://localhost:4318/v1/traces"));
    cr_expect(eq(uint, s->queue_spans, 2048u));
    cr_expect(eq(uint, s->batch_spans, 512u));
    cr_expect(eq(uint, s->schedule_delay_ms, 5000u));
    cr_expect(eq(uint, s->export_timeout_ms, 30000u));
    cr_expect(eq(uint, s->otlp_timeout_ms, 10000u));
    cr_expect(eq(sz, s->header_count, (size_t)0));
    cr_expect(eq(int, s->disabled || s->quiet || s->show, 0));
    cr_expect(s->log_filter == NULL && s->export_filter == NULL);
    cr_expect(attribute(s, "service.name").len > strlen("unknown_service:"));
    cr_expect(strncmp(attribute(s, "service.name").data, "unknown_service:", 16) == 0);
    expect_attribute(s, "telemetry.sdk.name", "spanloom");
    expect_attribute(s, "telemetry.sdk.language", "c");
    expect_attribute(s, "telemetry.sdk.version", "0.1.0");
    cr_expect(eq(str, complaints.text, (char *)""));
    slmi_settings_free(s);
}

Test(config, an_empty_variable_is_unset)
{
    static const char *const names[] = {
        "OTEL_SDK_DISABLED",
        "OTEL_SERVICE_NAME",
        "OTEL_RESOURCE_ATTRIBUTES",
        "OTEL_TRACES_EXPORTER",
        "OTEL_LOG_LEVEL",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        "OTEL_EXPORTER_OTLP_HEADERS",
        "OTEL_EXPORTER_OTLP_TIMEOUT",
        "OTEL_EXPORTER_OTLP_PROTOCOL",
        "OTEL_EXPORTER_OTLP_COMPRESSION",
        "OTEL_BSP_MAX_QUEUE_SIZE",
        "OTEL_BSP_SCHEDULE_DELAY",
        "SPANLOOM_LOG",
        "SPANLOOM_EXPORT",
        "http_proxy",
        "OTEL_CONFIG_FILE",
        "SPANLOOM_MAX_RECORDS",
    };
    variable variables[sizeof names / sizeof *names];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        variables[i] = (variable){ names[i], "" };
    slmi_settings *s = read_with(NULL, variables, sizeof names / sizeof *names);
    cr_expect(eq(str, complaints.text, (char *)""));
    cr_expect(eq(str, s->otlp_url.text, (char *)"http://localhost:4318/v1/traces"));
    cr_expect(eq(uint, s->queue_spans, 2048u));
    cr_expect(s->log_filter == NULL);
    slmi_settings_free(s);
}

Test(config, the_endpoint_follows_the_specifications_path_rules)
{
    static const char base[] = "OTEL_EXPORTER_OTLP_ENDPOINT", traces[] = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
    static const struct {
        variable variables[2];
        const char *in_code, *expected;
        bool complains;
    } cases[] = {
        { { { base, "http://c:4318" } }, NULL, "http://c:4318/v1/traces", false },
        { { { base, "http://c:4318/my/" } }, NULL, "http://c:4318/my/v1/traces", false },
        { { { traces, "http://c:4318" } }, NULL, "http://c:4318/", false },
        { { { traces, "https://h/x/" } }, NULL, "https://h/x/", false },
        { { { traces, "http://t/1" }, { base, "http://b" } }, NULL, "http://t/1", false },
        { { { traces, "http://t/1" }, { base, "http://b" } }, "http://code/2", "http://code/2", false },
        { { { traces, "nonsense" }, { base, "http://b" } }, NULL, "http://b/v1/traces", true },
        { { { base, "nonsense" } }, NULL, "http://localhost:4318/v1/traces", true },
        { { { base, "c:4318" } }, NULL, "http://localhost:4318/v1/traces", true },
        { { { base, "http://b" } }, "nonsense", "http://b/v1/traces", true },
        { { { base, "unix:/run/c" } }, NULL, "http://localhost/v1/traces", false },
        { { { traces, "unix:///run/c" } }, NULL, "http://localhost/v1/traces", false },
        { { { traces, "unix:run/c" } }, NULL, "http://localhost:4318/v1/traces", true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slm_config config = { .size = (uint32_t)sizeof config, .endpoint = cases[i].in_code };
        slmi_settings *s = read_with(&config, cases[i].variables, 2);
        cr_expect(eq(str, s->otlp_url.text, (char *)cases[i].expected), "case %zu", i);
        cr_expect(eq(int, complaints.len > 0, cases[i].complains), "case %zu: %s", i, complaints.text);
        slmi_settings_free(s);
    }
}

Test(config, exporters_are_a_list_of_names)
{
    static const struct {
        const char *list;
        unsigned expected;
        const char *complaint;
    } cases[] = {
        { "otlp", SLM_EXPORTER_OTLP, "" },
        { "zipkin", SLM_EXPORTER_ZIPKIN, "" },
        { "console", SLM_EXPORTER_CONSOLE, "" },
        { "none", SLM_EXPORTER_NONE, "" },
        { "otlp,zipkin", SLM_EXPORTER_OTLP | SLM_EXPORTER_ZIPKIN, "" },
        { " otlp , console ,", SLM_EXPORTER_OTLP | SLM_EXPORTER_CONSOLE, "" },
        { "otlp,otlp", SLM_EXPORTER_OTLP, "" },
        { "jaeger", SLM_EXPORTER_OTLP, "no exporter is named \"jaeger\"; using otlp" },
        { "jaeger,zipkin", SLM_EXPORTER_ZIPKIN, "no exporter is named \"jaeger\"" },
        { "OTLP", SLM_EXPORTER_OTLP, "no exporter is named \"OTLP\"; using otlp" },
        { "otlp/stdout", SLM_EXPORTER_OTLP_STDOUT, "" },
        { "none,console", SLM_EXPORTER_CONSOLE, "none stands beside others" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slmi_settings *s = READ(NULL, { "OTEL_TRACES_EXPORTER", cases[i].list });
        cr_expect(eq(uint, s->exporters, cases[i].expected), "%s", cases[i].list);
        cr_expect(strstr(complaints.text, cases[i].complaint) != NULL, "%s: %s", cases[i].list, complaints.text);
        cr_expect(eq(int, complaints.len > 0, cases[i].complaint[0] != 0), "%s", cases[i].list);
        slmi_settings_free(s);
    }
}

Test(config, a_bad_number_is_named_and_the_default_stands)
{
    static const struct {
        const char *value;
        unsigned expected;
        bool complains;
    } cases[] = {
        { "1", 1, false },
        { "100", 100, false },
        { "0100", 100, false },
        { "1048576", 1048576, false },
        { "0", 2048, true },
        { "-1", 2048, true },
        { "abc", 2048, true },
        { "1e3", 2048, true },
        { " 7", 2048, true },
        { "7 ", 2048, true },
        { "1048577", 2048, true },
        { "4294967296", 2048, true },
        { "99999999999999999999999999", 2048, true },
        { "0x10", 2048, true },
        { "+5", 2048, true },
        { "5.0", 2048, true },
        { "\xff\x01", 2048, true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slmi_settings *s = READ(NULL, { "OTEL_BSP_MAX_QUEUE_SIZE", cases[i].value });
        cr_expect(eq(uint, s->queue_spans, cases[i].expected), "\"%s\"", cases[i].value);
        cr_expect(eq(int, strstr(complaints.text, "OTEL_BSP_MAX_QUEUE_SIZE=") != NULL, cases[i].complains),
                  "\"%s\": %s", cases[i].value, complaints.text);
        slmi_settings_free(s);
    }
}

Test(config, a_timeout_of_zero_has_no_end)
{
    slmi_settings *s = READ(NULL, { "OTEL_BSP_EXPORT_TIMEOUT", "0" }, { "OTEL_EXPORTER_OTLP_TIMEOUT", "0" });
    cr_expect(eq(uint, s->export_timeout_ms, SLMI_ENDLESS_MS));
    cr_expect(eq(uint, s->otlp_timeout_ms, SLMI_ENDLESS_MS));
    cr_expect(eq(str, complaints.text, (char *)""));
    slmi_settings_free(s);
}

Test(config, the_signals_own_variable_beats_the_general_one)
{
    slmi_settings *s =
        READ(NULL, { "OTEL_EXPORTER_OTLP_TIMEOUT", "1" }, { "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "2" },
             { "OTEL_EXPORTER_OTLP_HEADERS", "a=1" }, { "OTEL_EXPORTER_OTLP_TRACES_HEADERS", "b=2" },
             { "OTEL_EXPORTER_OTLP_CERTIFICATE", "/a" }, { "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", "/b" });
    cr_expect(eq(uint, s->otlp_timeout_ms, 2u));
    cr_assert(eq(sz, s->header_count, (size_t)1));
    cr_expect(eq(str, s->headers[0], (char *)"b: 2"));
    cr_expect(eq(str, s->ca_file, (char *)"/b"));
    slmi_settings_free(s);
}

Test(config, what_is_said_in_code_beats_the_environment)
{
    const slm_field in_code[] = { { { "team", 4 }, slm_value_string("shed", 4) }, { { "n", 1 }, slm_value_i64(7) } };
    const slm_config config = { .size = (uint32_t)sizeof config,
                                .exporters = SLM_EXPORTER_ZIPKIN | SLM_EXPORTER_OTLP,
                                .service_name = "in-code",
                                .resource = in_code,
                                .resource_count = 2,
                                .queue_spans = 10,
                                .batch_spans = 5,
                                .schedule_delay_ms = 1,
                                .export_timeout_ms = SLM_ENDLESS_MS,
                                .request_timeout_ms = 3,
                                .zipkin_endpoint = "http://z/api",
                                .headers = "k=v",
                                .log_filter = "debug",
                                .export_filter = "trace" };
    slmi_settings *s =
        READ(&config, { "OTEL_TRACES_EXPORTER", "console" }, { "OTEL_SERVICE_NAME", "x" },
             { "OTEL_RESOURCE_ATTRIBUTES", "team=wool,place=hill,service.name=y" }, { "OTEL_BSP_MAX_QUEUE_SIZE", "99" },
             { "OTEL_BSP_SCHEDULE_DELAY", "99" }, { "OTEL_EXPORTER_OTLP_TIMEOUT", "99" }, { "SPANLOOM_LOG", "warn" },
             { "OTEL_EXPORTER_OTLP_HEADERS", "x=y" }, { "OTEL_EXPORTER_ZIPKIN_ENDPOINT", "http://zz" });
    cr_expect(eq(uint, s->exporters, (unsigned)(SLM_EXPORTER_ZIPKIN | SLM_EXPORTER_OTLP)));
    cr_expect(eq(uint, s->queue_spans, 10u));
    cr_expect(eq(uint, s->batch_spans, 5u));
    cr_expect(eq(uint, s->schedule_delay_ms, 1u));
    cr_expect(eq(uint, s->export_timeout_ms, SLMI_ENDLESS_MS));
    cr_expect(eq(uint, s->otlp_timeout_ms, 3u));
    cr_expect(eq(uint, s->zipkin_timeout_ms, 3u));
    cr_expect(eq(str, s->zipkin_url.text, (char *)"http://z/api"));
    cr_expect(eq(str, s->headers[0], (char *)"k: v"));
    cr_expect(eq(str, s->log_filter, (char *)"debug"));
    cr_expect(eq(str, s->export_filter, (char *)"trace"));
    expect_attribute(s, "service.name", "in-code");
    expect_attribute(s, "team", "shed");
    expect_attribute(s, "place", "hill");
    slmi_settings_free(s);
}

Test(config, headers_are_decoded_and_cannot_smuggle_others)
{
    static const struct {
        const char *list, *expected; /* the first; NULL: none */
        size_t count;
        bool complains;
    } cases[] = {
        { "a=b", "a: b", 1, false },
        { "a=b,c=d", "a: b", 2, false },
        { " a = b%20c ", "a: b c", 1, false },
        { "authorization=Basic%20eDp5", "authorization: Basic eDp5", 1, false },
        { "a=b=c", "a: b=c", 1, false },
        { "a=", "a;", 1, false },
        { "a=b,,", "a: b", 1, false },
        { "a", NULL, 0, true },
        { "=b", NULL, 0, true },
        { "a b=c", NULL, 0, true },
        { "a:b=c", NULL, 0, true },
        { "a=b%0d%0aevil:%201", NULL, 0, true },
        { "a=b%00c", NULL, 0, true },
        { "a=%", NULL, 0, true },
        { "a=b,c", "a: b", 1, true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slmi_settings *s = READ(NULL, { "OTEL_EXPORTER_OTLP_HEADERS", cases[i].list });
        cr_expect(eq(sz, s->header_count, cases[i].count), "%s", cases[i].list);
        if (cases[i].expected && s->header_count > 0)
            cr_expect(eq(str, s->headers[0], (char *)cases[i].expected));
        cr_expect(eq(int, complaints.len > 0, cases[i].complains), "%s: %s", cases[i].list, complaints.text);
        slmi_settings_free(s);
    }
}

Test(config, a_header_that_is_refused_does_not_show_its_secret)
{
    slmi_settings *s = READ(NULL, { "OTEL_EXPORTER_OTLP_HEADERS", "ok=1,x-key secret" });
    cr_expect(strstr(complaints.text, "header number 2") != NULL, "%s", complaints.text);
    cr_expect(strstr(complaints.text, "secret") == NULL, "%s", complaints.text);
    slmi_settings_free(s);
}

Test(config, what_is_not_supported_is_named_once_and_replaced)
{
    slmi_settings *s =
        READ(NULL, { "OTEL_EXPORTER_OTLP_PROTOCOL", "soap" }, { "OTEL_EXPORTER_OTLP_COMPRESSION", "zstd" },
             { "OTEL_CONFIG_FILE", "/x.yaml" }, { "OTEL_LOG_LEVEL", "loud" });
    cr_expect(strstr(complaints.text, "OTEL_EXPORTER_OTLP_PROTOCOL=soap is not supported, using http/json") != NULL);
    cr_expect(strstr(complaints.text, "OTEL_EXPORTER_OTLP_COMPRESSION=zstd is not supported, using none") != NULL);
    cr_expect(strstr(complaints.text, "OTEL_CONFIG_FILE") != NULL);
    cr_expect(strstr(complaints.text, "OTEL_LOG_LEVEL=loud is no level") != NULL);
    slmi_settings_free(s);
    s = READ(NULL, { "OTEL_EXPORTER_OTLP_PROTOCOL", "http/json" }, { "OTEL_EXPORTER_OTLP_COMPRESSION", "none" });
    cr_expect(eq(str, complaints.text, (char *)""));
    slmi_settings_free(s);
}

Test(config, protocol_and_compression_are_names)
{
    static const struct {
        variable variables[2];
        const char *protocol, *compression; /* in code */
        bool protobuf, gzip, complains;
    } cases[] = {
        { { { NULL, NULL } }, NULL, NULL, false, false, false },
        { { { "OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf" } }, NULL, NULL, true, false, false },
        { { { "OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf" }, { "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json" } },
          NULL,
          NULL,
          false,
          false,
          false },
        { { { "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "gzip" } }, NULL, NULL, false, true, false },
        { { { "OTEL_EXPORTER_OTLP_COMPRESSION", "gzip" } }, NULL, "none", false, false, false },
        { { { "OTEL_EXPORTER_OTLP_PROTOCOL", "http/json" } }, "http/protobuf", "gzip", true, true, false },
        { { { "OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf" } }, "", "", true, false, false },
        { { { "OTEL_EXPORTER_OTLP_PROTOCOL", "grpc" } }, "http/json", NULL, false, false, false },
        { { { NULL, NULL } }, "GRPC", NULL, false, false, true },
        { { { NULL, NULL } }, "HTTP/PROTOBUF", NULL, false, false, true },
        { { { NULL, NULL } }, NULL, "deflate", false, false, true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slm_config config = { .size = (uint32_t)sizeof config,
                              .protocol = cases[i].protocol,
                              .compression = cases[i].compression };
        slmi_settings *s = read_with(&config, cases[i].variables, 2);
        cr_expect(eq(int, s->otlp_protobuf, cases[i].protobuf), "case %zu", i);
        cr_expect(eq(int, s->otlp_gzip, cases[i].gzip), "case %zu", i);
        cr_expect(eq(int, complaints.len > 0, cases[i].complains), "case %zu: %s", i, complaints.text);
        slmi_settings_free(s);
    }
}

Test(config, disabled_is_true_only_for_true)
{
    static const struct {
        const char *value;
        bool disabled, complains;
    } cases[] = {
        { "true", true, false }, { "TRUE", true, false }, { "True", true, false },  { "false", false, false },
        { "1", false, true },    { "yes", false, true },  { "truee", false, true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slmi_settings *s = READ(NULL, { "OTEL_SDK_DISABLED", cases[i].value });
        cr_expect(eq(int, s->disabled, cases[i].disabled), "%s", cases[i].value);
        cr_expect(eq(int, s->exporters == SLM_EXPORTER_NONE, cases[i].disabled), "%s", cases[i].value);
        cr_expect(eq(int, complaints.len > 0, cases[i].complains), "%s", cases[i].value);
        slmi_settings_free(s);
    }
}

Test(config, a_struct_of_an_older_header_is_read_only_as_far_as_it_goes)
{
    slm_config config = { .size = (uint32_t)offsetof(slm_config, queue_spans),
                          .service_name = "old",
                          .queue_spans = 3 };
    slmi_settings *s = READ(&config, { NULL, NULL });
    expect_attribute(s, "service.name", "old");
    cr_expect(eq(uint, s->queue_spans, 2048u));
    slmi_settings_free(s);

    slm_status status = SLM_OK;
    config.size = 0;
    cr_expect(slmi_settings_read(&config, &complaints, &status) == NULL);
    cr_expect(eq(int, (int)status, (int)SLM_ERR_INVALID_ARGUMENT));
}

Test(config, a_batch_is_never_larger_than_the_queue)
{
    slmi_settings *s = READ(NULL, { "OTEL_BSP_MAX_QUEUE_SIZE", "100" });
    cr_expect(eq(uint, s->batch_spans, 100u));
    slmi_settings_free(s);
}

Test(config, it_is_shown_in_one_line_without_secrets)
{
    char line[480];
    slmi_settings *s = READ(NULL, { "OTEL_LOG_LEVEL", "debug" }, { "OTEL_EXPORTER_OTLP_HEADERS", "authorization=hush" },
                            { "OTEL_EXPORTER_OTLP_ENDPOINT", "http://me:hush@c" }, { "OTEL_BSP_EXPORT_TIMEOUT", "0" },
                            { "OTEL_TRACES_EXPORTER", "otlp,zipkin,console" }, { "OTEL_SERVICE_NAME", "shed" });
    cr_expect(s->show);
    slmi_settings_show(s, line, sizeof line);
    cr_expect(
        strstr(line, "service.name shed; export otlp (http/json to http://c/v1/traces, headers 1, timeout 10000 ms)") !=
            NULL,
        "%s", line);
    cr_expect(strstr(line, "zipkin (to http://localhost:9411/api/v2/spans") != NULL, "%s", line);
    cr_expect(strstr(line, "console") != NULL, "%s", line);
    cr_expect(strstr(line, "export timeout endless") != NULL, "%s", line);
    cr_expect(strstr(line, "hush") == NULL, "%s", line);
    slmi_settings_free(s);
}

Test(config, complaints_without_end_stay_within_their_line)
{
    variable variables[1] = { { "OTEL_TRACES_EXPORTER", NULL } };
    static char list[20000];
    for (size_t i = 0; i + 2 < sizeof list; i += 2)
        memcpy(list + i, "x,", 2);
    variables[0].value = list;
    slmi_settings *s = read_with(NULL, variables, 1);
    cr_expect(complaints.len < sizeof complaints.text);
    cr_expect(eq(sz, strlen(complaints.text), complaints.len));
    slmi_settings_free(s);
}
