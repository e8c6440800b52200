/* SPDX-License-Identifier: MIT */
/* What a layer is told and can ask, beyond what tracing's behaviours say. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <spanloom/context.h>

#include "tests/unit/layering.h"

/* A layer that writes down what it is told. */
struct told {
    char text[65536];
    size_t len;
    int forks;
    uint64_t took, now;
    bool takes;
    unsigned scope;
    uint32_t place;
};

static void put(struct told *t, char sign, slm_string name)
{
    if (t->len + name.len + 2 >= sizeof t->text)
        return;
    t->text[t->len++] = sign;
    memcpy(t->text + t->len, name.data, name.len);
    t->len += name.len;
    t->text[t->len++] = ' ';
    t->text[t->len] = '\0';
}

static void told_enter(void *self, const slm_view *span)
{
    put(self, '>', slm_view_name(span));
}

static void told_exit(void *self, const slm_view *span)
{
    put(self, '<', slm_view_name(span));
}

static void on_end(void *self, const slm_view *span)
{
    struct told *t = self;
    put(t, '-', slm_view_name(span));
    t->took = slm_view_end_ns(span) - slm_view_start_ns(span);
    t->now = slm_now_ns();
}

static bool count_one(void *count, const slm_view *span)
{
    (void)span;
    ++*(unsigned *)count;
    return true;
}

static void on_event(void *self, slm_hit *event)
{
    struct told *t = self;
    const slm_view *span = slm_hit_span(event);
    t->takes = span && slm_hit_takes(event, span);
    t->scope = 0;
    if (span)
        slm_view_scope(span, count_one, &t->scope);
    if (t->takes)
        ++*(uint32_t *)slm_view_place(span, t->place);
}

static void on_fork(void *self)
{
    ((struct told *)self)->forks++;
}

static const slm_layer_ops all_ops = { .size = sizeof all_ops,
                                       .on_event = on_event,
                                       .on_enter = told_enter,
                                       .on_exit = told_exit,
                                       .on_end = on_end,
                                       .on_fork = on_fork };
static const slm_layer_ops quiet_ops = { .size = sizeof quiet_ops, .on_end = on_end };

static struct told told;

static struct layering begin(const slm_layer_ops *ops, struct told *t, slm_filter *filter)
{
    slm_layer layer = { .size = sizeof layer,
                        .flags = SLM_LAYER_SCOPES,
                        .ops = ops,
                        .self = t,
                        .filter = filter,
                        .place_bytes = sizeof(uint32_t),
                        .place = &t->place };
    return layering_begin(&layer);
}

Test(layer, on_end_knows_when_the_span_ends)
{
    struct layering l = begin(&quiet_ops, &told, NULL);
    slm_span_end_at(SLM_SPAN_WITH((.start_ns = 1000), "explicit"), 1700);
    cr_expect(eq(u64, told.took, 700));
    slmi_clock_fix(5000);
    slm_span span = SLM_SPAN("measured");
    slmi_clock_fix(5042);
    slm_span_end(span);
    cr_expect(eq(u64, told.took, 42));
    cr_expect(eq(u64, told.now, 5042));
    slmi_clock_fix(0);
    layering_end(l);
}

Test(layer, an_events_span_is_the_layers_only_if_it_takes_that)
{
    struct layering l = begin(&all_ops, &told, slm_filter_level(SLM_LEVEL_INFO));
    SLM_INFO("outside");
    cr_expect(not(told.takes));
    {
        SLM_SCOPE("taken");
        SLM_INFO("inside");
        cr_expect(told.takes);
        SLM_SCOPE_AT(SLM_LEVEL_DEBUG, "filtered out");
        SLM_INFO("further inside");
        cr_expect(told.takes, "a span that nobody takes is not there: the event is in the one around");
    }
    layering_end(l);
}

