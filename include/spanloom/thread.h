/* SPDX-License-Identifier: MIT */
/** @file Threads that start where their creator stands. */
#ifndef SPANLOOM_THREAD_H
#define SPANLOOM_THREAD_H

#include <pthread.h>

#include <spanloom/context.h>

SLM_BEGIN_DECLS

/** pthread_create(), and `start` runs in the context that is current here, also if its span ends meanwhile. What the
 * thread enters and does not leave, because it returns, calls pthread_exit() or is cancelled inside, is left, and ended
 * as abandoned if a scope made it (SLM_DIAG_EXIT_ORDER).
 *
 *  Allocates a few words for the time until the thread starts, if anything is current. If there is no memory for them,
 *  the thread starts in no context (SLM_DIAG_NO_MEMORY).
 *
 *  @return As pthread_create(); no other errors.
 *  @threadsafety  Any thread. `attr` is borrowed for the call.       @since 0.1.0 */
SLM_API int slm_thread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *), void *argument);

SLM_END_DECLS

#endif
