/* SPDX-License-Identifier: MIT */
/* An HTTP/1.1 server on epoll alone, for callers it does not trust: each request is a trace of this service's own, with
 * a link to the caller's. One request a connection, one thread. usage: epoll_server */
#include "examples/demo/service.h"
#include <spanloom/carrier.h>
#include <spanloom/http.h>
#include <spanloom/trace.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REQUEST_MAX = 16384, EVENTS = 16 };

struct connection {
    int fd;
    struct sockaddr_in peer;
    size_t len;
    char request[REQUEST_MAX];
};

/* The next word of the request line; empty at its end. */
static slm_string word(const char **at)
{
    size_t len = strcspn(*at, " \r\n");
    slm_string found = slm_string_of(*at, len);
    *at += len + ((*at)[len] == ' ');
    return found;
}

static void answer(struct connection *connection)
{
    char peer[INET_ADDRSTRLEN] = "", reply[128];
    const char *at = connection->request;
    slm_string block = slm_string_of(connection->request, connection->len);
    slm_string method = word(&at), target = word(&at), version = word(&at);
    bool known = slm_string_equal(target, slm_string_from_c("/yaks"));
    inet_ntop(AF_INET, &connection->peer.sin_addr, peer, sizeof peer);

    const slm_http_request request = {
        .size = sizeof request,
        .untrusted = true,
        .method = method,
        .target = target,
        .version = version.len > 5 ? slm_string_of(version.data + 5, version.len - 5) : (slm_string){ NULL, 0 },
        .route = slm_string_from_c(known ? "/yaks" : NULL),
        .peer_address = slm_string_from_c(peer),
        .peer_port = ntohs(connection->peer.sin_port),
        .getter = slm_http1_getter(),
        .carrier = &block,
    };
    slm_http_server server = slm_http_server_begin(&request);
    slm_token token = slm_http_server_enter(&server);
    unsigned status = known ? 200 : 404;
    int len = snprintf(reply, sizeof reply, "HTTP/1.1 %u %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", status,
                       known ? "OK" : "Not Found");
    bool sent = send(connection->fd, reply, (size_t)len, MSG_NOSIGNAL) == len;
    slm_exit(token);
    slm_http_server_end(&server, sent ? status : 0, sent ? NULL : "connection_lost", NULL);
}

static void hang_up(struct connection *connection)
{
    close(connection->fd);
    free(connection);
}

static void on_readable(struct connection *connection)
{
    ssize_t n = recv(connection->fd, connection->request + connection->len, REQUEST_MAX - 1 - connection->len, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    connection->len += n > 0 ? (size_t)n : 0;
    connection->request[connection->len] = '\0';
    bool whole = strstr(connection->request, "\r\n\r\n") != NULL;
    if (whole)
        answer(connection);
    if (whole || n <= 0 || connection->len == REQUEST_MAX - 1)
        hang_up(connection);
}

static void on_connection(int epoll, int listener)
{
    struct connection *connection = calloc(1, sizeof *connection);
    socklen_t len = sizeof connection->peer;
    if (!connection)
        return;
    connection->fd = accept4(listener, (struct sockaddr *)&connection->peer, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = connection };
    if (connection->fd < 0)
        free(connection);
    else if (epoll_ctl(epoll, EPOLL_CTL_ADD, connection->fd, &event) != 0)
        hang_up(connection);
}

static int open_listener(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, len) != 0 || listen(fd, SOMAXCONN) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &len) != 0)
        return -1;
    service_ready(ntohs(address.sin_port));
    return fd;
}

int main(void)
{
    static char listening, ending;
    sigset_t ends;
    if (!service_begin("epoll_server", &ends))
        return EXIT_FAILURE;
    int epoll = epoll_create1(EPOLL_CLOEXEC), signals = signalfd(-1, &ends, SFD_CLOEXEC), listener = open_listener();
    struct epoll_event both[] = { { .events = EPOLLIN, .data.ptr = &listening },
                                  { .events = EPOLLIN, .data.ptr = &ending } };
    if (epoll < 0 || listener < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &both[0]) != 0 ||
        epoll_ctl(epoll, EPOLL_CTL_ADD, signals, &both[1]) != 0) {
        perror("epoll_server: cannot serve");
        return EXIT_FAILURE;
    }
    for (bool stop = false; !stop;) {
        struct epoll_event events[EVENTS];
        int count = epoll_wait(epoll, events, EVENTS, -1);
        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr == &ending)
                stop = true;
            else if (events[i].data.ptr == &listening)
                on_connection(epoll, listener);
            else
                on_readable(events[i].data.ptr);
        }
    }
    close(listener);
    close(signals);
    close(epoll);
    return service_end();
}
