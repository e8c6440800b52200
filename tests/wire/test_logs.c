/* SPDX-License-Identifier: MIT */
/* Events as log records, the whole way through the shared libraries: what a receiver gets, and where each one went.
 * usage: test_logs DIRECTORY */
#define SLM_TARGET "shed"
#include <spanloom/exporter.h>
#include <spanloom/pipeline.h>
#include <spanloom/sdk.h>
#include <spanloom/ship.h>
#include <spanloom/suppress.h>
#include <spanloom/trace.h>

#include "tests/wire/check.h"
#include "tests/wire/listener.h"
#include "tests/wire/server.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { AMPLE_MS = 30000, REQUEST_ROOM = 1 << 16 };

static const server_row accepts[] = { { SERVER_ANSWER, 200, NULL, "{}", 0 } };
static slm_stats before;

/* After slm_init(): ledgers are the process's, and those of the pipelines that there are are shown. */
static void snapshot(void)
{
    before.size = (uint32_t)sizeof before;
    slm_stats_read(&before);
}

/* What a pipeline's ledger says since snapshot(); its terms must make up what ended. */
static slm_pipeline_stats since(unsigned pipeline)
{
    slm_stats now = { .size = (uint32_t)sizeof now };
    slm_stats_read(&now);
    slm_pipeline_stats *p = &now.pipelines[pipeline];
    const slm_pipeline_stats *b = &before.pipelines[pipeline];
    uint64_t sum = p->filtered + p->unsampled + p->queued + p->in_flight + p->delivered + p->rejected;
    for (unsigned reason = 0; reason < SLM_DROP_REASONS; reason++) {
        sum += p->dropped[reason];
        p->dropped[reason] -= b->dropped[reason];
    }
    CHECK_EQUAL(sum, p->ended + p->shipped);
    p->ended -= b->ended;
    p->shipped -= b->shipped;
    p->delivered -= b->delivered;
    p->rejected -= b->rejected;
    return *p;
}

static void set(const char *name, const char *value)
{
    (void)setenv(name, value, 1);
}

static void set_url(const char *name, uint16_t port, const char *path)
{
    char url[80];
    snprintf(url, sizeof url, "http://127.0.0.1:%u%s", (unsigned)port, path);
    set(name, url);
}

/* -- what a receiver gets -------------------------------------------------------------------------------------------
 */

typedef struct request {
    char text[REQUEST_ROOM];
    cJSON *json;
    const cJSON *list; /* of the first scope */
} request;

static void take(int listener, const char *list, const char *records, request *out)
{
    char resources[32], scopes[32];
    snprintf(resources, sizeof resources, "resource%s", list);
    snprintf(scopes, sizeof scopes, "scope%s", list);
    const char *body = listener_take(listener, out->text, sizeof out->text, 200, "{}");
    out->json = body ? cJSON_Parse(body) : NULL;
    CHECK(out->json != NULL);
    const cJSON *resource = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(out->json, resources), 0);
    const cJSON *scope = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(resource, scopes), 0);
    out->list = cJSON_GetObjectItemCaseSensitive(scope, records);
}

static const char *text_of(const cJSON *object, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    return text ? text : "";
}

static double number_of(const cJSON *object, const char *key)
{
    const cJSON *number = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsNumber(number) ? number->valuedouble : -1;
}

static const char *body_of(const cJSON *record)
{
    return text_of(cJSON_GetObjectItemCaseSensitive(record, "body"), "stringValue");
}

static void check_in(const cJSON *record, const cJSON *span)
{
    CHECK(strcmp(text_of(record, "traceId"), text_of(span, "traceId")) == 0);
    CHECK(strcmp(text_of(record, "spanId"), text_of(span, "spanId")) == 0);
    CHECK(strlen(text_of(record, "traceId")) == 32 && strlen(text_of(record, "spanId")) == 16);
}

static int events_of(const cJSON *span)
{
    return cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(span, "events"));
}

static void shave(void)
{
    SLM_WARN("outside any span");
    SLM_SCOPE("shave", ("yak", 3));
    SLM_INFO(("n", 1), ("who", "Frieda"), "shaved %d of %s", 1, "many");
    SLM_DEBUG("below what is exported");
    SLM_ERROR(("error", slm_errno(2)), "cut");
}

