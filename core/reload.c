/* SPDX-License-Identifier: MIT */
/* Another filter for a layer, for what starts from now on and for the spans that are open. */
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "core/alloc.h"
#include "core/reload.h"
#include "core/revise.h"

/* Filters that nobody can find any more, until no thread is inside one. */
struct retired {
    slm_filter *filter;
    uint64_t epoch;
    struct retired *next;
};
static _Atomic(struct retired *) retired;

static void collect(struct retired *more)
{
    struct retired *list = atomic_exchange_explicit(&retired, NULL, memory_order_acq_rel);
    if (more) {
        more->next = list;
        list = more;
    }
    struct retired *kept = NULL, *last = NULL;
    while (list) {
        struct retired *next = list->next;
        if (slmi_epoch_has_passed(list->epoch)) {
            slm_filter_free(list->filter);
            slmi_free(list);
        } else {
            list->next = kept;
            kept = list;
            last = last ? last : list;
        }
        list = next;
    }
    if (!kept)
        return;
    struct retired *head = atomic_load_explicit(&retired, memory_order_relaxed);
    do
        last->next = head;
    while (!atomic_compare_exchange_weak_explicit(&retired, &head, kept, memory_order_release, memory_order_relaxed));
}

void slmi_reload_collect(void)
{
    if (atomic_load_explicit(&retired, memory_order_relaxed))
        collect(NULL);
}

static void publish(slmi_dispatch *d, unsigned at, slm_filter *filter)
{
    atomic_fetch_add_explicit(&d->generation, 1, memory_order_seq_cst);
    slmi_dispatch_set_filter(d, at, filter);
    atomic_fetch_add_explicit(&d->generation, 1, memory_order_seq_cst);
    slmi_verdicts_forget(d);
    slmi_dispatch_reconsider();
}

/* The layers whose filter is that of layer `at`: its own, and those of the other pipelines of its group. */
static uint32_t sharers(const slmi_dispatch *d, unsigned at)
{
    int pipeline = d->layers[at].pipeline;
    return pipeline < 0 ? UINT32_C(1) << at : d->group_layers[d->group[pipeline]];
}

slm_status slm_subscriber_reload(slm_subscriber *subscriber, size_t at, slm_filter *filter)
{
    slmi_dispatch *d = (slmi_dispatch *)subscriber;
    slmi_thread *self = slmi_thread_get();
    if (!d || d->raw || at >= d->count || d->layers[at].shares || d->follows >> at & 1u || !self)
        return SLM_ERR_INVALID_ARGUMENT;
    if (filter && filter->place_bytes > d->layers[at].filter_bytes)
        return SLM_ERR_LIMIT;
    struct retired *old = slmi_alloc_zeroed(sizeof *old);
    if (!old)
        return SLM_ERR_NO_MEMORY;
    int saved = errno;
    uint64_t outer = slmi_guard(self);
    old->filter = slmi_layer_filter(&d->layers[at]);
    uint32_t whose = sharers(d, (unsigned)at);
    for (uint32_t left = whose; left; left &= left - 1)
        publish(d, (unsigned)__builtin_ctz(left), filter);
    for (uint32_t left = whose; left; left &= left - 1)
        slmi_revise_open(self, d, (unsigned)__builtin_ctz(left));
    slmi_unguard(self, outer);
    slmi_dispatch_barrier();
    old->epoch = atomic_fetch_add_explicit(&slmi_epoch, 1, memory_order_acq_rel) + 1;
    collect(old);
    errno = saved;
    return SLM_OK;
}
