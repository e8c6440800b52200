/* SPDX-License-Identifier: MIT */
#include "tests/wire/path_server.h"

#include "tests/wire/listener.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HELD_MAX = 64, REQUEST_BYTES = 4 << 20 };

struct path_server {
    pthread_t thread;
    int listener, stop_fd[2];
    uint16_t port;
    char *request; /* the thread's */
    int held[HELD_MAX];
    unsigned held_count;
    pthread_mutex_t mutex; /* guards what follows */
    path_answer answers[PATH_KINDS];
    unsigned requests[PATH_KINDS];
    char *body; /* NULL: none yet */
    uint64_t last_ns, least_gap_ns;
};

static void must(bool good, const char *what)
{
    if (good)
        return;
    perror(what);
    abort();
}

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Whether `request` holds a whole one. */
static bool is_whole(const char *request, size_t len)
{
    const char *end = memmem(request, len, "\r\n\r\n", 4);
    const char *length = strcasestr(request, "\r\ncontent-length:");
    if (!end)
        return false;
    size_t head = (size_t)(end - request) + 4, body = length && length < end ? strtoul(length + 17, NULL, 10) : 0;
    return len >= head + body;
}

static bool read_request(path_server *s, int fd)
{
    size_t len = 0;
    while (len < REQUEST_BYTES - 1) {
        ssize_t got = recv(fd, s->request + len, REQUEST_BYTES - 1 - len, 0);
        if (got <= 0)
            return false;
        len += (size_t)got;
        s->request[len] = '\0';
        if (is_whole(s->request, len))
            return true;
    }
    return false;
}

static path_answer note(path_server *s)
{
    path_kind kind = strstr(s->request, " /v1/traces ") ? PATH_TRACES : PATH_OTHER;
    pthread_mutex_lock(&s->mutex);
    s->requests[kind]++;
    if (kind == PATH_OTHER) {
        uint64_t now = now_ns(), gap = now - s->last_ns;
        if (s->requests[kind] > 1 && gap < s->least_gap_ns)
            s->least_gap_ns = gap;
        s->last_ns = now;
        free(s->body);
        s->body = strdup(s->request);
        must(s->body != NULL, "strdup");
    }
    path_answer answer = s->answers[kind];
    pthread_mutex_unlock(&s->mutex);
    return answer;
}

static void attend(path_server *s, int fd)
{
    char text[1024];
    if (!read_request(s, fd)) {
        close(fd);
        return;
    }
    path_answer answer = note(s);
    if (answer.status == 0) {
        must(s->held_count < HELD_MAX, "too many are held");
        s->held[s->held_count++] = fd;
        return;
    }
    int len = snprintf(text, sizeof text, "HTTP/1.1 %d Whatever\r\nContent-Length: 2\r\nConnection: close\r\n%s\r\n{}",
                       answer.status, answer.headers);
    ssize_t sent = send(fd, text, (size_t)len, MSG_NOSIGNAL);
    (void)sent; /* whoever hung up learns nothing */
    close(fd);
}

static void *serve(void *user)
{
    path_server *s = user;
    for (;;) {
        struct pollfd entries[] = { { .fd = s->listener, .events = POLLIN },
                                    { .fd = s->stop_fd[0], .events = POLLIN } };
        poll(entries, 2, -1);
        if (entries[1].revents)
            return NULL;
        int fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0)
            attend(s, fd);
    }
}

path_server *path_server_start(path_answer traces, path_answer other)
{
    path_server *s = calloc(1, sizeof *s);
    must(s && (s->request = malloc(REQUEST_BYTES)) != NULL, "malloc");
    s->listener = listener_open(&s->port);
    s->answers[PATH_TRACES] = traces;
    s->answers[PATH_OTHER] = other;
    s->least_gap_ns = UINT64_MAX;
    must(pipe2(s->stop_fd, O_CLOEXEC) == 0, "pipe2");
    pthread_mutex_init(&s->mutex, NULL);
    must(pthread_create(&s->thread, NULL, serve, s) == 0, "pthread_create");
    return s;
}

void path_server_stop(path_server *s)
{
    must(write(s->stop_fd[1], "", 1) == 1, "write");
    pthread_join(s->thread, NULL);
    for (unsigned i = 0; i < s->held_count; i++)
        close(s->held[i]);
    close(s->listener);
    close(s->stop_fd[0]);
    close(s->stop_fd[1]);
    pthread_mutex_destroy(&s->mutex);
    free(s->request);
    free(s->body);
    free(s);
}

uint16_t path_server_port(const path_server *s)
{
    return s->port;
}

void path_server_change(path_server *s, path_kind kind, path_answer answer)
{
    pthread_mutex_lock(&s->mutex);
    s->answers[kind] = answer;
    pthread_mutex_unlock(&s->mutex);
}

unsigned path_server_requests(path_server *s, path_kind kind)
{
    pthread_mutex_lock(&s->mutex);
    unsigned count = s->requests[kind];
    pthread_mutex_unlock(&s->mutex);
    return count;
}

char *path_server_body(path_server *s)
{
    pthread_mutex_lock(&s->mutex);
    char *body = strdup(s->body ? s->body : "");
    pthread_mutex_unlock(&s->mutex);
    must(body != NULL, "strdup");
    return body;
}

uint64_t path_server_least_gap_ns(path_server *s)
{
    pthread_mutex_lock(&s->mutex);
    uint64_t gap = s->least_gap_ns;
    pthread_mutex_unlock(&s->mutex);
    return gap;
}
