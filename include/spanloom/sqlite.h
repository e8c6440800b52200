/* SPDX-License-Identifier: MIT */
/** @file SQLite's statements as spans, and its error log as events.
 *
 *      sqlite3_config(SQLITE_CONFIG_LOG, slm_sqlite_log, NULL);
 *      sqlite3_open("yaks.db", &db);
 *      slm_sqlite_attach(db, NULL);
 *
 *  A statement is a CLIENT span from its first step to its last, to its reset or its finalisation, whichever comes
 *  first, in the context that is current at the first step. Its name is the operation and the database, `SELECT
 *  yaks.db`; it has db.system.name, db.namespace and db.operation.name, and if asked for db.query.text. Times are this
 *  library's: SQLite's own count whole milliseconds. What a trigger runs belongs to the statement that set it off.
 *
 *  SQLite tells a trace callback that a statement is over, and not how it ended. A failure is known where
 *  slm_sqlite_log() is the process's error log, or where the statement is run by slm_sqlite_step(). */
#ifndef SPANLOOM_SQLITE_H
#define SPANLOOM_SQLITE_H

#include <sqlite3.h>

#include <spanloom/status.h>
#include <spanloom/string.h>

SLM_BEGIN_DECLS

/** Bounds. @since 0.1.0 */
enum {
    SLM_SQLITE_STATEMENTS_MAX = 64,   /**< Running at once on a connection; more are not traced, and counted. */
    SLM_SQLITE_TEXT_BYTES_MAX = 2048, /**< Of db.query.text; what is longer is cut, and ends in `...`. */
    SLM_SQLITE_NAMESPACE_BYTES_MAX = 127
};

/** Options of slm_sqlite_attach(); zero means the default. @since 0.1.0 */
typedef struct slm_sqlite_options {
    uint32_t size;   /**< sizeof(slm_sqlite_options). */
    bool query_text; /**< Record db.query.text: the statement with `?` in place of its literals, and without comments.
                          `"x"` is one too as long as the connection takes it for a text (SQLITE_DBCONFIG_DQS_DML). What
                        is bound to parameters is never recorded. */
    slm_string name_space; /**< db.namespace. Default: the base name of the main database's file, or `:memory:`. */
    /** A trace callback of the application's own, which is told of what `callback_mask` says as sqlite3_trace_v2()
     *  would: a connection has only one. */
    unsigned callback_mask;
    int (*callback)(unsigned type, void *user, void *p, void *x);
    void *callback_user;
} slm_sqlite_options;

/**
 * Traces the statements of a connection, until it is detached or gone: what is kept for it, 2 KiB of SQLite's memory,
 * goes with it. A second attach takes the place of the first. Calling sqlite3_trace_v2() afterwards ends the tracing.
 *
 * @param db       Not NULL. It gets a module of the name `spanloom`, by which it owns what is kept.
 * @param options  NULL for the defaults. Borrowed for the call.
 * @retval SLM_OK, SLM_ERR_INVALID_ARGUMENT, SLM_ERR_NO_MEMORY.
 * @threadsafety  As the connection itself.
 * @spec   OpenTelemetry semantic conventions, database client spans.       @since 0.1.0
 */
SLM_API slm_status slm_sqlite_attach(sqlite3 *db, const slm_sqlite_options *options);

/** Ends the tracing: spans of statements under way end now, and the callback of the options becomes the connection's
 *  own. Does nothing to a connection that is not attached. Also inside that callback. As the connection itself.
 *  @since 0.1.0 */
SLM_API void slm_sqlite_detach(sqlite3 *db);

/** sqlite3_step(), after which a failure is known: the span has its status, db.response.status_code (the extended
 *  result code) and error.type (the name of the primary one). As the statement itself, on any thread. @since 0.1.0 */
SLM_API int slm_sqlite_step(sqlite3_stmt *statement);

/** For `sqlite3_config(SQLITE_CONFIG_LOG, slm_sqlite_log, NULL)`, before SQLite is initialised: records become events
 * of the current span, at the target "sqlite". What is wrong with the file or the program is an ERROR, a statement that
 *  failed or a warning is a WARN, a notice is INFO. The text of statements, which SQLite puts into such records, is
 * left out unless `user` points to a true bool, which is borrowed for good. Any thread. @since 0.1.0 */
SLM_API void slm_sqlite_log(void *user, int code, const char *message);

/** What became of statements, on all connections. @since 0.1.0 */
typedef struct slm_sqlite_stats {
    uint32_t size;       /**< sizeof(slm_sqlite_stats), set by the caller. */
    uint64_t statements; /**< Traced. */
    uint64_t failed;     /**< Among them, as far as it is known. */
    uint64_t untracked;  /**< Not traced, for want of one of the SLM_SQLITE_STATEMENTS_MAX. */
} slm_sqlite_stats;

/** Reads the counts into `*stats`, whose `size` the caller set. Any thread. @since 0.1.0 */
SLM_API void slm_sqlite_stats_read(slm_sqlite_stats *stats);

SLM_END_DECLS

#endif
