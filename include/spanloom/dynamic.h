/* SPDX-License-Identifier: MIT */
/** @file Spans and events whose name, keys, level and target are known only at run time: what bindings and log bridges
 *  stand on. Callsites made here are interned by content and bounded (16,384 with those of the macros); prefer few. */
#ifndef SPANLOOM_DYNAMIC_H
#define SPANLOOM_DYNAMIC_H

#include <stdarg.h>

#include <spanloom/metadata.h>
#include <spanloom/span.h>

SLM_BEGIN_DECLS

/** A callsite, described. Strings are copied when it is interned. @since 0.1.0 */
typedef struct slm_callsite {
    uint32_t size;     /**< sizeof(slm_callsite). */
    uint8_t level;     /**< SLM_LEVEL_ERROR to SLM_LEVEL_TRACE. */
    slm_string name;   /**< Of a span. Of an event: its constant text, if it has one. */
    slm_string target; /**< Absent: "dynamic". */
    slm_string file;   /**< Absent: none. */
    uint32_t line;
    slm_string scope_name, scope_version; /**< OpenTelemetry's; absent: the target, none. */
    slm_string scope_schema_url;          /**< Absent: none. */
    slm_string scope_attributes;          /**< "key=value,key=value", of which neither holds a comma. Absent: none. */
} slm_callsite;

/** Whether anybody would take a span (or, if not `is_span`, an event) of this callsite. Any thread. @since 0.1.0 */
SLM_API bool slm_callsite_enabled(const slm_callsite *callsite, bool is_span);

/** Starts a span with fields, all borrowed for the call; from the 33rd on they are set after the start. `options` may
 * be NULL. Disabled if nobody takes it or there is no room for the callsite. The caller ends it. Any thread. @since
 * 0.1.0 */
SLM_API SLM_NODISCARD slm_span slm_span_start(const slm_callsite *callsite, const slm_field *fields, size_t field_count,
                                              const slm_span_options *options);

/** An event with up to 32 fields (more are left out); `message` (may be absent) is its text where that differs from hit
 * to hit. `options` may be NULL. Any thread. @since 0.1.0 */
SLM_API void slm_event(const slm_callsite *callsite, slm_string message, const slm_field *fields, size_t field_count,
                       const slm_event_options *options);

/** As slm_event(), with a text in the manner of vprintf(), which is formatted if somebody asks for it, at most once,
 * and cut at 4 KiB; `%m` is errno as it was at the call. `format` is not NULL; `args` is as it was afterwards. Any
 * thread.
 *  @since 0.1.0 */
SLM_API void slm_event_vformat(const slm_callsite *callsite, const slm_field *fields, size_t field_count,
                               const slm_event_options *options, const char *format, va_list args) SLM_PRINTF(5, 0);

SLM_END_DECLS

#endif
