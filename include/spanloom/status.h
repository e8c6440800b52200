/* SPDX-License-Identifier: MIT */
/** @file What a call of set-up, propagation or delivery answers. Instrumentation answers nothing. */
#ifndef SPANLOOM_STATUS_H
#define SPANLOOM_STATUS_H

#include <spanloom/detail/base.h>

SLM_BEGIN_DECLS

/** One row a status: name, value (pinned), text. @since 0.1.0 */
#define SLM_STATUS_MAP(X)                                                                                              \
    X(SLM_OK, 0, "ok")                                                                                                 \
    X(SLM_ERR_INVALID_ARGUMENT, 1, "invalid argument")                                                                 \
    X(SLM_ERR_MALFORMED, 2, "malformed input")                                                                         \
    X(SLM_ERR_NOT_FOUND, 3, "not found")                                                                               \
    X(SLM_ERR_NO_MEMORY, 4, "out of memory")                                                                           \
    X(SLM_ERR_LIMIT, 5, "a limit was reached")                                                                         \
    X(SLM_ERR_TIMED_OUT, 6, "timed out")                                                                               \
    X(SLM_ERR_SHUT_DOWN, 7, "already shut down")                                                                       \
    X(SLM_ERR_EXISTS, 8, "already exists")                                                                             \
    X(SLM_ERR_UNSUPPORTED, 9, "not supported")                                                                         \
    X(SLM_ERR_SYSTEM, 10, "a system call failed")                                                                      \
    X(SLM_ERR_UNDELIVERED, 11, "some spans were not delivered")

/** What became of a call; the rows above. @since 0.1.0 */
typedef enum slm_status {
#define SLMI_STATUS_ROW(name, value, text) name = value,
    SLM_STATUS_MAP(SLMI_STATUS_ROW)
#undef SLMI_STATUS_ROW
} slm_status;

/** The text of a status, static and never NULL. Any thread, async-signal-safe. @since 0.1.0 */
SLM_API const char *slm_status_text(slm_status status);

SLM_END_DECLS

#endif
