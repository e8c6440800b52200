/* SPDX-License-Identifier: MIT */
/* Log macros under the names that programs have for them. */
#include <syslog.h>

#include <spanloom/log_facade.h>
#include <spanloom/syslog_facade.h>
#include <spanloom/test.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>

static slm_mock *m;
static int evaluated;

static int count(void)
{
    return ++evaluated;
}

static void end(void)
{
    slm_mock_end(m);
}

TestSuite(log_facade, .fini = end);

static void begin_at(unsigned level)
{
    slm_mock_options options = { .size = sizeof options, .filter = slm_filter_level(level) };
    m = slm_mock_begin(&options);
}

Test(log_facade, each_name_has_its_level)
{
    begin_at(SLM_LEVEL_TRACE);
    {
        SLM_SCOPE("around");
        log_trace("t");
        log_debug("d");
        log_info("i");
        log_warn("w");
        log_error("e %s", "x");
        log_fatal("f %d", 1);
    }
    cr_expect(slm_expect_only_tree(m, "around > ('t'[TRACE], 'd'[DEBUG], 'i'[INFO], 'w'[WARN], 'e x'[ERROR],"
                                      "'f 1'{severity='FATAL'}[ERROR])"));
}

Test(log_facade, what_is_off_evaluates_nothing)
{
    begin_at(SLM_LEVEL_ERROR);
    log_trace("%d", count());
    log_debug("%d", count());
    log_info("%d", count());
    log_warn("%d", count());
    syslog(LOG_INFO, "%d", count());
    syslog(LOG_WARNING, "%d", count());
    cr_expect(eq(int, evaluated, 0));
    log_error("%d", count());
    log_fatal("%d", count());
    syslog(LOG_ERR, "%d", count());
    cr_expect(eq(int, evaluated, 3));
    cr_expect(slm_expect_only_tree(m, "'1', '2'{severity='FATAL'}, '3'"));
}

Test(log_facade, calls_are_expressions_and_statements)
{
    begin_at(SLM_LEVEL_TRACE);
    int n = 2;
    if (n > 1)
        log_info("then");
    else
        log_info("else");
    int yielded = (log_warn("in a comma expression"), 5);
    n == 2 ? log_info("two") : log_error("not two");
    for (int i = 0; i < 2; i++, log_debug("step %d", i))
        ;
    cr_expect(eq(int, yielded, 5));
    cr_expect(slm_expect_only_tree(m, "'then', 'in a comma expression', 'two', 'step 1', 'step 2'"));
}

Test(log_facade, fields_may_stand_before_the_format)
{
    begin_at(SLM_LEVEL_TRACE);
    log_info(("yak", 3), ("name", "Frieda"), "shaved %s", "it");
    cr_expect(slm_expect_only_tree(m, "'shaved it'{yak=3, name='Frieda'}[INFO]"));
}

Test(log_facade, a_null_string_is_printed_as_such)
{
    begin_at(SLM_LEVEL_TRACE);
    const char *volatile none = NULL;
    const char *text = none;
    log_info("name is %s", text);
    cr_expect(slm_expect_only_tree(m, "'name is \\(null\\)'"));
}

Test(log_facade, syslog_has_its_levels_and_facilities_are_left_out)
{
    begin_at(SLM_LEVEL_TRACE);
    int priority = LOG_DEBUG | LOG_LOCAL3;
    {
        SLM_SCOPE("around");
        syslog(LOG_EMERG, "emerg");
        syslog(LOG_ALERT | LOG_MAIL, "alert");
        syslog(LOG_CRIT, "crit");
        syslog(LOG_ERR, "err");
        syslog(LOG_WARNING, "warning");
        syslog(LOG_NOTICE | LOG_DAEMON, "notice");
        syslog(LOG_INFO, "info");
        syslog(priority, "debug");
    }
    cr_expect(slm_expect_only_tree(m, "around > ('emerg'{severity='EMERG'}[ERROR], 'alert'{severity='ALERT'}[ERROR],"
                                      "'crit'{severity='CRIT'}[ERROR], 'err'[ERROR], 'warning'[WARN],"
                                      "'notice'{severity='NOTICE'}[INFO], 'info'[INFO], 'debug'[DEBUG])"));
}

Test(log_facade, percent_m_is_errno_at_the_call)
{
    begin_at(SLM_LEVEL_TRACE);
    errno = ENOENT;
    syslog(LOG_ERR, "open: %m");
    cr_expect(eq(int, errno, ENOENT));
    cr_expect(slm_expect_only_tree(m, "'open: No such file or directory'[ERROR]"));
}

/* <syslog.h> came first: its numbers are still numbers. */
Test(log_facade, the_numbers_of_syslog_stay_its_own)
{
    begin_at(SLM_LEVEL_TRACE);
    cr_expect(eq(int, LOG_INFO, 6));
    cr_expect(eq(int, LOG_DEBUG, 7));
}
