/* SPDX-License-Identifier: MIT */
#include <spanloom/self_metrics.h>

#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <spanloom/diagnostic.h>
#include <spanloom/filter.h>
#include <spanloom/stats.h>
#include <spanloom/subscriber.h>
#include <spanloom/task.h>
#include <spanloom/test.h>
#include <spanloom/writer.h>

#include "core/export.h"
#include "core/layering.h"
#include "tests/unit/prometheus.h"

static struct prometheus page;
static char text[SLM_SELF_METRICS_BYTES_MAX];
static slm_stats ledger;

static void scrape(void)
{
    slm_buffer buffer = { text, sizeof text, 0 };
    ledger = (slm_stats){ .size = sizeof ledger };
    slm_stats_read(&ledger);
    cr_assert(slm_self_metrics_write(slm_sink_buffer, &buffer));
    cr_assert(lt(sz, buffer.len, sizeof text));
    cr_assert(prometheus_read(&page, text), "%s at: %.60s", page.wrong, page.at);
}

/* The value of the series whose labels include these, each optional. */
static double value(const char *name, const char *key, const char *label)
{
    for (unsigned i = 0; i < page.sample_count; i++) {
        const struct prometheus_sample *s = &page.samples[i];
        const char *has = key ? prometheus_label(s, key) : NULL;
        if (strcmp(s->name, name) == 0 && (key ? has && strcmp(has, label) == 0 : s->label_count == 0))
            return s->value;
    }
    return NAN;
}

/* Of the only pipeline; error NULL: the series without one. */
static double of_pipeline(const char *name, const char *type, const char *error)
{
    for (unsigned i = 0; i < page.sample_count; i++) {
        const struct prometheus_sample *s = &page.samples[i];
        const char *has = prometheus_label(s, "otel_component_type"), *failed = prometheus_label(s, "error_type");
        const char *who = prometheus_label(s, "otel_component_name");
        if (strcmp(s->name, name) == 0 && has && strcmp(has, type) == 0 && who &&
            strncmp(who, type, strlen(type)) == 0 && strcmp(who + strlen(type), "/0") == 0 &&
            (error ? failed && strcmp(failed, error) == 0 : !failed))
            return s->value;
    }
    return NAN;
}

static double event(const char *which)
{
    return value("spanloom_pipeline_spans_total", "event", which);
}

/* -- a process that only logs -----------------------------------------------------------------------------------------
 */

Test(self_metrics, a_page_without_pipelines_is_well_formed)
{
    scrape();
    cr_expect(eq(dbl, value("otel_sdk_span_started_total", NULL, NULL), 0));
    cr_expect(eq(dbl, value("otel_sdk_span_live", NULL, NULL), 0));
    cr_expect(eq(dbl, value("spanloom_spans_unrecorded_total", "reason", "no_room"), 0));
    cr_expect(eq(dbl, value("spanloom_tasks", "state", "running"), 0));
}

static bool twice(void *user, const char *piece, size_t len)
{
    (void)piece;
    (void)len;
    return ++*(int *)user < 2;
}

Test(self_metrics, a_page_ends_when_the_sink_wants_no_more)
{
    int calls = 0;
    cr_expect(not(slm_self_metrics_write(twice, &calls)));
    cr_expect(eq(int, calls, 2));
}

Test(self_metrics, a_buffer_too_small_says_how_much_it_takes)
{
    char small[40];
    slm_buffer buffer = { small, sizeof small, 0 };
    cr_expect(slm_self_metrics_write(slm_sink_buffer, &buffer));
    cr_expect(gt(sz, buffer.len, sizeof small));
    cr_expect(eq(sz, strlen(small), sizeof small - 1));
}

Test(self_metrics, misuse_is_counted_by_kind)
{
    slm_mock *mock = slm_mock_begin(NULL);
    slm_span span = SLM_SPAN("s");
    slm_span_end(span);
    slm_span_end(span);
    slm_span_end(span);
    scrape();
    cr_expect(eq(dbl, value("spanloom_diagnostics_total", "kind", "stale-span"), 2));
    cr_expect(eq(dbl, value("spanloom_diagnostics_total", "kind", "queue-full"), 0));
    slm_mock_end(mock);
}

