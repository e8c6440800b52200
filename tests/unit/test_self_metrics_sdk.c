/* SPDX-License-Identifier: MIT */
/* The self metrics of a program that exports: the machine's own queue, exporter and ledger behind them. */
#include <spanloom/self_metrics.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <spanloom/sdk.h>
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
