/* SPDX-License-Identifier: MIT */
/* What is current, and what is under what: behaviours 17 to 25. */
#define SLM_TARGET "parents"
#include <spanloom/diagnostic.h>
#include <spanloom/dynamic.h>
#include <spanloom/test.h>
#include <spanloom/trace.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static slm_mock *m;

static void begin(void)
{
    m = slm_mock_begin(NULL);
}

static void end(void)
{
    slm_mock_end(m);
}

TestSuite(parents, .init = begin, .fini = end);

Test(parents, entering_an_ancestor_makes_it_current_and_leaving_restores) /* 17 */
{
    slm_span outer = SLM_SPAN("outer");
    slm_token in_outer = slm_enter(outer);
    {
        SLM_SCOPE_AS(inner, "inner");
        slm_token again = slm_enter(outer);
        cr_expect(slm_current().id == outer.id);
        SLM_INFO("in outer");
        slm_exit(again);
        cr_expect(slm_current().id == inner.id);
        SLM_INFO("in inner");
    }
    cr_expect(slm_current().id == outer.id);
    slm_exit(in_outer);
    slm_span_end(outer);
    cr_expect(slm_expect_only_tree(m, "outer > (inner > 'in inner', 'in outer')"));
}

Test(parents, what_is_current_is_the_parent_and_nothing_makes_a_root) /* 18 */
{
    SLM_INFO("alone");
    {
        SLM_SCOPE("outer");
        slm_span_end(SLM_SPAN("child"));
        SLM_INFO("in it");
    }
    slm_span_end(SLM_SPAN("root"));
    cr_expect(slm_expect_only_tree(m, "'alone'[contextual], outer[contextual] > (child[contextual], 'in it'), root"));
}

Test(parents, an_explicit_parent_wins_over_what_is_current) /* 19 */
{
    slm_span given = SLM_SPAN("given");
    {
        SLM_SCOPE("current");
        slm_span_end(SLM_SPAN_WITH((.parent = slm_under(given)), "child"));
    }
    slm_span_end(given);
    cr_expect(slm_expect_only_tree(m, "given > child[explicit], current"));
}

Test(parents, an_explicit_root_is_one_inside_a_span) /* 20 */
{
    SLM_SCOPE("current");
    slm_span_end(SLM_SPAN_WITH((.parent = SLM_ROOT), "root"));
    cr_expect(slm_expect_only_tree(m, "current, root[explicit]"));
}

Test(parents, an_events_parent_is_given_likewise) /* 21 */
{
    slm_span given = SLM_SPAN("given");
    {
        SLM_SCOPE("current");
        SLM_EVENT_WITH((.parent = slm_under(given)), SLM_LEVEL_INFO, "explicit");
        SLM_EVENT_WITH((.parent = SLM_ROOT), SLM_LEVEL_INFO, "root");
        SLM_INFO("contextual");
    }
    slm_span_end(given);
    cr_expect(
        slm_expect_only_tree(m, "given > 'explicit'[explicit], current > 'contextual'[contextual], 'root'[explicit]"));
}

static uint64_t span_of_event;

static void look(void *self, slm_hit *event)
{
    (void)self;
    const slm_view *span = slm_hit_span(event);
    span_of_event = span ? slm_view_span(span).id : 0;
}

Test(parents, a_layer_finds_the_span_of_an_event) /* 22 */
{
    static const slm_layer_ops ops = { .size = sizeof ops, .on_event = look };
    slm_layer layer = { .size = sizeof layer, .ops = &ops };
    slm_subscriber *subscriber;
    cr_assert(eq(int, slm_subscriber_of_layers(&layer, 1, &subscriber), SLM_OK));
    slm_subscriber_scope scope = slm_thread_subscriber_push(subscriber);
    slm_span given = SLM_SPAN("given");
    SLM_INFO("none");
    cr_expect(eq(u64, span_of_event, 0));
    {
        SLM_SCOPE_AS(current, "current");
        SLM_INFO("contextual");
        cr_expect(eq(u64, span_of_event, current.id));
        SLM_EVENT_WITH((.parent = slm_under(given)), SLM_LEVEL_INFO, "explicit");
        cr_expect(eq(u64, span_of_event, given.id));
        SLM_EVENT_WITH((.parent = SLM_ROOT), SLM_LEVEL_INFO, "explicit root");
        cr_expect(eq(u64, span_of_event, 0));
    }
    slm_span_end(given);
    slm_thread_subscriber_pop(scope);
    slm_subscriber_release(subscriber);
}

Test(parents, an_ended_or_disabled_parent_makes_a_root_never_what_is_current) /* 23 */
{
    slm_span ended = SLM_SPAN("ended"), disabled = slmi_no_span();
    slm_span_end(ended);
    {
        SLM_SCOPE("another request");
        slm_span_end(SLM_SPAN_WITH((.parent = slm_under(ended)), "a"));
        slm_span_end(SLM_SPAN_WITH((.parent = slm_under(disabled)), "b"));
        SLM_EVENT_WITH((.parent = slm_under(ended)), SLM_LEVEL_INFO, "c");
        SLM_EVENT_WITH((.parent = slm_under(disabled)), SLM_LEVEL_INFO, "d");
    }
    cr_expect(slm_expect_only_tree(m, "ended, another request, a, b, 'c', 'd'"));
    cr_expect(eq(u64, slm_diagnostic_count(SLM_DIAG_PARENT_GONE), 4));
}

