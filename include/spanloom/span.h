/* SPDX-License-Identifier: MIT */
/** @file Spans as values: handles, parents, options, and the functions that stand beside the macros of trace.h.
 *
 *  Every function here is safe from any thread, never blocks but for a copy that another thread makes into the very
 * same span, never fails loudly, preserves errno and is no cancellation point. A call through a handle whose span is
 *  disabled does nothing; one whose span has ended does nothing and is counted (SLM_DIAG_STALE_SPAN). */
#ifndef SPANLOOM_SPAN_H
#define SPANLOOM_SPAN_H

#include <spanloom/level.h>
#include <spanloom/span_data.h>

/* At SLM_LEVEL_OFF nothing of a span is left in the code that includes this, not even an undefined symbol. */
#if SLM_STATIC_MAX_LEVEL == SLM_LEVEL_OFF
#define SLMI_IF_ON(...)
#else
#define SLMI_IF_ON(...) __VA_ARGS__
#endif

SLM_BEGIN_DECLS

/** A span: eight bytes to copy freely and keep anywhere. Zero is the disabled span. One owner ends it, once; from then
 *  on every copy is stale, recognised and ignored, and never reaches another span. @since 0.1.0 */
typedef struct slm_span {
    uint64_t id;
} slm_span;

/** What slm_enter() gives and slm_exit() takes. @since 0.1.0 */
typedef struct slm_token {
    uint64_t id;
} slm_token;

/** Where slm_unwind() goes back to. @since 0.1.0 */
typedef struct slm_unwind_mark {
    uint64_t id;
} slm_unwind_mark;

typedef struct slm_context slm_context;

/** Under what a span or an event stands. Unset (zero) is the current span. Make one with SLM_ROOT, slm_under(),
 *  slm_under_context() or slm_under_remote(). @since 0.1.0 */
typedef struct slm_parent {
    uint32_t how; /**< The library's. */
    slm_span span;
    const void *borrowed;
} slm_parent;

enum { SLMI_UNDER_CURRENT, SLMI_UNDER_ROOT, SLMI_UNDER_SPAN, SLMI_UNDER_CONTEXT, SLMI_UNDER_REMOTE };

static inline slm_parent slmi_parent(uint32_t how, slm_span span, const void *borrowed)
{
    slm_parent p;
    p.how = how;
    p.span = span;
    p.borrowed = borrowed;
    return p;
}

static inline slm_span slmi_no_span(void)
{
    slm_span s;
    s.id = 0;
    return s;
}

/** The parent `span`. One that is disabled or has ended makes a root, counted (SLM_DIAG_PARENT_GONE), and never
 *  whatever happens to be current. @since 0.1.0 */
static inline slm_parent slm_under(slm_span span)
{
    return slmi_parent(SLMI_UNDER_SPAN, span, NULL);
}

/** The parent that was current when `context` was captured, even if it has ended since. Borrowed for the call the
 * parent is passed to; a released one makes a root, counted (SLM_DIAG_CONTEXT_TWICE). @since 0.1.0 */
static inline slm_parent slm_under_context(const slm_context *context)
{
    return slmi_parent(SLMI_UNDER_CONTEXT, slmi_no_span(), context);
}

/** The parent in another process, as slm_extract() gave it. Borrowed for the call the parent is passed to; an invalid
 *  one makes a root. @since 0.1.0 */
static inline slm_parent slm_under_remote(const slm_span_context *remote)
{
    return slmi_parent(SLMI_UNDER_REMOTE, slmi_no_span(), remote);
}

/** No parent: a new trace. @since 0.1.0 */
#define SLM_ROOT slmi_parent(SLMI_UNDER_ROOT, slmi_no_span(), NULL)

/** A link to another span, given when a span starts or later. Fields of a type that a slm_printer writes are left out.
 *  @since 0.1.0 */
typedef struct slm_link {
    slm_span span;                   /**< A live span of this process, or zero: */
    const slm_span_context *context; /**< the linked identity; borrowed for the call. One without ids is kept if it
                                          has a tracestate or fields. */
    const slm_field *fields;         /**< `field_count` of them, borrowed for the call; NULL for none. */
    size_t field_count;
} slm_link;

/** What is known of a span only at run time. A zero field means its default. @since 0.1.0 */
typedef struct slm_span_options {
    uint32_t size;         /**< sizeof(slm_span_options); the macros fill it in. */
    slm_kind kind;         /**< Default SLM_KIND_INTERNAL. */
    slm_parent parent;     /**< Default: the current span. */
    uint64_t start_ns;     /**< Nanoseconds since 1970; default now. */
    const slm_link *links; /**< `link_count` of them, borrowed for the call. */
    size_t link_count;
} slm_span_options;

