/* SPDX-License-Identifier: MIT */
/* Chains of entries that are set aside as a whole: a coroutine's while it does not run, and a loop's while a callback
 * runs that was armed outside any span. */
#include <spanloom/context.h>

#include "core/misuse.h"
#include "core/span.h"
#include "core/visit.h"

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
        slmi_misuse(SLM_DIAG_EXIT_TWICE, "slm_context_swap() with a copy of a slot, from inside @: @ was left already",
                    current, next);
        next = 0;
    }
    if (__builtin_expect(atomic_load_explicit(&slmi_watchers, memory_order_relaxed) == 0, 1)) {
        self->current = next;
        return;
    }
    int saved = *self->errno_at;
    uint64_t outer = slmi_guard(self);
    slmi_chain_tell_exit(self, current);
    slmi_chain_tell_enter(self, next);
    self->current = next;
    slmi_unguard(self, outer);
    *self->errno_at = saved;
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

/* Its span has ended or is entered already, a layer watches, or there is nothing to attach. */
static __attribute__((noinline)) slm_resumed resume_unusual(slm_context *owned, uint64_t id)
{
    slmi_thread *self = slmi_thread_get();
    uint64_t token = 0;
    if (!self)
        return (slm_resumed){ { 0 }, { 0 }, 0 };
    if (id && slmi_slot_is_ours(slmi_id_slot(id)))
        token = slmi_context_enter(self, owned, id);
    else if (owned)
        owned->id = 0;
    /* Only what is set aside needs the thread: a token's entry knows its. */
    slm_resumed resumed = { { token }, { 0 }, token ? 0 : self->index };
    if (!token)
        exchange(self, &resumed.aside);
    return resumed;
}

slm_resumed slm_context_resume(const slm_context *context)
{
    slmi_thread *self = slmi_self;
    uint64_t id = context ? context->id : 0;
    uint64_t token = self ? slmi_visit_context(self, id) : 0;
    if (__builtin_expect(token == 0, 0))
        return resume_unusual(NULL, id);
    return (slm_resumed){ { token }, { 0 }, 0 };
}

slm_resumed slm_context_resume_once(slm_context *context)
{
    slmi_thread *self = slmi_self;
    uint64_t id = context ? context->id : 0;
    uint64_t token = self ? slmi_visit_context(self, id) : 0;
    if (__builtin_expect(token == 0, 0))
        return resume_unusual(context, id);
    slmi_context_give(self, context);
    return (slm_resumed){ { token }, { 0 }, 0 };
}

static void restore(slmi_thread *self, slm_resumed *resumed)
{
    if (self->current) {
        int saved = *self->errno_at;
        slmi_misuse(SLM_DIAG_EXIT_ORDER, "a callback returned inside @, which it had entered; that is left",
                    self->current, 0);
        *self->errno_at = saved;
        slmi_unwind((slm_unwind_mark){ 0 });
    }
    exchange(self, &resumed->aside);
}

void slm_context_leave(slm_resumed *resumed)
{
    slmi_thread *self = slmi_self;
    if (!self || !resumed)
        return;
    if (__builtin_expect(resumed->token.id != 0, 1)) {
        if (slmi_visit_leave(self, resumed->token.id) || slmi_leave(resumed->token))
            resumed->token.id = 0;
    } else if (resumed->thread == self->index) {
        resumed->thread = 0;
        restore(self, resumed);
    } else if (resumed->thread) {
        slmi_misuse(SLM_DIAG_EXIT_THREAD,
                    "slm_context_leave() on another thread than its resume is ignored; it came from inside @",
                    self->current, 0);
    }
}
