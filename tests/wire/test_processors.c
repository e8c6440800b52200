/* SPDX-License-Identifier: MIT */
/* Hooks on the way of a span: their order, what they may write, and when they go. */
#define SLM_TARGET "shed"
#include <spanloom/trace.h>

#include "tests/wire/custom.h"

#include <pthread.h>

struct hooks {
    char name;
    unsigned starts, ends, flushes, shutdowns;
    bool has_parent;
    slm_status flush_answer;
};

static char order[256]; /* of one thread */
static slm_span other;  /* what a hook may try to write to from elsewhere */

static void note(const struct hooks *h, char what)
{
    size_t len = strlen(order);
    if (len + 3 < sizeof order) {
        order[len] = h->name;
        order[len + 1] = what;
    }
}

static void *write_elsewhere(void *unused)
{
    SLM_SET(other, "elsewhere", true);
    return unused;
}

static void on_start(void *self, slm_span span, const slm_view *view)
{
    struct hooks *h = self;
    slm_span_context parent;
    h->starts++;
    h->has_parent = slm_view_parent(view, &parent);
    note(h, 's');
    SLM_SET(span, "started.by", (int)h->name);
}

static void on_ending(void *self, slm_span span, const slm_view *view)
{
    struct hooks *h = self;
    pthread_t thread;
    note(h, 'e');
    CHECK(slm_view_end_ns(view) != 0);
    SLM_SET(span, "ending", (int)h->name);
    other = span;
    CHECK_EQUAL(pthread_create(&thread, NULL, write_elsewhere, NULL), 0);
    (void)pthread_join(thread, NULL);
}

static void on_end(void *self, const slm_view *view)
{
    struct hooks *h = self;
    h->ends++;
    note(h, 'E');
    SLM_SET(slm_view_span(view), "too.late", true);
}

static slm_status flush(void *self, uint32_t timeout_ms)
{
    struct hooks *h = self;
    CHECK(timeout_ms > 0);
    h->flushes++;
    return h->flush_answer;
}

static void shut_down(void *self)
{
    ((struct hooks *)self)->shutdowns++;
}

static const slm_processor_ops ops = { .size = sizeof ops,
                                       .on_start = on_start,
                                       .on_ending = on_ending,
                                       .on_end = on_end,
                                       .flush = flush,
                                       .shutdown = shut_down };

/* What arrived. */
static char exported[512];

static slm_export_verdict export_spans(void *self, const slm_span_data *const *spans, size_t count,
                                       const slm_resource *resource, slm_export_call *call)
{
    (void)self, (void)resource, (void)call;
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(exported);
        snprintf(exported + len, sizeof exported - len, "%.*s", (int)spans[i]->name.len, spans[i]->name.data);
        for (uint32_t f = 0; f < spans[i]->field_count; f++) {
            len = strlen(exported);
            snprintf(exported + len, sizeof exported - len, " %.*s=%lld", (int)spans[i]->fields[f].key.len,
                     spans[i]->fields[f].key.data, (long long)spans[i]->fields[f].value.as.i);
        }
        len = strlen(exported);
        snprintf(exported + len, sizeof exported - len, ";");
    }
    return SLM_EXPORT_ACCEPTED;
}

static const slm_exporter_ops exporter = { .size = sizeof exporter, .export_spans = export_spans };

static void start(const slm_processor *processors, uint32_t count)
{
    const slm_pipeline_config pipeline = { .size = (uint32_t)sizeof pipeline, .custom = &exporter };
    slm_config config = SLM_CONFIG_INIT;
    config.pipelines = &pipeline;
    config.pipeline_count = 1;
    config.processors = processors;
    config.processor_count = count;
    order[0] = exported[0] = '\0';
    memset(order, 0, sizeof order);
    custom_start(&config);
}

