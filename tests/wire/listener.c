/* SPDX-License-Identifier: MIT */
#include "tests/wire/listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PATIENCE_S = 30 };

static void require(bool good, const char *what)
{
    if (good)
        return;
    perror(what);
    exit(2);
}

/* `how` is bind or connect. */
static int open_socket(uint16_t port, int (*how)(int, const struct sockaddr *, socklen_t), const char *what)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons(port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct timeval patience = { .tv_sec = PATIENCE_S };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    require(fd >= 0 && how(fd, (const struct sockaddr *)&address, sizeof address) == 0, what);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return fd;
}

int listener_open(uint16_t *port)
{
    struct sockaddr_in address = { 0 };
    socklen_t len = sizeof address;
    int fd = open_socket(0, bind, "bind");
    require(listen(fd, 4) == 0, "listen");
    require(getsockname(fd, (struct sockaddr *)&address, &len) == 0, "getsockname");
    *port = ntohs(address.sin_port);
    return fd;
}

/* Where the body of a request starts, if all of it is there; else NULL. */
static const char *body_of(const char *request, size_t len)
{
    const char *end = strstr(request, "\r\n\r\n"), *length = strstr(request, "Content-Length: ");
    if (!end)
        return NULL;
    size_t body_len = length && length < end ? strtoul(length + 16, NULL, 10) : 0;
    return request + len == end + 4 + body_len ? end + 4 : NULL;
}

static void send_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t sent = send(fd, data, len, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        data += sent;
        len -= (size_t)sent;
    }
}

const char *listener_take(int listener, char *request, size_t room, int status, const char *body)
{
    char head[160];
    const char *got_body = NULL;
    size_t len = 0;
    int fd = accept(listener, NULL, NULL);
    require(fd >= 0, "accept");
    *request = '\0';
    for (ssize_t got; !got_body && len + 1 < room && (got = recv(fd, request + len, room - 1 - len, 0)) > 0;) {
        len += (size_t)got;
        request[len] = '\0';
        got_body = body_of(request, len);
    }
    int head_len = snprintf(head, sizeof head,
                            "HTTP/1.1 %d Whatever\r\nContent-Type: application/json\r\nConnection: close\r\n"
                            "Content-Length: %zu\r\n\r\n",
                            status, strlen(body));
    send_all(fd, head, (size_t)head_len);
    send_all(fd, body, strlen(body));
    (void)close(fd);
    return got_body;
}

int listener_send(uint16_t port, const char *request)
{
    int fd = open_socket(port, connect, "connect");
    send_all(fd, request, strlen(request));
    return fd;
}

int listener_reply(int fd, char *reply, size_t room)
{
    size_t len = 0;
    for (ssize_t got; len + 1 < room && (got = recv(fd, reply + len, room - 1 - len, 0)) > 0;)
        len += (size_t)got;
    reply[len] = '\0';
    (void)close(fd);
    return strncmp(reply, "HTTP/1.1 ", 9) == 0 ? (int)strtol(reply + 9, NULL, 10) : 0;
}
