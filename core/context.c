/* SPDX-License-Identifier: MIT */
/* Contexts: the identity of what was current, in a slot of its own, with the handle of the span it was taken in. */
#include <spanloom/context.h>

#include <string.h>

#include "core/carried.h"
#include "core/clock.h"
#include "core/diagnostics.h"
#include "core/misuse.h"
#include "core/parent_table.h"
#include "core/sampling.h"
#include "core/span.h"
#include "core/visit.h"

/* A slot of type CONTEXT, its state word not stored yet; NULL for no room. */
static inline slmi_slot *make(slmi_thread *self)
{
    uint32_t at = slmi_pool_take(self);
    if (!at) {
        slmi_diagnose(SLM_DIAG_NO_RECORDS, "no room for a context: all %u records are in use", slmi_the_pool.records);
        return NULL;
    }
    slmi_slot *slot = slmi_slot_at(at);
    slot->type = SLMI_SLOT_CONTEXT;
    slot->site = NULL;
    slot->end = 0; /* the captured span's handle */
    slmi_bits_set(slot, 0);
    slot->queued = 0;
    slot->parent = 0;
    slmi_mask_set(slot, 0);
    atomic_store_explicit(&slot->used, 0, memory_order_relaxed);
    atomic_store_explicit(&slot->chain, 0, memory_order_relaxed);
    return slot;
}

/* Fills in a slot of make() as the remote identity, or, with NULL, as none. */
static void fill_remote(slmi_slot *slot, const slm_span_context *remote)
{
    slot->start = 0;
    slot->anchor = slmi_wall_offset();
    slmi_bits_set(slot, SLMI_BIT_REMOTE);
    atomic_store_explicit(&slot->set, 0, memory_order_relaxed);
    slot->trace_id[0] = slot->trace_id[1] = slot->span_id = 0;
    slot->trace_flags = SLM_FLAG_SAMPLED;
    if (remote) {
        memcpy(slot->trace_id, remote->trace_id.bytes, sizeof slot->trace_id);
        memcpy(&slot->span_id, remote->span_id.bytes, sizeof slot->span_id);
        slot->trace_flags = remote->flags & (SLM_FLAG_SAMPLED | SLM_FLAG_RANDOM);
    }
    slot->parent_id = slot->span_id;
}

static inline uint64_t open(slmi_slot *slot)
{
    uint64_t word = atomic_load_explicit(&slot->state, memory_order_relaxed) & ~(SLMI_GENERATION - 1);
    atomic_store_explicit(&slot->state, word | SLMI_OPEN | SLMI_PIN, memory_order_release);
    return slmi_id(slmi_slot_index(slot), word);
}

/* As slmi_parent_id(), which is asked where it is not this process's exported span, as it mostly is. */
static inline uint64_t parent_id(const slmi_slot *from, bool ours, bool *remote)
{
    const slmi_dispatch *d = slmi_dispatch_of(from);
    *remote = false;
    if (__builtin_expect(ours && from->type == SLMI_SLOT_SPAN && d && slmi_mask(from) & d->exports &&
                             !(atomic_load_explicit(&d->asks, memory_order_relaxed) & SLMI_ASKS_EACH),
                         1))
        return from->span_id;
    return slmi_parent_id(from, remote);
}

/* Fills in a slot of make() as the identity of another. */
static inline void fill_from(slmi_slot *slot, const slmi_slot *from)
{
    bool ours = slmi_slot_is_ours(slmi_slot_index(from));
    bool remote;
    slot->start = from->start;
    slot->trace_id[0] = from->trace_id[0];
    slot->trace_id[1] = from->trace_id[1];
    slot->span_id = from->span_id;
    slot->parent_id = parent_id(from, ours, &remote);
    if (!ours || (from->type == SLMI_SLOT_CONTEXT && slmi_bits(from) & SLMI_BIT_REMOTE))
        slmi_bits_set(slot, SLMI_BIT_REMOTE);
    else if (remote)
        slmi_bits_set(slot, SLMI_BIT_REMOTE_PARENT);
    if (__builtin_expect(slmi_bits(from) & SLMI_BIT_PARENTS, 0))
        slmi_parent_table_capture(slot, from);
    slot->trace_flags = from->trace_flags;
    slot->anchor = from->anchor;
    slmi_mask_set(slot, slmi_mask(from));
    atomic_store_explicit(&slot->set, atomic_load_explicit(&from->set, memory_order_relaxed), memory_order_relaxed);
    if (ours && from->type == SLMI_SLOT_SPAN)
        slot->end = slmi_id(slmi_slot_index(from), atomic_load_explicit(&from->state, memory_order_relaxed));
    else if (ours)
        slot->end = from->end;
}

