/* SPDX-License-Identifier: MIT */
/* SQLite's statements as spans: in whose context, when they end, how they fail, and connections that come and go. */
#include <spanloom/sqlite.h>
#include <spanloom/test.h>
#include <spanloom/trace.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static slm_mock *m;
static sqlite3 *db;
static bool whole_log;

/* With the log, which is the process's: how statements end is known. */
static void begin(void)
{
    cr_assert(eq(int, sqlite3_config(SQLITE_CONFIG_LOG, slm_sqlite_log, &whole_log), SQLITE_OK));
    cr_assert(eq(int, sqlite3_open(":memory:", &db), SQLITE_OK));
    sqlite3_exec(db, "create table t(a integer primary key, b text not null)", NULL, NULL, NULL);
    m = slm_mock_begin(NULL);
}

static void end(void)
{
    slm_sqlite_detach(db);
    cr_expect(eq(int, sqlite3_close(db), SQLITE_OK));
    slm_mock_end(m);
}

TestSuite(sqlite, .init = begin, .fini = end);

static int run(const char *sql)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

static sqlite3_stmt *prepare(const char *sql)
{
    sqlite3_stmt *statement = NULL;
    cr_assert(eq(int, sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK));
    return statement;
}

static slm_sqlite_stats stats(void)
{
    slm_sqlite_stats s = { .size = sizeof s };
    slm_sqlite_stats_read(&s);
    return s;
}

Test(sqlite, a_statement_is_a_client_span_of_the_caller)
{
    cr_assert(eq(int, slm_sqlite_attach(db, NULL), SLM_OK));
    {
        SLM_SCOPE("request");
        run("insert into t values(1, 'Frieda')");
        run("select b from t; delete from t");
    }
    run("begin");
    cr_expect(slm_expect_only_tree(
        m, "request > (INSERT :memory:{db.system.name='sqlite', db.namespace=':memory:', db.operation.name='INSERT'}"
           "[CLIENT,ended,UNSET,target=sqlite], SELECT :memory:{db.operation.name='SELECT', *}[ended],"
           "DELETE :memory:{db.operation.name='DELETE', *}), BEGIN :memory:{*}"));
    cr_expect(eq(u64, stats().statements, 4));
    run("rollback");
}

Test(sqlite, the_text_is_there_on_request_and_without_its_literals)
{
    slm_sqlite_options options = { .size = sizeof options,
                                   .query_text = true,
                                   .name_space = slm_string_from_c("yaks") };
    cr_assert(eq(int, slm_sqlite_attach(db, &options), SLM_OK));
    run("insert into t values(17, 'secret') -- of Frieda");
    run("select \"b\" from t where b = \"secret\"");
    sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    cr_assert(eq(int, slm_sqlite_attach(db, &options), SLM_OK));
    run("select \"b\" from t where a = 1");
    cr_expect(slm_expect_tree(m, "INSERT yaks{db.query.text='insert into t values\\(?, ?\\)'},"
                                 "SELECT yaks{db.query.text='select ? from t where b = ?'},"
                                 "SELECT yaks{db.query.text='select \\\"b\\\" from t where a = ?'}"));
}

Test(sqlite, the_namespace_is_the_file)
{
    char path[] = "/tmp/spanloom-XXXXXX";
    int fd = mkstemp(path);
    cr_assert(fd >= 0);
    sqlite3 *file;
    cr_assert(eq(int, sqlite3_open(path, &file), SQLITE_OK));
    cr_assert(eq(int, slm_sqlite_attach(file, NULL), SLM_OK));
    sqlite3_exec(file, "create table x(y)", NULL, NULL, NULL);
    sqlite3_close(file);
    unlink(path);
    close(fd);
    cr_expect(slm_expect_tree(m, "CREATE spanloom-*{db.namespace='spanloom-*'}"));
}

/* -- how they end -----------------------------------------------------------------------------------------------------
 */

Test(sqlite, a_statement_that_fails_is_an_error_where_the_log_is_ours)
{
    cr_assert(eq(int, slm_sqlite_attach(db, NULL), SLM_OK));
    run("insert into t values(1, 'x')");
    run("insert into t values(1, 'y')");
    run("select abs(-9223372036854775808)");
    run("insert into t values(2, 'z')");
    cr_expect(
        slm_expect_tree(m, "INSERT*[UNSET],"
                           "INSERT*{db.response.status_code='1555', error.type='SQLITE_CONSTRAINT'}[ERROR],"
                           "SELECT*{db.response.status_code='1', error.type='SQLITE_ERROR'}[ERROR], INSERT*[UNSET]"));
    cr_expect(eq(u64, stats().failed, 2));
}

