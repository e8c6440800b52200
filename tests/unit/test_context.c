/* SPDX-License-Identifier: MIT */
#include <spanloom/context.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/thread.h"
#include "tests/unit/recorded.h"

#define TEXT(want)   cr_expect(eq(str, (char *)recorded_text(), (char *)(want)))
#define MISUSE(want) cr_expect(eq(str, (char *)recorded_misuse(), (char *)(want)))

static const slm_span_context remote = { .trace_id = { { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 } },
                                         .span_id = { { 8, 7, 6, 5, 4, 3, 2, 1 } },
                                         .flags = SLM_FLAG_SAMPLED,
                                         .is_remote = true,
                                         .tracestate_len = 3,
                                         .tracestate = "a=1" };

static bool same_span(const slm_span_context *a, const slm_span_context *b)
{
    return memcmp(&a->trace_id, &b->trace_id, sizeof a->trace_id) == 0 &&
           memcmp(&a->span_id, &b->span_id, sizeof a->span_id) == 0;
}

Test(context, of_nothing_is_empty)
{
    recorded_begin(NULL, 0, NULL);
    slm_span_context out;
    slm_context none = slm_context_capture();
    cr_expect(eq(u64, none.id, 0u));
    cr_expect(not(slm_current_context(&out)));
    slm_token token = slm_context_attach(&none);
    cr_expect(eq(u64, token.id, 0u));
    slm_context_detach(token);
    slm_context_release(&none);
    slm_context_release(NULL);
    cr_expect(eq(u64, slm_context_attach(NULL).id, 0u));
    cr_expect(eq(u64, slm_context_remote(NULL).id, 0u));
    slm_span_context invalid = { .flags = 1 };
    cr_expect(eq(u64, slm_context_remote(&invalid).id, 0u));
    MISUSE("");
}

Test(context, makes_an_open_span_current_again)
{
    recorded_begin(NULL, 0, NULL);
    slm_span s = SLM_SPAN("s");
    slm_token token = slm_enter(s);
    slm_context context = slm_context_capture();
    slm_exit(token);
    {
        SLM_SCOPE_AS(other, "other");
        slm_token attached = slm_context_attach(&context);
        cr_expect(eq(u64, slm_current().id, s.id));
        SLM_INFO("in s");
        {
            SLM_SCOPE("child");
        }
        slm_context_detach(attached);
        cr_expect(eq(u64, slm_current().id, other.id));
    }
    slm_context_release(&context);
    cr_expect(eq(u64, context.id, 0u));
    slm_span_end(s);
    TEXT("child <s\nother\ns *in s{level='INFO'}\n");
    MISUSE("");
}

Test(context, stays_a_parent_when_its_span_has_ended)
{
    recorded_begin(NULL, 0, NULL);
    slm_context context;
    slm_span_context own, out;
    {
        SLM_SCOPE_AS(s, "s");
        context = slm_context_capture();
        cr_expect(slm_span_identity(s, &own));
    }
    slm_token attached = slm_context_attach(&context);
    cr_expect(eq(u64, slm_current().id, 0u));
    cr_expect(slm_current_context(&out) && same_span(&out, &own));
    SLM_INFO("nobody's");
    slm_context again = slm_context_capture();
    {
        SLM_SCOPE("late");
    }
    slm_context_detach(attached);
    slm_context_release(&context);
    slm_span_end(SLM_SPAN_WITH((.parent = slm_under_context(&again)), "later"));
    slm_context_release(&again);
    TEXT("s\nlate <s\nlater <s\n");
    MISUSE("");
}

Test(context, of_another_process_is_a_remote_parent)
{
    recorded_begin(NULL, 0, NULL);
    slm_context context = slm_context_remote(&remote);
    slm_token attached = slm_context_attach(&context);
    slm_span_context out;
    cr_expect(slm_current_context(&out) && same_span(&out, &remote));
    cr_expect(eq(int, out.tracestate_len, 3));
    cr_expect(eq(u64, slm_current().id, 0u));
    {
        SLM_SCOPE("server");
        SLM_SCOPE("inner");
    }
    slm_context_detach(attached);
    slm_context_release(&context);
    TEXT("inner <server\nserver <remote\n");
    cr_expect(eq(int, recorded_find("inner")->own.tracestate_len, 3));
}

Test(context, is_released_once_and_not_used_after)
{
    recorded_begin(NULL, 0, NULL);
    slm_context context, copy;
    {
        SLM_SCOPE("s");
        context = slm_context_capture();
        copy = context;
        slm_token attached = slm_context_attach(&context);
        slm_context_release(&context); /* it may still be attached */
        slm_context_detach(attached);
    }
    slm_context_release(&context);
    slm_context_release(&copy);
    copy.id = 12345; /* no context's */
    slm_context_release(&copy);
    MISUSE("context-twice=1");
    slm_context gone = slm_context_remote(&remote);
    copy = gone;
    slm_context_release(&gone);
    {
        SLM_SCOPE("current");
        cr_expect(eq(u64, slm_context_attach(&copy).id, 0u));
        slm_span_end(SLM_SPAN_WITH((.parent = slm_under_context(&copy)), "root"));
    }
    TEXT("s\nroot\ncurrent\n");
    MISUSE("context-twice=3");
}

