/* SPDX-License-Identifier: MIT */
/* The global subscriber is replaced ten thousand times while threads trace, some of them under subscribers of their
 * own, and while callbacks trace, replace and pop: no callback runs in one that was destroyed, and each is destroyed
 * once. */
#include "tests/stress/stress.h"

enum { TRACERS = 3, REPLACEMENTS = STRESS_SANITIZED ? 3000 : 10000, LIVE = 0x11fe, DEAD = 0xdead };

/* What a subscriber has: freed when it is destroyed, so that a sanitizer sees any later use. */
struct listener {
    unsigned life;
    _Atomic(uint64_t) told;
    slm_subscriber *own; /* which callbacks pop or replace */
    slm_subscriber_scope scope;
};

static _Atomic(uint64_t) made, destroyed, told;
static _Atomic(bool) done;

static void tell(void *self)
{
    struct listener *l = self;
    CHECK_EQUAL(l->life, LIVE);
    atomic_fetch_add_explicit(&l->told, 1, memory_order_relaxed);
}

static void destroy(void *self)
{
    struct listener *l = self;
    CHECK_EQUAL(l->life, LIVE);
    l->life = DEAD;
    atomic_fetch_add(&told, atomic_load(&l->told));
    atomic_fetch_add(&destroyed, 1);
    free(l);
}

static struct listener *new_listener(void)
{
    struct listener *l = calloc(1, sizeof *l);
    CHECK(l != NULL);
    l->life = LIVE;
    atomic_fetch_add(&made, 1);
    return l;
}

/* -- a layer and a raw subscriber that only listen
 * ------------------------------------------------------------------------ */

static void on_span(void *self, const slm_view *span)
{
    tell(self);
    CHECK(slm_view_metadata(span)->name.len != 0);
}

static bool end_walk(void *user, const slm_view *span)
{
    (void)span;
    return ++*(unsigned *)user < 100;
}

static void on_event(void *self, slm_hit *hit)
{
    unsigned depth = 0;
    tell(self);
    CHECK(slm_hit_message(hit).len != 0);
    if (slm_hit_span(hit))
        slm_view_scope(slm_hit_span(hit), end_walk, &depth);
    CHECK(depth < 100);
}

static slm_interest sometimes(void *self, const slm_metadata *metadata)
{
    (void)metadata;
    tell(self);
    return SLM_INTEREST_SOMETIMES;
}

static bool enabled(void *self, const slm_metadata *metadata)
{
    tell(self);
    return metadata->line % 3 != 0 || metadata->is_span;
}

static const slm_layer_ops plain_ops = { .size = sizeof plain_ops,
                                         .on_start = on_span,
                                         .on_event = on_event,
                                         .on_enter = on_span,
                                         .on_exit = on_span,
                                         .on_end = on_span,
                                         .destroy = destroy };
static const slm_layer_ops asked_ops = { .size = sizeof asked_ops,
                                         .register_callsite = sometimes,
                                         .enabled = enabled,
                                         .on_event = on_event,
                                         .destroy = destroy };

static uint64_t raw_new_span(void *self, slm_hit *hit)
{
    tell(self);
    return 1 + slm_hit_metadata(hit)->line;
}

static void raw_span(void *self, uint64_t span)
{
    tell(self);
    CHECK(span > 1);
}

static void raw_event(void *self, slm_hit *hit)
{
    tell(self);
    CHECK(slm_hit_message(hit).len != 0);
}

static const slm_subscriber_ops raw_ops = { .size = sizeof raw_ops,
                                            .new_span = raw_new_span,
                                            .event = raw_event,
                                            .enter = raw_span,
                                            .exit = raw_span,
                                            .end = raw_span,
                                            .destroy = destroy };

