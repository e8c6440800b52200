/* SPDX-License-Identifier: MIT */
/** @file Layers: observers that stand on the registry's records, each with a filter of its own. */
#ifndef SPANLOOM_LAYER_H
#define SPANLOOM_LAYER_H

#include <spanloom/subscriber.h>

SLM_BEGIN_DECLS

enum { SLM_LAYERS_MAX = 31 }; /**< Of one subscriber. @since 0.1.0 */

/* slm_view, a span of the registry while a callback runs, read-only and borrowed for the callback, is declared in
 * filter.h. */

/** @name What a view says, on the thread of the callback. @since 0.1.0 @{ */
SLM_API const slm_metadata *slm_view_metadata(const slm_view *view);
SLM_API slm_span slm_view_span(const slm_view *view);
SLM_API slm_string slm_view_name(const slm_view *view); /**< As it is now; its first 400 bytes if it was set longer. */
SLM_API void slm_view_identity(const slm_view *view, slm_span_context *out);
/** Calls `each` for the span and its ancestors in this process, innermost first, until it returns false; ancestors only
 *  where the subscriber has a layer with SLM_LAYER_SCOPES, and up to the first that has ended or is another
 * subscriber's. */
SLM_API void slm_view_scope(const slm_view *view, bool (*each)(void *user, const slm_view *span), void *user);
/** Calls `each` for every field, the last value of each key, in the order of first recording; until it returns false.
 *  Long text may come cut at 4 KiB. */
SLM_API void slm_view_fields(const slm_view *view, bool (*each)(void *user, const slm_field *field), void *user);
/** The identity of the nearest ancestor that is exported, of another process perhaps; without its tracestate. False,
 *  and `*out` zero, for a root. */
SLM_API bool slm_view_parent(const slm_view *view, slm_span_context *out);
SLM_API uint64_t slm_view_start_ns(const slm_view *view); /**< Since 1970. */
/** Since 1970; 0 while it is open, but from on_end() on the time at which it ends. */
SLM_API uint64_t slm_view_end_ns(const slm_view *view);
SLM_API slm_span_status slm_view_status(const slm_view *view);
SLM_API slm_kind slm_view_kind(const slm_view *view);
/** Whether its parent, or that it has none, was given in its options, rather than taken from what was current. */
SLM_API bool slm_view_parent_is_explicit(const slm_view *view);
/** The layer's place in the span: `offset` is what slm_layer.place was told. Zeroed at the span's start; shared between
 *  threads, so what several threads change is for the layer to make atomic. Only in spans of the layer's own
 * subscriber: those it is told of, their ancestors, and the span of an event if slm_hit_takes() says so. */
SLM_API void *slm_view_place(const slm_view *view, uint32_t offset);
/** @} */

/** The library's clock, in nanoseconds of CLOCK_MONOTONIC: how long a thread was inside, between on_enter() and
 * on_exit(). Never goes back on one thread. Any thread. @since 0.1.0 */
SLM_API uint64_t slm_now_ns(void);

/** The span that an event is in; NULL for none, and for a raw subscriber. On the callback's thread. @since 0.1.0 */
SLM_API const slm_view *slm_hit_span(const slm_hit *hit);

/** Whether the layer that is being told of an event also takes `span`, which is the event's or an ancestor of that: the
 * event's may have been filtered out, or be another subscriber's. On the callback's thread. @since 0.1.0 */
SLM_API bool slm_hit_takes(const slm_hit *hit, const slm_view *span);

/** Writes to `*out`, which is not NULL, under what identity an event is found in what is exported: the span it is in or
 *  that span's nearest ancestor that is exported, or the one of another process that it stands under; and says whether
 *  there is one. With no such span the span id is zero, and only the trace is known. On the callback's thread; false
 *  for a raw subscriber. @since 0.1.0 */
SLM_API bool slm_hit_identity(const slm_hit *hit, slm_span_context *out);

/** A layer's part. NULL: not interested. Any thread, with no lock held; what a callback traces goes to the other
 * layers, not to its own. @since 0.1.0 */
typedef struct slm_layer_ops {
    uint32_t size;                                                               /**< sizeof(slm_layer_ops). */
    slm_interest (*register_callsite)(void *self, const slm_metadata *metadata); /**< As slm_subscriber_ops. */
    bool (*enabled)(void *self, const slm_metadata *metadata);                   /**< As slm_subscriber_ops. */
    void (*on_start)(void *self, const slm_view *span);
    void (*on_record)(void *self, const slm_view *span, const slm_field *field);
    void (*on_event)(void *self, slm_hit *event);
    void (*on_enter)(void *self, const slm_view *span);
    void (*on_exit)(void *self, const slm_view *span);
    void (*on_end)(void *self, const slm_view *span); /**< Its fields are still all there. */
    void (*destroy)(void *self);
    /** In a forked child, on its one thread, before it traces anything: counts from zero, makes locks anew, forgets
     * other threads. Inside fork(), so only what is async-signal-safe. Spans that were open stay the parent process's.
     */
    void (*on_fork)(void *self);
    /** The span is about to end, and may still be written to, by slm_view_span(); every layer is asked before the first
     * is told by on_end(). OpenTelemetry Trace SDK, OnEnding. */
    void (*on_ending)(void *self, const slm_view *span);
} slm_layer_ops;

/** slm_layer.flags: the layer reads ancestors, so a child keeps its parent's record until its own end. @since 0.1.0 */
#define SLM_LAYER_SCOPES 1u
/** slm_layer.flags: the layer reads no times. Where all layers of a subscriber say so and none exports, the clock is
 * not read, and its spans start and end at no time in particular. @since 0.1.0 */
#define SLM_LAYER_TIMELESS 2u

/** A layer as it is given to a subscriber. @since 0.1.0 */
typedef struct slm_layer {
    uint32_t size; /**< sizeof(slm_layer). */
    uint32_t flags;
    const slm_layer_ops *ops; /**< Borrowed for the subscriber's life. */
    void *self;               /**< Given to destroy(). */
    slm_filter *filter;       /**< Taken on success; NULL takes all. */
    uint32_t place_bytes;     /**< Bytes of each span that are the layer's; see SLM_PLACE_BYTES_MAX. */
    uint32_t *place;          /**< Written on success if not NULL: their offset, for slm_view_place(). */
} slm_layer;

/** Makes a subscriber of layers, told in the order given. The caller owns the one reference. On failure it takes
 * nothing.
 *  @retval SLM_OK, SLM_ERR_INVALID_ARGUMENT, SLM_ERR_LIMIT, SLM_ERR_NO_MEMORY. Any thread. @since 0.1.0 */
SLM_API SLM_NODISCARD slm_status slm_subscriber_of_layers(const slm_layer *layers, size_t count, slm_subscriber **out);

/** Gives layer `at` of the subscriber another filter, for what starts from now on and for the spans that are open. The
 *  filter (NULL takes all) is taken on success; one with places cannot be put where there were none, or larger ones.
 *  @retval SLM_OK, SLM_ERR_INVALID_ARGUMENT (a raw subscriber, no such layer), SLM_ERR_LIMIT (places).
 *  Any thread, also inside callbacks. @since 0.1.0 */
SLM_API SLM_NODISCARD slm_status slm_subscriber_reload(slm_subscriber *subscriber, size_t at, slm_filter *filter);

SLM_END_DECLS

#endif
