/* SPDX-License-Identifier: MIT */
#include "core/dispatch.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "core/alloc.h"
#include "core/clock.h"
#include "core/output.h"
#include "core/platform.h"
#include "core/reload.h"
#include "core/sampling.h"

/* Guards the table and the list of what is retired; no user code runs under it. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static slmi_dispatch *table[SLMI_SETS]; /* all that are not freed */
static uint32_t last_serial;
static uint8_t last_slot;
static bool barrier_ready;
enum { WAIT_NS = 200000, WAITS_MAX = 250 };
static _Atomic(uint32_t) retired_count; /* of those in the table, how many wait to be destroyed */

_Atomic(slmi_dispatch *) slmi_global;
_Atomic(uint64_t) slmi_epoch = 1;
_Atomic(slmi_dispatch *) slmi_sets[SLMI_SETS];
_Atomic(uint32_t) slmi_watchers;
bool slmi_readers_fence;

static bool lock(void)
{
    bool mine = slmi_self && slmi_busy_begin(slmi_self);
    pthread_mutex_lock(&mutex);
    return mine;
}

static void unlock(bool mine)
{
    pthread_mutex_unlock(&mutex);
    if (mine)
        slmi_busy_end(slmi_self);
}

/* -- life -----------------------------------------------------------------------------------------------------------
 */

/* A subscriber's verdicts have the room of its place in the table, there for good: not from malloc(), which a signal
 * handler that meets a new callsite may have interrupted, and touched only as far as there are callsites. */
static _Atomic(uint64_t) *clear_verdicts(unsigned slot)
{
    static _Atomic(uint64_t) *rooms[SLMI_SETS];
    const size_t bytes = SLMI_SITES_MAX * sizeof *rooms[slot];
    if (!rooms[slot])
        rooms[slot] = slmi_reserve(bytes, bytes);
    for (uint32_t id = 0, count = rooms[slot] ? slmi_site_count() : 0; id < count; id++)
        atomic_store_explicit(&rooms[slot][id], 0, memory_order_relaxed);
    return rooms[slot];
}

/* Of a place in the table, how many spans were started less those that are recycled (of a raw subscriber, were ended).
 * Recycled is read last-first, so that a record which starts meanwhile is never seen only as recycled. */
static int64_t open_in(unsigned slot)
{
    uint64_t recycled = 0, started = 0;
    for (slmi_thread *t = slmi_thread_list(); t; t = t->next)
        recycled += atomic_load_explicit(&t->set_recycled[slot], memory_order_acquire);
    for (slmi_thread *t = slmi_thread_list(); t; t = t->next)
        started += atomic_load_explicit(&t->set_started[slot], memory_order_acquire);
    return (int64_t)(started - recycled);
}

static slm_status try_to_enlist(slmi_dispatch *d)
{
    slmi_dispatch_collect();
    bool mine = lock();
    if (!barrier_ready) {
        slmi_readers_fence = !slmi_platform_barrier_init();
        barrier_ready = true;
    }
    slm_status status = SLM_ERR_LIMIT;
    for (unsigned i = 1; i <= SLMI_SETS; i++) {
        uint8_t slot = (uint8_t)((last_slot + i) % SLMI_SETS); /* late handles find an empty place for long */
        if (table[slot])
            continue;
        d->slot = last_slot = slot;
        d->serial = ++last_serial ? last_serial : ++last_serial;
        d->verdicts = clear_verdicts(slot);
        d->before = open_in(slot);
        table[slot] = d;
        atomic_store_explicit(&slmi_sets[slot], d, memory_order_release);
        status = SLM_OK;
        break;
    }
    unlock(mine);
    return status;
}

/* The places of those that wait to be destroyed come free as soon as their readers leave, which may be preempted or
 * writing; but not while this is a callback, a reader itself. Setting up may take a moment: 50 ms. */
slm_status slmi_dispatch_enlist(slmi_dispatch *d)
{
    static const struct timespec a_moment = { 0, WAIT_NS };
    bool inside = slmi_self && atomic_load_explicit(&slmi_self->epoch, memory_order_relaxed) != 0;
    slm_status status = try_to_enlist(d);
    int cancel = slmi_cancel_hold();
    for (unsigned waits = 0; status == SLM_ERR_LIMIT && !inside && waits < WAITS_MAX; waits++) {
        if (!atomic_load_explicit(&retired_count, memory_order_relaxed))
            break;
        (void)nanosleep(&a_moment, NULL);
        status = try_to_enlist(d);
    }
    slmi_cancel_restore(cancel);
    return status;
}

slmi_dispatch *slmi_dispatch_create(void)
{
    slmi_dispatch *d = slmi_alloc_zeroed(sizeof *d);
    slmi_clock_init();
    if (d)
        atomic_store_explicit(&d->references, 1, memory_order_relaxed);
    return d;
}

slm_status slm_subscriber_new(const slm_subscriber_ops *ops, void *self, slm_subscriber **out)
{
    if (!ops || ops->size < sizeof *ops || !out)
        return SLM_ERR_INVALID_ARGUMENT;
    slmi_dispatch *d = slmi_dispatch_create();
    if (!d)
        return SLM_ERR_NO_MEMORY;
    d->raw = true;
    d->ops = ops;
    d->self = self;
    slm_status status = slmi_dispatch_enlist(d);
    if (status == SLM_OK)
        *out = (slm_subscriber *)d;
    else
        slmi_free(d);
    return status;
}

