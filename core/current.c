/* SPDX-License-Identifier: MIT */
#include "core/current.h"

#include "core/diagnostics.h"
#include "core/misuse.h"
#include "core/span.h"

/* Longer chains than there are slots are not: a bound for walks over damaged ones. */
static uint32_t longest_chain(void)
{
    return slmi_the_pool.size * SLMI_POOL_REGIONS;
}

uint64_t slmi_entry_push(slmi_thread *self, uint64_t id)
{
    bool claimed = false;
    slmi_slot *slot = slmi_pin_entry(id, &claimed);
    if (!slot)
        return 0;
    if (claimed)
        return slmi_entry_claim_new(self, slot, slmi_id(slmi_id_slot(id), id));
    uint32_t at = slmi_pool_take(self);
    if (!at) {
        slmi_unpin(self, slot, false);
        slmi_diagnose(SLM_DIAG_NO_RECORDS, "no room to enter a span a second time: all %u records are in use",
                      slmi_the_pool.records);
        return 0;
    }
    slmi_slot *entry = slmi_slot_at(at);
    uint64_t word = atomic_load_explicit(&entry->state, memory_order_relaxed);
    entry->type = SLMI_SLOT_ENTRY;
    entry->start = slmi_id_slot(id);
    uint64_t token = slmi_entry_claim_new(self, entry, slmi_id(at, word));
    atomic_store_explicit(&entry->state, word | SLMI_PIN | SLMI_ENTERED, memory_order_release);
    return token;
}

/* Takes the innermost entry off the chain, and tells the layers while the span is still theirs to read. Its slot may be
 * recycled by this. */
static void pop_one(slmi_thread *self)
{
    uint64_t id = self->current;
    slmi_slot *entry = slmi_slot_at(slmi_id_slot(id)), *slot = slmi_current_slot(self);
    self->current = entry->displaced;
    if (!slmi_slot_is_ours(slmi_id_slot(id)))
        return; /* entered before the fork: the parent process's */
    if (slot->type == SLMI_SLOT_SPAN)
        SLMI_TELL_VISIT(self, slot, on_exit);
    bool mine = slmi_busy_begin(self);
    if (entry != slot)
        slmi_unpin(self, slot, false);
    slmi_unpin(self, entry, true);
    if (mine)
        slmi_busy_end(self);
}

static bool holds(slmi_thread *self, uint64_t id)
{
    uint32_t left = longest_chain();
    for (uint64_t at = self->current; at && left; left--) {
        if (at == id)
            return true;
        at = slmi_slot_at(slmi_id_slot(at))->displaced;
    }
    return false;
}

/* Leaves the innermost entry, which a jump skipped. */
static void skip_one(slmi_thread *self)
{
    uint64_t id = self->current;
    slmi_slot *entry = slmi_slot_at(slmi_id_slot(id));
    if (entry->type == SLMI_SLOT_SPAN && slmi_bits(entry) & SLMI_BIT_SCOPE && slmi_slot_is_ours(slmi_id_slot(id)))
        slmi_span_abandon(self, id); /* leaves the entry too */
    else
        pop_one(self);
    if (self->current == id)
        pop_one(self);
}

static void on_another_thread(const slmi_thread *self, uint64_t id)
{
    slmi_misuse(SLM_DIAG_EXIT_THREAD, "an exit of @ on another thread than its enter is ignored; it came from inside @",
                id, self->current);
}

bool slmi_entry_above(slmi_thread *self, uint64_t id)
{
    if (self->current == id)
        return true;
    if (!holds(self, id)) {
        on_another_thread(self, id);
        return false;
    }
    slmi_misuse(SLM_DIAG_EXIT_ORDER, "an exit of @ skipped that of @, entered after it; it is left first", id,
                self->current);
    slmi_unwind_to(self, id);
    return self->current == id;
}

bool slmi_entry_pop(slmi_thread *self, uint64_t id)
{
    if (self->current != id && (!holds(self, id) || !slmi_entry_above(self, id)))
        return false;
    pop_one(self);
    return true;
}

/* A signal handler may have interrupted the library: what it wants to leave is in the middle of a change. */
static bool interrupted(const slmi_thread *self)
{
    if (!atomic_load_explicit(&self->busy, memory_order_relaxed))
        return false;
    slmi_diagnose(SLM_DIAG_REENTRANT, "a signal handler that interrupted the library left a span; ignored");
    return true;
}

bool slmi_entry_leave(slmi_thread *self, uint64_t token)
{
    if (interrupted(self))
        return false;
    uint64_t id = slmi_id(slmi_id_slot(token), token);
    if (!slmi_slot_is_ours(slmi_id_slot(id)))
        return slmi_entry_pop(self, id); /* entered before the fork */
    slmi_slot *entry = slmi_slot_at(slmi_id_slot(id));
    uint64_t word = atomic_load_explicit(&entry->state, memory_order_relaxed);
    uint32_t owner = atomic_load_explicit(&entry->owner, memory_order_relaxed);
    bool alive = slmi_same_generation(word, id) && word & SLMI_ENTERED && slmi_entry_is_of(entry, token);
    /* The chain decides, not who made the entry: a coroutine may be resumed on another thread. */
    if (alive && slmi_entry_pop(self, id))
        return true;
    if (alive && (owner & ((1u << SLMI_OWNER_BITS) - 1)) != self->index)
        on_another_thread(self, id);
    else
        slmi_misuse(SLM_DIAG_EXIT_TWICE,
                    "an exit of @ by a token that was used already is ignored; it came from inside @", id,
                    self->current);
    return false;
}

void slmi_unwind_to(slmi_thread *self, uint64_t id)
{
    if (id && !holds(self, id))
        return;
    while (self->current && self->current != id)
        skip_one(self);
}

void slmi_unwind_thread(slmi_thread *self)
{
    if (!self->current)
        return;
    int saved = *self->errno_at;
    uint64_t outer = slmi_guard(self);
    slmi_misuse(SLM_DIAG_EXIT_ORDER, "a thread ended inside @; what it had entered is left", self->current, 0);
    slmi_unwind_to(self, 0);
    slmi_unguard(self, outer);
    *self->errno_at = saved;
}

void slmi_current_fork_child(slmi_thread *self)
{
    uint64_t *at = &self->current;
    while (*at && !slmi_slot_is_ours(slmi_id_slot(*at)))
        at = &slmi_slot_at(slmi_id_slot(*at))->displaced;
    *at = 0;
}

slm_unwind_mark slmi_mark(void)
{
    slmi_thread *self = slmi_self;
    return (slm_unwind_mark){ self ? self->current : 0 };
}

void slmi_unwind(slm_unwind_mark mark)
{
    slmi_thread *self = slmi_self;
    if (!self || self->current == mark.id || interrupted(self))
        return;
    int saved = *self->errno_at;
    uint64_t outer = slmi_guard(self);
    slmi_unwind_to(self, mark.id);
    slmi_unguard(self, outer);
    *self->errno_at = saved;
}
