/* SPDX-License-Identifier: MIT */
/* A filter that is replaced while spans are open. */
#define SLM_TARGET "reload"
#include <spanloom/test.h>
#include <spanloom/trace.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/layering.h"
#include "core/pool.h"

static slm_mock *m;
static slm_subscriber *subscriber;
static slm_subscriber_scope scope;

static slm_filter *parse(const char *directives)
{
    slm_filter *filter = NULL;
    cr_assert(eq(int, slm_filter_parse(slm_string_from_c(directives), &filter, NULL), SLM_OK), "%s", directives);
    return filter;
}

static void begin(const char *directives)
{
    slm_mock_options options = { .size = sizeof options, .filter = parse(directives) };
    m = slm_mock_new(&options);
    slm_layer layer = slm_mock_layer(m);
    cr_assert(eq(int, slm_subscriber_of_layers(&layer, 1, &subscriber), SLM_OK));
    scope = slm_thread_subscriber_push(subscriber);
}

static void end(void)
{
    slm_thread_subscriber_pop(scope);
    slm_subscriber_release(subscriber);
    slm_mock_end(m);
}

static void reload(const char *directives)
{
    cr_assert(eq(int, slm_subscriber_reload(subscriber, 0, parse(directives)), SLM_OK), "%s", directives);
}

static size_t told(void)
{
    size_t count = slm_mock_count(m, SLM_MOCK_EVENT, NULL);
    slm_mock_clear(m);
    return count;
}

static void trace_at_all_levels(void)
{
    SLM_ERROR("error");
    SLM_WARN("warn");
    SLM_INFO("info");
    SLM_DEBUG("debug");
    SLM_TRACE("trace");
}

Test(reload, reaches_the_spans_that_are_open)
{
    begin("off,[nobody]=trace");
    slm_span s = SLM_SPAN("s");
    cr_expect(not(slm_span_is_enabled(s)), "nobody takes it");
    reload("info,[nobody]=trace");
    s = SLM_SPAN("s");
    slm_token t = slm_enter(s);
    slm_mock_clear(m);
    reload("error,[nobody]=trace");
    SLM_SET(s, "k", 1);
    cr_expect(eq(str, (char *)slm_mock_calls(m), (char *)""), "its layer does not take it any more");
    reload("info,[nobody]=trace");
    SLM_SET(s, "k", 2);
    cr_expect(eq(str, (char *)slm_mock_calls(m), (char *)"record s k=2\n"));
    slm_exit(t);
    slm_span_end(s);
    cr_expect(slm_expect_tree(m, "s{k=2}[ended]"));
    end();
}

Test(reload, a_span_directive_holds_inside_spans_that_were_open_before_it)
{
    static const struct {
        const char *directives;
        size_t told;
    } cases[] = {
        { "error,[outer]=debug", 4 },
        { "error,[outer]=trace", 5 },
        { "error,[outer]=off", 0 },
        { "error,[other]=trace", 1 },
        { "error,[inner]=info", 3 },
        { "error,[outer]=trace,[inner]=warn", 2 },
        { "trace", 5 },
        { "off", 0 },
        { "warn,[{k=7}]=debug", 4 },
        { "warn,[{k=8}]=debug", 2 },
    };
    begin("error,[outer]=info,[inner{none=1}]=info");
    {
        SLM_SCOPE_AS(outer, "outer");
        SLM_SCOPE("inner");
        SLM_SET(outer, "k", 7);
        trace_at_all_levels();
        cr_expect(eq(sz, told(), 3));
        for (int round = 0; round < 2; round++)
            for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                reload(cases[i].directives);
                trace_at_all_levels();
                cr_expect(eq(sz, told(), cases[i].told), "%s, round %d", cases[i].directives, round);
            }
    }
    end();
}

Test(reload, a_child_of_an_open_span_stands_under_the_new_filter)
{
    begin("error,[outer]=info");
    {
        SLM_SCOPE("outer");
        reload("error,[outer]=debug");
        SLM_SCOPE("child");
        trace_at_all_levels();
        cr_expect(eq(sz, told(), 4));
    }
    end();
}

Test(reload, refuses_a_filter_whose_places_have_no_room)
{
    begin("error");
    slm_filter *filter = parse("error,[s]=info");
    cr_expect(eq(int, slm_subscriber_reload(subscriber, 0, filter), SLM_ERR_LIMIT));
    slm_filter_free(filter);
    cr_expect(eq(int, slm_subscriber_reload(subscriber, 1, NULL), SLM_ERR_INVALID_ARGUMENT));
    cr_expect(eq(int, slm_subscriber_reload(NULL, 0, NULL), SLM_ERR_INVALID_ARGUMENT));
    cr_expect(eq(int, slm_subscriber_reload(subscriber, 0, NULL), SLM_OK));
    trace_at_all_levels();
    cr_expect(eq(sz, told(), 5), "no filter takes all");
    end();
}

/* -- what a layer itself says of callsites ----------------------------------------------------------------------------
 */

static unsigned asked, entered;

static slm_interest only_info(void *self, const slm_metadata *metadata)
{
    (void)self;
    asked++;
    return metadata->level == SLM_LEVEL_INFO ? SLM_INTEREST_ALWAYS : SLM_INTEREST_NEVER;
}

static void count_enter(void *self, const slm_view *span)
{
    (void)self;
    (void)span;
    entered++;
}

Test(reload, a_layer_that_never_wants_a_callsite_is_not_given_its_open_spans)
{
    static const slm_layer_ops choosy = { .size = sizeof choosy,
                                          .register_callsite = only_info,
                                          .on_enter = count_enter };
    slm_mock_options options = { .size = sizeof options };
    m = slm_mock_new(&options);
    slm_layer layers[] = { slm_mock_layer(m), { .size = sizeof *layers, .ops = &choosy } };
    cr_assert(eq(int, slm_subscriber_of_layers(layers, 2, &subscriber), SLM_OK));
    scope = slm_thread_subscriber_push(subscriber);
    slm_span debug = SLM_SPAN_AT(SLM_LEVEL_DEBUG, "debug"), info = SLM_SPAN("info");
    cr_assert(eq(int, slm_subscriber_reload(subscriber, 1, parse("off")), SLM_OK));
    cr_assert(eq(int, slm_subscriber_reload(subscriber, 1, parse("trace")), SLM_OK));
    slm_exit(slm_enter(debug));
    cr_expect(eq(uint, entered, 0));
    slm_exit(slm_enter(info));
    cr_expect(eq(uint, entered, 1));
    cr_expect(eq(uint, asked, 4), "once for each callsite, and once more after a reload that lets it");
    slm_span_end(debug);
    slm_span_end(info);
    end();
}

Test(reload, reaches_the_open_spans_of_all_pipelines)
{
    cr_assert(eq(int, slmi_subscriber_make(NULL, 0, 3, parse("info"), &subscriber), SLM_OK));
    scope = slm_thread_subscriber_push(subscriber);
    slm_span s = SLM_SPAN("s");
    const slmi_slot *slot = slmi_slot_at(slmi_id_slot(s.id));
    cr_expect(eq(u32, slmi_mask(slot), 7u));
    cr_assert(eq(int, slm_subscriber_reload(subscriber, 0, parse("warn")), SLM_OK));
    cr_expect(eq(u32, slmi_mask(slot), 0u));
    cr_assert(eq(int, slm_subscriber_reload(subscriber, 0, parse("trace")), SLM_OK));
    cr_expect(eq(u32, slmi_mask(slot), 7u));
    slm_span_end(s);
    slm_thread_subscriber_pop(scope);
    slm_subscriber_release(subscriber);
}
