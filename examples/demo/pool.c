/* SPDX-License-Identifier: MIT */
#include "examples/demo/pool.h"

#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

static void push(struct job_queue *queue, struct job *job)
{
    job->next = NULL;
    *queue->end = job;
    queue->end = &job->next;
}

static struct job *pop(struct job_queue *queue)
{
    struct job *job = queue->first;
    if (job) {
        queue->first = job->next;
        if (!queue->first)
            queue->end = &queue->first;
    }
    return job;
}

void pool_submit(struct pool *pool, struct job *job)
{
    job->context = slm_context_capture();
    pthread_mutex_lock(&pool->lock);
    push(&pool->waiting, job);
    pthread_cond_signal(&pool->changed);
    pthread_mutex_unlock(&pool->lock);
}

static void do_job(struct job *job)
{
    slm_token attached = slm_context_attach(&job->context);
    job->work(job);
    slm_context_detach(attached);
    slm_context_release(&job->context);
}

static void *work(void *argument)
{
    struct pool *pool = argument;
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        struct job *job = pop(&pool->waiting);
        if (!job && pool->stopping)
            break;
        if (!job) {
            pthread_cond_wait(&pool->changed, &pool->lock);
            continue;
        }
        pthread_mutex_unlock(&pool->lock);
        do_job(job);
        pthread_mutex_lock(&pool->lock);
        push(&pool->done, job);
        eventfd_write(pool->wakeup.fd, 1);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

/* On the loop's thread. */
static void finish_jobs(void *owner)
{
    struct pool *pool = owner;
    eventfd_t count;
    eventfd_read(pool->wakeup.fd, &count);
    for (;;) {
        pthread_mutex_lock(&pool->lock);
        struct job *job = pop(&pool->done);
        pthread_mutex_unlock(&pool->lock);
        if (!job)
            return;
        job->finished(job);
    }
}

bool pool_open(struct pool *pool, struct loop *loop)
{
    *pool = (struct pool){ .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };
    pool->waiting.end = &pool->waiting.first;
    pool->done.end = &pool->done.first;
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (!loop_watch(loop, &pool->wakeup, fd, finish_jobs, pool))
        return false;
    while (pool->thread_count < POOL_THREADS) {
        if (pthread_create(&pool->threads[pool->thread_count], NULL, work, pool) != 0)
            return false;
        pool->thread_count++;
    }
    return true;
}

void pool_close(struct pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    pool->stopping = true;
    pthread_cond_broadcast(&pool->changed);
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->thread_count; i++)
        pthread_join(pool->threads[i], NULL);
    close(pool->wakeup.fd);
}
