/* SPDX-License-Identifier: MIT */
/* An exporter of the host's: every verdict it may give, slow ones, ones that trace, and what becomes of each span. */
#define SLM_TARGET "shed"
#include <spanloom/trace.h>

#include "tests/wire/custom.h"

#include <pthread.h>
#include <semaphore.h>
#include <time.h>

enum { ATTEMPTS_MAX = 8 };

/* An exporter that answers as its script says, and the last line for ever. */
struct script {
    struct {
        slm_export_verdict verdict;
        uint64_t rejected;
        uint32_t retry_after_ms;
    } lines[3];
    unsigned line_count;
    bool traces;
    sem_t *entered, *released; /* or NULL */

    unsigned calls, flushes, shutdowns;
    unsigned attempt, most_attempts;
    size_t spans;
    slm_status inside_flush, inside_shutdown, flush_answer;
    char order[64];
    char name[32];
    bool has_service;
    uint32_t timeout_ms;
};

static void note(struct script *s, char what)
{
    size_t len = strlen(s->order);
    if (len + 1 < sizeof s->order)
        s->order[len] = what;
}

static slm_export_verdict export_spans(void *self, const slm_span_data *const *spans, size_t count,
                                       const slm_resource *resource, slm_export_call *call)
{
    struct script *s = self;
    unsigned line = s->calls < s->line_count ? s->calls : s->line_count - 1;
    s->calls++;
    s->spans += count;
    s->timeout_ms = call->timeout_ms;
    s->most_attempts = call->attempt > s->most_attempts ? call->attempt : s->most_attempts;
    snprintf(s->name, sizeof s->name, "%.*s", (int)spans[0]->name.len, spans[0]->name.data);
    for (uint32_t i = 0; i < resource->field_count; i++)
        s->has_service |= slm_string_equal(resource->fields[i].key, slm_string_from_c("service.name"));
    note(s, 'e');
    if (s->traces) {
        SLM_SCOPE("within the exporter");
        SLM_ERROR("and an event");
        s->inside_flush = slm_flush(AMPLE_MS);
        s->inside_shutdown = slm_shutdown(AMPLE_MS);
    }
    if (s->entered) {
        (void)sem_post(s->entered);
        (void)sem_wait(s->released);
    }
    call->rejected = s->lines[line].rejected;
    call->retry_after_ms = s->lines[line].retry_after_ms;
    snprintf(call->reason, sizeof call->reason, "line %u\nof the script", line);
    return s->lines[line].verdict;
}

static slm_status flush(void *self, uint32_t timeout_ms)
{
    struct script *s = self;
    (void)timeout_ms;
    s->flushes++;
    note(s, 'f');
    return s->flush_answer;
}

static void shut_down(void *self, uint32_t timeout_ms)
{
    struct script *s = self;
    (void)timeout_ms;
    s->shutdowns++;
    note(s, 's');
}

static const slm_exporter_ops ops = {
    .size = sizeof ops, .export_spans = export_spans, .flush = flush, .shutdown = shut_down
};

static void shave(unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        slm_span_end(SLM_SPAN("shave", ("yak", i)));
}

