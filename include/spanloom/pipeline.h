/* SPDX-License-Identifier: MIT */
/** @file Pipelines set up one by one: each an exporter with its own filter, queue and pace. */
#ifndef SPANLOOM_PIPELINE_H
#define SPANLOOM_PIPELINE_H

#include <spanloom/exporter.h>
#include <spanloom/stats.h>

SLM_BEGIN_DECLS

/** When what has ended is handed to the exporter. Numbers are pinned. OpenTelemetry Trace SDK, Built-in span
 *  processors. @since 0.1.0 */
typedef enum slm_processing {
    SLM_PROCESSING_BATCH = 0, /**< When a batch is full, when the schedule says so, and at a flush. */
    SLM_PROCESSING_SIMPLE = 1 /**< At once: the library's thread is woken by each span that ends while it sleeps. The
                                   thread that ended the span does not wait, over HTTP neither; what ends while an
                                   attempt is under way goes together. */
} slm_processing;

/**
 * One pipeline: a member of the array `slm_config.pipelines`, whose members have one `size`. All is copied, but for
 * `custom`. Zero or NULL is what `slm_config` says of all pipelines, then the environment, then the default.
 *
 * Each pipeline that takes a span shows it below the nearest ancestor that it takes itself, so that filters of
 * different breadth leave no span without its parent in any backend. What a request carries on names the nearest that
 * any pipeline takes. One sampler decides for all.  @since 0.1.0
 */
typedef struct slm_pipeline_config {
    uint32_t size;                  /**< sizeof(slm_pipeline_config). */
    uint32_t exporter;              /**< One bit of slm_exporter; 0 with `file` or `custom`. */
    const char *file;               /**< As `slm_config.file`. */
    const slm_exporter_ops *custom; /**< An exporter of your own; borrowed until its shutdown. */
    void *custom_self;
    const char *name;     /**< Of `custom`, for messages; "custom". */
    const char *filter;   /**< What it takes, in the grammar of SPANLOOM_EXPORT. */
    uint32_t processing;  /**< A slm_processing. */
    uint32_t queue_spans; /**< As in slm_config, as all that follows. */
    uint32_t batch_spans;
    uint32_t schedule_delay_ms;
    uint32_t export_timeout_ms;
    uint32_t request_timeout_ms;
    const char *endpoint; /**< The whole URL, of OTLP or Zipkin. */
    const char *protocol;
    const char *compression;
    const char *headers;
    const char *ca_file;
    const char *certificate_file;
    const char *key_file;
} slm_pipeline_config;

SLM_END_DECLS

#endif
