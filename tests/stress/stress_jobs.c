/* SPDX-License-Identifier: MIT */
/* A pool of threads whose jobs are bound by others: each runs in its own request, also after that has ended; some bind
 * themselves again, some never run, and some threads exit inside one. */
#include <spanloom/job.h>
#include <spanloom/thread.h>

#include "tests/stress/stress.h"

enum { WORKERS = 4, SUBMITTERS = 2, JOBS = 6000, QUEUE = 512, QUITTERS = 8 };

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

struct work {
    slm_job job;
    uint64_t parent;
    unsigned again; /* how often it binds itself again */
};

static struct work works[SUBMITTERS][JOBS];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static slm_job *queue[QUEUE];
static unsigned head, queued, closed;

static void push(slm_job *job)
{
    pthread_mutex_lock(&mutex);
    while (queued == QUEUE)
        pthread_cond_wait(&changed, &mutex);
    queue[(head + queued++) % QUEUE] = job;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
}

static uint64_t current_id(void)
{
    slm_span_context context;
    return slm_current_context(&context) ? stress_id(context.span_id) : 0;
}

static void run(void *argument)
{
    struct work *w = argument;
    CHECK_EQUAL(current_id(), w->parent);
    {
        SLM_SCOPE("work", ("parent", w->parent));
    }
    while (w->again) { /* at once, on this thread; as a queue of its own would */
        w->again--;
        slm_job_bind(&w->job, run, w);
        slm_job_run(&w->job);
    }
}

static void *work(void *name)
{
    SLM_SCOPE_AS(worker, "worker", ("name", (const char *)name));
    for (;;) {
        pthread_mutex_lock(&mutex);
        while (!queued && closed < SUBMITTERS)
            pthread_cond_wait(&changed, &mutex);
        if (!queued) {
            pthread_mutex_unlock(&mutex);
            return NULL;
        }
        slm_job job = *queue[head++ % QUEUE];
        queued--;
        pthread_cond_broadcast(&changed);
        pthread_mutex_unlock(&mutex);
        slm_job_run(&job);
        CHECK(slm_current().id == worker.id);
    }
}

static void *submit(void *user)
{
    struct work *mine = user;
    for (unsigned i = 0; i < JOBS; i++) {
        while (slmi_pool_in_use() > slmi_the_pool.records / 2)
            sched_yield();
        SLM_SCOPE("request");
        struct work *w = &mine[i];
        w->parent = current_id();
        w->again = i % 5 == 0 ? 2 : 0;
        slm_job_bind(&w->job, run, w);
        if (i % 7 == 0)
            slm_job_drop(&w->job); /* it never runs */
        else
            push(&w->job);
    }
    pthread_mutex_lock(&mutex);
    closed++;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
    return NULL;
}

static void quit(void *argument)
{
    SLM_SCOPE("abandoned");
    pthread_exit(argument); /* inside a scope, inside a job, inside a thread's context */
}

static void *quitter(void *argument)
{
    slm_job job;
    slm_job_bind(&job, quit, argument);
    slm_job_run(&job);
    return argument;
}

int main(void)
{
    pthread_t workers[WORKERS], submitters[SUBMITTERS], quitters[QUITTERS];
    stress_open(&consumer, see, NULL);
    stress_install(NULL, 0);
    stress_start(&consumer);
    {
        SLM_SCOPE("pool");
        for (unsigned i = 0; i < WORKERS; i++)
            CHECK_EQUAL(slm_thread_create(&workers[i], NULL, work, (void *)"a"), 0);
        for (unsigned i = 0; i < QUITTERS; i++)
            CHECK_EQUAL(slm_thread_create(&quitters[i], NULL, quitter, NULL), 0);
    }
    for (unsigned i = 0; i < SUBMITTERS; i++)
        CHECK_EQUAL(pthread_create(&submitters[i], NULL, submit, works[i]), 0);
    for (unsigned i = 0; i < SUBMITTERS; i++)
        CHECK_EQUAL(pthread_join(submitters[i], NULL), 0);
    for (unsigned i = 0; i < WORKERS; i++)
        CHECK_EQUAL(pthread_join(workers[i], NULL), 0);
    for (unsigned i = 0; i < QUITTERS; i++)
        CHECK_EQUAL(pthread_join(quitters[i], NULL), 0);
    stress_stop(&consumer);

    uint64_t expected = 0;
    for (unsigned i = 0; i < JOBS; i++)
        expected += i % 7 == 0 ? 0 : SUBMITTERS * (i % 5 == 0 ? 3u : 1u);
    CHECK_EQUAL(wrong, 0);
    CHECK_EQUAL(right, expected);
    CHECK_EQUAL(stress_check_balance().abandoned, QUITTERS);
    CHECK_EQUAL(slm_diagnostic_count(SLM_DIAG_EXIT_ORDER), QUITTERS);
    CHECK_EQUAL(slm_diagnostic_count(SLM_DIAG_CONTEXT_TWICE), 0);
    CHECK_EQUAL(slm_diagnostic_count(SLM_DIAG_NO_RECORDS), 0);
    stress_check_idle(1);
    stress_close(&consumer);
    return 0;
}
