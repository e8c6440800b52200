/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <spanloom/span_metrics.h>

#include "tests/unit/layering.h"
#include "tests/unit/prometheus.h"

enum { SECOND = 1000000000 };

static struct prometheus page;
static char text[1 << 20];

static void scrape(const slm_span_metrics *metrics)
{
    slm_buffer buffer = { text, sizeof text, 0 };
    cr_assert(slm_span_metrics_write(metrics, slm_sink_buffer, &buffer));
    cr_assert(lt(sz, buffer.len, sizeof text));
    cr_assert(prometheus_read(&page, text), "%s at: %.60s", page.wrong, page.at);
}

static double spans(const char *name)
{
    return prometheus_value(&page, "spanloom_spans_total", name, NULL);
}

static double errors(const char *name)
{
    return prometheus_value(&page, "spanloom_span_errors_total", name, NULL);
}

static double bucket(const char *name, const char *le)
{
    return prometheus_value(&page, "spanloom_span_duration_seconds_bucket", name, le);
}

static slm_span_metrics *make(const slm_span_metrics_options *options, slm_layer *layer)
{
    slm_span_metrics *metrics = NULL;
    cr_assert(eq(int, (int)slm_span_metrics_new(options, NULL, layer, &metrics), SLM_OK));
    return metrics;
}

Test(span_metrics, a_page_without_spans_is_well_formed)
{
    slm_layer layer;
    slm_span_metrics *metrics = make(NULL, &layer);
    scrape(metrics);
    cr_expect(eq(dbl, prometheus_value(&page, "spanloom_span_metrics_lost_total", NULL, NULL), 0));
    layer.ops->destroy(layer.self);
    slm_span_metrics_release(metrics);
}

Test(span_metrics, spans_and_failures_are_counted_by_name_when_they_end)
{
    slm_layer layer;
    slm_span_metrics *metrics = make(NULL, &layer);
    struct layering l = layering_begin(&layer);
    for (int i = 0; i < 3; i++) {
        SLM_SCOPE("shave");
        SLM_SCOPE_AS(inner, "rinse");
        if (i == 1)
            slm_span_set_status(inner, SLM_SPAN_ERROR, "no water");
        scrape(metrics);
        cr_expect(eq(dbl, i ? spans("rinse") : 0, (double)i));
    }
    scrape(metrics);
    cr_expect(eq(dbl, spans("shave"), 3));
    cr_expect(eq(dbl, spans("rinse"), 3));
    cr_expect(eq(dbl, errors("shave"), 0));
    cr_expect(eq(dbl, errors("rinse"), 1));
    layering_end(l);
    slm_span_metrics_release(metrics);
}

Test(span_metrics, an_error_event_fails_the_span_it_is_in_unless_the_program_says_ok)
{
    slm_layer layer;
    slm_span_metrics *metrics = make(NULL, &layer);
    struct layering l = layering_begin(&layer);
    {
        SLM_SCOPE("outer");
        {
            SLM_SCOPE("failed");
            SLM_ERROR("no yak");
        }
        {
            SLM_SCOPE_AS(s, "told");
            SLM_ERROR("no yak, but never mind");
            slm_span_set_status(s, SLM_SPAN_OK, NULL);
        }
        SLM_WARN("a small yak");
    }
    scrape(metrics);
    cr_expect(eq(dbl, errors("failed"), 1));
    cr_expect(eq(dbl, errors("told"), 0));
    cr_expect(eq(dbl, errors("outer"), 0));
    layering_end(l);
    slm_span_metrics_release(metrics);
}

Test(span_metrics, durations_fall_into_the_bucket_whose_bound_they_do_not_pass)
{
    static const double bounds[] = { 0.001, 0.5, 2 };
    slm_layer layer;
    slm_span_metrics_options options = { .size = sizeof options, .buckets = bounds, .bucket_count = 3 };
    slm_span_metrics *metrics = make(&options, &layer);
    struct layering l = layering_begin(&layer);
    static const struct {
        uint64_t took;
    } cases[] = { { 0 },
                  { 1000000 },
                  { 1000001 },
                  { SECOND / 2 },
                  { SECOND },
                  { 2 * UINT64_C(1000000000) },
                  { 3600 * UINT64_C(1000000000) } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slm_span span = SLM_SPAN_WITH((.start_ns = 10 * UINT64_C(1000000000)), "timed");
        slm_span_end_at(span, 10 * UINT64_C(1000000000) + cases[i].took);
    }
    scrape(metrics);
    cr_expect(eq(dbl, bucket("timed", "0.001"), 2));
    cr_expect(eq(dbl, bucket("timed", "0.5"), 4));
    cr_expect(eq(dbl, bucket("timed", "2.0"), 6));
    cr_expect(eq(dbl, bucket("timed", "+Inf"), 7));
    double sum = prometheus_value(&page, "spanloom_span_duration_seconds_sum", "timed", NULL);
    cr_expect(epsilon_eq(dbl, sum, 0.001 + 0.001000001 + 0.5 + 1 + 2 + 3600, 1e-9));
    layering_end(l);
    slm_span_metrics_release(metrics);
}

Test(span_metrics, a_name_counts_as_it_is_at_the_end)
{
    slm_layer layer;
    slm_span_metrics *metrics = make(NULL, &layer);
    struct layering l = layering_begin(&layer);
    for (int i = 0; i < 2; i++) {
        SLM_SCOPE_AS(s, "request");
        if (i)
            slm_span_set_name(s, "GET /yaks/{id}");
    }
    scrape(metrics);
    cr_expect(eq(dbl, spans("request"), 1));
    cr_expect(eq(dbl, spans("GET /yaks/{id}"), 1));
    layering_end(l);
    slm_span_metrics_release(metrics);
}

