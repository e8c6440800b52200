/* SPDX-License-Identifier: MIT */
/* Every way a collector can be bad, met by threads that trace, through the shared libraries as a user has them.
 * Whatever it does, the threads come to their end while it still does so, flush and shutdown keep their time (within
 * twenty times: a machine may be busy), the ledger balances, and what counts as delivered is what the collector took.
 */
#include <spanloom/id_generator.h>
#include <spanloom/sdk.h>
#include <spanloom/trace.h>

#include "tests/wire/check.h"
#include "tests/wire/server.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>

enum { TRACERS = 3, SPANS_EACH = 400, FLUSH_MS = 50, SHUTDOWN_MS = 50, BOUND_MS = 1000, QUEUE = 600, BATCH = 100 };
enum { AMPLE_MS = 30000 };

static const char tls_alert[] = { 0x15, 0x03, 0x01, 0, 2, 2, 40 };
static const char http2_settings[] = { 0, 0, 0, 4, 0, 0, 0, 0, 0 };

#define RETRY_LATER "Retry-After: 3600\r\n"
#define RETRY_THEN  "Retry-After: Fri, 31 Dec 2049 23:59:59 GMT\r\n"
#define PAST        "Retry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\n"
#define PARTIAL     "{\"partialSuccess\":{\"rejectedSpans\":\"3\",\"errorMessage\":\"too woolly\"}}"

/* What the collector does to the first requests, and what to every later one. */
typedef struct bad_collector {
    const char *what;
    server_row first, later;
    enum { NEVER, SAYS_YES, RECOVERS } how; /* SAYS_YES: with 2xx, yet its answer is no success */
} bad_collector;

#define ALWAYS(...)                                                                                                    \
    { __VA_ARGS__ },                                                                                                   \
    {                                                                                                                  \
        __VA_ARGS__                                                                                                    \
    }
#define ONCE(...)                                                                                                      \
    { __VA_ARGS__ },                                                                                                   \
    {                                                                                                                  \
        SERVER_ANSWER, 200, NULL, "{}", 0                                                                              \
    }

static const bad_collector bad_collectors[] = {
    { "hangs", ALWAYS(SERVER_HANG, 0, NULL, NULL, 0), NEVER },
    { "accepts and never reads", ALWAYS(SERVER_DEAF, 0, NULL, NULL, 0), NEVER },
    { "closes without an answer", ALWAYS(SERVER_CLOSE, 0, NULL, NULL, 0), NEVER },
    { "closes without an answer once", ONCE(SERVER_CLOSE, 0, NULL, NULL, 0), RECOVERS },
    { "closes amid the body", ALWAYS(SERVER_CUT, 200, NULL, "{", 0), NEVER },
    { "closes amid the body once", ONCE(SERVER_CUT, 200, NULL, "{", 0), RECOVERS },
    { "429", ALWAYS(SERVER_ANSWER, 429, NULL, NULL, 0), NEVER },
    { "429 until an hour from now", ALWAYS(SERVER_ANSWER, 429, RETRY_LATER, NULL, 0), NEVER },
    { "429 until a date far away", ALWAYS(SERVER_ANSWER, 429, RETRY_THEN, NULL, 0), NEVER },
    { "429 until a date that has passed, once", ONCE(SERVER_ANSWER, 429, PAST, NULL, 0), RECOVERS },
    { "429 until -1, once", ONCE(SERVER_ANSWER, 429, "Retry-After: -1\r\n", NULL, 0), RECOVERS },
    { "503 until the end of 64 bits", ALWAYS(SERVER_ANSWER, 503, "Retry-After: 18446744073709551616\r\n", NULL, 0),
      NEVER },
    { "503 until soon, once", ONCE(SERVER_ANSWER, 503, "Retry-After: soon\r\n", NULL, 0), RECOVERS },
    { "503", ALWAYS(SERVER_ANSWER, 503, NULL, NULL, 0), NEVER },
    { "400", ALWAYS(SERVER_ANSWER, 400, NULL, "{\"code\":3,\"message\":\"no\"}", 0), NEVER },
    { "413", ALWAYS(SERVER_ANSWER, 413, NULL, NULL, 0), NEVER },
    { "a redirect to itself", ALWAYS(SERVER_ANSWER, 307, "Location: /v1/traces\r\n", NULL, 0), NEVER },
    { "a status of 999", ALWAYS(SERVER_ANSWER, 999, NULL, NULL, 0), NEVER },
    { "100 MiB", ALWAYS(SERVER_BIG, 200, NULL, NULL, 0), SAYS_YES },
    { "a partial success", ALWAYS(SERVER_ANSWER, 200, NULL, PARTIAL, 0), SAYS_YES },
    { "garbage", ALWAYS(SERVER_RAW, 0, NULL, "yakyakyakyak", 0), NEVER },
    { "garbage once", ONCE(SERVER_RAW, 0, NULL, "yakyakyakyak", 0), RECOVERS },
    { "garbage, and stays", ALWAYS(SERVER_RAW_OPEN, 0, NULL, "yak", 0), NEVER },
    { "HTTP/2", ALWAYS(SERVER_RAW_OPEN, 0, NULL, http2_settings, sizeof http2_settings), NEVER },
    { "a TLS alert", ALWAYS(SERVER_RAW, 0, NULL, tls_alert, sizeof tls_alert), NEVER },
    { "100 Continue without end", ALWAYS(SERVER_INTERIM, 0, NULL, NULL, 0), NEVER },
    { "headers without end", ALWAYS(SERVER_HEADERS, 0, NULL, NULL, 0), NEVER },
};

