/* SPDX-License-Identifier: MIT */
#include <spanloom/diagnostic.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <spanloom/log.h>

#include "core/clock.h"
#include "core/diagnostics.h"
#include "tests/unit/recorded.h"

static struct {
    unsigned calls, kinds[SLM_DIAGNOSTIC_KINDS];
    char message[1024];
} heard;

static void hear(void *user, slm_diagnostic_kind kind, const char *message)
{
    cr_expect(eq(ptr, user, &heard));
    heard.calls++;
    heard.kinds[kind]++;
    snprintf(heard.message, sizeof heard.message, "%s", message);
    errno = EBADF;
    SLM_INFO("from the handler");
    SLM_SCOPE("from the handler");
}

Test(diagnostics, tell_once_a_kind_and_count_the_rest)
{
    slm_set_diagnostic_handler(hear, &heard);
    errno = 4242;
    for (int i = 0; i < 5; i++)
        slmi_diagnose(SLM_DIAG_QUEUE_FULL, "%d of %s", 12 + i, "them");
    slmi_diagnose(SLM_DIAG_UNREACHABLE, "x");
    cr_expect(eq(int, errno, 4242));
    cr_expect(eq(uint, heard.calls, 2));
    cr_expect(eq(uint, heard.kinds[SLM_DIAG_QUEUE_FULL], 1));
    cr_expect(eq(u64, slm_diagnostic_count(SLM_DIAG_QUEUE_FULL), 5u));
    cr_expect(eq(u64, slm_diagnostic_count(SLM_DIAG_UNREACHABLE), 1u));
    cr_expect(eq(u64, slm_diagnostic_count(SLM_DIAG_REFUSED), 0u));
    cr_expect(eq(u64, slm_diagnostic_count((slm_diagnostic_kind)SLM_DIAGNOSTIC_KINDS), 0u));
    cr_expect(eq(u64, slm_diagnostic_count((slm_diagnostic_kind)-1), 0u));
}

static void pass_ms(uint64_t ms)
{
    slmi_clock_fix(slmi_now() + ms * 1000000);
}

Test(diagnostics, tell_of_a_kind_that_goes_on_once_a_minute_and_how_many_were_not_told)
{
    slmi_clock_fix(1000000000);
    slm_set_diagnostic_handler(hear, &heard);
    slmi_diagnose(SLM_DIAG_REFUSED, "case %d", 1);
    pass_ms(59999);
    for (int i = 2; i < 6; i++)
        slmi_diagnose(SLM_DIAG_REFUSED, "case %d", i);
    slmi_diagnose(SLM_DIAG_SITES, "another kind has a minute of its own");
    cr_expect(eq(uint, heard.kinds[SLM_DIAG_REFUSED], 1));
    cr_expect(eq(uint, heard.kinds[SLM_DIAG_SITES], 1));
    pass_ms(1);
    slmi_diagnose(SLM_DIAG_REFUSED, "case %d", 6);
    cr_expect(eq(uint, heard.kinds[SLM_DIAG_REFUSED], 2));
    cr_expect(eq(str, heard.message, "case 6 (and 4 more since the last of them)"));
    slmi_diagnose(SLM_DIAG_REFUSED, "case %d", 7);
    pass_ms(600000);
    slmi_diagnose(SLM_DIAG_REFUSED, "case %d", 8);
    cr_expect(eq(str, heard.message, "case 8 (and 1 more since the last of them)"));
    pass_ms(60000);
    slmi_diagnose(SLM_DIAG_REFUSED, "case %d", 9);
    cr_expect(eq(str, heard.message, "case 9"));
    cr_expect(eq(u64, slm_diagnostic_count(SLM_DIAG_REFUSED), 9u));
}

