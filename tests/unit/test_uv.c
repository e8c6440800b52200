/* SPDX-License-Identifier: MIT */
/* libuv's handles: each callback runs where it was armed, whatever runs between; what is captured is given back. */
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <spanloom/layer.h>
#include <spanloom/uv.h>

#include "core/pool.h"
#include "tests/unit/spans.h"

static uv_loop_t loop;

/* One of several that share the loop. */
struct request {
    slm_uv_timer timer;
    slm_uv_poll poll;
    slm_uv_idle idle;
    slm_uv_stream stream;
    slm_span span;
    unsigned calls, closed;
    char byte;
};

static void begin(void)
{
    recorded_begin(NULL, 0, NULL);
    cr_assert(eq(int, uv_loop_init(&loop), 0));
}

static void end(void)
{
    cr_expect(eq(int, uv_run(&loop, UV_RUN_DEFAULT), 0));
    cr_expect(eq(int, uv_loop_close(&loop), 0));
}

TestSuite(uv, .init = begin, .fini = end);

static void check(struct request *r)
{
    r->calls++;
    cr_expect(eq(u64, slm_current().id, r->span.id));
}

static void run(void)
{
    SLM_SCOPE_AS(scope, "loop"); /* into which nothing may fall */
    uv_run(&loop, UV_RUN_DEFAULT);
    cr_expect(eq(u64, slm_current().id, scope.id));
}

static void on_closed(uv_handle_t *handle)
{
    struct request *r = handle->data;
    check(r);
    r->closed++;
}

/* -- interleaved ------------------------------------------------------------------------------------------------------
 */

static void on_timer(uv_timer_t *timer)
{
    check(timer->data);
}

static void on_tick(uv_timer_t *timer)
{
    struct request *r = timer->data;
    check(r);
    if (r->calls >= 8) {
        slm_uv_stop(&r->timer.bond);
        slm_uv_close(&r->timer.bond, on_closed);
    }
}

static void on_idle(uv_idle_t *idle)
{
    struct request *r = idle->data;
    check(r);
    if (r->calls >= 4)
        slm_uv_close(&r->idle.bond, on_closed);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct request *r = poll->data;
    cr_expect(eq(int, status, 0));
    cr_expect(eq(int, events, UV_READABLE));
    check(r);
    if (r->calls >= 4)
        slm_uv_close(&r->poll.bond, on_closed);
}

Test(uv, interleaved_requests_each_have_their_own_span)
{
    enum { REQUESTS = 16 };
    static struct request requests[REQUESTS];
    int pair[2];
    cr_assert(eq(int, socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0));
    cr_assert(eq(int, (int)write(pair[1], "x", 1), 1));
    for (unsigned i = 0; i < REQUESTS; i++) {
        struct request *r = &requests[i];
        r->timer.uv.data = r->idle.uv.data = r->poll.uv.data = r;
        if (i != 7) /* one is outside any span */
            r->span = SLM_SPAN("request", ("number", i));
        SLM_ENTER(r->span);
        uv_timer_init(&loop, &r->timer.uv);
        uv_idle_init(&loop, &r->idle.uv);
        if (i % 2 == 0)
            cr_expect(eq(int, slm_uv_timer_start(&r->timer, on_tick, i % 3, 1), 0));
        else
            cr_expect(eq(int, slm_uv_idle_start(&r->idle, on_idle), 0));
    }
    struct request *polling = &requests[1];
    {
        SLM_ENTER(polling->span);
        slm_uv_stop(&polling->idle.bond);
        slm_uv_close(&polling->idle.bond, on_closed);
        uv_poll_init(&loop, &polling->poll.uv, pair[0]);
        cr_expect(eq(int, slm_uv_poll_start(&polling->poll, UV_READABLE, on_poll), 0));
    }
    run();
    for (unsigned i = 0; i < REQUESTS; i++) {
        cr_expect(ge(u32, requests[i].calls, 4));
        cr_expect(eq(u32, requests[i].closed, i == 1 ? 2 : 1));
        slm_span_end(requests[i].span);
        if (i % 2)
            uv_close((uv_handle_t *)&requests[i].timer.uv, NULL);
        else
            uv_close((uv_handle_t *)&requests[i].idle.uv, NULL);
    }
    close(pair[0]);
    close(pair[1]);
    MISUSE("");
}

/* -- memory -----------------------------------------------------------------------------------------------------------
 */

static uint64_t ended;

