/* SPDX-License-Identifier: MIT */
/* Callbacks that run where they were armed: slm_context_resume(), jobs, watches, and threads that start in a context.
 */
#include <pthread.h>

#include <spanloom/job.h>
#include <spanloom/thread.h>
#include <spanloom/watch.h>

#include "core/pool.h"
#include "tests/unit/spans.h"

static slm_context captured_in(slm_span span)
{
    slm_token token = slm_enter(span);
    slm_context context = slm_context_capture();
    slm_exit(token);
    return context;
}

Test(resume, is_inside_what_was_current_and_nothing_else)
{
    recorded_begin(NULL, 0, NULL);
    slm_span request = SLM_SPAN("request");
    slm_context armed = captured_in(request), nowhere = slm_context_capture();
    {
        SLM_SCOPE_AS(loop, "loop");
        slm_resumed in = slm_context_resume(&armed);
        cr_expect(eq(u64, slm_current().id, request.id));
        slm_context_leave(&in);
        cr_expect(eq(u64, slm_current().id, loop.id));
        in = slm_context_resume(&nowhere);
        cr_expect(eq(u64, slm_current().id, 0u));
        {
            SLM_SCOPE("root");
        }
        slm_context_leave(&in);
        cr_expect(eq(u64, slm_current().id, loop.id));
    }
    slm_context_release(&armed);
    slm_span_end(request);
    TEXT("root\nloop\nrequest\n");
    MISUSE("");
}

Test(resume, once_gives_the_context_up_before_the_callback)
{
    recorded_begin(NULL, 0, NULL);
    slm_span request = SLM_SPAN("request");
    slm_context armed = captured_in(request);
    slm_resumed in = slm_context_resume_once(&armed);
    cr_expect(eq(u64, armed.id, 0u));
    cr_expect(eq(u64, slm_current().id, request.id));
    armed = slm_context_capture(); /* the callback arms it anew */
    slm_context_leave(&in);
    slm_span_end(request);
    in = slm_context_resume_once(&armed);
    cr_expect(eq(u64, slm_current().id, 0u));
    {
        SLM_SCOPE("late");
    }
    slm_context_leave(&in);
    TEXT("request\nlate <request\n");
    MISUSE("");
}

Test(resume, leaves_what_the_callback_forgot)
{
    recorded_begin(NULL, 0, NULL);
    slm_span request = SLM_SPAN("request"), other = SLM_SPAN("other");
    slm_context armed = captured_in(request), nowhere = { 0 };
    SLM_SCOPE_AS(loop, "loop");
    slm_resumed in = slm_context_resume(&armed);
    (void)slm_enter(other);
    slm_context_leave(&in);
    cr_expect(eq(u64, slm_current().id, loop.id));
    in = slm_context_resume(&nowhere);
    (void)slm_enter(other);
    (void)slm_enter(request);
    slm_context_leave(&in);
    cr_expect(eq(u64, slm_current().id, loop.id));
    slm_context_release(&armed);
    MISUSE("exit-order=2");
}

static void nothing(void *self, const slm_view *span)
{
    (void)self;
    (void)span;
}

static void end_inside(void)
{
    slm_span request = SLM_SPAN("request");
    slm_context armed = captured_in(request), again = captured_in(request);
    slm_resumed in = slm_context_resume_once(&armed);
    slm_span_end(request);
    slm_context_leave(&in);
    in = slm_context_resume_once(&again);
    cr_expect(eq(u64, slm_current().id, 0u));
    slm_context_leave(&in);
    MISUSE("");
    request = SLM_SPAN("request");
    armed = captured_in(request);
    in = slm_context_resume_once(&armed);
    slm_context_leave(&in);
    slm_token token = slm_enter(request); /* not so here: nobody knows whose scope it is */
    slm_span_end(request);
    slm_exit(token);
    TEXT("request\nrequest\n");
    MISUSE("ended-inside=1");
}

Test(resume, may_end_the_span_inside)
{
    recorded_begin(NULL, 0, NULL);
    end_inside();
}