uint64_t slmi_context_of(slmi_thread *self, const slmi_slot *from)
{
    slmi_slot *slot = make(self);
    if (!slot)
        return 0;
    fill_from(slot, from);
    slot->carry = __builtin_expect(from->carry != 0, 0) ? slmi_carry_of(self, from) : 0;
    return open(slot);
}

slm_context slm_context_capture(void)
{
    slmi_thread *self = slmi_thread_get();
    slm_context context = { 0 };
    if (!self || !self->current || !slmi_busy_begin(self))
        return context;
    uint64_t outer = slmi_guard(self);
    context.id = slmi_context_of(self, slmi_current_slot(self));
    slmi_unguard(self, outer);
    slmi_busy_end(self);
    return context;
}

slm_context slm_context_remote(const slm_span_context *remote)
{
    slm_context none = { 0 };
    if (!remote || !slm_span_context_is_valid(remote))
        return none;
    return slm_context_with_baggage(slm_under_remote(remote), (slm_string){ NULL, 0 });
}

/* `flags`, if not negative, in place of the base's. */
static uint64_t with_baggage(slmi_thread *self, slm_parent base, slm_string baggage, int flags)
{
    slmi_parentage parent = slmi_parentage_of(self, base);
    slmi_slot *slot = make(self);
    char text[SLM_TRACESTATE_MAX];
    slm_string tracestate = { text, 0 };
    if (slot && parent.slot) {
        fill_from(slot, parent.slot);
        slot->end = 0; /* attached, it is not the span that is current: that has another baggage */
        tracestate.len = slmi_carry_tracestate(parent.slot->carry, text);
    } else if (slot) {
        fill_remote(slot, parent.remote);
        if (parent.remote)
            tracestate = slm_string_of(parent.remote->tracestate, parent.remote->tracestate_len);
    }
    if (slot)
        slot->carry = slmi_carry_make(self, tracestate, baggage);
    if (slot && flags >= 0)
        slot->trace_flags = (unsigned)flags & (SLM_FLAG_SAMPLED | SLM_FLAG_RANDOM | SLMI_FLAG_ACCEPT | SLMI_FLAG_DEBUG);
    slmi_parentage_done(self, &parent);
    return slot ? open(slot) : 0;
}

static slm_context make_context(slm_parent base, slm_string baggage, int flags)
{
    slm_context context = { 0 };
    if (baggage.len > SLM_CONTEXT_BAGGAGE_BYTES_MAX || !slmi_pool_init(0))
        return context;
    slmi_thread *self = slmi_thread_get();
    if (!self || !slmi_busy_begin(self))
        return context;
    int saved = *self->errno_at;
    uint64_t outer = slmi_guard(self);
    context.id = with_baggage(self, base, baggage, flags);
    slmi_unguard(self, outer);
    slmi_busy_end(self);
    *self->errno_at = saved;
    return context;
}

slm_context slm_context_with_baggage(slm_parent base, slm_string baggage)
{
    return make_context(base, baggage, -1);
}

slm_context slmi_context_carried(const slm_span_context *remote, slm_string baggage, unsigned flags)
{
    return make_context(remote ? slm_under_remote(remote) : SLM_ROOT, baggage, (int)flags);
}

bool slmi_current_is_debug(void)
{
    slmi_thread *self = slmi_self;
    const slmi_slot *slot = self ? slmi_current_slot(self) : NULL;
    return slot && (slot->trace_flags & SLMI_FLAG_DEBUG);
}

size_t slm_current_baggage(char *out, size_t room)
{
    slmi_thread *self = slmi_self;
    const slmi_slot *slot = self ? slmi_current_slot(self) : NULL;
    if (!slot)
        return 0;
    return slmi_carry_baggage(slot->carry, out, room);
}

/* Enters the span that the context was captured in; the context itself if that has ended, or there was none. */
static uint64_t push(slmi_thread *self, uint64_t id)
{
    uint64_t span = slmi_visit_captured(id);
    uint64_t token = span ? slmi_entry_push(self, span) : 0;
    if (__builtin_expect(token != 0, 1)) {
        if (slmi_id_slot(token) == slmi_id_slot(span)) /* its own entry; lost if somebody writes to it now, no harm */
            atomic_fetch_or_explicit(&slmi_slot_at(slmi_id_slot(span))->state, SLMI_CARRIED, memory_order_relaxed);
        return token;
    }
    slmi_slot *slot = slmi_context_pin(id);
    if (slot) {
        token = slmi_entry_push(self, slmi_id(slmi_id_slot(id), id));
        slmi_unpin(self, slot, false);
    }
    return token;
}

