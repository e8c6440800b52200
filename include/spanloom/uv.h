/* SPDX-License-Identifier: MIT */
/** @file libuv: callbacks run in the span that they were armed in.
 *
 * Part of libspanloom-uv. In place of a handle or request of libuv's you embed one of these; `uv` in it is libuv's own,
 * `data` stays yours, callbacks have libuv's types, and nothing is allocated.
 *
 *     struct request { slm_uv_work work; slm_uv_timer timer; slm_span span; };
 *     slm_uv_queue_work(loop, &request->work, shear, sheared);      both callbacks run in what is current here
 *     slm_uv_timer_start(&request->timer, on_late, 500, 0);         so does this one
 *
 * What is current where a callback is armed (started, queued, sent) is captured there; inside the callback that is
 * current and nothing else, also if its span has ended since (then as a parent) or there was none. A captured context
 * takes a place in the pool of records until it is given back: a request's and a one-shot timer's just before its
 * callback, which may therefore free or reuse it; a handle's when it is armed anew, by slm_uv_stop() or by
 * slm_uv_close(). Use those two, and not libuv's, on the handles here. Where there is no room for a context (counted)
 * the callback runs in none.
 *
 * As <uv.h> itself, this asks for more than the C standard: -std=gnu11, or _GNU_SOURCE with -std=c11.
 *
 * A loop's functions belong to its thread, as libuv's do; slm_uv_async_send() is for any. For handles that are not here
 * write slm_context_resume() and slm_context_leave() into the callback. */
#ifndef SPANLOOM_UV_H
#define SPANLOOM_UV_H

#include <uv.h>

#include <spanloom/context.h>

SLM_BEGIN_DECLS

/** What stands before libuv's part: the context, which you may replace (a connection that goes on to its next request
 *  releases it and captures anew), and the callbacks that were given, which are the adapter's. @since 0.1.0 */
typedef struct slm_uv_bond {
    slm_context context;
    void (*callback)(void);
    void (*second)(void);
} slm_uv_bond;

/** @name Handles
 *  Initialise `uv` by libuv's own function, and `bond` to zero or by slm_uv_bond_init(). @{ */

/** @since 0.1.0 */
typedef struct slm_uv_timer {
    slm_uv_bond bond;
    uv_timer_t uv;
} slm_uv_timer;

/** @since 0.1.0 */
typedef struct slm_uv_poll {
    slm_uv_bond bond;
    uv_poll_t uv;
} slm_uv_poll;

/** @since 0.1.0 */
typedef struct slm_uv_idle {
    slm_uv_bond bond;
    uv_idle_t uv;
} slm_uv_idle;

/** @since 0.1.0 */
typedef struct slm_uv_async {
    slm_uv_bond bond;
    uv_async_t uv;
} slm_uv_async;

/** TCP, pipe or terminal. @since 0.1.0 */
typedef struct slm_uv_stream {
    slm_uv_bond bond;
    union {
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
        uv_tty_t tty;
    } uv;
} slm_uv_stream;

/** The structure that a callback's handle or request lies in:
 *  `slm_uv_timer *t = SLM_UV_OUTER(slm_uv_timer, handle)`. @since 0.1.0 */
#define SLM_UV_OUTER(type, handle) ((type *)(void *)((char *)(handle)-offsetof(type, uv)))

/** Sets a bond to zero. @since 0.1.0 */
SLM_API void slm_uv_bond_init(slm_uv_bond *bond);

/** As uv_timer_start(). uv_timer_again() keeps the context. @since 0.1.0 */
SLM_API int slm_uv_timer_start(slm_uv_timer *timer, uv_timer_cb callback, uint64_t timeout_ms, uint64_t repeat_ms);

/** As uv_poll_start(). @since 0.1.0 */
SLM_API int slm_uv_poll_start(slm_uv_poll *poll, int events, uv_poll_cb callback);

/** As uv_idle_start(). @since 0.1.0 */
SLM_API int slm_uv_idle_start(slm_uv_idle *idle, uv_idle_cb callback);

/** As uv_async_init(); initialises `async` as a whole. @since 0.1.0 */
SLM_API int slm_uv_async_init(uv_loop_t *loop, slm_uv_async *async, uv_async_cb callback);

/** As uv_async_send(): the callback runs in what is current on the thread that sends. Of several sends that make one
 *  call, the first one's counts. Any thread; takes no lock. @since 0.1.0 */
SLM_API int slm_uv_async_send(slm_uv_async *async);

