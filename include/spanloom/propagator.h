/* SPDX-License-Identifier: MIT */
/** @file Propagators: the formats in which a trace crosses from process to process, one by one and together.
 *
 * The library has `tracecontext`, `baggage`, `b3`, `b3multi` and `jaeger`, the names of OTEL_PROPAGATORS. One of your
 * own is a static const slm_propagator. */
#ifndef SPANLOOM_PROPAGATOR_H
#define SPANLOOM_PROPAGATOR_H

#include <spanloom/baggage.h>
#include <spanloom/context.h>

SLM_BEGIN_DECLS

/** What a sender said about recording beside, or without, ids and flags. Numbers are pinned. @since 0.1.0 */
typedef enum slm_sampling_hint {
    SLM_HINT_NONE = 0,   /**< Nothing: with ids, their flags decide. */
    SLM_HINT_DENY = 1,   /**< A new trace is not to be recorded (B3 `0` without ids). */
    SLM_HINT_ACCEPT = 2, /**< A new trace is to be recorded (B3 `1` without ids). */
    SLM_HINT_DEBUG = 3,  /**< The trace is recorded whatever samplers say, and marked debug in Zipkin. */
    SLM_HINT_DEFER = 4   /**< Ids came without a decision: it is the receiver's. */
} slm_sampling_hint;

/** What crosses from process to process. @since 0.1.0 */
typedef struct slm_carried {
    uint32_t size;         /**< sizeof(slm_carried), set by the caller. */
    uint32_t hint;         /**< A slm_sampling_hint. */
    slm_span_context span; /**< Not valid if there is none. */
    slm_baggage baggage;   /**< Without memory (`text` NULL) none is extracted. */
} slm_carried;

/** A format. Static, const and without state: any thread may call it at any time. @since 0.1.0 */
typedef struct slm_propagator {
    uint32_t size;    /**< sizeof(slm_propagator). */
    const char *name; /**< As in OTEL_PROPAGATORS. */
    /** Reads what the carrier has of it into `*out`: of what it does not have, or finds malformed, nothing is written.
     *  SLM_OK if anything was read, SLM_ERR_NOT_FOUND, or SLM_ERR_MALFORMED. The getter has been checked. Required. */
    slm_status (*extract)(const slm_getter *getter, const void *carrier, slm_carried *out);
    /** Writes what of `*carried` the format can say; SLM_OK, or what the setter answered first. The setter has been
     *  checked. Required. */
    slm_status (*inject)(const slm_carried *carried, const slm_setter *setter, void *carrier);
    /** The names that inject may set, lower-case, ended by NULL. OpenTelemetry Propagators API, Fields. NULL for none.
     */
    const char *const *fields;
} slm_propagator;

/** The library's propagator of that name, static; NULL if there is none. Any thread. @since 0.1.0 */
SLM_API const slm_propagator *slm_propagator_find(slm_string name);

#define SLM_PROPAGATORS_MAX 8 /**< Of a slm_propagators. @since 0.1.0 */

/** Several propagators, used in their order: what a later one extracts replaces what an earlier one did. A plain value.
 *  OpenTelemetry Propagators API, Composite Propagator. @since 0.1.0 */
typedef struct slm_propagators {
    uint32_t count;
    const slm_propagator *items[SLM_PROPAGATORS_MAX];
} slm_propagators;

/** Reads a list of names separated by commas, as OTEL_PROPAGATORS has it; a name that is repeated counts once, and
 *  `none` alone is an empty list.
 *
 *  @param names  Borrowed for the call.
 *  @param own    Propagators of yours, looked at before the library's; kept by pointer. May be NULL with `own_count` 0.
 *  @param out    Written always, with the names that are known.
 *  @retval SLM_ERR_UNSUPPORTED  A name is not known; counted as SLM_DIAG_CONFIGURATION.
 *  @retval SLM_ERR_LIMIT        More than SLM_PROPAGATORS_MAX.
 *  @threadsafety  Any thread.
 *  @spec  OpenTelemetry Environment Variables, OTEL_PROPAGATORS.       @since 0.1.0 */
SLM_API slm_status slm_propagators_parse(slm_string names, const slm_propagator *const *own, size_t own_count,
                                         slm_propagators *out);

/** Reads all that the propagators find. `*out` is emptied first, but for the memory of its baggage.
 *
 *  SLM_OK if any found something; else SLM_ERR_MALFORMED if any found something malformed; else SLM_ERR_NOT_FOUND;
 *  SLM_ERR_INVALID_ARGUMENT. Any thread. @since 0.1.0 */
SLM_API SLM_NODISCARD slm_status slm_propagators_extract(const slm_propagators *propagators, const slm_getter *getter,
                                                         const void *carrier, slm_carried *out);

/** Writes with each of the propagators. SLM_OK, or the first answer that was not. Any thread. @since 0.1.0 */
SLM_API slm_status slm_propagators_inject(const slm_propagators *propagators, const slm_carried *carried,
                                          const slm_setter *setter, void *carrier);

/** Sets the propagators of the process, which slm_inject_current(), slm_extract_context() and the adapters use, in
 *  place of what slm_init() takes from OTEL_PROPAGATORS (by default `tracecontext,baggage`). Before both there are
 * none: nothing is read or written. NULL goes back to that.
 *  @param propagators  Kept by pointer for good: static. Any thread. OpenTelemetry Propagators API, Global Propagators.
 *  @since 0.1.0 */
SLM_API void slm_set_propagators(const slm_propagators *propagators);

/** The propagators of the process; never NULL. Any thread. @since 0.1.0 */
SLM_API const slm_propagators *slm_get_propagators(void);

/** Sets the propagators of the process to what OTEL_PROPAGATORS lists; unset or empty, to `tracecontext,baggage`.
 *  Reads the environment at the time of the call.
 *
 *  @param own  As in slm_propagators_parse().
 *  @return  As slm_propagators_parse(): a name that is not known is left out and counted, the others hold.
 *           SLM_ERR_LIMIT, and nothing changed, after SLM_PROPAGATORS_MAX different lists.
 *  @threadsafety  Any thread; one call at a time.
 *  @spec  OpenTelemetry Environment Variables, OTEL_PROPAGATORS.       @since 0.1.0 */
SLM_API slm_status slm_propagators_from_environment(const slm_propagator *const *own, size_t own_count);

/** Reads what a request brought, with the process's propagators, as one context: identity, tracestate, baggage,
 *  and what B3 or Jaeger say about recording without ids. A span under it (slm_under_context()) continues the trace;
 *  without ids it is a root with that baggage, recorded or not as the request asked.
 *
 *  @return  Empty, which is fine as a parent and makes a root, if there is nothing or no room for it. The caller
 *           releases it. Any thread. @since 0.1.0 */
SLM_API SLM_NODISCARD slm_context slm_extract_context(const slm_getter *getter, const void *carrier);

/** The context of what slm_propagators_extract() read, as slm_extract_context() makes it. `carried` is borrowed for the
 *  call. Any thread. @since 0.1.0 */
SLM_API SLM_NODISCARD slm_context slm_context_of_carried(const slm_carried *carried);

SLM_END_DECLS

#endif