static slm_status refuse(void *self, const slm_metadata *metadata, slm_string line)
{
    (void)metadata;
    (void)line;
    return *(slm_status *)self;
}

Test(self_metrics, lines_that_writers_lose_are_counted)
{
    slm_status answer = SLM_ERR_LIMIT;
    slm_writer_ops ops = { .size = sizeof ops, .write = refuse };
    slm_writer *writer = slm_writer_new(&ops, &answer);
    (void)slm_writer_write(writer, NULL, slm_string_of("x\n", 2));
    answer = SLM_ERR_SYSTEM;
    for (int i = 0; i < 3; i++)
        (void)slm_writer_write(writer, NULL, slm_string_of("x\n", 2));
    slm_writer_release(writer);
    scrape();
    cr_expect(eq(dbl, value("spanloom_log_lines_lost_total", "reason", "dropped"), 1));
    cr_expect(eq(dbl, value("spanloom_log_lines_lost_total", "reason", "failed"), 3));
    cr_expect(eq(dbl, value("spanloom_log_lines_lost_total", "reason", "cut"), 0));
}

/* -- one that exports -------------------------------------------------------------------------------------------------
 */

/* A consumer that takes what comes and says of itself what the test wants, each term different. */
static slm_pipeline_stats said;

static void wake(void *user)
{
    (void)user;
}

static void say(void *user, unsigned pipeline, slm_pipeline_stats *stats)
{
    (void)user;
    (void)pipeline;
    *stats = said;
}

static void release(void *user, unsigned pipeline, uint32_t record)
{
    (void)pipeline;
    ++*(unsigned *)user;
    slmi_record_release(record);
}

static slm_subscriber *export_to_us(void)
{
    const slmi_consumer consumer = { .wake = wake, .ledger = say };
    slm_subscriber *subscriber = NULL;
    cr_assert(eq(int, slmi_export_open(&consumer, 1), SLM_OK));
    cr_assert(eq(int, slmi_subscriber_make(NULL, 0, 1, slm_filter_level(SLM_LEVEL_INFO), &subscriber), SLM_OK));
    slm_set_global_subscriber(subscriber);
    return subscriber;
}

Test(self_metrics, each_term_of_a_pipeline_is_a_series_of_its_own)
{
    said = (slm_pipeline_stats){
        .shipped = 1000, .queued = 100, .in_flight = 200, .delivered = 10, .rejected = 20, .held = 77
    };
    said.exporter = "otlp_grpc_span_exporter";
    said.capacity = 2048;
    for (unsigned i = 0; i < SLM_DROP_REASONS; i++)
        said.dropped[i] = i + 1;
    slm_subscriber *subscriber = export_to_us();
    static const struct {
        const char *error;
        unsigned drop;
    } rows[] = { { "unreachable", SLM_DROP_UNREACHABLE },
                 { "timeout", SLM_DROP_TIMED_OUT },
                 { "too_large", SLM_DROP_TOO_LARGE },
                 { "no_memory", SLM_DROP_NO_MEMORY } };
    static const char exported[] = "otel_sdk_exporter_span_exported_total", grpc[] = "otlp_grpc_span_exporter";
    static const char processed[] = "otel_sdk_processor_span_processed_total", batch[] = "batching_span_processor";

    for (int i = 0; i < 3; i++)
        slm_span_end(SLM_SPAN("waits"));
    scrape();
    cr_expect(eq(dbl, of_pipeline("otel_sdk_processor_span_queue_size", batch, NULL), 103));
    cr_expect(eq(dbl, of_pipeline("otel_sdk_processor_span_queue_capacity", batch, NULL), 2048));
    cr_expect(eq(dbl, of_pipeline("otel_sdk_exporter_span_inflight", grpc, NULL), 200));
    cr_expect(eq(dbl, of_pipeline(exported, grpc, NULL), 10));
    cr_expect(eq(dbl, of_pipeline(exported, grpc, "rejected"), 20));
    double failed = 20;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect(eq(dbl, of_pipeline(exported, grpc, rows[i].error), rows[i].drop + 1));
        failed += rows[i].drop + 1;
    }
    cr_expect(eq(dbl, of_pipeline(processed, batch, NULL), 10 + failed));
    cr_expect(eq(dbl, of_pipeline(processed, batch, "queue_full"), SLM_DROP_QUEUE_FULL + 1));
    cr_expect(eq(dbl, of_pipeline(processed, batch, "already_shutdown"), SLM_DROP_SHUT_DOWN + 1));
    cr_expect(eq(dbl, event("ended"), 3));
    cr_expect(eq(dbl, event("shipped"), 1000));
    cr_expect(eq(dbl, event("tail"), SLM_DROP_TAIL + 1));
    cr_expect(eq(dbl, of_pipeline("spanloom_pipeline_spans_held", grpc, NULL), 77));
    unsigned taken = 0;
    (void)slmi_export_drain(release, &taken);
    cr_expect(eq(uint, taken, 3));
    slm_subscriber_release(subscriber);
}

