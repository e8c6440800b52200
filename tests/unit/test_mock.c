/* SPDX-License-Identifier: MIT */
/* The mock subscriber: what it is told, what it expects, and what it says when that does not hold. */
#define SLM_TARGET "yaks"
#include <spanloom/test.h>
#include <spanloom/trace.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static char said[16384];
static slm_mock *m;

static void listen(void *user, const char *text)
{
    (void)user;
    (void)snprintf(said, sizeof said, "%s", text);
}

static void begin(void)
{
    slm_mock_options options = { .size = sizeof options, .report = listen };
    said[0] = '\0';
    m = slm_mock_begin(&options);
    cr_assert(m != NULL);
}

static void end(void)
{
    slm_mock_end(m);
}

TestSuite(mock, .init = begin, .fini = end);

static void shave_all(int count)
{
    SLM_SCOPE("shaving_yaks", ("yak_count", count));
    for (int i = 1; i <= count; i++) {
        SLM_SCOPE_AS(shave, "shave", ("current_yak", i), ("tool", "razor"));
        if (i == 2) {
            SLM_WARN(("error", slm_errno(ENOENT)), "yak %d got away", i);
            slm_span_fail(shave, ENOENT, "got away");
        } else {
            SLM_DEBUG("shaved");
        }
    }
}

Test(mock, a_tree_holds_when_it_is_there)
{
    static const char *const trees[] = {
        "shaving_yaks{yak_count=3} > shave{current_yak=2}[ERROR]",
        "shaving_yaks",
        "",
        "  ",
        "*",
        "shaving_yaks > (shave, shave, shave)",
        "shaving_yaks > (shave{current_yak=1}, shave{current_yak=3})",
        "shaving_yaks > (shave > 'shaved', shave > 'yak 2 got away'{error=ENOENT}[WARN])",
        "shaving_yaks[ended,INTERNAL,UNSET] > shave[ERROR,target=yak*,level=INFO,contextual]",
        "sha*aks > shave{tool=\"raz*\", current_yak} > \"shaved\"[DEBUG,level=DEBUG]",
        "shaving_yaks > (**, shave{current_yak=3}, **)",
        "shaving_yaks > * > 'yak * got away'{error=EN*}",
        "shaving_yaks\t{ yak_count = 3 }\n > ( shave { tool = 'razor' } [ UNSET ] > 'shaved' [ DEBUG ] , shave )",
        "shaving_yaks > shave{error.type=ENOENT}",
        "sh\\aving_yaks{}",
    };
    shave_all(3);
    for (size_t i = 0; i < sizeof trees / sizeof *trees; i++)
        cr_expect(slm_expect_tree(m, trees[i]), "%s\n%s", trees[i], said);
}

Test(mock, a_tree_does_not_hold_when_anything_of_it_is_missing)
{
    static const char *const trees[] = {
        "shaving_yak",
        "shave",
        "shaving_yaks > shave > shave",
        "shaving_yaks > (shave, shave, shave, shave)",
        "shaving_yaks > (shave{current_yak=3}, shave{current_yak=1})",
        "shaving_yaks, shaving_yaks",
        "shaving_yaks{yak_count=4}",
        "shaving_yaks{yak_count='3'}",
        "shaving_yaks{yaks}",
        "shaving_yaks[ERROR]",
        "shaving_yaks[OK]",
        "shaving_yaks[open]",
        "shaving_yaks[SERVER]",
        "shaving_yaks[level=DEBUG]",
        "shaving_yaks[target=yak]",
        "shaving_yaks[explicit]",
        "shaving_yaks > 'shaved'",
        "shaving_yaks > shave > 'shaved'[INFO]",
        "shaving_yaks > shave{tool=\\*}",
        "'shaving_yaks'",
    };
    shave_all(3);
    for (size_t i = 0; i < sizeof trees / sizeof *trees; i++) {
        said[0] = '\0';
        cr_expect(not(slm_expect_tree(m, trees[i])), "%s", trees[i]);
        cr_expect(strstr(said, "spanloom: the expected tree is not there") != NULL, "%s", trees[i]);
    }
}

