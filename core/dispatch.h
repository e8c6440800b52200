/* SPDX-License-Identifier: MIT */
/* Who is told: the global subscriber, or the thread's own. What is replaced at run time is published by a pointer swap;
 * readers hold no lock.
 *
 * Reclamation: at its outermost entry into the library a thread stores the global epoch in its block (slmi_guard), and
 * restores what was there when it leaves; a plain store, made visible by the replacer's process-wide barrier. What was
 * unpublished is freed on a later cold path, when every block is outside or has entered since. A set of layers also
 * waits until the records that were started under it are recycled, a raw subscriber until its spans have been ended. */
#ifndef SPANLOOM_CORE_DISPATCH_H
#define SPANLOOM_CORE_DISPATCH_H

#include <spanloom/layer.h>

#include "core/filter.h"
#include "core/platform.h"
#include "core/site.h"
#include "core/thread.h"

/* A verdict on a callsite: which layers take it, which must be asked at each hit. Bit 0 alone for a raw subscriber. */
typedef struct slmi_verdict {
    uint32_t takes, ask;
} slmi_verdict;

typedef struct slmi_layer {
    const slm_layer_ops *ops; /* NULL: exports only */
    void *self;
    _Atomic(slm_filter *) filter; /* NULL takes all; a reload replaces it */
    uint32_t place, filter_place; /* offsets of their places in a record's arena; the filter's begins with a word that
                                     says whose it is: see slmi_filter_place() */
    uint32_t filter_bytes;        /* room for the filter's place, without that word */
    int pipeline;                 /* its number if it exports, else -1 */
    bool shares;                  /* the filter is that of an earlier pipeline's layer, which is asked and told of it */
} slmi_layer;

typedef struct slmi_dispatch slmi_dispatch;
struct slm_subscriber;

struct slmi_dispatch {
    uint32_t serial; /* never zero, never used twice */
    uint8_t slot;    /* in the table */
    bool raw;
    const slm_subscriber_ops *ops; /* of a raw one */
    void *self;
    uint32_t count;
    /* Masks of layers. */
    uint32_t on_start, on_record, on_event, on_enter, on_exit, on_ending, on_end, scopes, exports;
    uint32_t follows; /* layers that take what any exporting one takes: processors */
    uint32_t logs;    /* pipelines that take events as records of their own, and no spans */
    bool timeless;    /* nobody reads the times of its spans */
    bool logs_only;   /* spans do not keep events for export */
    _Atomic(uint32_t) filter_starts, filter_records, filter_events;
    uint32_t places, filter_places;  /* bytes of each record's arena; the filters' come first */
    uint32_t details, details_place; /* what exported spans say of themselves; see details.h */
    _Atomic(uint8_t) asks;           /* SLMI_ASKS_...: what a span's start does beside the usual; see sampling.h */
    _Atomic(struct slm_sampler *) sampler;
    _Atomic(struct slm_id_generator *) ids;
    slmi_layer layers[SLM_LAYERS_MAX];
    /* Pipelines whose filters are one are a group: their spans have the same parents. See parent_table.h. */
    uint8_t groups;                   /* 0 without a pipeline */
    uint8_t group[SLM_PIPELINES_MAX]; /* of each pipeline */
    uint32_t group_layers[SLM_PIPELINES_MAX];
    uint32_t parents; /* where the table of parents lies in a record's arena, if there are groups */
    _Atomic(uint32_t) references, scoped_threads;
    _Atomic(uint32_t) generation; /* of filters: a verdict worked out under another one is not kept */
    _Atomic(uint64_t) retired;    /* the epoch when it was unpublished; 0 while it lives */
    uint64_t unlisted;            /* the epoch when the table of readers lost it; under the mutex */
    int64_t before; /* spans of its place in the table that were started and never ended when it came; likewise */
    /* By record id: bit 63 known, 32..62 ask, 0..30 takes. NULL: nothing is kept. */
    _Atomic(uint64_t) *verdicts;
};

