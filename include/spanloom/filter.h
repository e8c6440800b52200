/* SPDX-License-Identifier: MIT */
/** @file Filters by level and target, from directives such as `info,db=debug`. */
#ifndef SPANLOOM_FILTER_H
#define SPANLOOM_FILTER_H

#include <spanloom/metadata.h>
#include <spanloom/status.h>

SLM_BEGIN_DECLS

/** A filter: it decides which callsites and which of their hits a layer takes. Made here or by slm_filter_new(),
 * combined, then given to a layer, a combination or slm_filter_free(), once. @since 0.1.0 */
typedef struct slm_filter slm_filter;

/** A span of the registry; see layer.h. @since 0.1.0 */
typedef struct slm_view slm_view;

/** A hit of a callsite; see subscriber.h. @since 0.1.0 */
typedef struct slm_hit slm_hit;

/** A filter's part. NULL: as said. Any thread, with no lock held; what a callback traces does not come back to the
 * layer it filters for. @since 0.1.0 */
typedef struct slm_filter_ops {
    uint32_t size; /**< sizeof(slm_filter_ops). */
    /** Asked once for each callsite (and again after a reload). NULL: SOMETIMES with `enabled`, else ALWAYS. */
    slm_interest (*callsite)(void *self, const slm_metadata *metadata);
    /** Asked at each hit of a SOMETIMES callsite. `current` is the span the thread is in, or NULL; `place` is the
     * filter's place in it. NULL: yes. */
    bool (*enabled)(void *self, const slm_metadata *metadata, const slm_view *current, const void *place);
    /** How many bytes of each span are the filter's, zeroed at its start; at most SLM_PLACE_BYTES_MAX for all filters
     * and layers of a subscriber together, where a filter with any needs eight more. After a reload, `place` is NULL in
     * spans that the filter was not told of yet.
     * Threads inside one span share its place, and a reload fills it in while they are there: read and write it by
     * atomic operations. */
    uint32_t place_bytes;
    /** A span starts, whether the filter takes it or not; `parent_place` is NULL for a root. After a reload also for
     * each span that is open, before those inside it. */
    void (*on_start)(void *self, const slm_view *span, void *place, const void *parent_place);
    /** A field of it is recorded later. */
    void (*on_record)(void *self, const slm_view *span, const slm_field *field, void *place);
    void (*destroy)(void *self);
    /** An event of a SOMETIMES callsite happened, and its fields can be read: this decides, where `enabled`, asked
     * before they were evaluated, only had to say yes wherever this might. Not of spans. NULL: `enabled` has decided.
     */
    bool (*event)(void *self, slm_hit *event, const slm_view *current, const void *place);
} slm_filter_ops;

enum { SLM_PLACE_BYTES_MAX = 128 }; /**< Of filters and layers together. @since 0.1.0 */

/** A filter of one's own. `ops` is borrowed for its life, `self` is given to destroy(). NULL: no memory, or a bad `ops`
 *  (then `self` is not taken). Any thread. @since 0.1.0 */
SLM_API slm_filter *slm_filter_new(const slm_filter_ops *ops, void *self);

/** Takes what is at most at this level. NULL: no memory. Any thread. @since 0.1.0 */
SLM_API slm_filter *slm_filter_level(unsigned level);
/** Takes what `takes` says of the callsite, asked once for each. NULL: no memory. Any thread. @since 0.1.0 */
SLM_API slm_filter *slm_filter_function(bool (*takes)(void *user, const slm_metadata *metadata), void *user);
/** Combinations: their parts are taken, also on failure, and NULL if a part is. Any thread. @since 0.1.0 @{ */
SLM_API slm_filter *slm_filter_and(slm_filter *a, slm_filter *b);
SLM_API slm_filter *slm_filter_or(slm_filter *a, slm_filter *b);
SLM_API slm_filter *slm_filter_not(slm_filter *a); /** @} */

