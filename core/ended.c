/* SPDX-License-Identifier: MIT */
/* Synchronization
 *
 *              push (owner)            drain (the consumer)      sleep, awake (the consumer)
 *   push       one thread              ring: head / tail         `sleeping`: seq_cst fence on either side
 *                                      overflow: exchange
 *   drain      -                       one thread                one thread
 */
#include "core/ended.h"

#include <string.h>

#include "core/export.h"

enum { LOOK_EVERY = SLMI_WAKE_SPANS };

static slmi_consumer consumer;      /* written before `pipelines` is published */
static _Atomic(uint32_t) pipelines; /* 0: no consumer */
static _Atomic(uint32_t) eager;     /* pipelines whose every span is worth a wake */
static _Atomic(uint32_t) sleeping;  /* the consumer waits, and has not been woken yet */
static _Atomic(uint32_t) waking;    /* producers that may be inside wake() */
static _Atomic(uint32_t) revival;   /* a forked child's consumer is to be told at the first push */
static _Atomic(uint32_t) opened;    /* how many pipelines there are or were; their ledger stays readable */

slm_status slmi_export_open(const slmi_consumer *given, unsigned count)
{
    if (count == 0 || count > SLM_PIPELINES_MAX)
        return SLM_ERR_INVALID_ARGUMENT;
    if (atomic_load_explicit(&pipelines, memory_order_acquire))
        return SLM_ERR_EXISTS;
    consumer = *given;
    atomic_store_explicit(&opened, count, memory_order_release);
    atomic_store_explicit(&pipelines, count, memory_order_release);
    return SLM_OK;
}

void slmi_export_eager(unsigned whose)
{
    atomic_store_explicit(&eager, whose, memory_order_relaxed);
}

void slmi_export_close(void)
{
    atomic_store_explicit(&pipelines, 0, memory_order_seq_cst);
    /* A producer is inside wake() for one write to a descriptor. */
    while (atomic_load_explicit(&waking, memory_order_seq_cst)) {
    }
}

unsigned slmi_export_ledger(slm_pipeline_stats *stats)
{
    unsigned count = atomic_load_explicit(&opened, memory_order_acquire);
    for (unsigned i = 0; i < count && consumer.ledger; i++)
        consumer.ledger(consumer.user, i, &stats[i]);
    return count;
}

static void wake(void)
{
    atomic_fetch_add_explicit(&waking, 1, memory_order_seq_cst);
    if (atomic_load_explicit(&pipelines, memory_order_seq_cst) &&
        atomic_exchange_explicit(&sleeping, 0, memory_order_acq_rel))
        consumer.wake(consumer.user);
    atomic_fetch_sub_explicit(&waking, 1, memory_order_release);
}

static void revive(void)
{
    if (atomic_exchange_explicit(&revival, 0, memory_order_acq_rel) && consumer.revive)
        consumer.revive(consumer.user);
}

uint8_t slmi_ended_count(slmi_thread *self, const slmi_slot *slot)
{
    const slmi_dispatch *d = slmi_dispatch_of(slot);
    uint8_t queued = 0;
    bool sampled = (slot->trace_flags & SLM_FLAG_SAMPLED) != 0;
    uint32_t open = d->exports ? atomic_load_explicit(&pipelines, memory_order_acquire) : 0;
    for (uint32_t left = d->exports; left; left &= left - 1) {
        unsigned at = (unsigned)__builtin_ctz(left);
        int pipeline = d->layers[at].pipeline;
        slmi_count(&self->pipelines[pipeline].ended);
        if (!(slmi_mask(slot) & UINT32_C(1) << at))
            slmi_count(&self->pipelines[pipeline].filtered);
        else if (!sampled)
            slmi_count(&self->pipelines[pipeline].unsampled);
        else if ((uint32_t)pipeline >= open)
            slmi_count(&self->pipelines[pipeline].late);
        else {
            slmi_count(&self->pipelines[pipeline].pushed);
            queued |= (uint8_t)(1u << pipeline);
        }
    }
    return queued;
}

uint8_t slmi_ended_count_log(slmi_thread *self, const slmi_dispatch *d, uint32_t layers, bool room)
{
    uint8_t queued = 0;
    uint32_t open = atomic_load_explicit(&pipelines, memory_order_acquire);
    for (uint32_t left = layers; left; left &= left - 1) {
        int pipeline = d->layers[__builtin_ctz(left)].pipeline;
        bool taken = room && (uint32_t)pipeline < open;
        slmi_count(&self->pipelines[pipeline].ended);
        if (taken) {
            slmi_count(&self->pipelines[pipeline].pushed);
            queued |= (uint8_t)(1u << pipeline);
        } else if ((uint32_t)pipeline >= open) {
            slmi_count(&self->pipelines[pipeline].late);
        } else {
            slmi_count(&self->pipelines[pipeline].homeless);
        }
    }
    return queued;
}