/* Closing it makes the second release, and any use after, stale. Inside a busy section. */
static inline bool close_context(slmi_thread *self, uint64_t id)
{
    slmi_slot *slot = slmi_slot_at(slmi_id_slot(id));
    uint64_t word = atomic_load_explicit(&slot->state, memory_order_relaxed), wanted;
    do {
        if (!slmi_same_generation(word, id) || !(word & SLMI_OPEN))
            return false;
        if (__builtin_expect(word & SLMI_LOCK, 0)) { /* it is no context's, but that of a span somebody writes to */
            if (!slmi_lock(id, &word))
                return false;
            slmi_unlock(slot, word);
        }
        wanted = (word & ~SLMI_OPEN) - SLMI_PIN;
    } while (!atomic_compare_exchange_weak_explicit(&slot->state, &word, wanted, memory_order_acq_rel,
                                                    memory_order_relaxed));
    if (wanted & SLMI_PINS)
        return true;
    if (__builtin_expect(slot->type == SLMI_SLOT_CONTEXT && slot->carry == 0, 1))
        slmi_pool_give(self, slmi_id_slot(id)); /* all that there is to recycle */
    else
        slmi_recycle(self, slot);
    return true;
}

static bool close_owned(slmi_thread *self, slm_context *owned)
{
    uint64_t id = owned->id;
    owned->id = 0;
    return close_context(self, id);
}

static void released_twice(const slmi_thread *self, uint64_t id)
{
    slmi_misuse(SLM_DIAG_CONTEXT_TWICE, "a context of @ was released twice; the second time from inside @", id,
                self->current);
}

/* Its span has ended or is entered already, or a layer watches. */
uint64_t slmi_context_enter(slmi_thread *self, slm_context *owned, uint64_t id)
{
    int saved = *self->errno_at;
    uint64_t outer = slmi_guard(self), token = 0;
    bool released = true;
    if (slmi_busy_begin(self)) {
        token = push(self, id);
        if (owned)
            released = close_owned(self, owned);
        slmi_busy_end(self);
    }
    if (__builtin_expect(!released, 0) && token) /* else the failed attach was counted */
        released_twice(self, id);
    slmi_slot *entered = token ? slmi_current_slot(self) : NULL;
    if (entered && entered->type == SLMI_SLOT_SPAN)
        SLMI_TELL_VISIT(self, entered, on_enter);
    slmi_unguard(self, outer);
    *self->errno_at = saved;
    return token;
}

void slmi_context_give(slmi_thread *self, slm_context *owned)
{
    uint64_t id = owned->id;
    if (!slmi_busy_begin(self))
        return;
    bool released = close_owned(self, owned);
    slmi_busy_end(self);
    if (__builtin_expect(!released, 0))
        released_twice(self, id);
}

slm_token slm_context_attach(const slm_context *context)
{
    slmi_thread *self = slmi_thread_get();
    if (!self || !context)
        return (slm_token){ 0 };
    uint64_t id = context->id, token = slmi_visit_context(self, id);
    if (__builtin_expect(token != 0, 1))
        return (slm_token){ token };
    if (!id || !slmi_slot_is_ours(slmi_id_slot(id)))
        return (slm_token){ 0 };
    return (slm_token){ slmi_context_enter(self, NULL, id) };
}

void slm_context_detach(slm_token token)
{
    slmi_thread *self = slmi_self;
    if (self && token.id && !slmi_visit_leave(self, token.id))
        (void)slmi_leave(token);
}

void slm_context_release(slm_context *context)
{
    if (!context || !context->id)
        return;
    uint64_t id = context->id;
    context->id = 0;
    slmi_thread *self = slmi_thread_get();
    if (!self || !slmi_slot_is_ours(slmi_id_slot(id)) || !slmi_busy_begin(self))
        return;
    bool released = close_context(self, id);
    slmi_busy_end(self);
    if (__builtin_expect(!released, 0)) {
        int saved = *self->errno_at;
        released_twice(self, id);
        *self->errno_at = saved;
    }
}

/* Zeroes half a kilobyte only where there is nothing to write there. */
static bool no_context(slm_span_context *out)
{
    memset(out, 0, sizeof *out);
    return false;
}

bool slm_current_context(slm_span_context *out)
{
    slmi_thread *self = slmi_self;
    const slmi_slot *slot = self ? slmi_current_slot(self) : NULL;
    if (!slot || (slot->trace_id[0] | slot->trace_id[1]) == 0) /* none, or one with nothing but baggage */
        return no_context(out);
    uint64_t outer = slmi_guard(self);
    bool remote;
    uint64_t id = slmi_exported_id(slot, &remote);
    slmi_unguard(self, outer);
    if (id == 0) /* no ancestor is exported: the trace goes on, from here */
        id = slot->span_id;
    slmi_identity(slot, out);
    memcpy(out->span_id.bytes, &id, sizeof id);
    return true;
}
