/* SPDX-License-Identifier: MIT */
/* Any set-up, amid threads that trace, ship, flush and fork while it is shut down: whatever becomes of a span, each
 * pipeline has it in one term of its ledger. The set-ups come from a fixed seed. */
#define SLM_TARGET "ledgers"
#include <spanloom/ship.h>
#include <spanloom/trace.h>

#include "tests/wire/custom.h"

#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS = CHECK_FORKS ? 24 : 12, THREADS = 3, TREES = 150, LATE_TREES = 20, SOON_MS = 100 };

static uint64_t state = 88172645463325252u;
static unsigned any(unsigned below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)(state % below);
}

static _Atomic(bool) stopped; /* by slm_shutdown() */

/* Each answers in its own way, which its number tells. */
static slm_export_verdict export_spans(void *self, const slm_span_data *const *spans, size_t count,
                                       const slm_resource *resource, slm_export_call *call)
{
    (void)resource, (void)spans;
    switch (*(const unsigned *)self) {
    case 1:
        call->rejected = count / 2;
        return SLM_EXPORT_PARTIAL;
    case 2:
        return SLM_EXPORT_FATAL;
    case 3:
        call->retry_after_ms = 1;
        return call->attempt < 3 ? SLM_EXPORT_RETRYABLE : SLM_EXPORT_ACCEPTED;
    case 4:
        return SLM_EXPORT_RETRYABLE;
    default:
        return SLM_EXPORT_ACCEPTED;
    }
}

static const slm_exporter_ops exporter = { .size = sizeof exporter, .export_spans = export_spans };

static void write_to(void *self, slm_span span, const slm_view *view)
{
    (void)self, (void)view;
    slm_span_set(span, slm_string_from_c("processed"), slm_value_u64(1));
    slm_span_end(SLM_SPAN("by the processor"));
}

static const slm_processor_ops processor = { .size = sizeof processor, .on_start = write_to, .on_ending = write_to };

static void trees(unsigned from, unsigned count)
{
    for (unsigned i = from; i < from + count; i++) {
        slm_span root = SLM_SPAN_WITH((.parent = SLM_ROOT), "root", ("k", i % 2));
        slm_token in = slm_enter(root);
        slm_span child = SLM_SPAN_AT(SLM_LEVEL_DEBUG, "child", ("i", i));
        slm_span other = SLM_SPAN_AT(SLM_LEVEL_WARN, "other");
        if (i % 5 == 0)
            slm_span_fail(other, 2, NULL);
        slm_span_end(other);
        slm_exit(in);
        if (i % 3 == 0)
            slm_span_end(child); /* else after its root */
        slm_span_end(root);
        if (i % 3 != 0)
            slm_span_end(child);
    }
}

static void ship(unsigned number)
{
    slm_span_data span;
    memset(&span, 0, sizeof span);
    span.size = (uint32_t)sizeof span;
    span.trace_id.bytes[0] = span.span_id.bytes[7] = 1;
    memcpy(span.span_id.bytes, &number, sizeof number);
    const slm_span_data *pointers[] = { &span, &span };
    (void)slm_ship(pointers, 2, NULL);
}

static bool adds_up(void)
{
    slm_stats now = { .size = (uint32_t)sizeof now };
    bool good = true;
    slm_stats_read(&now);
    for (uint32_t i = 0; i < now.pipeline_count; i++) {
        const slm_pipeline_stats *p = &now.pipelines[i];
        uint64_t sum = p->filtered + p->unsampled + p->held + p->queued + p->in_flight + p->delivered + p->rejected;
        for (unsigned reason = 0; reason < SLM_DROP_REASONS; reason++)
            sum += p->dropped[reason];
        good = good && sum == p->ended + p->shipped;
    }
    return good;
}

/* The library's thread may be at its last step after a timeout. */
static bool adds_up_in_the_end(void)
{
    for (unsigned tries = 0; !adds_up() && tries < 1000; tries++)
        (void)poll(NULL, 0, 10);
    return adds_up();
}

static void fork_one(void)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        trees(0, LATE_TREES);
        ship(1);
        (void)slm_shutdown(SOON_MS);
        trees(0, LATE_TREES);
        _exit(adds_up_in_the_end() ? 0 : 1);
    }
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    CHECK_EQUAL(status, 0);
}

static void *work(void *number)
{
    unsigned own = *(const unsigned *)number;
    slm_status flushed = SLM_OK;
    for (unsigned i = 0; i < TREES && !atomic_load(&stopped); i++) {
        trees(i, 4);
        if (i % 8 == own)
            ship(i);
        if (i % 16 == own)
            flushed = slm_flush(own);
        if (custom_by_host)
            slm_drive_step();
        if (CHECK_FORKS && own == 0 && i == TREES / 2)
            fork_one();
    }
    CHECK(flushed != SLM_ERR_INVALID_ARGUMENT);
    trees(0, LATE_TREES);
    return NULL;
}

