/* SPDX-License-Identifier: MIT */
/* Spans inside the library; span.h of the public headers is the other side. */
#ifndef SPANLOOM_CORE_SPAN_H
#define SPANLOOM_CORE_SPAN_H

#include "core/hit.h"
#include "core/parent.h"

/* A raw subscriber's handle: its span's id in 48 bits, its slot in the table, and the low bits of its serial. */
static inline uint64_t slmi_raw_id(const slmi_dispatch *d, uint64_t id)
{
    return (id >> 16) << 32 | SLMI_ID_RAW | (uint64_t)d->slot << 24 | (uint64_t)(d->serial & 0xff) << 16 |
           (id & 0xffff);
}

/* The subscriber of a raw handle, and the id it gave; NULL if it is gone. Inside a guard. */
static inline slmi_dispatch *slmi_raw_dispatch(uint64_t handle, uint64_t *id)
{
    slmi_dispatch *d = atomic_load_explicit(&slmi_sets[(handle >> 24) % SLMI_SETS], memory_order_acquire);
    if (!d || !d->raw || (d->serial & 0xff) != ((handle >> 16) & 0xff))
        return NULL;
    *id = (handle >> 32) << 16 | (handle & 0xffff);
    return d;
}

/* Tells the layers in `whom` of `slot` through one of their callbacks. The slot is pinned or cannot be ended by others.
 */
typedef void slmi_layer_call(void *self, const slm_view *span);
void slmi_tell(slmi_thread *self, slmi_slot *slot, uint32_t whom, size_t callback);
#define SLMI_TELL(self, slot, dispatch, name)                                                                          \
    do {                                                                                                               \
        uint32_t slmi_whom = (dispatch)->name & slmi_mask((slot)) & ~slmi_deaf((self), (dispatch));                    \
        if (__builtin_expect(slmi_whom != 0, 0))                                                                       \
            slmi_tell((self), (slot), slmi_whom, offsetof(slm_layer_ops, name));                                       \
    } while (0)

/* As SLMI_TELL() for on_enter and on_exit, which hardly anybody is told of. */
#define SLMI_TELL_VISIT(self, slot, name)                                                                              \
    do {                                                                                                               \
        if (__builtin_expect(atomic_load_explicit(&slmi_watchers, memory_order_relaxed) != 0, 0))                      \
            SLMI_TELL((self), (slot), slmi_dispatch_of((slot)), name);                                                 \
    } while (0)

/* slm_exit(); whether the token was good. */
bool slmi_leave(slm_token token);

/* Counts that something did not fit into a span. Outside busy sections. */
void slmi_span_outgrown(void);

/* Tells the layers of each span in a chain of entries that this thread is not inside it any more, or again: the chain
 * is exchanged for another one as a whole. Inside a guard. */
void slmi_chain_tell_exit(slmi_thread *self, uint64_t innermost);
void slmi_chain_tell_enter(slmi_thread *self, uint64_t innermost);

/* Ends and leaves a scope that was skipped. Inside a guard. */
void slmi_span_abandon(slmi_thread *self, uint64_t id);

/* A context with the identity of `slot`, open, with one pin for whoever asked; 0 for no room. Inside a busy section. */
uint64_t slmi_context_of(slmi_thread *self, const slmi_slot *slot);

/* Where core/visit.h leaves it to others. Attaches the context `id`, of this process; the token, 0 if that cannot be.
 * With `owned`, which holds that id, it is also released and zeroed. */
uint64_t slmi_context_enter(slmi_thread *self, slm_context *owned, uint64_t id);
/* Releases and zeroes a context of this process. */
void slmi_context_give(slmi_thread *self, slm_context *owned);

#endif