Test(parents, a_child_is_explicit_at_every_level) /* 24 */
{
    slm_span p = SLM_SPAN("p");
    slm_span_end(SLM_SPAN_WITH_AT((.parent = slm_under(p)), SLM_LEVEL_ERROR, "1"));
    slm_span_end(SLM_SPAN_WITH_AT((.parent = slm_under(p)), SLM_LEVEL_WARN, "2"));
    slm_span_end(SLM_SPAN_WITH_AT((.parent = slm_under(p)), SLM_LEVEL_INFO, "3"));
    slm_span_end(SLM_SPAN_WITH_AT((.parent = slm_under(p)), SLM_LEVEL_DEBUG, "4"));
    slm_span_end(SLM_SPAN_WITH_AT((.parent = slm_under(p)), SLM_LEVEL_TRACE, "5"));
    slm_span_end(p);
    cr_expect(slm_expect_only_tree(m, "p > (1[explicit,level=ERROR], 2[explicit,level=WARN], 3[explicit,level=INFO], "
                                      "4[explicit,level=DEBUG], 5[explicit,level=TRACE])"));
}

/* -- the matrix of ancestries ---------------------------------------------------------------------------------------
 */

static void ignore(void *user, const char *text)
{
    (void)user;
    (void)text;
}

static slm_parent way(int how, slm_span given)
{
    switch (how) {
    case 0:
        return (slm_parent){ 0 };
    case 1:
        return SLM_ROOT;
    default:
        return slm_under(given);
    }
}

/* What is expected of each way of giving a parent, inside `current` or not, and whether it holds. */
static const struct {
    int how;
    bool inside;
    slm_mock_ancestry ancestry;
    const char *parent;
    bool holds;
} cases[] = {
    { 0, false, SLM_MOCK_CONTEXTUAL, "", true },
    { 0, false, SLM_MOCK_CONTEXTUAL, "current", false },
    { 0, false, SLM_MOCK_EXPLICIT, "", false },
    { 0, false, SLM_MOCK_EXPLICIT, "current", false },
    { 0, true, SLM_MOCK_CONTEXTUAL, "current", true },
    { 0, true, SLM_MOCK_CONTEXTUAL, "", false },
    { 0, true, SLM_MOCK_CONTEXTUAL, "other", false },
    { 0, true, SLM_MOCK_EXPLICIT, "current", false },
    { 0, true, SLM_MOCK_EXPLICIT, "", false },
    { 1, false, SLM_MOCK_EXPLICIT, "", true },
    { 1, false, SLM_MOCK_CONTEXTUAL, "", false },
    { 1, false, SLM_MOCK_EXPLICIT, "current", false },
    { 1, true, SLM_MOCK_EXPLICIT, "", true },
    { 1, true, SLM_MOCK_CONTEXTUAL, "", false },
    { 1, true, SLM_MOCK_EXPLICIT, "current", false },
    { 2, false, SLM_MOCK_EXPLICIT, "current", true },
    { 2, false, SLM_MOCK_CONTEXTUAL, "current", false },
    { 2, false, SLM_MOCK_EXPLICIT, "", false },
    { 2, true, SLM_MOCK_EXPLICIT, "current", true },
    { 2, true, SLM_MOCK_CONTEXTUAL, "current", false },
    { 2, true, SLM_MOCK_EXPLICIT, "", false },
    { 2, true, SLM_MOCK_EXPLICIT, "other", false },
    { 2, true, SLM_MOCK_EITHER, "current", true },
};

Test(parents_matrix, contextual_is_not_explicit_even_with_the_same_parent) /* 25 */
{
    slm_mock_options options = { .size = sizeof options, .report = ignore };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        m = slm_mock_begin(&options);
        slm_span current = SLM_SPAN("current");
        slm_token t = { 0 };
        if (cases[i].inside)
            t = slm_enter(current);
        slm_span s = SLM_SPAN_WITH((.parent = way(cases[i].how, current)), "new");
        SLM_EVENT_WITH((.parent = way(cases[i].how, current)), SLM_LEVEL_INFO, "event");
        slm_exit(t);
        slm_span_end(s);
        slm_span_end(current);
        for (int event = 0; event < 2; event++) {
            SLM_MOCK_EXPECT(m, .name = "current");
            if (cases[i].inside)
                SLM_MOCK_EXPECT(m, .call = SLM_MOCK_ENTER);
            if (event)
                SLM_MOCK_EXPECT(m, .name = "new");
            SLM_MOCK_EXPECT(m, .call = event ? SLM_MOCK_EVENT : SLM_MOCK_NEW, .ancestry = cases[i].ancestry,
                            .parent = cases[i].parent);
            cr_expect(eq(int, slm_mock_finish(m, false), cases[i].holds), "case %zu, %s", i, event ? "event" : "span");
        }
        slm_mock_end(m);
    }
}