/** Limits, each for one callsite alone; of events only: spans are taken, or their traces would have holes. A limit
 * counts what reaches it, so give it as `b` of slm_filter_and(), after what decides what is wanted. What it turns away
 * costs no more than asking. Threads share the count, with no lock. @{ */
/** Takes `per_second` events of each callsite, evenly: of a burst, `burst` at once (0 is 1), then one each
 * 1/`per_second` of a second. Reads the clock at each event. `per_second` 0 takes none. NULL: no memory.
 * @since 0.1.0 */
SLM_API slm_filter *slm_filter_rate(uint32_t per_second, uint32_t burst);
/** Takes the first event of each callsite, and then every `n`th after it (0 is 1). Reads no clock. NULL: no memory.
 *  @since 0.1.0 */
SLM_API slm_filter *slm_filter_every(uint32_t n);
/** @} */

enum { SLM_FILTER_DIRECTIVES_MAX = 256 }; /**< In one text. @since 0.1.0 */

/** Where and why directives were refused. @since 0.1.0 */
typedef struct slm_filter_error {
    size_t at;            /**< Byte offset of the directive's mistake. */
    slm_string directive; /**< Borrowed from the text that was parsed. */
    const char *reason;   /**< Static. */
} slm_filter_error;

/**
 * Parses directives: a list, separated by commas, of `LEVEL`, `SELECTOR`, `SELECTOR=LEVEL` or `!SELECTOR`.
 *
 * LEVEL is off, error, warn, info, debug, trace in any case, or 0 to 5; a SELECTOR without one means trace, with a `!`
 * off. A SELECTOR is a target, a span in brackets, or both: `db`, `[request]`, `[request{user=7,path=/a*}]`,
 * `db[{key}]`.
 *
 * - A target names a callsite's target if it is that, or the beginning of it up to a `.`, `:` or `/`; with `*` in it,
 * if it fits as a whole. The longest that fits decides, then the last one given; what none fits is off.
 * - `scope:NAME` in a target's place names OpenTelemetry's instrumentation scope, by the same rule.
 * - A span directive is for what is inside a span whose target fits, whose name fits (it may hold `*`), and that has
 *   each field, with that value where one is given (also if it is recorded later). The innermost such span decides, up
 *   or down, whatever the target; but a target with a directive of its own keeps that where it is more verbose.
 * - The span itself is taken. Without a span's name, `[{key=value}]` and `[{key}]` are also for events that have the
 * fields themselves, as a target is: more closely than without fields, and as given at the event.
 *
 * Values may stand in double quotes. After a `\`, a byte of a name or value stands for itself, also a quote or a `\`.
 * Spaces around a directive are ignored.
 *
 * @param text   The directives. Borrowed.
 * @param out    Written on success: the filter, to be freed with slm_filter_free() or given to a layer.
 * @param error  Written on SLM_ERR_MALFORMED, if not NULL.
 * @retval SLM_OK, SLM_ERR_MALFORMED, SLM_ERR_LIMIT (more than SLM_FILTER_DIRECTIVES_MAX), SLM_ERR_NO_MEMORY.
 * @threadsafety Any thread.    @since 0.1.0
 */
SLM_API SLM_NODISCARD slm_status slm_filter_parse(slm_string text, slm_filter **out, slm_filter_error *error);

/** As slm_filter_parse(), but a directive that is malformed is left out and the rest applies; `*error` then tells of
 * the first, and its `reason` is NULL if there was none. NULL only without memory. Any thread. @since 0.1.0 */
SLM_API slm_filter *slm_filter_parse_lossy(slm_string text, slm_filter_error *error);

/** Whether the filter takes callsites of this metadata, outside any span. Metadata of the host's own is shown to
 * filters with UINT32_MAX as its id. Any thread. @since 0.1.0 */
SLM_API bool slm_filter_takes(const slm_filter *filter, const slm_metadata *metadata);

/** Frees a filter that no layer was given. NULL is fine. Any thread. @since 0.1.0 */
SLM_API void slm_filter_free(slm_filter *filter);

SLM_END_DECLS

#endif
