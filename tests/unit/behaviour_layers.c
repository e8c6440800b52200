/* SPDX-License-Identifier: MIT */
/* Layers, each with a filter of its own: behaviours 53 to 60. */
#define SLM_TARGET "layers"
#include <spanloom/dynamic.h>
#include <spanloom/test.h>
#include <spanloom/trace.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

enum { MOCKS = 4 };

static slm_mock *mocks[MOCKS];
static slm_subscriber *subscriber;
static slm_subscriber_scope scope;
static size_t count;

/* A subscriber of so many mocks, with these filters. */
static void begin(size_t n, slm_filter *const *filters)
{
    slm_layer layers[MOCKS];
    count = n;
    for (size_t i = 0; i < n; i++) {
        slm_mock_options options = { .size = sizeof options, .filter = filters[i] };
        mocks[i] = slm_mock_new(&options);
        layers[i] = slm_mock_layer(mocks[i]);
    }
    cr_assert(eq(int, slm_subscriber_of_layers(layers, n, &subscriber), SLM_OK));
    scope = slm_thread_subscriber_push(subscriber);
}

static void end(void)
{
    slm_thread_subscriber_pop(scope);
    slm_subscriber_release(subscriber);
    for (size_t i = 0; i < count; i++)
        slm_mock_end(mocks[i]);
}

static void trace_all(void)
{
    SLM_SCOPE_AT(SLM_LEVEL_INFO, "info span");
    SLM_SCOPE_AT(SLM_LEVEL_DEBUG, "debug span");
    SLM_SCOPE_AT(SLM_LEVEL_TRACE, "trace span");
    SLM_INFO("info");
    SLM_DEBUG("debug");
    SLM_TRACE("trace");
}

static const char *const all_of[] = {
    [SLM_LEVEL_INFO] = "info span > 'info'",
    [SLM_LEVEL_DEBUG] = "info span > debug span > ('info', 'debug')",
    [SLM_LEVEL_TRACE] = "info span > debug span > trace span > ('info', 'debug', 'trace')",
};

Test(layers, three_layers_each_see_exactly_theirs) /* 53 */
{
    slm_filter *filters[] = { slm_filter_level(SLM_LEVEL_TRACE), slm_filter_level(SLM_LEVEL_DEBUG),
                              slm_filter_level(SLM_LEVEL_INFO) };
    begin(3, filters);
    trace_all();
    cr_expect(slm_expect_only_tree(mocks[0], all_of[SLM_LEVEL_TRACE]));
    cr_expect(slm_expect_only_tree(mocks[1], all_of[SLM_LEVEL_DEBUG]));
    cr_expect(slm_expect_only_tree(mocks[2], all_of[SLM_LEVEL_INFO]));
    end();
}

static unsigned asked_of_debug;

static bool not_asked_of_debug(void *user, const slm_metadata *meta)
{
    (void)user;
    asked_of_debug += meta->level > SLM_LEVEL_INFO;
    return true;
}

Test(layers, what_the_first_part_of_a_filter_refuses_the_second_is_not_asked_of) /* 54 */
{
    slm_filter *filters[2];
    for (int i = 0; i < 2; i++)
        filters[i] = slm_filter_and(slm_filter_level(SLM_LEVEL_INFO), slm_filter_function(not_asked_of_debug, NULL));
    begin(2, filters);
    trace_all();
    for (int i = 0; i < 2; i++)
        cr_expect(slm_expect_only_tree(mocks[i], all_of[SLM_LEVEL_INFO]));
    cr_expect(eq(uint, asked_of_debug, 0));
    end();
}

Test(layers, their_order_does_not_matter) /* 55 */
{
    for (unsigned filtered = 0; filtered < 8; filtered++) {
        for (unsigned sometimes = 0; sometimes < 8; sometimes++) {
            slm_filter *filters[3];
            for (unsigned i = 0; i < 3; i++) {
                filters[i] = filtered & 1u << i ? slm_filter_level(SLM_LEVEL_INFO) : NULL;
                if (sometimes & 1u << i && filters[i])
                    filters[i] = slm_filter_and(filters[i], slm_filter_every(1));
            }
            begin(3, filters);
            trace_all();
            for (unsigned i = 0; i < 3; i++)
                cr_expect(slm_expect_only_tree(mocks[i], all_of[filtered & 1u << i ? SLM_LEVEL_INFO : SLM_LEVEL_TRACE]),
                          "layer %u of filters %u, %u", i, filtered, sometimes);
            end();
        }
    }
}

static bool is_not(void *user, const slm_metadata *meta)
{
    return !slm_string_equal(meta->target, slm_string_from_c(user));
}

