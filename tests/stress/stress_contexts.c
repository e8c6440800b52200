/* SPDX-License-Identifier: MIT */
/* Contexts on many threads, and coroutines made by hand: what is captured stays a parent after its span has ended, a
 * second release is counted, and a coroutine keeps what it entered wherever it is resumed. */
#include <ucontext.h>

#include "tests/stress/stress.h"

enum { THREADS = 4, TURNS = 4000, COROUTINES = 16, STEPS = 40, STACK = 256 * 1024 };

enum { COROUTINES_RUN = !STRESS_SANITIZED, SCHEDULERS = 2 };

static stress_consumer consumer;
static uint64_t right, wrong; /* the consumer's */

static void see(const slm_span_data *span, void *user)
{
    (void)user;
    if (!stress_named(span, "work"))
        return;
    if (stress_id(span->parent_span_id) == stress_number(span, "parent"))
        right++;
    else
        wrong++;
}

static uint64_t current_id(void)
{
    slm_span_context context;
    return slm_current_context(&context) ? stress_id(context.span_id) : 0;
}

/* -- one context, many threads
 * ------------------------------------------------------------------------------------------ */

static slm_context shared;
static uint64_t shared_id;
static slm_span shared_span;
static _Atomic(uint64_t) twice;

static void *attach(void *user)
{
    (void)user;
    for (unsigned i = 0; i < TURNS; i++) {
        while (slmi_pool_in_use() > slmi_the_pool.records / 2)
            sched_yield();
        slm_context mine = slm_context_capture();
        CHECK_EQUAL(mine.id, 0);
        slm_token token = slm_context_attach(&shared);
        CHECK_EQUAL(current_id(), shared_id);
        mine = slm_context_capture();
        slm_span work = SLM_SPAN("work", ("parent", shared_id));
        slm_span_end(work);
        slm_context_detach(token);
        CHECK_EQUAL(current_id(), 0);

        slm_span other = SLM_SPAN_WITH((.parent = slm_under_context(&mine)), "work", ("parent", shared_id));
        slm_span_end(other);
        slm_context copy = mine;
        slm_context_release(&mine);
        CHECK_EQUAL(mine.id, 0);
        slm_context_release(&mine);
        slm_context_release(&copy);
        atomic_fetch_add(&twice, 1);
        if (i == TURNS / 2 && user)
            slm_span_end(shared_span);
    }
    return NULL;
}

/* -- coroutines
 * ----------------------------------------------------------------------------------------------------------- */

struct coroutine {
    ucontext_t own, resumer;
    slm_context_slot slot;
    unsigned steps;
    bool ended;
    char *stack;
};

static struct coroutine coroutines[COROUTINES];
static _Atomic(unsigned) whose; /* schedulers take turns, so that each coroutine is resumed by one after the other */

static void pause_here(struct coroutine *c)
{
    swapcontext(&c->own, &c->resumer);
}

static void step(struct coroutine *c, slm_span outer)
{
    SLM_SCOPE_AS(inner, "inner");
    CHECK(slm_current().id == inner.id);
    pause_here(c);
    CHECK(slm_current().id == inner.id);
    {
        SLM_ENTER(outer);
        pause_here(c);
        CHECK(slm_current().id == outer.id);
        slm_span work = SLM_SPAN("work", ("parent", current_id()));
        slm_span_end(work);
    }
    CHECK(slm_current().id == inner.id);
}

static void body(unsigned at)
{
    struct coroutine *c = &coroutines[at];
    {
        SLM_SCOPE_AS(outer, "outer");
        for (; c->steps < STEPS; c->steps++) {
            step(c, outer);
            CHECK(slm_current().id == outer.id);
        }
    }
    CHECK_EQUAL(slm_current().id, 0);
    c->ended = true;
    pause_here(c);
}

static void resume(struct coroutine *c)
{
    slm_context_swap(&c->slot);
    swapcontext(&c->resumer, &c->own);
    slm_context_swap(&c->slot);
}

static void make(unsigned at)
{
    struct coroutine *c = &coroutines[at];
    c->stack = malloc(STACK);
    CHECK(c->stack != NULL && getcontext(&c->own) == 0);
    c->own.uc_stack.ss_sp = c->stack;
    c->own.uc_stack.ss_size = STACK;
    makecontext(&c->own, (void (*)(void))body, 1, at);
}

/* Under a span of its own, which stays current in between. */
static void *schedule(void *user)
{
    unsigned self = (unsigned)(uintptr_t)user;
    for (bool left = true; left;) {
        SLM_SCOPE_AS(scheduler, "scheduler");
        left = false;
        while (atomic_load(&whose) % SCHEDULERS != self)
            sched_yield();
        for (unsigned i = 0; i < COROUTINES; i++) {
            struct coroutine *c = &coroutines[i];
            if (c->ended)
                continue;
            left = true;
            resume(c);
            CHECK(slm_current().id == scheduler.id);
        }
        atomic_fetch_add(&whose, 1);
    }
    return NULL;
}

int main(void)
{
    stress_open(&consumer, see, NULL);
    stress_install(NULL, 0);
    stress_start(&consumer);
    shared_span = SLM_SPAN("shared");
    slm_token token = slm_enter(shared_span);
    shared = slm_context_capture();
    shared_id = current_id();
    slm_exit(token);
    pthread_t threads[THREADS];
    for (unsigned i = 0; i < THREADS; i++)
        CHECK_EQUAL(pthread_create(&threads[i], NULL, attach, (void *)(uintptr_t)(i == 0)), 0);
    for (unsigned i = 0; i < THREADS; i++)
        CHECK_EQUAL(pthread_join(threads[i], NULL), 0);
    slm_context_release(&shared);
    uint64_t works = 2u * THREADS * TURNS;

    if (COROUTINES_RUN) {
        for (unsigned i = 0; i < COROUTINES; i++)
            make(i);
        for (unsigned i = 0; i < SCHEDULERS; i++)
            CHECK_EQUAL(pthread_create(&threads[i], NULL, schedule, (void *)(uintptr_t)i), 0);
        for (unsigned i = 0; i < SCHEDULERS; i++)
            CHECK_EQUAL(pthread_join(threads[i], NULL), 0);
        for (unsigned i = 0; i < COROUTINES; i++)
            free(coroutines[i].stack);
        works += COROUTINES * STEPS;
    }
    stress_stop(&consumer);
    CHECK_EQUAL(right, works);
    CHECK_EQUAL(wrong, 0);
    stress_check_idle(1);
    CHECK_EQUAL(slm_diagnostic_count(SLM_DIAG_CONTEXT_TWICE), twice);
    CHECK_EQUAL(slm_diagnostic_count(SLM_DIAG_EXIT_THREAD), 0);
    CHECK_EQUAL(slm_diagnostic_count(SLM_DIAG_EXIT_ORDER), 0);
    CHECK_EQUAL(slm_diagnostic_count(SLM_DIAG_STALE_SPAN), 0);
    stress_close(&consumer);
    return 0;
}
