/* SPDX-License-Identifier: MIT */
/* Shaving one yak: a task on the event loop, which waits more than it works. */
#ifndef DEMO_YAK_H
#define DEMO_YAK_H

#include "examples/demo/loop.h"
#include <spanloom/span.h>

/* What a yak is like. */
struct yak_nature {
    int id;
    const char *coat;
    unsigned foam_l, lather_ms;
    double wool_kg;
    unsigned cut_ms;
    bool shy; /* It runs away from the lather. */
};

enum yak_state { YAK_CAUGHT, YAK_LATHERED, YAK_CUT };

struct yak {
    const struct yak_nature *nature;
    enum yak_state state; /* what has just been done */
    slm_span span;        /* the task's, from its start to its end */
    slm_span step;        /* what it is waiting for, from one poll to the next */
    struct watch timer;
    void (*finished)(void *owner, bool shaved);
    void *owner;
};

/* Starts to shave; calls `finished` from the loop. False if it cannot. The span is a child of what is current. */
bool yak_start(struct yak *yak, const struct yak_nature *nature, struct loop *loop,
               void (*finished)(void *owner, bool shaved), void *owner);

#endif
