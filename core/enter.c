/* SPDX-License-Identifier: MIT */
/* Entering and leaving, apart from a span's life; and what is current. */
#include <string.h>

#include "core/diagnostics.h"
#include "core/misuse.h"
#include "core/span.h"
#include "core/visit.h"

void slmi_tell(slmi_thread *self, slmi_slot *slot, uint32_t whom, size_t callback)
{
    const slmi_dispatch *d = slmi_dispatch_of(slot);
    int saved = *self->errno_at;
    for (; whom; whom &= whom - 1) {
        unsigned at = (unsigned)__builtin_ctz(whom);
        slmi_layer_call *call;
        memcpy(&call, (const char *)d->layers[at].ops + callback, sizeof call);
        uint32_t inside = slmi_call_begin(self, d, at);
        call(d->layers[at].self, (const slm_view *)slot);
        slmi_call_end(self, d, inside);
    }
    *self->errno_at = saved;
}

static slmi_slot *span_of(uint64_t entry)
{
    slmi_slot *slot = slmi_slot_at(slmi_id_slot(entry));
    if (!slmi_slot_is_ours(slmi_id_slot(entry)))
        return NULL;
    if (slot->type == SLMI_SLOT_ENTRY)
        slot = slmi_slot_at((uint32_t)slot->start);
    return slot->type == SLMI_SLOT_SPAN ? slot : NULL;
}

static uint64_t displaced_by(uint64_t entry)
{
    return slmi_slot_at(slmi_id_slot(entry))->displaced;
}

void slmi_chain_tell_exit(slmi_thread *self, uint64_t innermost)
{
    for (uint64_t at = innermost; at; at = displaced_by(at)) {
        slmi_slot *slot = span_of(at);
        self->current = displaced_by(at);
        if (slot)
            SLMI_TELL_VISIT(self, slot, on_exit);
    }
}

/* Outermost first, some at a time: the chain leads the other way. */
void slmi_chain_tell_enter(slmi_thread *self, uint64_t innermost)
{
    enum { AT_ONCE = 64 };
    uint64_t some[AT_ONCE];
    uint32_t left = 0;
    for (uint64_t at = innermost; at; at = displaced_by(at))
        left++;
    for (uint32_t count; left; left -= count) {
        count = left < AT_ONCE ? left : AT_ONCE;
        uint64_t at = innermost;
        for (uint32_t i = 0; i < left; i++, at = displaced_by(at))
            if (i >= left - count)
                some[left - 1 - i] = at;
        for (uint32_t i = 0; i < count; i++) {
            slmi_slot *slot = span_of(some[i]);
            self->current = some[i];
            if (slot && atomic_load_explicit(&slot->state, memory_order_relaxed) & SLMI_OPEN)
                SLMI_TELL_VISIT(self, slot, on_enter);
        }
    }
}

static slm_token enter_raw(slmi_thread *self, uint64_t handle)
{
    uint64_t id;
    slmi_dispatch *d = slmi_raw_dispatch(handle, &id);
    if (!d)
        return (slm_token){ 0 };
    if (d->ops->enter) {
        uint32_t inside = slmi_call_begin(self, d, 0);
        d->ops->enter(d->self, id);
        slmi_call_end(self, d, inside);
    }
    return (slm_token){ handle };
}

/* A span of the process that forked this one is entered as the identity that it is. */
static uint64_t push_inherited(slmi_thread *self, uint64_t span)
{
    const slmi_slot *slot = slmi_inherited(span);
    uint64_t context = slot ? slmi_context_of(self, slot) : 0;
    if (!context)
        return 0;
    uint64_t token = slmi_entry_push(self, context);
    slmi_slot *made = slmi_slot_at(slmi_id_slot(context));
    atomic_fetch_and_explicit(&made->state, ~SLMI_OPEN, memory_order_relaxed);
    slmi_unpin(self, made, false);
    return token;
}

static bool is_open(const slmi_slot *slot, uint64_t id)
{
    uint64_t word = atomic_load_explicit(&slot->state, memory_order_relaxed);
    return slmi_same_generation(word, id) && word & SLMI_OPEN;
}