/** What is known of an event only at run time. @since 0.1.0 */
typedef struct slm_event_options {
    uint32_t size;     /**< sizeof(slm_event_options); the macros fill it in. */
    slm_parent parent; /**< Default: the current span. */
    uint64_t time_ns;  /**< Nanoseconds since 1970; default now. */
} slm_event_options;

/** An error as it is recorded; zero and NULL fields are left out. Start from `{ .size = sizeof(slm_error) }`.
 *  @since 0.1.0 */
typedef struct slm_error {
    uint32_t size;           /**< sizeof(slm_error). */
    const char *type;        /**< What kind, such as "ENOENT" or a class's name: `exception.type`. */
    const char *message;     /**< `exception.message`. */
    const char *stacktrace;  /**< As the runtime writes it: `exception.stacktrace`. */
    const slm_field *fields; /**< Further ones; where the keys are the same, these win. */
    size_t field_count;      /**< With the three above, at most 32; more are left out. */
    uint64_t time_ns;        /**< Nanoseconds since 1970; default now. */
} slm_error;

SLM_API SLM_COLD void slmi_span_end(slm_span span, uint64_t end_ns);
SLM_API SLM_COLD slm_token slmi_enter(slm_span span);
SLM_API SLM_COLD void slmi_exit(slm_token token);
SLM_API SLM_COLD slm_span slmi_current(void);
SLM_API SLM_COLD void slmi_span_set(slm_span span, const char *key, size_t key_len, uint32_t type, slm_word word);
SLM_API SLM_COLD void slmi_span_set_name(slm_span span, slm_string name);
SLM_API SLM_COLD void slmi_span_set_status(slm_span span, slm_span_status status, slm_string text);
SLM_API SLM_COLD void slmi_span_add_link(slm_span span, const slm_link *link);
SLM_API SLM_COLD void slmi_span_fail(slm_span span, int64_t code, const char *format, ...) SLM_PRINTF(3, 4);
SLM_API SLM_COLD void slmi_span_record_error(slm_span span, const slm_error *error);
SLM_API SLM_COLD bool slmi_span_context(slm_span span, slm_span_context *out);
SLM_API SLM_COLD slm_unwind_mark slmi_mark(void);
SLM_API SLM_COLD void slmi_unwind(slm_unwind_mark mark);

#define SLMI_LIVE(handle) (__builtin_expect((handle).id != 0, 0))

/** Whether anything records this span: it is not the disabled one. Says nothing of whether it has ended. @since 0.1.0
 */
static inline bool slm_span_is_enabled(slm_span span)
{
    return span.id != 0;
}

/** Ends the span now. A span that is entered is ended all the same and stays current, as an ended one, until its exit;
 * that is counted (SLM_DIAG_ENDED_INSIDE), but for a callback that an attached context has brought into the span, as it
 * is often the one whose work is then done. OpenTelemetry Trace API, End. @since 0.1.0 */
static inline void slm_span_end(slm_span span)
{
    (void)span;
    SLMI_IF_ON(if (SLMI_LIVE(span)) slmi_span_end(span, 0);)
}

/** Ends the span at a time given in nanoseconds since 1970; 0 is now; one before its start becomes its start.
 *  @since 0.1.0 */
static inline void slm_span_end_at(slm_span span, uint64_t end_ns)
{
    (void)span;
    (void)end_ns;
    SLMI_IF_ON(if (SLMI_LIVE(span)) slmi_span_end(span, end_ns);)
}

/** Makes the span current on this thread until slm_exit(): what an asynchronous task does at each poll. The token is
 * for this thread, once. @since 0.1.0 */
static inline slm_token slm_enter(slm_span span)
{
    slm_token t;
    t.id = 0;
    (void)span;
    SLMI_IF_ON(if (SLMI_LIVE(span)) t = slmi_enter(span);)
    return t;
}

/** Makes current what was current before the slm_enter() that gave the token. What was entered since and not left (a
 * jump skipped its exit) is left first, and ended as abandoned if a scope made it. On another thread, or a second time,
 * it does nothing and is counted. @since 0.1.0 */
static inline void slm_exit(slm_token token)
{
    (void)token;
    SLMI_IF_ON(if (SLMI_LIVE(token)) slmi_exit(token);)
}

