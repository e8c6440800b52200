/* SPDX-License-Identifier: MIT */
#include "core/pool.h"

#include <pthread.h>
#include <string.h>

#include "core/alloc.h"
#include "core/clock.h"
#include "core/platform.h"
#include "core/thread.h"

enum { STUBS_MAX = 1024, TOUCH_SLOTS = 64 };

slmi_pool slmi_the_pool;

static void stack_init(slmi_stack *stack, uint32_t from, uint32_t end)
{
    atomic_store_explicit(&stack->head, 0, memory_order_relaxed);
    atomic_store_explicit(&stack->fresh, from, memory_order_relaxed);
    stack->end = end;
}

static void region_init(uint32_t first)
{
    slmi_pool *pool = &slmi_the_pool;
    pool->first = first;
    uint32_t usable = first == 0 ? 1 : first; /* slot 0 is nobody's: 0 says "none" */
    stack_init(&pool->recorded, usable, first + pool->records);
    stack_init(&pool->stubs, first + pool->records, first + pool->size);
}

static bool reserve(uint32_t records)
{
    slmi_pool *pool = &slmi_the_pool;
    if (records == 0)
        records = SLMI_RECORDS_DEFAULT;
    if (records < 2 * SLMI_MAGAZINE)
        records = 2 * SLMI_MAGAZINE;
    if (records > SLMI_RECORDS_MAX)
        records = SLMI_RECORDS_MAX;
    uint32_t size = records + (records < STUBS_MAX ? records : STUBS_MAX);
    size_t all = (size_t)size * SLMI_POOL_REGIONS, one = SLMI_SLOT_BYTES + 3 * sizeof(uint32_t);
    /* A process stays in its region; the others are for those that it forks. */
    unsigned char *slots = slmi_reserve(all * one, size * one);
    if (!slots)
        return false;
    pool->links = (uint32_t *)(void *)(slots + all * SLMI_SLOT_BYTES);
    pool->magazines = pool->links + all;
    pool->records = records;
    pool->size = size;
    pool->slots = slots;
    region_init(0);
    return true;
}

static pthread_mutex_t init_mutex = PTHREAD_MUTEX_INITIALIZER;
static _Atomic(bool) ready;

bool slmi_pool_init(uint32_t records)
{
    if (atomic_load_explicit(&ready, memory_order_acquire))
        return true;
    pthread_mutex_lock(&init_mutex);
    slmi_clock_init();
    bool done = slmi_the_pool.slots || reserve(records);
    atomic_store_explicit(&ready, done, memory_order_release);
    pthread_mutex_unlock(&init_mutex);
    return done;
}

/* The eighth generation of forks takes the first's place. No handle of that time may fit what is made here. */
static void close_region(uint32_t first)
{
    for (uint32_t at = first; at < first + slmi_the_pool.size; at++) {
        slmi_slot *slot = slmi_slot_at(at);
        uint64_t state = atomic_load_explicit(&slot->state, memory_order_relaxed);
        if (state) /* what was never touched stays so */
            atomic_store_explicit(&slot->state, ((state >> 32) + 1) << 32, memory_order_relaxed);
    }
}

void slmi_pool_fork_child(void)
{
    static const pthread_mutex_t fresh = PTHREAD_MUTEX_INITIALIZER;
    slmi_pool *pool = &slmi_the_pool;
    memcpy(&init_mutex, &fresh, sizeof init_mutex);
    if (!pool->slots)
        return;
    uint32_t next = pool->first + pool->size;
    if (next / pool->size >= SLMI_POOL_REGIONS)
        next = 0;
    close_region(next);
    region_init(next);
}

/* The stack of magazines. The link of a magazine that another thread takes meanwhile may be read stale: the tag, which
 * every push and pop advances, then fails the exchange. */
static uint32_t stack_pop(slmi_stack *stack)
{
    uint64_t head = atomic_load_explicit(&stack->head, memory_order_acquire);
    while ((uint32_t)head != 0) {
        uint32_t first = (uint32_t)head;
        uint32_t next = __atomic_load_n(&slmi_the_pool.magazines[2 * (size_t)first], __ATOMIC_RELAXED);
        uint64_t wanted = ((head >> 32) + 1) << 32 | next;
        /* Acquire pairs with the release of the push: the slots' words and links. */
        if (atomic_compare_exchange_weak_explicit(&stack->head, &head, wanted, memory_order_acq_rel,
                                                  memory_order_acquire))
            return first;
    }
    return 0;
}

static void stack_push(slmi_stack *stack, uint32_t first, uint32_t count)
{
    __atomic_store_n(&slmi_the_pool.magazines[2 * (size_t)first + 1], count, __ATOMIC_RELAXED);
    uint64_t head = atomic_load_explicit(&stack->head, memory_order_relaxed);
    uint64_t wanted;
    do {
        __atomic_store_n(&slmi_the_pool.magazines[2 * (size_t)first], (uint32_t)head, __ATOMIC_RELAXED);
        wanted = ((head >> 32) + 1) << 32 | first;
    } while (!atomic_compare_exchange_weak_explicit(&stack->head, &head, wanted, memory_order_acq_rel,
                                                    memory_order_relaxed));
}

