/* SPDX-License-Identifier: MIT */
/* A few threads for work that blocks. What is current where a job is handed in is current where it is done. */
#ifndef DEMO_POOL_H
#define DEMO_POOL_H

#include "examples/demo/loop.h"
#include <spanloom/context.h>

#include <pthread.h>

enum { POOL_THREADS = 2 };

struct job {
    void (*work)(struct job *job);     /* on a thread of the pool, */
    void (*finished)(struct job *job); /* and then on the loop's */
    slm_context context;
    struct job *next;
};

/* First in, first out. */
struct job_queue {
    struct job *first, **end;
};

struct pool {
    pthread_t threads[POOL_THREADS];
    unsigned thread_count;
    pthread_mutex_t lock; /* over all below */
    pthread_cond_t changed;
    struct job_queue waiting, done;
    bool stopping;
    struct watch wakeup; /* readable when something is done */
};

/* Jobs that are done come back to `loop`. */
bool pool_open(struct pool *pool, struct loop *loop);

/* Does what is waiting, then ends the threads. */
void pool_close(struct pool *pool);

/* The job is the caller's, and stays where it is until it has finished. */
void pool_submit(struct pool *pool, struct job *job);

#endif
