/* SPDX-License-Identifier: MIT */
/* One epoll descriptor for everything that the exporters wait for: an eventfd by which other threads wake them, and
 * every socket of libcurl's multi interface. Whoever drives it polls the one descriptor for as long as
 * slmi_loop_due() says and then steps; a step never waits.
 *
 * One thread drives. From any other: slmi_loop_wake(). In a forked child: slmi_loop_leave(). */
#ifndef SPANLOOM_EXPORTERS_LOOP_H
#define SPANLOOM_EXPORTERS_LOOP_H

#include <spanloom/status.h>

#include "exporters/curl_types.h"

#include <stdatomic.h>

enum { SLMI_LOOP_SOCKETS_MAX = 64 };

/* What stirs when a watched descriptor is ready, or broken. From inside a step. */
typedef void slmi_loop_ready(void *user, int fd);

typedef struct slmi_watch {
    int fd; /* -1: free */
    slmi_loop_ready *ready;
    void *user;
} slmi_watch;

struct slmi_loop;

/* What libcurl's half does in a step; see loop_curl.c. */
typedef struct slmi_loop_half {
    void (*ready)(struct slmi_loop *loop, int fd, uint32_t events); /* epoll's */
    void (*tick)(struct slmi_loop *loop);
    void (*close)(struct slmi_loop *loop);
} slmi_loop_half;

typedef struct slmi_loop {
    int epoll_fd;
    _Atomic int wake_fd;                        /* -1: closed; a wake does nothing then */
    CURLM *multi;                               /* NULL until slmi_loop_multi() */
    const slmi_loop_half *curl;                 /* with `multi` */
    uint64_t timer_due_ns;                      /* libcurl's wish */
    _Atomic int sockets[SLMI_LOOP_SOCKETS_MAX]; /* libcurl's open ones, -1 where free: what a forked child closes */
    slmi_watch watches[SLMI_LOOP_SOCKETS_MAX];  /* descriptors that are not libcurl's multi interface's */
    int wakeup_pair[2];                         /* libcurl's own, which it does not show; -1 where not found */
} slmi_loop;

/* A transfer that the loop looks after: an easy handle whose CURLOPT_PRIVATE this is. */
typedef struct slmi_transfer {
    CURL *easy;
    void (*done)(void *user, CURLcode result); /* from inside a step; the handle is out of the loop already */
    void *user;
    bool running;
} slmi_transfer;

SLM_NODISCARD slm_status slmi_loop_open(slmi_loop *loop);
/* Every transfer must be out of it. */
void slmi_loop_close(slmi_loop *loop);
/* Makes libcurl's half, after curl_global_init(). SLM_ERR_UNSUPPORTED in a build without libcurl. */
SLM_NODISCARD slm_status slmi_loop_multi(slmi_loop *loop);

/* What a descriptor is looked at for, from now on. */
bool slmi_loop_look(const slmi_loop *loop, int fd, bool reads, bool writes);
void slmi_loop_look_away(const slmi_loop *loop, int fd);

/* Prepares a new easy handle: its sockets are the loop's, its events go to `transfer`. */
void slmi_loop_adopt(slmi_loop *loop, slmi_transfer *transfer);
SLM_NODISCARD slm_status slmi_loop_start(slmi_loop *loop, slmi_transfer *transfer);
/* Takes it out, if it is in; `done` is not called. */
void slmi_loop_stop(slmi_loop *loop, slmi_transfer *transfer);

/* Sockets that a handle of another multi opens are the loop's as well: a forked child closes them. */
void slmi_loop_adopt_sockets(slmi_loop *loop, CURL *easy);
/* The same of a descriptor that somebody opened, until it is disowned. False if there is no room. */
bool slmi_loop_own(slmi_loop *loop, int fd);
void slmi_loop_disown(slmi_loop *loop, int fd);

/* Calls `ready` whenever `fd` can be read, or written if `writes` says so. Again for the same one: changes that. False
 * if there is no room, or the system refuses. */
bool slmi_loop_watch(slmi_loop *loop, int fd, bool reads, bool writes, slmi_loop_ready *ready, void *user);
/* Before the descriptor is closed, unless the loop's own sockets are: those are forgotten by themselves. */
void slmi_loop_unwatch(slmi_loop *loop, int fd);

uint64_t slmi_loop_due(const slmi_loop *loop);
void slmi_loop_step(slmi_loop *loop);

/* Ends a wait on the descriptor. Any thread, async-signal-safe. */
void slmi_loop_wake(slmi_loop *loop);
/* In a forked child: closes the child's copies of all descriptors and touches nothing else. The parent's connections
 * stay whole, because nothing is said on them, and its epoll as it is, because nothing is taken out; libcurl's memory
 * is left where it is. Async-signal-safe. */
void slmi_loop_leave(slmi_loop *loop);

#endif