/* Each of `events`: whether there are log records, and how many events the span keeps. */
static void events_go(const char *events, bool as_records, int in_span)
{
    static request spans, logs;
    uint16_t ports[2];
    int listeners[2] = { listener_open(&ports[0]), listener_open(&ports[1]) };
    set_url("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", ports[0], "/v1/traces");
    set_url("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", ports[1], "/v1/logs");
    set("SPANLOOM_EVENTS", events);
    CHECK_EQUAL(slm_init(NULL), SLM_OK);
    snapshot();
    shave();
    CHECK_EQUAL(slm_flush(0), SLM_ERR_TIMED_OUT);
    take(listeners[0], "Spans", "spans", &spans);
    const cJSON *span = cJSON_GetArrayItem(spans.list, 0);
    CHECK_EQUAL(events_of(span), in_span);
    CHECK(number_of(cJSON_GetObjectItemCaseSensitive(span, "status"), "code") == 2);
    if (as_records) {
        take(listeners[1], "Logs", "logRecords", &logs);
        CHECK(strncmp(logs.text, "POST /v1/logs HTTP/1.1\r\n", 24) == 0);
        CHECK_EQUAL(cJSON_GetArraySize(logs.list), 3);
        const cJSON *first = cJSON_GetArrayItem(logs.list, 0), *second = cJSON_GetArrayItem(logs.list, 1),
                    *third = cJSON_GetArrayItem(logs.list, 2);
        CHECK(strcmp(body_of(first), "outside any span") == 0 && number_of(first, "severityNumber") == 13);
        CHECK(!cJSON_HasObjectItem(first, "traceId") && !cJSON_HasObjectItem(first, "spanId"));
        CHECK(strcmp(body_of(second), "shaved 1 of many") == 0 && number_of(second, "severityNumber") == 9);
        CHECK_EQUAL(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(second, "attributes")), 2);
        CHECK(strcmp(body_of(third), "cut") == 0 && number_of(third, "severityNumber") == 17);
        check_in(second, span);
        check_in(third, span);
    }
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(since(0).delivered, 1);
    if (as_records)
        CHECK_EQUAL(since(1).delivered, 3);
    cJSON_Delete(spans.json);
    cJSON_Delete(as_records ? logs.json : NULL);
    (void)close(listeners[0]);
    (void)close(listeners[1]);
    unsetenv("SPANLOOM_EVENTS");
    unsetenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
    unsetenv("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT");
}

