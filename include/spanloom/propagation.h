/* SPDX-License-Identifier: MIT */
/** @file A span's identity across processes: W3C Trace Context in and out of any carrier of names and values.
 *
 * Nothing here allocates, keeps state or needs slm_init(): a library that only passes contexts on links the core and
 * calls these. Headers are untrusted; a bad one is refused, counted as SLM_DIAG_MALFORMED_HEADER and never emitted. */
#ifndef SPANLOOM_PROPAGATION_H
#define SPANLOOM_PROPAGATION_H

#include <spanloom/span_context.h>
#include <spanloom/status.h>

SLM_BEGIN_DECLS

/** Room for a formatted traceparent: 55 characters and a terminator. @since 0.1.0 */
#define SLM_TRACEPARENT_SIZE 56

/** Reads one `traceparent` value; spaces and tabs around it are allowed.
 *
 *  A version above 00 is read as 00 where it allows that. Of the flags only SLM_FLAG_SAMPLED and SLM_FLAG_RANDOM are
 *  kept. Does not diagnose: slm_extract() does.
 *  @param header  Borrowed for the call.
 *  @param out     Written only on success: ids, flags, `is_remote` true and an empty tracestate.
 *  @retval SLM_ERR_INVALID_ARGUMENT  `out` is NULL.
 *  @retval SLM_ERR_MALFORMED         Start a new trace.
 *  @threadsafety  Any thread, async-signal-safe.
 *  @spec  W3C Trace Context (levels 1 and 2) 3.2.       @since 0.1.0 */
SLM_API SLM_NODISCARD slm_status slm_traceparent_parse(slm_string header, slm_span_context *out);

/** Writes the `traceparent` of a context, version 00, with the flags it knows.
 *
 *  @param context  Not NULL.
 *  @param out      Gets a terminated string.
 *  @return  Its length, 55; or 0, and `out` is empty, for a context that is not valid.
 *  @threadsafety  Any thread, async-signal-safe.
 *  @spec  W3C Trace Context 3.2.       @since 0.1.0 */
SLM_API size_t slm_traceparent_format(const slm_span_context *context, char out[SLM_TRACEPARENT_SIZE]);

/** Bounds of a tracestate list. W3C Trace Context 3.3.1. @since 0.1.0 */
#define SLM_TRACESTATE_MEMBERS_MAX 32
#define SLM_TRACESTATE_KEY_MAX     256
#define SLM_TRACESTATE_VALUE_MAX   256

/** Reads the `tracestate` of a request, all its header lines in their order, into `context->tracestate`.
 *
 *  Of a repeated key the first member is kept. What exceeds SLM_TRACESTATE_MAX bytes loses whole members: those of more
 *  than 128 characters first, then from the right.
 *  @param lines    Borrowed for the call; not inside `*context`.
 *  @param count    0 empties the tracestate.
 *  @param context  Its tracestate is replaced on success; nothing else changes.
 *  @retval SLM_ERR_MALFORMED         The whole list is refused, as one line that is wrong makes it, or more than 32
 *                                    members; `*context` is untouched.
 *  @retval SLM_ERR_INVALID_ARGUMENT  `context` is NULL, or `lines` with a count.
 *  @threadsafety  Any thread, async-signal-safe.
 *  @spec  W3C Trace Context (editor's draft) 3.3.1: `@` is a character of a key like others.       @since 0.1.0 */
SLM_API SLM_NODISCARD slm_status slm_tracestate_parse(const slm_string *lines, size_t count, slm_span_context *context);

/** The value of `key`, absent (NULL) if there is none; it points into `*context`, not NULL. Any thread,
 *  async-signal-safe. @since 0.1.0 */
SLM_API slm_string slm_tracestate_get(const slm_span_context *context, slm_string key);

/** Steps through the members from the left. `*cursor` starts at 0; false after the last. Key and value point into
 *  `*context`, not NULL. Any thread, async-signal-safe. @since 0.1.0 */
SLM_API bool slm_tracestate_next(const slm_span_context *context, size_t *cursor, slm_string *key, slm_string *value);

/** Adds or changes a member, which becomes the leftmost; the others keep their order.
 *
 *  Beyond 32 members the rightmost goes; beyond SLM_TRACESTATE_MAX bytes others go as slm_tracestate_parse() says.
 *  @param key      Starts with a-z or 0-9, then up to 255 of these and `_`, `-`, `*`, `/`, `@`.
 *  @param value    1 to 256 printable ASCII characters but `,` and `=`; the last is not a space.
 *  @param context  Not NULL; untouched unless SLM_OK.
 *  @retval SLM_ERR_INVALID_ARGUMENT  `key` or `value` breaks its rule.
 *  @retval SLM_ERR_LIMIT             This member alone exceeds SLM_TRACESTATE_MAX bytes.
 *  @threadsafety  Any thread that owns `*context`; async-signal-safe.
 *  @spec  W3C Trace Context 3.5.       @since 0.1.0 */