static const struct {
    const char *why;
    struct script script;
    unsigned spans, calls, attempts;
    uint64_t delivered, rejected, unreachable;
    slm_status flushed, shut_down;
} cases[] = {
    { "accepted", { .lines = { { SLM_EXPORT_ACCEPTED, 7, 0 } }, .line_count = 1 }, 5, 1, 1, 5, 0, 0, SLM_OK, SLM_OK },
    { "partial",
      { .lines = { { SLM_EXPORT_PARTIAL, 2, 0 } }, .line_count = 1 },
      5,
      1,
      1,
      3,
      2,
      0,
      SLM_ERR_UNDELIVERED,
      SLM_OK },
    { "partial, of none",
      { .lines = { { SLM_EXPORT_PARTIAL, 0, 0 } }, .line_count = 1 },
      5,
      1,
      1,
      5,
      0,
      0,
      SLM_OK,
      SLM_OK },
    { "partial, more than there are",
      { .lines = { { SLM_EXPORT_PARTIAL, UINT64_MAX, 0 } }, .line_count = 1 },
      5,
      1,
      1,
      0,
      5,
      0,
      SLM_ERR_UNDELIVERED,
      SLM_OK },
    { "retryable twice",
      { .lines = { { SLM_EXPORT_RETRYABLE, 0, 1 }, { SLM_EXPORT_RETRYABLE, 0, 1 }, { SLM_EXPORT_ACCEPTED, 0, 0 } },
        .line_count = 3 },
      5,
      3,
      3,
      5,
      0,
      0,
      SLM_OK,
      SLM_OK },
    { "retryable, then refused",
      { .lines = { { SLM_EXPORT_RETRYABLE, 0, 1 }, { SLM_EXPORT_FATAL, 0, 0 } }, .line_count = 2 },
      5,
      2,
      2,
      0,
      5,
      0,
      SLM_ERR_UNDELIVERED,
      SLM_OK },
    { "fatal",
      { .lines = { { SLM_EXPORT_FATAL, 0, 0 } }, .line_count = 1 },
      5,
      1,
      1,
      0,
      5,
      0,
      SLM_ERR_UNDELIVERED,
      SLM_OK },
    { "no verdict that there is",
      { .lines = { { (slm_export_verdict)77, 0, 0 } }, .line_count = 1 },
      5,
      1,
      1,
      0,
      5,
      0,
      SLM_ERR_UNDELIVERED,
      SLM_OK },
};

static void each_verdict_has_its_term(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int failures = atomic_load(&check_failures);
        struct script s = cases[i].script;
        custom_start_one(&ops, &s, 0);
        shave(cases[i].spans);
        CHECK_EQUAL(slm_flush(AMPLE_MS), cases[i].flushed);
        CHECK_EQUAL(slm_shutdown(AMPLE_MS), cases[i].shut_down);
        slm_pipeline_stats stats = custom_stats();
        CHECK_EQUAL(stats.delivered, cases[i].delivered);
        CHECK_EQUAL(stats.rejected, cases[i].rejected);
        CHECK_EQUAL(s.calls, cases[i].calls);
        CHECK_EQUAL(s.most_attempts, cases[i].attempts);
        CHECK(s.has_service && strcmp(s.name, "shave") == 0);
        CHECK_EQUAL(s.shutdowns, 1);
        CHECK(s.order[strlen(s.order) - 1] == 's');
        if (atomic_load(&check_failures) != failures)
            fprintf(stderr, "in the case: %s\n", cases[i].why);
    }
}

static void what_is_never_taken_is_dropped_at_the_end(void)
{
    struct script s = { .lines = { { SLM_EXPORT_RETRYABLE, 0, 3600 * 1000 } }, .line_count = 1 };
    custom_start_one(&ops, &s, 0);
    shave(5);
    CHECK_EQUAL(slm_flush(50), SLM_ERR_TIMED_OUT);
    CHECK_EQUAL(slm_shutdown(50), SLM_ERR_UNDELIVERED);
    CHECK_EQUAL(custom_stats().dropped[SLM_DROP_UNREACHABLE], 5);
    CHECK_EQUAL(s.calls, 1);
    CHECK_EQUAL(s.shutdowns, 1);
}

/* A pause of its own: the second attempt comes by the back-off of 0.8 s at least, or at once if a flush asks for it. */
static void without_a_wish_it_backs_off_until_a_flush(void)
{
    struct script s = { .lines = { { SLM_EXPORT_RETRYABLE, 0, 0 }, { SLM_EXPORT_ACCEPTED, 0, 0 } }, .line_count = 2 };
    custom_start_one(&ops, &s, 0);
    shave(3);
    slm_status status;
    do
        status = slm_flush(10);
    while (status == SLM_ERR_TIMED_OUT);
    CHECK_EQUAL(status, SLM_OK);
    CHECK_EQUAL(s.most_attempts, 2);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(custom_stats().delivered, 3);
}

static void a_flush_reaches_the_exporter_after_the_spans(void)
{
    struct script s = { .lines = { { SLM_EXPORT_ACCEPTED, 0, 0 } }, .line_count = 1 };
    custom_start_one(&ops, &s, 2);
    shave(5);
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(s.flushes, 1);
    CHECK_EQUAL(s.spans, 5);
    CHECK(strcmp(s.order, "eeef") == 0);
    s.flush_answer = SLM_ERR_SYSTEM; /* is told, and no more */
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    CHECK(strcmp(s.order, "eeefffs") == 0);
}

