/* SPDX-License-Identifier: MIT */
/* Where events go, and every variable of the pipeline that log records have. */
#include "exporters/deadline.h"
#include "tests/unit/settings.h"

#define AT(member) offsetof(slmi_settings, member)
#define ANY        "OTEL_EXPORTER_OTLP_"
#define LOGS       ANY "LOGS_"
#define ON                                                                                                             \
    {                                                                                                                  \
        "OTEL_LOGS_EXPORTER", "otlp"                                                                                   \
    }

/* The pipeline of log records, which is the last; NULL: none. */
static const slmi_settings *logs_of(const slmi_settings *settings)
{
    const slmi_settings *last = settings->pipeline_count > 0 ? settings->pipelines[settings->pipeline_count - 1] : NULL;
    return last && last->logs ? last : NULL;
}

static const slmi_settings *some(const slmi_settings *settings)
{
    const slmi_settings *logs = logs_of(settings);
    cr_assert(logs != NULL, "no logs: %s", complaints.text);
    return logs;
}

Test(config_logs, by_default_there_are_none_and_events_stay_in_their_spans)
{
    slmi_settings *s = READ(NULL, { NULL, NULL });
    cr_expect(logs_of(s) == NULL && !s->logs_only);
    cr_expect(eq(str, complaints.text, (char *)""));
    slmi_settings_free(s);
}

/* What is exported as logs, and whether spans keep their events. */
static const struct {
    const char *exporter, *events, *complaint;
    bool logs, only;
} ways[] = {
    { "otlp", "", "", true, true },
    { "otlp", "logs", "", true, true },
    { "otlp", "both", "", true, false },
    { "otlp", "Both", "", true, false },
    { "otlp", "spans", "", false, false },
    { "otlp", "everywhere", "SPANLOOM_EVENTS=everywhere is none of logs, both and spans", true, true },
    { "none", "", "", false, false },
    { "none", "spans", "", false, false },
    { "none", "both", "events stay in their spans: OTEL_LOGS_EXPORTER exports none", false, false },
    { "", "logs", "events stay in their spans: OTEL_LOGS_EXPORTER exports none", false, false },
    { "console", "", "OTEL_LOGS_EXPORTER: \"console\" is not supported and is left out", false, false },
    { "console,otlp", "", "OTEL_LOGS_EXPORTER: \"console\" is not supported and is left out", true, true },
};

Test(config_logs, the_variables_say_where_events_go)
{
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        slmi_settings *s =
            READ(NULL, { "OTEL_LOGS_EXPORTER", ways[i].exporter }, { "SPANLOOM_EVENTS", ways[i].events });
        cr_expect(eq(str, complaints.text, (char *)ways[i].complaint), "row %zu", i);
        cr_expect(eq(int, logs_of(s) != NULL, ways[i].logs), "row %zu", i);
        cr_expect(eq(int, s->logs_only, ways[i].only), "row %zu", i);
        cr_expect(eq(u32, s->exporters, SLM_EXPORTER_OTLP), "row %zu", i);
        slmi_settings_free(s);
    }
}

/* A number's default and the value that "7" gives. */
static const struct {
    const char *name;
    size_t at;
    uint32_t by_default;
    bool endless; /* at 0 */
} numbers[] = {
    { "OTEL_BLRP_SCHEDULE_DELAY", AT(schedule_delay_ms), 1000, false },
    { "OTEL_BLRP_EXPORT_TIMEOUT", AT(export_timeout_ms), 30000, true },
    { "OTEL_BLRP_MAX_QUEUE_SIZE", AT(queue_spans), 2048, false },
    { "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", AT(batch_spans), 512, false },
    { ANY "TIMEOUT", AT(otlp_timeout_ms), 10000, true },
    { LOGS "TIMEOUT", AT(otlp_timeout_ms), 10000, true },
};

static uint32_t number(const slmi_settings *settings, size_t at)
{
    uint32_t value;
    memcpy(&value, (const char *)some(settings) + at, sizeof value);
    return value;
}

