/* SPDX-License-Identifier: MIT */
/* Filters that count: so many events a second of each callsite, or every nth.
 *
 * State is one word a callsite, by the number of its record, in chunks that are made when one of theirs is first asked
 * for, and freed with the filter. Threads change it by compare-and-swap alone. */
#include <stdatomic.h>

#include "core/alloc.h"
#include "core/clock.h"
#include "core/filter.h"
#include "core/site.h"

enum { SECOND = 1000000000 };

struct limit {
    uint64_t interval; /* of a rate: nanoseconds from one event to the next; of a sampling: `n` */
    uint64_t ahead;    /* of a rate: how far its schedule may run ahead of the clock */
    bool none;
    _Atomic(_Atomic(uint64_t) *) words[SLMI_SITES_CHUNKS];
};

/* The callsite's word; NULL for one that is not the library's, or without memory, and then the event is taken: a limit
 * must not lose all. */
static _Atomic(uint64_t) *word_of(struct limit *limit, uint32_t id)
{
    if (id >= SLMI_SITES_MAX)
        return NULL;
    _Atomic(_Atomic(uint64_t) *) *chunk = &limit->words[id / SLMI_SITES_CHUNK];
    _Atomic(uint64_t) *words = atomic_load_explicit(chunk, memory_order_acquire);
    if (!words) {
        _Atomic(uint64_t) *made = slmi_alloc_zeroed(SLMI_SITES_CHUNK * sizeof *made);
        if (!made)
            return NULL;
        if (atomic_compare_exchange_strong_explicit(chunk, &words, made, memory_order_acq_rel, memory_order_acquire))
            words = made;
        else
            slmi_free(made);
    }
    return &words[id % SLMI_SITES_CHUNK];
}

static slm_interest callsite(void *self, const slm_metadata *meta)
{
    const struct limit *limit = self;
    if (meta->is_span)
        return SLM_INTEREST_ALWAYS;
    return limit->none ? SLM_INTEREST_NEVER : SLM_INTEREST_SOMETIMES;
}

/* The generic cell rate algorithm (ITU-T I.371): the word is when the next event is due. */
static bool in_rate(void *self, const slm_metadata *meta, const slm_view *current, const void *place)
{
    struct limit *limit = self;
    _Atomic(uint64_t) *word = word_of(limit, meta->id);
    (void)current;
    (void)place;
    if (!word)
        return true;
    uint64_t now = slmi_now(), due = atomic_load_explicit(word, memory_order_relaxed), next;
    do {
        if (due > now && due - now > limit->ahead)
            return false;
        next = (due > now ? due : now) + limit->interval;
    } while (!atomic_compare_exchange_weak_explicit(word, &due, next, memory_order_relaxed, memory_order_relaxed));
    return true;
}

static bool is_nth(void *self, const slm_metadata *meta, const slm_view *current, const void *place)
{
    struct limit *limit = self;
    _Atomic(uint64_t) *word = word_of(limit, meta->id);
    (void)current;
    (void)place;
    return !word || atomic_fetch_add_explicit(word, 1, memory_order_relaxed) % limit->interval == 0;
}

static void destroy(void *self)
{
    struct limit *limit = self;
    for (unsigned i = 0; i < SLMI_SITES_CHUNKS; i++)
        slmi_free(atomic_load_explicit(&limit->words[i], memory_order_relaxed));
    slmi_free(limit);
}

static slm_filter *make(const slm_filter_ops *ops, uint64_t interval, uint64_t ahead, bool none)
{
    struct limit *limit = slmi_alloc_zeroed(sizeof *limit);
    if (!limit)
        return NULL;
    limit->interval = interval;
    limit->ahead = ahead;
    limit->none = none;
    slm_filter *filter = slm_filter_new(ops, limit);
    if (!filter)
        slmi_free(limit);
    return filter;
}

slm_filter *slm_filter_rate(uint32_t per_second, uint32_t burst)
{
    static const slm_filter_ops ops = {
        .size = sizeof ops, .callsite = callsite, .enabled = in_rate, .destroy = destroy
    };
    uint64_t interval = per_second ? SECOND / per_second : 0;
    slmi_clock_init(); /* it may be asked before any subscriber is made */
    return make(&ops, interval, burst ? (burst - 1) * interval : 0, per_second == 0);
}

slm_filter *slm_filter_every(uint32_t n)
{
    static const slm_filter_ops ops = {
        .size = sizeof ops, .callsite = callsite, .enabled = is_nth, .destroy = destroy
    };
    return make(&ops, n ? n : 1, 0, false);
}