static void hooks_come_in_order_and_write_while_they_may(void)
{
    struct hooks a = { .name = 'a' }, b = { .name = 'b' };
    const slm_processor processors[] = { { sizeof *processors, &ops, &a }, { sizeof *processors, &ops, &b } };
    start(processors, 2);
    uint64_t stale = slm_diagnostic_count(SLM_DIAG_STALE_SPAN);
    {
        SLM_SCOPE("outer");
        CHECK(!a.has_parent);
        slm_span inner = SLM_SPAN("inner");
        CHECK(a.has_parent);
        slm_span unseen = SLM_SPAN_AT(SLM_LEVEL_DEBUG, "unseen"); /* no pipeline takes it */
        slm_span_end(unseen);
        slm_span_end(inner);
    }
    CHECK(strcmp(order, "asbsasbsaebeaEbEaebeaEbE") == 0);
    CHECK_EQUAL(slm_diagnostic_count(SLM_DIAG_STALE_SPAN) - stale, 2 * 4);
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    CHECK(strcmp(exported, "inner started.by=98 ending=98;outer started.by=98 ending=98;") == 0);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    CHECK(a.shutdowns == 1 && b.shutdowns == 1);
    CHECK(a.flushes == 2 && b.flushes == 2);
    CHECK_EQUAL(custom_stats().delivered, 2);
}

static void what_a_flush_answers_is_told(void)
{
    struct hooks a = { .name = 'a', .flush_answer = SLM_ERR_TIMED_OUT };
    const slm_processor processor = { sizeof processor, &ops, &a };
    start(&processor, 1);
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_ERR_TIMED_OUT);
    a.flush_answer = SLM_OK;
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(a.shutdowns, 1);
}

static void one_that_makes_no_sense_is_refused(void)
{
    struct hooks a = { .name = 'a' };
    static const slm_processor_ops small = { .size = 4 };
    const slm_processor few[] = { { sizeof *few, &ops, &a }, { sizeof *few, &small, &a } };
    slm_processor many[SLM_PROCESSORS_MAX + 1];
    const slm_pipeline_config pipeline = { .size = (uint32_t)sizeof pipeline, .custom = &exporter };
    slm_config config = SLM_CONFIG_INIT;
    config.pipelines = &pipeline;
    config.pipeline_count = 1;
    config.processors = few;
    config.processor_count = 2;
    CHECK_EQUAL(slm_init(&config), SLM_ERR_INVALID_ARGUMENT);
    for (unsigned i = 0; i <= SLM_PROCESSORS_MAX; i++)
        many[i] = few[0];
    config.processors = many;
    config.processor_count = SLM_PROCESSORS_MAX + 1;
    CHECK_EQUAL(slm_init(&config), SLM_ERR_LIMIT);
    CHECK_EQUAL(a.shutdowns, 0);
}

static void counts_only(void *self, const slm_view *view)
{
    (void)view;
    atomic_fetch_add((_Atomic unsigned *)self, 1);
}

static void *trace(void *unused)
{
    for (unsigned i = 0; i < 2000; i++) {
        SLM_SCOPE("outer");
        slm_span_end(SLM_SPAN("inner"));
    }
    return unused;
}

static void they_are_called_amid_threads(void)
{
    enum { THREADS = 4 };
    static const slm_processor_ops counting = { .size = sizeof counting, .on_end = counts_only };
    _Atomic unsigned ends = 0;
    pthread_t threads[THREADS];
    const slm_processor processor = { sizeof processor, &counting, &ends };
    start(&processor, 1);
    for (unsigned i = 0; i < THREADS; i++)
        CHECK_EQUAL(pthread_create(&threads[i], NULL, trace, NULL), 0);
    for (unsigned i = 0; i < THREADS; i++)
        (void)pthread_join(threads[i], NULL);
    (void)slm_shutdown(AMPLE_MS);
    slm_pipeline_stats stats = custom_stats();
    CHECK_EQUAL(atomic_load(&ends), stats.ended);
}

int main(void)
{
    hooks_come_in_order_and_write_while_they_may();
    what_a_flush_answers_is_told();
    one_that_makes_no_sense_is_refused();
    they_are_called_amid_threads();
    return check_result();
}