Test(sqlite, what_the_log_says_does_not_show_the_statement)
{
    {
        SLM_SCOPE("request");
        run("insert into t values(1, 'secret')");
        run("insert into t values(1, 'secret')");
        run("select 'secret' fro nowhere");
        sqlite3_log(SQLITE_CORRUPT, "page %d", 7);
        sqlite3_log(SQLITE_NOTICE | (2 << 8), "recovered");
        sqlite3_log(12345, "?");
        whole_log = true;
        run("insert into t values(1, 'shown')");
    }
    cr_expect(slm_expect_only_tree(
        m, "request > ('UNIQUE constraint failed: t.a'{error.type='SQLITE_CONSTRAINT', db.response.status_code=1555}"
           "[WARN,target=sqlite], 'a statement could not be prepared'{error.type='SQLITE_ERROR', *}[WARN],"
           "'page 7'{error.type='SQLITE_CORRUPT', *}[ERROR], 'recovered'{error.type='SQLITE_NOTICE', *}[INFO],"
           "'?'{error.type='SQLITE_UNKNOWN', *}[WARN], '*values\\(1, \\'shown\\'\\)*UNIQUE*'{*}[WARN])"));
}

Test(sqlite, a_failure_elsewhere_is_not_taken_for_this_statements)
{
    sqlite3 *other;
    cr_assert(eq(int, slm_sqlite_attach(db, NULL), SLM_OK));
    sqlite3_open(":memory:", &other);
    sqlite3_stmt *statement = prepare("select 1 union select 2");
    sqlite3_step(statement);
    sqlite3_exec(other, "select abs(-9223372036854775808)", NULL, NULL, NULL); /* not traced */
    sqlite3_finalize(statement);
    sqlite3_close(other);
    cr_expect(slm_expect_tree(m, "SELECT*[UNSET,ended]"));
    cr_expect(eq(u64, stats().failed, 0));
}

Test(sqlite, stepping_through_the_library_knows_the_result)
{
    cr_assert(eq(int, slm_sqlite_attach(db, NULL), SLM_OK));
    run("insert into t values(1, 'x')");
    sqlite3_stmt *statement = prepare("insert into t values(?1, 'y')");
    for (int i = 1; i <= 2; i++) {
        sqlite3_bind_int(statement, 1, i);
        int result = slm_sqlite_step(statement);
        cr_expect(eq(int, result & 0xff, i == 1 ? SQLITE_CONSTRAINT : SQLITE_DONE));
        sqlite3_reset(statement);
    }
    sqlite3_finalize(statement);
    statement = prepare("select a from t");
    int rows = 0;
    while (slm_sqlite_step(statement) == SQLITE_ROW)
        rows++;
    cr_expect(eq(int, rows, 2));
    sqlite3_finalize(statement);
    cr_expect(eq(int, slm_sqlite_step(NULL), SQLITE_MISUSE));
    cr_expect(slm_expect_tree(m, "INSERT*, INSERT*{db.response.status_code='1555'}[ERROR,ended], INSERT*[UNSET,ended],"
                                 "SELECT*[UNSET,ended]"));
}

Test(sqlite, a_changed_schema_is_no_failure)
{
    cr_assert(eq(int, slm_sqlite_attach(db, NULL), SLM_OK));
    sqlite3_stmt *statement = prepare("select * from t");
    run("alter table t add column c");
    cr_expect(eq(int, slm_sqlite_step(statement), SQLITE_DONE));
    sqlite3_finalize(statement);
    cr_expect(eq(u64, stats().failed, 0));
    cr_expect(eq(sz, slm_mock_count(m, SLM_MOCK_NEW, NULL), slm_mock_count(m, SLM_MOCK_END, NULL)));
}

Test(sqlite, an_interrupted_statement_fails)
{
    cr_assert(eq(int, slm_sqlite_attach(db, NULL), SLM_OK));
    sqlite3_stmt *statement = prepare("with recursive n(i) as (select 1 union all select i+1 from n) select i from n");
    sqlite3_step(statement);
    sqlite3_interrupt(db);
    cr_expect(eq(int, sqlite3_step(statement), SQLITE_INTERRUPT));
    cr_expect(slm_expect_tree(m, "WITH*{error.type='SQLITE_INTERRUPT'}[ERROR,ended]"));
    sqlite3_finalize(statement);
}

/* -- several at once --------------------------------------------------------------------------------------------------
 */

