/* SPDX-License-Identifier: MIT */
/* A span's record: the state word's operations, and what makes and unmakes one. See slot.h for the protocol. */
#ifndef SPANLOOM_CORE_RECORD_H
#define SPANLOOM_CORE_RECORD_H

#include "core/dispatch.h"

enum { SLMI_PINS_MAX = 0xfff0 };

/* Takes the lock of an open record; NULL if the handle is stale or the span has ended. `*word` is then the caller's to
 * change and to store, by slmi_unlock(). Inside a busy section. */
slmi_slot *slmi_lock(uint64_t id, uint64_t *word);

/* As slmi_lock(), for what is recorded: NULL also if the span's processors have had their last word. */
slmi_slot *slmi_lock_to_write(const slmi_thread *self, uint64_t id, uint64_t *word);
static inline void slmi_unlock(slmi_slot *slot, uint64_t word)
{
    atomic_store_explicit(&slot->state, word & ~SLMI_LOCK, memory_order_release);
}

/* The slot of a span or context that was open when this process was forked, as it was then: nobody changes it. NULL if
 * it had ended by then. */
slmi_slot *slmi_inherited(uint64_t id);

/* Keeps the slot from being recycled; `open`: only while its span has not ended. NULL if the handle is stale. */
slmi_slot *slmi_pin(uint64_t id, bool open);
/* As slmi_pin(), and claims the entry in the slot unless it is claimed (`*claimed` says). */
slmi_slot *slmi_pin_entry(uint64_t id, bool *claimed);
/* Gives a pin back, `entered` with the claim of the entry; recycles if it was the last and the span has ended. */
void slmi_unpin(slmi_thread *self, slmi_slot *slot, bool entered);

/* After the store that ended it, or for a slot that never was a record: gives back what it holds. The word must have no
 * pins. */
void slmi_recycle(slmi_thread *self, slmi_slot *slot);

/* What travels with a trace beside its ids, tracestate and baggage, as the text of their headers, lies in blocks that
 * spans of one tree share; immutable. This is one more reference. */
static inline uint32_t slmi_carry_share(uint32_t carry)
{
    if (!carry)
        return 0;
    _Atomic(uint64_t) *state = &slmi_slot_at(carry)->state;
    if ((atomic_load_explicit(state, memory_order_relaxed) & SLMI_PINS) >= SLMI_PINS_MAX * SLMI_PIN)
        return 0; /* 65,520 open spans share it: the next ones travel without */
    atomic_fetch_add_explicit(state, SLMI_PIN, memory_order_relaxed);
    return carry;
}
/* What a child of `slot` carries: the same block, or a copy of the parent process's. */
uint32_t slmi_carry_of(slmi_thread *self, const slmi_slot *slot);
void slmi_carry_drop(slmi_thread *self, uint32_t carry);
/* Blocks with these texts; 0 if both are empty or there is no room. */
uint32_t slmi_carry_make(slmi_thread *self, slm_string tracestate, slm_string baggage);
/* Blocks with this tracestate and the baggage of `carry`, likewise. */
uint32_t slmi_carry_with_tracestate(slmi_thread *self, uint32_t carry, slm_string tracestate);
/* Copies the tracestate out: at most SLM_TRACESTATE_MAX bytes. Returns its length. */
size_t slmi_carry_tracestate(uint32_t carry, char *out);
/* Copies the baggage out, as much as there is room for. Returns its whole length. */
size_t slmi_carry_baggage(uint32_t carry, char *out, size_t room);

/* The identity of a record, as the wire wants it. */
void slmi_identity(const slmi_slot *slot, slm_span_context *out);

#endif