extern _Atomic(slmi_dispatch *) slmi_global;
extern _Atomic(uint64_t) slmi_epoch;
extern _Atomic(slmi_dispatch *) slmi_sets[SLMI_SETS];
extern _Atomic(uint32_t) slmi_watchers; /* how many have layers that are told of enters or exits */
extern bool slmi_readers_fence;         /* there is no process-wide barrier */

/* Between unpublishing something and reading in which epoch each thread is: pairs with the fence in slmi_guard(). */
static inline void slmi_dispatch_barrier(void)
{
    atomic_thread_fence(memory_order_seq_cst);
    if (!slmi_readers_fence)
        slmi_platform_barrier();
}

/* Enters the library; what is published is not freed until slmi_unguard(). Nests. */
static inline uint64_t slmi_guard(slmi_thread *self)
{
    uint64_t outer = atomic_load_explicit(&self->epoch, memory_order_relaxed);
    if (outer == 0) {
        uint64_t now = atomic_load_explicit(&slmi_epoch, memory_order_acquire);
#ifdef SLMI_SYMMETRIC_FENCES /* for sanitizers, which do not see the asymmetric one */
        atomic_exchange_explicit(&self->epoch, now, memory_order_seq_cst);
#else
        atomic_store_explicit(&self->epoch, now, memory_order_relaxed);
        if (__builtin_expect(slmi_readers_fence, 0))
            atomic_thread_fence(memory_order_seq_cst);
        else
            atomic_signal_fence(memory_order_seq_cst); /* pairs with slmi_platform_barrier() */
#endif
    }
    return outer;
}

static inline void slmi_unguard(slmi_thread *self, uint64_t outer)
{
    atomic_store_explicit(&self->epoch, outer, memory_order_release);
}

static inline slm_filter *slmi_layer_filter(const slmi_layer *layer)
{
    return atomic_load_explicit(&layer->filter, memory_order_acquire);
}

/* What the filter has in the places of a record, or of a copy of them. NULL if another filter wrote it, before a
 * reload: its bytes mean nothing to this one. */
static inline void *slmi_filter_place(const slmi_layer *layer, const slm_filter *filter, const unsigned char *places)
{
    const uint64_t *place = (const uint64_t *)(const void *)(places + layer->filter_place);
    bool theirs = layer->filter_bytes && __atomic_load_n(place, __ATOMIC_ACQUIRE) == filter->serial;
    return theirs ? (void *)(uintptr_t)(place + 1) : NULL;
}

/* Inside a guard: who is told on this thread, or NULL. */
static inline slmi_dispatch *slmi_dispatch_current(slmi_thread *self)
{
    slmi_dispatch *d = self->scoped;
    return __builtin_expect(d != NULL, 0) ? d : atomic_load_explicit(&slmi_global, memory_order_acquire);
}

/* The dispatch that a record was started under. It cannot go while the record is in use. */
static inline slmi_dispatch *slmi_dispatch_of(const slmi_slot *slot)
{
    return atomic_load_explicit(&slmi_sets[atomic_load_explicit(&slot->set, memory_order_relaxed)],
                                memory_order_acquire);
}

/* As it stands in a subscriber's table: this bit if it is known, who must be asked above 32, who takes it below. */
#define SLMI_VERDICT_KNOWN (UINT64_C(1) << 63)

/* Layers whose callbacks this thread is in, and which are not told of what they trace. */
static inline uint32_t slmi_deaf(const slmi_thread *self, const slmi_dispatch *d)
{
    return self->inside[d->slot] | self->muted;
}

/* The same where somebody must be asked, or nobody is told of anything. */
uint32_t slmi_dispatch_ask(slmi_thread *self, slmi_dispatch *dispatch, const slmi_site_record *record);

/* Inside a guard: the layers that want this hit, 0 for none. Asks them if they want to be asked. */
static inline uint32_t slmi_dispatch_mask(slmi_thread *self, slmi_dispatch *dispatch, const slmi_site_record *record)
{
    _Atomic(uint64_t) *verdicts = dispatch->verdicts;
    uint64_t word = verdicts ? atomic_load_explicit(&verdicts[record->meta.id], memory_order_relaxed) : 0;
    if (__builtin_expect(word >> 32 == SLMI_VERDICT_KNOWN >> 32 && !self->suppressed, 1))
        return (uint32_t)word & ~slmi_deaf(self, dispatch);
    return slmi_dispatch_ask(self, dispatch, record);
}

