/* SPDX-License-Identifier: MIT */
/* libuv's handles. Every structure begins with its bond, so that what libuv hands back leads to it. */
#include <spanloom/uv.h>

#include "adapters/uv_bond.h"

SLMI_UV_LAYOUT(slm_uv_timer);
SLMI_UV_LAYOUT(slm_uv_poll);
SLMI_UV_LAYOUT(slm_uv_idle);
SLMI_UV_LAYOUT(slm_uv_async);
SLMI_UV_LAYOUT(slm_uv_stream);

void slm_uv_bond_init(slm_uv_bond *bond)
{
    memset(bond, 0, sizeof *bond);
}

/* What is current takes the place of what was armed before; if libuv refuses, nothing has changed. */
static int rearmed(slm_uv_bond *bond, slm_context armed, slmi_uv_callback *callback, int result)
{
    slm_context before = bond->context;
    if (result < 0) {
        slm_context_release(&armed);
        return result;
    }
    bond->context = armed;
    bond->callback = callback;
    slm_context_release(&before);
    return result;
}

static void on_timer(uv_timer_t *timer)
{
    slm_uv_bond *bond = slmi_uv_bond_of(timer);
    uv_timer_cb callback = (uv_timer_cb)bond->callback;
    bool again = uv_timer_get_repeat(timer) != 0;
    slm_resumed in = again ? slm_context_resume(&bond->context) : slm_context_resume_once(&bond->context);
    callback(timer);
    slm_context_leave(&in);
}

int slm_uv_timer_start(slm_uv_timer *timer, uv_timer_cb callback, uint64_t timeout_ms, uint64_t repeat_ms)
{
    int result = uv_timer_start(&timer->uv, callback ? on_timer : NULL, timeout_ms, repeat_ms);
    return rearmed(&timer->bond, slm_context_capture(), (slmi_uv_callback *)callback, result);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    slm_uv_bond *bond = slmi_uv_bond_of(poll);
    uv_poll_cb callback = (uv_poll_cb)bond->callback;
    slm_resumed in = slm_context_resume(&bond->context);
    callback(poll, status, events);
    slm_context_leave(&in);
}

int slm_uv_poll_start(slm_uv_poll *poll, int events, uv_poll_cb callback)
{
    int result = uv_poll_start(&poll->uv, events, callback ? on_poll : NULL);
    return rearmed(&poll->bond, slm_context_capture(), (slmi_uv_callback *)callback, result);
}

static void on_idle(uv_idle_t *idle)
{
    slm_uv_bond *bond = slmi_uv_bond_of(idle);
    uv_idle_cb callback = (uv_idle_cb)bond->callback;
    slm_resumed in = slm_context_resume(&bond->context);
    callback(idle);
    slm_context_leave(&in);
}

int slm_uv_idle_start(slm_uv_idle *idle, uv_idle_cb callback)
{
    int result = uv_idle_start(&idle->uv, callback ? on_idle : NULL);
    return rearmed(&idle->bond, slm_context_capture(), (slmi_uv_callback *)callback, result);
}

/* Senders race for the place that the callback empties. */
static void on_async(uv_async_t *async)
{
    slm_uv_bond *bond = slmi_uv_bond_of(async);
    uv_async_cb callback = (uv_async_cb)bond->callback;
    slm_context sent = { __atomic_exchange_n(&bond->context.id, 0, __ATOMIC_ACQUIRE) };
    slm_resumed in = slm_context_resume_once(&sent);
    if (callback)
        callback(async);
    slm_context_leave(&in);
}

int slm_uv_async_init(uv_loop_t *loop, slm_uv_async *async, uv_async_cb callback)
{
    slm_uv_bond_init(&async->bond);
    async->bond.callback = (slmi_uv_callback *)callback;
    return uv_async_init(loop, &async->uv, on_async);
}

int slm_uv_async_send(slm_uv_async *async)
{
    slm_context sent = slm_context_capture();
    uint64_t none = 0;
    if (sent.id && !__atomic_compare_exchange_n(&async->bond.context.id, &none, sent.id, false, __ATOMIC_RELEASE,
                                                __ATOMIC_RELAXED))
        slm_context_release(&sent);
    return uv_async_send(&async->uv);
}

static void on_connection(uv_stream_t *stream, int status)
{
    slm_uv_bond *bond = slmi_uv_bond_of(stream);
    uv_connection_cb callback = (uv_connection_cb)bond->callback;
    slm_resumed in = slm_context_resume(&bond->context);
    callback(stream, status);
    slm_context_leave(&in);
}

int slm_uv_listen(slm_uv_stream *stream, int backlog, uv_connection_cb callback)
{
    int result = uv_listen(&stream->uv.stream, backlog, callback ? on_connection : NULL);
    return rearmed(&stream->bond, slm_context_capture(), (slmi_uv_callback *)callback, result);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    slm_uv_bond *bond = slmi_uv_bond_of(handle);
    uv_alloc_cb callback = (uv_alloc_cb)bond->second;
    slm_resumed in = slm_context_resume(&bond->context);
    callback(handle, suggested, buffer);
    slm_context_leave(&in);
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer)
{
    slm_uv_bond *bond = slmi_uv_bond_of(stream);
    uv_read_cb callback = (uv_read_cb)bond->callback;
    slm_resumed in = slm_context_resume(&bond->context);
    callback(stream, count, buffer);
    slm_context_leave(&in);
}

int slm_uv_read_start(slm_uv_stream *stream, uv_alloc_cb alloc, uv_read_cb callback)
{
    int result = uv_read_start(&stream->uv.stream, alloc ? on_alloc : NULL, callback ? on_read : NULL);
    if (result >= 0)
        stream->bond.second = (slmi_uv_callback *)alloc;
    return rearmed(&stream->bond, slm_context_capture(), (slmi_uv_callback *)callback, result);
}

static void forget(slm_uv_bond *bond)
{
    slm_context armed = { __atomic_exchange_n(&bond->context.id, 0, __ATOMIC_ACQUIRE) };
    slm_context_release(&armed);
}

int slm_uv_stop(slm_uv_bond *bond)
{
    uv_handle_t *handle = slmi_uv_handle_of(bond);
    forget(bond);
    switch (uv_handle_get_type(handle)) {
    case UV_TIMER:
        return uv_timer_stop((uv_timer_t *)handle);
    case UV_POLL:
        return uv_poll_stop((uv_poll_t *)handle);
    case UV_IDLE:
        return uv_idle_stop((uv_idle_t *)handle);
    case UV_TCP:
    case UV_NAMED_PIPE:
    case UV_TTY:
        return uv_read_stop((uv_stream_t *)handle);
    default:
        return 0;
    }
}

static void on_close(uv_handle_t *handle)
{
    slm_uv_bond *bond = slmi_uv_bond_of(handle);
    uv_close_cb callback = (uv_close_cb)bond->second;
    slm_resumed in = slm_context_resume_once(&bond->context);
    callback(handle);
    slm_context_leave(&in);
}

void slm_uv_close(slm_uv_bond *bond, uv_close_cb callback)
{
    forget(bond);
    if (callback)
        bond->context = slm_context_capture();
    uv_close(slmi_uv_handle_of(bond), callback ? on_close : NULL);
    bond->second = (slmi_uv_callback *)callback; /* the loop reads no more, so the place is free */
}
