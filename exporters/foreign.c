/* SPDX-License-Identifier: MIT */
/* Lock: one mutex, over the table of scopes, for copies only. */
#include "exporters/foreign.h"

#include "core/alloc.h"
#include <spanloom/ship.h>
#include <spanloom/suppress.h>

#include <pthread.h>
#include <sched.h>

enum { SCOPES_MAX = 64, SCOPE_BYTES_MAX = 256 };

typedef struct counts {
    _Atomic uint64_t shipped, pushed, popped;
    _Atomic uint64_t dropped[SLM_DROP_REASONS];
} counts;

static _Atomic(slmi_span_block *) inbox; /* newest first */
static _Atomic uint32_t pipelines;       /* 0: closed */
static _Atomic uint32_t shipping;        /* threads that may be between `pipelines` and the wake */
static _Atomic uint64_t bytes_held;
static _Atomic(slmi_loop *) loop;
static _Atomic(void (*)(void *)) revival;
static counts by_pipeline[SLM_PIPELINES_MAX];

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct {
    slm_scope_data scope;
    char name[SCOPE_BYTES_MAX], version[SCOPE_BYTES_MAX], schema_url[SCOPE_BYTES_MAX];
} scopes[SCOPES_MAX]; /* guarded while they are added; for good then */
static unsigned scope_count;

void slmi_foreign_open(slmi_loop *whose, unsigned count)
{
    atomic_store_explicit(&loop, whose, memory_order_relaxed);
    atomic_store_explicit(&revival, NULL, memory_order_relaxed);
    /* Release: who sees the count sees the loop. */
    atomic_store_explicit(&pipelines, count, memory_order_release);
}

void slmi_foreign_close(void)
{
    atomic_store_explicit(&pipelines, 0, memory_order_seq_cst);
    while (atomic_load_explicit(&shipping, memory_order_seq_cst))
        sched_yield(); /* it is pushing to the list, or writing to a descriptor */
}

void slmi_foreign_fork_child(void (*revive)(void *user))
{
    static const pthread_mutex_t fresh = PTHREAD_MUTEX_INITIALIZER;
    memcpy(&mutex, &fresh, sizeof mutex);
    memset((void *)by_pipeline, 0, sizeof by_pipeline);
    atomic_store_explicit(&inbox, NULL, memory_order_relaxed); /* the parent process's */
    atomic_store_explicit(&shipping, 0, memory_order_relaxed);
    atomic_store_explicit(&bytes_held, 0, memory_order_relaxed);
    atomic_store_explicit(&revival, revive, memory_order_relaxed);
}

/* -- scopes: equal ones become one pointer, as far as there is room; those with attributes stay in their blocks ------
 */

/* A copy in `room` of SCOPE_BYTES_MAX; no text stays none. */
static slm_string kept(char *room, slm_string text)
{
    if (text.len > 0)
        memcpy(room, text.data, text.len);
    return text.data ? slm_string_of(room, text.len) : text;
}

static const slm_scope_data *add_scope(const slm_scope_data *scope)
{
    if (scope_count == SCOPES_MAX || scope->name.len > SCOPE_BYTES_MAX || scope->version.len > SCOPE_BYTES_MAX ||
        scope->schema_url.len > SCOPE_BYTES_MAX)
        return NULL;
    slm_scope_data *added = &scopes[scope_count].scope;
    *added = (slm_scope_data){ .name = kept(scopes[scope_count].name, scope->name),
                               .version = kept(scopes[scope_count].version, scope->version),
                               .schema_url = kept(scopes[scope_count].schema_url, scope->schema_url) };
    if (!added->name.data)
        added->name = slm_string_of("", 0);
    scope_count++;
    return added;
}

static bool same_text(slm_string a, slm_string b)
{
    return slm_string_equal(a, b) && !a.data == !b.data;
}

static const slm_scope_data *known_scope(const slm_scope_data *scope)
{
    const slm_scope_data *found = NULL;
    if (scope->attribute_count > 0)
        return scope;
    pthread_mutex_lock(&mutex);
    for (unsigned i = 0; i < scope_count && !found; i++) {
        const slm_scope_data *known = &scopes[i].scope;
        if (slm_string_equal(known->name, scope->name) && same_text(known->version, scope->version) &&
            same_text(known->schema_url, scope->schema_url))
            found = known;
    }
    if (!found)
        found = add_scope(scope);
    pthread_mutex_unlock(&mutex);
    return found ? found : scope;
}

/* -- shipping -------------------------------------------------------------------------------------------------------
 */

static void count(_Atomic uint64_t *counter)
{
    atomic_fetch_add_explicit(counter, 1, memory_order_release);
}

static void drop(uint32_t whose, slm_drop_reason why)
{
    for (uint32_t i = 0; i < whose; i++) {
        count(&by_pipeline[i].shipped);
        count(&by_pipeline[i].dropped[why]);
    }
}

static bool reserve(size_t bytes)
{
    uint64_t before = atomic_fetch_add_explicit(&bytes_held, bytes, memory_order_relaxed);
    if (before + bytes <= SLMI_FOREIGN_BYTES_MAX)
        return true;
    atomic_fetch_sub_explicit(&bytes_held, bytes, memory_order_relaxed);
    return false;
}

