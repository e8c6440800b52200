/* SPDX-License-Identifier: MIT */
/* Which spans each thread is inside, as one layer is told by on_enter() and on_exit(): a stack, a lane, for each thread
 * that is inside any. A lane is the thread's from its outermost enter to its outermost exit, so that there need be only
 * as many as threads are inside spans at the same time, and none is left when a thread ends.
 *
 * Only its thread touches a lane, but for `owner`: claimed by compare-and-swap from 0, given back by a release store.
 * A thread that ends inside spans whose exits it was not told of, because a filter was replaced meanwhile, leaves its
 * lane behind; where lanes run out, the system is asked which owners are gone. */
#ifndef SPANLOOM_CORE_LAYERS_LANES_H
#define SPANLOOM_CORE_LAYERS_LANES_H

#include <stdatomic.h>

#include <spanloom/span.h>

/* A span that the thread entered and has not left. */
typedef struct slmi_frame {
    uint64_t span;
    uint64_t entered_ns; /* by slm_now_ns() */
    uint64_t value;      /* the layer's */
} slmi_frame;

typedef struct slmi_lane {
    _Atomic(uint64_t) owner;  /* slmi_lane_thread(); 0: free */
    _Atomic(uint64_t) number; /* the system's of its owner; 0: not known yet */
    uint32_t depth;           /* frames */
    uint32_t deeper;          /* entered when there was no frame left */
    uint64_t since_ns;        /* the layer's */
    slmi_frame frames[];
} slmi_lane;

typedef struct slmi_lanes {
    uint64_t id; /* never used twice */
    uint32_t count, depth;
    size_t stride;
    unsigned char *memory;
    _Atomic(uint64_t) looked_ns; /* when owners were last looked for */
} slmi_lanes;

/* False: no memory. */
bool slmi_lanes_init(slmi_lanes *lanes, uint32_t count, uint32_t depth);
void slmi_lanes_destroy(slmi_lanes *lanes);
/* In a forked child: nobody is inside anything. Async-signal-safe. */
void slmi_lanes_forget(slmi_lanes *lanes);

/* A number that no other thread of the process has, or had. Never zero. */
uint64_t slmi_lane_thread(void);

/* This thread's lane; if it has none, a free one with `claim`, else NULL. NULL too if all are taken. */
slmi_lane *slmi_lane_mine(slmi_lanes *lanes, bool claim);

/* Drops frames from the top whose spans have ended: a layer is not told of each exit if its filter is replaced between
 * an enter and that. */
void slmi_lane_settle(slmi_lane *lane);
/* The frame of a span just entered; NULL if the lane is at its depth. */
slmi_frame *slmi_lane_push(slmi_lanes *lanes, slmi_lane *lane, slm_span span);
/* Takes the innermost frame of a span away, with those above it, which were skipped; false if there is none. Gives the
 * lane back when it is empty. */
bool slmi_lane_pop(slmi_lane *lane, slm_span span, slmi_frame *out);

#endif
