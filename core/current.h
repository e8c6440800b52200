/* SPDX-License-Identifier: MIT */
/* Where a thread stands: a chain of entries, each in the slot of what it entered (or, for a second entry at the same
 * time, in a slot of its own), each with the entry that it displaced. The chain lives in slots and not in frames, so
 * that a longjmp may kill the frames, and the next enclosing exit still walks back. */
#ifndef SPANLOOM_CORE_CURRENT_H
#define SPANLOOM_CORE_CURRENT_H

#include "core/record.h"

/* The slot that the thread stands in, a SPAN or a CONTEXT; NULL for none. It is pinned by the entry. */
static inline slmi_slot *slmi_current_slot(slmi_thread *self)
{
    uint64_t id = self->current;
    if (!id)
        return NULL;
    slmi_slot *slot = slmi_slot_at(slmi_id_slot(id));
    return __builtin_expect(slot->type == SLMI_SLOT_ENTRY, 0) ? slmi_slot_at((uint32_t)slot->start) : slot;
}

/* Enters the slot that `id` names; the token, 0 if that cannot be. Inside a busy section. Tells no layer. */
uint64_t slmi_entry_push(slmi_thread *self, uint64_t id);
/* A token names an entry and which of its owner's entries it was, so that a token used before is told from a new one.
 */
enum { SLMI_SERIAL_BITS = 6, SLMI_SERIAL_AT = 24, SLMI_OWNER_BITS = 26 };

/* Claims the entry of a slot that this thread is just making, whose word it will store with SLMI_ENTERED and a pin;
 * the token. A signal handler may come by at any point and enter others, so the serial is read once. */
static inline uint64_t slmi_entry_claim_new(slmi_thread *self, slmi_slot *slot, uint64_t id)
{
    uint32_t serial = ++self->entries << SLMI_OWNER_BITS;
    slot->displaced = self->current;
    atomic_store_explicit(&slot->owner, self->index | serial, memory_order_relaxed);
    self->current = id;
    return id | (uint64_t)(serial >> SLMI_OWNER_BITS) << SLMI_SERIAL_AT;
}

static inline bool slmi_entry_is_of(const slmi_slot *entry, uint64_t token)
{
    uint32_t serial = (uint32_t)(token >> SLMI_SERIAL_AT) & ((1u << SLMI_SERIAL_BITS) - 1);
    return atomic_load_explicit(&entry->owner, memory_order_relaxed) >> SLMI_OWNER_BITS == serial;
}

/* The rest tells layers and ends what was skipped: inside a guard, outside any busy section. */

/* Leaves the entry of a token; counts what is wrong with it. */
bool slmi_entry_leave(slmi_thread *self, uint64_t token);

/* Leaves entries down to and without `id`; false, and nothing done, if this thread's chain does not hold it. What lies
 * above it was skipped: it is left first, and ended as abandoned if a scope made it. */
bool slmi_entry_pop(slmi_thread *self, uint64_t id);

/* Leaves what was entered above the entry `id`, so that it is the innermost; false, counted, if this thread's chain
 * does not hold it. */
bool slmi_entry_above(slmi_thread *self, uint64_t id);

/* In a forked child: forgets what was entered so many forks ago that this process's records lie there. */
void slmi_current_fork_child(slmi_thread *self);

/* Leaves, as skipped, all entries above `id`; all there are for 0. */
void slmi_unwind_to(slmi_thread *self, uint64_t id);
void slmi_unwind_thread(slmi_thread *self);

#endif
