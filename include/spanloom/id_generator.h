/* SPDX-License-Identifier: MIT */
/** @file Where the ids of spans and traces come from, when not from the library's own random numbers. */
#ifndef SPANLOOM_ID_GENERATOR_H
#define SPANLOOM_ID_GENERATOR_H

#include <spanloom/span_context.h>
#include <spanloom/status.h>

SLM_BEGIN_DECLS

struct slm_subscriber;

/** Makes ids. A NULL function means that the library makes those; so does an id that is all zero. Called on the thread
 *  that starts the span, several at a time, with no lock held; what they trace is not recorded. Without one, nothing of
 *  this is paid for. OpenTelemetry Trace SDK, Id Generators. @since 0.1.0 */
typedef struct slm_id_generator {
    uint32_t size;                                   /**< sizeof(slm_id_generator). */
    bool random;                                     /**< The low 56 bits of its trace ids are random and uniformly
                                                          distributed: roots carry SLM_FLAG_RANDOM. */
    void *self;                                      /**< Given to each function. */
    void (*trace_id)(void *self, slm_trace_id *out); /**< Of a new trace; `*out` is zeroed. */
    void (*span_id)(void *self, slm_span_id *out);   /**< `*out` is zeroed. */
    void (*destroy)(void *self);                     /**< The subscriber is destroyed; NULL: nothing to do. */
} slm_id_generator;

/** Gives a subscriber of layers the generator of its spans' ids, for good; copied. On failure `self` is not destroyed.
 *  @retval SLM_OK
 *  @retval SLM_ERR_EXISTS            It has one already.
 *  @retval SLM_ERR_INVALID_ARGUMENT  A raw subscriber, NULL, or a bad `size`.
 *  @retval SLM_ERR_NO_MEMORY
 *  @threadsafety Any thread; best before the subscriber is told of anything.
 *  @since 0.1.0 */
SLM_API SLM_NODISCARD slm_status slm_subscriber_set_id_generator(struct slm_subscriber *subscriber,
                                                                 const slm_id_generator *generator);

SLM_END_DECLS

#endif
