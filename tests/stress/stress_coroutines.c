/* SPDX-License-Identifier: MIT */
/* Coroutines that migrate between threads with scopes open over each yield; some are destroyed while they are suspended
 * inside three scopes. Every span's parent is right, every enter has its exit, and nothing stays. */
#include <spanloom/layer.h>

#include "tests/stress/coroutine.h"

enum { THREADS = 4, COROUTINES = 600, STEPS = 12, SCOPES = 3 };

static stress_consumer consumer;
static uint64_t right, wrong; /* the consumer's */
static _Atomic(uint64_t) entered, left;

static void see(const slm_span_data *span, void *user)
{
    (void)user;
    if (stress_named(span, "outermost"))
        return;
    if (stress_id(span->parent_span_id) == stress_number(span, "parent"))
        right++;
    else
        wrong++;
}

static void on_enter(void *self, const slm_view *span)
{
    (void)self;
    (void)span;
    atomic_fetch_add(&entered, 1);
}

static void on_exit_span(void *self, const slm_view *span)
{
    (void)self;
    (void)span;
    atomic_fetch_add(&left, 1);
}

static uint64_t current_id(void)
{
    slm_span_context context;
    return slm_current_context(&context) ? stress_id(context.span_id) : 0;
}

struct task {
    coroutine c;
    bool destroy; /* while suspended inside three scopes */
    bool deep;    /* it is */
    unsigned steps;
};

static struct task tasks[COROUTINES];

static void body(coroutine *c)
{
    struct task *task = c->user;
    CHECK_EQUAL(slm_current().id, 0);
    SLM_SCOPE_AS(outermost, "outermost");
    for (; task->steps < STEPS; task->steps++) {
        coroutine_yield(c);
        CHECK_EQUAL(slm_current().id, outermost.id);
        SLM_SCOPE_AS(middle, "middle", ("parent", current_id()));
        coroutine_yield(c);
        CHECK_EQUAL(slm_current().id, middle.id);
        {
            SLM_SCOPE_AS(inner, "inner", ("parent", current_id()));
            task->deep = true;
            coroutine_yield(c); /* here some are destroyed */
            task->deep = false;
            CHECK_EQUAL(slm_current().id, inner.id);
            SLM_ENTER(outermost);
            coroutine_yield(c);
            CHECK_EQUAL(slm_current().id, outermost.id);
        }
        CHECK_EQUAL(slm_current().id, middle.id);
    }
}

/* -- the run queue
 * ------------------------------------------------------------------------------------------------------ */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct task *queue[COROUTINES];
static unsigned head, queued, running;

static struct task *next(void)
{
    struct task *task = NULL;
    for (bool wait = true; wait;) {
        pthread_mutex_lock(&mutex);
        if (queued) {
            task = queue[head++ % COROUTINES];
            queued--;
            running++;
        }
        wait = !task && running;
        pthread_mutex_unlock(&mutex);
        if (wait)
            sched_yield();
    }
    return task;
}

static void again(struct task *task, bool more)
{
    pthread_mutex_lock(&mutex);
    if (more)
        queue[(head + queued++) % COROUTINES] = task;
    running--;
    pthread_mutex_unlock(&mutex);
}

static void *schedule(void *user)
{
    (void)user;
    for (struct task *task; (task = next());) {
        SLM_SCOPE_AS(scheduler, "outermost");
        coroutine_resume(&task->c);
        CHECK_EQUAL(slm_current().id, scheduler.id);
        bool ends = task->c.done || (task->destroy && task->deep && task->steps == STEPS / 2);
        if (ends)
            coroutine_destroy(&task->c);
        CHECK_EQUAL(slm_current().id, scheduler.id);
        again(task, !ends);
    }
    return NULL;
}

int main(void)
{
    static const slm_layer_ops ops = { .size = sizeof ops, .on_enter = on_enter, .on_exit = on_exit_span };
    slm_layer layer = { .size = sizeof layer, .ops = &ops };
    pthread_t threads[THREADS];
    uint64_t destroyed = 0;
    CHECK(slmi_pool_init(1 << 15));
    stress_open(&consumer, see, NULL);
    stress_install(&layer, 1);
    stress_start(&consumer);
    for (unsigned i = 0; i < COROUTINES; i++) {
        tasks[i].destroy = i % 3 == 0;
        coroutine_make(&tasks[i].c, body, &tasks[i]);
        queue[queued++] = &tasks[i];
    }
    for (unsigned i = 0; i < THREADS; i++)
        CHECK_EQUAL(pthread_create(&threads[i], NULL, schedule, NULL), 0);
    for (unsigned i = 0; i < THREADS; i++)
        CHECK_EQUAL(pthread_join(threads[i], NULL), 0);
    stress_stop(&consumer);
    for (unsigned i = 0; i < COROUTINES; i++) {
        CHECK(tasks[i].c.stack == NULL);
        destroyed += tasks[i].destroy;
        CHECK_EQUAL(tasks[i].steps, tasks[i].destroy ? STEPS / 2 : STEPS);
    }
    /* Destroyed in the last of the first half's steps, after two spans in each of those before it. */
    CHECK_EQUAL(right, 2 * (STEPS * (COROUTINES - destroyed) + (STEPS / 2 + 1) * destroyed));
    CHECK_EQUAL(wrong, 0);
    CHECK_EQUAL(stress_check_balance().abandoned, SCOPES * destroyed);
    CHECK_EQUAL(atomic_load(&entered), atomic_load(&left));
    stress_check_idle(1);
    CHECK_EQUAL(slm_diagnostic_count(SLM_DIAG_EXIT_THREAD), 0);
    CHECK_EQUAL(slm_diagnostic_count(SLM_DIAG_EXIT_TWICE), 0);
    CHECK_EQUAL(slm_diagnostic_count(SLM_DIAG_STALE_SPAN), 0);
    stress_close(&consumer);
    return 0;
}