static uint64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000u + (uint64_t)t.tv_nsec / 1000000u;
}

/* Ids that the server can tell apart: 1, 2 and so on. */
static _Atomic uint64_t last_id;

static void give_trace_id(void *self, slm_trace_id *out)
{
    (void)self;
    *out = (slm_trace_id){ { 0xba, 0xd0 } };
}

static void give_span_id(void *self, slm_span_id *out)
{
    uint64_t id = atomic_fetch_add((_Atomic uint64_t *)self, 1) + 1;
    for (unsigned i = 0; i < sizeof out->bytes; i++)
        out->bytes[i] = (uint8_t)(id >> (56 - 8 * i));
}

/* The ledger's terms since `before`; only `ended` and what it is made of. */
static slm_pipeline_stats stats_since(slm_pipeline_stats before)
{
    slm_stats all = { .size = (uint32_t)sizeof all };
    slm_stats_read(&all);
    slm_pipeline_stats p = all.pipelines[0];
    p.ended -= before.ended;
    p.filtered -= before.filtered;
    p.unsampled -= before.unsampled;
    p.delivered -= before.delivered;
    p.rejected -= before.rejected;
    for (unsigned reason = 0; reason < SLM_DROP_REASONS; reason++)
        p.dropped[reason] -= before.dropped[reason];
    return p;
}

static uint64_t sum_of(const slm_pipeline_stats *p)
{
    uint64_t sum = p->filtered + p->unsampled + p->queued + p->in_flight + p->delivered + p->rejected;
    for (unsigned reason = 0; reason < SLM_DROP_REASONS; reason++)
        sum += p->dropped[reason];
    return sum;
}

static void *trace(void *unused)
{
    (void)unused;
    for (unsigned i = 0; i < SPANS_EACH; i++) {
        SLM_SCOPE("shave", ("yak", i), ("name", "Dri"));
        SLM_INFO("shaved");
    }
    return NULL;
}

static void start(slm_config config)
{
    const slm_id_generator ids = {
        .size = sizeof ids, .self = &last_id, .trace_id = give_trace_id, .span_id = give_span_id
    };
    config.size = (uint32_t)sizeof config;
    config.queue_spans = QUEUE;
    config.batch_spans = BATCH;
    config.request_timeout_ms = AMPLE_MS;
    config.id_generator = &ids;
    atomic_store(&last_id, 0);
    /* The thread of a shutdown that ran out of time may still be putting things away. */
    slm_status status;
    while ((status = slm_init(&config)) == SLM_ERR_EXISTS)
        sched_yield();
    CHECK_EQUAL(status, SLM_OK);
}

/* Threads trace, then the host flushes and shuts down. What became of the spans. */
static slm_pipeline_stats meet(slm_config config, bool recovers)
{
    pthread_t threads[TRACERS];
    slm_pipeline_stats before = stats_since((slm_pipeline_stats){ 0 });
    start(config);
    for (unsigned i = 0; i < TRACERS; i++)
        pthread_create(&threads[i], NULL, trace, NULL);
    for (unsigned i = 0; i < TRACERS; i++)
        pthread_join(threads[i], NULL);

    uint64_t from = now_ms();
    (void)!slm_flush(FLUSH_MS);
    CHECK(now_ms() - from < BOUND_MS);
    from = now_ms();
    (void)slm_shutdown(recovers ? AMPLE_MS : SHUTDOWN_MS);
    CHECK(recovers || now_ms() - from < BOUND_MS);

    slm_pipeline_stats after;
    do { /* what a shutdown that ran out of time leaves is dropped by its thread a little later */
        sched_yield();
        after = stats_since(before);
    } while (after.queued + after.in_flight > 0);
    CHECK_EQUAL(after.ended, TRACERS * SPANS_EACH);
    CHECK_EQUAL(sum_of(&after), after.ended);
    return after;
}

static void nobody_waits_for_a_bad_collector(const bad_collector *c)
{
    const server_row rows[] = { c->first, c->later };
    char endpoint[80];
    int failures = check_failures;
    server *s = server_start(rows, 2);
    snprintf(endpoint, sizeof endpoint, "http://127.0.0.1:%u/v1/traces", (unsigned)server_port(s));
    slm_pipeline_stats after = meet((slm_config){ .endpoint = endpoint }, c->how == RECOVERS);
    uint64_t taken = server_acknowledged(s);
    if (c->how == RECOVERS)
        CHECK(after.delivered > 0 && after.delivered == after.ended - after.dropped[SLM_DROP_QUEUE_FULL]);
    if (c->how == SAYS_YES) /* what it took as the time ran out, nobody can know of */
        CHECK(after.delivered <= taken && taken <= after.ended - after.dropped[SLM_DROP_QUEUE_FULL]);
    else
        CHECK_EQUAL(after.delivered, taken);
    server_stop(s);
    if (check_failures != failures)
        fprintf(stderr, "  ... where the collector does this: %s\n", c->what);
}