Test(config_logs, each_number_has_its_default_is_read_and_refuses_nonsense)
{
    static const char *const nonsense[] = { "-1", "1.5", "many", "99999999999" };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        const char *name = numbers[i].name;
        slmi_settings *s = READ(NULL, ON, { name, "" });
        cr_expect(eq(u32, number(s, numbers[i].at), numbers[i].by_default), "%s by default", name);
        slmi_settings_free(s);
        s = READ(NULL, ON, { name, "7" });
        cr_expect(eq(u32, number(s, numbers[i].at), 7), "%s", name);
        cr_expect(eq(str, complaints.text, (char *)""), "%s", name);
        slmi_settings_free(s);
        for (size_t j = 0; j < sizeof nonsense / sizeof *nonsense; j++) {
            s = READ(NULL, ON, { name, nonsense[j] });
            cr_expect(eq(u32, number(s, numbers[i].at), numbers[i].by_default), "%s=%s", name, nonsense[j]);
            cr_expect(strstr(complaints.text, name) != NULL, "%s=%s: %s", name, nonsense[j], complaints.text);
            slmi_settings_free(s);
        }
        s = READ(NULL, ON, { name, "0" });
        cr_expect(eq(u32, number(s, numbers[i].at), numbers[i].endless ? SLMI_ENDLESS_MS : numbers[i].by_default),
                  "%s=0", name);
        slmi_settings_free(s);
    }
}

Test(config_logs, its_pace_is_not_that_of_spans)
{
    slmi_settings *s = READ(NULL, ON, { "OTEL_BSP_MAX_QUEUE_SIZE", "9" }, { "OTEL_BLRP_SCHEDULE_DELAY", "8" });
    cr_expect(eq(u32, s->queue_spans, 9));
    cr_expect(eq(u32, s->schedule_delay_ms, 5000));
    cr_expect(eq(u32, some(s)->queue_spans, 2048));
    cr_expect(eq(u32, some(s)->schedule_delay_ms, 8));
    slmi_settings_free(s);
    s = READ(NULL, ON, { "OTEL_BLRP_MAX_QUEUE_SIZE", "9" });
    cr_expect(eq(u32, some(s)->batch_spans, 9), "a batch is never larger than the queue");
    slmi_settings_free(s);
}

/* Two variables, and the URL of each signal. */
static const struct {
    variable first, second;
    const char *traces, *logs;
} endpoints[] = {
    { { NULL, NULL }, { NULL, NULL }, "http://localhost:4318/v1/traces", "http://localhost:4318/v1/logs" },
    { { ANY "ENDPOINT", "http://c:1/base" }, { NULL, NULL }, "http://c:1/base/v1/traces", "http://c:1/base/v1/logs" },
    { { ANY "ENDPOINT", "http://c:1" }, { LOGS "ENDPOINT", "http://l:2/x" }, "http://c:1/v1/traces", "http://l:2/x" },
    { { ANY "TRACES_ENDPOINT", "http://t:1/x" }, { NULL, NULL }, "http://t:1/x", "http://localhost:4318/v1/logs" },
    { { LOGS "PROTOCOL", "grpc" }, { NULL, NULL }, "http://localhost:4318/v1/traces", "http://localhost:4317/" },
    { { LOGS "PROTOCOL", "grpc" },
      { LOGS "INSECURE", "true" },
      "http://localhost:4318/v1/traces",
      "http://localhost:4317/" },
    { { LOGS "ENDPOINT", "nowhere" },
      { NULL, NULL },
      "http://localhost:4318/v1/traces",
      "http://localhost:4318/v1/logs" },
};

Test(config_logs, an_endpoint_is_the_signals_own_or_the_base_with_its_path)
{
    for (size_t i = 0; i < sizeof endpoints / sizeof *endpoints; i++) {
        slmi_settings *s = READ(NULL, ON, endpoints[i].first, endpoints[i].second);
        cr_expect(eq(str, s->otlp_url.text, (char *)endpoints[i].traces), "row %zu", i);
        if (!some(s)->otlp_grpc || strstr(endpoints[i].logs, "4317"))
            cr_expect(strncmp(some(s)->otlp_url.text, endpoints[i].logs, strlen(endpoints[i].logs)) == 0, "row %zu: %s",
                      i, some(s)->otlp_url.text);
        slmi_settings_free(s);
    }
}

