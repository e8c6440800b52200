/* SPDX-License-Identifier: MIT */
/* An event loop in one screen: descriptors that become readable, and timers. One thread. */
#ifndef DEMO_LOOP_H
#define DEMO_LOOP_H

#include <stdbool.h>

struct loop {
    int epoll;
    bool stopped;
};

/* Whoever waits for something is called back by the loop, with itself. */
struct watch {
    int fd;
    void (*ready)(void *owner);
    void *owner;
    bool is_timer;
};

bool loop_open(struct loop *loop);
void loop_close(struct loop *loop);

/* Calls back whoever is ready, until loop_stop(). */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

/* Calls back whenever `fd` is readable. The watch is the caller's, and stays where it is. */
bool loop_watch(struct loop *loop, struct watch *watch, int fd, void (*ready)(void *owner), void *owner);

/* The same for a timer, which is set, once for each call back, by loop_timer_set(). */
bool loop_timer_open(struct loop *loop, struct watch *timer, void (*ready)(void *owner), void *owner);
void loop_timer_set(struct watch *timer, unsigned ms);
void loop_timer_close(struct watch *timer);

#endif
