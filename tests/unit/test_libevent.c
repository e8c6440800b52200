/* SPDX-License-Identifier: MIT */
/* libevent's events and bufferevents: each callback runs where it was armed; what is captured is given back. */
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <spanloom/event.h>
#include <spanloom/layer.h>

#include "core/pool.h"
#include "tests/unit/spans.h"

static struct event_base *base;
static const struct timeval at_once = { 0, 0 }, soon = { 0, 1000 }, never = { 3600, 0 };

static void begin(void)
{
    recorded_begin(NULL, 0, NULL);
    base = event_base_new();
    cr_assert(ne(ptr, base, NULL));
}

static void end(void)
{
    event_base_free(base);
}

TestSuite(libevent, .init = begin, .fini = end);

struct request {
    slm_libevent event;
    slm_bufferevent stream;
    slm_span span;
    unsigned calls;
};

static void check(struct request *r)
{
    r->calls++;
    cr_expect(eq(u64, slm_current().id, r->span.id));
}

static void run(void)
{
    SLM_SCOPE_AS(scope, "loop");
    event_base_dispatch(base);
    cr_expect(eq(u64, slm_current().id, scope.id));
}

static void on_tick(evutil_socket_t fd, short what, void *argument)
{
    struct request *r = argument;
    cr_expect(eq(int, fd, -1));
    cr_expect(eq(int, what, EV_TIMEOUT));
    check(r);
    if (r->calls == 4)
        slm_libevent_del(&r->event);
}

static void on_once(evutil_socket_t fd, short what, void *argument)
{
    struct request *r = argument;
    (void)fd;
    (void)what;
    check(r);
    cr_expect(eq(u64, r->event.context.id, 0u));
    if (r->calls < 4)
        slm_libevent_add(&r->event, &at_once);
}

Test(libevent, interleaved_requests_each_have_their_own_span)
{
    enum { REQUESTS = 12 };
    static struct request requests[REQUESTS];
    for (unsigned i = 0; i < REQUESTS; i++) {
        struct request *r = &requests[i];
        bool stays = i % 2;
        if (i != 5) /* one is outside any span */
            r->span = SLM_SPAN("request");
        cr_assert(
            ne(ptr, slm_libevent_new(&r->event, base, -1, stays ? EV_PERSIST : 0, stays ? on_tick : on_once, r), NULL));
        SLM_ENTER(r->span);
        cr_expect(eq(int, slm_libevent_add(&r->event, &soon), 0));
    }
    run();
    for (unsigned i = 0; i < REQUESTS; i++) {
        cr_expect(eq(u32, requests[i].calls, 4));
        slm_libevent_free(&requests[i].event);
        slm_libevent_free(&requests[i].event);
        slm_span_end(requests[i].span);
    }
    slm_libevent_free(NULL);
    MISUSE("");
}

static void on_signal(evutil_socket_t number, short what, void *argument)
{
    struct request *r = argument;
    cr_expect(eq(int, number, SIGUSR1));
    cr_expect(eq(int, what, EV_SIGNAL));
    check(r);
    slm_libevent_free(&r->event);
}

Test(libevent, a_signal_runs_in_the_span_that_waits_for_it)
{
    static struct request r;
    r.span = SLM_SPAN("waiting");
    cr_assert(ne(ptr, slm_libevent_new(&r.event, base, SIGUSR1, EV_SIGNAL | EV_PERSIST, on_signal, &r), NULL));
    {
        SLM_ENTER(r.span);
        slm_libevent_add(&r.event, NULL);
    }
    raise(SIGUSR1);
    run();
    cr_expect(eq(u32, r.calls, 1));
    slm_span_end(r.span);
    MISUSE("");
}

/* -- memory -----------------------------------------------------------------------------------------------------------
 */

static struct {
    slm_libevent event;
    unsigned left;
    uint64_t ended;
    uint32_t in_use;
} again;

static void count(void *self, const slm_view *span)
{
    (void)self;
    (void)span;
    again.ended++;
}

static void on_again(evutil_socket_t fd, short what, void *argument)
{
    (void)fd;
    (void)what;
    (void)argument;
    SLM_SCOPE("turn"); /* a child of the one before, which has ended */
    if (--again.left == 0)
        return;
    if (again.left == 999000)
        again.in_use = slmi_pool_in_use();
    slm_libevent_add(&again.event, NULL);
    event_active(again.event.event, EV_TIMEOUT, 1);
}

