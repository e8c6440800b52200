/* SPDX-License-Identifier: MIT */
/** @file Subscribers: who is told of spans and events. A raw one implements the table itself and pays only for what it
 *  does; one made of layers stands on the registry, which keeps a complete record of each span. */
#ifndef SPANLOOM_SUBSCRIBER_H
#define SPANLOOM_SUBSCRIBER_H

#include <spanloom/filter.h>
#include <spanloom/span.h>

SLM_BEGIN_DECLS

/** A subscriber. Reference counted by the library. @since 0.1.0 */
typedef struct slm_subscriber slm_subscriber;

/** One hit of a callsite, while its callback runs: what it says is worked out when asked for. @since 0.1.0 */
typedef struct slm_hit slm_hit;

/** @name What a hit says. For the callback's duration, on its thread; strings are borrowed as long.
 *  @since 0.1.0 @{ */
SLM_API const slm_metadata *slm_hit_metadata(const slm_hit *hit);
/** Field `at` of metadata's `field_count`: false beyond. A SLM_TYPE_DEBUG value has been printed by then: `len` bytes
 * of text at `as.s`, to be shown as they are. */
SLM_API bool slm_hit_field(slm_hit *hit, size_t at, slm_field *out);
/** An event's text, formatted; empty if it has none, cut at 4 KiB. */
SLM_API slm_string slm_hit_message(slm_hit *hit);
/** Nanoseconds since 1970; the clock is read at the first call. */
SLM_API uint64_t slm_hit_time_ns(slm_hit *hit);
/** A span's options, an event's parent: as the caller gave it, or the current span. */
SLM_API slm_parent slm_hit_parent(const slm_hit *hit);
SLM_API slm_kind slm_hit_kind(const slm_hit *hit); /**< A span's. */
/** @} */

/** A raw subscriber's part. NULL: not interested, or as said. Any thread, with no lock held; what a callback traces
 * does not come back to the same subscriber. @since 0.1.0 */
typedef struct slm_subscriber_ops {
    uint32_t size; /**< sizeof(slm_subscriber_ops). */
    /** Asked once for each callsite, before anything else about it. NULL: SOMETIMES with `enabled`, else ALWAYS. */
    slm_interest (*register_callsite)(void *self, const slm_metadata *metadata);
    /** Asked at each hit of a SOMETIMES callsite. NULL: yes. */
    bool (*enabled)(void *self, const slm_metadata *metadata);
    /** A new span: returns its id, of 48 bits, or 0 for a disabled span. NULL: disabled. */
    uint64_t (*new_span)(void *self, slm_hit *hit);
    void (*record)(void *self, uint64_t span, const slm_field *field);
    void (*event)(void *self, slm_hit *hit);
    void (*enter)(void *self, uint64_t span);
    void (*exit)(void *self, uint64_t span);
    void (*end)(void *self, uint64_t span);
    /** The id that is current on this thread, 0 for none: slm_current() asks. */
    uint64_t (*current)(void *self);
    void (*destroy)(void *self); /**< No thread is inside it any more, nor will be. */
} slm_subscriber_ops;

/** Makes a raw subscriber. `ops` is borrowed for its life; `self` is given to destroy(). The caller owns the one
 * reference.
 *  @retval SLM_OK, SLM_ERR_INVALID_ARGUMENT, SLM_ERR_NO_MEMORY, SLM_ERR_LIMIT (32 live ones). Any thread. @since 0.1.0
 */
SLM_API SLM_NODISCARD slm_status slm_subscriber_new(const slm_subscriber_ops *ops, void *self, slm_subscriber **out);

/** Gives the caller's reference up. NULL is fine. The subscriber is destroyed when it is no thread's and not the global
 *  one, and each of its spans has been ended, later, on some cold path of some thread: where a thread ends, or a
 *  subscriber is made, replaced or released. One whose spans are never ended is kept. @since 0.1.0 */
SLM_API void slm_subscriber_release(slm_subscriber *subscriber);

/** Makes `subscriber` (or, with NULL, nobody) the process's own, in place of whatever was: spans of the old one still
 * go to it. Keeps a reference of its own. Any thread, also inside callbacks. @since 0.1.0 */
SLM_API void slm_set_global_subscriber(slm_subscriber *subscriber);

/** What slm_thread_subscriber_pop() takes. @since 0.1.0 */
typedef struct slm_subscriber_scope {
    slm_subscriber *displaced;
    uint32_t thread, depth;
} slm_subscriber_scope;

/** On this thread, until popped, `subscriber` is told in place of the global one; with NULL, nobody. Keeps a reference.
 *  @since 0.1.0 */
SLM_API SLM_NODISCARD slm_subscriber_scope slm_thread_subscriber_push(slm_subscriber *subscriber);
/** Gives back what was before the push; on the same thread, in reverse order: any other pop is counted
 *  (SLM_DIAG_EXIT_ORDER) and does nothing. @since 0.1.0 */
SLM_API void slm_thread_subscriber_pop(slm_subscriber_scope scope);

SLM_END_DECLS

#endif
