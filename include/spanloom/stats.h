/* SPDX-License-Identifier: MIT */
/** @file Where every span went. */
#ifndef SPANLOOM_STATS_H
#define SPANLOOM_STATS_H

#include <spanloom/detail/base.h>

SLM_BEGIN_DECLS

enum { SLM_PIPELINES_MAX = 8 }; /**< Of a process. @since 0.1.0 */

/** Why a pipeline lost spans. Numbers are pinned. @since 0.1.0 */
typedef enum slm_drop_reason {
    SLM_DROP_QUEUE_FULL = 0,  /**< The queue was at its bound. */
    SLM_DROP_UNREACHABLE = 1, /**< Nobody answered until shutdown. */
    SLM_DROP_TIMED_OUT = 2,   /**< The deadline passed at shutdown. */
    SLM_DROP_TOO_LARGE = 3,   /**< A request would exceed its bound. */
    SLM_DROP_SHUT_DOWN = 4,   /**< Ended after shutdown. */
    SLM_DROP_NO_MEMORY = 5,
    SLM_DROP_TAIL = 6 /**< No loss: tail keep let their trace go. */
} slm_drop_reason;
enum { SLM_DROP_REASONS = 7 }; /**< How many there are. @since 0.1.0 */

/** One pipeline's ledger, in spans. `held`, `queued` and `in_flight` are levels, the rest only grow; `ended` and
 * `shipped` together are at least the sum of the others, and equal to it whenever no thread is between an end and its
 * queue.
 * @since 0.1.0 */
typedef struct slm_pipeline_stats {
    uint64_t ended;
    uint64_t shipped;   /**< Handed to slm_ship(): they never ended here. */
    uint64_t filtered;  /**< Its filter does not take them. */
    uint64_t unsampled; /**< The sampler decided against them. */
    uint64_t held;      /**< By tail keep, until their local root ends. */
    uint64_t queued;
    uint64_t in_flight;
    uint64_t delivered;
    uint64_t rejected; /**< Refused for good by the receiver. */
    uint64_t dropped[SLM_DROP_REASONS];
    uint64_t capacity; /**< The queue's bound; 0 if its consumer has none. `queued` may exceed it by what has ended and
                            was not looked at yet. */
    const char *exporter; /**< Which exporter, as OpenTelemetry's `otel.component.type`, such as
                               "otlp_http_json_span_exporter"; static. NULL: the consumer does not say. */
    bool simple;          /**< Each span is exported by itself: OpenTelemetry's simple processor. */
    bool logs;            /**< Its records are log records, not spans: see slm_config.logs. */
} slm_pipeline_stats;

/** Why a span was not recorded. Numbers are pinned. @since 0.1.0 */
typedef enum slm_unrecorded_reason {
    SLM_UNRECORDED_NO_ROOM = 0,   /**< The pool is full. */
    SLM_UNRECORDED_REENTRANT = 1, /**< Started by a signal handler inside the library. */
    SLM_UNRECORDED_NO_THREAD = 2, /**< The thread could not be registered. */
    SLM_UNRECORDED_FORKED = 3 /**< Ended in a forked child, open at the fork: it belongs to the parent process, which
                                   ends and delivers it. The child counts it, as started too, when it ends it. */
} slm_unrecorded_reason;
enum { SLM_UNRECORDED_REASONS = 4 }; /**< How many there are. @since 0.1.0 */

/** The process's ledger; a forked child counts from zero. @since 0.1.0 */
typedef struct slm_stats {
    uint32_t size; /**< sizeof(slm_stats), set by the caller. */
    uint32_t pipeline_count;
    uint64_t started;
    uint64_t unrecorded[SLM_UNRECORDED_REASONS];
    uint64_t ended;
    uint64_t abandoned; /**< Of the ended: ended by an outer exit or slm_unwind() because a jump skipped them. */
    uint64_t records_in_use, records_limit;
    slm_pipeline_stats pipelines[SLM_PIPELINES_MAX];
} slm_stats;

/** Reads the ledger into `*stats`, whose `size` the caller set. Any thread; not async-signal-safe. @since 0.1.0 */
SLM_API void slm_stats_read(slm_stats *stats);

SLM_END_DECLS

#endif
