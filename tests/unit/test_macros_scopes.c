/* SPDX-License-Identifier: MIT */
/* Scopes and spans as the macros make them: what is entered, left and ended when, however a block is left. */
#include <spanloom/trace.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>

#include "tests/unit/macros.h"

#define CALLS(want)                                                                                                    \
    do {                                                                                                               \
        cr_expect(eq(str, now.calls, (char *)(want)));                                                                 \
        now.calls[0] = '\0';                                                                                           \
    } while (0)

TestSuite(macros_scopes, .init = seen_begin, .fini = seen_end);

Test(macros_scopes, a_scope_is_entered_and_at_the_end_of_its_block_left_and_ended)
{
    {
        SLM_SCOPE("outer", ("a", 1));
        SLM_INFO("inside");
        {
            SLM_SCOPE_AT(SLM_LEVEL_DEBUG, "inner");
        }
    }
    CALLS("new 1, enter 1, event, new 2, enter 2, exit 2, end 2, exit 1, end 1");
}

Test(macros_scopes, two_scopes_on_a_line_end_in_reverse)
{
    {
        /* clang-format off */
        SLM_SCOPE("one"); SLM_SCOPE_AS(two, "two");
        /* clang-format on */
        cr_expect(slm_span_is_enabled(two));
    }
    CALLS("new 1, enter 1, new 2, enter 2, exit 2, end 2, exit 1, end 1");
}

Test(macros_scopes, a_span_is_entered_apart_from_its_life)
{
    slm_span s = SLM_SPAN("task");
    for (int i = 0; i < 2; i++) {
        SLM_ENTER(s);
        SLM_INFO("polled");
    }
    slm_token t = slm_enter(s);
    slm_exit(t);
    slm_span_end(s);
    CALLS("new 1, enter 1, event, exit 1, enter 1, event, exit 1, enter 1, exit 1, end 1");
}

static int leave_by_return(int n)
{
    SLM_FUNCTION(("n", n));
    if (n) {
        SLM_SCOPE("block");
        return SLM_FAIL(n);
    }
    return 0;
}

Test(macros_scopes, a_function_is_a_scope_named_after_it)
{
    cr_expect(eq(int, leave_by_return(0), 0));
    cr_expect(slm_string_equal(now.metadata->name, slm_string_from_c("leave_by_return")));
    cr_expect(eq(str, now.fields, (char *)"n:i64=0"));
    cr_expect(now.metadata->is_span);
    CALLS("new 1, enter 1, exit 1, end 1");
}

Test(macros_scopes, return_leaves_every_scope)
{
    now.calls[0] = '\0';
    cr_expect(eq(int, leave_by_return(5), 5));
    cr_expect(strstr(now.calls, "new 1, enter 1, new 2, enter 2") == now.calls);
    cr_expect(strstr(now.calls, "exit 2, end 2, exit 1, end 1") != NULL);
}

Test(macros_scopes, break_continue_and_goto_mean_what_they_say)
{
    int turns = 0;
    for (int i = 0; i < 9; i++) {
        SLM_SCOPE("turn");
        turns++;
        if (i == 0)
            continue;
        if (i == 1)
            break;
    }
    cr_expect(eq(int, turns, 2));
    CALLS("new 1, enter 1, exit 1, end 1, new 2, enter 2, exit 2, end 2");
    {
        SLM_SCOPE("left by goto");
        if (turns)
            goto out;
        SLM_INFO("not reached");
    }
out:
    CALLS("new 3, enter 3, exit 3, end 3");
    turns = 0;
again : {
    SLM_SCOPE("left backwards");
    if (++turns < 3)
        goto again;
}
    CALLS("new 4, enter 4, exit 4, end 4, new 5, enter 5, exit 5, end 5, new 6, enter 6, exit 6, end 6");
    switch (turns) {
    case 3: {
        SLM_SCOPE("left by break");
        break;
    }
    default:
        cr_fail();
    }
    CALLS("new 7, enter 7, exit 7, end 7");
}

Test(macros_scopes, an_event_is_one_statement)
{
    int i = 0;
    if (i)
        SLM_INFO("then");
    else
        SLM_INFO("else");
    cr_expect(eq(str, now.message, (char *)"else"));
    if (!i)
        SLM_INFO("then %d", i);
    else if (i > 1)
        SLM_INFO("not reached");
    cr_expect(eq(str, now.message, (char *)"then 0"));
    while (i++ < 3)
        SLM_INFO(("i", i));
    do
        SLM_INFO("once");
    while (i < 3);
    cr_expect(eq(uint, now.hits, 6));
}

Test(macros_scopes, a_disabled_scope_calls_nobody_and_leaves_its_block_as_any_other)
{
    answers.interest = SLM_INTEREST_NEVER;
    {
        SLM_SCOPE_AS(s, "disabled");
        SLM_ENTER(s);
        SLM_SET(s, "key", 1);
        cr_expect(not(slm_span_is_enabled(s)));
        slm_span_end(s);
    }
    cr_expect(eq(int, leave_by_return(7), 7));
    CALLS("");
}

Test(macros_scopes, a_field_recorded_later_is_typed_and_evaluated_once)
{
    int n = 0;
    slm_span s = SLM_SPAN("s", ("late", SLM_EMPTY)), disabled = { 0 };
    cr_expect(eq(str, now.fields, (char *)"late:empty"));
    SLM_SET(s, "late", ++n);
    cr_expect(eq(str, now.fields, (char *)"late:i64=1"));
    SLM_SET(s, "text", "value");
    cr_expect(eq(str, now.fields, (char *)"text:string=value"));
    SLM_SET(s, "errno", slm_errno(ENOENT));
    cr_expect(eq(str, now.fields, (char *)"errno:errno=2"));
    SLM_SET(s, "list", slm_array(&n, 1));
    cr_expect(eq(str, now.fields, (char *)"list:type0x22[1]*4"));
    slm_span_set(s, slm_string_of("key of four", 3), slm_value_bool(true));
    cr_expect(eq(str, now.fields, (char *)"key:bool=true"));
    SLM_SET(disabled, "late", ++n);
    cr_expect(eq(int, n, 1), "not evaluated for a disabled span");
    slm_span_end(s);
    CALLS("new 1, record 1, record 1, record 1, record 1, record 1, end 1");
}

Test(macros_scopes, failing_yields_its_code_of_its_type_once)
{
    int n = 0;
    long big = (long)INT32_MAX + 1;
    SLM_SCOPE("s");
    cr_expect(eq(int, SLM_FAIL(++n), 1));
    cr_expect(eq(int, n, 1));
    cr_expect(eq(long, SLM_FAIL(big), big));
    cr_expect(eq(int, SLM_FAIL(-EIO), -EIO));
    cr_expect(eq(int, SLM_FAIL(n - 1), 0));
}

Test(macros_scopes, tracing_preserves_errno)
{
    errno = 1234;
    SLM_INFO(("a", 1), "text %d", 2);
    SLM_SCOPE("s", ("a", slm_errno(errno)));
    SLM_SCOPE_AS(t, "t");
    SLM_SET(t, "key", 1);
    slm_span_end(SLM_SPAN("own"));
    (void)SLM_FAIL(5);
    (void)SLM_ENABLED(SLM_LEVEL_INFO);
    cr_expect(eq(int, errno, 1234));
}
