/* SPDX-License-Identifier: MIT */
/* Tail keep: a local tree of spans is held until its local root ends, and goes on if it was slow, failed, or is part of
 * a sampled trace whose caller is elsewhere and expects it; else it is let go. Bounded: what is too large or too long
 * to hold goes on, as the head sampler decided. One thread, the machine's.
 *
 *                    the local root ended, or it is too large or old
 *   HOLDING ------------------------------------------------------------> KEPT, DROPPED
 *      ^  a span of a trace that is not known                                 |
 *      +----------------------------------------------------------------------+ forgotten, the oldest first
 *
 * What is remembered of a trace that was decided is for its late spans: those that end after their local root. */
#ifndef SPANLOOM_EXPORTERS_TAIL_H
#define SPANLOOM_EXPORTERS_TAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct slmi_tail_options {
    uint32_t spans;       /* held at most, of all traces */
    uint32_t trace_spans; /* of one */
    uint64_t slow_ns;     /* a local root that took so long is kept */
    uint64_t hold_ns;     /* the longest that a trace is held */
} slmi_tail_options;

/* What decides, of one ended span. */
typedef struct slmi_tail_span {
    uint32_t record;
    uint64_t trace_id[2];
    uint64_t took_ns;
    bool is_local_root; /* it has no parent, or one in another process, */
    bool is_called;     /* which is this */
    bool failed;
} slmi_tail_span;

/* Told of each span that was taken, once: it goes on, or is dropped. */
typedef void slmi_tail_verdict(void *user, uint32_t record, bool keep);

typedef struct slmi_tail slmi_tail;

/* NULL without memory. */
slmi_tail *slmi_tail_new(const slmi_tail_options *options, slmi_tail_verdict *verdict, void *user);
/* Nothing may be held. NULL is fine. */
void slmi_tail_free(slmi_tail *tail);

void slmi_tail_take(slmi_tail *tail, const slmi_tail_span *span, uint64_t now_ns);
/* Lets go on what was held for too long. */
void slmi_tail_step(slmi_tail *tail, uint64_t now_ns);
/* When to step at the latest; UINT64_MAX while nothing is held. */
uint64_t slmi_tail_due(const slmi_tail *tail);
/* Lets go on everything. */
void slmi_tail_release(slmi_tail *tail);
/* How many spans are held. */
uint32_t slmi_tail_held(const slmi_tail *tail);

#endif
