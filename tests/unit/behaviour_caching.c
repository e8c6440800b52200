/* SPDX-License-Identifier: MIT */
/* Who is asked, when and how often, and who is told: behaviours 38 to 52. */
#define SLM_TARGET "caching"
#include <spanloom/diagnostic.h>
#include <spanloom/dynamic.h>
#include <spanloom/test.h>
#include <spanloom/trace.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>

#include "tests/unit/raw.h"

static raw *a, *b;
static slm_subscriber_scope in_a;

static void begin(void)
{
    a = raw_new();
    b = raw_new();
    in_a = slm_thread_subscriber_push(a->subscriber);
}

static void end(void)
{
    slm_thread_subscriber_pop(in_a);
    cr_expect(raw_done(a) && raw_done(b));
}

TestSuite(caching, .init = begin, .fini = end);

static void one_function(void)
{
    SLM_INFO("of a function");
}

Test(caching, a_filter_that_says_never_is_asked_once_for_each_callsite) /* 38 */
{
    a->interest = SLM_INTEREST_NEVER;
    for (int i = 0; i < 10; i++)
        SLM_INFO("one");
    cr_expect(eq(uint, a->registered, 1));
    cr_expect(eq(uint, a->asked, 0));
    cr_expect(eq(uint, a->events, 0));
}

Test(caching, callsites_are_asked_about_separately_and_a_function_once) /* 39 */
{
    a->interest = SLM_INTEREST_SOMETIMES;
    SLM_INFO("one");
    SLM_INFO("two");
    one_function();
    one_function();
    cr_expect(eq(uint, a->registered, 3));
    cr_expect(eq(uint, a->asked, 4));
    cr_expect(eq(uint, a->events, 4));
}

static void hit(void)
{
    SLM_DEBUG("hit");
}

Test(caching, what_one_subscriber_is_told_never_leaks_to_another) /* 40 */
{
    a->max_level = SLM_LEVEL_INFO;
    hit();
    cr_expect(eq(uint, a->events, 0));
    slm_subscriber_scope in_b = slm_thread_subscriber_push(b->subscriber);
    hit();
    cr_expect(eq(uint, b->events, 1));
    slm_thread_subscriber_pop(in_b);
    hit();
    cr_expect(eq(uint, a->events, 0));
    cr_expect(eq(uint, b->events, 1));
    cr_expect(eq(uint, a->registered, 1));
}

static void trace_at_all_levels(void)
{
    SLM_INFO("info");
    SLM_DEBUG("debug");
    SLM_TRACE("trace");
}

Test(caching, two_subscribers_have_their_levels_and_neither_is_asked_at_a_hit) /* 41 */
{
    a->max_level = SLM_LEVEL_INFO;
    b->max_level = SLM_LEVEL_DEBUG;
    slm_set_global_subscriber(b->subscriber);
    trace_at_all_levels();
    cr_expect(eq(uint, a->events, 1));
    slm_thread_subscriber_pop(in_a);
    trace_at_all_levels();
    cr_expect(eq(uint, b->events, 2));
    cr_expect(eq(uint, a->asked + b->asked, 0));
    slm_set_global_subscriber(NULL);
    in_a = slm_thread_subscriber_push(a->subscriber);
}

static bool debug_is_enabled(void)
{
    return SLM_ENABLED(SLM_LEVEL_DEBUG);
}

Test(caching, a_level_that_a_reload_changes_is_the_level) /* 42 */
{
    slm_mock *mock = slm_mock_new(NULL);
    slm_layer layer = slm_mock_layer(mock);
    slm_subscriber *subscriber;
    layer.filter = slm_filter_level(SLM_LEVEL_INFO);
    cr_assert(eq(int, slm_subscriber_of_layers(&layer, 1, &subscriber), SLM_OK));
    slm_subscriber_scope scope = slm_thread_subscriber_push(subscriber);
    for (int i = 0; i < 4; i++) {
        bool debug = i % 2 != 0;
        cr_expect(eq(int,
                     slm_subscriber_reload(subscriber, 0, slm_filter_level(debug ? SLM_LEVEL_DEBUG : SLM_LEVEL_INFO)),
                     SLM_OK));
        cr_expect(eq(int, debug_is_enabled(), debug));
        hit();
        cr_expect(eq(sz, slm_mock_count(mock, SLM_MOCK_EVENT, "hit"), (size_t)(i + 1) / 2));
    }
    slm_thread_subscriber_pop(scope);
    slm_subscriber_release(subscriber);
    slm_mock_end(mock);
}

/* -- 43 -------------------------------------------------------------------------------------------------------------
 */

Test(caching, a_callsite_hit_before_any_subscriber_is_registered_with_those_that_come) /* 43 */
{
    slm_thread_subscriber_pop(in_a);
    for (int i = 0; i < 2; i++)
        hit();
    in_a = slm_thread_subscriber_push(a->subscriber);
    hit();
    cr_expect(eq(uint, a->registered, 1));
    cr_expect(eq(uint, a->events, 1));
    cr_expect(eq(uint, a->unregistered, 0));
}

