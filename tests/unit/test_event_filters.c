/* SPDX-License-Identifier: MIT */
/* Filters that decide by the values of an event's fields: behaviour 57. */
#define SLM_TARGET "events"
#include <spanloom/test.h>
#include <spanloom/trace.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

static slm_filter *parse(const char *directives)
{
    slm_filter *filter = NULL;
    slm_filter_error error;
    cr_assert(eq(int, slm_filter_parse(slm_string_from_c(directives), &filter, &error), SLM_OK), "%s", directives);
    return filter;
}

static slm_mock *begin(slm_filter *filter)
{
    slm_mock_options options = { .size = sizeof options, .filter = filter };
    return slm_mock_begin(&options);
}

static size_t print_yak(const void *object, char *out, size_t room)
{
    return (size_t)snprintf(out, room, "yak %d", *(const int *)object);
}

static void trace_users(void)
{
    for (int user = 6; user < 9; user++) {
        SLM_DEBUG(("user", user), "debug");
        SLM_ERROR(("user", user), "error");
    }
    SLM_DEBUG(("other", 7), "other");
}

Test(event_filters, only_events_with_the_value_are_taken) /* 57 */
{
    static const struct {
        const char *directives, *tree;
    } cases[] = {
        { "[{user=7}]", "'debug'{user=7}, 'error'{user=7}" },
        { "[{user=7}]=warn", "'error'{user=7}" },
        { "events[{user=7}]=debug", "'debug'{user=7}, 'error'{user=7}" },
        { "event[{user=7}]=debug", "" },
        { "error,[{user=7}]=debug", "'error'{user=6}, 'debug'{user=7}, 'error'{user=7}, 'error'{user=8}" },
        { "error,[{user=7}]=off", "'error'{user=6}, 'error'{user=8}" },
        { "error,![{user=7}]", "'error'{user=6}, 'error'{user=8}" },
        { "[{user=7}]=debug,[{user=8}]=error", "'debug'{user=7}, 'error'{user=7}, 'error'{user=8}" },
        { "[{user}]=error,[{user=8}]=debug", "'error'{user=6}, 'error'{user=7}, 'debug'{user=8}, 'error'{user=8}" },
        { "[{user=*}]=error", "'error'{user=6}, 'error'{user=7}, 'error'{user=8}" },
        { "[{user=7,other=7}]", "" },
        { "[{other=7}]", "'other'{other=7}" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slm_mock *m = begin(parse(cases[i].directives));
        trace_users();
        trace_users();
        size_t events = slm_mock_count(m, SLM_MOCK_EVENT, NULL);
        slm_mock_clear(m);
        trace_users();
        cr_expect(eq(sz, 2 * slm_mock_count(m, SLM_MOCK_EVENT, NULL), events), "%s", cases[i].directives);
        if (*cases[i].tree)
            cr_expect(slm_expect_only_tree(m, cases[i].tree), "%s", cases[i].directives);
        else
            cr_expect(eq(sz, events, 0), "%s", cases[i].directives);
        slm_mock_end(m);
    }
}

Test(event_filters, values_of_all_types_and_with_escapes_are_compared_as_text)
{
    static const struct {
        const char *directives;
        bool taken;
    } cases[] = {
        { "[{text=a b}]", false },
        { "[{text=\"say \\\"yes, no\\\"\"}]", true },
        { "[{text=\"say \\\"yes, n\\\"\"}]", false },
        { "[{text=\"say*\"}]", true },
        { "[{text=\"say\\*\"}]", false },
        { "[{text=say \\\"yes\\, no\\\"}]", true },
        { "[{path=\"C:\\\\yak\"}]", true },
        { "[{path=C:\\\\yak}]", true },
        { "[{path=\"C:yak\"}]", false },
        { "[{path=\"C:\\\\\\\\yak\"}]", false },
        { "[{brace=\"}]\"}]", true },
        { "[{brace=\\}\\]}]", true },
        { "[{flag=true}]", true },
        { "[{flag=false}]", false },
        { "[{ratio=0.5}]", true },
        { "[{printed=\"yak 3\"}]", true },
        { "[{printed=yak*}]", true },
        { "[{missing=*}]", false },
        { "[{flag=true,ratio=0.5,path=*}]", true },
        { "[{flag=true,ratio=0.6}]", false },
    };
    int three = 3;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slm_mock *m = begin(parse(cases[i].directives));
        SLM_INFO(("text", "say \"yes, no\""), ("path", "C:\\yak"), ("brace", "}]"), ("flag", (bool)true),
                 ("ratio", 0.5), ("printed", slm_debug(&three, print_yak)), ("missing", (const char *)NULL), "event");
        cr_expect(eq(sz, slm_mock_count(m, SLM_MOCK_EVENT, NULL), cases[i].taken), "%s", cases[i].directives);
        slm_mock_end(m);
    }
}

