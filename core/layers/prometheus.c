/* SPDX-License-Identifier: MIT */
/* Span metrics as Prometheus's text format. */
#include <math.h>

#include "core/layers/exposition.h"
#include "core/layers/span_metrics.h"

static void begin(slmi_page *page, const char *name, const slmi_metrics_entry *e)
{
    slmi_page_begin(page, name);
    slmi_page_label(page, "span", slm_string_of(e->name, e->name_len));
}

static uint64_t load(const _Atomic(uint64_t) *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

static uint64_t count_of(const slm_span_metrics *m, const slmi_metrics_entry *e)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i <= m->bucket_count; i++)
        count += load(&e->buckets[i]);
    return count;
}

static void spans(slmi_page *page, const slm_span_metrics *m, const slmi_metrics_entry *e)
{
    begin(page, "_spans_total", e);
    slmi_page_number(page, count_of(m, e));
}

static void errors(slmi_page *page, const slm_span_metrics *m, const slmi_metrics_entry *e)
{
    (void)m;
    begin(page, "_span_errors_total", e);
    slmi_page_number(page, load(&e->errors));
}

/* The count is what the buckets were read as, so that they agree while spans end. */
static void histogram(slmi_page *page, const slm_span_metrics *m, const slmi_metrics_entry *e)
{
    uint64_t below = 0;
    for (uint32_t i = 0; i <= m->bucket_count; i++) {
        begin(page, "_span_duration_seconds_bucket", e);
        slmi_page_bound(page, i < m->bucket_count ? m->bounds_s[i] : HUGE_VAL);
        slmi_page_number(page, below += load(&e->buckets[i]));
    }
    begin(page, "_span_duration_seconds_sum", e);
    slmi_page_seconds(page, load(&e->sum_ns));
    begin(page, "_span_duration_seconds_count", e);
    slmi_page_number(page, below);
}

static void each(slmi_page *page, const slm_span_metrics *m,
                 void (*series)(slmi_page *, const slm_span_metrics *, const slmi_metrics_entry *))
{
    for (uint32_t i = 0; i < m->names && page->more; i++) {
        const slmi_metrics_entry *e = &m->entries[i];
        if (atomic_load_explicit(&e->named, memory_order_acquire))
            series(page, m, e);
    }
}

bool slm_span_metrics_write(const slm_span_metrics *metrics, slm_sink *sink, void *user)
{
    slmi_page page;
    slmi_page_open(&page, metrics->prefix, sink, user);
    slmi_page_family(&page, "_spans_total", "counter", "Spans that ended.");
    each(&page, metrics, spans);
    slmi_page_family(&page, "_span_errors_total", "counter", "Spans that ended and had failed.");
    each(&page, metrics, errors);
    slmi_page_family(&page, "_span_duration_seconds", "histogram", "Time from a span's start to its end.");
    each(&page, metrics, histogram);
    slmi_page_family(&page, "_span_metrics_lost_total", "counter",
                     "Spans without a series, because there were too many names.");
    slmi_page_begin(&page, "_span_metrics_lost_total");
    slmi_page_number(&page, load(&metrics->lost));
    return page.more;
}

uint64_t slm_span_metrics_lost(const slm_span_metrics *metrics)
{
    return load(&metrics->lost);
}
