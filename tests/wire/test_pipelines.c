/* SPDX-License-Identifier: MIT */
/* Several pipelines at once, through the shared libraries: what each backend gets, and where each span went. usage:
 * test_pipelines DIRECTORY */
#define SLM_TARGET "shed"
#include <spanloom/context.h>
#include <spanloom/pipeline.h>
#include <spanloom/propagation.h>
#include <spanloom/sdk.h>
#include <spanloom/trace.h>

#include "tests/wire/check.h"
#include "tests/wire/listener.h"
#include "tests/wire/server.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <unistd.h>

enum { AMPLE_MS = 30000, REQUEST_ROOM = 1 << 16 };

static const server_row accepts[] = { { SERVER_ANSWER, 200, NULL, "{}", 0 } };
static const server_row refuses[] = { { SERVER_ANSWER, 400, NULL, "{}", 0 } };
static slm_stats before;

static void start(const slm_pipeline_config *pipelines, uint32_t count)
{
    slm_config config = SLM_CONFIG_INIT;
    config.pipelines = pipelines;
    config.pipeline_count = count;
    before.size = (uint32_t)sizeof before;
    slm_stats_read(&before);
    CHECK_EQUAL(slm_init(&config), SLM_OK);
}

static slm_pipeline_config otlp(char *url, size_t room, uint16_t port, const char *filter)
{
    snprintf(url, room, "http://127.0.0.1:%u/v1/traces", (unsigned)port);
    return (slm_pipeline_config){
        .size = (uint32_t)sizeof(slm_pipeline_config), .exporter = SLM_EXPORTER_OTLP, .endpoint = url, .filter = filter
    };
}

/* What a pipeline's ledger says since start(); its terms must make up what ended. */
static slm_pipeline_stats since(unsigned pipeline)
{
    slm_stats now = { .size = (uint32_t)sizeof now };
    slm_stats_read(&now);
    slm_pipeline_stats *p = &now.pipelines[pipeline];
    const slm_pipeline_stats *b = &before.pipelines[pipeline];
    uint64_t sum = p->filtered + p->unsampled + p->held + p->queued + p->in_flight + p->delivered + p->rejected;
    for (unsigned reason = 0; reason < SLM_DROP_REASONS; reason++) {
        sum += p->dropped[reason];
        p->dropped[reason] -= b->dropped[reason];
    }
    CHECK_EQUAL(sum, p->ended);
    p->ended -= b->ended;
    p->filtered -= b->filtered;
    p->delivered -= b->delivered;
    p->rejected -= b->rejected;
    return *p;
}

/* -- two servers ----------------------------------------------------------------------------------------------------
 */

static cJSON *spans_of(cJSON *request)
{
    cJSON *resource = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(request, "resourceSpans"), 0);
    cJSON *scope = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(resource, "scopeSpans"), 0);
    return cJSON_GetObjectItemCaseSensitive(scope, "spans");
}

static const char *text_of(const cJSON *span, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(span, key));
    return text ? text : "";
}

static const cJSON *named(const cJSON *spans, const char *name)
{
    const cJSON *span;
    cJSON_ArrayForEach(span, spans) if (strcmp(text_of(span, "name"), name) == 0) return span;
    return NULL;
}

static void check_child(const cJSON *spans, const char *child, const char *parent)
{
    const cJSON *below = named(spans, child), *above = named(spans, parent);
    CHECK(below != NULL && above != NULL);
    if (below && above)
        CHECK(strcmp(text_of(below, "parentSpanId"), text_of(above, "spanId")) == 0);
}

static cJSON *take(int listener)
{
    static char request[REQUEST_ROOM];
    const char *body = listener_take(listener, request, sizeof request, 200, "{}");
    cJSON *json = body ? cJSON_Parse(body) : NULL;
    CHECK(json != NULL);
    return json;
}

