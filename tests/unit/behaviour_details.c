/* SPDX-License-Identifier: MIT */
/* What exported spans say of themselves when asked to: behaviour 90. */
#define SLM_TARGET "details"
#include <spanloom/test.h>
#include <spanloom/trace.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <pthread.h>
#include <string.h>

#include "core/details.h"

static const uint64_t now_ns = 1700000000000000000u;
static slm_memory_exporter *exporter;
static slm_subscriber_scope scope;

static void begin(uint32_t details)
{
    cr_assert(eq(int, slm_memory_exporter_new(NULL, &exporter), SLM_OK));
    slmi_details_ask(slm_memory_exporter_subscriber(exporter), details);
    scope = slm_thread_subscriber_push(slm_memory_exporter_subscriber(exporter));
}

static void end(void)
{
    slm_thread_subscriber_pop(scope);
    slm_memory_exporter_free(exporter);
}

static const slm_field *find(const slm_field *fields, size_t count, const char *key)
{
    for (size_t i = 0; i < count; i++)
        if (slm_string_equal(fields[i].key, slm_string_from_c(key)))
            return &fields[i];
    return NULL;
}

static const slm_field *field(const char *span, const char *key)
{
    const slm_span_data *s = slm_memory_exporter_find(exporter, span);
    cr_assert(s != NULL, "no span is called %s", span);
    return find(s->fields, s->field_count, key);
}

static void expect_text(const slm_field *f, const char *text)
{
    cr_assert(f != NULL, "no field for %s", text);
    cr_expect(slm_string_equal(slm_string_of(f->value.as.s, f->value.len), slm_string_from_c(text)), "\"%.*s\"",
              (int)f->value.len, f->value.as.s);
}

static void expect_number(const slm_field *f, uint64_t number)
{
    cr_assert(f != NULL);
    cr_expect(eq(u64, f->value.as.u, number));
}

Test(details, of_an_exported_span_are_none_unless_asked_for) /* 90 */
{
    begin(0);
    {
        SLM_SCOPE("plain", ("k", 1));
        SLM_INFO("event");
    }
    const slm_span_data *s = slm_memory_exporter_find(exporter, "plain");
    cr_assert(s != NULL);
    cr_expect(eq(uint, s->field_count, 1u));
    cr_assert(eq(uint, s->event_count, 1u));
    cr_expect(eq(uint, s->events[0].field_count, 1u)); /* its level */
    end();
}

Test(details, a_span_and_its_events_say_where_they_are_in_the_code) /* 90 */
{
    begin(SLM_DETAIL_CODE | SLM_DETAIL_TARGET | SLM_DETAIL_LEVEL);
    unsigned line = __LINE__ + 2;
    {
        SLM_SCOPE("here");
        SLM_WARN("event");
    }
    const slm_span_data *s = slm_memory_exporter_find(exporter, "here");
    cr_assert(s != NULL);
    cr_expect(eq(uint, s->field_count, 4u));
    cr_expect(strstr(field("here", "code.file.path")->value.as.s, "behaviour_details.c") != NULL);
    expect_number(field("here", "code.line.number"), line);
    expect_text(field("here", "target"), "details");
    expect_text(field("here", "level"), "INFO");
    cr_assert(eq(uint, s->event_count, 1u));
    expect_number(find(s->events[0].fields, s->events[0].field_count, "code.line.number"), line + 1);
    expect_text(find(s->events[0].fields, s->events[0].field_count, "target"), "details");
    expect_text(find(s->events[0].fields, s->events[0].field_count, "level"), "WARN");
    end();
}

Test(details, a_field_that_the_program_gave_stands) /* 90 */
{
    begin(SLM_DETAIL_CODE | SLM_DETAIL_TARGET | SLM_DETAIL_LEVEL | SLM_DETAIL_TIMES);
    {
        SLM_SCOPE("own", ("level", "mine"), ("busy_ns", 7), ("target", "a bull's eye"));
        SLM_INFO(("target", "another"), "event");
    }
    const slm_span_data *s = slm_memory_exporter_find(exporter, "own");
    expect_text(field("own", "level"), "mine");
    expect_text(field("own", "target"), "a bull's eye");
    expect_number(field("own", "busy_ns"), 7);
    cr_expect(eq(uint, s->field_count, 6u)); /* those, the place's two, and idle_ns */
    expect_text(find(s->events[0].fields, s->events[0].field_count, "target"), "another");
    end();
}

Test(details, a_span_says_how_long_it_was_busy_and_idle) /* 90 */
{
    begin(SLM_DETAIL_TIMES);
    slm_test_clock(now_ns);
    slm_span s = SLM_SPAN("task");
    slm_test_clock(now_ns + 10);
    for (unsigned i = 0; i < 3; i++) {
        slm_token t = slm_enter(s);
        slm_token again = slm_enter(s); /* one within the other counts once */
        slm_test_clock(now_ns + 10 + 100 * i + 30);
        slm_exit(again);
        slm_exit(t);
        slm_test_clock(now_ns + 10 + 100 * (i + 1));
    }
    slm_span_end(s);
    {
        SLM_SCOPE("scope");
        slm_test_clock(now_ns + 1000);
    }
    slm_span_end(SLM_SPAN("never entered"));
    expect_number(field("task", "busy_ns"), 90);
    expect_number(field("task", "idle_ns"), 220);
    expect_number(field("scope", "busy_ns"), 690);
    expect_number(field("scope", "idle_ns"), 0);
    expect_number(field("never entered", "busy_ns"), 0);
    expect_number(field("never entered", "idle_ns"), 0);
    slm_test_clock(0);
    end();
}

static void *work(void *subscriber)
{
    pthread_setname_np(pthread_self(), "shepherd");
    slm_subscriber_scope mine = slm_thread_subscriber_push(subscriber);
    slm_span_end(SLM_SPAN("afield"));
    slm_thread_subscriber_pop(mine);
    return NULL;
}

Test(details, a_span_says_which_thread_started_it) /* 90 */
{
    pthread_t thread;
    begin(SLM_DETAIL_THREAD | SLM_DETAIL_TIMES);
    cr_assert(eq(int, pthread_create(&thread, NULL, work, slm_memory_exporter_subscriber(exporter)), 0));
    pthread_join(thread, NULL);
    slm_span_end(SLM_SPAN("at home"));
    expect_text(field("afield", "thread.name"), "shepherd");
    cr_assert(field("afield", "thread.id") && field("at home", "thread.id"));
    cr_expect(ne(u64, field("afield", "thread.id")->value.as.u, field("at home", "thread.id")->value.as.u));
    end();
}

Test(details, events_are_still_exported_where_spans_are_watched) /* 90 */
{
    begin(SLM_DETAIL_THREAD | SLM_DETAIL_TIMES);
    {
        SLM_SCOPE("watched");
        SLM_INFO("event");
    }
    const slm_span_data *s = slm_memory_exporter_find(exporter, "watched");
    cr_assert(s != NULL);
    cr_expect(eq(uint, s->event_count, 1u));
    end();
}