/* Names, and whether what they are given below is refused. */
static const struct {
    const char *name, *good, *bad;
} texts[] = {
    { LOGS "ENDPOINT", "http://c:1/x", "nowhere" },
    { LOGS "HEADERS", "a=b", "=b" },
    { LOGS "PROTOCOL", "http/protobuf", "carrier-pigeon" },
    { LOGS "COMPRESSION", "gzip", "zstd" },
    { LOGS "CERTIFICATE", "/etc/passwd", "/nowhere/ca.pem" },
    { LOGS "CLIENT_KEY", "/etc/passwd", "/nowhere/key.pem" },
    { LOGS "CLIENT_CERTIFICATE", "/etc/passwd", "/nowhere/cert.pem" },
    { "OTEL_LOGS_EXPORTER", "none", "prometheus" },
    { "SPANLOOM_EVENTS", "spans", "mail" },
};

Test(config_logs, each_text_is_read_and_what_it_cannot_mean_is_named)
{
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        slmi_settings *s = READ(NULL, ON, { texts[i].name, texts[i].good });
        cr_expect(eq(str, complaints.text, (char *)""), "%s=%s", texts[i].name, texts[i].good);
        slmi_settings_free(s);
        s = READ(NULL, ON, { texts[i].name, texts[i].bad });
        cr_expect(complaints.len > 0, "%s=%s", texts[i].name, texts[i].bad);
        slmi_settings_free(s);
    }
}

Test(config_logs, the_signals_own_variable_beats_the_general_one)
{
    slmi_settings *s = READ(NULL, ON, { ANY "PROTOCOL", "http/protobuf" }, { LOGS "PROTOCOL", "http/json" },
                            { ANY "COMPRESSION", "gzip" }, { ANY "HEADERS", "a=1" }, { LOGS "HEADERS", "b=2,c=3" },
                            { ANY "TIMEOUT", "5" }, { LOGS "TIMEOUT", "6" });
    cr_expect(s->otlp_protobuf && !some(s)->otlp_protobuf);
    cr_expect(s->otlp_gzip && some(s)->otlp_gzip);
    cr_expect(eq(sz, s->header_count, 1));
    cr_expect(eq(sz, some(s)->header_count, 2));
    cr_expect(eq(u32, s->otlp_timeout_ms, 5));
    cr_expect(eq(u32, some(s)->otlp_timeout_ms, 6));
    slmi_settings_free(s);
}

Test(config_logs, what_is_said_in_code_beats_the_environment)
{
    slm_pipeline_config logs = { .size = sizeof logs,
                                 .exporter = SLM_EXPORTER_OTLP,
                                 .endpoint = "http://code:1/logs",
                                 .protocol = "http/protobuf",
                                 .filter = "warn",
                                 .processing = SLM_PROCESSING_SIMPLE,
                                 .queue_spans = 5 };
    slm_config config = SLM_CONFIG_INIT;
    config.endpoint = "http://code:1/spans";
    config.headers = "all=1";
    config.logs = &logs;
    config.events = SLM_EVENTS_BOTH;
    slmi_settings *s = READ(&config, { "OTEL_LOGS_EXPORTER", "none" }, { "SPANLOOM_EVENTS", "spans" },
                            { LOGS "ENDPOINT", "http://env:1/x" }, { "OTEL_BLRP_MAX_QUEUE_SIZE", "99" });
    cr_expect(eq(str, complaints.text, (char *)""));
    cr_expect(eq(str, s->otlp_url.text, (char *)"http://code:1/spans"));
    cr_expect(eq(str, (char *)some(s)->otlp_url.text, (char *)"http://code:1/logs"));
    cr_expect(some(s)->otlp_protobuf && some(s)->simple && !s->logs_only && !s->otlp_protobuf);
    cr_expect(eq(str, some(s)->export_filter, (char *)"warn"));
    cr_expect(eq(u32, some(s)->queue_spans, 5));
    cr_expect(eq(sz, some(s)->header_count, 1));
    slmi_settings_free(s);

    logs = (slm_pipeline_config){ .size = sizeof logs, .exporter = SLM_EXPORTER_NONE };
    config.events = 0;
    s = READ(&config, ON);
    cr_expect(logs_of(s) == NULL);
    slmi_settings_free(s);
}

