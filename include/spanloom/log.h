/* SPDX-License-Identifier: MIT */
/** @file Set-up for an application that only logs: lines on stderr or where it says, no exporter. Called by
 * applications, never by libraries. One that exports calls slm_init() of sdk.h instead. */
#ifndef SPANLOOM_LOG_H
#define SPANLOOM_LOG_H

#include <spanloom/status.h>

SLM_BEGIN_DECLS

struct slm_format_options; /* format.h */

/** Zero means the default. @since 0.1.0 */
typedef struct slm_log_config {
    uint32_t size;          /**< sizeof(slm_log_config). */
    int fd;                 /**< Where lines go; borrowed. 0 is stderr. */
    const char *directives; /**< As slm_filter_parse(). Default: SPANLOOM_LOG, and without it `info`. */
    const struct slm_format_options *format; /**< How lines look, and where they go if its `writer` is set, which is
                                           taken on success. Default: SPANLOOM_LOG_FORMAT, one of
                                           `full`, `compact`, `pretty`, `json` and `tree`; full. */
} slm_log_config;

/**
 * Prints the process's events as lines, one write each, from now on.
 *
 *     2026-11-23T02:14:52.123456Z  WARN shaving_yaks{yak_count=3}:shave{current_yak=2}: yaks: yak shaving failed!
 * error=ENOENT
 *
 * A directive that is malformed is named in one warning, and the rest applies.
 * @param config  NULL for the defaults.
 * @retval SLM_OK, SLM_ERR_EXISTS (a subscriber was set up by this or by slm_init()), SLM_ERR_NO_MEMORY,
 *         SLM_ERR_INVALID_ARGUMENT (of `format`).
 * @threadsafety Any thread, once.    @since 0.1.0
 */
SLM_API slm_status slm_init_log(const slm_log_config *config);

/**
 * Replaces what is printed, for events from now on and for spans that are open: by slm_init_log(), and by slm_init() if
 * that prints.
 *
 * @param directives  As slm_filter_parse(); "off" prints nothing. One that is malformed is named in one warning, and
 * the rest applies. What asks for spans' fields or names takes effect only where the set-up did too.
 * @retval SLM_OK, SLM_ERR_NOT_FOUND (nothing is printed), SLM_ERR_LIMIT (see slm_subscriber_reload()),
 *         SLM_ERR_INVALID_ARGUMENT, SLM_ERR_NO_MEMORY.
 * @threadsafety Any thread.    @since 0.1.0
 */
SLM_API slm_status slm_log_reload(const char *directives);

/** Ends it, and waits for the lines that a non-blocking writer still holds.
 *  @retval SLM_OK, SLM_ERR_TIMED_OUT (some are not written yet). Any thread. @since 0.1.0 */
SLM_API slm_status slm_log_shutdown(uint32_t timeout_ms);

SLM_END_DECLS

#endif
