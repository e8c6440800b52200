/* SPDX-License-Identifier: MIT */
/* Statements as spans, by sqlite3_trace_v2(). What is told of a connection is told under its own mutex, or on the one
 * thread that uses it, so what is kept for it needs no lock. */
#define SLM_TARGET "sqlite"
#include "adapters/sqlite.h"

#include <stdatomic.h>
#include <stdio.h>

#include "adapters/sqlite_text.h"
#include <spanloom/trace.h>

enum { CODE_DIGITS = 12, NAME_BYTES = SLMI_SQLITE_OPERATION_BYTES + SLM_SQLITE_NAMESPACE_BYTES_MAX + 1 };

static const char module_name[] = "spanloom";

struct running {
    sqlite3_stmt *statement;
    slm_span span;
};

struct chained {
    unsigned mask;
    int (*callback)(unsigned, void *, void *, void *);
    void *user;
};

struct connection {
    struct chained chained;
    bool query_text, quotes_are_text;
    char name_space[SLM_SQLITE_NAMESPACE_BYTES_MAX + 1];
    unsigned count;
    struct running running[SLM_SQLITE_STATEMENTS_MAX];
};

static _Atomic(uint64_t) statements, failed, untracked;

/* The statement that slm_sqlite_step() runs, and its span once that is over. */
struct stepping {
    sqlite3_stmt *statement;
    slm_span over;
};
static _Thread_local struct stepping stepping;

/* Where a connection that goes leaves the callback it was given, while slm_sqlite_detach() asks for it. */
static _Thread_local struct chained *given_back;

