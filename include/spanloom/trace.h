/* SPDX-License-Identifier: MIT */
/** @file All that instrumented code includes: spans, scopes, events and typed fields.
 *
 *      SLM_SCOPE("shave", ("current_yak", yak->id));
 *      SLM_WARN(("error", slm_errno(err)), "yak %d got away", yak->id);
 *
 *  Fields are parenthesised pairs, a string literal and a value, at most 32; what follows them in an event is a printf
 *  format, a string literal, and its arguments. A macro that nobody listens to costs a load and a branch, and evaluates
 *  no argument; one that somebody does evaluates each once. Levels, names, keys and formats are constants of the
 * program: a text known at run time is `SLM_INFO("%s", text)`. C11 and later with gcc and clang, C++17 and later.
 *
 *  Before including it a file may define, as string literals, SLM_TARGET (default: its base name) and OpenTelemetry's
 *  instrumentation scope: SLM_INSTRUMENTATION_NAME (default: the target), SLM_INSTRUMENTATION_VERSION,
 *  SLM_INSTRUMENTATION_SCHEMA_URL and SLM_INSTRUMENTATION_ATTRIBUTES ("key=value,key=value", of which neither holds a
 *  comma); and SLM_STATIC_MAX_LEVEL. */
#ifndef SPANLOOM_TRACE_H
#define SPANLOOM_TRACE_H

#pragma GCC system_header /* so that users' warning flags judge users' code */

#include <spanloom/context.h>
#include <spanloom/detail/callsite.h>
#include <spanloom/detail/grammar.h>
#include <spanloom/detail/macros.h>
#include <spanloom/detail/values.h>

/* A value is a bool, an integer, a floating-point number, a C string (copied; NULL is absent), another pointer (its
 * address), or what slm_strn(), slm_bytes(), slm_errno(), slm_array(), slm_debug(), slm_map(), slm_list(), SLM_VALUE()
 * and SLM_EMPTY make. In C an enumerator, 'a' and `a == b` are ints, and before C23 so is the `true` of stdbool.h:
 * `("ok", true)` records the integer 1; `("ok", (bool)true)`, or a bool variable, records true. In C a bit-field is
 * written `+x`. In C++ an absent text is nullptr, for NULL is a number there. */

/** An event at a constant level: fields, then a printf format and its arguments; one of the two at least. It belongs to
 *  the current span. @since 0.1.0 */
#define SLM_EVENT_AT(level, ...) SLMI_EVENT(level, SLMI_COUNT(__VA_ARGS__), (), __VA_ARGS__)

/** An event with a tuple of slm_event_options first: `SLM_EVENT_WITH((.parent = slm_under(s)), SLM_LEVEL_INFO, "x")`;
 * in C++ `(.parent(slm_under(s)))`. @since 0.1.0 */
#define SLM_EVENT_WITH(options, level, ...) SLMI_EVENT(level, SLMI_COUNT(__VA_ARGS__), (options), __VA_ARGS__)

#define SLM_ERROR(...) SLM_EVENT_AT(SLM_LEVEL_ERROR, __VA_ARGS__) /**< Also sets its span's status. @since 0.1.0 */
#define SLM_WARN(...)  SLM_EVENT_AT(SLM_LEVEL_WARN, __VA_ARGS__)  /**< @since 0.1.0 */
#define SLM_INFO(...)  SLM_EVENT_AT(SLM_LEVEL_INFO, __VA_ARGS__)  /**< @since 0.1.0 */
#define SLM_DEBUG(...) SLM_EVENT_AT(SLM_LEVEL_DEBUG, __VA_ARGS__) /**< @since 0.1.0 */
#define SLM_TRACE(...) SLM_EVENT_AT(SLM_LEVEL_TRACE, __VA_ARGS__) /**< @since 0.1.0 */

/** Whether an event of this constant level here would be taken by anybody. @since 0.1.0 */
#define SLM_ENABLED(level) SLMI_ENABLED(level)

