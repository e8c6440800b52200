/* SPDX-License-Identifier: MIT */
/* A span's end: the layers are told, then one store makes the record immutable and gives it its readers' pins. */

#include "core/clock.h"
#include "core/diagnostics.h"
#include "core/ended.h"
#include "core/misuse.h"
#include "core/span.h"

struct end {
    slmi_thread *self;
    uint64_t id;
    uint64_t end_ns; /* since 1970; 0: now */
    bool leaves;     /* the entry in the record too: a scope's exit */
    uint8_t bits;    /* to set */
};

static uint64_t end_time(const slmi_slot *slot, uint64_t end_ns)
{
    uint64_t end = end_ns ? end_ns - slot->anchor : slmi_dispatch_of(slot)->timeless ? slot->start : slmi_now();
    if (end_ns && end_ns < slot->start + slot->anchor)
        end = slot->start;
    return (int64_t)(end - slot->start) < 0 ? slot->start : end;
}

/* Marks the record as ending, so that its layers are told once, and of the time at which it ends. */
static slmi_slot *claim_end(const struct end *e)
{
    uint64_t word;
    if (!slmi_busy_begin(e->self))
        return NULL;
    slmi_slot *slot = slmi_lock(e->id, &word);
    bool first = slot && !(word & SLMI_ENDING);
    if (first)
        slot->end = end_time(slot, e->end_ns);
    if (first && slmi_mask(slot) & slmi_dispatch_of(slot)->follows)
        word |= SLMI_CLOSED;
    if (slot)
        slmi_unlock(slot, first ? (word | SLMI_ENDING) + SLMI_PIN : word);
    slmi_busy_end(e->self);
    return first ? slot : NULL;
}

/* The record is locked: from here on it is immutable, and after the store it may be anybody's. Returns whether it is
 * entered still, by no context's attach. */
static bool finish(const struct end *e, slmi_slot *slot, uint64_t word)
{
    slmi_thread *self = e->self;
    if (!(word & SLMI_ENDING))
        slot->end = end_time(slot, e->end_ns);
    slmi_bits_add(slot, e->bits);
    uint32_t parent = slot->parent;
    __atomic_store_n(&slot->parent, 0, __ATOMIC_RELAXED);
    uint8_t queued = 0;
    if (!(slmi_bits(slot) & SLMI_BIT_STUB)) { /* one that is not recorded was counted as that when it started */
        slmi_count(&self->ended);
        if (slmi_bits(slot) & SLMI_BIT_ABANDONED)
            slmi_count(&self->abandoned);
        queued = slmi_ended_count(self, slot);
    }
    slot->queued = queued;
    if (e->leaves && word & SLMI_ENTERED)
        word = (word - SLMI_PIN) & ~SLMI_ENTERED;
    bool inside = (word & (SLMI_ENTERED | SLMI_CARRIED)) == SLMI_ENTERED;
    word =
        (word & ~(SLMI_OPEN | SLMI_LOCK | SLMI_ENDING | SLMI_CLOSED)) + SLMI_PIN * (unsigned)__builtin_popcount(queued);
    uint32_t at = slmi_slot_index(slot);
    if (word & SLMI_PINS)
        atomic_store_explicit(&slot->state, word, memory_order_release);
    else
        slmi_recycle(self, slot);
    if (queued)
        slmi_ended_push(self, at);
    if (parent)
        slmi_unpin(self, slmi_slot_at(parent), false);
    return inside;
}

static bool end_now(const struct end *e, bool told)
{
    uint64_t word;
    if (!slmi_busy_begin(e->self))
        return false;
    slmi_slot *slot = slmi_lock(e->id, &word);
    bool mine = slot && (told || !(word & SLMI_ENDING)), inside = false;
    if (mine)
        inside = finish(e, slot, told ? word - SLMI_PIN : word);
    else if (slot)
        slmi_unlock(slot, word);
    slmi_busy_end(e->self);
    if (__builtin_expect(inside, 0))
        slmi_misuse(SLM_DIAG_ENDED_INSIDE, "@ was ended while it is entered; it stays current, ended, until its exit",
                    e->id, 0);
    return mine;
}

/* All are asked for their last words before any is told of the end. OpenTelemetry Trace SDK, OnEnding. */
static void tell_end(const struct end *e, slmi_slot *slot)
{
    const slmi_dispatch *d = slmi_dispatch_of(slot);
    uint64_t outer = e->self->ending;
    e->self->ending = e->id;
    SLMI_TELL(e->self, slot, d, on_ending);
    e->self->ending = outer;
    SLMI_TELL(e->self, slot, d, on_end);
}