Test(span_metrics, any_name_makes_a_label_that_a_scraper_takes)
{
    char longest[300];
    memset(longest, 'y', sizeof longest);
    char cut[SLM_SPAN_METRICS_NAME_BYTES_MAX + 1] = { 0 };
    memset(cut, 'y', sizeof cut - 1);
    const struct {
        const char *name;
        size_t len;
        const char *label;
    } cases[] = {
        { "", 0, "" },
        { "a\"b\\c\nd", 7, "a\"b\\c\nd" },
        { "}{,=", 4, "}{,=" },
        { "caf\xc3\xa9", 5, "caf\xc3\xa9" },
        { "bad\xff\xc3", 5, "bad\xef\xbf\xbd\xef\xbf\xbd" },
        { "nul\0\x1b[31m", 9, "nul\xef\xbf\xbd\xef\xbf\xbd[31m" },
        { longest, sizeof longest, cut },
    };
    slm_layer layer;
    slm_span_metrics *metrics = make(NULL, &layer);
    struct layering l = layering_begin(&layer);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        slm_span_end(layering_span(cases[i].name, cases[i].len));
    scrape(metrics);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_expect(eq(dbl, spans(cases[i].label), 1), "case %zu", i);
    layering_end(l);
    slm_span_metrics_release(metrics);
}

Test(span_metrics, names_beyond_the_bound_are_counted_as_lost)
{
    slm_layer layer;
    slm_span_metrics_options options = { .size = sizeof options, .names = 8 };
    slm_span_metrics *metrics = make(&options, &layer);
    struct layering l = layering_begin(&layer);
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 20; i++) {
            char name[16];
            int n = snprintf(name, sizeof name, "span %d", i);
            slm_span_end(layering_span(name, (size_t)n));
        }
    scrape(metrics);
    double counted = 0;
    for (unsigned i = 0; i < page.sample_count; i++)
        if (strcmp(page.samples[i].name, "spanloom_spans_total") == 0)
            counted += page.samples[i].value;
    cr_expect(eq(dbl, counted, 16));
    cr_expect(eq(u64, slm_span_metrics_lost(metrics), 24));
    cr_expect(eq(dbl, prometheus_value(&page, "spanloom_span_metrics_lost_total", NULL, NULL), 24));
    layering_end(l);
    slm_span_metrics_release(metrics);
}

static int child_scrapes(void *user)
{
    slm_span_metrics *metrics = user;
    slm_span_end(SLM_SPAN("made in the child"));
    slm_buffer buffer = { text, sizeof text, 0 };
    bool read = slm_span_metrics_write(metrics, slm_sink_buffer, &buffer) && prometheus_read(&page, text);
    return read && spans("made in the child") == 1 && isnan(spans("made before")) && page.sample_count > 0 ? 0 : 1;
}

Test(span_metrics, a_forked_child_counts_from_zero)
{
    slm_layer layer;
    slm_span_metrics *metrics = make(NULL, &layer);
    struct layering l = layering_begin(&layer);
    slm_span_end(SLM_SPAN("made before"));
    cr_expect(eq(int, layering_fork(child_scrapes, metrics), 0));
    scrape(metrics);
    cr_expect(eq(dbl, spans("made before"), 1));
    cr_expect(isnan(spans("made in the child")));
    layering_end(l);
    slm_span_metrics_release(metrics);
}

static bool take_one(void *user, const char *piece, size_t len)
{
    (void)piece;
    (void)len;
    return ++*(int *)user < 3;
}

Test(span_metrics, a_sink_that_has_enough_is_asked_no_further)
{
    slm_layer layer;
    slm_span_metrics *metrics = make(NULL, &layer);
    int pieces = 0;
    cr_expect(not(slm_span_metrics_write(metrics, take_one, &pieces)));
    cr_expect(eq(int, pieces, 3));
    char small[16];
    slm_buffer buffer = { small, sizeof small, 0 };
    cr_expect(slm_span_metrics_write(metrics, slm_sink_buffer, &buffer));
    cr_expect(gt(sz, buffer.len, sizeof small));
    cr_expect(eq(str, small, (char *)"# HELP spanloom"));
    layer.ops->destroy(layer.self);
    slm_span_metrics_release(metrics);
}

Test(span_metrics, options_that_cannot_be_are_refused)
{
    static const double falling[] = { 1, 0.5 }, twice[] = { 1, 1 }, negative[] = { -1 }, infinite[] = { 1, HUGE_VAL },
                        many[SLM_SPAN_METRICS_BUCKETS_MAX + 1] = { 1 };
    const slm_span_metrics_options cases[] = {
        { .size = 4 },
        { .size = sizeof *cases, .buckets = falling, .bucket_count = 2 },
        { .size = sizeof *cases, .buckets = twice, .bucket_count = 2 },
        { .size = sizeof *cases, .buckets = negative, .bucket_count = 1 },
        { .size = sizeof *cases, .buckets = infinite, .bucket_count = 2 },
        { .size = sizeof *cases, .buckets = many, .bucket_count = SLM_SPAN_METRICS_BUCKETS_MAX + 1 },
        { .size = sizeof *cases, .names = SLM_SPAN_METRICS_NAMES_MAX + 1 },
        { .size = sizeof *cases, .prefix = "" },
        { .size = sizeof *cases, .prefix = "9lives" },
        { .size = sizeof *cases, .prefix = "a-b" },
        { .size = sizeof *cases,
          .prefix = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
    };
    slm_layer layer;
    slm_span_metrics *metrics = NULL;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cr_expect(eq(int, (int)slm_span_metrics_new(&cases[i], NULL, &layer, &metrics), SLM_ERR_INVALID_ARGUMENT),
                  "case %zu", i);
        cr_expect(zero(ptr, metrics));
    }
    slm_span_metrics_release(NULL);
}