static void the_base_endpoint_serves_both_and_each_has_its_path(void)
{
    server *s = server_start(accepts, 1);
    set_url("OTEL_EXPORTER_OTLP_ENDPOINT", server_port(s), "/");
    set("OTEL_TRACES_EXPORTER", "none");
    CHECK_EQUAL(slm_init(NULL), SLM_OK);
    snapshot();
    SLM_INFO("no span is exported");
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(since(0).delivered, 1);
    CHECK_CONTAINS(server_last_head(s), "POST /v1/logs HTTP/1.1\r\n");
    CHECK_CONTAINS(server_last_head(s), "Content-Type: application/json\r\n");
    server_stop(s);

    s = server_start(accepts, 1);
    set_url("OTEL_EXPORTER_OTLP_ENDPOINT", server_port(s), "/");
    unsetenv("OTEL_TRACES_EXPORTER");
    set("OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "http/protobuf");
    set("OTEL_EXPORTER_OTLP_LOGS_HEADERS", "for=logs");
    CHECK_EQUAL(slm_init(NULL), SLM_OK);
    snapshot();
    SLM_INFO("alone");
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    CHECK_CONTAINS(server_last_head(s), "POST /v1/logs HTTP/1.1\r\n");
    CHECK_CONTAINS(server_last_head(s), "Content-Type: application/x-protobuf\r\n");
    CHECK_CONTAINS(server_last_head(s), "for: logs\r\n");
    slm_span_end(SLM_SPAN("alone"));
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    CHECK_CONTAINS(server_last_head(s), "POST /v1/traces HTTP/1.1\r\n");
    CHECK_CONTAINS(server_last_head(s), "Content-Type: application/json\r\n");
    CHECK_EQUAL(since(0).delivered, 1);
    CHECK_EQUAL(since(1).delivered, 1);
    server_stop(s);
    unsetenv("OTEL_EXPORTER_OTLP_LOGS_PROTOCOL");
    unsetenv("OTEL_EXPORTER_OTLP_LOGS_HEADERS");
}

static void an_unsampled_trace_has_its_logs(void)
{
    static request logs;
    uint16_t port;
    int listener = listener_open(&port);
    set_url("OTEL_EXPORTER_OTLP_ENDPOINT", port, "");
    set("OTEL_TRACES_SAMPLER", "always_off");
    CHECK_EQUAL(slm_init(NULL), SLM_OK);
    snapshot();
    {
        SLM_SCOPE("unsampled");
        SLM_INFO("logged");
    }
    CHECK_EQUAL(slm_flush(0), SLM_ERR_TIMED_OUT);
    take(listener, "Logs", "logRecords", &logs);
    const cJSON *record = cJSON_GetArrayItem(logs.list, 0);
    CHECK(strlen(text_of(record, "traceId")) == 32 && strlen(text_of(record, "spanId")) == 16);
    CHECK(number_of(record, "flags") == SLM_FLAG_RANDOM || !cJSON_HasObjectItem(record, "flags"));
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(since(1).delivered, 1);
    cJSON_Delete(logs.json);
    (void)close(listener);
    unsetenv("OTEL_TRACES_SAMPLER");
}

/* -- where each one went --------------------------------------------------------------------------------------------
 */

enum { MANY = 100 };

/* The receiver of spans takes all; that of logs does as `row` says. */
static slm_status log_many(const server_row *row, uint32_t timeout_ms)
{
    server *spans = server_start(accepts, 1), *logs = server_start(row, 1);
    set_url("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", server_port(spans), "/v1/traces");
    set_url("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", server_port(logs), "/v1/logs");
    CHECK_EQUAL(slm_init(NULL), SLM_OK);
    snapshot();
    for (unsigned i = 0; i < MANY; i++) {
        SLM_SCOPE("shave");
        SLM_INFO("shaved %u", i);
    }
    slm_status status = slm_shutdown(timeout_ms);
    CHECK_EQUAL(since(0).delivered, MANY);
    CHECK_EQUAL(since(1).ended, MANY);
    CHECK_EQUAL(since(1).queued + since(1).in_flight, 0);
    server_stop(spans);
    server_stop(logs);
    unsetenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
    unsetenv("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT");
    return status;
}

static char told[1000];

static void hear(void *user, slm_diagnostic_kind kind, const char *message)
{
    (void)user;
    if (kind == SLM_DIAG_REFUSED || kind == SLM_DIAG_UNDELIVERED)
        snprintf(told, sizeof told, "%s", message);
}

static void a_receiver_without_logs_is_told_of_and_harms_no_span(void)
{
    static const server_row not_found = { SERVER_ANSWER, 404, NULL, "{\"message\":\"only traces\"}", 0 };
    uint64_t refused = slm_diagnostic_count(SLM_DIAG_REFUSED);
    CHECK_EQUAL(log_many(&not_found, AMPLE_MS), SLM_ERR_UNDELIVERED);
    CHECK_EQUAL(since(1).rejected, MANY);
    CHECK(slm_diagnostic_count(SLM_DIAG_REFUSED) > refused);
    CHECK_CONTAINS(told, "logs: 100 of 100 log records not delivered (rejected 100)");
}

static void a_partial_success_is_counted(void)
{
    static const server_row partial = {
        SERVER_ANSWER, 200, NULL, "{\"partialSuccess\":{\"rejectedLogRecords\":\"3\",\"errorMessage\":\"woolly\"}}", 0
    };
    CHECK_EQUAL(log_many(&partial, AMPLE_MS), SLM_ERR_UNDELIVERED);
    CHECK_EQUAL(since(1).rejected, 3);
    CHECK_EQUAL(since(1).delivered, MANY - 3);
}

static void a_receiver_that_hangs_moves_no_deadline(void)
{
    static const server_row hangs = { SERVER_HANG, 0, NULL, NULL, 0 };
    struct timespec from, to;
    (void)clock_gettime(CLOCK_MONOTONIC, &from);
    CHECK_EQUAL(log_many(&hangs, 200), SLM_ERR_TIMED_OUT);
    (void)clock_gettime(CLOCK_MONOTONIC, &to);
    CHECK((to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000 < 2000);
    CHECK_EQUAL(since(1).dropped[SLM_DROP_TIMED_OUT], MANY);
}

/* -- set up by the code ---------------------------------------------------------------------------------------------
 */

static slm_export_verdict log_and_accept(void *self, const slm_span_data *const *spans, size_t count,
                                         const slm_resource *resource, slm_export_call *call)
{
    (void)spans, (void)resource, (void)call;
    *(unsigned *)self += (unsigned)count;
    SLM_ERROR("an exporter that logs what it exports would never end");
    return SLM_EXPORT_ACCEPTED;
}

static unsigned lines_with(const char *path, const char *part)
{
    static char line[REQUEST_ROOM];
    unsigned lines = 0;
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file))
        lines += strstr(line, part) != NULL;
    if (file)
        (void)fclose(file);
    return lines;
}

