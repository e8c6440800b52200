/* SPDX-License-Identifier: MIT */
/* The life of spans: behaviours 1 to 16 of tracing's tests, as docs/tracing-differences.md numbers them. */
#define SLM_TARGET "lifecycle"
#include <spanloom/diagnostic.h>
#include <spanloom/read.h>
#include <spanloom/stats.h>
#include <spanloom/test.h>
#include <spanloom/trace.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <pthread.h>

#include "tests/unit/raw.h"

static slm_mock *m;

static void begin(void)
{
    m = slm_mock_begin(NULL);
}

static void end(void)
{
    slm_mock_end(m);
}

TestSuite(lifecycle, .init = begin, .fini = end);

#define CALLS(mock, want) cr_expect(eq(str, (char *)slm_mock_calls(mock), (char *)(want)))

Test(lifecycle, enter_and_exit_then_end_give_exactly_those) /* 1 */
{
    slm_span s = SLM_SPAN("s");
    slm_exit(slm_enter(s));
    slm_span_end(s);
    CALLS(m, "new s\nenter s\nexit s\nend s\n");
}

Test(lifecycle, entered_n_times_gives_n_pairs_and_one_end) /* 2 */
{
    slm_span s = SLM_SPAN("s");
    for (int i = 0; i < 3; i++)
        slm_exit(slm_enter(s));
    slm_span_end(s);
    CALLS(m, "new s\nenter s\nexit s\nenter s\nexit s\nenter s\nexit s\nend s\n");
}

Test(lifecycle, copies_of_a_handle_tell_nobody_and_one_of_them_ends_the_span) /* 3 */
{
    slm_span s = SLM_SPAN("s"), copy = s;
    slm_span_end(copy);
    slm_span_end(s);
    SLM_SET(s, "late", 1);
    slm_exit(slm_enter(s));
    CALLS(m, "new s\nend s\n");
    cr_expect(eq(u64, slm_diagnostic_count(SLM_DIAG_STALE_SPAN), 3));
}

Test(lifecycle, a_span_that_was_exited_is_still_usable) /* 4 */
{
    slm_span s = SLM_SPAN("s");
    slm_exit(slm_enter(s));
    SLM_SET(s, "k", 1);
    slm_exit(slm_enter(s));
    slm_span_end(s);
    CALLS(m, "new s\nenter s\nexit s\nrecord s k=1\nenter s\nexit s\nend s\n");
}

static int leave_early(int how)
{
    for (int i = 0; i < 2; i++) {
        SLM_SCOPE("scope");
        if (how == 0)
            break;
        if (how == 1)
            continue;
        if (how == 2)
            return 1;
        goto out;
    }
out:
    return 0;
}

Test(lifecycle, a_scope_exits_before_it_ends_however_it_is_left) /* 5 */
{
    for (int how = 0; how < 4; how++) {
        slm_mock_clear(m);
        (void)leave_early(how);
        CALLS(m, how == 1
                     ? "new scope\nenter scope\nexit scope\nend scope\nnew scope\nenter scope\nexit scope\nend scope\n"
                     : "new scope\nenter scope\nexit scope\nend scope\n");
    }
}

Test(lifecycle, a_span_that_ends_outside_its_subscribers_scope_still_tells_it) /* 6 */
{
    slm_mock *inner = slm_mock_begin(NULL);
    slm_span s = SLM_SPAN("s");
    slm_subscriber_scope nobody = slm_thread_subscriber_push(NULL);
    slm_span_end(s);
    slm_thread_subscriber_pop(nobody);
    CALLS(inner, "new s\nend s\n");
    CALLS(m, "");
    slm_mock_end(inner);
}