/* Inside a guard: those of `layers` whose filters take the event too, now that its fields are there. */
uint32_t slmi_dispatch_mask_event(slmi_thread *self, slmi_dispatch *dispatch, uint32_t layers, slm_hit *event);

/* slmi_enabled()'s answer: the mask, and whose it is. */
static inline uint64_t slmi_masked(const slmi_dispatch *dispatch, uint32_t mask)
{
    return (uint64_t)dispatch->serial << 32 | mask;
}

/* Inside a guard: the layers of an answer of slmi_enabled(), asked again if the subscriber was replaced meanwhile. */
static inline uint32_t slmi_unmask(slmi_thread *self, slmi_dispatch *dispatch, const slmi_site_record *record,
                                   uint64_t answer)
{
    if (__builtin_expect((uint32_t)(answer >> 32) == dispatch->serial, 1))
        return (uint32_t)answer;
    return slmi_dispatch_mask(self, dispatch, record);
}

/* Computes and publishes the interest of one callsite in all live subscribers. */
void slmi_dispatch_consider(slmi_thread *self, slmi_site *site, slmi_site_record *record);
/* Forgets what the subscriber said of callsites. */
void slmi_verdicts_forget(slmi_dispatch *dispatch);
/* Whether layer `at` takes a span of this callsite under that parent, with the filter it has now. Inside a guard. */
bool slmi_layer_takes(slmi_thread *self, slmi_dispatch *dispatch, unsigned at, const slm_metadata *meta,
                      const slmi_slot *parent);
/* The same for all callsites, after any change of who listens. */
void slmi_dispatch_reconsider(void);
/* Whether every thread has entered the library since, or is outside. */
bool slmi_epoch_has_passed(uint64_t epoch);
void slmi_dispatch_set_filter(slmi_dispatch *dispatch, unsigned at, slm_filter *filter);
/* Frees what nobody can reach any more. Cold paths. */
void slmi_dispatch_collect(void);
/* A raw subscriber made a span, or was told of one's end: it is not destroyed between the two. */
static inline void slmi_dispatch_count_start(slmi_thread *self, const slmi_dispatch *d)
{
    slmi_count(&self->set_started[d->slot]);
}

static inline void slmi_dispatch_count_end(slmi_thread *self, const slmi_dispatch *d)
{
    slmi_count(&self->set_recycled[d->slot]);
}

/* Gives a reference up; the last one retires the subscriber. */
void slmi_dispatch_release(slmi_dispatch *dispatch);
/* The thread ends: its own subscriber is no longer its. */
void slmi_dispatch_thread_leave(slmi_thread *self);
/* Before the counters of threads are cleared, and after. */
void slmi_dispatch_fork_count(void);
void slmi_dispatch_fork_child(void);

/* A new one, in no table yet; NULL without memory. */
slmi_dispatch *slmi_dispatch_create(void);
/* Gives it a place in the table. */
slm_status slmi_dispatch_enlist(slmi_dispatch *dispatch);

/* Runs user code for layer `at`: what it traces is not told to that layer again. */
static inline uint32_t slmi_call_begin(slmi_thread *self, const slmi_dispatch *d, unsigned at)
{
    uint32_t inside = self->inside[d->slot];
    self->inside[d->slot] = inside | UINT32_C(1) << at;
    return inside;
}

static inline void slmi_call_end(slmi_thread *self, const slmi_dispatch *d, uint32_t inside)
{
    self->inside[d->slot] = inside;
}

/* Tells the filter of layer `at` that a span starts (or, after a reload, that it did); `parent` is its parent's places,
 * NULL for none. Inside a guard; the record is pinned, or not known to others yet. */
void slmi_filter_start(slmi_thread *self, const slmi_dispatch *d, unsigned at, slmi_slot *slot,
                       const unsigned char *parent);

#endif
