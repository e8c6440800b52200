/* SPDX-License-Identifier: MIT */
/** @file Log records of other libraries, as events of the current span: what an application registers where such a
 *  library takes a callback.
 *
 *  Each place in the source that logs is an interned callsite, so that a filter decides about it once. At most
 *  SLM_LOG_PLACES_MAX places are; what comes from further ones is told without a place of its own, at the target "log",
 *  with its file, line and target as fields. No function here allocates or waits for anything but, at a place's first
 *  record, the list of callsites. All preserve errno; any thread, also inside callbacks of the library: a layer that
 *  logs through one is not told of what it logs. */
#ifndef SPANLOOM_LOG_BRIDGE_H
#define SPANLOOM_LOG_BRIDGE_H

#include <stdarg.h>

#include <spanloom/level.h>
#include <spanloom/value.h>

SLM_BEGIN_DECLS

/** Bounds. @since 0.1.0 */
enum {
    SLM_LOG_PLACES_MAX = 4096,
    SLM_LOG_FIELDS_MAX = 28,         /**< Of a record; more are left out and counted. */
    SLM_LOG_TARGET_BYTES_MAX = 64,   /**< What is longer is cut. */
    SLM_LOG_FILE_BYTES_MAX = 256,    /**< Of what is longer, the end is kept. */
    SLM_LOG_MESSAGE_BYTES_MAX = 4096 /**< What is longer is cut and counted. */
};

/** @name What a callback of rxi's log.c does: `level` from 0 (trace) to 5 (fatal); below or above counts as the nearest
 *  and is counted. A fatal record is an ERROR event with the field `severity`. The target is the base name of `file`,
 *  which may be NULL. `format` NULL is a record without text.
 *
 *      static void to_spanloom(log_Event *e)
 *      {
 *          slm_log_bridge(e->level, e->file, e->line, e->fmt, e->ap);
 *      }
 *      ...
 *      log_add_callback(to_spanloom, NULL, LOG_TRACE);
 *  @since 0.1.0 @{ */
SLM_API void slm_log_bridge(int level, const char *file, int line, const char *format, va_list args) SLM_PRINTF(4, 0);
SLM_API void slm_log_bridge_at(int level, const char *file, int line, const char *format, ...) SLM_PRINTF(4, 5);
/** @} */

/** @name What log_set_level() and log_set_quiet() of log.c do, after slm_init_log() of log.h: what is printed is what
 * is at `level` (as above) and more important; nothing, while it is quiet. Without effect if SPANLOOM_LOG is set: who
 * runs the program has the last word. See slm_log_reload(). @since 0.1.0 @{ */
SLM_API void slm_log_set_level(int level);
SLM_API void slm_log_set_quiet(bool quiet);
/** @} */

/** @name As vsyslog() and syslog(), `%m` included. Of `priority` the facility is left out; LOG_EMERG, LOG_ALERT and
 *  LOG_CRIT are ERROR events and LOG_NOTICE is an INFO event with the field `severity`. The target is "syslog". For
 *  calls whose arguments are not to be evaluated in vain see syslog_facade.h. @since 0.1.0 @{ */
SLM_API void slm_log_vsyslog(int priority, const char *format, va_list args) SLM_PRINTF(2, 0);
SLM_API void slm_log_syslog(int priority, const char *format, ...) SLM_PRINTF(2, 3);
/** @} */

/** A record of any other library, for a bridge of one's own. All is borrowed for the call. @since 0.1.0 */
typedef struct slm_log_record {
    uint32_t size;           /**< sizeof(slm_log_record). */
    int level;               /**< SLM_LEVEL_ERROR to SLM_LEVEL_TRACE; beyond them, the nearest. */
    slm_string severity;     /**< Absent, or what the level does not say: a field of that name. */
    slm_string target;       /**< Absent: the base name of `file`; without one, "log". */
    slm_string file;         /**< Absent: none. */
    uint32_t line;           /**< 0: none. */
    const slm_field *fields; /**< Their keys are few: each set of keys is a place of its own. */
    size_t field_count;
    uint64_t time_ns; /**< Since 1970; 0: now. */
} slm_log_record;

/** Whether anybody would take the record. @since 0.1.0 */
SLM_API bool slm_log_record_enabled(const slm_log_record *record);

/** Sends a record with this text, which may be absent. @since 0.1.0 */
SLM_API void slm_log_record_send(const slm_log_record *record, slm_string text);

/** Sends a record whose text is formatted if somebody asks for it; `args` is as it was afterwards. @since 0.1.0 */
SLM_API void slm_log_record_vformat(const slm_log_record *record, const char *format, va_list args) SLM_PRINTF(2, 0);

/** What records lost, in the process's life. @since 0.1.0 */
typedef struct slm_log_stats {
    uint32_t size;           /**< sizeof(slm_log_stats), set by the caller. */
    uint32_t places;         /**< In use. */
    uint64_t unplaced;       /**< Records told without a place of their own. */
    uint64_t cut;            /**< Texts shortened to SLM_LOG_MESSAGE_BYTES_MAX, formatted ones of macros included. */
    uint64_t fields_omitted; /**< Fields left out: too many, or of a record without a place of its own. */
    uint64_t unknown_levels;
} slm_log_stats;

/** Reads the counts into `*stats`, whose `size` the caller set. @since 0.1.0 */
SLM_API void slm_log_stats_read(slm_log_stats *stats);

SLM_END_DECLS

#endif