/* Another subscriber; its reference is the caller's. Thirty-two are live at most: waits for one to go. */
static slm_subscriber *subscribe(unsigned which)
{
    slm_subscriber *subscriber = NULL;
    slm_status status;
    struct listener *l = new_listener();
    while (true) {
        if (which % 4 == 3) {
            status = slm_subscriber_new(&raw_ops, l, &subscriber);
        } else {
            slm_filter *filter = NULL;
            CHECK_EQUAL(slm_filter_parse(slm_string_from_c(which % 2 ? "debug" : "trace,nobody=off"), &filter, NULL),
                        SLM_OK);
            slm_layer layer = { .size = (uint32_t)sizeof layer,
                                .flags = SLM_LAYER_SCOPES,
                                .ops = which % 4 == 2 ? &asked_ops : &plain_ops,
                                .self = l,
                                .filter = filter };
            status = slmi_subscriber_make(&layer, 1, which % 4 == 0, NULL, &subscriber);
            if (status != SLM_OK)
                slm_filter_free(filter);
        }
        if (status == SLM_OK)
            break;
        CHECK_EQUAL(status, SLM_ERR_LIMIT);
        sched_yield();
    }
    l->own = subscriber;
    return subscriber;
}

/* -- who traces
 * ----------------------------------------------------------------------------------------------------------- */

static void work(unsigned i)
{
    slm_span span = SLM_SPAN("span", ("i", i));
    SLM_DEBUG("before %u", i);
    {
        SLM_SCOPE_AT(SLM_LEVEL_DEBUG, "scope", ("i", i));
        SLM_ENTER(span);
        SLM_INFO(("i", i), "inside %u", i);
        SLM_SET(span, "late", i);
        slm_span child = SLM_SPAN_AT(SLM_LEVEL_TRACE, "child");
        slm_span_end(child);
    }
    slm_span_end(span);
}

static void *trace(void *user)
{
    unsigned seed = (unsigned)(uintptr_t)user;
    for (unsigned i = seed; !atomic_load(&done); i++) {
        if (i % 64 == 0) {
            slm_subscriber *mine = subscribe(i / 64);
            slm_subscriber_scope scope = slm_thread_subscriber_push(mine);
            slm_subscriber_release(mine);
            slm_span kept = SLM_SPAN("kept");
            work(i);
            slm_subscriber_scope silent = slm_thread_subscriber_push(NULL);
            work(i);
            slm_thread_subscriber_pop(silent);
            slm_thread_subscriber_pop(scope);
            SLM_SET(kept, "after", "its subscriber");
            slm_span_end(kept);
        }
        work(i);
    }
    return NULL;
}

static void settle(void)
{
    for (unsigned i = 0; i < 1000 && atomic_load(&destroyed) < atomic_load(&made); i++) {
        slm_subscriber *nobody = NULL;
        static const slm_subscriber_ops none = { .size = sizeof none };
        if (slm_subscriber_new(&none, NULL, &nobody) == SLM_OK)
            slm_subscriber_release(nobody);
    }
    CHECK_EQUAL(destroyed, made);
}

static void replace_while_others_trace(void)
{
    pthread_t threads[TRACERS];
    for (unsigned i = 0; i < TRACERS; i++)
        CHECK_EQUAL(pthread_create(&threads[i], NULL, trace, (void *)(uintptr_t)(i * 1000)), 0);
    for (unsigned i = 0; i < REPLACEMENTS; i++) {
        slm_subscriber *next = subscribe(i);
        slm_set_global_subscriber(next);
        slm_subscriber_release(next);
        work(i);
    }
    slm_set_global_subscriber(NULL);
    atomic_store(&done, true);
    for (unsigned i = 0; i < TRACERS; i++)
        CHECK_EQUAL(pthread_join(threads[i], NULL), 0);
    settle();
    CHECK(atomic_load(&told) > 0);
}

/* -- the same subscriber, set and unset by several
 * ----------------------------------------------------------------------------- */

static void *flip(void *user)
{
    for (unsigned i = 0; i < 3000; i++) {
        slm_set_global_subscriber(user);
        slm_set_global_subscriber(NULL);
        slm_set_global_subscriber(user);
    }
    return NULL;
}

