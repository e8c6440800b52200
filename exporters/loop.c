/* SPDX-License-Identifier: MIT */
#include "exporters/loop.h"

#include "exporters/deadline.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS_A_STEP = 16 };

static void close_if_open(int fd)
{
    if (fd >= 0)
        close(fd);
}

slm_status slmi_loop_open(slmi_loop *loop)
{
    int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    int wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    struct epoll_event event = { .events = EPOLLIN, .data.fd = wake_fd };
    if (epoll_fd < 0 || wake_fd < 0 || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, wake_fd, &event) != 0) {
        close_if_open(epoll_fd);
        close_if_open(wake_fd);
        return SLM_ERR_SYSTEM;
    }

    loop->epoll_fd = epoll_fd;
    loop->multi = NULL;
    loop->timer_due_ns = SLMI_NEVER;
    loop->wakeup_pair[0] = loop->wakeup_pair[1] = -1;
    for (unsigned i = 0; i < SLMI_LOOP_SOCKETS_MAX; i++)
        atomic_store_explicit(&loop->sockets[i], -1, memory_order_relaxed);
    for (unsigned i = 0; i < SLMI_LOOP_SOCKETS_MAX; i++)
        loop->watches[i].fd = -1;
    /* Release: whoever wakes through it finds a complete loop. */
    atomic_store_explicit(&loop->wake_fd, wake_fd, memory_order_release);
    return SLM_OK;
}

void slmi_loop_close(slmi_loop *loop)
{
    /* Forgotten first, closed then: a child forked in between must not close what is the host's by now. */
    int wake_fd = atomic_exchange_explicit(&loop->wake_fd, -1, memory_order_acq_rel);
    int epoll_fd = loop->epoll_fd;
    loop->wakeup_pair[0] = loop->wakeup_pair[1] = -1;
    loop->epoll_fd = -1;
    if (loop->multi)
        loop->curl->close(loop);
    loop->multi = NULL;
    close_if_open(wake_fd);
    close_if_open(epoll_fd);
}

bool slmi_loop_look(const slmi_loop *loop, int fd, bool reads, bool writes)
{
    struct epoll_event event = { .events = (reads ? EPOLLIN : 0) | (writes ? EPOLLOUT : 0), .data.fd = fd };
    return epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, fd, &event) == 0 ||
           (errno == ENOENT && epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0);
}

void slmi_loop_look_away(const slmi_loop *loop, int fd)
{
    struct epoll_event unused = { .events = 0 };
    epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, fd, &unused);
}

static slmi_watch *watch_of(slmi_loop *loop, int fd)
{
    for (unsigned i = 0; i < SLMI_LOOP_SOCKETS_MAX; i++) {
        if (loop->watches[i].fd == fd)
            return &loop->watches[i];
    }
    return NULL;
}

bool slmi_loop_watch(slmi_loop *loop, int fd, bool reads, bool writes, slmi_loop_ready *ready, void *user)
{
    slmi_watch *watch = watch_of(loop, fd);
    if (!watch)
        watch = watch_of(loop, -1);
    if (!watch || !slmi_loop_look(loop, fd, reads, writes))
        return false;
    *watch = (slmi_watch){ fd, ready, user };
    return true;
}

void slmi_loop_unwatch(slmi_loop *loop, int fd)
{
    slmi_watch *watch = watch_of(loop, fd);
    if (!watch || fd < 0)
        return;
    watch->fd = -1;
    slmi_loop_look_away(loop, fd);
}

bool slmi_loop_own(slmi_loop *loop, int fd)
{
    for (unsigned i = 0; i < SLMI_LOOP_SOCKETS_MAX; i++) {
        if (atomic_load_explicit(&loop->sockets[i], memory_order_relaxed) == -1) {
            atomic_store_explicit(&loop->sockets[i], fd, memory_order_relaxed);
            return true;
        }
    }
    return false;
}

void slmi_loop_disown(slmi_loop *loop, int fd)
{
    for (unsigned i = 0; fd >= 0 && i < SLMI_LOOP_SOCKETS_MAX; i++) {
        if (atomic_load_explicit(&loop->sockets[i], memory_order_relaxed) == fd)
            atomic_store_explicit(&loop->sockets[i], -1, memory_order_release);
    }
}

uint64_t slmi_loop_due(const slmi_loop *loop)
{
    return loop->timer_due_ns;
}

void slmi_loop_step(slmi_loop *loop)
{
    struct epoll_event events[EVENTS_A_STEP];
    int count = epoll_wait(loop->epoll_fd, events, EVENTS_A_STEP, 0);
    int wake_fd = atomic_load_explicit(&loop->wake_fd, memory_order_relaxed);
    for (int i = 0; i < count; i++) {
        int fd = events[i].data.fd;
        if (fd == wake_fd) {
            uint64_t wakes;
            ssize_t got = read(wake_fd, &wakes, sizeof wakes);
            (void)got; /* it only has to be empty */
            continue;
        }
        const slmi_watch *watch = watch_of(loop, fd);
        if (watch)
            watch->ready(watch->user, fd);
        else if (loop->multi) /* else one whose watch ended earlier in this very step: nobody's */
            loop->curl->ready(loop, fd, events[i].events);
    }
    if (loop->multi)
        loop->curl->tick(loop);
}

void slmi_loop_wake(slmi_loop *loop)
{
    int before = errno;
    /* Acquire pairs with the release in slmi_loop_open(). */
    int wake_fd = atomic_load_explicit(&loop->wake_fd, memory_order_acquire);
    if (wake_fd >= 0) {
        const uint64_t one = 1;
        ssize_t written = write(wake_fd, &one, sizeof one);
        (void)written; /* it can only fail when the counter is at its top, and then it wakes too */
    }
    errno = before;
}

void slmi_loop_leave(slmi_loop *loop)
{
    close_if_open(atomic_exchange_explicit(&loop->wake_fd, -1, memory_order_relaxed));
    close_if_open(loop->epoll_fd);
    loop->epoll_fd = -1;
    for (unsigned i = 0; i < SLMI_LOOP_SOCKETS_MAX; i++)
        close_if_open(atomic_exchange_explicit(&loop->sockets[i], -1, memory_order_relaxed));
    close_if_open(loop->wakeup_pair[0]);
    close_if_open(loop->wakeup_pair[1]);
    loop->multi = NULL;
}
