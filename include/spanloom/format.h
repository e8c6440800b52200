/* SPDX-License-Identifier: MIT */
/** @file The layer that prints events, and spans if asked to, as lines: for people, or as JSON. */
#ifndef SPANLOOM_FORMAT_H
#define SPANLOOM_FORMAT_H

#include <spanloom/layer.h>
#include <spanloom/writer.h>

SLM_BEGIN_DECLS

/** How a line looks. @since 0.1.0 */
typedef enum slm_format_style {
    SLM_FORMAT_FULL = 0,    /**< `TIME LEVEL span{key=value}:inner: target: message key=value` */
    SLM_FORMAT_COMPACT = 1, /**< The spans' names before the message, their fields after the event's own. */
    SLM_FORMAT_PRETTY = 2,  /**< Several lines for each event, and an empty one. */
    SLM_FORMAT_JSON = 3,    /**< One object a line, with unique keys. */
    SLM_FORMAT_TREE = 4     /**< Each span a line where it starts, what is inside it indented. */
} slm_format_style;

/** @name What a line shows: bits of slm_format_options.show and .hide. @since 0.1.0 @{ */
#define SLM_SHOW_LEVEL        0x0001u
#define SLM_SHOW_TARGET       0x0002u
#define SLM_SHOW_FILE         0x0004u
#define SLM_SHOW_LINE         0x0008u
#define SLM_SHOW_THREAD_ID    0x0010u /**< The system's number of it. */
#define SLM_SHOW_THREAD_NAME  0x0020u
#define SLM_SHOW_IDS          0x0040u /**< trace_id and span_id of the span that the event is in. */
#define SLM_SHOW_CURRENT_SPAN 0x0080u /**< JSON: `span`. */
#define SLM_SHOW_SPAN_LIST    0x0100u /**< The spans around, outermost first; in JSON `spans`. */
#define SLM_SHOW_FLAT_EVENT   0x0200u /**< JSON: the event's fields stand beside `level`, not in `fields`. */
#define SLM_SHOW_FLAT_SPANS   0x0400u /**< JSON: the spans' fields stand among the event's; the innermost of a key. */
/** @} */

/** @name What of a span's life is a line of its own: bits of slm_format_options.span_events. @since 0.1.0 @{ */
#define SLM_SPAN_EVENT_NEW   0x01u /**< `new` */
#define SLM_SPAN_EVENT_ENTER 0x02u /**< `enter` */
#define SLM_SPAN_EVENT_EXIT  0x04u /**< `exit` */
#define SLM_SPAN_EVENT_CLOSE                                                                                           \
    0x08u /**< `close`, with time.busy and time.idle: how long a thread was inside, and not.                           \
           */
#define SLM_SPAN_EVENT_ACTIVE (SLM_SPAN_EVENT_ENTER | SLM_SPAN_EVENT_EXIT)
#define SLM_SPAN_EVENT_FULL   (SLM_SPAN_EVENT_NEW | SLM_SPAN_EVENT_ACTIVE | SLM_SPAN_EVENT_CLOSE)
#define SLM_SPAN_EVENT_NONE   0x80u /**< None, where the style's default is another. */
/** @} */

/** Colours. @since 0.1.0 */
typedef enum slm_ansi {
    SLM_ANSI_AUTO = 0, /**< If the writer is a terminal, TERM is not "dumb", and NO_COLOR is not set or empty. */
    SLM_ANSI_ON = 1,
    SLM_ANSI_OFF = 2
} slm_ansi;

/** The time of a line. @since 0.1.0 */
typedef enum slm_timer {
    SLM_TIMER_UTC = 0,    /**< 2026-11-23T02:14:52.123456Z */
    SLM_TIMER_NONE = 1,   /**< None; `close` has no times either. */
    SLM_TIMER_LOCAL = 2,  /**< 2026-11-23T03:14:52.123456+01:00 */
    SLM_TIMER_UPTIME = 3, /**< Seconds since the layer was made: `   1.500000000s` */
    SLM_TIMER_CUSTOM = 4  /**< What slm_format_options.time writes. */
} slm_timer;