static void push(slmi_span_block *block, uint32_t whose)
{
    for (uint32_t i = 0; i < whose; i++) {
        count(&by_pipeline[i].shipped);
        count(&by_pipeline[i].pushed);
    }
    block->pins = whose;
    block->span.scope = known_scope(block->span.scope);
    slmi_span_block *first = atomic_load_explicit(&inbox, memory_order_relaxed);
    do
        block->next = first;
    while (!atomic_compare_exchange_weak_explicit(&inbox, &first, block, memory_order_release, memory_order_relaxed));
}

static void ship_one(const slm_span_data *span, uint32_t whose, slm_shipment *result)
{
    slmi_block_verdict verdict;
    slmi_span_block *block = slmi_span_block_new(span, &verdict);
    if (verdict == SLMI_BLOCK_MALFORMED) {
        result->malformed++;
        return;
    }
    if (block && reserve(block->bytes)) {
        push(block, whose);
        result->taken++;
        result->repaired += verdict == SLMI_BLOCK_REPAIRED;
        return;
    }
    result->dropped++;
    drop(whose, block                             ? SLM_DROP_QUEUE_FULL
                : verdict == SLMI_BLOCK_TOO_LARGE ? SLM_DROP_TOO_LARGE
                                                  : SLM_DROP_NO_MEMORY);
    slmi_span_block_free(block);
}

static void wake(void)
{
    void (*revive)(void *) = atomic_exchange_explicit(&revival, NULL, memory_order_acq_rel);
    if (revive)
        revive(NULL);
    else
        slmi_loop_wake(atomic_load_explicit(&loop, memory_order_relaxed));
}

static slm_status ship(const slm_span_data *const *spans, size_t count_of_spans, slm_shipment *result)
{
    bool suppressed = slm_suppress(true);
    (void)slm_suppress(suppressed);
    if ((!spans && count_of_spans > 0) || suppressed)
        return SLM_ERR_INVALID_ARGUMENT;
    atomic_fetch_add_explicit(&shipping, 1, memory_order_seq_cst);
    uint32_t whose = atomic_load_explicit(&pipelines, memory_order_seq_cst);
    for (size_t i = 0; i < count_of_spans && whose > 0; i++) {
        if (atomic_load_explicit(&pipelines, memory_order_relaxed) == 0) { /* who closes waits for this thread */
            result->dropped++;
            drop(whose, SLM_DROP_SHUT_DOWN);
            continue;
        }
        ship_one(spans[i], whose, result);
    }
    if (result->taken > 0)
        wake();
    atomic_fetch_sub_explicit(&shipping, 1, memory_order_release);
    if (whose == 0)
        return SLM_ERR_NOT_FOUND;
    return result->malformed > 0 ? SLM_ERR_MALFORMED : result->dropped > 0 ? SLM_ERR_LIMIT : SLM_OK;
}

slm_status slm_ship(const slm_span_data *const *spans, size_t span_count, slm_shipment *result)
{
    slm_shipment own = { .size = (uint32_t)sizeof own };
    slm_status status = ship(spans, span_count, &own);
    if (result && result->size >= sizeof own)
        *result = (slm_shipment){ result->size, own.taken, own.repaired, own.malformed, own.dropped };
    return status;
}

/* -- the machine's end ----------------------------------------------------------------------------------------------
 */

static slmi_span_block *reversed(slmi_span_block *list)
{
    slmi_span_block *first = NULL;
    while (list) {
        slmi_span_block *next = list->next;
        list->next = first;
        first = list;
        list = next;
    }
    return first;
}

void slmi_foreign_drain(slmi_foreign_take *take, void *user)
{
    if (!atomic_load_explicit(&inbox, memory_order_relaxed))
        return;
    slmi_span_block *block = reversed(atomic_exchange_explicit(&inbox, NULL, memory_order_acquire));
    while (block) {
        slmi_span_block *next = block->next;
        for (uint32_t i = 0; i < block->pins; i++)
            count(&by_pipeline[i].popped);
        take(user, block);
        block = next;
    }
}

void slmi_foreign_release(slmi_span_block *block)
{
    if (--block->pins > 0)
        return;
    atomic_fetch_sub_explicit(&bytes_held, block->bytes, memory_order_relaxed);
    slmi_span_block_free(block);
}

void slmi_foreign_ledger(unsigned pipeline, slm_pipeline_stats *stats)
{
    counts *c = &by_pipeline[pipeline];
    uint64_t popped = atomic_load_explicit(&c->popped, memory_order_acquire);
    for (unsigned reason = 0; reason < SLM_DROP_REASONS; reason++)
        stats->dropped[reason] += atomic_load_explicit(&c->dropped[reason], memory_order_acquire);
    stats->queued += atomic_load_explicit(&c->pushed, memory_order_acquire) - popped;
    stats->shipped = atomic_load_explicit(&c->shipped, memory_order_acquire);
}
