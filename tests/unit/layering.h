/* SPDX-License-Identifier: MIT */
/* What the tests of layers share: a subscriber of one layer on this thread, and a clock that stands. */
#ifndef SPANLOOM_TESTS_LAYERING_H
#define SPANLOOM_TESTS_LAYERING_H

#include <spanloom/dynamic.h>
#include <spanloom/read.h>
#include <spanloom/trace.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"

struct layering {
    slm_subscriber *subscriber;
    slm_subscriber_scope scope;
};

/* Until layering_end() the layer is told of what this thread traces. */
static inline struct layering layering_begin(const slm_layer *layer)
{
    struct layering l = { .subscriber = NULL };
    if (slm_subscriber_of_layers(layer, 1, &l.subscriber) != SLM_OK)
        abort();
    l.scope = slm_thread_subscriber_push(l.subscriber);
    return l;
}

/* The layer is destroyed by this, unless a span is still open. */
static inline void layering_end(struct layering l)
{
    slm_thread_subscriber_pop(l.scope);
    slm_subscriber_release(l.subscriber);
}

/* A span with a name that only a string knows. */
static inline slm_span layering_span(const char *name, size_t len)
{
    slm_callsite callsite = { .size = sizeof callsite,
                              .level = SLM_LEVEL_INFO,
                              .name = slm_string_of(name, len),
                              .target = slm_string_from_c("layers") };
    return slm_span_start(&callsite, NULL, 0, NULL);
}

/* Runs `body` in a forked child; its answer, or -1. */
static inline int layering_fork(int (*body)(void *), void *user)
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0)
        _exit(body(user));
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#endif
