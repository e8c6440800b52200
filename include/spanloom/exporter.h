/* SPDX-License-Identifier: MIT */
/** @file Exporters of your own: finished spans handed to a host's functions, a batch at a time. OpenTelemetry Trace
 *  SDK, Span Exporter. */
#ifndef SPANLOOM_EXPORTER_H
#define SPANLOOM_EXPORTER_H

#include <spanloom/span_data.h>
#include <spanloom/status.h>

SLM_BEGIN_DECLS

/** What became of a batch. Numbers are pinned; any other is SLM_EXPORT_FATAL. @since 0.1.0 */
typedef enum slm_export_verdict {
    SLM_EXPORT_ACCEPTED = 0,  /**< All of it is delivered. */
    SLM_EXPORT_PARTIAL = 1,   /**< All but `rejected` spans, which are lost. */
    SLM_EXPORT_RETRYABLE = 2, /**< Not now: the same spans come again, after a pause. */
    SLM_EXPORT_FATAL = 3      /**< Refused for good. */
} slm_export_verdict;

enum { SLM_EXPORT_REASON_BYTES = 192 }; /**< With its terminator. @since 0.1.0 */

/** One attempt to export a batch. New fields are appended. @since 0.1.0 */
typedef struct slm_export_call {
    uint32_t size;           /**< What the library knows of this struct. */
    uint32_t attempt;        /**< Of this batch, from 1. */
    uint32_t timeout_ms;     /**< How much time there is; UINT32_MAX has no end. Nothing cuts a call short. */
    uint32_t retry_after_ms; /**< To be set with SLM_EXPORT_RETRYABLE: when to come again. 0: back-off, from 1 s to 5 s,
                                  with jitter. */
    uint64_t rejected;       /**< To be set with SLM_EXPORT_PARTIAL. More than there are means all. */
    char reason[SLM_EXPORT_REASON_BYTES]; /**< To be set, if not accepted: why, for people; a terminated line. */
} slm_export_call;

/**
 * An exporter's functions; borrowed until its shutdown. NULL: nothing to do, and without `export_spans` all is
 * accepted.
 *
 * They are called one at a time, on the thread of the library or, if the host drives, inside its step; nothing that
 * they trace is recorded, and they must not call slm_flush() or slm_shutdown() (which answer SLM_ERR_INVALID_ARGUMENT)
 * or slm_ship(). A call that takes long holds up the other pipelines, never the threads that trace. A forked child
 * exports through a copy of the same `self`.  @since 0.1.0
 */
typedef struct slm_exporter_ops {
    uint32_t size; /**< sizeof(slm_exporter_ops). */
    /**
     * Exports `count` spans, at least one, all of one pipeline, those of a scope in a row.
     *
     * @param self      As it was given with the pipeline.
     * @param spans     Read-only and borrowed for the call. Text is well-formed UTF-8; keys are unique.
     * @param resource  Who sends them. Borrowed, for good.
     * @param call      In and out.
     */
    slm_export_verdict (*export_spans)(void *self, const slm_span_data *const *spans, size_t count,
                                       const slm_resource *resource, slm_export_call *call);
    /** After every span that a slm_flush() is for has found its end, and before slm_shutdown()'s end: what the exporter
     *  itself holds goes out. Anything but SLM_OK is told (SLM_DIAG_REFUSED). OpenTelemetry Trace SDK, ForceFlush. */
    slm_status (*flush)(void *self, uint32_t timeout_ms);
    /** Called once, the last of all, after a slm_init() that succeeded; where slm_shutdown() ran out of time, it may
     * come after that has returned. Not in a forked child that exported nothing. */
    void (*shutdown)(void *self, uint32_t timeout_ms);
} slm_exporter_ops;

SLM_END_DECLS

#endif
