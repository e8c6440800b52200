/* SPDX-License-Identifier: MIT */
/* What the stress programs share: a check that says where it failed, and a consumer of ended spans with a ledger of its
 * own, so that every span can be accounted for exactly. */
#ifndef SPANLOOM_TESTS_STRESS_STRESS_H
#define SPANLOOM_TESTS_STRESS_STRESS_H

#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include <spanloom/diagnostic.h>
#include <spanloom/subscriber.h>
#include <spanloom/trace.h>

#include "core/dispatch.h"
#include "core/export.h"
#include "core/layering.h"
#include "core/pool.h"

/* Sanitizers slow a program down, and lose sight of stacks that migrate between threads. */
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define STRESS_SANITIZED 1
#elif defined(__has_feature)
#define STRESS_SANITIZED (__has_feature(thread_sanitizer) || __has_feature(address_sanitizer))
#else
#define STRESS_SANITIZED 0
#endif

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                            \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

#define CHECK_EQUAL(got, want)                                                                                         \
    do {                                                                                                               \
        uint64_t check_got = (uint64_t)(got), check_want = (uint64_t)(want);                                           \
        if (check_got != check_want) {                                                                                 \
            fprintf(stderr, "%s:%d: %s is %" PRIu64 ", not %s = %" PRIu64 "\n", __FILE__, __LINE__, #got, check_got,   \
                    #want, check_want);                                                                                \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

/* -- the consumer -----------------------------------------------------------------------------------------------------
 */

typedef void stress_see(const slm_span_data *span, void *user);

typedef struct stress_consumer {
    _Atomic(uint64_t) delivered, wakes;
    _Atomic(bool) stop;
    stress_see *see;
    void *user;
    slmi_scratch scratch;
    pthread_t thread;
} stress_consumer;

static inline void stress_wake(void *user)
{
    atomic_fetch_add_explicit(&((stress_consumer *)user)->wakes, 1, memory_order_relaxed);
}

static inline void stress_ledger(void *user, unsigned pipeline, slm_pipeline_stats *stats)
{
    (void)pipeline;
    stats->delivered = atomic_load_explicit(&((stress_consumer *)user)->delivered, memory_order_acquire);
}

static inline void stress_take(void *user, unsigned pipeline, uint32_t record)
{
    stress_consumer *c = user;
    const slm_span_data *data = slmi_record_data(record, pipeline, &c->scratch);
    CHECK(data != NULL);
    if (c->see)
        c->see(data, c->user);
    slmi_record_release(record);
    atomic_fetch_add_explicit(&c->delivered, 1, memory_order_release);
}

static inline size_t stress_drain(stress_consumer *c)
{
    return slmi_export_drain(stress_take, c);
}

/* The process's subscriber: the given layers, and one that exports to this consumer. */
static inline void stress_install(const slm_layer *layers, size_t count)
{
    slm_subscriber *subscriber = NULL;
    CHECK_EQUAL(slmi_subscriber_make(layers, count, 1, NULL, &subscriber), SLM_OK);
    slm_set_global_subscriber(subscriber);
    slm_subscriber_release(subscriber);
}

static inline void stress_open(stress_consumer *c, stress_see *see, void *user)
{
    c->see = see;
    c->user = user;
    slmi_consumer consumer = { .wake = stress_wake, .ledger = stress_ledger, .user = c };
    CHECK_EQUAL(slmi_export_open(&consumer, 1), SLM_OK);
}

static inline void *stress_run(void *user)
{
    stress_consumer *c = user;
    while (!atomic_load_explicit(&c->stop, memory_order_acquire)) {
        if (stress_drain(c) == 0 && slmi_export_sleep()) {
            sched_yield();
            slmi_export_awake();
        }
    }
    stress_drain(c);
    return NULL;
}

static inline void stress_start(stress_consumer *c)
{
    CHECK_EQUAL(pthread_create(&c->thread, NULL, stress_run, c), 0);
}

/* The producers are done: drains what is left. */
static inline void stress_stop(stress_consumer *c)
{
    atomic_store_explicit(&c->stop, true, memory_order_release);
    CHECK_EQUAL(pthread_join(c->thread, NULL), 0);
}

static inline void stress_close(stress_consumer *c)
{
    slmi_export_close();
    stress_drain(c);
    slmi_scratch_free(&c->scratch);
}

/* -- the ledger -------------------------------------------------------------------------------------------------------
 */

static inline slm_stats stress_stats(void)
{
    slm_stats stats = { .size = (uint32_t)sizeof stats };
    slm_stats_read(&stats);
    return stats;
}

static inline uint64_t stress_sum(const slm_pipeline_stats *p)
{
    uint64_t sum = p->filtered + p->unsampled + p->queued + p->in_flight + p->delivered + p->rejected;
    for (unsigned i = 0; i < SLM_DROP_REASONS; i++)
        sum += p->dropped[i];
    return sum;
}

/* Holds at any moment, whatever other threads do. */
static inline void stress_check_moving(void)
{
    slm_stats stats = stress_stats();
    CHECK(stats.records_in_use <= stats.records_limit);
    CHECK(stats.ended <= stats.started);
    for (unsigned i = 0; i < stats.pipeline_count; i++) {
        const slm_pipeline_stats *p = &stats.pipelines[i];
        CHECK(p->queued < UINT32_MAX);
        CHECK(p->ended >= stress_sum(p));
    }
}

static inline uint64_t stress_unrecorded(const slm_stats *stats)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < SLM_UNRECORDED_REASONS; i++)
        sum += stats->unrecorded[i];
    return sum;
}

/* Nothing is open, and no thread is between an end and its queue: every span is accounted for. */
static inline slm_stats stress_check_balance(void)
{
    slm_stats stats = stress_stats();
    CHECK_EQUAL(stats.started, stats.ended + stress_unrecorded(&stats));
    for (unsigned i = 0; i < stats.pipeline_count; i++) {
        CHECK_EQUAL(stats.pipelines[i].ended, stats.ended);
        CHECK_EQUAL(stress_sum(&stats.pipelines[i]), stats.pipelines[i].ended);
    }
    return stats;
}

/* As above, and nothing is queued: no record is held but by the magazines of `threads` live threads. */
static inline void stress_check_idle(unsigned threads)
{
    slm_stats stats = stress_check_balance();
    for (unsigned i = 0; i < stats.pipeline_count; i++)
        CHECK_EQUAL(stats.pipelines[i].queued, 0);
    CHECK(stats.records_in_use <= (uint64_t)threads * 2 * SLMI_MAGAZINE);
}

/* -- reading a span
 * ----------------------------------------------------------------------------------------------------- */

static inline const slm_field *stress_field(const slm_field *fields, uint32_t count, const char *key)
{
    for (uint32_t i = 0; i < count; i++)
        if (slm_string_equal(fields[i].key, slm_string_from_c(key)))
            return &fields[i];
    return NULL;
}

static inline uint64_t stress_number(const slm_span_data *span, const char *key)
{
    const slm_field *field = stress_field(span->fields, span->field_count, key);
    CHECK(field != NULL);
    return field->value.as.u;
}

static inline bool stress_named(const slm_span_data *span, const char *name)
{
    return slm_string_equal(span->name, slm_string_from_c(name));
}

static inline uint64_t stress_id(slm_span_id id)
{
    uint64_t word;
    memcpy(&word, id.bytes, sizeof word);
    return word;
}

#endif
