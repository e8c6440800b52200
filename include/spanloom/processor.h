/* SPDX-License-Identifier: MIT */
/** @file Hooks on the way of each exported span: at its start, before its end, and after. OpenTelemetry Trace SDK, Span
 *  Processor. */
#ifndef SPANLOOM_PROCESSOR_H
#define SPANLOOM_PROCESSOR_H

#include <spanloom/layer.h>
#include <spanloom/span.h>
#include <spanloom/status.h>

SLM_BEGIN_DECLS

enum { SLM_PROCESSORS_MAX = 8 }; /**< Of slm_config.processors. @since 0.1.0 */

/**
 * A processor's functions, called in the order in which processors were given, for every span that a pipeline takes,
 * also where the sampler decided against it. NULL: nothing to do.
 *
 * They run on the threads that trace, several at a time, with no lock held, so they must be quick and thread-safe. What
 * they trace is not told to the same processor. `slm_view_parent()` and the like of layer.h tell of the span.
 * @since 0.1.0
 */
typedef struct slm_processor_ops {
    uint32_t size; /**< sizeof(slm_processor_ops). */
    /** The span has started; fields, links and a name may be set by its handle. Its parent is slm_view_parent(). */
    void (*on_start)(void *self, slm_span span, const slm_view *view);
    /** It is about to end, its end is set: the last moment at which it can be written to, and only in here. Of every
     *  processor before the first on_end(). */
    void (*on_ending)(void *self, slm_span span, const slm_view *view);
    /** It has ended: what is written to it is ignored, and counted as a call through a stale handle. */
    void (*on_end)(void *self, const slm_view *view);
    /** At slm_flush() and slm_shutdown(), on their thread, before what is queued is exported; with the time that is
     * left. Anything but SLM_OK is their answer too, if nothing worse is. */
    slm_status (*flush)(void *self, uint32_t timeout_ms);
    /** Called once, the last of all, when no thread is or will be inside the others: in slm_shutdown(), or, if spans
     * are open still, once they are gone and somebody sets up again. Not if slm_init() failed, or if nothing is
     * exported. */
    void (*shutdown)(void *self);
} slm_processor_ops;

/** A processor as it is given to slm_init(). @since 0.1.0 */
typedef struct slm_processor {
    uint32_t size;                /**< sizeof(slm_processor). */
    const slm_processor_ops *ops; /**< Borrowed until its shutdown. */
    void *self;
} slm_processor;

SLM_END_DECLS

#endif