static atomic_bool stop;

static void *trace_many_callsites(void *round)
{
    char name[32];
    for (unsigned i = 0; !atomic_load(&stop); i++) {
        (void)snprintf(name, sizeof name, "event %u", *(unsigned *)round * 200 + i % 200);
        slm_callsite callsite = { .size = sizeof callsite, .level = SLM_LEVEL_INFO, .name = slm_string_from_c(name) };
        slm_event(&callsite, (slm_string){ NULL, 0 }, NULL, 0, NULL);
        slm_span_end(SLM_SPAN("constant"));
    }
    return NULL;
}

Test(caching, nobody_is_told_of_a_callsite_before_it_was_registered) /* 43 */
{
    for (unsigned round = 0; round < 20; round++) {
        raw *fresh = raw_new();
        pthread_t others[2];
        fresh->interest = SLM_INTEREST_SOMETIMES;
        atomic_store(&stop, false);
        for (int i = 0; i < 2; i++)
            cr_assert(eq(int, pthread_create(&others[i], NULL, trace_many_callsites, &round), 0));
        slm_set_global_subscriber(fresh->subscriber);
        while (fresh->events + fresh->started < 100)
            sched_yield();
        atomic_store(&stop, true);
        for (int i = 0; i < 2; i++)
            pthread_join(others[i], NULL);
        slm_set_global_subscriber(NULL);
        cr_expect(eq(uint, fresh->unregistered, 0));
        cr_expect(raw_done(fresh));
    }
}

/* -- 44 -------------------------------------------------------------------------------------------------------------
 */

static void trace_inside(raw *self)
{
    (void)self;
    SLM_INFO("from inside");
    SLM_SCOPE("scope from inside");
    SLM_INFO(("k", 1), "another");
}

Test(caching, a_subscriber_that_traces_in_each_callback_neither_waits_nor_loops) /* 44 */
{
    a->interest = SLM_INTEREST_SOMETIMES;
    a->inside = trace_inside;
    {
        SLM_SCOPE_AS(s, "s");
        SLM_SET(s, "k", 1);
        SLM_INFO("event");
    }
    cr_expect(eq(str, a->calls, (char *)"new 1, enter 1, record 1, event, exit 1, end 1"));
}

static raw *told_of_it;

static void trace_to_the_other(raw *self)
{
    (void)self;
    slm_subscriber_scope scope = slm_thread_subscriber_push(told_of_it->subscriber);
    SLM_INFO("to the other");
    slm_thread_subscriber_pop(scope);
}

Test(caching, what_it_traces_under_another_subscriber_is_told_to_that_and_does_not_come_back) /* 44 */
{
    told_of_it = b;
    SLM_INFO("neither is asked anew");
    a->inside = trace_to_the_other;
    SLM_INFO("event");
    cr_expect(eq(uint, a->events, 2));
    cr_expect(gt(uint, b->events, 0));
}

static void trace_to_and_fro(raw *self)
{
    slm_subscriber_scope scope = slm_thread_subscriber_push(self == a ? b->subscriber : a->subscriber);
    SLM_INFO("to and fro");
    SLM_SCOPE("to and fro");
    slm_thread_subscriber_pop(scope);
}

Test(caching, two_that_trace_to_each_other_neither_wait_nor_loop) /* 44 */
{
    a->inside = b->inside = trace_to_and_fro;
    SLM_INFO("event");
    {
        SLM_SCOPE("scope");
    }
    cr_expect(gt(uint, b->events, 0));
    cr_expect(eq(uint, a->events, 1));
    a->inside = b->inside = NULL;
}

/* -- scopes ---------------------------------------------------------------------------------------------------------
 */

Test(caching, nobody_in_a_scope_silences_the_process) /* 45 */
{
    slm_thread_subscriber_pop(in_a);
    slm_set_global_subscriber(b->subscriber);
    hit();
    slm_subscriber_scope nobody = slm_thread_subscriber_push(NULL);
    hit();
    slm_span_end(SLM_SPAN("s"));
    cr_expect(not(debug_is_enabled()));
    slm_thread_subscriber_pop(nobody);
    hit();
    cr_expect(eq(str, b->calls, (char *)"event, event"));
    slm_set_global_subscriber(NULL);
    in_a = slm_thread_subscriber_push(a->subscriber);
}

Test(caching, after_a_scope_that_was_there_first_the_process_is_told) /* 46 */
{
    slm_set_global_subscriber(b->subscriber);
    hit();
    slm_thread_subscriber_pop(in_a);
    hit();
    cr_expect(eq(uint, a->events, 1));
    cr_expect(eq(uint, b->events, 1));
    slm_set_global_subscriber(NULL);
    in_a = slm_thread_subscriber_push(a->subscriber);
}