/** The span that is current on this thread; the disabled one if there is none or if only a context is. @since 0.1.0 */
static inline slm_span slm_current(void)
{
    slm_span s = slmi_no_span();
    SLMI_IF_ON(s = slmi_current();)
    return s;
}

/** Records a field: a new key, or a new value for an old one. `key` is copied. See SLM_SET in trace.h for literal keys.
 *  OpenTelemetry Trace API, Set Attributes. @since 0.1.0 */
static inline void slm_span_set(slm_span span, slm_string key, slm_value value)
{
    slm_word w;
    w.p = &value;
    (void)span;
    (void)key;
    (void)w;
    SLMI_IF_ON(if (SLMI_LIVE(span)) slmi_span_set(span, key.data, key.len, SLM_TYPE_VALUE, w);)
}

/** Replaces the name; copied. Filters decided by the first name. OpenTelemetry Trace API, UpdateName. @since 0.1.0 */
static inline void slm_span_set_name(slm_span span, const char *name)
{
    (void)span;
    (void)name;
    SLMI_IF_ON(if (SLMI_LIVE(span)) slmi_span_set_name(span, slm_string_from_c(name));)
}

/** Sets the status. OK is final; ERROR wins over UNSET; setting UNSET is ignored; `text` (may be NULL, copied) is kept
 *  with ERROR only. OpenTelemetry Trace API, Set Status. @since 0.1.0 */
static inline void slm_span_set_status(slm_span span, slm_span_status status, const char *text)
{
    (void)span;
    (void)status;
    (void)text;
    SLMI_IF_ON(if (SLMI_LIVE(span)) slmi_span_set_status(span, status, slm_string_from_c(text));)
}

/** Links the span to another. OpenTelemetry Trace API, Add Link. @since 0.1.0 */
static inline void slm_span_add_link(slm_span span, slm_link link)
{
    (void)span;
    (void)link;
    SLMI_IF_ON(if (SLMI_LIVE(span)) slmi_span_add_link(span, &link);)
}

/** Marks the span as failed: status ERROR, the formatted text as its description, and `error.type`, which is the name
 * of `code` where it is one of errno.h and the number otherwise. A code of 0 means no failure and does nothing.
 *  `slm_span_fail(s, code, NULL)` describes it by the name alone. @since 0.1.0 */
#define slm_span_fail(span, code, ...)                                                                                 \
    (SLM_STATIC_MAX_LEVEL > SLM_LEVEL_OFF ? slmi_span_fail((span), (int64_t)(code), __VA_ARGS__) : (void)0)

/** Records an error as the span's event `exception`, at level ERROR: like any event of that level it sets the span's
 *  status to ERROR unless the program set one. All is borrowed for the call. OpenTelemetry Trace API, Record Exception.
 *  @since 0.1.0 */
static inline void slm_span_record(slm_span span, const slm_error *error)
{
    (void)span;
    (void)error;
    SLMI_IF_ON(if (SLMI_LIVE(span)) slmi_span_record_error(span, error);)
}

/** As slm_span_record(), of the three texts alone, each of which may be NULL. @since 0.1.0 */
static inline void slm_span_record_error(slm_span span, const char *type, const char *message, const char *stacktrace)
{
    slm_error error;
    memset(&error, 0, sizeof error);
    error.size = (uint32_t)sizeof error;
    error.type = type;
    error.message = message;
    error.stacktrace = stacktrace;
    slm_span_record(span, &error);
}

/** Writes the span's own identity to `*out`, which must not be NULL, and says whether there is one: false and `*out`
 *  zeroed for a disabled or ended span. @since 0.1.0 */
static inline bool slm_span_identity(slm_span span, slm_span_context *out)
{
    bool found = false;
    (void)span;
    memset(out, 0, sizeof *out);
    SLMI_IF_ON(if (SLMI_LIVE(span)) found = slmi_span_context(span, out);)
    return found;
}

/** Where this thread stands, for slm_unwind(): before setjmp(), or once per turn of a loop. @since 0.1.0 */
static inline slm_unwind_mark slm_mark(void)
{
    slm_unwind_mark m;
    m.id = 0;
    SLMI_IF_ON(m = slmi_mark();)
    return m;
}

/** Leaves everything entered since the mark on this thread; ends, as abandoned, what scopes made. @since 0.1.0 */
static inline void slm_unwind(slm_unwind_mark mark)
{
    (void)mark;
    SLMI_IF_ON(slmi_unwind(mark);)
}

SLM_END_DECLS

#endif
