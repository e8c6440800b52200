/* SPDX-License-Identifier: MIT */
/* The whole way, through the shared libraries: from a span's start to its delivery over loopback HTTP, in CPU time of
 * the whole process a span; what a full queue takes; and how late flush and shutdown are. Asserted: every span was
 * delivered, in requests of 512. */
#define SLM_INSTRUMENTATION_NAME    "checkout.http"
#define SLM_INSTRUMENTATION_VERSION "1.4.2"

#include <spanloom/sdk.h>
#include <spanloom/trace.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "bench/figure.h"
#include "bench/sink.h"

enum { BATCH = 512, ROUNDS = 40, QUEUE = 2048, AMPLE_MS = 30000, LIMIT_NS = 500, LIMIT_KIB = 2048, LIMIT_LATE_MS = 50 };

static uint64_t read_clock(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static slm_pipeline_stats stats(void)
{
    slm_stats all = { .size = (uint32_t)sizeof all };
    slm_stats_read(&all);
    return all.pipelines[0];
}

static void start(const sink *to, const char *protocol)
{
    char endpoint[80];
    slm_config config = SLM_CONFIG_INIT;
    snprintf(endpoint, sizeof endpoint, "http://127.0.0.1:%u/v1/traces", (unsigned)to->port);
    config.endpoint = endpoint;
    config.protocol = protocol;
    config.service_name = "checkout";
    config.queue_spans = QUEUE;
    config.batch_spans = BATCH;
    slm_status status;
    while ((status = slm_init(&config)) == SLM_ERR_EXISTS) {
        /* The thread of a shutdown that ran out of time is still putting things away. */
    }
    if (status != SLM_OK)
        abort();
}

static void make(unsigned spans)
{
    static const slm_span_context caller = { .trace_id = { { 1, 2, 3 } }, .span_id = { { 4, 5 } }, .flags = 1 };
    for (unsigned i = 0; i < spans; i++) {
        slm_span span = SLM_SPAN_WITH((.kind = SLM_KIND_CLIENT, .parent = slm_under_remote(&caller)), "GET /cart/{id}",
                                      ("url.path", "/cart/77123"), ("http.response.status_code", 200));
        slm_span_end(span);
    }
}

static double deliver(void *user, uint64_t ops)
{
    (void)user;
    uint64_t before = stats().delivered, from = read_clock(CLOCK_PROCESS_CPUTIME_ID);
    for (uint64_t done = 0; done < ops; done += BATCH) {
        make(BATCH);
        if (slm_flush(AMPLE_MS) != SLM_OK)
            abort();
    }
    uint64_t took = read_clock(CLOCK_PROCESS_CPUTIME_ID) - from;
    if (stats().delivered - before != ops)
        abort();
    return (double)took;
}

static int end_to_end(const char *protocol, const char *peers)
{
    char name[80];
    sink to = sink_start();
    uint64_t before = stats().delivered;
    start(&to, protocol);
    snprintf(name, sizeof name, "start to delivered, %s", protocol);
    double median = figure(name, (uint64_t)ROUNDS * BATCH, deliver, NULL);
    printf("#   %.0f spans and %.0f bytes a request; limit %d ns; %s\n",
           (double)(stats().delivered - before) / (double)sink_requests(&to),
           (double)sink_body_bytes(&to) / (double)sink_requests(&to), LIMIT_NS, peers);
    if (slm_shutdown(AMPLE_MS) != SLM_OK)
        abort();
    sink_stop(&to);
    return median <= LIMIT_NS ? 0 : 1;
}

static long resident_kib(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (!file || fscanf(file, "%*d %ld", &pages) != 1)
        abort();
    fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/* What 2048 spans take that nobody accepts, one request's body among it; the first batch is in flight. */
static int full_queue(void)
{
    sink to = sink_start_silent();
    start(&to, "http/json");
    long before = resident_kib();
    make(QUEUE);
    while (stats().in_flight < BATCH || stats().queued + stats().in_flight < QUEUE) {
        if (slm_flush(1) == SLM_OK)
            abort();
    }
    long grown = resident_kib() - before;
    if (stats().dropped[SLM_DROP_QUEUE_FULL] > 0)
        abort();
    printf("%-44s %8ld  KiB; limit %d\n", "a full queue of 2048 spans", grown, LIMIT_KIB);
    (void)slm_shutdown(0);
    sink_stop(&to);
    return grown <= LIMIT_KIB ? 0 : 1;
}

static double late_ms(uint64_t from, unsigned deadline_ms)
{
    return (double)(read_clock(CLOCK_MONOTONIC) - from) / 1e6 - deadline_ms;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int lateness(const char *name, double *ms, size_t runs)
{
    qsort(ms, runs, sizeof *ms, compare);
    printf("%-44s %8.2f %8.2f %8.2f  ms late; limit %d\n", name, ms[0], ms[runs / 2], ms[runs - 1], LIMIT_LATE_MS);
    return ms[runs - 1] <= LIMIT_LATE_MS ? 0 : 1;
}

static int deadlines(void)
{
    enum { FLUSH_MS = 60, SHUTDOWN_MS = 80 };
    double flush[FIGURE_RUNS], shutdown[FIGURE_RUNS];
    for (int i = 0; i < FIGURE_RUNS; i++) {
        sink to = sink_start_silent();
        start(&to, "http/json");
        make(QUEUE);
        uint64_t from = read_clock(CLOCK_MONOTONIC);
        if (slm_flush(FLUSH_MS) != SLM_ERR_TIMED_OUT)
            abort();
        flush[i] = late_ms(from, FLUSH_MS);
        from = read_clock(CLOCK_MONOTONIC);
        if (slm_shutdown(SHUTDOWN_MS) == SLM_OK)
            abort();
        shutdown[i] = late_ms(from, SHUTDOWN_MS);
        sink_stop(&to);
    }
    return lateness("flush of a collector that hangs", flush, FIGURE_RUNS) +
           lateness("shutdown of a collector that hangs", shutdown, FIGURE_RUNS);
}

static void say_nothing(void *user, slm_diagnostic_kind kind, const char *message)
{
    (void)user;
    (void)kind;
    (void)message;
}

int main(void)
{
    slm_set_diagnostic_handler(say_nothing, NULL);
    int missed = full_queue();
    figure_calibrate("before");
    missed += end_to_end("http/json", "transport alone 200, opentelemetry-rust 3300, opentelemetry-cpp 19000");
    missed += end_to_end("http/protobuf", "transport alone 200, opentelemetry-rust 1500, opentelemetry-cpp 6400");
    missed += deadlines();
    figure_calibrate("after");
    if (missed > 0)
        printf("# %d beyond their limit\n", missed);
    return 0;
}