static const struct {
    const char *what;
    slm_config config;
} unreachable[] = {
    { "nobody listens", { .endpoint = "http://127.0.0.1:1/v1/traces" } },
    { "no such socket", { .endpoint = "unix:/nonexistent/spanloom/socket" } },
    { "no such name", { .endpoint = "http://spanloom.invalid/v1/traces" } },
    { "no TLS at all", { .endpoint = "https://127.0.0.1:1/v1/traces" } },
    { "a full disk", { .exporters = SLM_EXPORTER_NONE, .file = "/dev/full" } },
    { "no such folder", { .exporters = SLM_EXPORTER_NONE, .file = "/nonexistent/spanloom/spans.jsonl" } },
};

static void nobody_waits_for_what_is_not_there(void)
{
    for (size_t i = 0; i < sizeof unreachable / sizeof *unreachable; i++) {
        int failures = check_failures;
        slm_pipeline_stats after = meet(unreachable[i].config, false);
        CHECK_EQUAL(after.delivered, 0);
        if (check_failures != failures)
            fprintf(stderr, "  ... in the case of %s\n", unreachable[i].what);
    }
}

static char complaint[4096]; /* the first: of more, only the number is told */

static void note(void *user, slm_diagnostic_kind kind, const char *message)
{
    (void)user;
    if (kind == SLM_DIAG_CONFIGURATION && complaint[0] == '\0')
        snprintf(complaint, sizeof complaint, "%s", message);
}

/* None of these keeps spans from a collector that is named in code. */
static const char *const malformed[][2] = {
    { "OTEL_BSP_MAX_QUEUE_SIZE", "-1" },
    { "OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "99999999999999999999" },
    { "OTEL_BSP_SCHEDULE_DELAY", "5s" },
    { "OTEL_BSP_EXPORT_TIMEOUT", "0x10" },
    { "OTEL_EXPORTER_OTLP_TIMEOUT", "1e3" },
    { "OTEL_EXPORTER_OTLP_PROTOCOL", "carrier/pigeon" },
    { "OTEL_EXPORTER_OTLP_COMPRESSION", "zstd" },
    { "OTEL_EXPORTER_OTLP_HEADERS", "=v,novalue,bad name=1,k=%zz" },
    { "OTEL_TRACES_EXPORTER", "smoke,otlp" },
    { "OTEL_TRACES_SAMPLER", "sometimes" },
    { "OTEL_RESOURCE_ATTRIBUTES", "novalue,=v,k=%zz" },
    { "SPANLOOM_EXPORT", "shed=loud,info" },
    { "SPANLOOM_MAX_RECORDS", "many" },
    { "OTEL_LOG_LEVEL", "shouting" },
    { "OTEL_SDK_DISABLED", "perhaps" },
};
enum { MALFORMED = sizeof malformed / sizeof *malformed };

/* Those from `from` up to `end`. */
static void malformed_variables_lose_nothing(unsigned from, unsigned end)
{
    const server_row rows[] = { { SERVER_ANSWER, 200, NULL, "{}", 0 } };
    char endpoint[80];
    server *s = server_start(rows, 1);
    snprintf(endpoint, sizeof endpoint, "http://127.0.0.1:%u/v1/traces", (unsigned)server_port(s));
    uint64_t complaints = slm_diagnostic_count(SLM_DIAG_CONFIGURATION);
    for (unsigned i = from; i < end; i++)
        setenv(malformed[i][0], malformed[i][1], 1);
    slm_config config = SLM_CONFIG_INIT;
    config.endpoint = endpoint;
    slm_status status;
    while ((status = slm_init(&config)) == SLM_ERR_EXISTS)
        sched_yield();
    CHECK_EQUAL(status, SLM_OK);
    {
        SLM_SCOPE("shave");
    }
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(server_requests(s), 1);
    CHECK(slm_diagnostic_count(SLM_DIAG_CONFIGURATION) > complaints);
    for (unsigned i = from; i < end; i++)
        unsetenv(malformed[i][0]);
    server_stop(s);
}

int main(void)
{
    slm_set_diagnostic_handler(note, NULL);
    malformed_variables_lose_nothing(0, MALFORMED);
    CHECK_CONTAINS(complaint, "OTEL_BSP_MAX_QUEUE_SIZE=-1 is no number from 1 to 1048576, using 2048; ");
    CHECK_CONTAINS(complaint, "...");
    for (unsigned i = 0; i < MALFORMED; i++)
        malformed_variables_lose_nothing(i, i + 1);
    for (size_t i = 0; i < sizeof bad_collectors / sizeof *bad_collectors; i++)
        nobody_waits_for_a_bad_collector(&bad_collectors[i]);
    nobody_waits_for_what_is_not_there();
    return check_result();
}
