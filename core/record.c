/* SPDX-License-Identifier: MIT */
#include "core/record.h"

#include <sched.h>
#include <string.h>

static inline void relax(unsigned *turns)
{
    /* The holder is copying; if it takes long, it was preempted. */
    if (++*turns % 64 == 0)
        sched_yield();
}

slmi_slot *slmi_lock(uint64_t id, uint64_t *word)
{
    slmi_slot *slot = slmi_slot_at(slmi_id_slot(id));
    uint64_t w = atomic_load_explicit(&slot->state, memory_order_relaxed);
    unsigned turns = 0;
    for (;;) {
        if (!slmi_same_generation(w, id) || !(w & SLMI_OPEN))
            return NULL;
        if (w & SLMI_LOCK) {
            relax(&turns);
            w = atomic_load_explicit(&slot->state, memory_order_relaxed);
            continue;
        }
        if (atomic_compare_exchange_weak_explicit(&slot->state, &w, w | SLMI_LOCK, memory_order_acquire,
                                                  memory_order_relaxed))
            break;
    }
    *word = w;
    return slot;
}

static slmi_slot *pin(uint64_t id, bool open, bool enter, bool *claimed)
{
    slmi_slot *slot = slmi_slot_at(slmi_id_slot(id));
    uint64_t w = atomic_load_explicit(&slot->state, memory_order_relaxed);
    unsigned turns = 0;
    for (;;) {
        if (!slmi_same_generation(w, id) || (open && !(w & SLMI_OPEN)) || (w & SLMI_PINS) >= SLMI_PINS_MAX * SLMI_PIN)
            return NULL;
        if (!(w & (SLMI_OPEN | SLMI_PINS)))
            return NULL; /* free: nobody holds it */
        if (w & SLMI_LOCK) {
            relax(&turns);
            w = atomic_load_explicit(&slot->state, memory_order_relaxed);
            continue;
        }
        bool claim = enter && !(w & SLMI_ENTERED);
        if (atomic_compare_exchange_weak_explicit(&slot->state, &w, (w + SLMI_PIN) | (claim ? SLMI_ENTERED : 0),
                                                  memory_order_acquire, memory_order_relaxed)) {
            *claimed = claim;
            return slot;
        }
    }
}

slmi_slot *slmi_pin(uint64_t id, bool open)
{
    bool claimed;
    return pin(id, open, false, &claimed);
}

slmi_slot *slmi_pin_entry(uint64_t id, bool *claimed)
{
    return pin(id, true, true, claimed);
}

void slmi_unpin(slmi_thread *self, slmi_slot *slot, bool entered)
{
    uint64_t w = atomic_load_explicit(&slot->state, memory_order_relaxed);
    uint64_t wanted;
    unsigned turns = 0;
    for (;;) {
        if (w & SLMI_LOCK) {
            relax(&turns);
            w = atomic_load_explicit(&slot->state, memory_order_relaxed);
            continue;
        }
        wanted = (w - SLMI_PIN) & ~(entered ? SLMI_ENTERED : 0);
        if (atomic_compare_exchange_weak_explicit(&slot->state, &w, wanted, memory_order_acq_rel, memory_order_relaxed))
            break;
    }
    if (!(wanted & (SLMI_PINS | SLMI_OPEN)))
        slmi_recycle(self, slot);
}

static void give_chain(slmi_thread *self, uint32_t block)
{
    while (block) {
        uint32_t next = atomic_load_explicit(&slmi_block_at(block)->next, memory_order_relaxed);
        slmi_pool_give(self, block);
        block = next;
    }
}

void slmi_recycle(slmi_thread *self, slmi_slot *slot)
{
    if (slot->type != SLMI_SLOT_ENTRY) {
        slmi_carry_drop(self, slot->carry);
        give_chain(self, atomic_load_explicit(&slot->chain, memory_order_relaxed));
        if (slot->type == SLMI_SLOT_SPAN)
            slmi_count(&self->set_recycled[atomic_load_explicit(&slot->set, memory_order_relaxed)]);
    }
    slmi_pool_give(self, slmi_slot_index(slot));
}

void slmi_carry_drop(slmi_thread *self, uint32_t carry)
{
    if (!carry)
        return;
    slmi_block *block = slmi_block_at(carry);
    if (((atomic_fetch_sub_explicit(&block->state, SLMI_PIN, memory_order_acq_rel) - SLMI_PIN) & SLMI_PINS) == 0)
        give_chain(self, carry);
}

uint32_t slmi_carry_make(slmi_thread *self, const char *text, size_t len)
{
    uint32_t first = 0, last = 0;
    while (len) {
        uint32_t at = slmi_pool_take(self);
        if (!at) {
            give_chain(self, first);
            return 0;
        }
        slmi_block *block = slmi_block_at(at);
        uint16_t part = (uint16_t)(len < SLMI_BLOCK_BYTES ? len : SLMI_BLOCK_BYTES);
        memcpy(block->data, text, part);
        atomic_store_explicit(&block->used, part, memory_order_relaxed);
        atomic_store_explicit(&block->next, 0, memory_order_relaxed);
        if (last)
            atomic_store_explicit(&slmi_block_at(last)->next, at, memory_order_relaxed);
        else
            first = at;
        last = at;
        text += part;
        len -= part;
    }
    if (first)
        atomic_fetch_add_explicit(&slmi_block_at(first)->state, SLMI_PIN, memory_order_release);
    return first;
}

size_t slmi_carry_read(uint32_t carry, char *out)
{
    size_t len = 0;
    while (carry) {
        const slmi_block *block = slmi_block_at(carry);
        size_t part = atomic_load_explicit(&block->used, memory_order_relaxed);
        if (len + part > SLM_TRACESTATE_MAX)
            part = SLM_TRACESTATE_MAX - len;
        memcpy(out + len, block->data, part);
        len += part;
        carry = atomic_load_explicit(&block->next, memory_order_relaxed);
    }
    return len;
}

void slmi_identity(const slmi_slot *slot, slm_span_context *out)
{
    memcpy(out->trace_id.bytes, slot->trace_id, sizeof out->trace_id.bytes);
    memcpy(out->span_id.bytes, &slot->span_id, sizeof out->span_id.bytes);
    out->flags = slot->trace_flags;
    out->is_remote = false;
    out->tracestate_len = (uint16_t)slmi_carry_read(slot->carry, out->tracestate);
}
