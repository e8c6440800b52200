/* SPDX-License-Identifier: MIT */
/* Tail keep through the shared libraries: which trees an exporter gets, and where the others went. Times are given, so
 * that none depends on the machine's. */
#define SLM_TARGET "tail"
#include <spanloom/context.h>
#include <spanloom/propagation.h>
#include <spanloom/trace.h>

#include "tests/wire/custom.h"

#include <pthread.h>
#include <stdlib.h>

enum { SLOW_MS = 100, SPANS = 64 };

#define FROM UINT64_C(1700000000000000000)

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static char names[4096]; /* of what was exported, since the last look */
static size_t exported;

static slm_export_verdict keep_names(void *self, const slm_span_data *const *spans, size_t count,
                                     const slm_resource *resource, slm_export_call *call)
{
    (void)self;
    (void)resource;
    (void)call;
    pthread_mutex_lock(&mutex);
    for (size_t i = 0; i < count; i++) {
        size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, "%.*s ", (int)spans[i]->name.len, spans[i]->name.data);
    }
    exported += count;
    pthread_mutex_unlock(&mutex);
    return SLM_EXPORT_ACCEPTED;
}

static const slm_exporter_ops ops = { .size = sizeof ops, .export_spans = keep_names };

static void start(uint32_t hold_ms, uint32_t schedule_ms)
{
    const slm_pipeline_config pipeline = { .size = (uint32_t)sizeof pipeline, .custom = &ops };
    slm_config config = SLM_CONFIG_INIT;
    config.pipelines = &pipeline;
    config.pipeline_count = 1;
    config.tail_slow_ms = SLOW_MS;
    config.tail_hold_ms = hold_ms;
    config.tail_spans = SPANS;
    config.tail_trace_spans = SPANS / 2;
    config.schedule_delay_ms = schedule_ms;
    custom_start(&config);
}

static const char *got(void)
{
    static char text[sizeof names];
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    pthread_mutex_lock(&mutex);
    memcpy(text, names, sizeof text);
    names[0] = '\0';
    pthread_mutex_unlock(&mutex);
    return text;
}

#define GOT(want) CHECK(strcmp(got(), want) == 0)

static void end_after(slm_span span, uint64_t ms)
{
    slm_span_end_at(span, FROM + ms * 1000000);
}

/* A root that takes so long, with a child that fails or not. */
static void tree(slm_parent under, uint64_t root_ms, bool fails)
{
    slm_span root = SLM_SPAN_WITH((.parent = under, .start_ns = FROM), "root");
    slm_span child = SLM_SPAN_WITH((.parent = slm_under(root), .start_ns = FROM), "child");
    if (fails)
        slm_span_set_status(child, SLM_SPAN_ERROR, "it did not work");
    end_after(child, 1);
    end_after(root, root_ms);
}

static void trees_are_kept_if_slow_failed_or_expected(void)
{
    slm_span_context sampled = { .flags = SLM_FLAG_SAMPLED }, not_sampled = { .flags = 0 };
    memset(sampled.trace_id.bytes, 7, sizeof sampled.trace_id.bytes);
    memset(sampled.span_id.bytes, 7, sizeof sampled.span_id.bytes);
    memset(not_sampled.trace_id.bytes, 8, sizeof not_sampled.trace_id.bytes);
    memset(not_sampled.span_id.bytes, 8, sizeof not_sampled.span_id.bytes);
    start(0, 0);
    tree(SLM_ROOT, SLOW_MS - 1, false);
    GOT("");
    tree(SLM_ROOT, SLOW_MS, false);
    GOT("child root ");
    tree(SLM_ROOT, 1, true);
    GOT("child root ");
    tree(slm_under_remote(&sampled), 1, false);
    GOT("child root ");
    tree(slm_under_remote(&not_sampled), SLOW_MS, true); /* as its head decided */
    GOT("");
    slm_pipeline_stats stats = custom_stats();
    CHECK_EQUAL(stats.dropped[SLM_DROP_TAIL], 2);
    CHECK_EQUAL(stats.delivered, 6);
    CHECK_EQUAL(stats.unsampled, 2);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
}

static void what_is_open_is_held_and_goes_at_the_end(void)
{
    start(0, 0);
    slm_span root = SLM_SPAN_WITH((.start_ns = FROM), "root");
    slm_span child = SLM_SPAN_WITH((.parent = slm_under(root)), "child");
    slm_span_end(child);
    GOT("");
    slm_pipeline_stats stats = custom_stats();
    CHECK_EQUAL(stats.held, 1);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    CHECK(strcmp(names, "child ") == 0);
    names[0] = '\0';
    slm_span_end(root);
}

static void what_is_held_too_long_goes_as_its_head_decided(void)
{
    start(20, 10);
    slm_span root = SLM_SPAN("root");
    slm_span child = SLM_SPAN_WITH((.parent = slm_under(root)), "child");
    slm_span_end(child);
    size_t before = exported, have = before;
    while (have == before) {
        sched_yield();
        pthread_mutex_lock(&mutex);
        have = exported;
        pthread_mutex_unlock(&mutex);
    }
    slm_span_end(root); /* at once, and so neither slow nor failed: it goes with its child */
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    CHECK(strcmp(names, "child root ") == 0);
    names[0] = '\0';
}

static void *many_trees(void *unused)
{
    (void)unused;
    for (unsigned i = 0; i < 2000; i++)
        tree(SLM_ROOT, i % 10 == 0 ? SLOW_MS : 1, false);
    return NULL;
}

static void of_many_threads_every_span_is_accounted_for(void)
{
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    start(0, 0);
    exported = 0;
    for (int i = 0; i < THREADS; i++)
        CHECK_EQUAL(pthread_create(&threads[i], NULL, many_trees, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    slm_status flushed = slm_flush(AMPLE_MS);
    CHECK(flushed == SLM_OK || flushed == SLM_ERR_UNDELIVERED); /* the queue may have been full */
    (void)slm_shutdown(AMPLE_MS);
    slm_pipeline_stats stats = custom_stats();
    CHECK_EQUAL(stats.held, 0);
    CHECK_EQUAL(stats.delivered, exported);
    CHECK(stats.delivered + stats.dropped[SLM_DROP_TAIL] + stats.dropped[SLM_DROP_QUEUE_FULL] == stats.ended);
    CHECK(stats.dropped[SLM_DROP_TAIL] > stats.delivered);
    names[0] = '\0';
}

static void the_environment_asks_for_it_too(void)
{
    const slm_pipeline_config pipeline = { .size = (uint32_t)sizeof pipeline, .custom = &ops };
    slm_config config = SLM_CONFIG_INIT;
    config.pipelines = &pipeline;
    config.pipeline_count = 1;
    setenv("SPANLOOM_TAIL_SLOW", "50", 1);
    custom_start(&config);
    tree(SLM_ROOT, 49, false);
    GOT("");
    tree(SLM_ROOT, 50, false);
    GOT("child root ");
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    unsetenv("SPANLOOM_TAIL_SLOW");
}

int main(void)
{
    trees_are_kept_if_slow_failed_or_expected();
    what_is_open_is_held_and_goes_at_the_end();
    what_is_held_too_long_goes_as_its_head_decided();
    of_many_threads_every_span_is_accounted_for();
    the_environment_asks_for_it_too();
    return check_result();
}
