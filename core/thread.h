/* SPDX-License-Identifier: MIT */
/* What each thread has of its own: where it stands, its magazines, its ring of ended spans, its counters. A block is
 * made at a thread's first need, listed for good, and used again by a later thread when its own has ended. */
#ifndef SPANLOOM_CORE_THREAD_H
#define SPANLOOM_CORE_THREAD_H

#include <spanloom/stats.h>

#include "core/ids.h"
#include "core/pool.h"

enum { SLMI_RING = 256, SLMI_SETS = 32 };

struct slmi_dispatch;

/* Written by one thread, read by any. */
typedef _Atomic(uint64_t) slmi_counter;

typedef struct slmi_thread {
    /* The owner's. */
    _Atomic(uint64_t) epoch; /* of the outermost entry; 0 outside the library */
    uint64_t current;        /* the innermost entry; 0 for none */
    uint64_t ending;         /* the span whose processors are asked for their last words on this thread; 0 for none */
    struct slmi_dispatch *scoped;
    uint32_t scopes; /* how many are pushed */
    int *errno_at;   /* the thread's: a call through the PLT each time is too dear */
    slmi_random random;
    uint32_t index;        /* from 1 */
    uint32_t entries;      /* ever made; its low bits tell tokens apart */
    uint32_t muted;        /* all bits while nothing that is traced is recorded, else none */
    uint32_t asking;       /* those that are being asked about a callsite */
    _Atomic(uint8_t) busy; /* inside a critical section, where a signal handler must not follow */
    uint8_t printing;      /* printers within printers */
    bool suppressed;       /* nothing is traced: the exporter's own traffic */
    uint32_t free_count;
    uint32_t free[2 * SLMI_MAGAZINE];
    char *line; /* where layers format; slmi_thread_line() */
    size_t line_room;
    bool line_taken;

    uint32_t inside[SLMI_SETS]; /* by subscriber, the layers whose callbacks are running */

    slmi_counter started, ended, abandoned;
    slmi_counter unrecorded[SLM_UNRECORDED_REASONS];
    slmi_counter set_started[SLMI_SETS], set_recycled[SLMI_SETS];
    struct {
        slmi_counter ended, filtered, unsampled, pushed, late, homeless;
    } pipelines[SLM_PIPELINES_MAX];

    /* The ring: the owner writes head, the consumer tail. */
    _Alignas(64) _Atomic(uint32_t) head;
    uint32_t tail_seen;
    uint32_t until_look; /* pushes until the consumer's sleep is looked at */
    _Alignas(64) _Atomic(uint32_t) tail;
    _Atomic(uint32_t) overflow; /* slots, linked through the pool's links */
    slmi_counter popped[SLM_PIPELINES_MAX];
    _Alignas(64) uint32_t ring[SLMI_RING];

    struct slmi_thread *next;
    _Atomic(uint32_t) owned;
} slmi_thread;

extern _Thread_local slmi_thread *slmi_self __attribute__((tls_model("initial-exec")));

/* How many spans were not recorded because their thread has no block. */
extern _Atomic(uint64_t) slmi_threadless;

/* This thread's block, made if need be; NULL if it cannot be (no memory, or inside a signal handler that interrupted
 * just that). */
slmi_thread *slmi_thread_register(void);

static inline slmi_thread *slmi_thread_get(void)
{
    slmi_thread *self = slmi_self;
    return __builtin_expect(self != NULL, 1) ? self : slmi_thread_register();
}

/* The block of the consumer, one thread at a time, where it could not be registered: what it is done with must come
 * free also when there is no memory. Never this thread's own: it holds no magazine for longer than a call. */
slmi_thread *slmi_thread_spare(void);

/* The list of all blocks, newest first; only ever grows. */
slmi_thread *slmi_thread_list(void);

/* In a forked child: the survivor's block, fresh but for where it stands. Async-signal-safe. */
void slmi_thread_fork_child(void);

static inline void slmi_count(slmi_counter *counter)
{
    /* Release, so that who sees this count (acquire, in stats.c) also sees what was counted before it. */
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + 1, memory_order_release);
}

/* Marks the section that a signal handler on this thread must not enter. False: it is one already, turn back. */
static inline bool slmi_busy_begin(slmi_thread *self)
{
    if (__builtin_expect(atomic_load_explicit(&self->busy, memory_order_relaxed), 0))
        return false;
    atomic_store_explicit(&self->busy, 1, memory_order_relaxed);
    atomic_signal_fence(memory_order_seq_cst);
    return true;
}

static inline void slmi_busy_end(slmi_thread *self)
{
    atomic_signal_fence(memory_order_seq_cst);
    atomic_store_explicit(&self->busy, 0, memory_order_relaxed);
}

/* While user code that is told of something runs, nothing that it traces is recorded. */
uint32_t slmi_thread_mute(void);
void slmi_thread_unmute(uint32_t before);

/* The thread's buffer for one line of text, at least `room` bytes; NULL if it is taken (a layer that traces while it
 * formats) or there is no memory. Given back by slmi_thread_line_done(). */
char *slmi_thread_line(slmi_thread *self, size_t room);
void slmi_thread_line_done(slmi_thread *self);

#endif
