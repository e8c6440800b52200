/* SPDX-License-Identifier: MIT */
/* The registry as its consumer sees it: ended records, in indices. One consumer a process, the exporter machine;
 * every call here is its thread's unless it says otherwise. Data moves forward: nothing here calls back into a
 * producer, and a producer only ever calls `wake`.
 *
 *   producer                                consumer
 *   end -> ring of its thread     --->      slmi_export_drain() -> the pipelines' own queues
 *   (sees `sleeping`) wake()      --->      slmi_export_sleep() before it waits, slmi_export_awake() after
 *                                           slmi_record_data() -> encoder
 *   slot is free again            <---      slmi_record_release(), once per drained (pipeline, record) */
#ifndef SPANLOOM_CORE_EXPORT_H
#define SPANLOOM_CORE_EXPORT_H

#include <spanloom/log_data.h>
#include <spanloom/stats.h>
#include <spanloom/status.h>

/* A pipeline's own part of the ledger, which the registry does not see. Fills everything of `stats` but `ended`,
 * `filtered` and `unsampled`, and adds to `queued` what it has taken from drain and not yet put in flight: the registry
 * adds what still lies in rings. Called from any thread by slm_stats_read(). */
typedef void slmi_pipeline_ledger(void *user, unsigned pipeline, slm_pipeline_stats *stats);

typedef struct slmi_consumer {
    void (*wake)(void *user);       /* from any thread, also from a signal handler; must not block: an eventfd write */
    void (*fork_child)(void *user); /* in a forked child, single-threaded, inside fork(): async-signal-safe work only */
    void (*revive)(void *user);     /* in a forked child, at the first span that is queued there, on its thread: may
                                       start a thread; called once a fork */
    slmi_pipeline_ledger *ledger;
    void *user;
} slmi_consumer;

/* Makes `consumer` the process's consumer, with `pipelines` exporting layers (see core/layer.h), numbered from 0.
 * The struct is copied. SLM_ERR_EXISTS if there is one. Any thread. */
SLM_API SLM_NODISCARD slm_status slmi_export_open(const slmi_consumer *consumer, unsigned pipelines);
/* Pipelines, a bit each, for which a sleeping consumer is woken by every span. The consumer's. */
SLM_API void slmi_export_eager(unsigned pipelines);
/* No wake after this returns; what ends later is counted as dropped SLM_DROP_SHUT_DOWN by the registry. The last drain
 * must come after it. */
SLM_API void slmi_export_close(void);

/* Hands every ended record to `take`, once for each pipeline that it is queued for; the pipeline holds it from then on.
 * Returns how many (pipeline, record) pairs it handed out. */
typedef void slmi_take(void *user, unsigned pipeline, uint32_t record);
SLM_API size_t slmi_export_drain(slmi_take *take, void *user);

/* Says that the consumer is about to wait. False: something came meanwhile, drain again instead of waiting. After a
 * true, a producer calls wake() once when it has queued a batch's worth of spans (`SLMI_WAKE_SPANS`) or its ring is
 * half full, so the consumer must also wake up by its own schedule. */
enum { SLMI_WAKE_SPANS = 32 };
SLM_API bool slmi_export_sleep(void);
SLM_API void slmi_export_awake(void);

/* Memory that slmi_record_data() builds in; grows to what the largest span needed. Zero is empty. */
typedef struct slmi_scratch {
    char *bytes;
    size_t room, used;
} slmi_scratch;
SLM_API void slmi_scratch_free(slmi_scratch *scratch);

/* The record as plain data for this pipeline (its parent is the nearest ancestor that the pipeline takes). Valid until
 * the next call with the same scratch or the release of the record. NULL if memory ran out. */
SLM_API const slm_span_data *slmi_record_data(uint32_t record, unsigned pipeline, slmi_scratch *scratch);

/* What tail keep decides by: of an ended span, as this pipeline sees it. */
typedef struct slmi_brief {
    uint64_t trace_id[2];
    uint64_t took_ns;
    bool has_parent, parent_is_remote, failed;
} slmi_brief;
SLM_API slmi_brief slmi_record_brief(uint32_t record, unsigned pipeline);

/* The same of a record that is a log record. */
SLM_API const slm_log_data *slmi_log_record_data(uint32_t record, slmi_scratch *scratch);

/* What groups records into one OTLP scopeSpans: equal pointers, equal scopes. Lives for good. */
SLM_API const slm_scope_data *slmi_record_scope(uint32_t record);

/* The pipeline is done with the record. */
SLM_API void slmi_record_release(uint32_t record);

#endif
