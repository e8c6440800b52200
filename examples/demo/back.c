/* SPDX-License-Identifier: MIT */
/* The yak-shaving service: one thread with an event loop, HTTP included, and a pool for what blocks. The span of a
 * request stays open from one callback to another, and nothing waits meanwhile. usage: demo-back */
#include "examples/demo/http.h"
#include "examples/demo/order.h"
#include "examples/demo/service.h"
#include <spanloom/trace.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

struct service {
    struct loop loop;
    struct pool pool;
    struct MHD_Daemon *daemon;
    struct watch http, signals;
    unsigned requests; /* not yet answered to the end */
    bool ending;
};

struct request {
    struct service *service;
    struct MHD_Connection *connection;
    slm_http_server http;
    struct order order;
    enum { ARRIVED, WORKING, DONE } state;
};

static void on_http(void *owner)
{
    struct service *service = owner;
    MHD_UNSIGNED_LONG_LONG wait_ms;
    do
        MHD_run(service->daemon);
    while (MHD_get_timeout(service->daemon, &wait_ms) == MHD_YES && wait_ms == 0);
}

/* All of the order is done. */
static void on_finished(void *owner)
{
    struct request *request = owner;
    struct service *service = request->service;
    request->state = DONE;
    MHD_resume_connection(request->connection);
    on_http(service); /* in which handle() is called again, and the request may go */
}

static enum MHD_Result start_work(struct request *request)
{
    struct service *service = request->service;
    request->http = http_begin(request->connection, "POST", "/yaks", "/yaks");
    slm_token token = slm_http_server_enter(&request->http);
    request->state = WORKING;
    order_start(&request->order, &service->loop, &service->pool, on_finished, request);
    slm_exit(token);
    MHD_suspend_connection(request->connection);
    return MHD_YES;
}

static enum MHD_Result finish_work(struct request *request)
{
    char text[64];
    snprintf(text, sizeof text, "shaved %u of %d yaks", request->order.shaved, ORDER_YAKS);
    slm_http_server_end(&request->http, MHD_HTTP_OK, NULL, NULL);
    return http_answer(request->connection, MHD_HTTP_OK, text);
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *path, const char *method,
                              const char *version, const char *data, size_t *data_len, void **state)
{
    struct service *service = context;
    struct request *request = *state;
    (void)version;
    (void)data;
    if (!request) { /* The first call is only to say that there is a request. */
        *state = request = malloc(sizeof *request);
        if (!request)
            return MHD_NO;
        *request = (struct request){ .service = service, .connection = connection };
        service->requests++;
        return MHD_YES;
    }
    if (*data_len > 0) { /* A body, which nobody asked for. */
        *data_len = 0;
        return MHD_YES;
    }
    if (request->state == DONE)
        return finish_work(request);
    if (strcmp(path, "/yaks") != 0)
        return http_answer(connection, MHD_HTTP_NOT_FOUND, "there is only /yaks\n");
    if (strcmp(method, "POST") != 0)
        return http_answer(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only POST\n");
    return start_work(request);
}

/* The answer is sent, or nobody is there to take it. */
static void on_answered(void *context, struct MHD_Connection *connection, void **state,
                        enum MHD_RequestTerminationCode code)
{
    struct service *service = context;
    (void)connection;
    (void)code;
    if (!*state)
        return;
    free(*state);
    *state = NULL;
    service->requests--;
    if (service->ending && service->requests == 0)
        loop_stop(&service->loop);
}

/* Takes no more requests, and ends with the last one in hand. */
static void on_signal(void *owner)
{
    struct service *service = owner;
    struct signalfd_siginfo info;
    if (read(service->signals.fd, &info, sizeof info) != (ssize_t)sizeof info || service->ending)
        return;
    service->ending = true;
    close(MHD_quiesce_daemon(service->daemon));
    if (service->requests == 0)
        loop_stop(&service->loop);
}

static bool start(struct service *service, const sigset_t *ends)
{
    struct sockaddr_in address = http_loopback();
    if (!loop_open(&service->loop) || !pool_open(&service->pool, &service->loop))
        return false;
    service->daemon =
        MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, handle, service, MHD_OPTION_SOCK_ADDR,
                         &address, MHD_OPTION_NOTIFY_COMPLETED, on_answered, service, MHD_OPTION_END);
    if (!service->daemon)
        return false;
    int http = MHD_get_daemon_info(service->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    return loop_watch(&service->loop, &service->http, http, on_http, service) &&
           loop_watch(&service->loop, &service->signals, signalfd(-1, ends, SFD_CLOEXEC), on_signal, service);
}

int main(void)
{
    static struct service service;
    sigset_t ends;
    if (!service_begin("yak-shaving", &ends))
        return EXIT_FAILURE;
    if (!start(&service, &ends)) {
        perror("yak-shaving: cannot serve");
        return EXIT_FAILURE;
    }
    service_ready(http_port(service.daemon));
    loop_run(&service.loop);
    MHD_stop_daemon(service.daemon);
    pool_close(&service.pool);
    close(service.signals.fd);
    loop_close(&service.loop);
    return service_end();
}