Test(resume, may_end_the_span_inside_while_a_layer_watches)
{
    static const slm_layer_ops watching = { .size = sizeof watching, .on_enter = nothing, .on_exit = nothing };
    slm_layer layer = { .size = sizeof layer, .ops = &watching };
    recorded_begin(&layer, 1, NULL);
    end_inside();
}

static void *leave_elsewhere(void *resumed)
{
    SLM_SCOPE_AS(own, "own");
    slm_context_leave(resumed);
    cr_expect(eq(u64, slm_current().id, own.id));
    return NULL;
}

Test(resume, is_left_once_and_on_its_own_thread)
{
    recorded_begin(NULL, 0, NULL);
    slm_span request = SLM_SPAN("request");
    slm_context armed = captured_in(request), copy = armed;
    SLM_SCOPE_AS(loop, "loop");
    pthread_t thread;
    slm_resumed in = slm_context_resume_once(&armed);
    cr_assert(eq(int, pthread_create(&thread, NULL, leave_elsewhere, &in), 0));
    pthread_join(thread, NULL);
    cr_expect(eq(u64, slm_current().id, request.id));
    slm_context_leave(&in);
    cr_expect(eq(u64, slm_current().id, loop.id));
    slm_context_leave(&in);
    slm_context_leave(NULL);
    cr_expect(eq(u64, slm_current().id, loop.id));
    MISUSE("exit-thread=1");
    in = slm_context_resume(&copy); /* released long since: nothing is current */
    cr_expect(eq(u64, slm_current().id, 0u));
    slm_context_leave(&in);
    in = slm_context_resume_once(&copy);
    cr_expect(eq(u64, slm_current().id, 0u));
    slm_context_leave(&in);
    in = slm_context_resume_once(NULL);
    slm_context_leave(&in);
    cr_expect(eq(u64, slm_current().id, loop.id));
    MISUSE("exit-thread=1 context-twice=2");
}

/* -- jobs -------------------------------------------------------------------------------------------------------------
 */

static void work(void *name)
{
    slm_span_end(SLM_SPAN_WITH((.kind = SLM_KIND_INTERNAL), "work", ("name", (const char *)name)));
}

struct rearming {
    slm_job job;
    unsigned left;
};

static uint64_t counted;

static void count(void *self, const slm_view *span)
{
    (void)self;
    (void)span;
    counted++;
}

static void rearm(void *argument)
{
    struct rearming *r = argument;
    SLM_SCOPE("turn");
    if (r->left-- > 0)
        slm_job_bind(&r->job, rearm, r);
}

Test(job, runs_once_where_it_was_bound)
{
    recorded_begin(NULL, 0, NULL);
    slm_job first, second, dropped;
    {
        SLM_SCOPE("request");
        slm_job_bind(&first, work, "first");
        slm_job_bind(&dropped, work, "dropped");
    }
    slm_job_bind(&second, work, "second");
    {
        SLM_SCOPE("worker");
        slm_job_run(&second);
        slm_job_run(&first);
        slm_job_run(&first);
    }
    slm_job_drop(&dropped);
    slm_job_drop(&dropped);
    slm_job_drop(NULL);
    slm_job_run(&dropped);
    TEXT("request\nwork {name='second'}\nwork <request {name='first'}\nworker\n");
    MISUSE("");
}

Test(job, that_binds_itself_again_inside_its_span_takes_no_more_memory)
{
    enum { TURNS = 1000000 };
    static const slm_layer_ops ops = { .size = sizeof ops, .on_end = count };
    slm_layer layer = { .size = sizeof layer, .ops = &ops };
    slm_subscriber *subscriber;
    cr_assert(eq(int, slm_subscriber_of_layers(&layer, 1, &subscriber), SLM_OK));
    slm_set_global_subscriber(subscriber);
    struct rearming r = { .left = TURNS };
    slm_job_bind(&r.job, rearm, &r);
    for (unsigned i = 0; i < 100; i++)
        slm_job_run(&r.job);
    uint32_t in_use = slmi_pool_in_use();
    for (unsigned i = 0; i < TURNS; i++)
        slm_job_run(&r.job);
    cr_expect(eq(u64, counted, TURNS + 1u));
    cr_expect(eq(u64, r.job.context.id, 0u));
    cr_expect(eq(u32, slmi_pool_in_use(), in_use));
    MISUSE("");
    slm_subscriber_release(subscriber);
}

