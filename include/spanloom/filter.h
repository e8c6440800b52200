/* SPDX-License-Identifier: MIT */
/** @file Filters by level and target, from directives such as `info,db=debug`. */
#ifndef SPANLOOM_FILTER_H
#define SPANLOOM_FILTER_H

#include <spanloom/metadata.h>
#include <spanloom/status.h>

SLM_BEGIN_DECLS

/** A parsed, immutable set of directives. @since 0.1.0 */
typedef struct slm_filter slm_filter;

enum { SLM_FILTER_DIRECTIVES_MAX = 256 };

/** Where and why directives were refused. @since 0.1.0 */
typedef struct slm_filter_error {
    size_t at;            /**< Byte offset of the directive's mistake. */
    slm_string directive; /**< Borrowed from the text that was parsed. */
    const char *reason;   /**< Static. */
} slm_filter_error;

/**
 * Parses directives: a list, separated by commas, of `LEVEL`, `TARGET` or `TARGET=LEVEL`.
 *
 * LEVEL is off, error, warn, info, debug, trace in any case, or 0 to 5. A TARGET matches a callsite's target if it is
 * that, or the beginning of it up to a `.`, `:` or `/`; the longest that matches decides, and then the last one given;
 * alone it means `TARGET=trace`. Spaces around a directive are ignored; what no directive matches is off.
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

/** Whether the filter takes callsites of this metadata. Any thread. @since 0.1.0 */
SLM_API bool slm_filter_takes(const slm_filter *filter, const slm_metadata *metadata);

/** Frees a filter that no layer was given. NULL is fine. @since 0.1.0 */
SLM_API void slm_filter_free(slm_filter *filter);

SLM_END_DECLS

#endif