Test(mock, only_a_tree_that_is_all_there_is)
{
    static const struct {
        const char *tree;
        bool holds;
    } cases[] = {
        { "shaving_yaks{yak_count=1} > shave{current_yak=1, tool='razor'} > 'shaved'", true },
        { "shaving_yaks{*} > shave{*} > 'shaved'", true },
        { "shaving_yaks{*} > shave{tool='razor', *} > 'shaved'", true },
        { "shaving_yaks{*} > **", true },
        { "**", true },
        { "**, shaving_yaks{*} > (**, shave{*} > (**, **), **), **", true },
        { "shaving_yaks > shave{*} > 'shaved'", false },
        { "shaving_yaks{*} > shave{current_yak=1} > 'shaved'", false },
        { "shaving_yaks{*} > shave{*}", false },
        { "shaving_yaks{*}", false },
        { "shaving_yaks{*} > (shave{*} > 'shaved', **, shave)", false },
        { "", false },
    };
    shave_all(1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_expect(eq(int, slm_expect_only_tree(m, cases[i].tree), cases[i].holds), "%s\n%s", cases[i].tree, said);
}

Test(mock, stars_among_siblings_are_tried_everywhere)
{
    {
        SLM_SCOPE("a");
    }
    {
        SLM_SCOPE("b");
    }
    {
        SLM_SCOPE("a");
    }
    {
        SLM_SCOPE("c");
    }
    cr_expect(slm_expect_only_tree(m, "**, a, c"));
    cr_expect(slm_expect_only_tree(m, "a, **, c"));
    cr_expect(slm_expect_only_tree(m, "**, b, **"));
    cr_expect(slm_expect_only_tree(m, "a, b, a, c, **"));
    cr_expect(not(slm_expect_only_tree(m, "**, a, b")));
    cr_expect(not(slm_expect_only_tree(m, "**, c, a")));
    cr_expect(slm_expect_tree(m, "a, a, c"));
    cr_expect(not(slm_expect_tree(m, "a, a, b")));
}

Test(mock, a_difference_is_told_as_one_tree)
{
    shave_all(3);
    cr_expect(
        not(slm_expect_tree(m, "shaving_yaks{yak_count=3} > (shave{current_yak=2}[OK] > ('yak 2 got away', 'gone'), "
                               "shear > 'wool')")));
    cr_expect(eq(str, said,
                 (char *)"spanloom: the expected tree is not there (- expected, + there in its place):\n"
                         "  shaving_yaks{yak_count=3}\n"
                         "    shave{current_yak=1, tool='razor'}\n"
                         "      'shaved'[DEBUG]\n"
                         "-   shave{current_yak=2}[OK]\n"
                         "+   shave{current_yak=2, tool='razor', error.type='ENOENT'}[ERROR]\n"
                         "      'yak 2 got away'{error=ENOENT}[WARN]\n"
                         "-     'gone'\n"
                         "-   shear\n"
                         "-     'wool'\n"
                         "    shave{current_yak=3, tool='razor'}\n"
                         "      'shaved'[DEBUG]\n"));
    slm_mock_clear(m);
    shave_all(1);
    cr_expect(not(slm_expect_only_tree(m, "shaving_yaks{yak_count=1} > shave{*}")));
    cr_expect(eq(str, said,
                 (char *)"spanloom: not the expected tree (- expected, + there in its place, or not expected):\n"
                         "  shaving_yaks{yak_count=1}\n"
                         "    shave{current_yak=1, tool='razor'}\n"
                         "+     'shaved'[DEBUG]\n"));
}

Test(mock, a_mistake_in_a_tree_is_pointed_at)
{
    static const struct {
        const char *tree, *why;
        size_t at;
    } cases[] = {
        { "a >", "a name is missing", 3 },
        { "a > (b", "a ')' is missing", 6 },
        { "a, , b", "a name is missing", 3 },
        { "a) ", "not expected here", 1 },
        { "a{b=}", "a value is missing", 4 },
        { "a{=1}", "a key is missing", 2 },
        { "a{b=1", "a '}' is missing", 5 },
        { "a{b='1}", "a quote that does not end", 4 },
        { "'a", "a quote that does not end", 0 },
        { "a[FINE]", "not a mark of a span", 2 },
        { "a[level=OFF]", "not a mark of a span", 8 },
        { "a[ERROR", "a ']' is missing", 7 },
        { "'a'[OK]", "not a mark of an event", 4 },
        { "'a'[OFF]", "not a mark of an event", 4 },
        { "a[target=]", "a target is missing", 9 },
        { "'a' > b", "only a span has something inside it", 5 },
        { "** > b", "only a span has something inside it", 4 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char want[256];
        (void)snprintf(want, sizeof want, "spanloom: a mistake in the expected tree: %s\n  %s\n  %*s^\n", cases[i].why,
                       cases[i].tree, (int)cases[i].at, "");
        cr_expect(not(slm_expect_tree(m, cases[i].tree)));
        cr_expect(eq(str, said, want));
    }
}

Test(mock, trees_are_bounded)
{
    char tree[8192];
    size_t len = 0;
    for (int i = 0; i < 600; i++)
        len += (size_t)snprintf(tree + len, sizeof tree - len, "%sa", i ? "," : "");
    cr_expect(not(slm_expect_tree(m, tree)));
    cr_expect(strstr(said, "too many nodes") != NULL);
    len = 0;
    for (int i = 0; i < 100; i++)
        len += (size_t)snprintf(tree + len, sizeof tree - len, "%sa", i ? ">(" : "");
    cr_expect(not(slm_expect_tree(m, tree)));
    cr_expect(strstr(said, "nested too deep") != NULL);
}

Test(mock, calls_are_told_in_their_order)
{
    {
        SLM_SCOPE_AS(a, "a");
        SLM_SET(a, "k", 7);
        SLM_INFO("an event");
    }
    cr_expect(
        eq(str, (char *)slm_mock_calls(m), (char *)"new a\nenter a\nrecord a k=7\nevent an event\nexit a\nend a\n"));
    cr_expect(eq(sz, slm_mock_count(m, SLM_MOCK_ENTER, "a"), 1));
    cr_expect(eq(sz, slm_mock_count(m, SLM_MOCK_ENTER, "b"), 0));
    cr_expect(eq(sz, slm_mock_count(m, SLM_MOCK_ANY, NULL), 6));
    slm_mock_clear(m);
    cr_expect(eq(str, (char *)slm_mock_calls(m), (char *)""));
}

Test(mock, expected_calls_hold_in_their_order)
{
    {
        SLM_SCOPE("outer");
        SLM_SCOPE_AS(a, "a", ("x", 1), ("y", "two"));
        SLM_SET(a, "k", 7);
        SLM_WARN(("n", 3), "an event");
    }
    SLM_MOCK_EXPECT(m, .call = SLM_MOCK_NEW, .name = "outer", .parent = "", .scope = "", .only = true);
    SLM_MOCK_EXPECT(m, .call = SLM_MOCK_ENTER, .name = "outer");
    SLM_MOCK_EXPECT(m, .call = SLM_MOCK_NEW, .name = "a", .target = "yaks", .level = SLM_LEVEL_INFO,
                    .fields = "y='two'", .ancestry = SLM_MOCK_CONTEXTUAL, .parent = "outer");
    SLM_MOCK_EXPECT(m, .call = SLM_MOCK_ENTER);
    SLM_MOCK_EXPECT(m, .call = SLM_MOCK_RECORD, .name = "a", .fields = "k=7", .only = true);
    SLM_MOCK_EXPECT(m, .call = SLM_MOCK_EVENT, .name = "an *", .level = SLM_LEVEL_WARN, .scope = "a < outer");
    cr_expect(slm_mock_finish(m, false), "%s", said);
    cr_expect(slm_mock_finish(m, false), "nothing is expected any more");
    cr_expect(not(slm_mock_finish(m, true)), "there are others");
}

Test(mock, unexpected_calls_are_told)
{
    {
        SLM_SCOPE("a", ("x", 1));
    }
    SLM_MOCK_EXPECT(m, .call = SLM_MOCK_NEW, .name = "a");
    SLM_MOCK_EXPECT(m, .call = SLM_MOCK_EXIT, .name = "b", .fields = "x=2", .level = SLM_LEVEL_WARN);
    cr_expect(not(slm_mock_finish(m, false)));
    cr_expect(eq(str, said,
                 (char *)"spanloom: the mock was not told what was expected, from call 2 on:\n"
                         "  new a{x=1} level=INFO target=yaks contextual scope=(none)\n"
                         "- exit b{x=2, *} level=WARN\n"
                         "+ enter a{x=1} level=INFO target=yaks contextual scope=(none)\n"));
    SLM_MOCK_EXPECT(m, .call = SLM_MOCK_NEW, .fields = "x=");
    cr_expect(not(slm_mock_finish(m, false)), "fields with a mistake in them");
    const slm_mock_expectation sizeless = { .call = SLM_MOCK_NEW };
    slm_mock_expect(m, &sizeless);
    cr_expect(not(slm_mock_finish(m, false)));
}

Test(mock, more_calls_than_it_keeps_are_counted_and_fail)
{
    slm_mock_options options = { .size = sizeof options, .report = listen, .max_calls = 4 };
    slm_mock *small = slm_mock_begin(&options);
    shave_all(2);
    cr_expect(not(slm_expect_tree(small, "shaving_yaks")));
    cr_expect(strstr(said, "calls found no room") != NULL, "%s", said);
    cr_expect(not(slm_mock_finish(small, false)));
    slm_mock_clear(small);
    {
        SLM_SCOPE("again");
    }
    cr_expect(slm_expect_only_tree(small, "again"));
    slm_mock_end(small);
}

Test(mock, what_is_still_open_says_so)
{
    slm_span open = SLM_SPAN("open");
    cr_expect(slm_expect_tree(m, "open[open]"));
    slm_mock_clear(m);
    slm_span_end(open);
    cr_expect(slm_expect_only_tree(m, "open[ended]"), "it is told of on, after it was forgotten: %s", said);
}

static void *trace_elsewhere(void *parent)
{
    slm_span never = SLM_SPAN_WITH((.parent = slm_under_context(parent)), "never");
    (void)never;
    return NULL;
}

Test(mock, one_of_a_thread_is_not_told_of_others)
{
    pthread_t other;
    slm_context none = { 0 };
    cr_assert(eq(int, pthread_create(&other, NULL, trace_elsewhere, &none), 0));
    pthread_join(other, NULL);
    cr_expect(eq(str, (char *)slm_mock_calls(m), (char *)""));
}

static void *work(void *parent)
{
    slm_span s = SLM_SPAN_WITH((.parent = slm_under_context(parent)), "work");
    slm_token t = slm_enter(s);
    SLM_INFO("done");
    slm_exit(t);
    slm_span_end(s);
    return NULL;
}

Test(mock_of_the_process, is_told_of_all_threads)
{
    slm_mock_options options = { .size = sizeof options, .process_wide = true };
    slm_mock *all = slm_mock_begin(&options);
    slm_span parent = SLM_SPAN("parent");
    slm_token t = slm_enter(parent);
    slm_context context = slm_context_capture();
    slm_exit(t);
    slm_span_end(parent);
    pthread_t others[4];
    for (int i = 0; i < 4; i++)
        cr_assert(eq(int, pthread_create(&others[i], NULL, work, &context), 0));
    for (int i = 0; i < 4; i++)
        pthread_join(others[i], NULL);
    slm_context_release(&context);
    cr_expect(
        slm_expect_only_tree(all, "parent > (work[explicit] > 'done', work > 'done', work > 'done', work > 'done')"));
    slm_mock_end(all);
    slm_span_end(SLM_SPAN("nobody listens"));
}

Test(fixed_clock_and_ids, give_the_same_text_each_time)
{
    slm_test_clock(1700000000000000000);
    slm_test_ids(42);
    slm_mock *mock = slm_mock_begin(NULL);
    slm_span_context first, second, again;
    slm_span a = SLM_SPAN("a"), b = SLM_SPAN_WITH((.parent = slm_under(a)), "b");
    slm_span_identity(a, &first);
    slm_span_identity(b, &second);
    slm_span_end(b);
    slm_span_end(a);
    cr_expect(first.span_id.bytes[0] != second.span_id.bytes[0] || first.span_id.bytes[1] != second.span_id.bytes[1]);
    slm_test_ids(42);
    a = SLM_SPAN("a");
    slm_span_identity(a, &again);
    slm_span_end(a);
    cr_expect(eq(int, memcmp(&first, &again, sizeof first), 0));
    slm_test_ids(0);
    a = SLM_SPAN("a");
    slm_span_identity(a, &again);
    slm_span_end(a);
    cr_expect(ne(int, memcmp(&first, &again, sizeof first), 0));
    fputs(slm_mock_calls(mock), stderr);
    slm_mock_end(mock);
}

Test(mock, is_told_of_errors_as_events)
{
    {
        SLM_SCOPE_AS(s, "shave");
        slm_span_record_error(s, "ENOENT", "no such yak", NULL);
    }
    const char *tree = "shave > 'exception'{exception.type='ENOENT', exception.message='no such yak'}[ERROR]";
    cr_expect(slm_expect_only_tree(m, tree), "%s", said);
}
