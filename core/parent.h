/* SPDX-License-Identifier: MIT */
/* Under what a span or an event stands, resolved. */
#ifndef SPANLOOM_CORE_PARENT_H
#define SPANLOOM_CORE_PARENT_H

#include "core/current.h"

typedef struct slmi_parentage {
    slmi_slot *slot;                /* a SPAN or a CONTEXT; NULL: none of this process */
    const slm_span_context *remote; /* or one of another */
    bool pinned;                    /* `slot` was pinned for this: slmi_parentage_done() */
} slmi_parentage;

/* Inside a busy section. A parent that is gone makes none, and is counted. */
slmi_parentage slmi_parentage_given(slm_parent parent);

static inline slmi_parentage slmi_parentage_of(slmi_thread *self, slm_parent parent)
{
    if (__builtin_expect(parent.how == SLMI_UNDER_CURRENT, 1))
        return (slmi_parentage){ slmi_current_slot(self), NULL, false };
    return slmi_parentage_given(parent);
}

static inline void slmi_parentage_done(slmi_thread *self, slmi_parentage *parentage)
{
    if (__builtin_expect(parentage->pinned, 0))
        slmi_unpin(self, parentage->slot, false);
}

/* The slot of a captured context, pinned; NULL, counted, if it was released. */
slmi_slot *slmi_context_pin(uint64_t id);

/* The id that exported children of `slot` name as their parent: its own if some pipeline takes it, else that of its
 * nearest ancestor that one does. `*remote` says whether that is of another process. */
uint64_t slmi_exported_id(const slmi_slot *slot, bool *remote);

/* As slmi_exported_id(), for a new span's parent: where each span is sampled for itself, one that is not is left out
 * too. */
uint64_t slmi_parent_id(const slmi_slot *slot, bool *remote);

#endif