static void count(_Atomic(uint64_t) *counter)
{
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

/* -- a statement ------------------------------------------------------------------------------------------------------
 */

/* A schema that changed is no failure: SQLite prepares the statement anew and runs it again. */
static bool is_failure(int code)
{
    int primary = code & 0xff;
    return primary != SQLITE_OK && primary != SQLITE_ROW && primary != SQLITE_DONE && primary != SQLITE_SCHEMA;
}

static void end(slm_span span, int code)
{
    if (is_failure(code)) {
        char digits[CODE_DIGITS];
        snprintf(digits, sizeof digits, "%d", code);
        count(&failed);
        SLM_SET(span, "db.response.status_code", (const char *)digits);
        SLM_SET(span, "error.type", slmi_sqlite_code_name(code));
        slm_span_set_status(span, SLM_SPAN_ERROR, sqlite3_errstr(code));
    }
    slm_span_end(span);
}

static void end_at(struct connection *c, unsigned at, int code)
{
    struct running gone = c->running[at];
    c->running[at] = c->running[--c->count];
    if (stepping.statement != gone.statement) {
        end(gone.span, code);
        return;
    }
    slm_span_end(stepping.over); /* it ran before, in vain, as its schema had changed */
    stepping.over = gone.span;
}

static unsigned find(const struct connection *c, const sqlite3_stmt *statement)
{
    unsigned at = 0;
    while (at < c->count && c->running[at].statement != statement)
        at++;
    return at;
}

static void start(struct connection *c, sqlite3_stmt *statement, const char *sql)
{
    char operation[SLMI_SQLITE_OPERATION_BYTES], name[NAME_BYTES], text[SLM_SQLITE_TEXT_BYTES_MAX];
    if (c->count == SLM_SQLITE_STATEMENTS_MAX) {
        count(&untracked);
        return;
    }
    slm_span span = SLM_SPAN_WITH((.kind = SLM_KIND_CLIENT), "statement", ("db.system.name", "sqlite"),
                                  ("db.namespace", (const char *)c->name_space),
                                  ("db.operation.name", slmi_sqlite_operation(sql, operation)));
    if (!slm_span_is_enabled(span))
        return;
    count(&statements);
    if (c->query_text)
        SLM_SET(span, "db.query.text", slmi_sqlite_sanitise(sql, c->quotes_are_text, text, sizeof text));
    snprintf(name, sizeof name, "%s %s", operation, c->name_space);
    slm_span_set_name(span, name);
    c->running[c->count++] = (struct running){ statement, span };
}

/* `x` is the statement's own text where it starts, and that behind "-- " where others run as well; anything else is
 * said of what a trigger runs. */
static void on_statement(struct connection *c, sqlite3_stmt *statement, const char *x)
{
    const char *sql = sqlite3_sql(statement);
    bool exactly = !sql || x == sql;
    if (!exactly && (strncmp(x, "-- ", 3) != 0 || strcmp(x + 3, sql) != 0))
        return;
    unsigned at = find(c, statement);
    if (at < c->count) {
        if (!exactly)
            return;
        end_at(c, at, SQLITE_OK); /* its end went untold */
    }
    (void)slmi_sqlite_logged("");
    start(c, statement, sql ? sql : x);
}

static void on_over(struct connection *c, sqlite3_stmt *statement)
{
    unsigned at = find(c, statement);
    const char *sql = sqlite3_sql(statement);
    int code = slmi_sqlite_logged(sql ? sql : "");
    if (at < c->count)
        end_at(c, at, code);
}

static int on_trace(unsigned type, void *user, void *p, void *x)
{
    struct connection *c = user;
    struct chained chained = c->chained; /* it may detach, and with that free what is kept */
    if (type == SQLITE_TRACE_STMT)
        on_statement(c, p, x);
    else if (type == SQLITE_TRACE_PROFILE)
        on_over(c, p);
    return chained.mask & type ? chained.callback(type, chained.user, p, x) : 0;
}

/* -- a connection -----------------------------------------------------------------------------------------------------
 */

/* The connection is gone, or does not want it any more. */
static void destroy(void *user)
{
    struct connection *c = user;
    while (c->count)
        end_at(c, c->count - 1, SQLITE_OK);
    if (given_back)
        *given_back = c->chained;
    sqlite3_free(c);
}

/* A table of this module, which would call it, is none. */
static int refuse(sqlite3 *db, void *user, int argc, const char *const *argv, sqlite3_vtab **table, char **error)
{
    (void)db, (void)user, (void)argc, (void)argv, (void)table;
    *error = sqlite3_mprintf("%s is no table", module_name);
    return SQLITE_ERROR;
}

static void name(struct connection *c, sqlite3 *db, slm_string given)
{
    const char *path = sqlite3_db_filename(db, "main");
    const char *slash = path ? strrchr(path, '/') : NULL;
    slm_string base = slm_string_from_c(slash ? slash + 1 : path && *path ? path : ":memory:");
    slm_string used = given.len ? given : base;
    size_t len = used.len < sizeof c->name_space ? used.len : sizeof c->name_space - 1;
    memcpy(c->name_space, used.data, len);
    c->name_space[len] = '\0';
}

/* Under the connection's mutex, so that no statement is told of in between. */
static slm_status attach(sqlite3 *db, struct connection *c)
{
    static const sqlite3_module module = { .iVersion = 1, .xConnect = refuse };
    enum { OURS = SQLITE_TRACE_STMT | SQLITE_TRACE_PROFILE | SQLITE_TRACE_CLOSE };
    unsigned mask = OURS | c->chained.mask;
    if (sqlite3_create_module_v2(db, module_name, &module, c, destroy) != SQLITE_OK)
        return SLM_ERR_NO_MEMORY; /* it has called destroy() */
    (void)sqlite3_trace_v2(db, mask, on_trace, c);
    return SLM_OK;
}

slm_status slm_sqlite_attach(sqlite3 *db, const slm_sqlite_options *options)
{
    static const slm_sqlite_options defaults = { .size = sizeof defaults };
    const slm_sqlite_options *o = options ? options : &defaults;
    if (!db || o->size < sizeof *o || (o->callback_mask && !o->callback))
        return SLM_ERR_INVALID_ARGUMENT;
    struct connection *c = sqlite3_malloc64(sizeof *c);
    if (!c)
        return SLM_ERR_NO_MEMORY;
    memset(c, 0, sizeof *c);
    c->chained = (struct chained){ o->callback_mask, o->callback, o->callback_user };
    c->query_text = o->query_text;
    int quotes_are_text = 1;
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, -1, &quotes_are_text);
    c->quotes_are_text = quotes_are_text != 0;
    sqlite3_mutex_enter(sqlite3_db_mutex(db));
    name(c, db, o->name_space);
    slm_status status = attach(db, c);
    sqlite3_mutex_leave(sqlite3_db_mutex(db));
    return status;
}

void slm_sqlite_detach(sqlite3 *db)
{
    struct chained left = { UINT32_MAX, NULL, NULL }, *outer = given_back;
    if (!db)
        return;
    sqlite3_mutex_enter(sqlite3_db_mutex(db));
    given_back = &left;
    (void)sqlite3_create_module_v2(db, module_name, NULL, NULL, NULL);
    given_back = outer;
    if (left.mask != UINT32_MAX) /* it was attached */
        (void)sqlite3_trace_v2(db, left.mask, left.mask ? left.callback : NULL, left.user);
    sqlite3_mutex_leave(sqlite3_db_mutex(db));
}

int slm_sqlite_step(sqlite3_stmt *statement)
{
    struct stepping outer = stepping;
    stepping = (struct stepping){ .statement = statement };
    int result = sqlite3_step(statement);
    slm_span over = stepping.over;
    stepping = outer;
    if (slm_span_is_enabled(over))
        end(over, is_failure(result) ? sqlite3_extended_errcode(sqlite3_db_handle(statement)) : SQLITE_OK);
    return result;
}

void slm_sqlite_stats_read(slm_sqlite_stats *stats)
{
    slm_sqlite_stats s = { .size = stats->size,
                           .statements = atomic_load_explicit(&statements, memory_order_relaxed),
                           .failed = atomic_load_explicit(&failed, memory_order_relaxed),
                           .untracked = atomic_load_explicit(&untracked, memory_order_relaxed) };
    memcpy(stats, &s, stats->size < sizeof s ? stats->size : sizeof s);
}