Test(diagnostics, are_told_at_the_interval_that_is_set)
{
    slmi_clock_fix(1000000000);
    slm_set_diagnostic_handler(hear, &heard);
    slmi_diagnose(SLM_DIAG_REFUSED, "x");
    slm_set_diagnostic_interval(250); /* also for what was told before */
    pass_ms(249);
    slmi_diagnose(SLM_DIAG_REFUSED, "x");
    cr_expect(eq(uint, heard.calls, 1));
    pass_ms(1);
    slmi_diagnose(SLM_DIAG_REFUSED, "x");
    cr_expect(eq(uint, heard.calls, 2));
    slm_set_diagnostic_interval(0);
    for (int i = 0; i < 3; i++)
        slmi_diagnose(SLM_DIAG_REFUSED, "x");
    cr_expect(eq(uint, heard.calls, 5));
    slm_set_diagnostic_interval(UINT32_MAX);
    pass_ms(UINT64_C(1000) * UINT32_MAX);
    slmi_diagnose(SLM_DIAG_REFUSED, "x");
    slmi_diagnose(SLM_DIAG_SITES, "the first of its kind");
    cr_expect(eq(uint, heard.calls, 6));
}

Test(diagnostics, keep_the_number_when_a_message_is_too_long)
{
    static char much[5000];
    memset(much, 'x', sizeof much - 1);
    slmi_clock_fix(1000000000);
    slm_set_diagnostic_handler(hear, &heard);
    for (int i = 0; i < 3; i++)
        slmi_diagnose(SLM_DIAG_REFUSED, "%s", much);
    pass_ms(60000);
    slmi_diagnose(SLM_DIAG_REFUSED, "%s", much);
    cr_expect(lt(sz, strlen(heard.message), 500));
    cr_expect(ne(ptr, strstr(heard.message, "x (and 2 more since the last of them)"), NULL));
}

static void misuse(void *user, slm_diagnostic_kind kind, const char *message)
{
    (void)message;
    ++*(unsigned *)user;
    slmi_diagnose(kind, "from the handler that is told of this kind");
}

Test(diagnostics, of_the_kind_that_a_handler_is_told_of_are_counted_alone)
{
    unsigned calls = 0;
    slm_set_diagnostic_interval(0);
    slm_set_diagnostic_handler(misuse, &calls);
    slmi_diagnose(SLM_DIAG_SITES, "first");
    slmi_diagnose(SLM_DIAG_SITES, "second");
    cr_expect(eq(uint, calls, 2));
    cr_expect(eq(u64, slm_diagnostic_count(SLM_DIAG_SITES), 4u));
}

Test(diagnostics, have_a_message_of_one_bounded_line)
{
    static char much[5000];
    memset(much, 'x', sizeof much - 1);
    slm_set_diagnostic_handler(hear, &heard);
    slmi_diagnose(SLM_DIAG_REFUSED, "%s", much);
    cr_expect(lt(sz, strlen(heard.message), 500));
}

Test(diagnostics, have_a_name_each)
{
    for (int i = 0; i < SLM_DIAGNOSTIC_KINDS; i++) {
        const char *name = slm_diagnostic_name((slm_diagnostic_kind)i);
        cr_expect(ne(str, (char *)name, "unknown"), "%d", i);
        for (int j = 0; j < i; j++)
            cr_expect(ne(str, (char *)name, (char *)slm_diagnostic_name((slm_diagnostic_kind)j)));
    }
    cr_expect(eq(str, (char *)slm_diagnostic_name((slm_diagnostic_kind)SLM_DIAGNOSTIC_KINDS), "unknown"));
}

/* What its handler traces is not recorded: it would be told of itself. */
Test(diagnostics, trace_nothing_by_themselves)
{
    recorded_begin(NULL, 0, NULL);
    slm_set_diagnostic_handler(hear, &heard);
    {
        SLM_SCOPE("s");
        slm_span_end(slm_span_is_enabled(slm_current()) ? slm_current() : (slm_span){ 0 });
    }
    slm_span gone = SLM_SPAN_WITH((.parent = slm_under((slm_span){ 0 })), "root");
    slm_span_end(gone);
    slm_span_end(gone);
    cr_expect(eq(uint, heard.calls, 3));
    cr_expect(eq(str, (char *)recorded_text(), "s\nroot\n"));
    cr_expect(eq(str, (char *)recorded_misuse(), "stale-span=1 ended-inside=1 parent-gone=1"));
    SLM_INFO("heard again");
}

