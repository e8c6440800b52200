/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <spanloom/flame.h>

#include <pthread.h>

#include "core/platform.h"
#include "tests/unit/folded.h"
#include "tests/unit/layering.h"

enum { START = 1000000 };

static struct folded page;
static char text[1 << 20];

static void read_back(const slm_flame *flame)
{
    slm_buffer buffer = { text, sizeof text, 0 };
    cr_assert(slm_flame_write(flame, slm_sink_buffer, &buffer));
    cr_assert(lt(sz, buffer.len, sizeof text));
    cr_assert(folded_read(&page, text), "%s in: %.80s", page.wrong, text);
}

static slm_flame *make(const slm_flame_options *options, slm_layer *layer)
{
    slm_flame *flame = NULL;
    cr_assert(eq(int, (int)slm_flame_new(options, NULL, layer, &flame), SLM_OK));
    return flame;
}

static const slm_flame_options threadless = { .size = sizeof threadless, .without_threads = true };

static void at(uint64_t ns)
{
    slmi_clock_fix(START + ns);
}

Test(flame, time_belongs_to_the_innermost_span_of_the_stack)
{
    slm_layer layer;
    slm_flame *flame = make(&threadless, &layer);
    struct layering l = layering_begin(&layer);
    at(0);
    {
        SLM_SCOPE("request");
        at(10);
        for (int i = 0; i < 2; i++) {
            SLM_SCOPE("query");
            at(30 + 100 * (uint64_t)i);
        }
        at(500);
    }
    read_back(flame);
    cr_expect(eq(u64, page.count, 2));
    cr_expect(eq(u64, folded_self(&page, "request"), 10 + 500 - 130));
    cr_expect(eq(u64, folded_self(&page, "request;query"), 20 + 100));
    layering_end(l);
    slm_flame_release(flame);
}

Test(flame, time_counts_before_the_scope_is_left)
{
    slm_layer layer;
    slm_flame *flame = make(&threadless, &layer);
    struct layering l = layering_begin(&layer);
    at(0);
    {
        SLM_SCOPE("for good");
        at(7);
        {
            SLM_SCOPE("turn");
            at(9);
        }
        read_back(flame);
        cr_expect(eq(u64, folded_self(&page, "for good"), 7));
        cr_expect(eq(u64, folded_self(&page, "for good;turn"), 2));
    }
    layering_end(l);
    slm_flame_release(flame);
}

Test(flame, an_asynchronous_span_counts_while_it_is_polled)
{
    slm_layer layer;
    slm_flame *flame = make(&threadless, &layer);
    struct layering l = layering_begin(&layer);
    at(0);
    slm_span task = SLM_SPAN("task");
    for (uint64_t i = 1; i <= 3; i++) {
        at(100 * i);
        SLM_ENTER(task);
        at(100 * i + 5);
    }
    slm_span_end(task);
    read_back(flame);
    cr_expect(eq(u64, folded_self(&page, "task"), 15));
    layering_end(l);
    slm_flame_release(flame);
}

Test(flame, the_lowest_frame_is_the_thread)
{
    slm_layer layer;
    slm_flame *flame = make(NULL, &layer);
    struct layering l = layering_begin(&layer);
    pthread_setname_np(pthread_self(), "wor;ker 1");
    at(0);
    {
        SLM_SCOPE("job");
        at(3);
    }
    read_back(flame);
    char name[SLMI_THREAD_NAME_MAX]; /* not every system has names */
    bool named = slmi_platform_thread_name(name) != 0;
    cr_expect(eq(u64, folded_self(&page, named ? "wor:ker 1;job" : "thread;job"), 3));
    layering_end(l);
    slm_flame_release(flame);
}

