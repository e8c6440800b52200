/* SPDX-License-Identifier: MIT */
#include "examples/demo/loop.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

bool loop_open(struct loop *loop)
{
    loop->stopped = false;
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    return loop->epoll >= 0;
}

void loop_close(struct loop *loop)
{
    close(loop->epoll);
}

void loop_run(struct loop *loop)
{
    while (!loop->stopped) {
        /* One at a time, for whoever is called back may close what another event of the same turn was for. */
        struct epoll_event event;
        int count = epoll_wait(loop->epoll, &event, 1, -1);
        if (count < 0 && errno != EINTR) {
            perror("epoll_wait");
            return;
        }
        if (count != 1)
            continue;
        struct watch *watch = event.data.ptr;
        uint64_t expirations;
        if (watch->is_timer && read(watch->fd, &expirations, sizeof expirations) < 0)
            continue;
        watch->ready(watch->owner);
    }
}

void loop_stop(struct loop *loop)
{
    loop->stopped = true;
}

bool loop_watch(struct loop *loop, struct watch *watch, int fd, void (*ready)(void *owner), void *owner)
{
    *watch = (struct watch){ .fd = fd, .ready = ready, .owner = owner };
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = watch };
    return fd >= 0 && epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

bool loop_timer_open(struct loop *loop, struct watch *timer, void (*ready)(void *owner), void *owner)
{
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (!loop_watch(loop, timer, fd, ready, owner)) {
        if (fd >= 0)
            close(fd);
        return false;
    }
    timer->is_timer = true;
    return true;
}

void loop_timer_set(struct watch *timer, unsigned ms)
{
    struct itimerspec when = { .it_value = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 } };
    if (ms == 0)
        when.it_value.tv_nsec = 1; /* All zero would mean never. */
    timerfd_settime(timer->fd, 0, &when, NULL);
}

void loop_timer_close(struct watch *timer)
{
    close(timer->fd); /* which also takes it out of the epoll set */
}
