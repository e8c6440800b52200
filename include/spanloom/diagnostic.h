/* SPDX-License-Identifier: MIT */
/** @file What the library says about itself: misuse, lost spans, bad configuration. */
#ifndef SPANLOOM_DIAGNOSTIC_H
#define SPANLOOM_DIAGNOSTIC_H

#include <spanloom/detail/base.h>

SLM_BEGIN_DECLS

/** One row a kind: constant, value (pinned), name. @since 0.1.0 */
#define SLM_DIAGNOSTIC_MAP(X)                                                                                          \
    X(SLM_DIAG_STALE_SPAN, 0, "stale-span")                 /* a call through a handle whose span has ended */         \
    X(SLM_DIAG_ENDED_INSIDE, 1, "ended-inside")             /* a span ended while it is entered */                     \
    X(SLM_DIAG_EXIT_ORDER, 2, "exit-order")                 /* an exit that skipped enclosed ones */                   \
    X(SLM_DIAG_EXIT_TWICE, 3, "exit-twice")                 /* an exit or detach by a token already used */            \
    X(SLM_DIAG_EXIT_THREAD, 4, "exit-thread")               /* an exit on another thread than its enter */             \
    X(SLM_DIAG_PARENT_GONE, 5, "parent-gone")               /* slm_under() of a disabled or ended span */              \
    X(SLM_DIAG_CONTEXT_TWICE, 6, "context-twice")           /* a context released twice, or used after */              \
    X(SLM_DIAG_NO_RECORDS, 7, "no-records")                 /* the pool is full: spans are not recorded */             \
    X(SLM_DIAG_SPAN_LIMIT, 8, "span-limit")                 /* a span outgrew its bounds */                            \
    X(SLM_DIAG_REENTRANT, 9, "reentrant")                   /* traced from a signal handler inside us */               \
    X(SLM_DIAG_SITES, 10, "sites")                          /* too many distinct callsites */                          \
    X(SLM_DIAG_NO_MEMORY, 11, "no-memory")                  /* an allocation failed */                                 \
    X(SLM_DIAG_CONFIGURATION, 12, "configuration")          /* a variable or option has a bad value */                 \
    X(SLM_DIAG_MALFORMED_HEADER, 13, "malformed-header")    /* a traceparent or tracestate was refused */              \
    X(SLM_DIAG_UNREACHABLE, 14, "unreachable")              /* a collector cannot be reached */                        \
    X(SLM_DIAG_REFUSED, 15, "refused")                      /* a collector refused what it got */                      \
    X(SLM_DIAG_QUEUE_FULL, 16, "queue-full")                /* spans were dropped at the queue's bound */              \
    X(SLM_DIAG_UNDELIVERED, 17, "undelivered")              /* at shutdown, spans were lost */                         \
    X(SLM_DIAG_WRITER, 18, "writer")                        /* a log line could not be written */                      \
    X(SLM_DIAG_CONFIG_SHOWN, 19, "effective-configuration") /* not a problem: what is in force */                      \
    X(SLM_DIAG_SAMPLING, 20, "sampling")                    /* a sampler is used where it cannot be right */

/** What the library says something about; the rows above. @since 0.1.0 */
typedef enum slm_diagnostic_kind {
#define SLMI_DIAGNOSTIC_ROW(constant, value, name) constant = value,
    SLM_DIAGNOSTIC_MAP(SLMI_DIAGNOSTIC_ROW)
#undef SLMI_DIAGNOSTIC_ROW
} slm_diagnostic_kind;

enum { SLM_DIAGNOSTIC_KINDS = 21 }; /**< How many there are. @since 0.1.0 */

/** Told of a kind's first case at once, and of later ones at most once an interval (slm_set_diagnostic_interval()),
 * with how many were not told of in between, as `MESSAGE (and N more since the last of them)`; every case is counted
 *  (slm_diagnostic_count()). `message` is one line of at most 500 bytes without its end, borrowed for the call. Called
 * on the thread where it happened, with no lock held, in the middle of the call that it is about: what it traces is not
 * recorded, and what it does to spans that are there already may be turned away (SLM_DIAG_REENTRANT).
 *  @since 0.1.0 */
typedef void slm_diagnostic_handler(void *user, slm_diagnostic_kind kind, const char *message);

/** Replaces the handler; NULL discards. Until slm_init() or slm_init_log() nothing is printed: the default discards
 *  before them and writes `spanloom: MESSAGE` on stderr after. Any thread. @since 0.1.0 */
SLM_API void slm_set_diagnostic_handler(slm_diagnostic_handler *handler, void *user);

/** How long after a case that was told the next one of its kind is told at the earliest, in milliseconds of monotonic
 *  time. Until set: a minute, SLM_DIAGNOSTIC_INTERVAL_MS. 0: each is told; UINT32_MAX: the first of each kind alone.
 * What a handler itself gives cause for, of the kind that it is just told of, is counted alone. Any thread. @since
 * 0.1.0 */
SLM_API void slm_set_diagnostic_interval(uint32_t interval_ms);
enum { SLM_DIAGNOSTIC_INTERVAL_MS = 60000 }; /**< The default. @since 0.1.0 */

/** How often a kind occurred, since the process began or forked. Any thread. @since 0.1.0 */
SLM_API uint64_t slm_diagnostic_count(slm_diagnostic_kind kind);

/** The kind's name, static, such as "stale-span". Any thread. @since 0.1.0 */
SLM_API const char *slm_diagnostic_name(slm_diagnostic_kind kind);

SLM_END_DECLS

#endif