static void set_up(const unsigned *numbers)
{
    static const char *const filters[] = { "trace", "info", "warn", "off", "info,[{k=1}]=debug" };
    static const uint32_t queues[] = { 16, 64, 2048 };
    slm_pipeline_config pipelines[SLM_PIPELINES_MAX];
    const slm_processor processors[] = { { (uint32_t)sizeof *processors, &processor, NULL },
                                         { (uint32_t)sizeof *processors, &processor, NULL } };
    slm_config config = SLM_CONFIG_INIT;
    config.pipelines = pipelines;
    config.pipeline_count = 1 + any(SLM_PIPELINES_MAX);
    for (uint32_t i = 0; i < config.pipeline_count; i++)
        pipelines[i] = (slm_pipeline_config){ .size = (uint32_t)sizeof *pipelines,
                                              .custom = &exporter,
                                              .custom_self = (void *)(uintptr_t)&numbers[any(6)],
                                              .filter = filters[any(5)],
                                              .processing = any(4) == 0 ? SLM_PROCESSING_SIMPLE : SLM_PROCESSING_BATCH,
                                              .queue_spans = queues[any(3)] };
    config.processors = processors;
    config.processor_count = any(3);
    config.tail_slow_ms = any(2) * 1000;
    config.tail_spans = 1 + any(40);
    config.tail_trace_spans = 1 + any(4);
    config.schedule_delay_ms = 1 + any(20);
    custom_by_host = any(2) == 0;
    config.drive = custom_by_host ? SLM_DRIVE_HOST : SLM_DRIVE_THREAD;
    custom_start(&config);
}

static void one_round(void)
{
    static const unsigned numbers[] = { 0, 1, 2, 3, 4, 5 };
    static const uint32_t timeouts[] = { 0, 20, SOON_MS };
    pthread_t threads[THREADS];
    set_up(numbers);
    atomic_store(&stopped, false);
    for (unsigned i = 0; i < THREADS; i++)
        CHECK_EQUAL(pthread_create(&threads[i], NULL, work, (void *)(uintptr_t)&numbers[i]), 0);
    trees(0, any(200));
    if (any(3) == 0)
        for (unsigned i = 0; i < THREADS; i++)
            (void)pthread_join(threads[i], NULL);
    else
        atomic_store(&stopped, true);
    (void)slm_shutdown(timeouts[any(3)]);
    if (atomic_load(&stopped))
        for (unsigned i = 0; i < THREADS; i++)
            (void)pthread_join(threads[i], NULL);
    CHECK(adds_up_in_the_end());
}

/* -- a step that outlasts a shutdown --------------------------------------------------------------------------------
 */

static sem_t entered, released;

static slm_export_verdict outlast(void *self, const slm_span_data *const *spans, size_t count,
                                  const slm_resource *resource, slm_export_call *call)
{
    (void)self, (void)spans, (void)count, (void)resource, (void)call;
    (void)sem_post(&entered);
    (void)sem_wait(&released);
    return SLM_EXPORT_RETRYABLE;
}

static void *step_once(void *unused)
{
    slm_drive_step();
    return unused;
}

/* Under the host's drive nobody may step after slm_shutdown(): the step that was under way is the last. */
static void a_step_that_outlasts_a_shutdown_ends_it(void)
{
    static const slm_exporter_ops outlasting = { .size = sizeof outlasting, .export_spans = outlast };
    static const unsigned number = 0;
    pthread_t thread;
    (void)sem_init(&entered, 0, 0);
    (void)sem_init(&released, 0, 0);
    custom_by_host = true;
    custom_start_one(&outlasting, NULL, 1);
    slm_span_end(SLM_SPAN("held up"));
    slm_span_end(SLM_SPAN("behind it"));
    CHECK_EQUAL(pthread_create(&thread, NULL, step_once, NULL), 0);
    (void)sem_wait(&entered);
    CHECK_EQUAL(slm_shutdown(1), SLM_ERR_TIMED_OUT);
    for (unsigned i = 0; i < 8; i++)
        (void)sem_post(&released);
    (void)pthread_join(thread, NULL);
    CHECK(adds_up());
    const slm_pipeline_config pipeline = { .size = sizeof pipeline,
                                           .custom = &exporter,
                                           .custom_self = (void *)(uintptr_t)&number };
    slm_config config = SLM_CONFIG_INIT;
    config.pipelines = &pipeline;
    config.pipeline_count = 1;
    CHECK_EQUAL(slm_init(&config), SLM_OK);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
}

int main(void)
{
    a_step_that_outlasts_a_shutdown_ends_it();
    for (unsigned round = 0; round < ROUNDS; round++)
        one_round();
    return check_result();
}
