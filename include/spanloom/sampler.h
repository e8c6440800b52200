/* SPDX-License-Identifier: MIT */
/** @file Samplers: which spans are exported, decided when they start.
 *
 *  One sampler decides for all pipelines of a subscriber, and decides export, not existence: a span that is not sampled
 *  is told to log layers, keeps its ids and its context, and is counted as `unsampled` by each pipeline that would have
 *  taken it (slm_pipeline_stats). Without a sampler a root is sampled and all else does as its parent does:
 *  `ParentBased(AlwaysOn)`, at no cost. docs/sampling.md says which to choose. */
#ifndef SPANLOOM_SAMPLER_H
#define SPANLOOM_SAMPLER_H

#include <spanloom/subscriber.h>

SLM_BEGIN_DECLS

/** A sampler. Reference counted; one may serve several subscribers, from any thread. @since 0.1.0 */
typedef struct slm_sampler slm_sampler;

/** What a sampler says. Numbers are pinned. OpenTelemetry Trace SDK, ShouldSample. @since 0.1.0 */
typedef enum slm_sampling_decision {
    SLM_SAMPLING_DROP = 0,             /**< Not exported, and the trace goes on as not sampled. */
    SLM_SAMPLING_RECORD_ONLY = 1,      /**< As DROP, and the sampler's fields are recorded, for layers. */
    SLM_SAMPLING_RECORD_AND_SAMPLE = 2 /**< Exported, and the trace goes on as sampled. */
} slm_sampling_decision;

/** What is known of a span when it starts. Borrowed for the call. @since 0.1.0 */
typedef struct slm_sampling_request {
    uint32_t size; /**< sizeof(slm_sampling_request). */
    slm_kind kind;
    slm_trace_id trace_id;          /**< The parent's, or the new one of a root. */
    bool random;                    /**< The low 56 bits of `trace_id` are random, as far as is known. */
    uint32_t hint;                  /**< A slm_sampling_hint that came without ids; for roots only. */
    const slm_span_context *parent; /**< NULL: a root. Its `is_remote` tells a parent in another process. */
    slm_string name;
    const slm_metadata *metadata; /**< The callsite; NULL outside a span's start. */
    slm_hit *hit;                 /**< The fields given at the start, by slm_hit_field(); NULL if there are none. */
    const slm_link *links;        /**< `link_count` of them. */
    size_t link_count;
} slm_sampling_request;

enum { SLM_SAMPLING_FIELDS_MAX = 8, SLM_SAMPLING_TEXT_BYTES_MAX = 512 }; /**< Of one answer. @since 0.1.0 */

/** A sampler's answer. @since 0.1.0 */
typedef struct slm_sampling_result {
    uint32_t size; /**< sizeof(slm_sampling_result). */
    slm_sampling_decision decision;
    bool has_tracestate;     /**< By slm_sampling_set_tracestate(); false keeps the parent's. */
    uint16_t tracestate_len; /**< Bytes of `tracestate`. */
    uint16_t field_count;    /**< Of `fields`; they go into the span unless it is dropped. */
    uint16_t text_len;       /**< Bytes used of `text`. */
    slm_field fields[SLM_SAMPLING_FIELDS_MAX];
    char text[SLM_SAMPLING_TEXT_BYTES_MAX]; /**< Where the fields' keys and strings lie. */
    char tracestate[SLM_TRACESTATE_MAX];
} slm_sampling_result;

/** Adds a field to the answer: key and string are copied. False, and nothing added, if there is no room, the key is
 *  empty, or the value is neither a boolean, a number nor a string. Any thread. @since 0.1.0 */
SLM_API bool slm_sampling_add_field(slm_sampling_result *result, slm_string key, slm_value value);

/** The tracestate that the span and its descendants carry: a well-formed header value, copied; empty takes it away.
 *  False, and nothing changed, if it is longer than SLM_TRACESTATE_MAX. Any thread. @since 0.1.0 */
SLM_API bool slm_sampling_set_tracestate(slm_sampling_result *result, slm_string tracestate);

/** A sampler's part. Any thread, several at a time, with no lock held; what it traces is not recorded. It must not
 * wait.
 *  @since 0.1.0 */
typedef struct slm_sampler_ops {
    uint32_t size; /**< sizeof(slm_sampler_ops). */
    /** Fills in `*result`, which says DROP, without fields, when it comes. */
    void (*decide)(void *self, const slm_sampling_request *request, slm_sampling_result *result);
    void (*destroy)(void *self); /**< NULL: nothing to do. */
} slm_sampler_ops;