/** A span, a slm_span: a name and fields. Somebody ends it with slm_span_end(), once. At INFO, or at a constant level;
 *  with a tuple of slm_span_options first. @since 0.1.0 */
#define SLM_SPAN(...) SLM_SPAN_AT(SLM_LEVEL_INFO, __VA_ARGS__)
#define SLM_SPAN_AT(level, ...)                                                                                        \
    slmi_must_be_ended(                                                                                                \
        SLMI_NEW(, (), SLMI_SITE_SPAN, level, slmi_span, (), SLMI_NAME(__VA_ARGS__), SLMI_DROP1(__VA_ARGS__)))
#define SLM_SPAN_WITH(options, ...) SLM_SPAN_WITH_AT(options, SLM_LEVEL_INFO, __VA_ARGS__)
#define SLM_SPAN_WITH_AT(options, level, ...)                                                                          \
    slmi_must_be_ended(SLMI_NEW(, (), SLMI_SITE_SPAN, level, slmi_span_with, (, SLMI_SPAN_OPTIONS(options)),           \
                                SLMI_NAME(__VA_ARGS__), SLMI_DROP1(__VA_ARGS__)))

/** A span that is entered here, and exited and ended at the end of the enclosing block, however it is left. _AS also
 *  names it, as a `const slm_span`. A `goto` or `case` past it into the rest of its block does not compile (gcc lets a
 *  computed goto through). @since 0.1.0 */
#define SLM_SCOPE(...)           SLM_SCOPE_AT(SLM_LEVEL_INFO, __VA_ARGS__)
#define SLM_SCOPE_AS(name, ...)  SLMI_SCOPE_AS(name, (), SLM_LEVEL_INFO, slmi_scope, (), __VA_ARGS__)
#define SLM_SCOPE_AT(level, ...) SLMI_SCOPE(level, slmi_scope, (), __VA_ARGS__)
#define SLM_SCOPE_WITH(options, ...)                                                                                   \
    SLMI_SCOPE(SLM_LEVEL_INFO, slmi_scope_with, (, SLMI_SPAN_OPTIONS(options)), __VA_ARGS__)

/** A scope named after the function it stands in. @since 0.1.0 */
#define SLM_FUNCTION(...) SLM_FUNCTION_AT(SLM_LEVEL_INFO, __VA_ARGS__)
/* The level is no parameter of its own, or clang would want a comma after it also where there are no fields. */
#define SLM_FUNCTION_AT(...)                                                                                           \
    SLMI_FUNCTION_AS(SLMI_CAT(slmi_scope_, __COUNTER__), SLMI_HEAD(__VA_ARGS__), SLMI_DROP1(__VA_ARGS__))

/** Enters an existing span until the end of the enclosing block. @since 0.1.0 */
#define SLM_ENTER(span) SLMI_ENTER_AS(SLMI_CAT(slmi_enter_, __COUNTER__), span)

/** Records a field of a span: a literal key, and any value a field can have. The value is evaluated only if the span is
 *  enabled. @since 0.1.0 */
#define SLM_SET(span, key, value)                                                                                      \
    do {                                                                                                               \
        const slm_span slmi_s = (span);                                                                                \
        if (SLMI_ON(SLM_LEVEL_ERROR) && SLMI_LIVE(slmi_s))                                                             \
            slmi_span_set(slmi_s, "" key, sizeof(key) - 1, SLMI_TAG(value), SLMI_WORD(value));                         \
    } while (0)

/** Marks the current span as failed unless `code` is 0, and yields `code`: `return SLM_FAIL(err);`. @since 0.1.0 */
#define SLM_FAIL(code)                                                                                                 \
    __extension__({                                                                                                    \
        __typeof__(code) slmi_e = (code);                                                                              \
        if (SLMI_ON(SLM_LEVEL_ERROR) && slmi_e)                                                                        \
            slmi_fail((int64_t)slmi_e);                                                                                \
        slmi_e;                                                                                                        \
    })

#endif
