/* SPDX-License-Identifier: MIT */
/* The descriptor is shared with the host, so it cannot be made non-blocking. A pipe or terminal that polls as writable
 * takes PIPE_BUF bytes at once (POSIX write()), hence pieces of at most that, each ended by a line's end where there is
 * one, so that lines of others do not land within ours. */
#include "exporters/sink.h"

#include "core/alloc.h"
#include "exporters/deadline.h"
#include "exporters/http_answer.h"
#include <spanloom/sdk.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOOK_AGAIN_MS = 20 };

typedef struct sink {
    slmi_transport base;
    int fd;
    const char *body;
    size_t left;
    uint64_t deadline_ns, look_ns;
    char *path;      /* NULL: the descriptor is the host's */
    bool whole;      /* a regular file, which takes a body at once */
    bool begun;      /* some of this body is out, and not all of it */
    bool torn;       /* so it ended: the next begins on a line of its own */
    int open_error;  /* why there is no descriptor */
    unsigned opened; /* `reopenings` at that time */
} sink;

static atomic_uint reopenings;

void slm_reopen_file(void)
{
    atomic_fetch_add_explicit(&reopenings, 1, memory_order_relaxed);
}

/* If it cannot be opened again, the old one stays in use: after a chroot(), say. */
static void open_file(sink *s)
{
    unsigned wanted = atomic_load_explicit(&reopenings, memory_order_relaxed);
    if (!s->path || (s->fd >= 0 && s->opened == wanted))
        return;
    int fd = open(s->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0640);
    s->opened = wanted;
    if (fd < 0) {
        s->open_error = errno;
        return;
    }
    if (s->fd >= 0)
        close(s->fd);
    struct stat status;
    s->fd = fd;
    s->whole = fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
    s->torn = false;
}

static void sink_begin(slmi_transport *transport, const char *body, size_t len, uint64_t deadline_ns)
{
    sink *s = (sink *)(void *)transport;
    s->body = body;
    s->left = len;
    s->deadline_ns = deadline_ns;
    s->begun = false;
    open_file(s);
}

static size_t piece(const sink *s)
{
    if (s->whole || s->left <= PIPE_BUF)
        return s->left;
    const char *end = memrchr(s->body, '\n', PIPE_BUF);
    return end ? (size_t)(end - s->body) + 1 : PIPE_BUF;
}

static bool is_writable(int fd)
{
    struct pollfd entry = { .fd = fd, .events = POLLOUT };
    return poll(&entry, 1, 0) == 1;
}

static void refuse(slmi_answer *answer, int error)
{
    char room[80];
    answer->verdict = SLMI_FATAL;
    slmi_answer_say(answer, "%s", strerror_r(error, room, sizeof room));
}

/* A body of which no more will be written. */
static void leave(sink *s)
{
    s->torn = s->torn || (s->path && s->begun);
    s->begun = false;
}

/* Ends the line that was cut. */
static bool mend(sink *s)
{
    if (s->torn && is_writable(s->fd) && write(s->fd, "\n", 1) == 1)
        s->torn = false;
    return !s->torn;
}

static bool sink_step(slmi_transport *transport, uint64_t now_ns, slmi_answer *answer)
{
    sink *s = (sink *)(void *)transport;
    *answer = (slmi_answer){ .verdict = SLMI_ACCEPTED };
    if (s->fd < 0) {
        refuse(answer, s->open_error);
        return true;
    }
    if (s->torn && !mend(s) && s->whole) {
        refuse(answer, errno);
        return true;
    }
    while (s->left > 0 && !s->torn && is_writable(s->fd)) {
        ssize_t written = write(s->fd, s->body, piece(s));
        if (written < 0 && errno != EINTR && errno != EAGAIN) {
            refuse(answer, errno);
            leave(s);
            return true;
        }
        if (written < 0)
            break;
        s->body += written;
        s->left -= (size_t)written;
        s->begun = true;
    }
    if (s->left == 0)
        return true;
    s->look_ns = slmi_deadline_earlier(slmi_deadline_after(now_ns, LOOK_AGAIN_MS), s->deadline_ns);
    if (now_ns < s->deadline_ns)
        return false;
    /* Some of it may be out: sending it again would repeat that. */
    leave(s);
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
    sink *s = (sink *)(void *)transport;
    if (s->left > 0)
        leave(s);
    s->left = 0;
}

static void sink_free(slmi_transport *transport)
{
    sink *s = (sink *)(void *)transport;
    if (s->path && s->fd >= 0)
        close(s->fd);
    slmi_free(s->path);
    slmi_free(s);
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

slmi_transport *slmi_sink_open(const char *path)
{
    sink *s = slmi_alloc_zeroed(sizeof *s);
    if (!s)
        return NULL;
    s->path = slmi_alloc(strlen(path) + 1);
    if (!s->path) {
        slmi_free(s);
        return NULL;
    }
    memcpy(s->path, path, strlen(path) + 1);
    s->base = (slmi_transport){ .ops = &sink_ops, .target = s->path };
    s->fd = -1;
    /* At once, so that it works after a chroot(). */
    open_file(s);
    return &s->base;
}
