/* SPDX-License-Identifier: MIT */
/* The descriptor is shared with the host, so it cannot be made non-blocking. A pipe or terminal that polls as writable
 * takes PIPE_BUF bytes at once (POSIX write()), hence pieces of at most that, each ended by a line's end where there is
 * one, so that lines of others do not land within ours. */
#include "exporters/sink.h"

#include "core/alloc.h"
#include "exporters/deadline.h"
#include "exporters/http_answer.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

enum { LOOK_AGAIN_MS = 20 };

typedef struct sink {
    slmi_transport base;
    int fd;
    const char *body;
    size_t left;
    uint64_t deadline_ns, look_ns;
} sink;

static void sink_begin(slmi_transport *transport, const char *body, size_t len, uint64_t deadline_ns)
{
    sink *s = (sink *)(void *)transport;
    s->body = body;
    s->left = len;
    s->deadline_ns = deadline_ns;
}

static size_t piece(const sink *s)
{
    if (s->left <= PIPE_BUF)
        return s->left;
    const char *end = memrchr(s->body, '\n', PIPE_BUF);
    return end ? (size_t)(end - s->body) + 1 : PIPE_BUF;
}

static bool is_writable(int fd)
{
    struct pollfd entry = { .fd = fd, .events = POLLOUT };
    return poll(&entry, 1, 0) == 1;
}

static bool sink_step(slmi_transport *transport, uint64_t now_ns, slmi_answer *answer)
{
    sink *s = (sink *)(void *)transport;
    *answer = (slmi_answer){ .verdict = SLMI_ACCEPTED };
    while (s->left > 0 && is_writable(s->fd)) {
        ssize_t written = write(s->fd, s->body, piece(s));
        if (written < 0 && errno != EINTR && errno != EAGAIN) {
            char room[80];
            answer->verdict = SLMI_FATAL;
            slmi_answer_say(answer, "%s", strerror_r(errno, room, sizeof room));
            return true;
        }
        if (written < 0)
            break;
        s->body += written;
        s->left -= (size_t)written;
    }
    if (s->left == 0)
        return true;
    s->look_ns = slmi_deadline_earlier(slmi_deadline_after(now_ns, LOOK_AGAIN_MS), s->deadline_ns);
    if (now_ns < s->deadline_ns)
        return false;
    /* Some of it may be out: sending it again would repeat that. */
    answer->verdict = SLMI_FATAL;
    slmi_answer_say(answer, "nobody reads it");
    return true;
}

static uint64_t sink_due(const slmi_transport *transport)
{
    return ((const sink *)(const void *)transport)->look_ns;
}

static void sink_abort(slmi_transport *transport)
{
    ((sink *)(void *)transport)->left = 0;
}

static void sink_free(slmi_transport *transport)
{
    slmi_free(transport);
}

static const slmi_transport_ops sink_ops = {
    .begin = sink_begin,
    .step = sink_step,
    .due = sink_due,
    .abort = sink_abort,
    .free = sink_free,
};

slmi_transport *slmi_sink_new(int fd, const char *target)
{
    sink *s = slmi_alloc_zeroed(sizeof *s);
    if (!s)
        return NULL;
    s->base = (slmi_transport){ .ops = &sink_ops, .target = target };
    s->fd = fd;
    return &s->base;
}
