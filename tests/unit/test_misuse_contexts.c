/* SPDX-License-Identifier: MIT */
/* Misuse of contexts and of coroutines, counted by its kind and told once by the names of the spans; and what looks
 * like it and is none. */
#include <spanloom/job.h>

#include "core/pool.h"
#include "tests/unit/told.h"

TestSuite(told, .init = begin);

Test(told, a_context_released_twice)
{
    slm_span shave = SLM_SPAN("shave");
    {
        SLM_SCOPE("market");
        slm_context context = captured_in(shave), copy = context;
        slm_context_release(&context);
        slm_context_release(&copy);
    }
    slm_span_end(shave);
    MISUSE("context-twice=1");
    TOLD("context-twice: a context of span 'shave' was released twice; the second time from inside span 'market'\n");
}

Test(told, a_context_used_after_its_release)
{
    slm_span shave = SLM_SPAN("shave");
    slm_context context = captured_in(shave), copy = context;
    slm_context_release(&context);
    cr_expect(eq(u64, slm_context_attach(&copy).id, 0u));
    slm_span_end(shave);
    MISUSE("context-twice=1");
    TOLD("context-twice: a context of span 'shave' was used after its release\n");
}

/* A coroutine's chain by hand: what it has entered goes with the slot. */
Test(told, a_coroutine_destroyed_inside_three_scopes)
{
    slm_context_slot slot = { 0 };
    SLM_SCOPE_AS(loop, "loop");
    slm_context_swap(&slot);
    slm_span spans[3] = { SLM_SPAN("one") };
    slm_token first = slm_enter(spans[0]);
    spans[1] = SLM_SPAN("two");
    (void)slm_enter(spans[1]);
    spans[2] = SLM_SPAN("three");
    (void)slm_enter(spans[2]);
    slm_context_swap(&slot);
    slm_context_slot copy = slot;
    slm_context_abandon(&slot);
    cr_expect(eq(u64, slot.id, 0u));
    cr_expect(eq(u64, slm_current().id, loop.id));
    MISUSE("");
    slm_context_swap(&copy); /* brings nothing: it was left */
    cr_expect(eq(u64, slm_current().id, 0u));
    slm_context_swap(&copy);
    cr_expect(eq(u64, slm_current().id, loop.id));
    slm_exit(first);
    MISUSE("exit-twice=2");
    TOLD("exit-twice: slm_context_swap() with a copy of a slot, from inside span 'loop': span 'three' was left "
         "already\n");
    for (int i = 3; i-- > 0;)
        slm_span_end(spans[i]);
    TEXT("three <two\ntwo <one\none\n");
}

static void late(void *argument)
{
    SLM_SCOPE("late");
    (void)argument;
}

Test(told, nothing_of_a_callback_that_outlives_its_span)
{
    slm_job job;
    {
        SLM_SCOPE("request");
        slm_job_bind(&job, late, NULL);
    }
    slm_job_run(&job);
    TEXT("request\nlate <request\n");
    MISUSE("");
    TOLD("");
}

/* -- a timer that arms itself again inside its own span -- */

struct timer {
    slm_context armed_in;
    uint64_t left;
};

static void tick(struct timer *timer)
{
    SLM_SCOPE("tick");
    if (timer->left-- > 0)
        timer->armed_in = slm_context_capture(); /* a chain: each turn's span is the parent of the next one's */
}

static void fire(struct timer *timer)
{
    slm_resumed in = slm_context_resume_once(&timer->armed_in);
    tick(timer);
    slm_context_leave(&in);
}

Test(told, nothing_of_a_timer_that_arms_itself_in_its_own_span_a_million_times)
{
    enum { TURNS = 1000000 };
    struct timer timer = { .left = TURNS };
    static const slm_layer_ops ops = { .size = sizeof ops };
    slm_layer layer = { .size = sizeof layer, .ops = &ops };
    slm_subscriber *subscriber;
    cr_assert(eq(int, (int)slm_subscriber_of_layers(&layer, 1, &subscriber), (int)SLM_OK));
    slm_set_global_subscriber(subscriber);
    for (int i = 0; i < 100; i++)
        fire(&timer);
    uint32_t in_use = slmi_pool_in_use();
    for (int i = 100; i <= TURNS; i++)
        fire(&timer);
    cr_expect(eq(u32, slmi_pool_in_use(), in_use));
    cr_expect(eq(u64, timer.armed_in.id, 0u));
    slm_subscriber_release(subscriber);
}
