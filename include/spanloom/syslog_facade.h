/* SPDX-License-Identifier: MIT */
/** @file syslog() as events of the current span, for code that exists: included in place of <syslog.h>, or after it.
 *
 *  Where nobody listens a call costs a few loads and a branch, and evaluates no argument but `priority`; the format is
 * a string literal. Nothing is sent to the system's log any more, unless a layer does (syslog.h of this library);
 *  openlog(), closelog() and setlogmask() are the system's, and without effect here. Other calls, with a priority and
 *  format of any origin, are slm_log_syslog() of log_bridge.h. */
#ifndef SPANLOOM_SYSLOG_FACADE_H
#define SPANLOOM_SYSLOG_FACADE_H

#pragma GCC system_header /* as trace.h */

#include <syslog.h>

#include <spanloom/log_bridge.h>
#include <spanloom/trace.h>

#undef syslog
#undef vsyslog

/** As syslog(): LOG_EMERG, LOG_ALERT and LOG_CRIT are ERROR events, LOG_NOTICE is an INFO event, with the field
 *  `severity`; the facility is left out. @since 0.1.0 */
#define syslog(priority, ...)                                                                                          \
    __extension__({                                                                                                    \
        switch ((priority)&7) {                                                                                        \
        case 0:                                                                                                        \
            SLM_ERROR(("severity", "EMERG"), __VA_ARGS__);                                                             \
            break;                                                                                                     \
        case 1:                                                                                                        \
            SLM_ERROR(("severity", "ALERT"), __VA_ARGS__);                                                             \
            break;                                                                                                     \
        case 2:                                                                                                        \
            SLM_ERROR(("severity", "CRIT"), __VA_ARGS__);                                                              \
            break;                                                                                                     \
        case 3:                                                                                                        \
            SLM_ERROR(__VA_ARGS__);                                                                                    \
            break;                                                                                                     \
        case 4:                                                                                                        \
            SLM_WARN(__VA_ARGS__);                                                                                     \
            break;                                                                                                     \
        case 5:                                                                                                        \
            SLM_INFO(("severity", "NOTICE"), __VA_ARGS__);                                                             \
            break;                                                                                                     \
        case 6:                                                                                                        \
            SLM_INFO(__VA_ARGS__);                                                                                     \
            break;                                                                                                     \
        default:                                                                                                       \
            SLM_DEBUG(__VA_ARGS__);                                                                                    \
            break;                                                                                                     \
        }                                                                                                              \
    })

/** As vsyslog(); see slm_log_vsyslog(). @since 0.1.0 */
#define vsyslog(priority, format, args) slm_log_vsyslog((priority), (format), (args))

#endif
