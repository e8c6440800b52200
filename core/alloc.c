/* SPDX-License-Identifier: MIT */
#include "core/alloc.h"

#include <spanloom/memory.h>

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "core/platform.h"

typedef union header {
    size_t size;
    max_align_t aligned;
} header;

enum { FRESH, SETTING, SETTLED };

static slm_allocator hooks; /* written before SETTLED is published; without `alloc`: the system's */
static _Atomic(int) stage;  /* FRESH until the first request, or the host's hooks */
static _Atomic(uint64_t) used, reserved, limit, refused;
static _Atomic(bool) limit_is_set;

/* -- the host's say ---------------------------------------------------------------------------------------------------
 */

slm_status slm_set_allocator(const slm_allocator *given)
{
    if (!given || given->size < sizeof *given || !given->alloc || !given->realloc || !given->free)
        return SLM_ERR_INVALID_ARGUMENT;
    int fresh = FRESH;
    if (!atomic_compare_exchange_strong_explicit(&stage, &fresh, SETTING, memory_order_acquire, memory_order_relaxed))
        return SLM_ERR_EXISTS;
    hooks = *given;
    atomic_store_explicit(&stage, SETTLED, memory_order_release);
    return SLM_OK;
}

void slm_set_memory_limit(uint64_t bytes)
{
    atomic_store_explicit(&limit_is_set, true, memory_order_relaxed);
    atomic_store_explicit(&limit, bytes, memory_order_relaxed);
}

bool slmi_memory_limit_read(void)
{
    const char *text = getenv("SPANLOOM_MEMORY_LIMIT");
    if (!text || !*text || atomic_load_explicit(&limit_is_set, memory_order_relaxed))
        return true;
    char *end = NULL;
    int saved = errno;
    errno = 0;
    unsigned long long bytes = strtoull(text, &end, 10);
    bool fine = text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0;
    errno = saved;
    if (fine)
        atomic_store_explicit(&limit, bytes, memory_order_relaxed);
    return fine;
}

void slm_memory_read(slm_memory *memory)
{
    slm_memory now = { .size = memory->size };
    now.reserved = atomic_load_explicit(&reserved, memory_order_relaxed);
    uint64_t all = atomic_load_explicit(&used, memory_order_relaxed);
    now.heap = all > now.reserved ? all - now.reserved : 0;
    now.limit = atomic_load_explicit(&limit, memory_order_relaxed);
    now.refused = atomic_load_explicit(&refused, memory_order_relaxed);
    memcpy(memory, &now, now.size < sizeof now ? now.size : sizeof now);
}

void slmi_alloc_fork_child(void)
{
    atomic_store_explicit(&refused, 0, memory_order_relaxed);
}

/* The first request settles it. False: a host's hooks are being set this very moment, by a thread that a signal handler
 * which asks may have interrupted, so it cannot be waited for. */
static bool settle(void)
{
    int now = atomic_load_explicit(&stage, memory_order_acquire);
    return __builtin_expect(now == SETTLED, 1) ||
           (now == FRESH && (atomic_compare_exchange_strong_explicit(&stage, &now, SETTLED, memory_order_acquire,
                                                                     memory_order_acquire) ||
                             now == SETTLED));
}

/* NULL: the system's. */
static const slm_allocator *allocator(void)
{
    return hooks.alloc ? &hooks : NULL;
}

/* -- the limit --------------------------------------------------------------------------------------------------------
 */

static void *refuse(void)
{
    atomic_fetch_add_explicit(&refused, 1, memory_order_relaxed);
    return NULL;
}

static bool book(uint64_t bytes)
{
    uint64_t before = atomic_load_explicit(&used, memory_order_relaxed);
    do {
        uint64_t most = atomic_load_explicit(&limit, memory_order_relaxed);
        if (most && (before > most || bytes > most - before))
            return false;
    } while (!atomic_compare_exchange_weak_explicit(&used, &before, before + bytes, memory_order_relaxed,
                                                    memory_order_relaxed));
    return true;
}

static void unbook(uint64_t bytes)
{
    atomic_fetch_sub_explicit(&used, bytes, memory_order_relaxed);
}

/* -- the heap ---------------------------------------------------------------------------------------------------------
 */

static void *take(size_t size, bool zeroed)
{
    size_t all = size + sizeof(header);
    if (all < size || !settle() || !book(all))
        return refuse();
    const slm_allocator *a = allocator();
    header *piece = a ? a->alloc(a->user, all) : zeroed ? calloc(1, all) : malloc(all);
    if (!piece) {
        unbook(all);
        return refuse();
    }
    if (a && zeroed)
        memset(piece, 0, all);
    piece->size = all;
    return piece + 1;
}

void *slmi_alloc(size_t size)
{
    return take(size, false);
}

void *slmi_alloc_zeroed(size_t size)
{
    return take(size, true);
}

/* The difference is booked before and given back after, so that the sum is never less than what is there. */
void *slmi_realloc(void *memory, size_t size)
{
    if (!memory)
        return take(size, false);
    header *piece = (header *)memory - 1;
    const slm_allocator *a = allocator();
    size_t before = piece->size, all = size + sizeof *piece;
    if (all < size || (all > before && !book(all - before)))
        return refuse();
    piece = a ? a->realloc(a->user, piece, all) : realloc(piece, all);
    if (!piece) {
        if (all > before)
            unbook(all - before);
        return refuse();
    }
    if (all < before)
        unbook(before - all);
    piece->size = all;
    return piece + 1;
}

void slmi_free(void *memory)
{
    if (!memory)
        return;
    header *piece = (header *)memory - 1;
    const slm_allocator *a = allocator();
    unbook(piece->size);
    if (a)
        a->free(a->user, piece);
    else
        free(piece);
}

/* -- what is kept for good --------------------------------------------------------------------------------------------
 */

void *slmi_reserve(size_t size, size_t counted)
{
    if (!settle() || !book(counted))
        return refuse();
    const slm_allocator *a = allocator();
    void *memory = a && a->reserve ? a->reserve(a->user, size) : slmi_platform_reserve(size);
    if (!memory) {
        unbook(counted);
        return refuse();
    }
    atomic_fetch_add_explicit(&reserved, counted, memory_order_relaxed);
    return memory;
}