Test(self_metrics, the_process_is_as_the_ledger_has_it)
{
    slm_subscriber *subscriber = export_to_us();
    slm_span open[5];
    for (int i = 0; i < 5; i++)
        open[i] = SLM_SPAN("open");
    for (int i = 0; i < 2; i++)
        slm_span_end(open[i]);
    slm_task task = SLM_TASK("job");
    slm_task_yield(slm_task_run(task));
    scrape();
    cr_expect(eq(dbl, value("otel_sdk_span_started_total", NULL, NULL), 6));
    cr_expect(eq(dbl, value("otel_sdk_span_live", NULL, NULL), 4));
    cr_expect(eq(dbl, value("spanloom_spans_ended_total", NULL, NULL), 2));
    cr_expect(eq(dbl, value("spanloom_records_in_use", NULL, NULL), (double)ledger.records_in_use));
    cr_expect(eq(dbl, value("spanloom_records_limit", NULL, NULL), (double)ledger.records_limit));
    cr_expect(eq(dbl, value("spanloom_tasks", "state", "waiting"), 1));
    slm_task_end(task);
    scrape();
    cr_expect(eq(dbl, value("spanloom_tasks", "state", "waiting"), 0));
    cr_expect(eq(dbl, value("spanloom_tasks_finished_total", NULL, NULL), 1));
    cr_expect(eq(dbl, value("spanloom_task_polls_total", NULL, NULL), 1));
    slm_subscriber_release(subscriber);
}

/* What was open at the fork is the parent process's, and the child counts it when it ends it, once. */
Test(self_metrics, a_child_counts_spans_of_its_parent_process_apart)
{
    slm_subscriber *subscriber = export_to_us();
    slm_span open = SLM_SPAN("open"), ended = SLM_SPAN("ended");
    slm_span_end(ended);
    pid_t child = 1;
    {
        SLM_SCOPE("around");
        child = fork();
    }
    if (child == 0) {
        slm_span_end(ended);
        slm_span_end(open);
        slm_span_end(open);
        slm_span_end(SLM_SPAN("own"));
        scrape();
        bool right = value("spanloom_spans_unrecorded_total", "reason", "forked") == 2 &&
                     value("otel_sdk_span_started_total", NULL, NULL) == 3 &&
                     value("spanloom_spans_ended_total", NULL, NULL) == 1 &&
                     value("otel_sdk_span_live", NULL, NULL) == 0;
        _exit(right ? 0 : 1);
    }
    int status = -1;
    cr_assert(eq(int, waitpid(child, &status, 0), child));
    cr_expect(eq(int, status, 0));
    slm_span_end(open);
    scrape();
    cr_expect(eq(dbl, value("spanloom_spans_unrecorded_total", "reason", "forked"), 0));
    cr_expect(eq(dbl, value("spanloom_spans_ended_total", NULL, NULL), 3));
    slm_subscriber_release(subscriber);
}