Test(layer, another_subscribers_span_is_not_the_layers)
{
    static struct told other;
    struct layering l = begin(&all_ops, &told, NULL);
    slm_span span = SLM_SPAN("theirs", ("yak", "Gerald the third"));
    {
        SLM_ENTER(span);
        struct layering inner = begin(&all_ops, &other, NULL);
        SLM_ERROR("told to the other");
        cr_expect(not(other.takes));
        {
            SLM_SCOPE("ours");
            SLM_ERROR("told to the other, in a span of its own");
            cr_expect(other.takes);
            cr_expect(eq(u32, other.scope, 1), "the scope ends where the other subscriber's begins");
        }
        layering_end(inner);
    }
    char name[32];
    slm_value value;
    cr_expect(slm_span_get(span, slm_string_from_c("yak"), &value, name, sizeof name));
    cr_expect(eq(sz, value.len, strlen("Gerald the third")));
    slm_span_end(span);
    layering_end(l);
}

static int count_forks(void *user)
{
    (void)user;
    return told.forks == 1 ? 0 : 1;
}

Test(layer, a_layer_is_told_in_the_child_that_it_was_forked)
{
    struct layering l = begin(&all_ops, &told, NULL);
    cr_expect(eq(int, layering_fork(count_forks, NULL), 0));
    cr_expect(eq(int, told.forks, 0));
    layering_end(l);
    cr_expect(eq(int, layering_fork(count_forks, NULL), 1), "it is gone");
}

Test(layer, a_layer_that_takes_no_events_keeps_none_awake)
{
    struct layering l = begin(&quiet_ops, &told, NULL);
    int evaluated = 0;
    SLM_ERROR("%d", ++evaluated);
    cr_expect(eq(int, evaluated, 0));
    layering_end(l);
}

Test(layer, a_coroutine_that_is_switched_away_is_left_and_entered_again)
{
    struct layering l = begin(&all_ops, &told, NULL);
    slm_context_slot first = { 0 }, second = { 0 };
    slm_span a = SLM_SPAN("a"), b = SLM_SPAN("b"), c = SLM_SPAN("c");
    {
        SLM_SCOPE("loop");
        slm_context_swap(&first);
        slm_token in_a = slm_enter(a), in_b = slm_enter(b);
        slm_context_swap(&first); /* back in the loop */
        slm_context_swap(&second);
        slm_token in_c = slm_enter(c);
        slm_context_swap(&second);
        slm_context_swap(&first);
        slm_exit(in_b);
        slm_exit(in_a);
        slm_context_swap(&first);
        slm_context_swap(&second);
        slm_exit(in_c);
        slm_context_swap(&second);
    }
    cr_expect(
        eq(str, told.text,
           (char *)">loop <loop >a >b <b <a >loop <loop >c <c >loop <loop >a >b <b <a >loop <loop >c <c >loop <loop "
                   "-loop "));
    slm_span_end(a);
    slm_span_end(b);
    slm_span_end(c);
    layering_end(l);
}

Test(layer, a_coroutine_of_many_scopes_is_entered_outermost_first)
{
    enum { DEPTH = 200 };
    struct layering l = begin(&all_ops, &told, NULL);
    slm_context_slot slot = { 0 };
    slm_span spans[DEPTH];
    slm_token tokens[DEPTH];
    static char expected[65536];
    size_t len = 0;
    for (int i = 0; i < DEPTH; i++) {
        char name[16];
        spans[i] = layering_span(name, (size_t)snprintf(name, sizeof name, "s%d", i));
        tokens[i] = slm_enter(spans[i]);
        len += (size_t)snprintf(expected + len, sizeof expected - len, ">%s ", name);
    }
    slm_context_swap(&slot);
    told.len = 0;
    slm_context_swap(&slot);
    cr_expect(eq(str, told.text, expected));
    for (int i = DEPTH; i-- > 0;) {
        slm_exit(tokens[i]);
        slm_span_end(spans[i]);
    }
    layering_end(l);
}
