/* SPDX-License-Identifier: MIT */
/* SQLite's error log as events. No function of SQLite's may be called from it. */
#include "adapters/sqlite.h"

#include <string.h>

#include <spanloom/dynamic.h>

enum { SQL_BYTES = 64, TEXT_BYTES = 1024 };

/* What was said last of a statement that failed: as much of its text as tells it from others. */
static _Thread_local struct {
    int code;
    char sql[SQL_BYTES];
} last;

const char *slmi_sqlite_code_name(int code)
{
    static const char *const names[] = { "SQLITE_OK",       "SQLITE_ERROR",     "SQLITE_INTERNAL", "SQLITE_PERM",
                                         "SQLITE_ABORT",    "SQLITE_BUSY",      "SQLITE_LOCKED",   "SQLITE_NOMEM",
                                         "SQLITE_READONLY", "SQLITE_INTERRUPT", "SQLITE_IOERR",    "SQLITE_CORRUPT",
                                         "SQLITE_NOTFOUND", "SQLITE_FULL",      "SQLITE_CANTOPEN", "SQLITE_PROTOCOL",
                                         "SQLITE_EMPTY",    "SQLITE_SCHEMA",    "SQLITE_TOOBIG",   "SQLITE_CONSTRAINT",
                                         "SQLITE_MISMATCH", "SQLITE_MISUSE",    "SQLITE_NOLFS",    "SQLITE_AUTH",
                                         "SQLITE_FORMAT",   "SQLITE_RANGE",     "SQLITE_NOTADB",   "SQLITE_NOTICE",
                                         "SQLITE_WARNING" };
    unsigned primary = (unsigned)code & 0xff;
    return primary < sizeof names / sizeof *names ? names[primary] : "SQLITE_UNKNOWN";
}

int slmi_sqlite_logged(const char *sql)
{
    int code = last.code;
    last.code = 0;
    return code && strncmp(sql, last.sql, strlen(last.sql)) == 0 ? code : 0;
}

/* "abort at 10 in [SQL]: reason", "statement aborts at 3: [SQL] reason": where the SQL begins; NULL for others. */
static const char *aborted_sql(const char *message)
{
    if (strncmp(message, "abort at ", 9) != 0 && strncmp(message, "statement aborts at ", 20) != 0)
        return NULL;
    const char *open = strchr(message, '[');
    return open ? open + 1 : NULL;
}

static void remember(int code, const char *sql)
{
    size_t len = strnlen(sql, SQL_BYTES - 1);
    const char *close = memchr(sql, ']', len); /* its own, or one in the text: what is before it will do */
    len = close ? (size_t)(close - sql) : len;
    memcpy(last.sql, sql, len);
    last.sql[len] = '\0';
    last.code = code;
}

/* The reason behind the last bracket, which is SQLite's own words. */
static const char *reason_of(const char *sql)
{
    const char *close = strrchr(sql, ']');
    if (!close)
        return "";
    close++;
    return close + strspn(close, ": ");
}

/* What a program or its file has wrong, rather than one statement of it. */
static bool is_grave(int code)
{
    switch (code & 0xff) {
    case SQLITE_INTERNAL:
    case SQLITE_NOMEM:
    case SQLITE_IOERR:
    case SQLITE_CORRUPT:
    case SQLITE_FULL:
    case SQLITE_CANTOPEN:
    case SQLITE_PROTOCOL:
    case SQLITE_MISUSE:
    case SQLITE_NOTADB:
        return true;
    default:
        return false;
    }
}

/* Described at run time, so that the event's name is the same for all: the text may be anything. */
static void say(uint8_t level, int code, const char *text)
{
    const slm_callsite site = { .size = sizeof site,
                                .level = level,
                                .name = slm_string_of("SQLite's log", 12),
                                .target = slm_string_of("sqlite", 6) };
    const char *name = slmi_sqlite_code_name(code);
    const slm_field fields[] = { { slm_string_from_c("error.type"), slm_value_string(name, strlen(name)) },
                                 { slm_string_from_c("db.response.status_code"), slm_value_i64(code) } };
    slm_event(&site, slm_string_of(text, strnlen(text, TEXT_BYTES)), fields, 2, NULL);
}

void slm_sqlite_log(void *user, int code, const char *message)
{
    const bool *whole = user;
    const char *text = message ? message : "", *sql = aborted_sql(text);
    if (sql)
        remember(code, sql);
    if (!whole || !*whole) {
        if (sql)
            text = reason_of(sql);
        else if (strstr(text, " in \""))
            text = "a statement could not be prepared"; /* even the token that is at fault may be a literal */
    }
    if (is_grave(code))
        say(SLM_LEVEL_ERROR, code, text);
    else if ((code & 0xff) == SQLITE_NOTICE)
        say(SLM_LEVEL_INFO, code, text);
    else
        say(SLM_LEVEL_WARN, code, text);
}
