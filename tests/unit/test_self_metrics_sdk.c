/* SPDX-License-Identifier: MIT */
/* The self metrics of a program that exports: the machine's own queue, exporter and ledger behind them. */
#include <spanloom/self_metrics.h>

#include <stdatomic.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <spanloom/diagnostic.h>
#include <spanloom/memory.h>
#include <spanloom/pipeline.h>
#include <spanloom/sdk.h>
#include <spanloom/log.h>
#include <spanloom/filter.h>
#include <spanloom/trace.h>

#include "tests/unit/prometheus.h"

static struct prometheus page;
static char text[SLM_SELF_METRICS_BYTES_MAX];

static double value(const char *name, const char *component)
{
    for (unsigned i = 0; i < page.sample_count; i++) {
        const char *has = prometheus_label(&page.samples[i], "otel_component_name");
        if (strcmp(page.samples[i].name, name) == 0 && has && strcmp(has, component) == 0 &&
            !prometheus_label(&page.samples[i], "error_type"))
            return page.samples[i].value;
    }
    return NAN;
}

Test(self_metrics_sdk, name_the_exporter_and_follow_its_spans)
{
    slm_config config = {
        .size = sizeof config, .exporters = SLM_EXPORTER_NONE, .file = "/dev/null", .queue_spans = 100
    };
    cr_assert(eq(int, slm_init(&config), SLM_OK));
    for (int i = 0; i < 40; i++)
        slm_span_end(SLM_SPAN("s"));
    cr_assert(eq(int, slm_flush(10000), SLM_OK));
    slm_buffer buffer = { text, sizeof text, 0 };
    cr_assert(slm_self_metrics_write(slm_sink_buffer, &buffer));
    cr_assert(prometheus_read(&page, text), "%s at: %.60s", page.wrong, page.at);
    cr_expect(eq(dbl, value("otel_sdk_exporter_span_exported_total", "otlp_file_span_exporter/0"), 40));
    cr_expect(eq(dbl, value("otel_sdk_exporter_span_inflight", "otlp_file_span_exporter/0"), 0));
    cr_expect(eq(dbl, value("otel_sdk_processor_span_processed_total", "batching_span_processor/0"), 40));
    cr_expect(eq(dbl, value("otel_sdk_processor_span_queue_size", "batching_span_processor/0"), 0));
    cr_expect(eq(dbl, value("otel_sdk_processor_span_queue_capacity", "batching_span_processor/0"), 100));
    cr_assert(eq(int, slm_shutdown(10000), SLM_OK));
}

/* -- from the diagnostic handler --------------------------------------------------------------------------------------
 */

static _Atomic(uint32_t) kinds, scrapes;

/* Whatever takes a lock of the library's: it would wait for itself, were one held. */
static void look_at_everything(void *user, slm_diagnostic_kind kind, const char *message)
{
    slm_memory memory = { .size = sizeof memory };
    static _Thread_local char own[SLM_SELF_METRICS_BYTES_MAX];
    slm_buffer buffer = { own, sizeof own, 0 };
    (void)user;
    (void)message;
    atomic_fetch_or(&kinds, UINT32_C(1) << kind);
    slm_memory_read(&memory);
    slm_status flushed = slm_flush(0);
    (void)flushed;
    atomic_fetch_add(&scrapes, slm_self_metrics_write(slm_sink_buffer, &buffer) && buffer.len < sizeof own);
    slm_filter *filter = slm_filter_level(SLM_LEVEL_INFO);
    slm_filter_free(filter);
    (void)slm_log_reload("info");
}

Test(self_metrics_sdk, may_be_read_by_the_diagnostic_handler_since_no_lock_is_held_there)
{
    static const slm_diagnostic_kind expected[] = { SLM_DIAG_CONFIGURATION, SLM_DIAG_STALE_SPAN, SLM_DIAG_EXIT_TWICE,
                                                    SLM_DIAG_QUEUE_FULL,    SLM_DIAG_NO_RECORDS, SLM_DIAG_UNDELIVERED };
    slm_config config = { .size = sizeof config,
                          .exporters = SLM_EXPORTER_OTLP,
                          .endpoint = "http://127.0.0.1:1/",
                          .log_filter = "db=loud",
                          .queue_spans = 1,
                          .max_records = 64 };
    slm_set_diagnostic_interval(0);
    slm_set_diagnostic_handler(look_at_everything, NULL);
    cr_assert(eq(int, slm_init(&config), SLM_OK));
    slm_span open[100];
    for (int i = 0; i < 100; i++)
        open[i] = SLM_SPAN("s");
    slm_token token = slm_enter(open[0]);
    slm_exit(token);
    slm_exit(token);
    for (int i = 0; i < 100; i++)
        slm_span_end(open[i]);
    slm_span_end(open[0]);
    cr_expect(eq(int, slm_shutdown(10000), SLM_ERR_UNDELIVERED));
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        cr_expect(ne(u32, kinds & (UINT32_C(1) << expected[i]), 0), "%s", slm_diagnostic_name(expected[i]));
    cr_expect(ge(u32, scrapes, 6));
}

Test(self_metrics_sdk, keep_log_records_apart_from_spans)
{
    const slm_pipeline_config logs = { .size = sizeof logs, .file = "/dev/null", .queue_spans = 100 };
    slm_config config = { .size = sizeof config, .exporters = SLM_EXPORTER_NONE, .file = "/dev/null", .logs = &logs };
    cr_assert(eq(int, slm_init(&config), SLM_OK));
    for (int i = 0; i < 30; i++) {
        SLM_SCOPE("s");
        SLM_INFO("one");
        SLM_INFO("two");
    }
    cr_assert(eq(int, slm_flush(10000), SLM_OK));
    slm_buffer buffer = { text, sizeof text, 0 };
    cr_assert(slm_self_metrics_write(slm_sink_buffer, &buffer));
    cr_assert(prometheus_read(&page, text), "%s at: %.60s", page.wrong, page.at);
    cr_expect(eq(dbl, value("otel_sdk_exporter_span_exported_total", "otlp_file_span_exporter/0"), 30));
    cr_expect(eq(dbl, value("otel_sdk_exporter_log_exported_total", "otlp_file_log_exporter/1"), 60));
    cr_expect(eq(dbl, value("otel_sdk_processor_log_processed_total", "batching_log_processor/1"), 60));
    cr_expect(eq(dbl, value("otel_sdk_processor_log_queue_capacity", "batching_log_processor/1"), 100));
    cr_expect(isnan(value("otel_sdk_exporter_span_exported_total", "otlp_file_log_exporter/1")));
    cr_assert(eq(int, slm_shutdown(10000), SLM_OK));
}