static void two_backends_whose_filters_differ_see_whole_trees(void)
{
    char urls[2][80];
    uint16_t ports[2];
    int listeners[2] = { listener_open(&ports[0]), listener_open(&ports[1]) };
    const slm_pipeline_config pipelines[] = { otlp(urls[0], sizeof urls[0], ports[0], "trace"),
                                              otlp(urls[1], sizeof urls[1], ports[1], "info") };
    start(pipelines, 2);
    char sent[SLM_TRACEPARENT_SIZE] = "";
    slm_span_context current;
    {
        SLM_SCOPE("request");
        SLM_SCOPE_AT(SLM_LEVEL_DEBUG, "parse");
        SLM_SCOPE_AT(SLM_LEVEL_TRACE, "token");
        SLM_DEBUG("for one of them");
        SLM_SCOPE("query");
        slm_span deep = SLM_SPAN_AT(SLM_LEVEL_TRACE, "deep");
        slm_token in = slm_enter(deep);
        CHECK(slm_current_context(&current) && slm_traceparent_format(&current, sent) > 0);
        slm_exit(in);
        slm_span_end(deep);
    }
    CHECK_EQUAL(slm_flush(0), SLM_ERR_TIMED_OUT);
    cJSON *all = take(listeners[0]), *some = take(listeners[1]);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);

    const cJSON *spans = spans_of(all);
    CHECK_EQUAL(cJSON_GetArraySize(spans), 5);
    check_child(spans, "parse", "request");
    check_child(spans, "token", "parse");
    check_child(spans, "query", "token");
    check_child(spans, "deep", "query");
    CHECK_EQUAL(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(named(spans, "token"), "events")), 1);
    /* The first pipeline takes the innermost, so that is what a request carries. */
    CHECK(strstr(sent, text_of(named(spans, "deep"), "spanId")) != NULL);

    spans = spans_of(some);
    CHECK_EQUAL(cJSON_GetArraySize(spans), 2);
    check_child(spans, "query", "request");
    CHECK(strcmp(text_of(named(spans, "request"), "parentSpanId"), "") == 0);
    CHECK_EQUAL(since(0).delivered, 5);
    slm_pipeline_stats second = since(1);
    CHECK_EQUAL(second.delivered, 2);
    CHECK_EQUAL(second.filtered, 3);
    cJSON_Delete(all);
    cJSON_Delete(some);
    (void)close(listeners[0]);
    (void)close(listeners[1]);
}

/* -- as many as there may be ----------------------------------------------------------------------------------------
 */

struct counter {
    unsigned spans;
};

static slm_export_verdict count_spans(void *self, const slm_span_data *const *spans, size_t count,
                                      const slm_resource *resource, slm_export_call *call)
{
    (void)spans, (void)resource, (void)call;
    ((struct counter *)self)->spans += (unsigned)count;
    return SLM_EXPORT_ACCEPTED;
}

static const slm_exporter_ops counting = { .size = sizeof counting, .export_spans = count_spans };

static unsigned lines_of(const char *path)
{
    unsigned lines = 0;
    FILE *file = fopen(path, "re");
    for (int c = file ? getc(file) : EOF; c != EOF; c = getc(file))
        lines += c == '\n';
    if (file)
        (void)fclose(file);
    return lines;
}

static void eight_go_their_own_ways(const char *directory)
{
    enum { SPANS = 300 };
    static struct counter counters[3];
    char urls[3][80], file[512], zipkin[80];
    server *servers[] = { server_start(accepts, 1), server_start(refuses, 1), server_start(accepts, 1) };
    snprintf(file, sizeof file, "%s/eight.jsonl", directory);
    (void)unlink(file);
    slm_pipeline_config pipelines[SLM_PIPELINES_MAX] = { 0 };
    for (unsigned i = 0; i < 2; i++)
        pipelines[i] = otlp(urls[i], sizeof urls[i], server_port(servers[i]), i == 0 ? "warn" : NULL);
    snprintf(zipkin, sizeof zipkin, "http://127.0.0.1:%u/api/v2/spans", (unsigned)server_port(servers[2]));
    pipelines[2] = (slm_pipeline_config){ .exporter = SLM_EXPORTER_ZIPKIN, .endpoint = zipkin, .batch_spans = 10 };
    pipelines[3] = (slm_pipeline_config){ .file = file, .processing = SLM_PROCESSING_SIMPLE };
    for (unsigned i = 0; i < 3; i++)
        pipelines[4 + i] = (slm_pipeline_config){ .custom = &counting, .custom_self = &counters[i] };
    pipelines[5].filter = "off";
    pipelines[6].filter = "debug";
    /* Nobody listens. */
    pipelines[7] = otlp(urls[2], sizeof urls[2], server_free_port(), "info");
    for (unsigned i = 0; i < SLM_PIPELINES_MAX; i++)
        pipelines[i].size = (uint32_t)sizeof *pipelines;
    start(pipelines, SLM_PIPELINES_MAX);
    for (unsigned i = 0; i < SPANS; i++) {
        SLM_SCOPE("outer");
        SLM_SCOPE_AT(SLM_LEVEL_WARN, "inner");
        slm_span_end(SLM_SPAN_AT(SLM_LEVEL_DEBUG, "detail"));
    }
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_ERR_UNDELIVERED);

    CHECK_EQUAL(since(0).delivered, SPANS);
    CHECK_EQUAL(since(0).filtered, 2 * SPANS);
    CHECK_EQUAL(since(1).rejected, 2 * SPANS);
    CHECK_EQUAL(since(2).delivered, 2 * SPANS);
    CHECK_EQUAL(since(3).delivered, 2 * SPANS);
    CHECK_EQUAL(since(4).delivered, 2 * SPANS);
    CHECK_EQUAL(since(5).filtered, 3 * SPANS);
    CHECK_EQUAL(since(6).delivered, 3 * SPANS);
    CHECK_EQUAL(since(7).dropped[SLM_DROP_UNREACHABLE], 2 * SPANS);
    CHECK_EQUAL(counters[0].spans, 2 * SPANS);
    CHECK_EQUAL(counters[1].spans, 0);
    CHECK_EQUAL(counters[2].spans, 3 * SPANS);
    CHECK(server_requests(servers[0]) >= 1 && server_bodies_well_formed(servers[0]));
    CHECK(server_requests(servers[2]) >= 2 * SPANS / 10);
    CHECK(lines_of(file) >= 1);
    for (unsigned i = 0; i < 3; i++)
        server_stop(servers[i]);
}