static void destroy(slmi_dispatch *d)
{
    if (d->raw && d->ops->destroy)
        d->ops->destroy(d->self);
    if (d->on_enter | d->on_exit)
        atomic_fetch_sub_explicit(&slmi_watchers, 1, memory_order_relaxed);
    for (unsigned i = 0; i < d->count; i++) {
        slmi_layer *layer = &d->layers[i];
        if (layer->ops && layer->ops->destroy)
            layer->ops->destroy(layer->self);
        if (!layer->shares)
            slm_filter_free(slmi_layer_filter(layer));
    }
    slmi_sampling_drop(d);
    slmi_free(d);
}

/* Nothing starts under a retired set once its epoch has passed. A raw subscriber's handles are not checked: a program
 * that ends a span twice must not keep it for ever. */
static bool records_are_gone(const slmi_dispatch *d)
{
    int64_t open = open_in(d->slot) - d->before;
    return d->raw ? open <= 0 : open == 0;
}

bool slmi_epoch_has_passed(uint64_t epoch)
{
    for (slmi_thread *t = slmi_thread_list(); t; t = t->next) {
        uint64_t seen = atomic_load_explicit(&t->epoch, memory_order_acquire);
        if (seen != 0 && seen < epoch)
            return false;
    }
    return true;
}

/* Nobody finds it from now on; who holds it still is inside since before the epoch that this returns. */
static uint64_t new_epoch(void)
{
    slmi_dispatch_barrier();
    return atomic_fetch_add_explicit(&slmi_epoch, 1, memory_order_acq_rel) + 1;
}

/* Takes those that are unlisted and held by nobody out of the table. */
static unsigned take_done(slmi_dispatch *done[SLMI_SETS])
{
    unsigned count = 0;
    for (unsigned i = 0; i < SLMI_SETS; i++) {
        slmi_dispatch *d = table[i];
        if (!d || !d->unlisted || !slmi_epoch_has_passed(d->unlisted))
            continue;
        table[i] = NULL;
        done[count++] = d;
    }
    return count;
}

/* Two steps, because a reader that walks slmi_sets may hold one that is neither anybody's subscriber nor of any record.
 * Its place in the table is kept until it is destroyed. */
static unsigned unlist_and_take(slmi_dispatch *done[SLMI_SETS])
{
    uint32_t unlisted = 0;
    for (unsigned i = 0; i < SLMI_SETS; i++) {
        slmi_dispatch *d = table[i];
        uint64_t retired = d ? atomic_load_explicit(&d->retired, memory_order_acquire) : 0;
        if (!retired || d->unlisted || !slmi_epoch_has_passed(retired) || !records_are_gone(d))
            continue;
        atomic_store_explicit(&slmi_sets[i], NULL, memory_order_release);
        unlisted |= UINT32_C(1) << i;
    }
    uint64_t epoch = unlisted ? new_epoch() : 0;
    for (; unlisted; unlisted &= unlisted - 1)
        table[__builtin_ctz(unlisted)]->unlisted = epoch;
    return take_done(done);
}

void slmi_dispatch_collect(void)
{
    slmi_dispatch *done[SLMI_SETS];
    slmi_reload_collect();
    if (!atomic_load_explicit(&retired_count, memory_order_relaxed))
        return;
    bool mine = lock();
    unsigned count = unlist_and_take(done);
    unlock(mine);
    atomic_fetch_sub_explicit(&retired_count, count, memory_order_relaxed);
    for (unsigned i = 0; i < count; i++)
        destroy(done[i]);
}

void slmi_dispatch_release(slmi_dispatch *d)
{
    if (atomic_fetch_sub_explicit(&d->references, 1, memory_order_acq_rel) != 1)
        return;
    atomic_fetch_add_explicit(&retired_count, 1, memory_order_relaxed);
    atomic_store_explicit(&d->retired, new_epoch(), memory_order_release);
    slmi_dispatch_collect();
}

void slm_subscriber_release(slm_subscriber *subscriber)
{
    if (subscriber)
        slmi_dispatch_release((slmi_dispatch *)subscriber);
}

void slm_set_global_subscriber(slm_subscriber *subscriber)
{
    int saved = errno;
    slmi_dispatch *d = (slmi_dispatch *)subscriber;
    if (d)
        atomic_fetch_add_explicit(&d->references, 1, memory_order_relaxed);
    slmi_dispatch *old = atomic_exchange_explicit(&slmi_global, d, memory_order_acq_rel);
    slmi_dispatch_reconsider();
    if (old)
        slmi_dispatch_release(old);
    errno = saved;
}

/* Records that were open stay the parent process's; raw subscribers go on with the spans they have. */
void slmi_dispatch_fork_count(void)
{
    for (unsigned i = 0; i < SLMI_SETS; i++)
        if (table[i])
            table[i]->before = table[i]->raw ? table[i]->before - open_in(i) : 0;
}

void slmi_dispatch_fork_child(void)
{
    static const pthread_mutex_t fresh = PTHREAD_MUTEX_INITIALIZER;
    memcpy(&mutex, &fresh, sizeof mutex);
    for (unsigned i = 0; i < SLMI_SETS; i++) {
        const slmi_dispatch *d = table[i];
        for (unsigned at = 0; d && at < d->count; at++)
            if (d->layers[at].ops && d->layers[at].ops->on_fork)
                d->layers[at].ops->on_fork(d->layers[at].self);
    }
}