Test(flame, any_name_makes_a_frame_that_readers_take)
{
    static const struct {
        const char *name;
        size_t len;
        const char *frame;
    } cases[] = {
        { "", 0, "?" },
        { "a;b", 3, "a:b" },
        { "two\nlines 7", 11, "two lines 7" },
        { "\xff\0", 2, "\xef\xbf\xbd\xef\xbf\xbd" },
    };
    slm_layer layer;
    slm_flame *flame = make(&threadless, &layer);
    struct layering l = layering_begin(&layer);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slm_span span = layering_span(cases[i].name, cases[i].len);
        at(1000 * i);
        slm_token token = slm_enter(span);
        at(1000 * i + i + 1);
        slm_exit(token);
        slm_span_end(span);
    }
    read_back(flame);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_expect(eq(u64, folded_self(&page, cases[i].frame), i + 1), "case %zu", i);
    layering_end(l);
    slm_flame_release(flame);
}

Test(flame, what_is_deeper_than_the_bound_counts_for_its_ancestor_and_is_counted)
{
    enum { DEPTH = 4, NESTED = 10000 };
    slm_layer layer;
    slm_flame_options options = { .size = sizeof options, .depth = DEPTH, .without_threads = true };
    slm_flame *flame = make(&options, &layer);
    struct layering l = layering_begin(&layer);
    static slm_span spans[NESTED];
    static slm_token tokens[NESTED];
    at(0);
    unsigned made = 0;
    for (; made < NESTED; made++) {
        spans[made] = SLM_SPAN("down");
        tokens[made] = slm_enter(spans[made]);
        if (!tokens[made].id)
            break; /* the pool is full: that is counted elsewhere */
    }
    at(50);
    for (unsigned i = made; i-- > 0;) {
        slm_exit(tokens[i]);
        slm_span_end(spans[i]);
    }
    read_back(flame);
    cr_expect(eq(u64, folded_self(&page, "down;down;down;down"), 50));
    cr_expect(eq(u64, slm_flame_lost_read(flame).scopes, made - DEPTH));
    {
        SLM_SCOPE("after");
        at(60);
    }
    read_back(flame);
    cr_expect(eq(u64, folded_self(&page, "after"), 10));
    layering_end(l);
    slm_flame_release(flame);
}

Test(flame, stacks_beyond_the_bound_are_counted_with_their_time)
{
    slm_layer layer;
    slm_flame_options options = { .size = sizeof options, .stacks = 2, .without_threads = true };
    slm_flame *flame = make(&options, &layer);
    struct layering l = layering_begin(&layer);
    at(0);
    {
        SLM_SCOPE("a");
        at(1);
        SLM_SCOPE("b");
        at(3);
        SLM_SCOPE("c");
        at(7);
        SLM_SCOPE("d");
        at(15);
    }
    read_back(flame);
    cr_expect(eq(u64, page.count, 2));
    cr_expect(eq(u64, folded_self(&page, "a;b"), 2));
    cr_expect(eq(u64, slm_flame_lost_read(flame).scopes, 2));
    cr_expect(eq(u64, slm_flame_lost_read(flame).nanoseconds, 12));
    layering_end(l);
    slm_flame_release(flame);
}

Test(flame, an_exit_that_was_skipped_leaves_no_frame_behind)
{
    slm_layer layer;
    slm_flame *flame = make(&threadless, &layer);
    struct layering l = layering_begin(&layer);
    at(0);
    slm_unwind_mark mark = slm_mark();
    slm_span outer = SLM_SPAN("outer"), inner = SLM_SPAN("inner");
    (void)slm_enter(outer);
    (void)slm_enter(inner);
    at(5);
    slm_unwind(mark);
    at(100);
    {
        SLM_SCOPE("next");
        at(103);
    }
    slm_span_end(inner);
    slm_span_end(outer);
    read_back(flame);
    cr_expect(eq(u64, folded_self(&page, "outer;inner"), 5));
    cr_expect(eq(u64, folded_self(&page, "next"), 3));
    cr_expect(eq(u64, page.count, 2));
    layering_end(l);
    slm_flame_release(flame);
}

