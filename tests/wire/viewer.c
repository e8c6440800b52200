/* SPDX-License-Identifier: MIT */
#include "tests/wire/viewer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what)
{
    perror(what);
    exit(2);
}

viewer viewer_start(const char *program, const char *const *arguments)
{
    enum { MOST = 32 };
    char *argv[MOST + 2] = { (char *)(uintptr_t)program };
    for (size_t i = 0; i < MOST && arguments[i]; i++)
        argv[i + 1] = (char *)(uintptr_t)arguments[i];
    int out[2], err[2];
    if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0)
        die("pipe2");
    viewer v = { .out = out[0], .err = err[0] };
    v.pid = fork();
    if (v.pid < 0)
        die("fork");
    if (v.pid == 0) {
        if (dup2(out[1], STDOUT_FILENO) < 0 || dup2(err[1], STDERR_FILENO) < 0)
            _exit(126);
        execv(program, argv);
        _exit(127);
    }
    (void)close(out[1]);
    (void)close(err[1]);
    for (int stream = 0; stream < 2; stream++) {
        v.printed[stream] = calloc(1, 1);
        if (!v.printed[stream])
            die("calloc");
    }
    return v;
}

/* Reads what is there of one stream; false at its end. */
static bool take(viewer *v, int stream)
{
    char block[4096];
    ssize_t got = read(stream == 0 ? v->out : v->err, block, sizeof block);
    if (got <= 0)
        return false;
    char *longer = realloc(v->printed[stream], v->len[stream] + (size_t)got + 1);
    if (!longer)
        die("realloc");
    memcpy(longer + v->len[stream], block, (size_t)got);
    v->len[stream] += (size_t)got;
    longer[v->len[stream]] = '\0';
    v->printed[stream] = longer;
    return true;
}

/* Waits for one of the streams and reads it; false when both have ended or nothing comes. */
static bool take_some(viewer *v, bool ended[2])
{
    struct pollfd ready[2] = { { .fd = ended[0] ? -1 : v->out, .events = POLLIN },
                               { .fd = ended[1] ? -1 : v->err, .events = POLLIN } };
    if ((ended[0] && ended[1]) || poll(ready, 2, VIEWER_PATIENCE_MS) <= 0)
        return false;
    for (int stream = 0; stream < 2; stream++)
        if (ready[stream].revents != 0 && !take(v, stream))
            ended[stream] = true;
    return true;
}

bool viewer_prints(viewer *v, int stream, const char *text)
{
    bool ended[2] = { false, false };
    while (!strstr(v->printed[stream], text))
        if (!take_some(v, ended))
            return false;
    return true;
}

static uint16_t port_before(const char *line, const char *path)
{
    const char *at = strstr(line, path);
    while (at && at > line && at[-1] >= '0' && at[-1] <= '9')
        at--;
    return at ? (uint16_t)strtoul(at, NULL, 10) : 0;
}

bool viewer_listens(viewer *v)
{
    if (!viewer_prints(v, 0, "(Zipkin)\n"))
        return false;
    v->otlp_port = port_before(v->printed[0], "/v1/traces");
    v->zipkin_port = port_before(v->printed[0], "/api/v2/spans");
    return v->otlp_port != 0 && v->zipkin_port != 0;
}

int viewer_ends(viewer *v)
{
    bool ended[2] = { v->out < 0, false };
    while (take_some(v, ended))
        continue;
    int status;
    if (!ended[0] || !ended[1])
        (void)kill(v->pid, SIGKILL);
    if (waitpid(v->pid, &status, 0) != v->pid)
        return -1;
    v->pid = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int viewer_stop(viewer *v, int signal_number)
{
    (void)kill(v->pid, signal_number);
    int status = viewer_ends(v);
    viewer_free(v);
    return status;
}

void viewer_free(viewer *v)
{
    if (v->out >= 0)
        (void)close(v->out);
    (void)close(v->err);
    free(v->printed[0]);
    free(v->printed[1]);
}

/* The other side may reply and close before it has all; what it replied is read all the same. */
static void send_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t sent = send(fd, bytes, len, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return;
        bytes += sent;
        len -= (size_t)sent;
    }
}

static int connected(uint16_t port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
    struct timeval patience = { .tv_sec = VIEWER_PATIENCE_MS / 1000 };
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof address) != 0)
        die("connect");
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    return fd;
}

void viewer_abandon(uint16_t port, const char *bytes, size_t len)
{
    int fd = connected(port);
    send_all(fd, bytes, len);
    (void)close(fd);
}

int viewer_exchange(uint16_t port, const char *bytes, size_t len, char *reply, size_t room)
{
    int fd = connected(port);
    send_all(fd, bytes, len);
    size_t used = 0;
    for (ssize_t got; used < room - 1 && (got = recv(fd, reply + used, room - 1 - used, 0)) > 0;)
        used += (size_t)got;
    reply[used] = '\0';
    (void)close(fd);
    return strncmp(reply, "HTTP/1.1 ", 9) == 0 ? (int)strtol(reply + 9, NULL, 10) : 0;
}

int viewer_post(uint16_t port, const char *path, const char *headers, const char *body, size_t len, char *reply,
                size_t room)
{
    size_t most = strlen(path) + strlen(headers) + len + 256;
    char *request = malloc(most);
    if (!request)
        die("malloc");
    int head = snprintf(request, most,
                        "POST %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: %zu\r\n%s\r\n",
                        path, len, headers);
    if (head < 0)
        die("snprintf");
    if (len > 0)
        memcpy(request + head, body, len);
    int status = viewer_exchange(port, request, (size_t)head + len, reply, room);
    free(request);
    return status;
}