static void replace(void *user, slm_diagnostic_kind kind, const char *message)
{
    (void)kind;
    (void)message;
    ++*(unsigned *)user;
    slm_set_diagnostic_handler(hear, &heard);
    slmi_diagnose(SLM_DIAG_WRITER, "from a handler");
}

Test(diagnostics, go_to_the_handler_of_the_moment)
{
    unsigned calls = 0;
    slm_set_diagnostic_handler(replace, &calls);
    slmi_diagnose(SLM_DIAG_SITES, "first");
    slmi_diagnose(SLM_DIAG_REENTRANT, "second");
    cr_expect(eq(uint, calls, 1));
    cr_expect(eq(uint, heard.kinds[SLM_DIAG_WRITER], 1));
    cr_expect(eq(uint, heard.kinds[SLM_DIAG_REENTRANT], 1));
    slm_set_diagnostic_handler(NULL, NULL);
    slmi_diagnose(SLM_DIAG_UNDELIVERED, "discarded");
    cr_expect(eq(uint, heard.calls, 2));
    cr_expect(eq(u64, slm_diagnostic_count(SLM_DIAG_UNDELIVERED), 1u));
    for (unsigned i = 0; i < 1000; i++)
        slm_set_diagnostic_handler(hear, &heard);
    slmi_diagnose(SLM_DIAG_CONFIGURATION, "after a thousand");
    cr_expect(eq(uint, heard.kinds[SLM_DIAG_CONFIGURATION], 1));
}

/* What is written on stderr while `body` runs. */
static char *stderr_of(void (*body)(void))
{
    static char text[4096];
    FILE *file = tmpfile();
    int kept = dup(STDERR_FILENO);
    cr_assert(file && kept >= 0 && dup2(fileno(file), STDERR_FILENO) >= 0);
    body();
    cr_assert(dup2(kept, STDERR_FILENO) >= 0);
    close(kept);
    ssize_t n = pread(fileno(file), text, sizeof text - 1, 0);
    text[n > 0 ? n : 0] = '\0';
    fclose(file);
    return text;
}

static void two_of_a_kind(void)
{
    slmi_diagnose(SLM_DIAG_STALE_SPAN, "told");
    slmi_diagnose(SLM_DIAG_STALE_SPAN, "not told again");
}

Test(diagnostics, print_nothing_unless_asked)
{
    cr_expect(eq(str, stderr_of(two_of_a_kind), ""));
}

static void two_more(void)
{
    slmi_diagnostics_to_stderr(false);
    slmi_diagnose(SLM_DIAG_NO_MEMORY, "told: %d", 1);
    slmi_diagnose(SLM_DIAG_NO_MEMORY, "told: %d", 2);
    slmi_diagnostics_to_stderr(true);
    slmi_diagnose(SLM_DIAG_SITES, "quiet");
}

Test(diagnostics, print_one_line_a_kind_once_a_program_asked)
{
    cr_expect(eq(str, stderr_of(two_more), "spanloom: told: 1\n"));
}

static void bad_directives(void)
{
    slm_log_config config = { .size = sizeof config, .directives = "info,db=loud,net=warn" };
    cr_assert(eq(int, slm_init_log(&config), SLM_OK));
    cr_assert(eq(int, slm_log_shutdown(0), SLM_OK));
}

Test(diagnostics, name_a_bad_directive_once)
{
    char *text = stderr_of(bad_directives);
    cr_expect(ne(ptr, strstr(text, "'db=loud'"), NULL), "%s", text);
    cr_expect(eq(ptr, strchr(text, '\n'), text + strlen(text) - 1), "%s", text);
}