static void what_it_traces_is_not_exported(void)
{
    struct script s = { .lines = { { SLM_EXPORT_ACCEPTED, 0, 0 } }, .line_count = 1, .traces = true };
    custom_start_one(&ops, &s, 0);
    shave(3);
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(s.inside_flush, SLM_ERR_INVALID_ARGUMENT);
    CHECK_EQUAL(s.inside_shutdown, SLM_ERR_INVALID_ARGUMENT);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(s.spans, 3);
    CHECK_EQUAL(custom_stats().ended, 3);
}

static uint64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* It is held until after the shutdown: neither those who trace wait for it, nor those who flush beyond their time. */
static void nobody_waits_for_a_slow_one(void)
{
    static sem_t entered, released;
    static struct script s = { .lines = { { SLM_EXPORT_ACCEPTED, 0, 0 } }, .line_count = 1 };
    (void)sem_init(&entered, 0, 0);
    (void)sem_init(&released, 0, 0);
    s.entered = &entered;
    s.released = &released;
    custom_start_one(&ops, &s, 2);
    shave(2);
    CHECK_EQUAL(slm_flush(0), SLM_ERR_TIMED_OUT);
    (void)sem_wait(&entered);
    uint64_t began = now_ms();
    shave(1000);
    CHECK_EQUAL(slm_flush(20), SLM_ERR_TIMED_OUT);
    CHECK_EQUAL(slm_shutdown(50), SLM_ERR_TIMED_OUT);
    CHECK(now_ms() - began < 1500);
    for (unsigned i = 0; i < 1000; i++)
        (void)sem_post(&released);
    custom_start_one(&ops, &s, 0); /* waits for the thread to be done */
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(s.shutdowns, 2);
    (void)custom_stats();
}

/* Threads that trace, and flushes, against an exporter that refuses, delays and takes in turn. */
static void *trace(void *unused)
{
    (void)unused;
    for (unsigned i = 0; i < 500; i++) {
        shave(1);
        if (i % 100 == 0)
            CHECK(slm_flush(AMPLE_MS) != SLM_ERR_TIMED_OUT);
    }
    return NULL;
}

static void all_is_counted_amid_threads(void)
{
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    struct script s = {
        .lines = { { SLM_EXPORT_RETRYABLE, 0, 1 }, { SLM_EXPORT_FATAL, 0, 0 }, { SLM_EXPORT_PARTIAL, 1, 0 } },
        .line_count = 3
    };
    custom_start_one(&ops, &s, 16);
    for (unsigned i = 0; i < THREADS; i++)
        CHECK_EQUAL(pthread_create(&threads[i], NULL, trace, NULL), 0);
    for (unsigned i = 0; i < THREADS; i++)
        (void)pthread_join(threads[i], NULL);
    (void)slm_shutdown(AMPLE_MS);
    slm_pipeline_stats stats = custom_stats();
    CHECK_EQUAL(stats.ended, THREADS * 500);
    CHECK_EQUAL(stats.queued, 0);
    CHECK_EQUAL(stats.delivered + stats.rejected + stats.dropped[SLM_DROP_QUEUE_FULL], THREADS * 500);
}

static void one_that_does_nothing_takes_all(void)
{
    static const slm_exporter_ops none = { .size = sizeof none };
    custom_start_one(&none, NULL, 0);
    shave(4);
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(custom_stats().delivered, 4);
}

int main(int argc, char **argv)
{
    custom_by_host = argc > 1 && strcmp(argv[1], "host") == 0;
    each_verdict_has_its_term();
    what_is_never_taken_is_dropped_at_the_end();
    without_a_wish_it_backs_off_until_a_flush();
    a_flush_reaches_the_exporter_after_the_spans();
    what_it_traces_is_not_exported();
    if (!custom_by_host) /* there it is the host that is held */
        nobody_waits_for_a_slow_one();
    all_is_counted_amid_threads();
    one_that_does_nothing_takes_all();
    return check_result();
}