SLM_API SLM_NODISCARD slm_status slm_tracestate_set(slm_span_context *context, slm_string key, slm_string value);

/** Removes a member; whether it was there. `context` is not NULL. Any thread that owns it; async-signal-safe.
 *  W3C Trace Context 3.5. @since 0.1.0 */
SLM_API bool slm_tracestate_delete(slm_span_context *context, slm_string key);

/** How to read names and values from a carrier, such as the headers of a request. Static and const. @since 0.1.0 */
typedef struct slm_getter {
    uint32_t size; /**< sizeof(slm_getter). */
    /** The next value of `name`, which is lower-case and which HTTP carriers compare without regard to case.
     *
     *  `*cursor` is 0 at the first call and then whatever this function left there; values come in the carrier's order,
     *  repeated headers one by one. False: no more. `*value` must stay valid until the extraction returns. Required. */
    bool (*get)(const void *carrier, slm_string name, uintptr_t *cursor, slm_string *value);
    /** Steps through all names and values, as `get` does through one name's. NULL: names that start with a prefix, such
     * as Jaeger's baggage, are not found in this carrier. */
    bool (*each)(const void *carrier, uintptr_t *cursor, slm_string *name, slm_string *value);
} slm_getter;

/** How to write names and values into a carrier. Static and const. @since 0.1.0 */
typedef struct slm_setter {
    uint32_t size; /**< sizeof(slm_setter). */
    /** Sets `name` (lower-case) to `value`, in place of all values it had. Both are borrowed: copy what is kept.
     *  Neither is terminated. Required. */
    slm_status (*set)(void *carrier, slm_string name, slm_string value);
    /** Removes all values of `name`. NULL: the carrier is always fresh, there is nothing to remove. */
    void (*remove)(void *carrier, slm_string name);
} slm_setter;

/** Reads W3C Trace Context from a carrier.
 *
 *  A tracestate that is refused is dropped, and the trace continues.
 *  @param getter   Not NULL.
 *  @param carrier  Whatever the getter takes. Borrowed for the call.
 *  @param out      Written only with SLM_OK, `is_remote` true.
 *  @retval SLM_ERR_NOT_FOUND         There is no traceparent.
 *  @retval SLM_ERR_MALFORMED         It is malformed or there are several: start a new trace. Counted.
 *  @retval SLM_ERR_INVALID_ARGUMENT  `getter`, its `get` or `out` is NULL, or its `size` is too small.
 *  @threadsafety  Any thread.
 *  @spec  W3C Trace Context 4.3; OpenTelemetry Propagators API, Get All.       @since 0.1.0 */
SLM_API SLM_NODISCARD slm_status slm_extract(const slm_getter *getter, const void *carrier, slm_span_context *out);

/** Writes a context as `traceparent`, and `tracestate` if it has one, into a carrier.
 *
 *  @param context  Not NULL. One that is not valid sets nothing.
 *  @param setter   Not NULL.
 *  @param carrier  Whatever the setter takes.
 *  @return  SLM_OK; SLM_ERR_INVALID_ARGUMENT for a NULL or a context that is not valid; else what the setter answered
 *           first. A carrier may then have a traceparent alone, which is well formed.
 *  @threadsafety  Any thread.
 *  @spec  W3C Trace Context 3.2, 3.3.       @since 0.1.0 */
SLM_API slm_status slm_inject(const slm_span_context *context, const slm_setter *setter, void *carrier);

/** Writes what is current on this thread, its baggage included, with the process's propagators: those that
 *  slm_set_propagators() of <spanloom/propagator.h> set, or that slm_init() found in OTEL_PROPAGATORS. Before both
 *  there are none, and nothing is written.
 *
 *  @retval SLM_ERR_NOT_FOUND  Nothing is current; the carrier is untouched, so a traceparent that it already has goes
 *                             on.
 *  @threadsafety  Any thread.       @since 0.1.0 */
SLM_API slm_status slm_inject_current(const slm_setter *setter, void *carrier);

/** Bytes of the binary form: trace id, span id, flags. @since 0.1.0 */
#define SLM_BINARY_SIZE 25

/** Writes a context for a protocol without headers: 16 bytes of trace id, 8 of span id, 1 of flags. No tracestate.
 *  Returns SLM_BINARY_SIZE; or 0, and nothing is written, for a context that is not valid. Any thread,
 *  async-signal-safe. @since 0.1.0 */
SLM_API size_t slm_binary_format(const slm_span_context *context, uint8_t out[SLM_BINARY_SIZE]);

/** Reads what slm_binary_format() wrote; as slm_traceparent_parse(), SLM_ERR_MALFORMED for any other length and for ids
 *  that are not valid. Any thread, async-signal-safe. @since 0.1.0 */
SLM_API SLM_NODISCARD slm_status slm_binary_parse(const void *bytes, size_t len, slm_span_context *out);

SLM_END_DECLS

#endif