static void the_code_says_where_and_the_filter_which(const char *directory)
{
    static const slm_exporter_ops ops = { .size = sizeof ops, .export_spans = log_and_accept };
    static const slm_scope_data scope = { .name = { "foreign", 7 } };
    char file[512];
    unsigned exported = 0;
    snprintf(file, sizeof file, "%s/logs.jsonl", directory);
    (void)unlink(file);
    const slm_pipeline_config custom = { .size = sizeof custom, .custom = &ops, .custom_self = &exported };
    const slm_pipeline_config logs = {
        .size = sizeof logs, .file = file, .filter = "shed=debug", .processing = SLM_PROCESSING_SIMPLE
    };
    slm_config config = SLM_CONFIG_INIT;
    config.pipelines = &custom;
    config.pipeline_count = 1;
    config.logs = &logs;
    config.events = SLM_EVENTS_BOTH;
    config.export_details = SLM_DETAIL_CODE;
    CHECK_EQUAL(slm_init(&config), SLM_OK);
    snapshot();
    {
        SLM_SCOPE("shave");
        SLM_DEBUG("for the file");
        SLM_TRACE("for nobody");
        bool suppressed = slm_suppress(true);
        SLM_ERROR("suppressed");
        (void)slm_suppress(suppressed);
    }
    slm_span_data foreign = { .size = sizeof foreign,
                              .trace_id = { { 1 } },
                              .span_id = { { 2 } },
                              .name = { "foreign", 7 },
                              .start_ns = 1,
                              .end_ns = 2,
                              .scope = &scope };
    const slm_span_data *shipped = &foreign;
    CHECK_EQUAL(slm_ship(&shipped, 1, NULL), SLM_OK);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(exported, 2);
    CHECK_EQUAL(since(0).delivered, 2);
    CHECK_EQUAL(since(1).delivered, 1);
    CHECK_EQUAL(since(1).shipped, 0);
    CHECK_EQUAL(lines_with(file, "\"stringValue\":\"for the file\""), 1);
    CHECK_EQUAL(lines_with(file, "code.file.path"), 1);
    CHECK_EQUAL(lines_with(file, "resourceLogs"), 1);
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    set("no_proxy", "127.0.0.1");
    set("OTEL_LOGS_EXPORTER", "otlp");
    slm_set_diagnostic_handler(hear, NULL);
    events_go("", true, 0);
    events_go("both", true, 2);
    events_go("spans", false, 2);
    the_base_endpoint_serves_both_and_each_has_its_path();
    an_unsampled_trace_has_its_logs();
    a_receiver_without_logs_is_told_of_and_harms_no_span();
    a_partial_success_is_counted();
    a_receiver_that_hangs_moves_no_deadline();
    the_code_says_where_and_the_filter_which(argv[1]);
    return check_result();
}
