/* SPDX-License-Identifier: MIT */
#include "core/task_table.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>

#include <spanloom/task.h>

#include "core/alloc.h"

_Static_assert(sizeof(slmi_task_entry) == 64, "a task is a cache line");

static pthread_mutex_t reserving = PTHREAD_MUTEX_INITIALIZER;
static _Atomic(slmi_task_entry *) table; /* entry 0 is not used */
static _Atomic(uint32_t) fresh;          /* how many were ever taken */
static _Atomic(uint64_t) head;           /* of the free ones: index, and a tag against ABA */

static slmi_task_entry *reserve(void)
{
    slmi_task_entry *there = atomic_load_explicit(&table, memory_order_acquire);
    if (there)
        return there;
    pthread_mutex_lock(&reserving);
    there = atomic_load_explicit(&table, memory_order_relaxed);
    if (!there) {
        const size_t bytes = (SLM_TASKS_MAX + 1) * sizeof *there;
        there = slmi_reserve(bytes, bytes);
        atomic_store_explicit(&table, there, memory_order_release);
    }
    pthread_mutex_unlock(&reserving);
    return there;
}

slmi_task_entry *slmi_task_at(uint32_t at)
{
    return atomic_load_explicit(&table, memory_order_acquire) + at;
}

uint32_t slmi_task_end_of_table(void)
{
    uint32_t count = atomic_load_explicit(&fresh, memory_order_acquire);
    return (count < SLM_TASKS_MAX ? count : SLM_TASKS_MAX) + 1;
}

static uint32_t pop(void)
{
    uint64_t first = atomic_load_explicit(&head, memory_order_acquire);
    while ((uint32_t)first) {
        uint32_t next = atomic_load_explicit(&slmi_task_at((uint32_t)first)->next, memory_order_relaxed);
        uint64_t wanted = ((first >> 32) + 1) << 32 | next;
        if (atomic_compare_exchange_weak_explicit(&head, &first, wanted, memory_order_acq_rel, memory_order_acquire))
            return (uint32_t)first;
    }
    return 0;
}

uint32_t slmi_task_take(void)
{
    if (!reserve())
        return 0;
    uint32_t at = pop();
    if (!at) {
        uint32_t count = atomic_load_explicit(&fresh, memory_order_relaxed);
        do
            if (count >= SLM_TASKS_MAX)
                return 0;
        while (!atomic_compare_exchange_weak_explicit(&fresh, &count, count + 1, memory_order_acq_rel,
                                                      memory_order_relaxed));
        at = count + 1;
    }
    slmi_task_entry *entry = slmi_task_at(at);
    atomic_store_explicit(&entry->busy, 0, memory_order_relaxed);
    atomic_store_explicit(&entry->idle, 0, memory_order_relaxed);
    atomic_store_explicit(&entry->polls, 0, memory_order_relaxed);
    return at;
}

void slmi_task_give(uint32_t at)
{
    slmi_task_entry *entry = slmi_task_at(at);
    uint64_t generation = SLMI_TASK_OF(atomic_load_explicit(&entry->state, memory_order_relaxed)) + 1;
    atomic_store_explicit(&entry->state, generation << 32, memory_order_release);
    uint64_t first = atomic_load_explicit(&head, memory_order_relaxed), wanted;
    do {
        atomic_store_explicit(&entry->next, (uint32_t)first, memory_order_relaxed);
        wanted = ((first >> 32) + 1) << 32 | at;
    } while (!atomic_compare_exchange_weak_explicit(&head, &first, wanted, memory_order_acq_rel, memory_order_relaxed));
}

slmi_task_entry *slmi_task_lock(uint64_t id, uint64_t *word)
{
    uint32_t at = (uint32_t)id;
    if (at == 0 || at >= slmi_task_end_of_table())
        return NULL;
    slmi_task_entry *entry = slmi_task_at(at);
    uint64_t w = atomic_load_explicit(&entry->state, memory_order_relaxed);
    for (unsigned turns = 1;; turns++) {
        if (SLMI_TASK_OF(w) != SLMI_TASK_OF(id) || !(w & SLMI_TASK_USED))
            return NULL;
        if (!(w & SLMI_TASK_LOCK) &&
            atomic_compare_exchange_weak_explicit(&entry->state, &w, w | SLMI_TASK_LOCK, memory_order_acquire,
                                                  memory_order_relaxed)) {
            *word = w;
            return entry;
        }
        if (turns % 64 == 0)
            sched_yield(); /* the holder makes some stores; if it takes long, it was preempted */
        w = atomic_load_explicit(&entry->state, memory_order_relaxed);
    }
}

void slmi_task_unlock(slmi_task_entry *entry, uint64_t word)
{
    uint64_t low = (uint32_t)(word + SLMI_TASK_TURN);
    atomic_store_explicit(&entry->state, SLMI_TASK_OF(word) << 32 | low, memory_order_release);
}

void slmi_task_table_fork_child(void)
{
    static const pthread_mutex_t open = PTHREAD_MUTEX_INITIALIZER;
    memcpy(&reserving, &open, sizeof reserving);
    uint32_t end = slmi_task_end_of_table();
    atomic_store_explicit(&head, 0, memory_order_relaxed);
    for (uint32_t at = 1; at < end; at++) {
        slmi_task_entry *entry = slmi_task_at(at);
        uint64_t generation = SLMI_TASK_OF(atomic_load_explicit(&entry->state, memory_order_relaxed)) + 1;
        atomic_store_explicit(&entry->state, generation << 32, memory_order_relaxed);
    }
    atomic_store_explicit(&fresh, 0, memory_order_relaxed);
}