Test(config_logs, what_makes_no_sense_in_code_is_named)
{
    static const slm_exporter_ops ops = { .size = sizeof ops };
    const slm_pipeline_config bad[] = {
        { .size = sizeof *bad },
        { .size = 4, .exporter = SLM_EXPORTER_OTLP },
        { .size = sizeof *bad, .exporter = SLM_EXPORTER_ZIPKIN },
        { .size = sizeof *bad, .exporter = SLM_EXPORTER_OTLP, .file = "/tmp/x" },
        { .size = sizeof *bad, .exporter = SLM_EXPORTER_OTLP, .custom = &ops },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        slm_config config = SLM_CONFIG_INIT;
        config.logs = &bad[i];
        slmi_settings *s = READ(&config, { NULL, NULL });
        cr_expect(logs_of(s) == NULL, "row %zu", i);
        cr_expect(strstr(complaints.text, "config.logs") != NULL, "row %zu: %s", i, complaints.text);
        slmi_settings_free(s);
    }
    slm_config config = SLM_CONFIG_INIT;
    config.events = 9;
    slmi_settings *s = READ(&config, ON);
    cr_expect(some(s) != NULL && s->logs_only);
    cr_expect(eq(str, complaints.text, (char *)"config.events=9 is none"));
    slmi_settings_free(s);
}

Test(config_logs, it_stands_behind_pipelines_that_the_code_set_up_if_there_is_room)
{
    slm_pipeline_config pipelines[SLM_PIPELINES_MAX] = { 0 };
    for (unsigned i = 0; i < SLM_PIPELINES_MAX; i++)
        pipelines[i] = (slm_pipeline_config){ .size = sizeof *pipelines, .exporter = SLM_EXPORTER_CONSOLE };
    slm_config config = SLM_CONFIG_INIT;
    config.pipelines = pipelines;
    config.pipeline_count = 2;
    slmi_settings *s = READ(&config, ON);
    cr_expect(eq(u32, s->pipeline_count, 3));
    cr_expect(some(s)->who == s->who && !s->pipelines[0]->logs && !s->pipelines[1]->logs);
    cr_expect(eq(u32, s->pipelines[0]->pipeline_count, 0));
    slmi_settings_free(s);
    config.pipeline_count = SLM_PIPELINES_MAX;
    s = READ(&config, ON);
    cr_expect(eq(u32, s->pipeline_count, SLM_PIPELINES_MAX));
    cr_expect(logs_of(s) == NULL && !s->logs_only);
    cr_expect(strstr(complaints.text, "logs are left out") != NULL);
    slmi_settings_free(s);
}

Test(config_logs, the_pool_has_room_for_its_queue_unless_its_size_is_given)
{
    slmi_settings *s = READ(NULL, { NULL, NULL });
    uint32_t without = s->max_records;
    slmi_settings_free(s);
    s = READ(NULL, ON, { "OTEL_BLRP_MAX_QUEUE_SIZE", "100" });
    cr_expect(eq(u32, s->max_records, without + 100));
    slmi_settings_free(s);
    s = READ(NULL, ON, { "SPANLOOM_MAX_RECORDS", "300" });
    cr_expect(eq(u32, s->max_records, 300));
    slmi_settings_free(s);
}

Test(config_logs, the_line_of_what_is_in_force_names_them)
{
    char line[480];
    slmi_settings *s = READ(NULL, ON, { "SPANLOOM_EVENTS", "both" });
    slmi_settings_show(s, line, sizeof line);
    cr_expect(strstr(line, ", logs otlp (http/json to http://localhost:4318/v1/logs, headers 0, timeout 10000 ms) and "
                           "spans; queue") != NULL,
              "%s", line);
    slmi_settings_free(s);
}