/* -- watches ----------------------------------------------------------------------------------------------------------
 */

static uint64_t seen;
static uint32_t seen_events;

static void look(slm_watch *watch, uint32_t events)
{
    seen = slm_current().id;
    seen_events = events;
    if (events == 2)
        slm_watch_disarm(watch);
}

Test(watch, runs_where_it_was_armed_until_it_is_disarmed)
{
    recorded_begin(NULL, 0, NULL);
    slm_span request = SLM_SPAN("request"), next = SLM_SPAN("next");
    slm_watch watch = { { 0 }, NULL };
    slm_watch_run(&watch, 4);
    cr_expect(eq(u32, seen_events, 0));
    slm_token t = slm_enter(request);
    slm_watch_arm(&watch, look);
    slm_exit(t);
    for (uint32_t i = 4; i < 6; i++) {
        slm_watch_run(&watch, i);
        cr_expect(eq(u64, seen, request.id));
        cr_expect(eq(u32, seen_events, i));
    }
    t = slm_enter(next);
    slm_watch_arm(&watch, look);
    slm_exit(t);
    slm_watch_run(&watch, 2);
    cr_expect(eq(u64, seen, next.id));
    slm_watch_run(&watch, 8);
    cr_expect(eq(u32, seen_events, 2));
    slm_watch_disarm(&watch);
    slm_watch_disarm(NULL);
    MISUSE("");
}

/* -- threads ----------------------------------------------------------------------------------------------------------
 */

static void *shear(void *argument)
{
    SLM_INFO("wool");
    {
        SLM_SCOPE("shear");
    }
    return argument;
}

static void *quit_outside(void *argument)
{
    pthread_exit(argument);
}

static void *quit_inside(void *argument)
{
    (void)slm_enter(SLM_SPAN("entered"));
    pthread_exit(argument);
}

static void in_a_thread(void *(*start)(void *))
{
    pthread_t thread;
    void *result = NULL;
    int argument;
    cr_assert(eq(int, slm_thread_create(&thread, NULL, start, &argument), 0));
    cr_assert(eq(int, pthread_join(thread, &result), 0));
    cr_expect(eq(ptr, result, (void *)&argument));
}

Test(thread, starts_where_its_creator_stands)
{
    recorded_begin(NULL, 0, NULL);
    {
        SLM_SCOPE("market");
        in_a_thread(shear);
        in_a_thread(quit_outside);
    }
    TEXT("shear <market\nmarket *wool{level='INFO'}\n");
    in_a_thread(shear);
    TEXT("shear\n");
    MISUSE("");
}

Test(thread, that_exits_inside_a_span_leaves_it)
{
    recorded_begin(NULL, 0, NULL);
    uint32_t in_use = slmi_pool_in_use();
    {
        SLM_SCOPE("market");
        in_a_thread(quit_inside);
    }
    TEXT("market\n");
    MISUSE("exit-order=1");
    cr_expect(le(u32, slmi_pool_in_use(), in_use + 2 * SLMI_MAGAZINE + 1));
}

Test(thread, that_cannot_be_created_gives_its_context_back)
{
    recorded_begin(NULL, 0, NULL);
    pthread_attr_t attr;
    pthread_t thread;
    cr_assert(eq(int, pthread_attr_init(&attr), 0));
    cr_assert(eq(int, pthread_attr_setstacksize(&attr, (size_t)1 << 46), 0));
    SLM_SCOPE("market");
    uint32_t in_use = 0;
    for (int i = 0; i < 100; i++) {
        cr_expect(ne(int, slm_thread_create(&thread, &attr, shear, NULL), 0));
        in_use = i == 10 ? slmi_pool_in_use() : in_use;
    }
    cr_expect(eq(u32, slmi_pool_in_use(), in_use));
    pthread_attr_destroy(&attr);
    MISUSE("");
}