/** As uv_listen(); each connection's callback runs in what is current here. @since 0.1.0 */
SLM_API int slm_uv_listen(slm_uv_stream *stream, int backlog, uv_connection_cb callback);

/** As uv_read_start(); both callbacks run in what is current here. @since 0.1.0 */
SLM_API int slm_uv_read_start(slm_uv_stream *stream, uv_alloc_cb alloc, uv_read_cb callback);

/** Stops the timer, poll, idle or reading that `&handle->bond` belongs to, and releases its context. Returns what
 *  libuv's function does. @since 0.1.0 */
SLM_API int slm_uv_stop(slm_uv_bond *bond);

/** As uv_close() of the handle that `&handle->bond` belongs to; `callback`, which may be NULL, runs in what is current
 *  here. @since 0.1.0 */
SLM_API void slm_uv_close(slm_uv_bond *bond, uv_close_cb callback);
/** @} */

/** @name Requests
 *  Need no initialisation. If the function fails, or `uv_cancel(&request->uv)` stops the request, nothing is kept; a
 *  cancelled one's callback runs, with UV_ECANCELED, in its context. @{ */

/** @since 0.1.0 */
typedef struct slm_uv_work {
    slm_uv_bond bond;
    uv_work_t uv;
} slm_uv_work;

/** @since 0.1.0 */
typedef struct slm_uv_write_request {
    slm_uv_bond bond;
    uv_write_t uv;
} slm_uv_write_request;

/** @since 0.1.0 */
typedef struct slm_uv_shutdown_request {
    slm_uv_bond bond;
    uv_shutdown_t uv;
} slm_uv_shutdown_request;

/** @since 0.1.0 */
typedef struct slm_uv_connect_request {
    slm_uv_bond bond;
    uv_connect_t uv;
} slm_uv_connect_request;

/** @since 0.1.0 */
typedef struct slm_uv_getaddrinfo_request {
    slm_uv_bond bond;
    uv_getaddrinfo_t uv;
} slm_uv_getaddrinfo_request;

/** @since 0.1.0 */
typedef struct slm_uv_fs_request {
    slm_uv_bond bond;
    uv_fs_t uv;
} slm_uv_fs_request;

/** As uv_queue_work(): `work` runs on a thread of the pool, `after` (may be NULL) on the loop's, both in what is
 * current here. @since 0.1.0 */
SLM_API int slm_uv_queue_work(uv_loop_t *loop, slm_uv_work *request, uv_work_cb work, uv_after_work_cb after);

/** As uv_write(). `callback` may be NULL, here and below. @since 0.1.0 */
SLM_API int slm_uv_write(slm_uv_write_request *request, uv_stream_t *stream, const uv_buf_t *buffers, unsigned count,
                         uv_write_cb callback);

/** As uv_shutdown(). @since 0.1.0 */
SLM_API int slm_uv_shutdown(slm_uv_shutdown_request *request, uv_stream_t *stream, uv_shutdown_cb callback);

/** As uv_tcp_connect(). @since 0.1.0 */
SLM_API int slm_uv_tcp_connect(slm_uv_connect_request *request, uv_tcp_t *tcp, const struct sockaddr *address,
                               uv_connect_cb callback);

/** As uv_pipe_connect(). @since 0.1.0 */
SLM_API void slm_uv_pipe_connect(slm_uv_connect_request *request, uv_pipe_t *pipe, const char *name,
                                 uv_connect_cb callback);

/** As uv_getaddrinfo(), with a callback. @since 0.1.0 */
SLM_API int slm_uv_getaddrinfo(uv_loop_t *loop, slm_uv_getaddrinfo_request *request, uv_getaddrinfo_cb callback,
                               const char *node, const char *service, const struct addrinfo *hints);

/** For every asynchronous function of uv_fs_...(): the request to give to it, with slm_uv_fs_run as its callback.
 *
 *     err = slm_uv_fs_begun(&r, uv_fs_open(loop, slm_uv_fs_bind(&r, on_open), path, O_RDONLY, 0, slm_uv_fs_run));
 *
 *  @since 0.1.0 */
SLM_API uv_fs_t *slm_uv_fs_bind(slm_uv_fs_request *request, uv_fs_cb callback);

/** The callback of slm_uv_fs_bind(). @since 0.1.0 */
SLM_API void slm_uv_fs_run(uv_fs_t *request);

/** Returns `result`; if that is an error, so that no callback comes, the context is released. @since 0.1.0 */
SLM_API int slm_uv_fs_begun(slm_uv_fs_request *request, int result);
/** @} */

SLM_END_DECLS

#endif
