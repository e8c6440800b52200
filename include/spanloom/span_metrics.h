/* SPDX-License-Identifier: MIT */
/** @file The layer that counts spans by name: how many ended, how many failed, how long they took; as the text that
 *  Prometheus scrapes. */
#ifndef SPANLOOM_SPAN_METRICS_H
#define SPANLOOM_SPAN_METRICS_H

#include <spanloom/layer.h>
#include <spanloom/sink.h>

SLM_BEGIN_DECLS

/** Counts and histograms by span name. Opaque; the layer has one reference, the caller another. @since 0.1.0 */
typedef struct slm_span_metrics slm_span_metrics;

/** The bounds of its options. @since 0.1.0 */
enum { SLM_SPAN_METRICS_NAMES_MAX = 4096, SLM_SPAN_METRICS_BUCKETS_MAX = 32, SLM_SPAN_METRICS_NAME_BYTES_MAX = 128 };

/** Options of slm_span_metrics_new(); zero means the default. @since 0.1.0 */
typedef struct slm_span_metrics_options {
    uint32_t size;         /**< sizeof(slm_span_metrics_options). */
    uint32_t names;        /**< How many span names have series, first come, first served; spans of further names are
                                counted as lost. Default 256, at most SLM_SPAN_METRICS_NAMES_MAX. */
    const double *buckets; /**< Upper bounds in seconds, finite, ascending, copied; one for everything beyond is added.
                                Default: Prometheus's own, 0.005 to 10. */
    size_t bucket_count;   /**< At most SLM_SPAN_METRICS_BUCKETS_MAX. */
    const char *prefix;    /**< What the metrics' names begin with, copied; letters, digits, `_` and `:`, at most 64.
                                Default "spanloom". */
} slm_span_metrics_options;

/**
 * Makes a layer of span metrics, as series with the label `span`:
 *
 * - `spanloom_spans_total`, a counter of spans that ended;
 * - `spanloom_span_errors_total`, a counter of those among them that failed: their status was ERROR, as an ERROR
 *   event inside makes it unless the program sets another;
 * - `spanloom_span_duration_seconds`, a histogram of the time from start to end;
 * - and, without a label, `spanloom_span_metrics_lost_total`.
 *
 * A name counts as it is at the end of the span, its first SLM_SPAN_METRICS_NAME_BYTES_MAX bytes. A span costs no lock
 * and no allocation. A forked child counts from zero.
 *
 * @param options  NULL for the defaults.
 * @param filter   Put into `*layer`: slm_subscriber_of_layers() takes it. NULL counts all spans.
 * @param layer    Written on success. For one subscriber; one that gets none calls `layer->ops->destroy(layer->self)`.
 * @param out      Written on success; given up by slm_span_metrics_release().
 * @retval SLM_OK, SLM_ERR_INVALID_ARGUMENT (buckets, prefix), SLM_ERR_NO_MEMORY.
 * @threadsafety Any thread.    @since 0.1.0
 */
SLM_API SLM_NODISCARD slm_status slm_span_metrics_new(const slm_span_metrics_options *options, slm_filter *filter,
                                                      slm_layer *layer, slm_span_metrics **out);

/** Writes all series as Prometheus's text format, version 0.0.4 (Content-Type `text/plain; version=0.0.4`), to `sink`.
 *  Spans that end meanwhile may or may not be counted; a histogram's buckets and count always agree. False: the sink
 *  wanted no more. Any thread. @since 0.1.0 */
SLM_API bool slm_span_metrics_write(const slm_span_metrics *metrics, slm_sink *sink, void *user);

/** How many spans had no series because there were too many names. Any thread. @since 0.1.0 */
SLM_API uint64_t slm_span_metrics_lost(const slm_span_metrics *metrics);

/** Gives the caller's reference up. NULL is fine. Any thread. @since 0.1.0 */
SLM_API void slm_span_metrics_release(slm_span_metrics *metrics);

SLM_END_DECLS

#endif
