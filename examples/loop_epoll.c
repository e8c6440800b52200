/* SPDX-License-Identifier: MIT */
/* A loop made by hand: what epoll hands back points to a watch, and the watch carries the context. Two connections, one
 * of which serves two requests, each with a span of its own. The same works for kqueue's udata and io_uring's
 * user_data.
 */
#include <spanloom/log.h>
#include <spanloom/trace.h>
#include <spanloom/watch.h>

#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

struct connection {
    slm_watch watch; /* the first member, so that what is ready leads to its connection */
    const char *name;
    int here, peer;
    slm_span span, request;
};

static int open_connections;

static void on_answer(slm_watch *watch, uint32_t events);

static void on_request(slm_watch *watch, uint32_t events)
{
    struct connection *c = (struct connection *)(void *)watch; /* inside the connection's span */
    char what;
    (void)events;
    if (read(c->here, &what, 1) != 1) {
        SLM_INFO("closed");
        slm_watch_disarm(watch);
        close(c->here);
        open_connections--;
        return;
    }
    c->request = SLM_SPAN("request", ("what", slm_strn(&what, 1)));
    SLM_ENTER(c->request);
    slm_watch_arm(watch, on_answer); /* from now on inside the request's */
}

static void on_answer(slm_watch *watch, uint32_t events)
{
    struct connection *c = (struct connection *)(void *)watch;
    char answer;
    (void)events;
    if (read(c->here, &answer, 1) == 1)
        SLM_INFO(("answer", slm_strn(&answer, 1)));
    SLM_ENTER(c->span);
    slm_watch_arm(watch, on_request); /* the next one is not a child of this one */
}

static void begin(int loop, struct connection *c, const char *name)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
        exit(EXIT_FAILURE);
    *c = (struct connection){ .name = name, .here = pair[0], .peer = pair[1] };
    c->span = SLM_SPAN("connection", ("name", name));
    SLM_ENTER(c->span);
    slm_watch_arm(&c->watch, on_request); /* captures */
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = &c->watch };
    if (epoll_ctl(loop, EPOLL_CTL_ADD, c->here, &event) != 0)
        exit(EXIT_FAILURE);
    open_connections++;
}

static void step(int loop)
{
    struct epoll_event events[8];
    int count = epoll_wait(loop, events, 8, -1);
    for (int i = 0; i < count; i++)
        slm_watch_run(events[i].data.ptr, events[i].events);
}

static void send_to(int loop, const struct connection *c, char what)
{
    if (write(c->peer, &what, 1) != 1)
        exit(EXIT_FAILURE);
    step(loop);
}

int main(void)
{
    int loop = epoll_create1(EPOLL_CLOEXEC);
    struct connection a, b;

    slm_init_log(NULL);
    begin(loop, &a, "a");
    begin(loop, &b, "b");
    send_to(loop, &a, '1'); /* their requests overlap */
    send_to(loop, &b, '2');
    send_to(loop, &a, 'x');
    send_to(loop, &b, 'y');
    slm_span_end(a.request);
    slm_span_end(b.request);
    close(a.peer);
    step(loop);
    close(b.peer);
    step(loop);
    close(loop);
    slm_span_end(a.span);
    slm_span_end(b.span);
    slm_log_shutdown(0);
    return open_connections == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