static void count(void *self, const slm_view *span)
{
    (void)self;
    (void)span;
    ended++;
}

static struct {
    slm_uv_timer timer;
    unsigned left;
    uint32_t in_use;
} again;

static void on_again(uv_timer_t *timer)
{
    SLM_SCOPE("turn"); /* a child of the one before, which has ended */
    if (--again.left == 0)
        return;
    if (again.left == 999000)
        again.in_use = slmi_pool_in_use();
    slm_uv_timer_start(SLM_UV_OUTER(slm_uv_timer, timer), on_again, 0, 0);
}

Test(uv, a_timer_that_arms_itself_inside_its_span_takes_no_more_memory)
{
    static const slm_layer_ops ops = { .size = sizeof ops, .on_end = count };
    slm_layer layer = { .size = sizeof layer, .ops = &ops };
    slm_subscriber *subscriber;
    cr_assert(eq(int, slm_subscriber_of_layers(&layer, 1, &subscriber), SLM_OK));
    slm_set_global_subscriber(subscriber);
    slm_subscriber_release(subscriber);
    again.left = 1000000;
    slm_uv_bond_init(&again.timer.bond);
    uv_timer_init(&loop, &again.timer.uv);
    {
        SLM_SCOPE("first");
        slm_uv_timer_start(&again.timer, on_again, 0, 0);
    }
    uv_run(&loop, UV_RUN_DEFAULT);
    cr_expect(eq(u64, ended, 1000001));
    cr_expect(eq(u32, slmi_pool_in_use(), again.in_use));
    slm_uv_close(&again.timer.bond, NULL);
    MISUSE("");
}

Test(uv, what_never_fires_gives_its_context_back)
{
    static struct request r;
    uint32_t in_use = 0;
    SLM_SCOPE("request");
    for (unsigned i = 0; i < 500; i++) {
        if (i == 100)
            in_use = slmi_pool_in_use();
        uv_timer_init(&loop, &r.timer.uv);
        uv_idle_init(&loop, &r.idle.uv);
        slm_uv_timer_start(&r.timer, on_timer, 60000, i % 2);
        slm_uv_timer_start(&r.timer, on_timer, 60000, 0);
        cr_expect(eq(int, slm_uv_timer_start(&r.timer, NULL, 0, 0), UV_EINVAL)); /* changes nothing */
        cr_expect(ne(u64, r.timer.bond.context.id, 0u));
        slm_uv_idle_start(&r.idle, on_idle);
        slm_uv_stop(&r.idle.bond);
        cr_expect(eq(u64, r.idle.bond.context.id, 0u));
        slm_uv_close(&r.idle.bond, NULL);
        slm_uv_close(&r.timer.bond, NULL);
        uv_run(&loop, UV_RUN_DEFAULT);
    }
    cr_expect(eq(u32, slmi_pool_in_use(), in_use));
    cr_expect(eq(u32, r.calls, 0));
    MISUSE("");
}

static void on_freed(uv_handle_t *handle)
{
    slm_span_context late;
    cr_expect(slm_current_context(&late));
    free(handle->data);
}

static void on_gone(uv_timer_t *timer)
{
    cr_expect(eq(u64, slm_current().id, 0u), "its span has ended");
    SLM_SCOPE("late");
    slm_uv_close(&SLM_UV_OUTER(slm_uv_timer, timer)->bond, on_freed);
}

Test(uv, a_callback_outlives_its_span_and_frees_its_handle)
{
    for (int repeat = 0; repeat < 2; repeat++) {
        SLM_SCOPE("request");
        slm_uv_timer *timer = calloc(1, sizeof *timer);
        uv_timer_init(&loop, &timer->uv);
        timer->uv.data = timer;
        slm_uv_timer_start(timer, on_gone, 0, (uint64_t)repeat);
    }
    TEXT("request\nrequest\n");
    run();
    TEXT("late <request\nlate <request\nloop\n");
    MISUSE("");
}

/* -- streams ----------------------------------------------------------------------------------------------------------
 */

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct request *r = handle->data;
    (void)suggested;
    check(r);
    *buffer = uv_buf_init(&r->byte, 1);
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer)
{
    struct request *r = stream->data;
    (void)buffer;
    check(r);
    if (count == UV_EOF)
        slm_uv_close(&r->stream.bond, on_closed);
    else
        cr_expect(eq(int, (int)count, 1));
}

static struct request server, client, accepted;

