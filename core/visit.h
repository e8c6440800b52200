/* SPDX-License-Identifier: MIT */
/* The usual visit, of an open span that is not entered elsewhere, while no layer watches: one compare-and-swap on the
 * way in and one on the way out. It needs no guard, for it looks at no subscriber. Whatever is not usual is left to
 * others. */
#ifndef SPANLOOM_CORE_VISIT_H
#define SPANLOOM_CORE_VISIT_H

#include "core/current.h"

static inline bool slmi_visit_is_quiet(const slmi_thread *self, uint64_t id)
{
    return slmi_slot_is_ours(slmi_id_slot(id)) && !atomic_load_explicit(&self->busy, memory_order_relaxed) &&
           !atomic_load_explicit(&slmi_watchers, memory_order_relaxed);
}

/* The token; 0, and nothing done, if this is not the usual. `carried`: SLMI_CARRIED if a context leads here, else 0. */
static inline uint64_t slmi_visit_enter(slmi_thread *self, uint64_t id, uint64_t carried)
{
    slmi_slot *slot = slmi_slot_at(slmi_id_slot(id));
    uint64_t word = atomic_load_explicit(&slot->state, memory_order_relaxed);
    if (!slmi_same_generation(word, id) || (word & (SLMI_LOCK | SLMI_OPEN | SLMI_ENTERED)) != SLMI_OPEN ||
        (word & SLMI_PINS) >= SLMI_PINS_MAX * SLMI_PIN ||
        !atomic_compare_exchange_strong_explicit(&slot->state, &word, (word + SLMI_PIN) | SLMI_ENTERED | carried,
                                                 memory_order_acquire, memory_order_relaxed))
        return 0;
    return slmi_entry_claim_new(self, slot, id);
}

static inline bool slmi_visit_exit(slmi_thread *self, uint64_t id, uint64_t token)
{
    slmi_slot *slot = slmi_slot_at(slmi_id_slot(id));
    uint64_t word = atomic_load_explicit(&slot->state, memory_order_relaxed);
    if (self->current != id || slot->type == SLMI_SLOT_ENTRY || !slmi_entry_is_of(slot, token) ||
        (word & (SLMI_LOCK | SLMI_OPEN | SLMI_ENTERED)) != (SLMI_OPEN | SLMI_ENTERED))
        return false;
    self->current = slot->displaced; /* first: the entry is anybody's after the store */
    if (__builtin_expect(atomic_compare_exchange_strong_explicit(&slot->state, &word,
                                                                 (word - SLMI_PIN) & ~(SLMI_ENTERED | SLMI_CARRIED),
                                                                 memory_order_release, memory_order_relaxed),
                         1))
        return true;
    bool mine = slmi_busy_begin(self);
    slmi_unpin(self, slot, true);
    if (mine)
        slmi_busy_end(self);
    return true;
}

/* The same by token, if it is quiet; false, and nothing done, if this is not the usual. */
static inline bool slmi_visit_leave(slmi_thread *self, uint64_t token)
{
    uint64_t id = slmi_id(slmi_id_slot(token), token);
    return __builtin_expect(slmi_visit_is_quiet(self, id) && slmi_visit_exit(self, id, token), 1);
}

/* Of a slot that may be anybody's by now, who writes it as his own: the caller looks whether it was, and then throws
 * the value away. A thread sanitizer would see the write alone. */
#ifdef SLMI_SYMMETRIC_FENCES
#define SLMI_UNSEEN __attribute__((__no_sanitize__("thread")))
#else
#define SLMI_UNSEEN
#endif
static inline SLMI_UNSEEN uint64_t slmi_visit_end_of(const slmi_slot *slot)
{
    return __atomic_load_n(&slot->end, __ATOMIC_RELAXED);
}

/* The handle of the span that an open context was captured in, 0 for none. Without a pin: what is read between two
 * looks at a word of the context's generation was the context's. */
static inline uint64_t slmi_visit_captured(uint64_t id)
{
    slmi_slot *slot = slmi_slot_at(slmi_id_slot(id));
    uint64_t word = atomic_load_explicit(&slot->state, memory_order_acquire);
    if (!slmi_same_generation(word, id) || !(word & SLMI_OPEN))
        return 0;
    uint64_t span = slmi_visit_end_of(slot);
    atomic_thread_fence(memory_order_acquire);
    return slmi_same_generation(atomic_load_explicit(&slot->state, memory_order_relaxed), id) ? span : 0;
}

/* Enters the span that the context `id` (0: none) was captured in, if that is usual; the token, or 0. */
static inline uint64_t slmi_visit_context(slmi_thread *self, uint64_t id)
{
    uint64_t span = slmi_visit_is_quiet(self, id) ? slmi_visit_captured(id) : 0;
    return __builtin_expect(span != 0, 1) ? slmi_visit_enter(self, span, SLMI_CARRIED) : 0;
}

#endif
