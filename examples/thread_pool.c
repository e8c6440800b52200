/* SPDX-License-Identifier: MIT */
/* A pool of threads: what is queued is a job, which runs in the span that it was bound in; one that never runs gives
 * its context back. */
#include <spanloom/job.h>
#include <spanloom/log.h>
#include <spanloom/thread.h>
#include <spanloom/trace.h>

#include <stdlib.h>

enum { QUEUE = 8, JOBS = 3 };

static struct {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    slm_job jobs[QUEUE];
    unsigned head, tail;
    bool closed;
} pool = { .mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

static void submit(void (*run)(void *), const char *const *name)
{
    pthread_mutex_lock(&pool.mutex);
    slm_job_bind(&pool.jobs[pool.tail++ % QUEUE], run, (void *)(uintptr_t)name); /* captures what is current */
    pthread_cond_signal(&pool.changed);
    pthread_mutex_unlock(&pool.mutex);
}

static void *work(void *limit)
{
    SLM_SCOPE("worker"); /* the worker's own: no job falls into it */
    for (int left = *(int *)limit; left > 0; left--) {
        pthread_mutex_lock(&pool.mutex);
        while (pool.head == pool.tail)
            pthread_cond_wait(&pool.changed, &pool.mutex);
        slm_job job = pool.jobs[pool.head++ % QUEUE];
        pthread_mutex_unlock(&pool.mutex);
        slm_job_run(&job);
    }
    return NULL;
}

static void shear(void *name)
{
    SLM_SCOPE("shear");
    SLM_INFO(("yak", *(const char *const *)name));
}

int main(void)
{
    static const char *const names[JOBS] = { "Frieda", "Berta", "Olga" };
    slm_span requests[JOBS];
    int limit = 2;
    pthread_t worker;

    slm_init_log(NULL);
    for (int i = 0; i < JOBS; i++) {
        requests[i] = SLM_SPAN("request", ("number", i));
        SLM_ENTER(requests[i]);
        submit(shear, &names[i]);
    }
    if (slm_thread_create(&worker, NULL, work, &limit) != 0)
        return EXIT_FAILURE;
    pthread_join(worker, NULL);
    while (pool.head != pool.tail)
        slm_job_drop(&pool.jobs[pool.head++ % QUEUE]); /* Olga's never ran */
    for (int i = 0; i < JOBS; i++)
        slm_span_end(requests[i]); /* a request may also end before its job: it is the parent all the same */
    slm_log_shutdown(0);
    return EXIT_SUCCESS;
}