Test(caching, nested_scopes_are_restored_in_their_order) /* 47 */
{
    slm_subscriber_scope in_b = slm_thread_subscriber_push(b->subscriber);
    slm_subscriber_scope in_a_again = slm_thread_subscriber_push(a->subscriber);
    hit();
    slm_thread_subscriber_pop(in_b);
    cr_expect(eq(u64, slm_diagnostic_count(SLM_DIAG_EXIT_ORDER), 1), "out of order it does nothing");
    hit();
    slm_thread_subscriber_pop(in_a_again);
    hit();
    slm_thread_subscriber_pop(in_b);
    hit();
    cr_expect(eq(uint, a->events, 3));
    cr_expect(eq(uint, b->events, 1));
}

Test(caching, the_process_may_be_given_another_subscriber) /* 48 */
{
    slm_thread_subscriber_pop(in_a);
    slm_set_global_subscriber(a->subscriber);
    slm_span s = SLM_SPAN("s");
    slm_set_global_subscriber(b->subscriber);
    hit();
    slm_span_end(s);
    cr_expect(eq(str, a->calls, (char *)"new 1, end 1"), "its spans still go to it");
    cr_expect(eq(str, b->calls, (char *)"event"));
    slm_set_global_subscriber(NULL);
    in_a = slm_thread_subscriber_push(a->subscriber);
}

static bool is_db_span(void *user, const slm_metadata *meta)
{
    (void)user;
    return meta->is_span && slm_string_equal(meta->target, slm_string_from_c("db"));
}

Test(caching, asking_distinguishes_kind_and_target_and_level) /* 49 */
{
    slm_mock_options options = { .size = sizeof options, .filter = slm_filter_function(is_db_span, NULL) };
    slm_mock *mock = slm_mock_begin(&options);
    slm_callsite db = { .size = sizeof db, .level = SLM_LEVEL_INFO, .target = slm_string_from_c("db") };
    slm_callsite web = { .size = sizeof web, .level = SLM_LEVEL_INFO, .target = slm_string_from_c("web") };
    cr_expect(slm_callsite_enabled(&db, true));
    cr_expect(not(slm_callsite_enabled(&db, false)));
    cr_expect(not(slm_callsite_enabled(&web, true)));
    slm_mock_end(mock);
    a->max_level = SLM_LEVEL_INFO;
    cr_expect(SLM_ENABLED(SLM_LEVEL_INFO));
    cr_expect(not(debug_is_enabled()));
    cr_expect(eq(str, a->calls, (char *)""));
}

Test(caching, it_is_asked_once_for_each_event_and_no_is_no) /* 50 */
{
    a->interest = SLM_INTEREST_SOMETIMES;
    hit();
    cr_expect(eq(uint, a->asked, 1));
    cr_expect(eq(uint, a->events, 1));
    a->disabled = true;
    hit();
    cr_expect(eq(uint, a->asked, 2));
    cr_expect(eq(uint, a->events, 1));
}

/* -- layers ---------------------------------------------------------------------------------------------------------
 */

static bool takes_debug(const slm_layer *layers, size_t count)
{
    slm_subscriber *subscriber;
    cr_assert(eq(int, slm_subscriber_of_layers(layers, count, &subscriber), SLM_OK));
    slm_subscriber_scope scope = slm_thread_subscriber_push(subscriber);
    bool takes = debug_is_enabled();
    slm_thread_subscriber_pop(scope);
    slm_subscriber_release(subscriber);
    return takes;
}

static void nothing(void *self, slm_hit *event)
{
    (void)self;
    (void)event;
}

Test(caching, layers_take_together_what_any_of_them_takes) /* 51 */
{
    static const slm_layer_ops ops = { .size = sizeof ops, .on_event = nothing }, deaf = { .size = sizeof deaf };
    slm_layer layers[3];
    for (int filtered = 0; filtered < 4; filtered++) {
        for (int i = 0; i < 3; i++)
            layers[i] = (slm_layer){ .size = sizeof layers[i],
                                     .ops = &ops,
                                     .filter = i < filtered ? slm_filter_level(SLM_LEVEL_INFO) : NULL };
        cr_expect(eq(int, takes_debug(layers, 3), filtered < 3), "%d of 3 are filtered", filtered);
    }
    layers[0] = (slm_layer){ .size = sizeof layers[0], .ops = &deaf };
    cr_expect(not(takes_debug(layers, 1)), "a layer that no event is told to");
    cr_expect(not(takes_debug(NULL, 0)), "no layer at all");
    cr_expect(not(debug_is_enabled() != true), "the subscriber that is there is not changed by it");
}

Test(caching, every_layer_of_a_list_gets_its_place) /* 52 */
{
    static const slm_layer_ops ops = { .size = sizeof ops, .on_event = nothing };
    slm_layer layers[8];
    uint32_t places[8] = { 0 };
    slm_subscriber *subscriber;
    for (unsigned i = 0; i < 8; i++)
        layers[i] = (slm_layer){ .size = sizeof layers[i], .ops = &ops, .place_bytes = i + 1, .place = &places[i] };
    cr_assert(eq(int, slm_subscriber_of_layers(layers, 8, &subscriber), SLM_OK));
    for (unsigned i = 1; i < 8; i++)
        cr_expect(places[i] >= places[i - 1] + i, "places do not overlap");
    slm_subscriber_release(subscriber);
}