void slmi_ended_push(slmi_thread *self, uint32_t slot)
{
    if (__builtin_expect(atomic_load_explicit(&revival, memory_order_relaxed), 0))
        revive();
    bool now = (slmi_slot_at(slot)->queued & atomic_load_explicit(&eager, memory_order_relaxed)) != 0;
    uint32_t head = atomic_load_explicit(&self->head, memory_order_relaxed);
    if (__builtin_expect(head - self->tail_seen >= SLMI_RING, 0))
        self->tail_seen = atomic_load_explicit(&self->tail, memory_order_acquire);
    if (__builtin_expect(head - self->tail_seen < SLMI_RING, 1)) {
        self->ring[head % SLMI_RING] = slot;
        /* Pairs with the acquire in drain_ring(): the record, whose last word is stored before. */
        atomic_store_explicit(&self->head, head + 1, memory_order_release);
    } else {
        uint32_t first = atomic_load_explicit(&self->overflow, memory_order_relaxed);
        do
            slmi_the_pool.links[slot] = first;
        while (!atomic_compare_exchange_weak_explicit(&self->overflow, &first, slot, memory_order_release,
                                                      memory_order_relaxed));
    }
    if (++self->until_look < LOOK_EVERY && head - self->tail_seen != SLMI_RING / 2 && !now)
        return;
    self->until_look = 0;
    atomic_thread_fence(memory_order_seq_cst); /* pairs with slmi_export_sleep() */
    if (atomic_load_explicit(&sleeping, memory_order_relaxed))
        wake();
}

/* -- the consumer's end
 * ------------------------------------------------------------------------------------------------- */

static size_t hand_out(slmi_thread *from, uint32_t at, slmi_take *take, void *user)
{
    size_t count = 0;
    for (unsigned left = slmi_slot_at(at)->queued; left; left &= left - 1) {
        unsigned pipeline = (unsigned)__builtin_ctz(left);
        slmi_count(&from->popped[pipeline]);
        take(user, pipeline, at);
        count++;
    }
    return count;
}

static size_t drain_thread(slmi_thread *t, slmi_take *take, void *user)
{
    size_t count = 0;
    uint32_t tail = atomic_load_explicit(&t->tail, memory_order_relaxed);
    uint32_t head = atomic_load_explicit(&t->head, memory_order_acquire);
    while (tail != head) {
        count += hand_out(t, t->ring[tail % SLMI_RING], take, user);
        atomic_store_explicit(&t->tail, ++tail, memory_order_release);
    }
    uint32_t at = atomic_load_explicit(&t->overflow, memory_order_relaxed)
                      ? atomic_exchange_explicit(&t->overflow, 0, memory_order_acquire)
                      : 0;
    while (at) {
        uint32_t next = slmi_the_pool.links[at];
        count += hand_out(t, at, take, user);
        at = next;
    }
    return count;
}

size_t slmi_export_drain(slmi_take *take, void *user)
{
    size_t count = 0;
    for (slmi_thread *t = slmi_thread_list(); t; t = t->next)
        count += drain_thread(t, take, user);
    return count;
}

bool slmi_export_sleep(void)
{
    atomic_store_explicit(&sleeping, 1, memory_order_relaxed);
    atomic_thread_fence(memory_order_seq_cst); /* pairs with slmi_ended_push() */
    uint32_t worth = atomic_load_explicit(&eager, memory_order_relaxed) ? 1 : SLMI_WAKE_SPANS;
    for (slmi_thread *t = slmi_thread_list(); t; t = t->next) {
        uint32_t waiting =
            atomic_load_explicit(&t->head, memory_order_relaxed) - atomic_load_explicit(&t->tail, memory_order_relaxed);
        if (waiting >= worth || atomic_load_explicit(&t->overflow, memory_order_relaxed)) {
            atomic_store_explicit(&sleeping, 0, memory_order_relaxed);
            return false;
        }
    }
    return true;
}

void slmi_export_awake(void)
{
    atomic_store_explicit(&sleeping, 0, memory_order_relaxed);
}

void slmi_record_release(uint32_t record)
{
    slmi_thread *self = slmi_thread_get();
    if (!self) {
        self = slmi_thread_spare();
        slmi_unpin(self, slmi_slot_at(record), false);
        slmi_pool_leave(self);
        return;
    }
    bool mine = slmi_busy_begin(self);
    slmi_unpin(self, slmi_slot_at(record), false);
    if (mine)
        slmi_busy_end(self);
}

void slmi_ended_fork_child(void)
{
    atomic_store_explicit(&sleeping, 0, memory_order_relaxed);
    atomic_store_explicit(&waking, 0, memory_order_relaxed);
    if (!atomic_load_explicit(&opened, memory_order_relaxed))
        return;
    if (atomic_load_explicit(&pipelines, memory_order_relaxed))
        atomic_store_explicit(&revival, 1, memory_order_relaxed);
    if (consumer.fork_child)
        consumer.fork_child(consumer.user);
}