/* Up to `want` slots that were never used; the first in `*first`. */
static uint32_t stack_grow(slmi_stack *stack, uint32_t want, uint32_t *first)
{
    uint32_t fresh = atomic_load_explicit(&stack->fresh, memory_order_relaxed);
    uint32_t count;
    do {
        if (fresh >= stack->end)
            return 0;
        count = stack->end - fresh < want ? stack->end - fresh : want;
    } while (!atomic_compare_exchange_weak_explicit(&stack->fresh, &fresh, fresh + count, memory_order_relaxed,
                                                    memory_order_relaxed));
    if (fresh % TOUCH_SLOTS < want) {
        uint32_t ahead = stack->end - fresh < TOUCH_SLOTS ? stack->end - fresh : TOUCH_SLOTS;
        slmi_platform_touch(slmi_slot_at(fresh), (size_t)ahead * SLMI_SLOT_BYTES);
    }
    for (uint32_t i = 0; i < count; i++) {
        slmi_slot *slot = slmi_slot_at(fresh + i);
        uint64_t state = atomic_load_explicit(&slot->state, memory_order_relaxed);
        atomic_store_explicit(&slot->state, ((state >> 32) + 1) << 32, memory_order_relaxed);
    }
    *first = fresh;
    return count;
}

static bool refill(slmi_thread *self)
{
    uint32_t first = stack_pop(&slmi_the_pool.recorded);
    if (first) {
        uint32_t count = slmi_the_pool.magazines[2 * (size_t)first + 1];
        uint32_t slot = first;
        for (uint32_t i = 0; i < count; i++) {
            self->free[self->free_count++] = slot;
            slot = slmi_the_pool.links[slot];
        }
        return true;
    }
    uint32_t count = stack_grow(&slmi_the_pool.recorded, SLMI_MAGAZINE, &first);
    for (uint32_t i = count; i > 0; i--)
        self->free[self->free_count++] = first + i - 1;
    return count != 0;
}

uint32_t slmi_pool_take(slmi_thread *self)
{
    if (__builtin_expect(self->free_count == 0, 0) && !refill(self))
        return 0;
    uint32_t left = --self->free_count;
    /* The consumer's core may have it: fetch the slot that will be written four spans from now. In asm, because
     * compilers emit a read prefetch for baseline x86-64. */
    if (left >= 4) {
        const char *ahead = (const char *)slmi_slot_at(self->free[left - 4]);
        __builtin_prefetch(ahead, 1);
        __builtin_prefetch(ahead + 64, 1);
    }
    return self->free[left];
}

uint32_t slmi_pool_take_stub(void)
{
    uint32_t first = stack_pop(&slmi_the_pool.stubs);
    return first || stack_grow(&slmi_the_pool.stubs, 1, &first) ? first : 0;
}

static void push_from(slmi_thread *self, uint32_t count)
{
    uint32_t at = self->free_count - count;
    for (uint32_t i = at; i + 1 < self->free_count; i++)
        slmi_the_pool.links[self->free[i]] = self->free[i + 1];
    self->free_count = at;
    stack_push(&slmi_the_pool.recorded, self->free[at], count);
}

void slmi_pool_give(slmi_thread *self, uint32_t slot)
{
    slmi_slot *s = slmi_slot_at(slot);
    uint64_t generation = (atomic_load_explicit(&s->state, memory_order_relaxed) >> 32) + 1;
    /* A handle is never zero, so neither is a generation. */
    generation = (uint32_t)generation ? (uint32_t)generation : 1;
    atomic_store_explicit(&s->state, generation << 32, memory_order_release);
    if (slot >= slmi_the_pool.first + slmi_the_pool.records) {
        stack_push(&slmi_the_pool.stubs, slot, 1);
        return;
    }
    if (self->free_count == 2 * SLMI_MAGAZINE)
        push_from(self, SLMI_MAGAZINE);
    self->free[self->free_count++] = slot;
}

void slmi_pool_leave(slmi_thread *self)
{
    while (self->free_count)
        push_from(self, self->free_count < SLMI_MAGAZINE ? self->free_count : SLMI_MAGAZINE);
}

uint32_t slmi_pool_in_use(void)
{
    slmi_pool *pool = &slmi_the_pool;
    if (!atomic_load_explicit(&ready, memory_order_acquire))
        return 0;
    uint32_t used = atomic_load_explicit(&pool->recorded.fresh, memory_order_relaxed) - (pool->first ? pool->first : 1);
    uint32_t at = (uint32_t)atomic_load_explicit(&pool->recorded.head, memory_order_acquire);
    for (uint32_t n = 0; at && n < pool->records; n++) { /* a moving list: an estimate, bounded */
        uint32_t free = __atomic_load_n(&pool->magazines[2 * (size_t)at + 1], __ATOMIC_RELAXED);
        used -= free < used ? free : used;
        at = __atomic_load_n(&pool->magazines[2 * (size_t)at], __ATOMIC_RELAXED);
    }
    return used;
}
