/* SPDX-License-Identifier: MIT */
/* The process's consumer of ended spans, for tests: it drains when somebody looks, and keeps copies.
 *
 * Lock: the exporter's mutex, around the drain (which is one thread's at a time) and all that is kept. */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include <spanloom/test.h>

#include "core/alloc.h"
#include "core/export.h"
#include "core/layering.h"
#include "core/testing/span_copy.h"

struct slm_memory_exporter {
    pthread_mutex_t mutex;
    slm_subscriber *subscriber;
    slm_span_data **spans;
    size_t count, room;
    slmi_scratch scratch;
};

/* The ledger is the process's: it stays readable when the exporter is gone. */
static struct {
    _Atomic(slm_memory_exporter *) exporter;
    _Atomic(uint64_t) delivered, full, no_memory;
} current;

static void count(_Atomic(uint64_t) *counter)
{
    atomic_fetch_add_explicit(counter, 1, memory_order_release);
}

static bool make_room(slm_memory_exporter *e)
{
    if (e->count < e->room)
        return true;
    size_t room = e->room ? 2 * e->room : 64;
    /* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
    slm_span_data **spans = slmi_realloc(e->spans, room * sizeof *spans);
    if (!spans)
        return false;
    e->spans = spans;
    e->room = room;
    return true;
}

static void take(void *user, unsigned pipeline, uint32_t record)
{
    slm_memory_exporter *e = user;
    if (e->count >= SLM_MEMORY_EXPORTER_SPANS_MAX) {
        count(&current.full);
    } else {
        const slm_span_data *data = slmi_record_data(record, pipeline, &e->scratch);
        slm_span_data *copy = data && make_room(e) ? slmi_span_copy(data) : NULL;
        if (copy)
            e->spans[e->count++] = copy;
        count(copy ? &current.delivered : &current.no_memory);
    }
    slmi_record_release(record);
}

/* -- the consumer ---------------------------------------------------------------------------------------------------
 */

static void wake(void *user)
{
    (void)user; /* it never sleeps */
}

static void fork_child(void *user)
{
    static const pthread_mutex_t fresh = PTHREAD_MUTEX_INITIALIZER;
    slm_memory_exporter *e = atomic_load_explicit(&current.exporter, memory_order_relaxed);
    (void)user;
    if (e)
        memcpy(&e->mutex, &fresh, sizeof fresh);
    atomic_store_explicit(&current.delivered, 0, memory_order_relaxed);
    atomic_store_explicit(&current.full, 0, memory_order_relaxed);
    atomic_store_explicit(&current.no_memory, 0, memory_order_relaxed);
}

static void ledger(void *user, unsigned pipeline, slm_pipeline_stats *stats)
{
    (void)user;
    (void)pipeline;
    stats->delivered = atomic_load_explicit(&current.delivered, memory_order_acquire);
    stats->dropped[SLM_DROP_QUEUE_FULL] = atomic_load_explicit(&current.full, memory_order_acquire);
    stats->dropped[SLM_DROP_NO_MEMORY] = atomic_load_explicit(&current.no_memory, memory_order_acquire);
}

/* -- life -----------------------------------------------------------------------------------------------------------
 */

slm_status slm_memory_exporter_new(slm_filter *filter, slm_memory_exporter **out)
{
    slm_memory_exporter *e = out ? slmi_alloc_zeroed(sizeof *e) : NULL;
    if (!e) {
        slm_filter_free(filter);
        return out ? SLM_ERR_NO_MEMORY : SLM_ERR_INVALID_ARGUMENT;
    }
    slmi_consumer consumer = { .wake = wake, .fork_child = fork_child, .ledger = ledger };
    pthread_mutex_init(&e->mutex, NULL);
    slm_status status = slmi_export_open(&consumer, 1);
    if (status == SLM_OK) {
        status = slmi_subscriber_make(NULL, 0, 1, filter, &e->subscriber);
        if (status != SLM_OK)
            slmi_export_close();
    }
    if (status != SLM_OK) {
        slm_filter_free(filter);
        pthread_mutex_destroy(&e->mutex);
        slmi_free(e);
        return status;
    }
    atomic_store_explicit(&current.exporter, e, memory_order_relaxed);
    *out = e;
    return SLM_OK;
}

slm_subscriber *slm_memory_exporter_subscriber(slm_memory_exporter *exporter)
{
    return exporter->subscriber;
}

static void forget(slm_memory_exporter *e)
{
    for (size_t i = 0; i < e->count; i++)
        slmi_free(e->spans[i]);
    e->count = 0;
}

static void lock_and_drain(slm_memory_exporter *e)
{
    pthread_mutex_lock(&e->mutex);
    (void)slmi_export_drain(take, e);
}

void slm_memory_exporter_clear(slm_memory_exporter *exporter)
{
    lock_and_drain(exporter);
    forget(exporter);
    pthread_mutex_unlock(&exporter->mutex);
}

void slm_memory_exporter_free(slm_memory_exporter *exporter)
{
    if (!exporter)
        return;
    slmi_export_close();
    slm_memory_exporter_clear(exporter); /* the last drain gives the records back */
    atomic_store_explicit(&current.exporter, NULL, memory_order_relaxed);
    slm_subscriber_release(exporter->subscriber);
    slmi_scratch_free(&exporter->scratch);
    slmi_free(exporter->spans);
    pthread_mutex_destroy(&exporter->mutex);
    slmi_free(exporter);
}

/* -- what is kept ---------------------------------------------------------------------------------------------------
 */

size_t slm_memory_exporter_count(slm_memory_exporter *exporter)
{
    lock_and_drain(exporter);
    size_t kept = exporter->count;
    pthread_mutex_unlock(&exporter->mutex);
    return kept;
}

const slm_span_data *slm_memory_exporter_span(slm_memory_exporter *exporter, size_t at)
{
    lock_and_drain(exporter);
    const slm_span_data *span = at < exporter->count ? exporter->spans[at] : NULL;
    pthread_mutex_unlock(&exporter->mutex);
    return span;
}

const slm_span_data *slm_memory_exporter_find(slm_memory_exporter *exporter, const char *name)
{
    const slm_span_data *found = NULL;
    lock_and_drain(exporter);
    for (size_t i = 0; i < exporter->count && !found; i++)
        if (slm_string_equal(exporter->spans[i]->name, slm_string_from_c(name)))
            found = exporter->spans[i];
    pthread_mutex_unlock(&exporter->mutex);
    return found;
}
