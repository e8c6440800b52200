/* SPDX-License-Identifier: MIT */
/* What log.c and syslog say, as records. */
#include <spanloom/log.h>
#include <spanloom/log_bridge.h>

#include <stdatomic.h>
#include <stdlib.h>

enum { LOG_C_TRACE = 0, LOG_C_FATAL = 5, SYSLOG_LEVELS = 8 };

static uint32_t line_of(int line)
{
    return line > 0 ? (uint32_t)line : 0;
}

void slm_log_bridge(int level, const char *file, int line, const char *format, va_list args)
{
    /* One beyond its ends is no level of ours either, and counted as such. */
    static const int levels[] = { SLM_LEVEL_TRACE, SLM_LEVEL_DEBUG, SLM_LEVEL_INFO,
                                  SLM_LEVEL_WARN,  SLM_LEVEL_ERROR, SLM_LEVEL_ERROR };
    slm_log_record record = { .size = sizeof record, .file = slm_string_from_c(file), .line = line_of(line) };
    if (level < LOG_C_TRACE)
        record.level = SLM_LEVEL_TRACE + 1;
    else if (level > LOG_C_FATAL)
        record.level = SLM_LEVEL_OFF;
    else
        record.level = levels[level];
    if (level >= LOG_C_FATAL)
        record.severity = slm_string_from_c("FATAL");
    slm_log_record_vformat(&record, format, args);
}

void slm_log_bridge_at(int level, const char *file, int line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    slm_log_bridge(level, file, line, format, args);
    va_end(args);
}

/* Of log.c's levels. */
static _Atomic(int) shown = 2; /* info, as slm_init_log() has it */
static _Atomic(bool) quiet;

static void show(void)
{
    static const char *const names[] = { "trace", "debug", "info", "warn", "error", "error" };
    const char *theirs = getenv("SPANLOOM_LOG");
    if (theirs && *theirs)
        return;
    bool nothing = atomic_load_explicit(&quiet, memory_order_relaxed);
    (void)slm_log_reload(nothing ? "off" : names[atomic_load_explicit(&shown, memory_order_relaxed)]);
}

void slm_log_set_level(int level)
{
    int known = level < LOG_C_TRACE ? LOG_C_TRACE : level > LOG_C_FATAL ? LOG_C_FATAL : level;
    atomic_store_explicit(&shown, known, memory_order_relaxed);
    show();
}

void slm_log_set_quiet(bool is_quiet)
{
    atomic_store_explicit(&quiet, is_quiet, memory_order_relaxed);
    show();
}

void slm_log_vsyslog(int priority, const char *format, va_list args)
{
    static const struct {
        const char *severity; /* where the level does not say it */
        int level;
    } rows[SYSLOG_LEVELS] = { { "EMERG", SLM_LEVEL_ERROR }, { "ALERT", SLM_LEVEL_ERROR }, { "CRIT", SLM_LEVEL_ERROR },
                              { NULL, SLM_LEVEL_ERROR },    { NULL, SLM_LEVEL_WARN },     { "NOTICE", SLM_LEVEL_INFO },
                              { NULL, SLM_LEVEL_INFO },     { NULL, SLM_LEVEL_DEBUG } };
    unsigned at = (unsigned)priority % SYSLOG_LEVELS;
    const slm_log_record record = { .size = sizeof record,
                                    .level = rows[at].level,
                                    .severity = slm_string_from_c(rows[at].severity),
                                    .target = slm_string_of("syslog", 6) };
    slm_log_record_vformat(&record, format, args);
}

void slm_log_syslog(int priority, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    slm_log_vsyslog(priority, format, args);
    va_end(args);
}