/* Whoever is global in the end is told. */
static void the_last_one_set_is_told(void)
{
    slm_subscriber *subscriber = subscribe(1);
    struct listener *l = ((slmi_dispatch *)subscriber)->layers[0].self;
    pthread_t threads[2];
    for (unsigned i = 0; i < 2; i++)
        CHECK_EQUAL(pthread_create(&threads[i], NULL, flip, subscriber), 0);
    for (unsigned i = 0; i < 2; i++)
        CHECK_EQUAL(pthread_join(threads[i], NULL), 0);
    uint64_t before = atomic_load(&l->told);
    SLM_INFO("heard");
    CHECK_EQUAL(atomic_load(&l->told), before + 1);
    slm_set_global_subscriber(NULL);
    SLM_INFO("not heard");
    CHECK_EQUAL(atomic_load(&l->told), before + 1);
    slm_subscriber_release(subscriber);
    settle();
}

/* -- callbacks that do what they should not
 * -------------------------------------------------------------------------------- */

static void event_that_traces(void *self, slm_hit *hit)
{
    (void)hit;
    tell(self);
    SLM_SCOPE("from a callback");
    SLM_INFO("an event from a callback");
}

static void event_that_replaces(void *self, slm_hit *hit)
{
    (void)hit;
    struct listener *l = self;
    tell(self);
    slm_set_global_subscriber(NULL);
    SLM_INFO("nobody is told");
    slm_subscriber *next = subscribe((unsigned)atomic_load(&l->told));
    slm_set_global_subscriber(next);
    slm_subscriber_release(next);
    work(1);
    CHECK_EQUAL(l->life, LIVE);
    slm_set_global_subscriber(l->own);
}

static void event_that_pops(void *self, slm_hit *hit)
{
    struct listener *l = self;
    tell(self);
    slm_thread_subscriber_pop(l->scope);
    work(2);
    CHECK(slm_hit_message(hit).len != 0);
    CHECK_EQUAL(l->life, LIVE);
}

static const slm_layer_ops bad_ops[] = {
    { .size = sizeof(slm_layer_ops), .on_event = event_that_traces, .destroy = destroy },
    { .size = sizeof(slm_layer_ops), .on_event = event_that_replaces, .destroy = destroy },
    { .size = sizeof(slm_layer_ops), .on_event = event_that_pops, .destroy = destroy },
};

static void callbacks_may_do_anything(void)
{
    for (unsigned round = 0; round < 200; round++)
        for (unsigned which = 0; which < 3; which++) {
            struct listener *l = new_listener();
            slm_layer layer = { .size = (uint32_t)sizeof layer, .ops = &bad_ops[which], .self = l };
            CHECK_EQUAL(slm_subscriber_of_layers(&layer, 1, &l->own), SLM_OK);
            if (which == 2)
                l->scope = slm_thread_subscriber_push(l->own);
            else
                slm_set_global_subscriber(l->own);
            slm_subscriber_release(l->own);
            SLM_INFO("told once");
            slm_set_global_subscriber(NULL);
        }
    settle();
}

/* Popped twice, or in the wrong order: counted, and nobody is destroyed who is still told. */
static void pops_are_checked(void)
{
    slm_subscriber *a = subscribe(1), *b = subscribe(2);
    struct listener *la = ((slmi_dispatch *)a)->layers[0].self;
    slm_subscriber_scope first = slm_thread_subscriber_push(a), second = slm_thread_subscriber_push(b);
    slm_subscriber_release(a);
    slm_subscriber_release(b);
    slm_thread_subscriber_pop(second);
    slm_thread_subscriber_pop(second);
    slm_thread_subscriber_pop(second);
    uint64_t before = atomic_load(&la->told);
    SLM_INFO("still a's");
    CHECK_EQUAL(atomic_load(&la->told), before + 1);
    slm_thread_subscriber_pop(first);
    slm_thread_subscriber_pop(first);
    SLM_INFO("nobody's");
    settle();
}

int main(void)
{
    replace_while_others_trace();
    the_last_one_set_is_told();
    callbacks_may_do_anything();
    pops_are_checked();
    stress_check_idle(1);
    for (int kind = 0; kind < SLM_DIAGNOSTIC_KINDS; kind++)
        CHECK(kind == SLM_DIAG_EXIT_ORDER || slm_diagnostic_count((slm_diagnostic_kind)kind) == 0);
    return 0;
}
