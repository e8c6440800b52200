/* SPDX-License-Identifier: MIT */
/* Threads that misuse each other's spans, tokens, contexts and tasks, all the time: whatever comes first, nobody's
 * place is changed by another, every span ends once, and nothing stays. Each case is told, so that names are looked up
 * while the records change hands. */
#include <spanloom/task.h>

#include "tests/stress/stress.h"

enum { THREADS = 4, TURNS = 6000, KINDS = 7 };

static stress_consumer consumer;
static pthread_barrier_t barrier;
static _Atomic(uint64_t) heard[SLM_DIAGNOSTIC_KINDS];

/* What each thread shows to the others. */
static struct {
    _Atomic(uint64_t) token, span, context, task;
} shown[THREADS];

static void hear(void *user, slm_diagnostic_kind kind, const char *message)
{
    (void)user;
    CHECK(strlen(message) > 20);
    atomic_fetch_add(&heard[kind], 1);
}

static uint64_t next(uint64_t *random)
{
    *random = *random * 6364136223846793005u + 1442695040888963407u;
    return *random >> 33;
}

static void exits(unsigned own, unsigned other)
{
    slm_span span = SLM_SPAN("entered");
    slm_token token = slm_enter(span);
    atomic_store(&shown[own].token, token.id);
    sched_yield(); /* the others may find it entered */
    slm_exit((slm_token){ atomic_load(&shown[other].token) });
    CHECK_EQUAL(slm_current().id, span.id);
    slm_exit(token);
    slm_exit(token);
    slm_span_end(span);
}

static void ends(unsigned own, unsigned other)
{
    slm_span span = SLM_SPAN("ended"), theirs = { atomic_load(&shown[other].span) };
    atomic_store(&shown[own].span, span.id);
    slm_token token = slm_enter(theirs); /* open or stale */
    SLM_SET(theirs, "set", 1);
    slm_span_end(theirs);
    slm_exit(token);
    slm_span_end(SLM_SPAN_WITH((.parent = slm_under(theirs)), "child"));
    slm_span_end(span);
    slm_span_end(span);
}

static void ends_scopes(unsigned own, unsigned other)
{
    SLM_SCOPE_AS(scope, "scope");
    atomic_store(&shown[own].span, scope.id);
    sched_yield();
    slm_span_end((slm_span){ atomic_load(&shown[other].span) });
    CHECK_EQUAL(slm_current().id, scope.id);
}

static void releases(unsigned own, unsigned other)
{
    SLM_SCOPE("captured");
    slm_context context = slm_context_capture();
    slm_context theirs = { atomic_load(&shown[other].context) };
    atomic_store(&shown[own].context, context.id);
    sched_yield();
    slm_token token = slm_context_attach(&theirs);
    SLM_INFO("in theirs, or in our own");
    slm_context_detach(token);
    slm_context_release(&theirs);
    slm_context_release(&context);
}

static void runs(unsigned own, unsigned other)
{
    slm_task task = SLM_TASK("task");
    slm_run mine = slm_task_run(task);
    atomic_store(&shown[own].span, task.span.id);
    atomic_store(&shown[own].task, task.id);
    slm_task theirs = { { atomic_load(&shown[other].span) }, atomic_load(&shown[other].task) };
    slm_run run = slm_task_run(theirs);
    slm_task_end(theirs);
    slm_task_yield(run);
    slm_task_end(task);
    slm_task_end(task);
    slm_task_yield(mine);
    slm_task_yield(mine);
}

static void swaps(unsigned own, unsigned other)
{
    slm_context_slot slot = { 0 };
    (void)own;
    (void)other;
    slm_context_swap(&slot);
    slm_span span = SLM_SPAN("suspended");
    (void)slm_enter(span);
    slm_context_swap(&slot);
    slm_context_slot copy = slot;
    slm_context_abandon(&slot);
    slm_context_swap(&copy);
    CHECK_EQUAL(slm_current().id, 0);
    slm_context_swap(&copy);
    slm_span_end(span);
}

static void forgets(unsigned own, unsigned other)
{
    slm_span span = SLM_SPAN("forgotten");
    slm_token token = slm_enter(span);
    (void)slm_enter((slm_span){ atomic_load(&shown[other].span) });
    (void)own;
    slm_exit(token);
    slm_span_end(span);
}

static void *misuse(void *argument)
{
    static void (*const all[KINDS])(unsigned, unsigned) = { exits, ends, ends_scopes, releases, runs, swaps, forgets };
    unsigned own = (unsigned)(uintptr_t)argument;
    uint64_t random = own;
    pthread_barrier_wait(&barrier);
    for (unsigned i = 0; i < TURNS; i++) {
        unsigned other = (own + 1 + (unsigned)next(&random) % (THREADS - 1)) % THREADS;
        all[next(&random) % KINDS](own, other);
        CHECK_EQUAL(slm_current().id, 0);
    }
    return NULL;
}

int main(void)
{
    static const slm_diagnostic_kind all[] = { SLM_DIAG_STALE_SPAN,   SLM_DIAG_ENDED_INSIDE, SLM_DIAG_EXIT_ORDER,
                                               SLM_DIAG_EXIT_TWICE,   SLM_DIAG_EXIT_THREAD,  SLM_DIAG_PARENT_GONE,
                                               SLM_DIAG_CONTEXT_TWICE };
    pthread_t threads[THREADS];
    stress_open(&consumer, NULL, NULL);
    stress_install(NULL, 0);
    stress_start(&consumer);
    slm_set_diagnostic_handler(hear, NULL);
    slm_set_diagnostic_interval(0);
    CHECK_EQUAL(pthread_barrier_init(&barrier, NULL, THREADS), 0);
    for (unsigned i = 0; i < THREADS; i++)
        CHECK_EQUAL(pthread_create(&threads[i], NULL, misuse, (void *)(uintptr_t)i), 0);
    for (unsigned i = 0; i < THREADS; i++)
        CHECK_EQUAL(pthread_join(threads[i], NULL), 0);
    stress_stop(&consumer);
    stress_check_idle(1);
    /* Of cases at the same instant one is told. */
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        CHECK(atomic_load(&heard[all[i]]) > 0 && atomic_load(&heard[all[i]]) <= slm_diagnostic_count(all[i]));
    slm_task_totals totals = { .size = sizeof totals };
    slm_task_totals_read(&totals);
    CHECK_EQUAL(totals.running, 0);
    stress_close(&consumer);
    return 0;
}