/* Whether it was this call that ended it. Inside a guard. */
static bool end_record(const struct end *e)
{
    if (atomic_load_explicit(&e->self->busy, memory_order_relaxed)) {
        slmi_diagnose(SLM_DIAG_REENTRANT, "a signal handler that interrupted the library ended a span; ignored");
        return false;
    }
    slmi_slot *slot = slmi_slot_at(slmi_id_slot(e->id));
    /* The record may be another's by now; then its generation says so, whatever these say. */
    slmi_dispatch *d = slmi_dispatch_of(slot);
    bool told = d && d->on_end | d->on_ending;
    if (told) {
        slot = claim_end(e);
        if (!slot) {
            slmi_misuse_stale(e->id);
            return false;
        }
        tell_end(e, slot);
    }
    bool ended = end_now(e, told);
    if (!ended)
        slmi_misuse_stale(e->id);
    return ended;
}

static void end_raw(slmi_thread *self, uint64_t handle, bool exits)
{
    uint64_t id;
    slmi_dispatch *d = slmi_raw_dispatch(handle, &id);
    if (!d)
        return;
    uint32_t inside = slmi_call_begin(self, d, 0);
    if (exits && d->ops->exit)
        d->ops->exit(d->self, id);
    if (d->ops->end)
        d->ops->end(d->self, id);
    slmi_call_end(self, d, inside);
    slmi_dispatch_count_end(self, d);
}

/* A span that was open at the fork: the parent process ends and delivers it. Here it is counted, once; the mark that
 * says so of a record whose writers are turned away serves: in a region that is not this process's all of them are. */
static void end_of_parents(slmi_thread *self, uint64_t id)
{
    slmi_slot *slot = slmi_slot_at(slmi_id_slot(id));
    uint64_t word = atomic_load_explicit(&slot->state, memory_order_relaxed);
    if (!slmi_same_generation(word, id) || !(word & SLMI_OPEN))
        return;
    if (atomic_fetch_or_explicit(&slot->state, SLMI_CLOSED, memory_order_relaxed) & SLMI_CLOSED)
        return;
    atomic_fetch_add_explicit(&self->unrecorded[SLM_UNRECORDED_FORKED], 1, memory_order_release);
}

void slmi_span_end(slm_span span, uint64_t end_ns)
{
    slmi_thread *self = slmi_thread_get();
    if (!self || span.id & SLMI_ID_UNRECORDED)
        return;
    int saved = *self->errno_at;
    uint64_t outer = slmi_guard(self);
    if (span.id & SLMI_ID_RAW)
        end_raw(self, span.id, false);
    else if (slmi_slot_is_ours(slmi_id_slot(span.id)))
        (void)end_record(&(struct end){ self, span.id, end_ns, false, 0 });
    else
        end_of_parents(self, span.id);
    slmi_unguard(self, outer);
    *self->errno_at = saved;
}

/* The entry goes first: what the layers trace about the exit is outside the span. */
static void leave_and_end(slmi_thread *self, uint64_t id, uint8_t bits)
{
    slmi_slot *slot = slmi_slot_at(slmi_id_slot(id));
    self->current = slot->displaced;
    SLMI_TELL_VISIT(self, slot, on_exit);
    if (end_record(&(struct end){ self, id, 0, true, bits }))
        return;
    /* Somebody else was faster; the entry is still this thread's to give back. */
    bool mine = slmi_busy_begin(self);
    slmi_unpin(self, slot, true);
    if (mine)
        slmi_busy_end(self);
}

void slmi_span_abandon(slmi_thread *self, uint64_t id)
{
    uint64_t word = atomic_load_explicit(&slmi_slot_at(slmi_id_slot(id))->state, memory_order_relaxed);
    if (word & SLMI_OPEN)
        leave_and_end(self, id, SLMI_BIT_ABANDONED);
}

static void exit_scope(slmi_thread *self, uint64_t id)
{
    if (__builtin_expect(self->current != id, 0)) {
        uint64_t word = atomic_load_explicit(&slmi_slot_at(slmi_id_slot(id))->state, memory_order_relaxed);
        bool ours = slmi_slot_is_ours(slmi_id_slot(id));
        if (ours && (!slmi_same_generation(word, id) || !(word & SLMI_ENTERED))) { /* slm_unwind() came first */
            slmi_misuse_stale(id);
            return;
        }
        if (!slmi_entry_above(self, id))
            return;
    }
    slmi_slot *slot = slmi_slot_at(slmi_id_slot(id));
    if (!slmi_slot_is_ours(slmi_id_slot(id))) {
        self->current = slot->displaced;
        end_of_parents(self, id);
        return;
    }
    if (__builtin_expect(!(atomic_load_explicit(&slot->state, memory_order_relaxed) & SLMI_OPEN), 0)) {
        (void)slmi_entry_pop(self, id); /* it was ended inside its own scope, and counted */
        return;
    }
    leave_and_end(self, id, 0);
}

void slmi_scope_exit(slm_span span)
{
    slmi_thread *self = slmi_self;
    if (!self || span.id & SLMI_ID_UNRECORDED)
        return;
    int saved = *self->errno_at;
    uint64_t outer = slmi_guard(self);
    if (span.id & SLMI_ID_RAW)
        end_raw(self, span.id, true);
    else
        exit_scope(self, span.id);
    slmi_unguard(self, outer);
    *self->errno_at = saved;
}