static void on_connection(uv_stream_t *stream, int status)
{
    cr_expect(eq(int, status, 0));
    check(stream->data);
    uv_tcp_init(&loop, &accepted.stream.uv.tcp);
    accepted.stream.uv.tcp.data = &accepted;
    accepted.span = SLM_SPAN("accepted"); /* a child of the server's */
    SLM_ENTER(accepted.span);
    cr_expect(eq(int, uv_accept(stream, &accepted.stream.uv.stream), 0));
    cr_expect(eq(int, slm_uv_read_start(&accepted.stream, on_alloc, on_read), 0));
    slm_uv_close(&server.stream.bond, on_closed);
    /* The close above captured the connection's span, not the server's. */
    server.span = accepted.span;
}

static void on_shut_down(uv_shutdown_t *shutdown, int status)
{
    cr_expect(eq(int, status, 0));
    check(shutdown->data);
    slm_uv_close(&client.stream.bond, on_closed);
}

static void on_written(uv_write_t *write, int status)
{
    static slm_uv_shutdown_request shutdown;
    cr_expect(eq(int, status, 0));
    check(write->data);
    shutdown.uv.data = &client;
    cr_expect(eq(int, slm_uv_shutdown(&shutdown, write->handle, on_shut_down), 0));
}

static void on_connected(uv_connect_t *connect, int status)
{
    static slm_uv_write_request write;
    uv_buf_t buffer = uv_buf_init((char *)"yak", 3);
    cr_expect(eq(int, status, 0));
    check(connect->data);
    write.uv.data = &client;
    cr_expect(eq(int, slm_uv_write(&write, connect->handle, &buffer, 1, on_written), 0));
}

Test(uv, both_ends_of_a_connection_keep_their_spans)
{
    static slm_uv_connect_request connect;
    struct sockaddr_in address;
    int len = sizeof address;
    uv_ip4_addr("127.0.0.1", 0, &address);
    server.span = SLM_SPAN("server");
    client.span = SLM_SPAN("client");
    uv_tcp_init(&loop, &server.stream.uv.tcp);
    uv_tcp_init(&loop, &client.stream.uv.tcp);
    server.stream.uv.tcp.data = &server;
    client.stream.uv.tcp.data = connect.uv.data = &client;
    uv_tcp_bind(&server.stream.uv.tcp, (const struct sockaddr *)&address, 0);
    {
        SLM_ENTER(server.span);
        cr_expect(eq(int, slm_uv_listen(&server.stream, 4, on_connection), 0));
    }
    uv_tcp_getsockname(&server.stream.uv.tcp, (struct sockaddr *)&address, &len);
    slm_span listening = server.span;
    {
        SLM_ENTER(client.span);
        cr_expect(eq(
            int, slm_uv_tcp_connect(&connect, &client.stream.uv.tcp, (const struct sockaddr *)&address, on_connected),
            0));
    }
    run();
    slm_span_end(accepted.span);
    slm_span_end(client.span);
    slm_span_end(listening);
    cr_expect(eq(u32, client.calls, 4));
    cr_expect(ge(u32, accepted.calls, 8));
    cr_expect(eq(u32, server.closed + client.closed + accepted.closed, 3));
    TEXT("loop\naccepted <server\nclient\nserver\n");
    MISUSE("");
}

/* -- from another thread ----------------------------------------------------------------------------------------------
 */

static slm_uv_async async;
static unsigned sends;

static void on_async(uv_async_t *handle)
{
    SLM_SCOPE("received");
    if (++sends == 2)
        slm_uv_close(&SLM_UV_OUTER(slm_uv_async, handle)->bond, NULL);
}

static void *send_from(void *unused)
{
    SLM_SCOPE("sender");
    cr_expect(eq(int, slm_uv_async_send(&async), 0));
    SLM_SCOPE("again");
    cr_expect(eq(int, slm_uv_async_send(&async), 0)); /* one call for both */
    return unused;
}

Test(uv, what_is_sent_runs_in_the_senders_span)
{
    pthread_t thread;
    cr_assert(eq(int, slm_uv_async_init(&loop, &async, on_async), 0));
    cr_assert(eq(int, pthread_create(&thread, NULL, send_from, NULL), 0));
    pthread_join(thread, NULL);
    uv_run(&loop, UV_RUN_ONCE);
    TEXT("again <sender\nsender\nreceived <sender\n");
    cr_expect(eq(u32, sends, 1));
    slm_uv_async_send(&async);
    run();
    TEXT("received\nloop\n");
    MISUSE("");
}
