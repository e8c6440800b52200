/* SPDX-License-Identifier: MIT */
/* SQLite's statements as spans of the request that runs them, and its error log as events. */
#include <spanloom/format.h>
#include <spanloom/log.h>
#include <spanloom/sqlite.h>
#include <spanloom/trace.h>

static void run(sqlite3 *db, const char *sql)
{
    SLM_SCOPE("request");
    sqlite3_exec(db, sql, NULL, NULL, NULL);
}

int main(void)
{
    slm_format_options format = { .size = sizeof format, .timer = SLM_TIMER_NONE, .span_events = SLM_SPAN_EVENT_CLOSE };
    const slm_log_config config = { .size = sizeof config, .directives = "info", .format = &format };
    const slm_sqlite_options options = { .size = sizeof options, .query_text = true };
    sqlite3 *db;
    slm_init_log(&config);
    sqlite3_config(SQLITE_CONFIG_LOG, slm_sqlite_log, NULL);
    if (sqlite3_open(":memory:", &db) != SQLITE_OK)
        return 1;
    slm_sqlite_attach(db, &options);

    run(db, "create table yaks(id integer primary key, name text)");
    run(db, "insert into yaks values(1, 'Frieda')");
    run(db, "insert into yaks values(1, 'Hilda')");
    run(db, "select name from yaks where id = 1");

    sqlite3_close(db);
    slm_log_shutdown(1000);
    return 0;
}
