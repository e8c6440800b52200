/* SPDX-License-Identifier: MIT */
/* Span metrics as Prometheus's text format, version 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/
 */
#include "core/layers/span_metrics.h"
#include "core/layers/text.h"

/* The longest line: a prefix, a name of which each byte is escaped, and two numbers. */
enum { LINE_MAX_BYTES = 512 };

struct page {
    const slm_span_metrics *metrics;
    slm_sink *sink;
    void *user;
    bool more; /* the sink wants more */
    slmi_text line;
    char bytes[LINE_MAX_BYTES];
};

static void put(struct page *page, const char *text)
{
    slmi_text_bytes(&page->line, text, strlen(text));
}

static void begin(struct page *page, const char *name)
{
    page->line.len = 0;
    put(page, page->metrics->prefix);
    put(page, name);
}

static void end(struct page *page)
{
    put(page, "\n");
    page->more = page->more && page->sink(page->user, page->line.data, page->line.len);
}

static void family(struct page *page, const char *name, const char *type, const char *help)
{
    page->line.len = 0;
    put(page, "# HELP ");
    put(page, page->metrics->prefix);
    put(page, name);
    put(page, " ");
    put(page, help);
    end(page);
    page->line.len = 0;
    put(page, "# TYPE ");
    put(page, page->metrics->prefix);
    put(page, name);
    put(page, " ");
    put(page, type);
    end(page);
}

/* "A label value can be any sequence of UTF-8 characters, but the backslash, double-quote, and line feed characters
 * have to be escaped" */
static void label(struct page *page, const slmi_metrics_entry *e)
{
    put(page, "{span=\"");
    for (uint32_t i = 0; i < e->name_len; i++) {
        char c = e->name[i];
        if (c == '\n')
            put(page, "\\n");
        else if (c == '"' || c == '\\')
            slmi_text_bytes(&page->line, (char[]){ '\\', c }, 2);
        else
            slmi_text_char(&page->line, c);
    }
    put(page, "\"");
}

static void number(struct page *page, uint64_t value)
{
    put(page, "} ");
    slmi_text_u64(&page->line, value);
    end(page);
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

static void spans(struct page *page, const slmi_metrics_entry *e)
{
    begin(page, "_spans_total");
    label(page, e);
    number(page, count_of(page->metrics, e));
}

static void errors(struct page *page, const slmi_metrics_entry *e)
{
    begin(page, "_span_errors_total");
    label(page, e);
    number(page, load(&e->errors));
}

/* Seconds, exactly. */
static void seconds(struct page *page, uint64_t ns)
{
    char fraction[9];
    uint64_t rest = ns % 1000000000u;
    for (size_t i = sizeof fraction; i-- > 0; rest /= 10)
        fraction[i] = (char)('0' + rest % 10);
    put(page, "} ");
    slmi_text_u64(&page->line, ns / 1000000000u);
    put(page, ".");
    slmi_text_bytes(&page->line, fraction, sizeof fraction);
    end(page);
}

/* The count is what the buckets were read as, so that they agree while spans end. */
static void histogram(struct page *page, const slmi_metrics_entry *e)
{
    const slm_span_metrics *m = page->metrics;
    uint64_t below = 0;
    for (uint32_t i = 0; i <= m->bucket_count; i++) {
        begin(page, "_span_duration_seconds_bucket");
        label(page, e);
        put(page, ",le=\"");
        if (i < m->bucket_count)
            slmi_text_double(&page->line, m->bounds_s[i]);
        else
            put(page, "+Inf");
        put(page, "\"");
        number(page, below += load(&e->buckets[i]));
    }
    begin(page, "_span_duration_seconds_sum");
    label(page, e);
    seconds(page, load(&e->sum_ns));
    begin(page, "_span_duration_seconds_count");
    label(page, e);
    number(page, below);
}

static void each(struct page *page, void (*series)(struct page *, const slmi_metrics_entry *))
{
    for (uint32_t i = 0; i < page->metrics->names && page->more; i++) {
        const slmi_metrics_entry *e = &page->metrics->entries[i];
        if (atomic_load_explicit(&e->named, memory_order_acquire))
            series(page, e);
    }
}

bool slm_span_metrics_write(const slm_span_metrics *metrics, slm_sink *sink, void *user)
{
    struct page page = { .metrics = metrics, .sink = sink, .user = user, .more = true };
    page.line = (slmi_text){ .data = page.bytes, .room = sizeof page.bytes };
    family(&page, "_spans_total", "counter", "Spans that ended.");
    each(&page, spans);
    family(&page, "_span_errors_total", "counter", "Spans that ended and had failed.");
    each(&page, errors);
    family(&page, "_span_duration_seconds", "histogram", "Time from a span's start to its end.");
    each(&page, histogram);
    family(&page, "_span_metrics_lost_total", "counter", "Spans without a series, because there were too many names.");
    begin(&page, "_span_metrics_lost_total ");
    slmi_text_u64(&page.line, load(&metrics->lost));
    end(&page);
    return page.more;
}

uint64_t slm_span_metrics_lost(const slm_span_metrics *metrics)
{
    return load(&metrics->lost);
}
