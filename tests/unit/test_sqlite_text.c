/* SPDX-License-Identifier: MIT */
/* What is said of a statement's text: its operation, and the text without what was in it. */
#include "adapters/sqlite_text.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/guard_page.h"

Test(sqlite_text, the_operation_is_the_first_keyword)
{
    static const struct {
        const char *sql, *operation;
    } cases[] = { { "select 1", "SELECT" },
                  { "\n\t INSERT into t values(1)", "INSERT" },
                  { "-- why\n/* and how */ update t set a=1", "UPDATE" },
                  { "((select 1))", "SELECT" },
                  { ";;delete from t", "DELETE" },
                  { "begin", "BEGIN" },
                  { "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "ABCDEFGHIJKLMNOP" },
                  { "", "" },
                  { "-- only a comment", "" },
                  { "/* without end", "" },
                  { "\xff\xfe", "" },
                  { "'text'", "" } };
    char out[SLMI_SQLITE_OPERATION_BYTES];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_expect(eq(str, (char *)slmi_sqlite_operation(cases[i].sql, out), (char *)cases[i].operation), "%s",
                  cases[i].sql);
}

static const struct {
    const char *sql, *hidden, *why;
} texts[] = {
    { "SELECT a FROM t WHERE b = 'x'", "SELECT a FROM t WHERE b = ?", "a text" },
    { "select 'it''s', ''''", "select ?, ?", "two quotes stand for one" },
    { "select x'53514C', X''", "select ?, ?", "a blob" },
    { "select xor(x1, 'a')", "select xor(x1, ?)", "an identifier with x" },
    { "select 1, 12.5, .5, 1e10, 1E-7, 1.e+3, 0xFFe+1", "select ?, ?, ?, ?, ?, ?, ?+?", "numbers" },
    { "select -5, t1.c2, _3, a$4", "select -?, t1.c2, _3, a$4", "digits in names" },
    { "values(?, ?2, :name, @at, $v, #1)", "values(?, ?2, :name, @at, $v, #1)", "parameters" },
    { "select `a 1`, [b 'x' 2], c", "select `a 1`, [b 'x' 2], c", "quoted names" },
    { "select a -- the secret is 7\nfrom t /* 'x' */ where /**/1", "select a from t where ?", "comments" },
    { "  select\t\r\n 1  ", "select ?", "white space" },
    { "select 1-- last", "select ?", "a comment at the end" },
    { "select 'open", "select ?", "a text without end" },
    { "select \"open", "select ?", "a quote without end" },
    { "select [open", "select [open", "a bracket without end" },
    { "select /* open", "select", "a comment without end" },
    { "select x'", "select ?", "a blob without end" },
    { "select 'a'||'b'", "select ?||?", "texts beside each other" },
    { "select \xc3\xa4, '\xff\xfe', \xff", "select \xc3\xa4, ?, \xff", "bytes that are no text" },
    { "", "", "nothing" },
    { "'", "?", "a quote alone" },
    { "-", "-", "a sign alone" },
    { "/", "/", "a stroke alone" },
    { "1e+", "?", "a number that goes nowhere" },
};

Test(sqlite_text, literals_and_comments_are_not_shown)
{
    char out[200];
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        cr_expect(eq(str, (char *)slmi_sqlite_sanitise(texts[i].sql, true, out, sizeof out), (char *)texts[i].hidden),
                  "%s", texts[i].why);
}

Test(sqlite_text, double_quotes_are_names_where_the_connection_says_so)
{
    char out[100];
    const char *sql = "select \"a\"\"b\" from \"t\" where c = \"Frieda\"";
    cr_expect(eq(str, (char *)slmi_sqlite_sanitise(sql, true, out, sizeof out), "select ? from ? where c = ?"));
    cr_expect(eq(str, (char *)slmi_sqlite_sanitise(sql, false, out, sizeof out), (char *)sql));
}

Test(sqlite_text, nothing_is_read_or_written_past_an_end)
{
    char out[64], operation[SLMI_SQLITE_OPERATION_BYTES];
    struct guard_page page = guard_page_new(256);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        size_t len = strlen(texts[i].sql);
        for (size_t cut = 0; cut <= len; cut++) {
            char copy[128];
            memcpy(copy, texts[i].sql, cut);
            copy[cut] = '\0';
            slm_string sql = guard_page_put(&page, copy, cut + 1);
            slmi_sqlite_sanitise(sql.data, true, out, sizeof out);
            slmi_sqlite_operation(sql.data, operation);
        }
        for (size_t room = 4; room < sizeof out; room++) {
            memset(out, '#', sizeof out);
            slmi_sqlite_sanitise(texts[i].sql, true, out, room);
            cr_assert(strnlen(out, room) < room);
            for (size_t past = room; past < sizeof out; past++)
                cr_assert(eq(chr, out[past], '#'));
        }
    }
    guard_page_free(&page);
}

Test(sqlite_text, a_text_of_a_megabyte_is_cut_and_marked)
{
    enum { MEGABYTE = 1024 * 1024 };
    char *sql = malloc(MEGABYTE + 1), out[32];
    cr_assert(sql != NULL);
    memset(sql, 'a', MEGABYTE);
    memcpy(sql, "select '", 8);
    sql[MEGABYTE] = '\0';
    cr_expect(eq(str, (char *)slmi_sqlite_sanitise(sql, true, out, sizeof out), "select ?"));
    sql[7] = 'b';
    cr_expect(eq(str, (char *)slmi_sqlite_sanitise(sql, true, out, sizeof out), "select ..."));
    for (int i = 7; i < MEGABYTE; i++)
        sql[i] = i % 2 ? '1' : ',';
    cr_expect(eq(str, (char *)slmi_sqlite_sanitise(sql, true, out, sizeof out), "select ?,?,?,?,?,?,?,?,?,?,?..."));
    free(sql);
}
