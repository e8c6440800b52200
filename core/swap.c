/* SPDX-License-Identifier: MIT */
/* Chains of entries that are set aside as a whole: a coroutine's while it does not run, and a loop's while a callback
 * runs that was armed outside any span. */
#include <errno.h>

#include <spanloom/context.h>

#include "core/diagnostics.h"
#include "core/span.h"

/* What is entered is pinned, so a chain that was swapped in or abandoned through a copy of its slot is recognised. */
static bool is_entered(uint64_t entry)
{
    uint64_t word = atomic_load_explicit(&slmi_slot_at(slmi_id_slot(entry))->state, memory_order_relaxed);
    return (slmi_same_generation(word, entry) && word & SLMI_ENTERED) || !slmi_slot_is_ours(slmi_id_slot(entry));
}

static void exchange(slmi_thread *self, slm_context_slot *slot)
{
    uint64_t current = self->current, next = slot->id;
    slot->id = current;
    if (__builtin_expect(next && !is_entered(next), 0)) {
        slmi_diagnose(SLM_DIAG_EXIT_TWICE, "slm_context_swap() with a slot whose chain was left already; ignored");
        next = 0;
    }
    if (__builtin_expect(atomic_load_explicit(&slmi_watchers, memory_order_relaxed) == 0, 1)) {
        self->current = next;
        return;
    }
    int saved = errno;
    uint64_t outer = slmi_guard(self);
    slmi_chain_tell_exit(self, current);
    slmi_chain_tell_enter(self, next);
    self->current = next;
    slmi_unguard(self, outer);
    errno = saved;
}

void slm_context_swap(slm_context_slot *slot)
{
    slmi_thread *self = slmi_thread_get();
    if (self)
        exchange(self, slot);
}

void slm_context_abandon(slm_context_slot *slot)
{
    slmi_thread *self = slmi_thread_get();
    if (!self || !slot || !slot->id)
        return;
    exchange(self, slot);
    slmi_unwind((slm_unwind_mark){ 0 });
    exchange(self, slot);
}

slm_resumed slm_context_resume(const slm_context *context)
{
    slm_resumed resumed = { { 0 }, { 0 }, 0 };
    slmi_thread *self = slmi_thread_get();
    if (!self)
        return resumed;
    resumed.thread = self->index;
    resumed.token = slm_context_attach(context);
    if (!resumed.token.id)
        exchange(self, &resumed.aside);
    return resumed;
}

slm_resumed slm_context_resume_once(slm_context *context)
{
    slm_resumed resumed = { { 0 }, { 0 }, 0 };
    slmi_thread *self = slmi_thread_get();
    uint64_t id = context ? context->id : 0;
    if (!self)
        return resumed;
    resumed.thread = self->index;
    if (id && slmi_slot_is_ours(slmi_id_slot(id))) {
        int saved = errno;
        uint64_t outer = slmi_guard(self);
        resumed.token.id = slmi_context_enter(self, context, id);
        slmi_unguard(self, outer);
        errno = saved;
    } else if (id) {
        context->id = 0;
    }
    if (!resumed.token.id)
        exchange(self, &resumed.aside);
    return resumed;
}

static void restore(slmi_thread *self, slm_resumed *resumed)
{
    if (self->current) {
        int saved = errno;
        slmi_diagnose(SLM_DIAG_EXIT_ORDER, "a callback returned inside what it had entered; that is left");
        errno = saved;
        slmi_unwind((slm_unwind_mark){ 0 });
    }
    exchange(self, &resumed->aside);
}

void slm_context_leave(slm_resumed *resumed)
{
    slmi_thread *self = slmi_self;
    if (!self || !resumed || !resumed->thread)
        return;
    if (resumed->thread != self->index) {
        slmi_diagnose(SLM_DIAG_EXIT_THREAD, "slm_context_leave() on another thread than its resume; ignored");
        return;
    }
    resumed->thread = 0;
    if (resumed->token.id)
        slm_context_detach(resumed->token);
    else
        restore(self, resumed);
}