static void a_simple_pipeline_needs_no_schedule(void)
{
    char url[80];
    server *s = server_start(accepts, 1);
    slm_pipeline_config pipeline = otlp(url, sizeof url, server_port(s), NULL);
    pipeline.processing = SLM_PROCESSING_SIMPLE;
    pipeline.schedule_delay_ms = 3600 * 1000;
    start(&pipeline, 1);
    for (unsigned i = 1; i <= 5; i++) {
        slm_span_end(SLM_SPAN("at once"));
        server_await(s, i);
    }
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(since(0).delivered, 5);
    CHECK_EQUAL(server_requests(s), 5);
    server_stop(s);
}

/* -- what makes no sense --------------------------------------------------------------------------------------------
 */

static void what_is_no_pipeline_is_refused_or_left_out(void)
{
    static struct counter counter;
    slm_config config = SLM_CONFIG_INIT;
    slm_pipeline_config pipelines[SLM_PIPELINES_MAX + 1] = { 0 };
    for (unsigned i = 0; i <= SLM_PIPELINES_MAX; i++)
        pipelines[i] = (slm_pipeline_config){ .size = sizeof *pipelines, .custom = &counting, .custom_self = &counter };
    config.pipelines = pipelines;
    config.pipeline_count = SLM_PIPELINES_MAX + 1;
    CHECK_EQUAL(slm_init(&config), SLM_ERR_LIMIT);
    config.pipeline_count = 2;
    pipelines[0].size = 4;
    CHECK_EQUAL(slm_init(&config), SLM_ERR_INVALID_ARGUMENT);
    pipelines[0].size = pipelines[1].size + 8;
    CHECK_EQUAL(slm_init(&config), SLM_ERR_INVALID_ARGUMENT);
    static const slm_exporter_ops small = { .size = 4 };
    pipelines[0].size = pipelines[1].size;
    pipelines[1].custom = &small;
    CHECK_EQUAL(slm_init(&config), SLM_ERR_INVALID_ARGUMENT);
    pipelines[1].custom = &counting;
    pipelines[1].exporter = SLM_EXPORTER_CONSOLE; /* two ways at once */
    pipelines[1].filter = "of=course=not";
    CHECK_EQUAL(slm_init(&config), SLM_OK);
    slm_span_end(SLM_SPAN("one"));
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(counter.spans, 1);
}

int main(int argc, char **argv)
{
    (void)setenv("no_proxy", "127.0.0.1", 1);
    (void)setenv("OTEL_TRACES_EXPORTER", "console", 1); /* says nothing beside pipelines */
    if (argc != 2)
        return 2;
    two_backends_whose_filters_differ_see_whole_trees();
    eight_go_their_own_ways(argv[1]);
    a_simple_pipeline_needs_no_schedule();
    what_is_no_pipeline_is_refused_or_left_out();
    return check_result();
}