/** Samplers; NULL for no memory or an argument out of its range. The caller owns one reference. Any thread.
 *  @since 0.1.0 @{ */

/** Samples every span, whatever its parent's flag. */
SLM_API slm_sampler *slm_sampler_always_on(void);
/** Samples none. */
SLM_API slm_sampler *slm_sampler_always_off(void);
/** Samples this part of all traces, 0 to 1, by the trace id alone: the same traces on every node and in every span, and
 *  a higher ratio samples all that a lower one does. The parent's flag is ignored, so it belongs under
 *  slm_sampler_parent_based(); asked of a span with a parent it says so once (SLM_DIAG_SAMPLING). */
SLM_API slm_sampler *slm_sampler_trace_id_ratio(double ratio);

/** Whom slm_sampler_parent_based() asks. All are taken, also on failure; NULL is the default in brackets. */
typedef struct slm_sampler_delegates {
    slm_sampler *root;               /**< No parent. Required. */
    slm_sampler *remote_sampled;     /**< A parent in another process, sampled (on). */
    slm_sampler *remote_not_sampled; /**< Not sampled (off). */
    slm_sampler *local_sampled;      /**< A parent in this process, sampled (on). */
    slm_sampler *local_not_sampled;  /**< Not sampled (off). */
} slm_sampler_delegates;

/** Does as the parent did, by default. A request that came with a sampling hint but no ids (B3 `0` or `1`) counts as a
 *  remote parent. A local child whose delegate is the default is not asked: it copies the flag. */
SLM_API slm_sampler *slm_sampler_parent_based(const slm_sampler_delegates *delegates);

/** Consistent probability: samples `probability` (2^-56 to 1; 0 samples none) of the traces, by 56 random bits: `rv` of
 *  the tracestate's `ot` member, else those of the trace id. What it keeps says with which threshold, as `ot=th:...` of
 *  `precision` hex digits (1 to 14, 0 is 4; more where the probability is near 0 or 1), so that spans can be counted
 *  from samples. `rv` and what else is in `ot` stay as they are; on a drop `th` is taken out. A root whose id is not
 *  random gets an `rv`. A trace id whose parent does not say that it is random is taken as if it were, and that is said
 *  once (SLM_DIAG_SAMPLING). OpenTelemetry, TraceState: Probability Sampling. */
SLM_API slm_sampler *slm_sampler_probability(double probability, unsigned precision);

/** Samples `per_second` spans a second at most, from a millionth to a million: a bucket that holds one second's worth,
 * at least one, begins full and fills steadily, so that as many may come at once. Threads share it without a lock.
 * Under slm_sampler_parent_based() it limits traces. */
SLM_API slm_sampler *slm_sampler_rate_limiting(double per_second);

/** As `inner` (taken, also on failure), but what it drops is RECORD_ONLY. OpenTelemetry Trace SDK, AlwaysRecord. */
SLM_API slm_sampler *slm_sampler_always_record(slm_sampler *inner);

/** A sampler of one's own. `ops` is borrowed for its life, `self` is given to destroy() (on failure it is not taken),
 *  `description` is copied. */
SLM_API slm_sampler *slm_sampler_new(const slm_sampler_ops *ops, void *self, const char *description);
/** @} */

/** One more reference; returns its argument. Any thread. @since 0.1.0 */
SLM_API slm_sampler *slm_sampler_retain(slm_sampler *sampler);
/** Gives a reference up; NULL is fine. Any thread. @since 0.1.0 */
SLM_API void slm_sampler_release(slm_sampler *sampler);

/** Such as `TraceIdRatioBased{0.000100}`; lives as long as the sampler. OpenTelemetry Trace SDK, GetDescription. Any
 *  thread. @since 0.1.0 */
SLM_API const char *slm_sampler_description(const slm_sampler *sampler);

/** Asks a sampler: how one of your own delegates to another. `result->size` need not be set. Any thread.
 *  @since 0.1.0 */
SLM_API void slm_sampler_decide(slm_sampler *sampler, const slm_sampling_request *request, slm_sampling_result *result);

/** Gives a subscriber of layers its sampler, for good; retained: the caller keeps its own reference.
 *  @retval SLM_OK
 *  @retval SLM_ERR_EXISTS            It has one already.
 *  @retval SLM_ERR_INVALID_ARGUMENT  A raw subscriber, or NULL.
 *  @threadsafety Any thread; best before the subscriber is told of anything.
 *  @since 0.1.0 */
SLM_API SLM_NODISCARD slm_status slm_subscriber_set_sampler(slm_subscriber *subscriber, slm_sampler *sampler);

SLM_END_DECLS

#endif
