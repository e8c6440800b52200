/* SPDX-License-Identifier: MIT */
/** @file Loops made by hand: epoll, kqueue, io_uring. What the kernel hands back (`data.ptr`, `udata`, `user_data`)
 *  points to a watch, and the watch carries a context. */
#ifndef SPANLOOM_WATCH_H
#define SPANLOOM_WATCH_H

#include <spanloom/context.h>

SLM_BEGIN_DECLS

typedef struct slm_watch slm_watch; /**< Below. @since 0.1.0 */

/** Told of events, in the kernel's bits or an io_uring result; it may arm, disarm or free the watch. @since 0.1.0 */
typedef void slm_watch_ready(slm_watch *watch, uint32_t events);

/** Who waits for a descriptor, and in which context. Embed it, for example as the first member of a connection; nothing
 * is allocated. Zero is one that is not armed.
 *
 *     slm_watch_arm(&connection->watch, on_ready);                      captures what is current
 *     event.data.ptr = &connection->watch;
 *     epoll_ctl(loop, EPOLL_CTL_ADD, connection->fd, &event);
 *     ...
 *     n = epoll_wait(loop, events, 64, timeout);
 *     for (i = 0; i < n; i++)
 *         slm_watch_run(events[i].data.ptr, events[i].events);          on_ready() runs inside it
 *     ...
 *     slm_watch_disarm(&connection->watch);                             before close()
 *
 *  @since 0.1.0 */
struct slm_watch {
    slm_context context;
    slm_watch_ready *ready;
};

/** Captures what is current on this thread, in place of what was captured before, for all calls of `ready` until the
 *  next. As often as you like, also from `ready`: a request that is read in several turns arms it anew when it has its
 *  span. If there is no room for a context (counted), `ready` runs in none. One thread at a time. @since 0.1.0 */
SLM_API void slm_watch_arm(slm_watch *watch, slm_watch_ready *ready);

/** Calls `ready`, where nothing is current but what was so when it was armed. One that is not armed does nothing.
 *  One thread at a time. @since 0.1.0 */
SLM_API void slm_watch_run(slm_watch *watch, uint32_t events);

/** Releases the context; nothing is called any more. NULL or disarmed: nothing. One thread at a time. @since 0.1.0 */
SLM_API void slm_watch_disarm(slm_watch *watch);

SLM_END_DECLS

#endif
