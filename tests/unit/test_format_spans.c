/* SPDX-License-Identifier: MIT */
/* The lines of a span's life, and how long it was busy. */
#define SLM_TARGET "yaks"
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <pthread.h>

#include "tests/unit/lines.h"

static const slm_format_options bare = { .timer = SLM_TIMER_UPTIME,
                                         .hide = SLM_SHOW_LEVEL | SLM_SHOW_TARGET | SLM_SHOW_SPAN_LIST };

static void begin(uint32_t span_events)
{
    slm_format_options options = bare;
    options.span_events = span_events;
    lines_begin(options);
}

/* What was printed, without the times. */
static const char *printed(void)
{
    static char words[1024];
    size_t len = 0;
    for (const char *at = lines.text; *at; at = strchr(at, '\n') + 1) {
        const char *word = strchr(at, 's') + 2, *end = strchr(at, '\n');
        memcpy(words + len, word, (size_t)(end - word));
        len += (size_t)(end - word);
        words[len++] = ',';
    }
    words[len ? len - 1 : 0] = '\0';
    return words;
}

#define EXPECT_PRINTED(words) cr_expect(eq(str, (char *)(uintptr_t)printed(), (char *)(uintptr_t)(words)))

Test(format_spans, each_choice_prints_its_sequence) /* 70 */
{
    static const struct {
        uint32_t events;
        const char *words;
    } cases[] = {
        { 0, "event" },
        { SLM_SPAN_EVENT_NONE, "event" },
        { SLM_SPAN_EVENT_NEW, "new,event" },
        { SLM_SPAN_EVENT_ENTER, "enter,event,enter" },
        { SLM_SPAN_EVENT_EXIT, "event,exit,exit" },
        { SLM_SPAN_EVENT_ACTIVE, "enter,event,exit,enter,exit" },
        { SLM_SPAN_EVENT_CLOSE, "event,close time.busy=30.0ns time.idle=12.0ns" },
        { SLM_SPAN_EVENT_FULL, "new,enter,event,exit,enter,exit,close time.busy=30.0ns time.idle=12.0ns" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin(cases[i].events);
        slm_span s = SLM_SPAN("s");
        lines_wait(2);
        slm_token t = slm_enter(s);
        lines_wait(10);
        SLM_INFO("event");
        slm_exit(t);
        lines_wait(4);
        t = slm_enter(s);
        lines_wait(20);
        slm_exit(t);
        lines_wait(6);
        slm_span_end(s);
        lines_end();
        cr_expect(eq(str, (char *)(uintptr_t)printed(), (char *)(uintptr_t)cases[i].words), "%#x", cases[i].events);
    }
}

Test(format_spans, a_scope_prints_what_a_span_does)
{
    begin(SLM_SPAN_EVENT_FULL);
    {
        SLM_SCOPE("s");
        lines_wait(5);
    }
    lines_end();
    EXPECT_PRINTED("new,enter,exit,close time.busy=5.00ns time.idle=0.00ns");
}

Test(format_spans, without_a_timer_the_end_has_no_times) /* 70 */
{
    lines_begin((slm_format_options){ .timer = SLM_TIMER_NONE, .span_events = SLM_SPAN_EVENT_CLOSE });
    slm_span_end(SLM_SPAN("s", ("a", 1)));
    lines_end();
    cr_expect(eq(str, lines.text, (char *)(uintptr_t) " INFO s{a=1}: yaks: close\n"));
}

Test(format_spans, a_span_entered_within_itself_is_busy_once)
{
    begin(SLM_SPAN_EVENT_CLOSE);
    slm_span s = SLM_SPAN("s");
    slm_token outer = slm_enter(s);
    lines_wait(10);
    slm_token inner = slm_enter(s);
    lines_wait(10);
    slm_exit(inner);
    lines_wait(10);
    slm_exit(outer);
    slm_span_end(s);
    lines_end();
    EXPECT_PRINTED("close time.busy=30.0ns time.idle=0.00ns");
}

static void *enter_and_exit(void *span)
{
    slm_token t = slm_enter(*(const slm_span *)span);
    lines_wait(10);
    slm_exit(t);
    return NULL;
}

Test(format_spans, two_threads_inside_are_busy_once)
{
    begin(SLM_SPAN_EVENT_CLOSE);
    pthread_t other;
    slm_span s = SLM_SPAN("s");
    lines_wait(5);
    slm_token t = slm_enter(s);
    lines_wait(10);
    cr_assert(pthread_create(&other, NULL, enter_and_exit, &s) == 0);
    pthread_join(other, NULL);
    lines_wait(10);
    slm_exit(t);
    cr_assert(pthread_create(&other, NULL, enter_and_exit, &s) == 0);
    pthread_join(other, NULL);
    slm_span_end(s);
    lines_end();
    EXPECT_PRINTED("close time.busy=40.0ns time.idle=5.00ns");
}

Test(format_spans, a_span_ended_inside_was_busy_until_then)
{
    begin(SLM_SPAN_EVENT_CLOSE);
    slm_span s = SLM_SPAN("s");
    lines_wait(3);
    slm_token t = slm_enter(s);
    lines_wait(10);
    slm_span_end(s);
    slm_exit(t);
    lines_end();
    EXPECT_PRINTED("close time.busy=10.0ns time.idle=3.00ns");
}

Test(format_spans, times_that_the_program_gives_count)
{
    begin(SLM_SPAN_EVENT_NEW | SLM_SPAN_EVENT_CLOSE);
    slm_span s = SLM_SPAN_WITH((.start_ns = LINES_NOON + 1000), "s");
    slm_span_end_at(s, LINES_NOON + 3000);
    lines_end();
    cr_expect(eq(str, lines.text,
                 (char *)(uintptr_t) "   0.000001000s new\n   0.000003000s close time.busy=0.00ns "
                                     "time.idle=2.00\xc2\xb5s\n"));
}

Test(format_spans, what_is_recorded_later_is_in_the_next_line) /* 71 */
{
    lines_begin((slm_format_options){ .span_events = SLM_SPAN_EVENT_NEW | SLM_SPAN_EVENT_CLOSE,
                                      .timer = SLM_TIMER_NONE,
                                      .hide = SLM_SHOW_LEVEL | SLM_SHOW_TARGET });
    slm_span s = SLM_SPAN("s", ("a", 1), ("b", SLM_EMPTY));
    SLM_SET(s, "b", 2);
    SLM_EVENT_WITH((.parent = slm_under(s)), SLM_LEVEL_INFO, "event");
    SLM_SET(s, "a", 3);
    slm_span_set_name(s, "renamed");
    slm_span_end(s);
    lines_end();
    cr_expect(eq(str, lines.text, (char *)(uintptr_t) "s{a=1}: new\ns{a=1 b=2}: event\nrenamed{a=3 b=2}: close\n"));
}

Test(format_spans, spans_that_the_layer_does_not_take_have_no_lines)
{
    lines_begin_filtered((slm_format_options){ .span_events = SLM_SPAN_EVENT_FULL, .timer = SLM_TIMER_NONE },
                         "yaks=off,other=trace");
    slm_span_end(SLM_SPAN("s"));
    lines_end();
    cr_expect(eq(str, lines.text, (char *)(uintptr_t) ""));
}

/* A second layer whose bit is not the first. */
Test(format_spans, each_layer_shows_its_own_spans)
{
    slm_layer layers[2];
    slm_subscriber *subscriber;
    slm_filter *filter;
    slm_format_options options = {
        .size = sizeof options, .span_events = SLM_SPAN_EVENT_NEW, .timer = SLM_TIMER_NONE, .hide = SLM_SHOW_TARGET
    };
    options.writer = slm_writer_new(&lines_ops, NULL);
    cr_assert(slm_layer_format(&options, NULL, &layers[0]) == SLM_OK);
    options.writer = slm_writer_new(&lines_ops, NULL);
    filter = slm_filter_level(SLM_LEVEL_INFO);
    cr_assert(slm_layer_format(&options, filter, &layers[1]) == SLM_OK);
    cr_assert(slm_subscriber_of_layers(layers, 2, &subscriber) == SLM_OK);
    slm_subscriber_scope scope = slm_thread_subscriber_push(subscriber);
    {
        SLM_SCOPE_AT(SLM_LEVEL_DEBUG, "debug");
        SLM_SCOPE("info");
    }
    slm_thread_subscriber_pop(scope);
    slm_subscriber_release(subscriber);
    cr_expect(eq(str, lines.text, (char *)(uintptr_t) "DEBUG debug: new\n INFO debug:info: new\n INFO info: new\n"));
}