Test(lifecycle, a_span_reaches_its_creator_only_under_another_subscriber) /* 7 */
{
    slm_span s = SLM_SPAN("s");
    slm_mock *other = slm_mock_begin(NULL);
    slm_exit(slm_enter(s));
    SLM_SET(s, "k", 1);
    slm_span_end(s);
    CALLS(other, "");
    CALLS(m, "new s\nenter s\nexit s\nrecord s k=1\nend s\n");
    slm_mock_end(other);

    raw *creator = raw_new(), *bystander = raw_new();
    slm_subscriber_scope first = slm_thread_subscriber_push(creator->subscriber);
    s = SLM_SPAN("raw");
    slm_subscriber_scope second = slm_thread_subscriber_push(bystander->subscriber);
    slm_exit(slm_enter(s));
    slm_span_end(s);
    slm_thread_subscriber_pop(second);
    slm_thread_subscriber_pop(first);
    cr_expect(eq(str, creator->calls, (char *)"new 1, enter 1, exit 1, end 1"));
    cr_expect(eq(str, bystander->calls, (char *)""));
    cr_expect(raw_done(creator) && raw_done(bystander));
}

static void *enter_exit_and_end(void *span)
{
    slm_span s = *(slm_span *)span;
    slm_exit(slm_enter(s));
    slm_span_end(s);
    return NULL;
}

static void on_another_thread(void *(*run)(void *), void *user)
{
    pthread_t other;
    cr_assert(eq(int, pthread_create(&other, NULL, run, user), 0));
    pthread_join(other, NULL);
}

static void *with_another_subscriber(void *span)
{
    slm_mock *other = slm_mock_begin(NULL);
    enter_exit_and_end(span);
    CALLS(other, "");
    slm_mock_end(other);
    return NULL;
}

Test(lifecycle, a_span_reaches_its_creator_only_on_another_thread) /* 8 */
{
    slm_span s = SLM_SPAN("s");
    on_another_thread(with_another_subscriber, &s);
    CALLS(m, "new s\nenter s\nexit s\nend s\n");
}

Test(lifecycle, handles_compare_as_values) /* 9 */
{
    slm_span spans[2];
    for (int i = 0; i < 2; i++)
        spans[i] = SLM_SPAN("one callsite");
    slm_span copy = spans[0];
    cr_expect(copy.id == spans[0].id && spans[0].id != spans[1].id);
    slm_span_end(spans[0]);
    slm_span_end(spans[1]);
    slm_span reused = SLM_SPAN("one callsite");
    cr_expect(reused.id != spans[0].id && reused.id != spans[1].id, "also where it stands in the same place");
    slm_span_end(reused);
    cr_expect(not(slm_span_is_enabled(slmi_no_span())), "all disabled spans are the one");
}

Test(lifecycle, entering_on_a_thread_without_a_subscriber_tells_the_creator) /* 10 */
{
    slm_span s = SLM_SPAN("s");
    on_another_thread(enter_exit_and_end, &s);
    for (slm_mock_call call = SLM_MOCK_NEW; call <= SLM_MOCK_END; call++)
        cr_expect(eq(sz, slm_mock_count(m, call, NULL), call != SLM_MOCK_RECORD && call != SLM_MOCK_EVENT));
}

Test(lifecycle, a_parent_that_ends_first_is_ended_and_stays_the_parent) /* 11 */
{
    slm_span parent = SLM_SPAN("parent");
    slm_span child = SLM_SPAN_WITH((.parent = slm_under(parent)), "child");
    slm_span_end(parent);
    CALLS(m, "new parent\nnew child\nend parent\n");
    slm_span_end(child);
    cr_expect(slm_expect_only_tree(m, "parent > child"));
}

Test(lifecycle, spans_end_in_the_order_in_which_they_are_ended) /* 12 */
{
    slm_span a = SLM_SPAN("a");
    slm_span b = SLM_SPAN_WITH((.parent = slm_under(a)), "b");
    slm_span c = SLM_SPAN_WITH((.parent = slm_under(b)), "c");
    slm_span_end(b);
    slm_span_end(a);
    slm_span_end(c);
    CALLS(m, "new a\nnew b\nnew c\nend b\nend a\nend c\n");
    cr_expect(slm_expect_only_tree(m, "a > b > c"));
}