Test(context, is_detached_once_and_takes_with_it_what_was_entered_since)
{
    recorded_begin(NULL, 0, NULL);
    slm_span s = SLM_SPAN("s");
    slm_token token = slm_enter(s);
    slm_context context = slm_context_capture();
    slm_exit(token);
    slm_token attached = slm_context_attach(&context);
    (void)slm_enter(s);
    slm_context_detach(attached);
    cr_expect(eq(u64, slm_current().id, 0u));
    MISUSE("exit-order=1");
    slm_context_detach(attached);
    MISUSE("exit-order=1 exit-twice=1");
    slm_context_release(&context);
    slm_span_end(s);
}

static unsigned entered, left;

static void note_enter(void *self, const slm_view *span)
{
    (void)self;
    (void)span;
    entered++;
}

static void note_exit(void *self, const slm_view *span)
{
    (void)self;
    (void)span;
    left++;
}

/* Each entry is told once and left once, whether by exit, detach, or because an outer one skipped it. */
Test(context, tells_layers_of_each_entry_and_each_exit)
{
    static const slm_layer_ops ops = { .size = sizeof ops, .on_enter = note_enter, .on_exit = note_exit };
    slm_layer layer = { .size = sizeof layer, .ops = &ops };
    recorded_begin(&layer, 1, NULL);
    slm_span s = SLM_SPAN("s");
    slm_token first = slm_enter(s), second = slm_enter(s);
    slm_context context = slm_context_capture();
    slm_token attached = slm_context_attach(&context);
    cr_expect(eq(uint, entered, 3));
    slm_context_detach(attached);
    cr_expect(eq(uint, left, 1));
    slm_exit(second);
    (void)slm_enter(s);
    {
        SLM_SCOPE("scope");
        (void)slm_enter(s);
    }
    cr_expect(eq(uint, entered, 6));
    slm_exit(first);
    cr_expect(eq(uint, left, 6));
    slm_exit(first);
    cr_expect(eq(uint, left, 6));
    slm_context_release(&context);
    slm_span_end(s);
}

Test(context, swapped_for_a_coroutine_keeps_what_it_entered)
{
    recorded_begin(NULL, 0, NULL);
    slm_context_slot slot = { 0 };
    slm_span mine = SLM_SPAN("mine"), its = SLM_SPAN("its");
    slm_token token = slm_enter(mine);
    slm_context_swap(&slot);
    cr_expect(eq(u64, slm_current().id, 0u));
    slm_token inside = slm_enter(its);
    slm_context_swap(&slot);
    cr_expect(eq(u64, slm_current().id, mine.id));
    slm_context_swap(&slot);
    cr_expect(eq(u64, slm_current().id, its.id));
    slm_exit(inside);
    slm_context_swap(&slot);
    slm_exit(token);
    cr_expect(eq(u64, slot.id, 0u));
    slm_span_end(mine);
    slm_span_end(its);
    MISUSE("");
}

/* A layer that takes everything, so that what the export filters out exists. */
static const slm_layer_ops all_ops = { .size = sizeof all_ops };
static const slm_layer all = { .size = sizeof all, .ops = &all_ops };

/* What is sent with a request names a span that arrives, even if the innermost one is not exported. */
Test(context, names_the_nearest_span_that_is_exported)
{
    recorded_begin(&all, 1, "info");
    slm_span_context own, out;
    {
        SLM_SCOPE_AT(SLM_LEVEL_DEBUG, "alone");
        cr_expect(slm_current_context(&out) && slm_span_context_is_valid(&out));
    }
    SLM_SCOPE_AS(s, "s");
    cr_expect(slm_span_identity(s, &own));
    SLM_SCOPE_AT(SLM_LEVEL_DEBUG, "filtered");
    cr_expect(slm_current_context(&out) && same_span(&out, &own));
}

/* The subscriber it was captured under is gone, and another has its place. */
Test(context, outlives_its_subscriber)
{
    recorded_begin(&all, 1, "info");
    slm_context context;
    {
        SLM_SCOPE("outer");
        SLM_SCOPE_AT(SLM_LEVEL_DEBUG, "filtered");
        context = slm_context_capture();
    }
    cr_expect(eq(str, (char *)recorded_text(), "outer\n"));
    slm_set_global_subscriber(NULL);
    slm_subscriber *others[SLMI_SETS + 1];
    unsigned made = 0;
    while (made <= SLMI_SETS && slm_subscriber_of_layers(&all, 1, &others[made]) == SLM_OK)
        made++;
    cr_expect(eq(uint, made, SLMI_SETS));
    slm_set_global_subscriber(others[0]);
    slm_span s = SLM_SPAN_WITH((.parent = slm_under_context(&context)), "child");
    slm_context again = slm_context_capture();
    slm_token token = slm_context_attach(&context);
    slm_span_context out;
    cr_expect(slm_current_context(&out));
    cr_expect(eq(int, memcmp(&out.span_id, &recorded_find("outer")->own.span_id, sizeof out.span_id), 0));
    slm_context_detach(token);
    slm_span_end(s);
    slm_context_release(&context);
    slm_context_release(&again);
}
