/* SPDX-License-Identifier: MIT */
/** @file Jobs for a pool of threads: what is to be run, and in which context. */
#ifndef SPANLOOM_JOB_H
#define SPANLOOM_JOB_H

#include <spanloom/context.h>

SLM_BEGIN_DECLS

/** Work that another thread, or this one later, does in the context of here and now. Embed it in what your pool queues;
 * nothing is allocated. Its owner runs it or drops it, once. Zero is a job that does nothing.
 *
 *     struct shearing { slm_job job; int yak; };
 *     slm_job_bind(&shearing->job, shear, shearing);      submit: captures what is current
 *     slm_job_run(&shearing->job);                        a worker: shear(shearing) runs inside it
 *     slm_job_drop(&shearing->job);                       or the pool is closed first
 *
 *  For work that has a span of its own, start it where the job is bound and end it where it is done; for work that
 * serves several requests, make it a child of the first and link the others (`slm_link`). @since 0.1.0 */
typedef struct slm_job {
    slm_context context;
    void (*run)(void *argument);
    void *argument;
} slm_job;

/** Binds `run(argument)` to what is current on this thread. `*job` is written as new: what it held before must have
 * been run or dropped. If there is no room for a context (counted), the job runs in none. Any thread. @since 0.1.0 */
SLM_API void slm_job_bind(slm_job *job, void (*run)(void *argument), void *argument);

/** Runs the job, where nothing is current but what was so when it was bound; a span that has ended since is still a
 * parent. `*job` is zeroed and its context released first, so `run` may free or reuse it, or leave by pthread_exit(). A
 * job that was run or dropped does nothing. Any thread. @since 0.1.0 */
SLM_API void slm_job_run(slm_job *job);

/** The job will never run: releases its context and zeroes it. NULL is fine. Any thread. @since 0.1.0 */
SLM_API void slm_job_drop(slm_job *job);

SLM_END_DECLS

#endif
