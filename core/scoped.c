/* SPDX-License-Identifier: MIT */
/* A thread's own subscriber, in place of the global one. */
#include "core/diagnostics.h"
#include "core/dispatch.h"

static slm_interest never(void *self, const slm_metadata *metadata)
{
    (void)self;
    (void)metadata;
    return SLM_INTEREST_NEVER;
}

static const slm_subscriber_ops nobody_ops = { .size = sizeof nobody_ops, .register_callsite = never };
static slmi_dispatch nobody = { .serial = UINT32_MAX, .raw = true, .ops = &nobody_ops };

slm_subscriber_scope slm_thread_subscriber_push(slm_subscriber *subscriber)
{
    slmi_thread *self = slmi_thread_get();
    slmi_dispatch *d = (slmi_dispatch *)subscriber;
    if (!self)
        return (slm_subscriber_scope){ NULL, 0, 0 };
    slm_subscriber_scope scope = { (slm_subscriber *)self->scoped, self->index, ++self->scopes };
    if (d) {
        atomic_fetch_add_explicit(&d->references, 1, memory_order_relaxed);
        self->scoped = d;
        if (atomic_fetch_add_explicit(&d->scoped_threads, 1, memory_order_acq_rel) == 0)
            slmi_dispatch_reconsider();
    } else {
        self->scoped = &nobody;
    }
    return scope;
}

static void drop_scoped(slmi_dispatch *d)
{
    if (!d || d == &nobody)
        return;
    if (atomic_fetch_sub_explicit(&d->scoped_threads, 1, memory_order_acq_rel) == 1)
        slmi_dispatch_reconsider();
    slmi_dispatch_release(d);
}

void slm_thread_subscriber_pop(slm_subscriber_scope scope)
{
    slmi_thread *self = slmi_thread_get();
    if (!self || !scope.depth)
        return;
    if (scope.thread != self->index || scope.depth != self->scopes) {
        slmi_diagnose(SLM_DIAG_EXIT_ORDER, "a subscriber was popped twice, out of order or on another thread; ignored");
        return;
    }
    slmi_dispatch *d = self->scoped;
    self->scopes--;
    self->scoped = (slmi_dispatch *)scope.displaced;
    drop_scoped(d);
}

void slmi_dispatch_thread_leave(slmi_thread *self)
{
    slmi_dispatch *d = self->scoped;
    self->scoped = NULL;
    self->scopes = 0;
    drop_scoped(d);
    slmi_dispatch_collect();
}