static slm_span enter_span(const char *name, const char *target, slm_token *token)
{
    slm_callsite callsite = { .size = sizeof callsite,
                              .level = SLM_LEVEL_INFO,
                              .name = slm_string_from_c(name),
                              .target = slm_string_from_c(target) };
    slm_span s = slm_span_start(&callsite, NULL, 0, NULL);
    *token = slm_enter(s);
    return s;
}

Test(layers, scopes_omit_the_spans_that_a_layer_does_not_take) /* 56 */
{
    static const char *const names[] = { "1", "2", "3", "4" };
    slm_filter *filters[] = { slm_filter_function(is_not, (void *)(uintptr_t) "a"),
                              slm_filter_function(is_not, (void *)(uintptr_t) "b"), NULL };
    slm_span spans[4];
    slm_token tokens[4];
    begin(3, filters);
    for (int i = 0; i < 4; i++)
        spans[i] = enter_span(names[i], i % 2 ? "b" : "a", &tokens[i]);
    SLM_INFO("inside");
    for (int i = 4; i-- > 0;) {
        slm_exit(tokens[i]);
        slm_span_end(spans[i]);
    }
    cr_expect(slm_expect_only_tree(mocks[0], "2 > 4 > 'inside'"));
    cr_expect(slm_expect_only_tree(mocks[1], "1 > 3 > 'inside'"));
    cr_expect(slm_expect_only_tree(mocks[2], "1 > 2 > 3 > 4 > 'inside'"));
    end();
}

Test(layers, a_field_of_an_event_lets_it_through) /* 57 */
{
    slm_filter *filter = NULL;
    cr_assert(eq(int, slm_filter_parse(slm_string_from_c("error,[{user}]=debug"), &filter, NULL), SLM_OK));
    begin(1, &filter);
    SLM_DEBUG(("user", 1), "taken");
    SLM_DEBUG(("other", 1), "not");
    SLM_TRACE(("user", 1), "not");
    cr_expect(slm_expect_only_tree(mocks[0], "'taken'{user=1}"));
    end();
}

Test(layers, an_event_that_nobody_takes_leaves_nothing_for_the_next) /* 58 */
{
    slm_filter *filters[] = { slm_filter_and(slm_filter_level(SLM_LEVEL_INFO), slm_filter_every(1)),
                              slm_filter_level(SLM_LEVEL_DEBUG) };
    begin(2, filters);
    for (int i = 0; i < 3; i++) {
        SLM_TRACE("nobody's");
        SLM_DEBUG("one's");
        SLM_INFO("both's");
    }
    cr_expect(eq(sz, slm_mock_count(mocks[0], SLM_MOCK_EVENT, "both's"), 3));
    cr_expect(eq(sz, slm_mock_count(mocks[0], SLM_MOCK_ANY, NULL), 3));
    cr_expect(eq(sz, slm_mock_count(mocks[1], SLM_MOCK_ANY, NULL), 6));
    end();
}

/* A filter that says `answer`, at each hit or once and for all. */
static slm_filter *says(bool answer, bool at_each_hit)
{
    slm_filter *always = at_each_hit ? slm_filter_every(1) : slm_filter_level(SLM_LEVEL_TRACE);
    return answer ? always : slm_filter_not(always);
}

Test(layers, filters_combine_as_their_truth_tables_say) /* 59 */
{
    for (unsigned i = 0; i < 16; i++) {
        bool x = i & 1, y = i & 2, x_each = i & 4, y_each = i & 8;
        slm_filter *filters[] = { slm_filter_and(says(x, x_each), says(y, y_each)),
                                  slm_filter_or(says(x, x_each), says(y, y_each)), slm_filter_not(says(x, x_each)),
                                  slm_filter_not(slm_filter_or(slm_filter_not(says(x, x_each)), says(y, y_each))) };
        const bool want[] = { x && y, x || y, !x, x && !y };
        begin(4, filters);
        SLM_INFO("event");
        for (int k = 0; k < 4; k++)
            cr_expect(eq(sz, slm_mock_count(mocks[k], SLM_MOCK_EVENT, NULL), want[k]), "%u, %d", i, k);
        end();
    }
}

static int traces(void)
{
    SLM_DEBUG("nested");
    return 1;
}

Test(layers, an_event_in_an_argument_is_filtered_on_its_own) /* 60 */
{
    slm_filter *filters[] = { slm_filter_and(slm_filter_level(SLM_LEVEL_INFO), slm_filter_every(1)),
                              slm_filter_and(slm_filter_level(SLM_LEVEL_DEBUG), slm_filter_every(1)) };
    begin(2, filters);
    SLM_INFO(("k", traces()), "outer");
    slm_span_end(SLM_SPAN("span", ("k", traces())));
    cr_expect(slm_expect_only_tree(mocks[0], "'outer'{k=1}, span{k=1}"));
    cr_expect(slm_expect_only_tree(mocks[1], "'nested', 'outer'{k=1}, 'nested', span{k=1}"));
    end();
}
