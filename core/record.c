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

slmi_slot *slmi_lock_to_write(const slmi_thread *self, uint64_t id, uint64_t *word)
{
    slmi_slot *slot = slmi_lock(id, word);
    if (__builtin_expect(!slot || !(*word & SLMI_CLOSED), 1))
        return slot;
    if (slmi_id_slot(self->ending) == slmi_id_slot(id) && slmi_same_generation(self->ending, id))
        return slot;
    slmi_unlock(slot, *word);
    return NULL;
}

slmi_slot *slmi_inherited(uint64_t id)
{
    if (slmi_id_slot(id) >= slmi_the_pool.size * SLMI_POOL_REGIONS)
        return NULL;
    slmi_slot *slot = slmi_slot_at(slmi_id_slot(id));
    uint64_t word = atomic_load_explicit(&slot->state, memory_order_relaxed);
    return slmi_same_generation(word, id) && word & SLMI_OPEN ? slot : NULL;
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
        wanted = (w - SLMI_PIN) & ~(entered ? SLMI_ENTERED | SLMI_CARRIED : 0);
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

static bool carry_append(slmi_thread *self, uint32_t *first, uint32_t *last, slm_string text)
{
    while (text.len) {
        slmi_block *block = *last ? slmi_block_at(*last) : NULL;
        size_t used = block ? atomic_load_explicit(&block->used, memory_order_relaxed) : SLMI_BLOCK_BYTES;
        if (used == SLMI_BLOCK_BYTES) {
            uint32_t at = slmi_pool_take(self);
            if (!at)
                return false;
            block = slmi_block_at(at);
            used = 0;
            atomic_store_explicit(&block->next, 0, memory_order_relaxed);
            if (*last)
                atomic_store_explicit(&slmi_block_at(*last)->next, at, memory_order_relaxed);
            else
                *first = at;
            *last = at;
        }
        size_t part = text.len < SLMI_BLOCK_BYTES - used ? text.len : SLMI_BLOCK_BYTES - used;
        memcpy(block->data + used, text.data, part);
        atomic_store_explicit(&block->used, (uint16_t)(used + part), memory_order_relaxed);
        text = slm_string_of(text.data + part, text.len - part);
    }
    return true;
}

/* All of it is there, or none of it stays. */
static uint32_t carry_close(slmi_thread *self, uint32_t first, size_t split, bool whole)
{
    if (!whole) {
        give_chain(self, first);
        return 0;
    }
    if (first) {
        slmi_block_at(first)->split = (uint32_t)split;
        atomic_fetch_add_explicit(&slmi_block_at(first)->state, SLMI_PIN, memory_order_release);
    }
    return first;
}

uint32_t slmi_carry_make(slmi_thread *self, slm_string tracestate, slm_string baggage)
{
    uint32_t first = 0, last = 0;
    bool whole = carry_append(self, &first, &last, tracestate) && carry_append(self, &first, &last, baggage);
    return carry_close(self, first, tracestate.len, whole);
}

uint32_t slmi_carry_with_tracestate(slmi_thread *self, uint32_t carry, slm_string tracestate)
{
    uint32_t first = 0, last = 0;
    size_t skip = carry ? slmi_block_at(carry)->split : 0;
    bool whole = carry_append(self, &first, &last, tracestate);
    for (uint32_t at = carry; at && whole; at = atomic_load_explicit(&slmi_block_at(at)->next, memory_order_relaxed)) {
        const slmi_block *block = slmi_block_at(at);
        size_t used = atomic_load_explicit(&block->used, memory_order_relaxed);
        size_t skipped = skip < used ? skip : used;
        skip -= skipped;
        whole = carry_append(self, &first, &last, slm_string_of((const char *)block->data + skipped, used - skipped));
    }
    return carry_close(self, first, tracestate.len, whole);
}

uint32_t slmi_carry_of(slmi_thread *self, const slmi_slot *slot)
{
    if (!slot->carry || slmi_slot_is_ours(slmi_slot_index(slot)))
        return slmi_carry_share(slot->carry);
    uint32_t first = 0, last = 0;
    bool whole = true;
    for (uint32_t at = slot->carry; at && whole; at = slmi_block_at(at)->next) {
        const slmi_block *block = slmi_block_at(at);
        whole = carry_append(self, &first, &last, slm_string_of((const char *)block->data, block->used));
    }
    return carry_close(self, first, slmi_block_at(slot->carry)->split, whole);
}

/* Copies the bytes from `from` on, up to `to`, as many as there is room for. Returns how many there are. */
static size_t carry_copy(uint32_t carry, size_t from, size_t to, char *out, size_t room)
{
    size_t at = 0, wanted = 0;
    for (; carry; carry = atomic_load_explicit(&slmi_block_at(carry)->next, memory_order_relaxed)) {
        const slmi_block *block = slmi_block_at(carry);
        size_t used = atomic_load_explicit(&block->used, memory_order_relaxed);
        size_t begin = from > at ? from - at : 0;
        size_t end = to - at < used ? to - at : used;
        if (to > at && begin < end) {
            size_t part = end - begin;
            size_t fits = wanted >= room ? 0 : part < room - wanted ? part : room - wanted;
            if (fits)
                memcpy(out + wanted, block->data + begin, fits);
            wanted += part;
        }
        at += used;
    }
    return wanted;
}

size_t slmi_carry_tracestate(uint32_t carry, char *out)
{
    return carry ? carry_copy(carry, 0, slmi_block_at(carry)->split, out, SLM_TRACESTATE_MAX) : 0;
}

size_t slmi_carry_baggage(uint32_t carry, char *out, size_t room)
{
    return carry ? carry_copy(carry, slmi_block_at(carry)->split, SIZE_MAX, out, room) : 0;
}

void slmi_identity(const slmi_slot *slot, slm_span_context *out)
{
    memcpy(out->trace_id.bytes, slot->trace_id, sizeof out->trace_id.bytes);
    memcpy(out->span_id.bytes, &slot->span_id, sizeof out->span_id.bytes);
    out->flags = slot->trace_flags & (SLM_FLAG_SAMPLED | SLM_FLAG_RANDOM);
    out->is_remote = false;
    out->tracestate_len = (uint16_t)slmi_carry_tracestate(slot->carry, out->tracestate);
}