Test(sqlite, interleaved_statements_are_spans_of_their_own)
{
    cr_assert(eq(int, slm_sqlite_attach(db, NULL), SLM_OK));
    run("insert into t values(1, 'x'), (2, 'y')");
    sqlite3_stmt *outer = prepare("select a from t order by a"), *inner = prepare("-- mine\nselect b from t where a=?");
    {
        SLM_SCOPE("loop");
        sqlite3_step(outer);
        for (int i = 1; i <= 2; i++) {
            SLM_SCOPE("row");
            sqlite3_bind_int(inner, 1, i);
            sqlite3_step(inner);
            sqlite3_reset(inner);
        }
        cr_expect(slm_expect_tree(m, "loop > (statement[open], row > SELECT*[ended], row > SELECT*[ended])"));
    }
    while (sqlite3_step(outer) == SQLITE_ROW)
        ;
    cr_expect(slm_expect_tree(m, "loop > SELECT*[ended]"));
    cr_expect(eq(u64, stats().statements, 4));
    sqlite3_finalize(outer);
    sqlite3_finalize(inner);
}

Test(sqlite, what_a_trigger_runs_belongs_to_its_statement)
{
    run("create table log(x)");
    run("create trigger one after insert on t begin insert into log values(new.a); update log set x = x + 1; end");
    run("create trigger two after insert on log begin select raise(abort, 'no') where new.x = 66; end");
    cr_assert(eq(int, slm_sqlite_attach(db, NULL), SLM_OK));
    run("insert into t values(1, 'x'), (2, 'y')");
    run("insert into t values(66, 'z')");
    cr_expect(slm_expect_only_tree(m, "INSERT*{*}[UNSET,ended], "
                                      "INSERT*{error.type='SQLITE_CONSTRAINT', *}[ERROR,ended], 'no'{*}[WARN]"));
}

static void query(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    (void)argc;
    sqlite3_stmt *statement = prepare("select count(*) from t where a < ?");
    sqlite3_bind_value(statement, 1, argv[0]);
    SLM_SCOPE("function");
    slm_sqlite_step(statement);
    sqlite3_result_int(context, sqlite3_column_int(statement, 0));
    sqlite3_finalize(statement);
}

Test(sqlite, a_function_that_queries_is_another_statement)
{
    sqlite3_create_function(db, "query", 1, SQLITE_UTF8, NULL, query, NULL, NULL);
    cr_assert(eq(int, slm_sqlite_attach(db, NULL), SLM_OK));
    sqlite3_stmt *statement = prepare("select query(5)");
    cr_expect(eq(int, slm_sqlite_step(statement), SQLITE_ROW));
    cr_expect(eq(int, slm_sqlite_step(statement), SQLITE_DONE));
    sqlite3_finalize(statement);
    cr_expect(slm_expect_tree(m, "SELECT*[ended,UNSET], function > SELECT*[ended,UNSET]"));
}

Test(sqlite, more_than_there_is_room_for_are_counted)
{
    enum { MANY = SLM_SQLITE_STATEMENTS_MAX + 10 };
    sqlite3_stmt *statements[MANY];
    cr_assert(eq(int, slm_sqlite_attach(db, NULL), SLM_OK));
    run("insert into t values(1, 'x')");
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < MANY; i++) {
            statements[i] = prepare("select a from t");
            cr_expect(eq(int, sqlite3_step(statements[i]), SQLITE_ROW));
        }
        for (int i = 0; i < MANY; i++)
            sqlite3_finalize(statements[round ? i : MANY - 1 - i]);
    }
    cr_expect(eq(u64, stats().untracked, 20));
    cr_expect(eq(u64, stats().statements, 1 + 2 * SLM_SQLITE_STATEMENTS_MAX));
    cr_expect(eq(sz, slm_mock_count(m, SLM_MOCK_END, NULL), 1 + 2 * SLM_SQLITE_STATEMENTS_MAX));
}

/* -- connections ------------------------------------------------------------------------------------------------------
 */

static int seen[16];

static int on_trace(unsigned type, void *user, void *p, void *x)
{
    (void)x;
    cr_expect(user != NULL && p != NULL);
    seen[type]++;
    if (type == SQLITE_TRACE_ROW && seen[0])
        slm_sqlite_detach(db);
    return 0;
}

