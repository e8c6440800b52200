/* SPDX-License-Identifier: MIT */
/* A request on libevent: a timer that is armed anew inside its own span, and a stream whose callbacks know theirs. */
#include <spanloom/event.h>
#include <spanloom/log.h>
#include <spanloom/trace.h>

#include <stdlib.h>
#include <sys/socket.h>

struct market {
    slm_libevent bell;
    slm_bufferevent reader;
    struct bufferevent *writer;
    int rings;
};

static void on_bell(evutil_socket_t fd, short what, void *argument)
{
    static const struct timeval soon = { 0, 1000 };
    struct market *m = argument;
    (void)fd;
    (void)what;
    SLM_INFO(("ring", ++m->rings));
    if (m->rings < 3)
        slm_libevent_add(&m->bell, &soon); /* captures again: still inside "market" */
    else
        bufferevent_write(m->writer, "sold", 4);
}

static void on_read(struct bufferevent *stream, void *argument)
{
    char text[16];
    size_t len = bufferevent_read(stream, text, sizeof text);
    struct market *m = argument;
    SLM_INFO(("text", slm_strn(text, len)), "heard");
    slm_bufferevent_free(&m->reader);
    bufferevent_free(m->writer);
}

int main(void)
{
    struct event_base *base = event_base_new();
    struct market m = { .rings = 0 };
    evutil_socket_t ends[2];
    static const struct timeval at_once = { 0, 0 };

    slm_init_log(NULL);
    if (!base || evutil_socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
        return EXIT_FAILURE;
    evutil_make_socket_nonblocking(ends[0]);
    evutil_make_socket_nonblocking(ends[1]);
    m.writer = bufferevent_socket_new(base, ends[0], BEV_OPT_CLOSE_ON_FREE);
    struct bufferevent *stream = bufferevent_socket_new(base, ends[1], BEV_OPT_CLOSE_ON_FREE);

    slm_libevent_new(&m.bell, base, -1, 0, on_bell, &m);
    slm_span market = SLM_SPAN("market", ("town", "Lukla")), ear = SLM_SPAN("ear", ("side", "left"));
    {
        SLM_ENTER(market);
        slm_libevent_add(&m.bell, &at_once);
    }
    {
        SLM_ENTER(ear);
        slm_bufferevent_setcb(&m.reader, stream, on_read, NULL, NULL, &m);
        bufferevent_enable(stream, EV_READ);
    }
    event_base_dispatch(base);
    slm_span_end(ear);
    slm_span_end(market);
    slm_libevent_free(&m.bell);
    event_base_free(base);
    slm_log_shutdown(0);
    return EXIT_SUCCESS;
}