/** What a line is about. @since 0.1.0 */
typedef enum slm_occasion_kind {
    SLM_OCCASION_EVENT = 0,
    SLM_OCCASION_NEW = 1,
    SLM_OCCASION_ENTER = 2,
    SLM_OCCASION_EXIT = 3,
    SLM_OCCASION_CLOSE = 4
} slm_occasion_kind;

/** What a formatter of one's own is told. For the call's duration. @since 0.1.0 */
typedef struct slm_occasion {
    uint32_t size; /**< sizeof(slm_occasion), as the library was built. */
    slm_occasion_kind kind;
    const slm_metadata *metadata; /**< The event's, else the span's. */
    slm_hit *event;               /**< NULL if it is about a span's life. */
    const slm_view *span;         /**< The innermost span around that the layer takes, else the span; NULL for none. */
    uint64_t time_ns;             /**< Since 1970. */
    uint64_t busy_ns, idle_ns;    /**< With SLM_OCCASION_CLOSE. */
} slm_occasion;

/** The line that a formatter writes: bounded; what does not fit is cut, marked and counted. @since 0.1.0 */
typedef struct slm_text slm_text;

/** @name What a formatter writes with. On the thread, and for the duration, of its call. @since 0.1.0 @{ */
SLM_API void slm_text_put(slm_text *text, slm_string bytes);      /**< As they are. */
SLM_API void slm_text_put_safe(slm_text *text, slm_string bytes); /**< Control bytes and invalid UTF-8 escaped. */
SLM_API void slm_text_put_value(slm_text *text, const slm_value *value); /**< As SLM_FORMAT_FULL has it. */
SLM_API void slm_text_put_json(slm_text *text, const slm_value *value);  /**< As SLM_FORMAT_JSON has it. */
/** @} */

/** Writes a line without its end; a line of nothing is not written. Any thread; what it traces is not told to the layer
 *  that calls. @since 0.1.0 */
typedef void slm_formatter(void *user, slm_text *out, const slm_occasion *what);

/** Writes the time into at most `room` bytes, and returns how many; more counts as none. Any thread. @since 0.1.0 */
typedef size_t slm_time_writer(void *user, uint64_t time_ns, char *out, size_t room);

/** The longest line in bytes, its end included. @since 0.1.0 */
enum { SLM_LINE_MAX = 16384 };

/** Options of slm_layer_format(); zero means the default. @since 0.1.0 */
typedef struct slm_format_options {
    uint32_t size; /**< sizeof(slm_format_options). */
    slm_format_style style;
    uint32_t show; /**< SLM_SHOW_... beyond the style's default: level, target and the span list; in JSON also ids
                        and the current span, in PRETTY file and line; TREE is without targets of spans. */
    uint32_t hide; /**< SLM_SHOW_... that are left out all the same. */
    uint32_t span_events; /**< SLM_SPAN_EVENT_... Default: none; of SLM_FORMAT_TREE: NEW. */
    slm_ansi ansi;
    slm_timer timer;
    bool unescaped; /**< Text comes as it is. For a reader that is no terminal and knows where records end; JSON stays
                         JSON. */
    slm_writer *writer; /**< Taken on success. Default: stderr. */
    slm_time_writer *time;
    void *time_user;
    slm_formatter *format; /**< Writes the lines in place of `style`. */
    void *format_user;
} slm_format_options;

/**
 * Makes a layer that prints. Each line, several of SLM_FORMAT_PRETTY included, is one write. An event costs no
 * allocation but one of its thread's first.
 *
 * @param options  NULL for the defaults.
 * @param filter   Put into `*out`: slm_subscriber_of_layers() takes it. NULL prints all.
 * @param out      Written on success. For a subscriber; one that gets none calls `out->ops->destroy(out->self)`.
 * @retval SLM_OK, SLM_ERR_INVALID_ARGUMENT, SLM_ERR_NO_MEMORY.
 * @threadsafety Any thread; reads NO_COLOR and TERM.    @since 0.1.0
 */
SLM_API SLM_NODISCARD slm_status slm_layer_format(const slm_format_options *options, slm_filter *filter,
                                                  slm_layer *out);

SLM_END_DECLS

#endif