Test(event_filters, a_span_directive_still_decides_for_what_is_inside_it)
{
    slm_mock *m = begin(parse("[{user=7}]=debug,[loud]=trace,[quiet]=off"));
    {
        SLM_SCOPE("loud");
        SLM_DEBUG(("user", 6), "loud");
    }
    {
        SLM_SCOPE("quiet");
        SLM_DEBUG(("user", 7), "quiet");
    }
    cr_expect(eq(sz, slm_mock_count(m, SLM_MOCK_EVENT, NULL), 1));
    slm_mock_end(m);
}

static unsigned evaluated;

static int count_evaluation(int value)
{
    evaluated++;
    return value;
}

Test(event_filters, arguments_are_evaluated_once_and_not_where_no_value_would_do)
{
    slm_mock *m = begin(parse("[{user=7}]=info"));
    SLM_INFO(("user", count_evaluation(7)));
    SLM_INFO(("user", count_evaluation(8)));
    cr_expect(eq(uint, evaluated, 2));
    SLM_DEBUG(("user", count_evaluation(7)));
    SLM_INFO(("someone", count_evaluation(7)));
    cr_expect(eq(uint, evaluated, 2));
    slm_mock_end(m);
}

Test(event_filters, combinations_ask_each_part_once_when_the_values_are_there)
{
    slm_filter *every_second = slm_filter_and(parse("[{user=7}]"), slm_filter_every(2));
    slm_mock *m = begin(every_second);
    for (int i = 0; i < 40; i++)
        SLM_INFO(("user", 7 + i % 2));
    cr_expect(eq(sz, slm_mock_count(m, SLM_MOCK_EVENT, NULL), 10), "the limit counts what is wanted");
    slm_mock_end(m);

    m = begin(slm_filter_not(parse("[{user=7}]")));
    trace_users();
    cr_expect(
        slm_expect_only_tree(m, "'debug'{user=6}, 'error'{user=6}, 'debug'{user=8}, 'error'{user=8}, 'other'{*}"));
    slm_mock_end(m);

    m = begin(slm_filter_or(parse("[{user=6}]"), slm_filter_and(parse("[{user=8}]"), slm_filter_level(1))));
    trace_users();
    cr_expect(slm_expect_only_tree(m, "'debug'{user=6}, 'error'{user=6}, 'error'{user=8}"));
    slm_mock_end(m);
}

Test(event_filters, only_the_events_that_are_taken_are_exported)
{
    slm_memory_exporter *exporter;
    cr_assert(eq(int, slm_memory_exporter_new(parse("info,[{user=7}]=off"), &exporter), SLM_OK));
    slm_subscriber_scope scope = slm_thread_subscriber_push(slm_memory_exporter_subscriber(exporter));
    {
        SLM_SCOPE("span");
        SLM_ERROR(("user", 7), "not exported, and no error of the span");
        SLM_INFO(("user", 8), "exported");
    }
    const slm_span_data *s = slm_memory_exporter_find(exporter, "span");
    cr_assert(s != NULL);
    cr_expect(eq(uint, s->event_count, 1u));
    cr_expect(eq(int, s->status, SLM_SPAN_UNSET));
    slm_thread_subscriber_pop(scope);
    slm_memory_exporter_free(exporter);
}

static void trace_once(int user)
{
    SLM_INFO(("user", user), "event");
}

Test(event_filters, a_reload_brings_values_and_takes_them_away)
{
    slm_mock_options options = { .size = sizeof options, .filter = parse("info,[nobody]") };
    slm_mock *m = slm_mock_new(&options);
    slm_layer layer = slm_mock_layer(m);
    slm_subscriber *subscriber;
    cr_assert(eq(int, slm_subscriber_of_layers(&layer, 1, &subscriber), SLM_OK));
    slm_subscriber_scope scope = slm_thread_subscriber_push(subscriber);
    static const struct {
        const char *directives;
        size_t told;
    } cases[] = { { "info", 2 }, { "[{user=7}]", 1 }, { "info,[{user=7}]=off", 1 }, { "off", 0 }, { "[{user}]", 2 } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cr_assert(eq(int, slm_subscriber_reload(subscriber, 0, parse(cases[i].directives)), SLM_OK));
        slm_mock_clear(m);
        trace_once(7);
        trace_once(8);
        cr_expect(eq(sz, slm_mock_count(m, SLM_MOCK_EVENT, NULL), cases[i].told), "%s", cases[i].directives);
    }
    slm_thread_subscriber_pop(scope);
    slm_subscriber_release(subscriber);
    slm_mock_end(m);
}

Test(event_filters, a_question_about_metadata_of_ones_own_changes_nothing)
{
    slm_filter *filter = parse("info,[s]=debug");
    static const slm_string keys[] = { { "user", 4 } };
    slm_metadata debug = { .level = SLM_LEVEL_DEBUG, .target = { "events", 6 }, .keys = keys, .field_count = 1 };
    slm_metadata info = { .level = SLM_LEVEL_INFO, .target = { "events", 6 } };
    for (int i = 0; i < 2; i++) {
        cr_expect(not(slm_filter_takes(filter, &debug)));
        cr_expect(slm_filter_takes(filter, &info));
    }
    slm_filter_free(filter);
}