Test(flame, a_filter_replaced_between_enter_and_exit_leaves_no_frame_for_good)
{
    slm_layer layer;
    slm_flame *flame = make(&threadless, &layer);
    struct layering l = layering_begin(&layer);
    at(0);
    {
        SLM_SCOPE("before");
        cr_assert(eq(int, (int)slm_subscriber_reload(l.subscriber, 0, slm_filter_level(SLM_LEVEL_OFF)), SLM_OK));
    }
    cr_assert(eq(int, (int)slm_subscriber_reload(l.subscriber, 0, NULL), SLM_OK));
    at(10);
    {
        SLM_SCOPE("after");
        at(11);
    }
    read_back(flame);
    cr_expect(eq(u64, folded_self(&page, "after"), 1));
    layering_end(l);
    slm_flame_release(flame);
}

static int child_reads(void *user)
{
    slm_flame *flame = user;
    at(1000);
    {
        SLM_SCOPE("in the child");
        at(1001);
    }
    slm_buffer buffer = { text, sizeof text, 0 };
    bool fine = slm_flame_write(flame, slm_sink_buffer, &buffer) && folded_read(&page, text);
    return fine && page.count == 1 && folded_self(&page, "in the child") == 1 ? 0 : 1;
}

struct leaver {
    slm_subscriber *subscriber;
    uint64_t number;
};

/* It is not told of the exit. */
static void *end_inside(void *user)
{
    struct leaver *leaver = user;
    slm_subscriber_scope scope = slm_thread_subscriber_push(leaver->subscriber);
    leaver->number = slmi_platform_thread_number();
    (void)slm_enter(SLM_SPAN("left behind"));
    cr_assert(eq(int, (int)slm_subscriber_reload(leaver->subscriber, 0, slm_filter_level(SLM_LEVEL_OFF)), (int)SLM_OK));
    slm_thread_subscriber_pop(scope);
    return NULL;
}

Test(flame, a_thread_that_ends_inside_a_span_that_a_new_filter_refuses_leaves_its_place_to_others)
{
    slm_flame_options one = threadless;
    one.threads = 1;
    slm_layer layer;
    slm_flame *flame = make(&one, &layer);
    struct layering l = layering_begin(&layer);
    struct leaver leaver = { l.subscriber, 0 };
    pthread_t thread;
    at(0);
    cr_assert(eq(int, pthread_create(&thread, NULL, end_inside, &leaver), 0));
    pthread_join(thread, NULL);
    if (!slmi_platform_thread_is_gone(leaver.number))
        cr_skip_test("this system does not say which threads are gone");
    cr_assert(eq(int, (int)slm_subscriber_reload(l.subscriber, 0, NULL), (int)SLM_OK));
    {
        SLM_SCOPE("next");
        at(10);
    }
    read_back(flame);
    cr_expect(eq(u64, folded_self(&page, "next"), 10));
    cr_expect(eq(u64, slm_flame_lost_read(flame).scopes, 0u));
    layering_end(l);
    slm_flame_release(flame);
}

Test(flame, a_forked_child_counts_from_zero_and_is_inside_nothing)
{
    slm_layer layer;
    slm_flame *flame = make(&threadless, &layer);
    struct layering l = layering_begin(&layer);
    at(0);
    {
        SLM_SCOPE("before");
        {
            SLM_SCOPE("and within");
            at(4);
        }
        cr_expect(eq(int, layering_fork(child_reads, flame), 0));
        at(5);
    }
    read_back(flame);
    cr_expect(eq(u64, folded_self(&page, "before"), 1));
    layering_end(l);
    slm_flame_release(flame);
}

Test(flame, options_that_cannot_be_are_refused)
{
    const slm_flame_options cases[] = {
        { .size = 4 },
        { .size = sizeof *cases, .stacks = SLM_FLAME_STACKS_MAX + 1 },
        { .size = sizeof *cases, .threads = SLM_FLAME_THREADS_MAX + 1 },
        { .size = sizeof *cases, .depth = SLM_FLAME_DEPTH_MAX + 1 },
    };
    slm_layer layer;
    slm_flame *flame = NULL;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_expect(eq(int, (int)slm_flame_new(&cases[i], NULL, &layer, &flame), SLM_ERR_INVALID_ARGUMENT));
    slm_flame_release(NULL);
}
