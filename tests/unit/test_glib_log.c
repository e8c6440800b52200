/* SPDX-License-Identifier: MIT */
/* GLib's structured log as events, through GLib itself. */
#define G_LOG_DOMAIN         "yaks"
#define G_LOG_USE_STRUCTURED 1
#include <glib.h>

#include <spanloom/glib_log.h>
#include <spanloom/log_bridge.h>
#include <spanloom/test.h>
#include <spanloom/trace.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

static slm_mock *m;

static void begin(void)
{
    m = slm_mock_begin(NULL);
}

static void end(void)
{
    slm_mock_end(m);
}

TestSuite(glib_log, .init = begin, .fini = end);

Test(glib_log, what_a_program_says_is_in_the_current_span)
{
    g_log_set_writer_func(slm_glib_log_writer, NULL, NULL);
    {
        SLM_SCOPE("request");
        g_critical("critical %d", 1);
        g_warning("warning %s", "2");
        g_message("message");
        g_info("info");
        g_debug("debug");
        g_log("old", G_LOG_LEVEL_WARNING, "through g_log() %d", 3);
    }
    cr_expect(slm_expect_tree(m, "request > ('critical 1'{severity='CRITICAL', code.function.name}[ERROR,target=yaks],"
                                 "'warning 2'[WARN,target=yaks], 'message'[INFO], 'info'[INFO], 'debug'[DEBUG],"
                                 "'through g_log\\(\\) 3'[WARN,target=old])"));
}

Test(glib_log, fields_are_fields)
{
    g_log_set_writer_func(slm_glib_log_writer, NULL, NULL);
    g_log_structured("db", G_LOG_LEVEL_INFO, "USER_ID", "7", "NAME", "Frieda", "MESSAGE", "hello %s", "you");
    cr_expect(slm_expect_tree(m, "'hello you'{USER_ID='7', NAME='Frieda'}[INFO,target=db]"));
}

static GLogWriterOutput write_one(GLogLevelFlags level, const GLogField *fields, gsize count)
{
    return slm_glib_log_writer(level, fields, count, NULL);
}

Test(glib_log, fields_of_any_kind_do_no_harm)
{
    static const char binary[] = { 'a', '\0', 'b' };
    const GLogField odd[] = {
        { "MESSAGE", "cut here, not there", 8 },
        { "BINARY", binary, 3 },
        { "OPAQUE", &m, 0 },
        { NULL, "no key", -1 },
        { "MISSING", NULL, -1 },
        { "CODE_FILE", "src/\xff.c", -1 },
        { "CODE_LINE", "99999999999999999", -1 },
        { "PRIORITY", "x", -1 },
        { "", "empty key", -1 },
    };
    cr_expect(eq(int, write_one(G_LOG_LEVEL_DEBUG, odd, sizeof odd / sizeof *odd), G_LOG_WRITER_HANDLED));
    cr_expect(eq(int, write_one(0, NULL, 7), G_LOG_WRITER_HANDLED));
    cr_expect(eq(int, write_one((GLogLevelFlags)-1, odd, 0), G_LOG_WRITER_HANDLED));
    cr_expect(eq(int, write_one((GLogLevelFlags)(1 << 20), NULL, 0), G_LOG_WRITER_HANDLED));
    cr_expect(slm_expect_only_tree(m, "'cut here'{BINARY=610062, *}[DEBUG,target=glib], ''[INFO,target=glib],"
                                      "''{severity='FATAL'}[ERROR], ''[INFO]"));
}

Test(glib_log, a_thousand_fields_are_cut_and_counted)
{
    enum { FIELDS = 1000 };
    GLogField fields[FIELDS];
    slm_log_stats stats = { .size = sizeof stats };
    for (int i = 0; i < FIELDS; i++)
        fields[i] = (GLogField){ "KEY", "value", -1 };
    write_one(G_LOG_LEVEL_INFO, fields, FIELDS);
    slm_log_stats_read(&stats);
    cr_expect(eq(sz, slm_mock_count(m, SLM_MOCK_EVENT, NULL), 1));
    cr_expect(eq(u64, stats.fields_omitted, FIELDS - SLM_LOG_FIELDS_MAX));
}

static int seen;

static GLogWriterOutput next(GLogLevelFlags level, const GLogField *fields, gsize count, gpointer user)
{
    seen += level == G_LOG_LEVEL_WARNING && count > 0 && fields != NULL && user == &seen;
    return G_LOG_WRITER_UNHANDLED;
}

Test(glib_log, a_next_writer_gets_the_same)
{
    slm_glib_log_options options = { .size = sizeof options, .next = next, .next_user = &seen };
    const GLogField field = { "MESSAGE", "hello", -1 };
    cr_expect(eq(int, slm_glib_log_writer(G_LOG_LEVEL_WARNING, &field, 1, &options), G_LOG_WRITER_UNHANDLED));
    cr_expect(eq(int, seen, 1));
    options.size = 4;
    cr_expect(eq(int, slm_glib_log_writer(G_LOG_LEVEL_WARNING, &field, 1, &options), G_LOG_WRITER_HANDLED));
    cr_expect(eq(sz, slm_mock_count(m, SLM_MOCK_EVENT, "hello"), 2));
}