static __attribute__((noinline)) slm_token enter_unusual(slm_span span)
{
    slmi_thread *self = slmi_thread_get();
    if (!self)
        return (slm_token){ 0 };
    int saved = *self->errno_at;
    uint64_t outer = slmi_guard(self);
    slm_token token = { 0 };
    if (__builtin_expect(span.id & SLMI_ID_RAW, 0)) {
        token = enter_raw(self, span.id);
    } else if (!slmi_busy_begin(self)) {
        slmi_diagnose(SLM_DIAG_REENTRANT, "a signal handler that interrupted the library entered a span; ignored");
    } else {
        uint64_t id = span.id & ~SLMI_ID_UNRECORDED;
        bool ours = slmi_slot_is_ours(slmi_id_slot(id));
        token.id = ours ? slmi_entry_push(self, id) : push_inherited(self, id);
        slmi_busy_end(self);
        slmi_slot *slot = slmi_slot_at(slmi_id_slot(id));
        if (token.id && ours)
            SLMI_TELL_VISIT(self, slot, on_enter);
        else if (ours && !is_open(slot, id)) /* else there was no room, and that was counted */
            slmi_misuse_stale(id);
    }
    slmi_unguard(self, outer);
    *self->errno_at = saved;
    return token;
}

slm_token slmi_enter(slm_span span)
{
    slmi_thread *self = slmi_self;
    uint64_t token = 0;
    if (__builtin_expect(self && !(span.id & (SLMI_ID_RAW | SLMI_ID_UNRECORDED)) && slmi_visit_is_quiet(self, span.id),
                         1))
        token = slmi_visit_enter(self, span.id, 0);
    return __builtin_expect(token != 0, 1) ? (slm_token){ token } : enter_unusual(span);
}

static __attribute__((noinline)) bool exit_unusual(slmi_thread *self, slm_token token)
{
    int saved = *self->errno_at;
    uint64_t outer = slmi_guard(self);
    bool left = true;
    if (__builtin_expect(token.id & SLMI_ID_RAW, 0)) {
        uint64_t id;
        slmi_dispatch *d = slmi_raw_dispatch(token.id, &id);
        if (d && d->ops->exit) {
            uint32_t inside = slmi_call_begin(self, d, 0);
            d->ops->exit(d->self, id);
            slmi_call_end(self, d, inside);
        }
    } else {
        left = slmi_entry_leave(self, token.id);
    }
    slmi_unguard(self, outer);
    *self->errno_at = saved;
    return left;
}

bool slmi_leave(slm_token token)
{
    slmi_thread *self = slmi_self;
    if (!self)
        return false;
    if (!(token.id & SLMI_ID_RAW) && slmi_visit_leave(self, token.id))
        return true;
    return exit_unusual(self, token);
}

void slmi_exit(slm_token token)
{
    (void)slmi_leave(token);
}

slm_span slmi_current(void)
{
    slmi_thread *self = slmi_self;
    if (!self)
        return (slm_span){ 0 };
    const slmi_slot *slot = slmi_current_slot(self);
    slm_span span = { 0 };
    if (slot && slot->type == SLMI_SLOT_SPAN) {
        uint64_t word = atomic_load_explicit(&slot->state, memory_order_relaxed);
        span.id = slmi_id(slmi_slot_index(slot), word);
    } else if (!slot) {
        uint64_t outer = slmi_guard(self);
        slmi_dispatch *d = slmi_dispatch_current(self);
        if (d && d->raw && d->ops->current) {
            uint64_t id = d->ops->current(d->self);
            span.id = id ? slmi_raw_id(d, id) : 0;
        }
        slmi_unguard(self, outer);
    }
    return span;
}

bool slmi_span_context(slm_span span, slm_span_context *out)
{
    slmi_thread *self = slmi_thread_get();
    memset(out, 0, sizeof *out);
    if (!self || span.id & SLMI_ID_RAW)
        return false;
    uint64_t id = span.id & ~SLMI_ID_UNRECORDED;
    if (!slmi_slot_is_ours(slmi_id_slot(id))) {
        const slmi_slot *slot = slmi_inherited(id);
        if (!slot)
            return false;
        slmi_identity(slot, out);
        return true;
    }
    if (!slmi_busy_begin(self))
        return false;
    slmi_slot *slot = slmi_pin(id, true);
    if (slot) {
        slmi_identity(slot, out);
        slmi_unpin(self, slot, false);
    }
    slmi_busy_end(self);
    return slot != NULL;
}