Test(lifecycle, exits_out_of_order_leave_what_they_skip_and_are_counted) /* 13 */
{
    slm_span a = SLM_SPAN("a"), b = SLM_SPAN("b");
    slm_token in_a = slm_enter(a), in_b = slm_enter(b);
    slm_exit(in_a);
    cr_expect(not(slm_span_is_enabled(slm_current())));
    slm_exit(in_b);
    slm_span_end(a);
    slm_span_end(b);
    cr_expect(eq(sz, slm_mock_count(m, SLM_MOCK_EXIT, "a"), 1));
    cr_expect(eq(sz, slm_mock_count(m, SLM_MOCK_EXIT, "b"), 1));
    cr_expect(slm_diagnostic_count(SLM_DIAG_EXIT_ORDER) + slm_diagnostic_count(SLM_DIAG_EXIT_TWICE) > 0);
    cr_expect(slm_expect_only_tree(m, "a[ended], b[ended]"));
}

/* -- layers that read at the end ------------------------------------------------------------------------------------
 */

static unsigned readers;

static bool is_seven(void *user, const slm_field *field)
{
    readers += field->value.type == SLM_TYPE_I64 && field->value.as.i == 7;
    (void)user;
    return true;
}

static void read_at_end(void *self, const slm_view *span)
{
    (void)self;
    slm_view_fields(span, is_seven, NULL);
}

Test(lifecycle, every_layer_reads_the_span_at_its_end_and_nobody_after_it) /* 14 */
{
    static const slm_layer_ops ops = { .size = sizeof ops, .on_end = read_at_end };
    slm_layer layers[3];
    slm_subscriber *subscriber;
    for (int i = 0; i < 3; i++)
        layers[i] = (slm_layer){ .size = sizeof layers[i], .ops = &ops };
    cr_assert(eq(int, slm_subscriber_of_layers(layers, 3, &subscriber), SLM_OK));
    slm_subscriber_scope scope = slm_thread_subscriber_push(subscriber);
    slm_span s = SLM_SPAN("s", ("seven", 7));
    slm_value value;
    cr_expect(slm_span_get(s, slm_string_from_c("seven"), &value, NULL, 0));
    slm_span_end(s);
    cr_expect(eq(uint, readers, 3));
    cr_expect(not(slm_span_get(s, slm_string_from_c("seven"), &value, NULL, 0)));
    slm_thread_subscriber_pop(scope);
    slm_subscriber_release(subscriber);
}

Test(lifecycle, a_place_that_is_used_again_shows_nothing_of_before) /* 15 */
{
    slm_value value;
    slm_span before = SLM_SPAN("before", ("a", 1));
    SLM_SET(before, "b", 2);
    slm_span_end(before);
    for (int i = 0; i < 10000; i++) {
        slm_span s = SLM_SPAN("after", ("c", 3));
        cr_assert(not(slm_span_get(s, slm_string_from_c("a"), &value, NULL, 0)));
        cr_assert(not(slm_span_get(s, slm_string_from_c("b"), &value, NULL, 0)));
        SLM_SET(before, "c", 4);
        cr_assert(slm_span_get(s, slm_string_from_c("c"), &value, NULL, 0) && value.as.i == 3);
        slm_span_end(s);
    }
    slm_stats stats = { .size = sizeof stats };
    slm_stats_read(&stats);
    cr_expect(eq(u64, stats.started, 10001));
    cr_expect(eq(u64, stats.ended, 10001));
}

Test(lifecycle, spans_and_events_one_after_the_other_are_each_their_own) /* 16 */
{
    SLM_INFO("first");
    slm_span_end(SLM_SPAN("between"));
    SLM_INFO("last");
    cr_expect(slm_expect_only_tree(m, "'first', between, 'last'"));
}
