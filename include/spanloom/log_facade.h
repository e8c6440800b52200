/* SPDX-License-Identifier: MIT */
/** @file Log macros under the names that C programs have for them, as events of the current span: for code that exists.
 *
 *  In place of `#include "log.h"` of rxi's log.c, and of any header with macros such as LOG_INFO("fmt", ...):
 *
 *      #include <spanloom/log_facade.h>
 *
 *  or, without a change to the code, `-include spanloom/log_facade.h -DLOG_H` (the guard of log.c's header). Somebody
 *  must listen: main() calls slm_init_log(NULL) of log.h, or slm_init() of sdk.h.
 *
 *  Each call is one callsite and costs what SLM_INFO() does: a load and a branch where nobody listens, and then no
 *  argument is evaluated. It is an expression of type void. Its format is a string literal, checked by -Wformat; fields
 *  in parentheses may stand before it, as in SLM_INFO(). FATAL is an ERROR event with the field `severity`; it ends no
 *  program.
 *
 *  log.c's log_set_level(), log_set_quiet() and log_set_lock() are here; its log_add_fp() and log_add_callback() are
 * not: where lines go is the set-up's to say, by writers (writer.h) and layers (callback.h).
 *
 *  With <syslog.h>, whose LOG_INFO and LOG_DEBUG are numbers, include that first: the names in capitals stay its own,
 *  those in small letters are here all the same. */
#ifndef SPANLOOM_LOG_FACADE_H
#define SPANLOOM_LOG_FACADE_H

#pragma GCC system_header /* as trace.h */

#include <spanloom/log_bridge.h>
#include <spanloom/trace.h>

#define SLMI_LOG(level, ...) __extension__({ SLM_EVENT_AT(level, __VA_ARGS__); })
#define SLMI_LOG_FATAL(...)  SLMI_LOG(SLM_LEVEL_ERROR, ("severity", "FATAL"), __VA_ARGS__)

/** @name As rxi's log.c has them. @since 0.1.0 @{ */
#define log_trace(...)       SLMI_LOG(SLM_LEVEL_TRACE, __VA_ARGS__)
#define log_debug(...)       SLMI_LOG(SLM_LEVEL_DEBUG, __VA_ARGS__)
#define log_info(...)        SLMI_LOG(SLM_LEVEL_INFO, __VA_ARGS__)
#define log_warn(...)        SLMI_LOG(SLM_LEVEL_WARN, __VA_ARGS__)
#define log_error(...)       SLMI_LOG(SLM_LEVEL_ERROR, __VA_ARGS__)
#define log_fatal(...)       SLMI_LOG_FATAL(__VA_ARGS__)
#define log_set_level(level) slm_log_set_level(level)
#define log_set_quiet(quiet) slm_log_set_quiet(quiet)
/** Lines are whole without a lock of the program's, which is not called. */
#define log_set_lock(lock, user) ((void)(lock), (void)(user))
/** With a level, file and line that only the call knows; costs what slm_log_bridge_at() does. */
#define log_log(level, file, line, ...) slm_log_bridge_at((level), (file), (line), __VA_ARGS__)
/** @} */

#ifndef LOG_INFO
/** log.c's levels: what log_log() takes. The macros below have the same names, with parentheses after them. */
enum { LOG_TRACE, LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG_FATAL };

/** @name In capitals. @since 0.1.0 @{ */
#define LOG_TRACE(...) SLMI_LOG(SLM_LEVEL_TRACE, __VA_ARGS__)
#define LOG_DEBUG(...) SLMI_LOG(SLM_LEVEL_DEBUG, __VA_ARGS__)
#define LOG_INFO(...)  SLMI_LOG(SLM_LEVEL_INFO, __VA_ARGS__)
#define LOG_WARN(...)  SLMI_LOG(SLM_LEVEL_WARN, __VA_ARGS__)
#define LOG_ERROR(...) SLMI_LOG(SLM_LEVEL_ERROR, __VA_ARGS__)
#define LOG_FATAL(...) SLMI_LOG_FATAL(__VA_ARGS__)
/** @} */
#endif

#endif