Test(libevent, an_event_that_arms_itself_inside_its_span_takes_no_more_memory)
{
    static const slm_layer_ops ops = { .size = sizeof ops, .on_end = count };
    slm_layer layer = { .size = sizeof layer, .ops = &ops };
    slm_subscriber *subscriber;
    cr_assert(eq(int, slm_subscriber_of_layers(&layer, 1, &subscriber), SLM_OK));
    slm_set_global_subscriber(subscriber);
    slm_subscriber_release(subscriber);
    again.left = 1000000;
    slm_libevent_new(&again.event, base, -1, 0, on_again, NULL);
    {
        SLM_SCOPE("first");
        slm_libevent_add(&again.event, &at_once);
    }
    event_base_dispatch(base);
    cr_expect(eq(u64, again.ended, 1000001));
    cr_expect(eq(u32, slmi_pool_in_use(), again.in_use));
    slm_libevent_free(&again.event);
    MISUSE("");
}

Test(libevent, what_never_fires_gives_its_context_back)
{
    struct request r = { .calls = 0 };
    uint32_t in_use = 0;
    SLM_SCOPE("request");
    for (unsigned i = 0; i < 500; i++) {
        in_use = i == 100 ? slmi_pool_in_use() : in_use;
        slm_libevent_new(&r.event, base, -1, i % 3 ? EV_PERSIST : 0, on_tick, &r);
        slm_libevent_add(&r.event, &never);
        slm_libevent_add(&r.event, &never);
        if (i % 2)
            slm_libevent_del(&r.event);
        slm_libevent_free(&r.event);
    }
    cr_expect(eq(u32, slmi_pool_in_use(), in_use));
    cr_expect(eq(ptr, slm_libevent_new(&r.event, base, -1, 0, NULL, &r), NULL));
    slm_libevent_free(&r.event);
    MISUSE("");
}

static void on_gone(evutil_socket_t fd, short what, void *argument)
{
    slm_libevent *event = argument;
    (void)fd;
    (void)what;
    cr_expect(eq(u64, slm_current().id, 0u));
    SLM_SCOPE("late");
    slm_libevent_free(event);
    free(event);
}

Test(libevent, a_callback_outlives_its_span_and_frees_its_event)
{
    for (int stays = 0; stays < 2; stays++) {
        SLM_SCOPE("request");
        slm_libevent *event = malloc(sizeof *event);
        slm_libevent_new(event, base, -1, stays ? EV_PERSIST : 0, on_gone, event);
        slm_libevent_add(event, &at_once);
    }
    TEXT("request\nrequest\n");
    run();
    TEXT("late <request\nlate <request\nloop\n");
    MISUSE("");
}

/* -- bufferevents -----------------------------------------------------------------------------------------------------
 */

static void on_read(struct bufferevent *stream, void *argument)
{
    char byte;
    check(argument);
    while (bufferevent_read(stream, &byte, 1) == 1) {
    }
}

static void on_sent(struct bufferevent *stream, void *argument)
{
    (void)stream;
    check(argument);
    slm_bufferevent_free(&((struct request *)argument)->stream);
}

static void on_condition(struct bufferevent *stream, short what, void *argument)
{
    (void)stream;
    cr_expect(ne(int, what &BEV_EVENT_EOF, 0));
    check(argument);
    slm_bufferevent_free(&((struct request *)argument)->stream);
}

Test(libevent, both_ends_of_a_stream_keep_their_spans)
{
    static struct request reader, writer;
    int pair[2];
    cr_assert(eq(int, socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0));
    reader.span = SLM_SPAN("reader");
    writer.span = SLM_SPAN("writer");
    struct bufferevent *in = bufferevent_socket_new(base, pair[0], BEV_OPT_CLOSE_ON_FREE);
    struct bufferevent *out = bufferevent_socket_new(base, pair[1], BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
    {
        SLM_ENTER(reader.span);
        slm_bufferevent_setcb(&reader.stream, in, on_read, NULL, on_condition, &reader);
        bufferevent_enable(in, EV_READ);
    }
    {
        SLM_ENTER(writer.span);
        slm_bufferevent_setcb(&writer.stream, out, NULL, on_sent, NULL, &reader);
        slm_bufferevent_setcb(&writer.stream, out, NULL, on_sent, NULL, &writer);
        bufferevent_write(out, "yak", 3);
    }
    run();
    cr_expect(ge(u32, reader.calls, 2));
    cr_expect(eq(u32, writer.calls, 1));
    cr_expect(eq(ptr, reader.stream.bufferevent, NULL));
    slm_bufferevent_free(&reader.stream);
    slm_span_end(reader.span);
    slm_span_end(writer.span);
    MISUSE("");
}