Test(sqlite, a_callback_of_the_applications_is_told_what_it_asked_for)
{
    slm_sqlite_options options = { .size = sizeof options,
                                   .callback_mask = SQLITE_TRACE_PROFILE | SQLITE_TRACE_ROW,
                                   .callback = on_trace,
                                   .callback_user = seen };
    cr_assert(eq(int, slm_sqlite_attach(db, &options), SLM_OK));
    run("insert into t values(1, 'x'), (2, 'y')");
    run("select * from t");
    cr_expect(eq(int, seen[SQLITE_TRACE_ROW], 2));
    cr_expect(eq(int, seen[SQLITE_TRACE_PROFILE], 2));
    cr_expect(eq(int, seen[SQLITE_TRACE_STMT], 0));
    cr_expect(eq(u64, stats().statements, 2));

    seen[0] = 1; /* it detaches from within: the rest is its own */
    run("select * from t");
    cr_expect(eq(int, seen[SQLITE_TRACE_ROW], 4));
    cr_expect(eq(int, seen[SQLITE_TRACE_PROFILE], 3));
    seen[0] = 0;
    run("select * from t");
    cr_expect(eq(int, seen[SQLITE_TRACE_PROFILE], 4));
    cr_expect(eq(u64, stats().statements, 3));
    cr_expect(eq(sz, slm_mock_count(m, SLM_MOCK_END, NULL), 3));
}

Test(sqlite, detaching_ends_what_is_under_way)
{
    cr_assert(eq(int, slm_sqlite_attach(db, NULL), SLM_OK));
    run("insert into t values(1, 'x')");
    sqlite3_stmt *statement = prepare("select a from t");
    sqlite3_step(statement);
    slm_sqlite_detach(db);
    cr_expect(slm_expect_only_tree(m, "INSERT*{*}, SELECT*{*}[ended,UNSET]"));
    sqlite3_step(statement);
    run("select 1");
    slm_sqlite_detach(db);
    slm_sqlite_detach(NULL);
    cr_expect(eq(u64, stats().statements, 2));
    cr_assert(eq(int, slm_sqlite_attach(db, NULL), SLM_OK), "and again");
    sqlite3_reset(statement);
    sqlite3_step(statement);
    cr_assert(eq(int, slm_sqlite_attach(db, NULL), SLM_OK), "in place of the first");
    sqlite3_finalize(statement);
    run("select 1");
    cr_expect(eq(u64, stats().statements, 4));
    cr_expect(eq(sz, slm_mock_count(m, SLM_MOCK_END, NULL), 4));
}

Test(sqlite, a_connection_that_closes_under_a_statement_keeps_its_span_until_that_is_gone)
{
    sqlite3 *zombie;
    sqlite3_stmt *statement;
    sqlite3_open(":memory:", &zombie);
    cr_assert(eq(int, slm_sqlite_attach(zombie, NULL), SLM_OK));
    sqlite3_prepare_v2(zombie, "select 1 union select 2", -1, &statement, NULL);
    sqlite3_step(statement);
    cr_expect(eq(int, sqlite3_close(zombie), SQLITE_BUSY));
    cr_expect(eq(int, sqlite3_close_v2(zombie), SQLITE_OK));
    cr_expect(slm_expect_tree(m, "statement[open]"));
    cr_expect(eq(int, sqlite3_step(statement), SQLITE_ROW));
    sqlite3_finalize(statement);
    cr_expect(slm_expect_tree(m, "SELECT*[ended]"));
}

Test(sqlite, what_sqlite_keeps_for_a_connection_goes_with_it)
{
    sqlite3_int64 before = sqlite3_memory_used();
    for (int i = 0; i < 100; i++) {
        sqlite3 *other;
        sqlite3_open(":memory:", &other);
        slm_sqlite_attach(other, NULL);
        sqlite3_exec(other, "select 1", NULL, NULL, NULL);
        sqlite3_close(other);
    }
    cr_expect(eq(i64, sqlite3_memory_used(), before));
}

Test(sqlite, the_module_is_no_table)
{
    cr_assert(eq(int, slm_sqlite_attach(db, NULL), SLM_OK));
    cr_expect(ne(int, run("select * from spanloom"), SQLITE_OK));
    cr_expect(ne(int, run("create virtual table v using spanloom"), SQLITE_OK));
}

Test(sqlite, nobody_listening_costs_no_span)
{
    slm_mock_end(m);
    m = NULL;
    cr_assert(eq(int, slm_sqlite_attach(db, NULL), SLM_OK));
    run("insert into t values(1, 'x')");
    cr_expect(eq(u64, stats().statements, 0));
}

Test(sqlite, bad_arguments_are_refused)
{
    slm_sqlite_options options = { .size = 3 };
    cr_expect(eq(int, slm_sqlite_attach(NULL, NULL), SLM_ERR_INVALID_ARGUMENT));
    cr_expect(eq(int, slm_sqlite_attach(db, &options), SLM_ERR_INVALID_ARGUMENT));
    options = (slm_sqlite_options){ .size = sizeof options, .callback_mask = SQLITE_TRACE_ROW };
    cr_expect(eq(int, slm_sqlite_attach(db, &options), SLM_ERR_INVALID_ARGUMENT));
}
