/* SPDX-License-Identifier: MIT */
/** @file libevent: callbacks run in the span that they were armed in.
 *
 * Part of libspanloom-event. What is current where an event is added, or a bufferevent's callbacks are set, is
 * captured; inside the callbacks that is current and nothing else, also if its span has ended since (then as a parent)
 * or there was none. Nothing is allocated beside libevent's own. A captured context takes a place in the pool of
 * records until it is given back; where there is no room (counted) the callback runs in none. All functions belong to
 * the thread of the base, or are locked as libevent's are. */
#ifndef SPANLOOM_EVENT_H
#define SPANLOOM_EVENT_H

#include <event2/bufferevent.h>
#include <event2/event.h>

#include <spanloom/context.h>

SLM_BEGIN_DECLS

/** An event of libevent's and what its callback needs; embed it. `context` may be replaced by you (release it first),
 * the rest is the adapter's. @since 0.1.0 */
typedef struct slm_libevent {
    struct event *event;
    slm_context context;
    event_callback_fn callback;
    void *argument;
} slm_libevent;

/** As event_new(), also for timers (`fd` -1, `what` 0 or EV_PERSIST) and signals (EV_SIGNAL). Writes all of `*event`,
 *  which stays where it is until slm_libevent_free(). Returns `event->event`, NULL if libevent refuses.
 *
 *     slm_libevent_new(&request->late, base, -1, 0, on_late, request);
 *     slm_libevent_add(&request->late, &half_a_second);               captures
 *
 *  @since 0.1.0 */
SLM_API struct event *slm_libevent_new(slm_libevent *event, struct event_base *base, evutil_socket_t fd, short what,
                                       event_callback_fn callback, void *argument);

/** As event_add(), in place of it: captures what is current. Without EV_PERSIST the context is given back just before
 * the callback, which may therefore free the event; with it at the next add, delete or free. @since 0.1.0 */
SLM_API int slm_libevent_add(slm_libevent *event, const struct timeval *timeout);

/** As event_del(); gives the context back. @since 0.1.0 */
SLM_API int slm_libevent_del(slm_libevent *event);

/** As event_free(); gives the context back, and zeroes `*event`. NULL and zero are fine. @since 0.1.0 */
SLM_API void slm_libevent_free(slm_libevent *event);

/** A bufferevent and what its callbacks need; embed it. `context` may be replaced by you, for example at a connection's
 *  next request (release it first). @since 0.1.0 */
typedef struct slm_bufferevent {
    struct bufferevent *bufferevent;
    slm_context context;
    bufferevent_data_cb read;
    bufferevent_data_cb write;
    bufferevent_event_cb event;
    void *argument;
} slm_bufferevent;

/** As bufferevent_setcb(): the three callbacks, NULL for those not wanted, run in what is current here. `*bound` is
 * zero at the first call, and stays where it is until slm_bufferevent_free(). @since 0.1.0 */
SLM_API void slm_bufferevent_setcb(slm_bufferevent *bound, struct bufferevent *bufferevent, bufferevent_data_cb read,
                                   bufferevent_data_cb write, bufferevent_event_cb event, void *argument);

/** As bufferevent_free(); gives the context back, and zeroes `*bound`. Also in its callbacks. @since 0.1.0 */
SLM_API void slm_bufferevent_free(slm_bufferevent *bound);

SLM_END_DECLS

#endif
