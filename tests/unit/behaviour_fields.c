/* SPDX-License-Identifier: MIT */
/* Fields: behaviours 26 to 37. */
#define SLM_TARGET "fields"
#include <spanloom/test.h>
#include <spanloom/trace.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/compile/users.h"

static slm_mock *m;

static void begin(void)
{
    m = slm_mock_begin(NULL);
}

static void end(void)
{
    slm_mock_end(m);
}

TestSuite(fields, .init = begin, .fini = end);

Test(fields, recording_changes_one_field_and_keeps_the_order) /* 26 */
{
    slm_span s = SLM_SPAN("s", ("a", 1), ("b", 2), ("c", 3));
    SLM_SET(s, "b", 20);
    SLM_SET(s, "a", 10);
    slm_span_end(s);
    cr_expect(eq(str, (char *)slm_mock_calls(m), (char *)"new s\nrecord s b=20\nrecord s a=10\nend s\n"));
    cr_expect(slm_expect_only_tree(m, "s{a=10, b=20, c=3}"));
}

Test(fields, a_key_that_was_not_declared_may_be_set) /* 27 */
{
    slm_span s = SLM_SPAN("s", ("a", 1));
    SLM_SET(s, "unknown", "x");
    slm_span_end(s);
    cr_expect(slm_expect_only_tree(m, "s{a=1, unknown='x'}"));
}

Test(fields, several_may_be_set_in_any_order) /* 28 */
{
    slm_span s = SLM_SPAN("s", ("a", SLM_EMPTY), ("b", SLM_EMPTY), ("c", SLM_EMPTY));
    SLM_SET(s, "c", 3);
    SLM_SET(s, "a", 1);
    SLM_SET(s, "b", 2);
    SLM_SET(s, "d", 4);
    slm_span_end(s);
    cr_expect(slm_expect_only_tree(m, "s{a=1, b=2, c=3, d=4}"));
}

Test(fields, an_empty_field_is_not_there_until_it_is_recorded) /* 29 */
{
    slm_span s = SLM_SPAN("s", ("a", SLM_EMPTY), ("b", SLM_EMPTY));
    SLM_MOCK_EXPECT(m, .call = SLM_MOCK_NEW, .only = true);
    cr_expect(slm_mock_finish(m, true), "it has no fields");
    SLM_SET(s, "a", SLM_EMPTY);
    SLM_SET(s, "b", (bool)true);
    slm_span_end(s);
    cr_expect(slm_expect_only_tree(m, "s{b=true}"));
}

Test(fields, a_key_is_the_spans_own_whichever_callsite_names_it) /* 30 */
{
    slm_span a = SLM_SPAN("a", ("k", 1)), b = SLM_SPAN("b", ("k", 2));
    SLM_SET(a, "k", 3);
    slm_span_end(a);
    slm_span_end(b);
    cr_expect(slm_expect_only_tree(m, "a{k=3}, b{k=2}"));
}

Test(fields, an_absent_value_is_skipped_and_one_that_is_there_has_its_type) /* 31 */
{
    const char *none = NULL, *some = "x";
    slm_span_end(SLM_SPAN("s", ("none", none), ("some", some)));
    SLM_INFO(("none", none), ("some", some));
    cr_expect(slm_expect_only_tree(m, "s{some=\"x\"}, ''{some=\"x\"}"));
}

static size_t print_pair(const void *pair, char *out, size_t room)
{
    const int *p = pair;
    return (size_t)snprintf(out, room, "(%d, %d)", p[0], p[1]);
}

Test(fields, values_keep_their_types) /* 32 */
{
    const int pair[2] = { 1, 2 };
    const double halves[2] = { 0.5, 1.5 };
    const char *const words[2] = { "a", "b" };
    slm_span s =
        SLM_SPAN("s", ("f", 0.25), ("i", -3), ("u", 18446744073709551615u), ("b", (bool)true), ("s", "text"),
                 ("bytes", slm_bytes("\1\xfe", 2)), ("err", slm_errno(ENOENT)), ("p", slm_debug(pair, print_pair)),
                 ("ints", slm_array(pair, 2)), ("halves", slm_array(halves, 2)), ("words", slm_array(words, 2)));
    slm_span_end(s);
    cr_expect(slm_expect_only_tree(m,
                                   "s{f=0.25, i=-3, u=18446744073709551615, b=true, s='text', bytes=01fe, err=ENOENT, "
                                   "p='(1, 2)', ints=[1,2], halves=[0.5,1.5], words=[a,b]}"));
}

Test(fields, keys_are_kept_as_they_are_written) /* 33 */
{
    SLM_INFO(("http.request.method", 1), ("type", 2), ("for", 3), ("with space", 4), ("\"quoted\"", 5), ("ä", 6));
    cr_expect(slm_expect_only_tree(m, "''{http.request.method=1, type=2, for=3, with space=4, \"quoted\"=5, ä=6}"));
}

Test(fields, what_was_borrowed_may_change_after_the_call) /* 34 */
{
    char text[] = "before";
    int numbers[2] = { 1, 2 };
    slm_span s = SLM_SPAN("s", ("text", text), ("numbers", slm_array(numbers, 2)));
    SLM_SET(s, "later", text);
    memcpy(text, "after!", sizeof text);
    numbers[0] = 3;
    slm_span_end(s);
    cr_expect(slm_expect_only_tree(m, "s{text='before', numbers=[1,2], later='before'}"));
}

Test(fields, thirty_two_are_given_at_once_and_more_are_set) /* 35 */
{
    slm_span s = SLM_SPAN("s", FIELDS_31(7), ("last", 1));
    SLM_SET(s, "one", 33);
    SLM_SET(s, "more", 34);
    slm_span_end(s);
    cr_expect(slm_expect_only_tree(m, "s{a0=7, c7=7, d6=7, last=1, one=33, more=34, *}"));
}

Test(fields, a_message_is_text_beside_the_fields) /* 36 */
{
    SLM_INFO("plain");
    SLM_INFO("with %d%%", 5);
    SLM_INFO(("k", 1), "%s, %s", "after", "fields");
    SLM_INFO(("message", "a field"), "text");
    cr_expect(slm_expect_only_tree(m, "'plain', 'with 5%', 'after, fields'{k=1}, 'text'{message='a field'}"));
}

static int evaluated;

static int evaluate(void)
{
    return ++evaluated;
}

Test(fields, arguments_are_evaluated_once_or_not_at_all) /* 37 */
{
    slm_mock_options options = { .size = sizeof options, .filter = slm_filter_level(SLM_LEVEL_INFO) };
    slm_mock *info = slm_mock_begin(&options);
    SLM_DEBUG(("k", evaluate()), "%d", evaluate());
    slm_span_end(SLM_SPAN_AT(SLM_LEVEL_DEBUG, "s", ("k", evaluate())));
    SLM_SET(slmi_no_span(), "k", evaluate());
    cr_expect(eq(int, evaluated, 0));
    SLM_INFO(("k", evaluate()), "%d", evaluate());
    slm_span s = SLM_SPAN("s", ("k", evaluate()));
    SLM_SET(s, "k", evaluate());
    slm_span_end(s);
    cr_expect(eq(int, evaluated, 4));
    slm_mock_end(info);
    slm_subscriber_scope nobody = slm_thread_subscriber_push(NULL);
    SLM_ERROR(("k", evaluate()), "%d", evaluate());
    slm_thread_subscriber_pop(nobody);
    cr_expect(eq(int, evaluated, 4));
}
