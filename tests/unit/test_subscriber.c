/* SPDX-License-Identifier: MIT */
#include <spanloom/subscriber.h>

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <spanloom/diagnostic.h>
#include <spanloom/layer.h>
#include <spanloom/trace.h>

#include "core/thread.h"

/* -- a raw subscriber that writes down what it is told
 * ----------------------------------------------------------------- */

struct notes {
    char text[2048];
    uint64_t next;
    slm_interest interest;
    unsigned registered, asked, destroyed;
    bool enabled;
};

static void note(struct notes *n, const char *what, uint64_t id)
{
    size_t used = strlen(n->text);
    snprintf(n->text + used, sizeof n->text - used, "%s%s %llu", used ? ", " : "", what, (unsigned long long)id);
}

static slm_interest on_register(void *self, const slm_metadata *metadata)
{
    struct notes *n = self;
    (void)metadata;
    n->registered++;
    return n->interest;
}

static bool is_enabled(void *self, const slm_metadata *metadata)
{
    struct notes *n = self;
    (void)metadata;
    n->asked++;
    return n->enabled;
}

static uint64_t new_span(void *self, slm_hit *hit)
{
    struct notes *n = self;
    (void)hit;
    note(n, "new", n->next);
    return n->next++;
}

static void record(void *self, uint64_t span, const slm_field *field)
{
    (void)field;
    note(self, "record", span);
}

static void event(void *self, slm_hit *hit)
{
    note(self, "event", slm_hit_message(hit).len);
}

static void enter(void *self, uint64_t span)
{
    note(self, "enter", span);
}

static void leave(void *self, uint64_t span)
{
    note(self, "exit", span);
}

static void end(void *self, uint64_t span)
{
    note(self, "end", span);
}

static void destroy(void *self)
{
    ((struct notes *)self)->destroyed++;
}

static const slm_subscriber_ops noting = { .size = sizeof noting,
                                           .register_callsite = on_register,
                                           .enabled = is_enabled,
                                           .new_span = new_span,
                                           .record = record,
                                           .event = event,
                                           .enter = enter,
                                           .exit = leave,
                                           .end = end,
                                           .destroy = destroy };

static slm_subscriber *subscribe(const slm_subscriber_ops *ops, void *self)
{
    slm_subscriber *s = NULL;
    cr_assert(eq(int, slm_subscriber_new(ops, self, &s), SLM_OK));
    return s;
}

Test(subscriber, is_told_of_all_in_order)
{
    struct notes n = { .next = 1, .interest = SLM_INTEREST_ALWAYS };
    slm_subscriber *s = subscribe(&noting, &n);
    slm_set_global_subscriber(s);
    {
        SLM_SCOPE_AS(span, "scope", ("a", 1));
        SLM_SET(span, "b", 2);
        SLM_INFO("four");
    }
    slm_span span = SLM_SPAN("span");
    slm_token token = slm_enter(span);
    slm_exit(token);
    slm_span_end(span);
    cr_expect(eq(str, n.text, "new 1, enter 1, record 1, event 4, exit 1, end 1, new 2, enter 2, exit 2, end 2"));
    cr_expect(eq(uint, n.registered, 3));
    cr_expect(eq(uint, n.asked, 0));
    slm_set_global_subscriber(NULL);
    cr_expect(eq(uint, n.destroyed, 0));
    slm_subscriber_release(s);
    cr_expect(eq(uint, n.destroyed, 1));
}

static void hit(int *evaluated)
{
    SLM_INFO(("n", ++*evaluated), "hit");
}

Test(subscriber, is_asked_as_often_as_it_says)
{
    static const struct {
        slm_interest interest;
        bool enabled;
        unsigned asked;
        int evaluated;
    } cases[] = {
        { SLM_INTEREST_NEVER, true, 0, 0 },
        { SLM_INTEREST_SOMETIMES, false, 10, 0 },
        { SLM_INTEREST_SOMETIMES, true, 10, 10 },
        { SLM_INTEREST_ALWAYS, false, 0, 10 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct notes n = { .next = 1, .interest = cases[i].interest, .enabled = cases[i].enabled };
        slm_subscriber *s = subscribe(&noting, &n);
        slm_set_global_subscriber(s);
        int evaluated = 0;
        for (int j = 0; j < 10; j++)
            hit(&evaluated);
        cr_expect(eq(uint, n.asked, cases[i].asked), "%zu", i);
        cr_expect(eq(int, evaluated, cases[i].evaluated), "%zu", i);
        cr_expect(eq(uint, n.registered, 1), "%zu", i);
        slm_set_global_subscriber(NULL);
        slm_subscriber_release(s);
    }
}

Test(subscriber, may_leave_everything_out)
{
    static const slm_subscriber_ops none = { .size = sizeof none };
    slm_subscriber *s = subscribe(&none, NULL);
    slm_set_global_subscriber(s);
    {
        SLM_SCOPE_AS(span, "scope");
        cr_expect(not(slm_span_is_enabled(span)));
        SLM_INFO("event");
    }
    slm_set_global_subscriber(NULL);
    slm_subscriber_release(s);
    slm_subscriber_release(NULL);
}

Test(subscriber, is_refused_if_it_is_not_one)
{
    slm_subscriber_ops old = noting;
    slm_subscriber *s = NULL;
    old.size = 8;
    cr_expect(eq(int, slm_subscriber_new(NULL, NULL, &s), SLM_ERR_INVALID_ARGUMENT));
    cr_expect(eq(int, slm_subscriber_new(&noting, NULL, NULL), SLM_ERR_INVALID_ARGUMENT));
    cr_expect(eq(int, slm_subscriber_new(&old, NULL, &s), SLM_ERR_INVALID_ARGUMENT));
    static const slm_layer_ops ops = { .size = sizeof ops };
    slm_layer layers[SLM_LAYERS_MAX + 1];
    for (size_t i = 0; i < SLM_LAYERS_MAX + 1; i++)
        layers[i] = (slm_layer){ .size = sizeof *layers, .ops = &ops };
    cr_expect(eq(int, slm_subscriber_of_layers(layers, SLM_LAYERS_MAX + 1, &s), SLM_ERR_LIMIT));
    cr_expect(eq(int, slm_subscriber_of_layers(NULL, 1, &s), SLM_ERR_INVALID_ARGUMENT));
    cr_expect(eq(int, slm_subscriber_of_layers(layers, 1, NULL), SLM_ERR_INVALID_ARGUMENT));
    layers[1].ops = NULL;
    cr_expect(eq(int, slm_subscriber_of_layers(layers, 2, &s), SLM_ERR_INVALID_ARGUMENT));
    layers[1] = layers[0];
    layers[1].size = 4;
    cr_expect(eq(int, slm_subscriber_of_layers(layers, 2, &s), SLM_ERR_INVALID_ARGUMENT));
    cr_expect(eq(ptr, s, NULL));
    layers[1] = layers[0];
    cr_expect(eq(int, slm_subscriber_of_layers(layers, SLM_LAYERS_MAX, &s), SLM_OK));
    slm_subscriber_release(s);
    cr_expect(eq(int, slm_subscriber_of_layers(NULL, 0, &s), SLM_OK));
    slm_subscriber_release(s);
}

Test(subscriber, there_are_thirty_two_at_most)
{
    struct notes n = { .next = 1 };
    slm_subscriber *s[SLMI_SETS], *more = NULL;
    for (unsigned i = 0; i < SLMI_SETS; i++)
        s[i] = subscribe(&noting, &n);
    cr_expect(eq(int, slm_subscriber_new(&noting, &n, &more), SLM_ERR_LIMIT));
    slm_subscriber_release(s[7]);
    cr_expect(eq(uint, n.destroyed, 1));
    cr_expect(eq(int, slm_subscriber_new(&noting, &n, &more), SLM_OK));
    slm_subscriber_release(more);
    for (unsigned i = 0; i < SLMI_SETS; i++)
        if (i != 7)
            slm_subscriber_release(s[i]);
    cr_expect(eq(uint, n.destroyed, SLMI_SETS + 1));
}

/* -- what a hit says
 * ------------------------------------------------------------------------------------------------------ */

static size_t print_number(const void *object, char *out, size_t room)
{
    return (size_t)snprintf(out, room, "number %d", *(const int *)object);
}

static char said[512];

/* In every order, and twice: each string stays as it was. */
static void ask_all(void *self, slm_hit *hit)
{
    slm_field a, b, c, again;
    (void)self;
    cr_expect(slm_hit_field(hit, 1, &b));
    slm_string message = slm_hit_message(hit);
    cr_expect(slm_hit_field(hit, 0, &a));
    cr_expect(slm_hit_field(hit, 2, &c));
    cr_expect(slm_hit_field(hit, 0, &again));
    cr_expect(not(slm_hit_field(hit, 3, &again)));
    cr_expect(eq(int, (int)a.value.type, SLM_TYPE_DEBUG));
    snprintf(said, sizeof said, "%.*s=%.*s %.*s=%.*s %.*s=%lld: %.*s", (int)a.key.len, a.key.data, (int)a.value.len,
             a.value.as.s, (int)b.key.len, b.key.data, (int)b.value.len, b.value.as.s, (int)c.key.len, c.key.data,
             (long long)c.value.as.i, (int)message.len, message.data);
    cr_expect(gt(u64, slm_hit_time_ns(hit), 0u));
}

Test(subscriber, may_ask_a_hit_for_all_it_says)
{
    static const slm_subscriber_ops asking = { .size = sizeof asking, .event = ask_all };
    slm_subscriber *s = subscribe(&asking, NULL);
    slm_set_global_subscriber(s);
    int one = 1, two = 2;
    SLM_INFO(("a", slm_debug(&one, print_number)), ("b", slm_debug(&two, print_number)), ("c", 3), "%s of %d", "some",
             9);
    cr_expect(eq(str, said, "a=number 1 b=number 2 c=3: some of 9"));
    slm_set_global_subscriber(NULL);
    slm_subscriber_release(s);
}

/* -- threads' own
 * ------------------------------------------------------------------------------------------------------------ */

Test(subscriber, of_a_thread_stands_in_for_the_global_one)
{
    struct notes global = { .next = 1, .interest = SLM_INTEREST_ALWAYS }, own = global;
    slm_subscriber *g = subscribe(&noting, &global), *o = subscribe(&noting, &own);
    SLM_INFO("nobody's");
    slm_set_global_subscriber(g);
    SLM_INFO("1");
    slm_subscriber_scope scope = slm_thread_subscriber_push(o);
    SLM_INFO("22");
    slm_subscriber_scope silent = slm_thread_subscriber_push(NULL);
    SLM_INFO("333");
    slm_thread_subscriber_pop(silent);
    SLM_INFO("4444");
    slm_thread_subscriber_pop(scope);
    SLM_INFO("55555");
    slm_thread_subscriber_pop(scope);
    SLM_INFO("666666");
    slm_set_global_subscriber(NULL);
    cr_expect(eq(str, global.text, "event 1, event 5, event 6"));
    cr_expect(eq(str, own.text, "event 2, event 4"));
    slm_subscriber_release(g);
    slm_subscriber_release(o);
    cr_expect(eq(uint, global.destroyed + own.destroyed, 2));
    cr_expect(eq(u64, slm_diagnostic_count(SLM_DIAG_EXIT_ORDER), 1u));
}

/* A span belongs to the subscriber that it was started under. */
Test(subscriber, hears_of_its_spans_after_it_was_replaced)
{
    struct notes before = { .next = 1, .interest = SLM_INTEREST_ALWAYS }, after = before;
    slm_subscriber *b = subscribe(&noting, &before), *a = subscribe(&noting, &after);
    slm_set_global_subscriber(b);
    slm_span span = SLM_SPAN("span");
    slm_set_global_subscriber(a);
    SLM_SET(span, "late", 1);
    slm_exit(slm_enter(span));
    slm_span_end(span);
    slm_set_global_subscriber(NULL);
    cr_expect(eq(str, before.text, "new 1, record 1, enter 1, exit 1, end 1"));
    cr_expect(eq(str, after.text, ""));
    slm_subscriber_release(a);
    slm_subscriber_release(b);
}

static uint64_t wide(void *self, slm_hit *hit)
{
    (void)self;
    (void)hit;
    return UINT64_C(0xfedcba987654);
}

static uint64_t current_of(void *self)
{
    (void)self;
    return UINT64_C(0xfedcba987654);
}

static uint64_t ended;

static void end_wide(void *self, uint64_t span)
{
    (void)self;
    ended = span;
}

Test(subscriber, has_ids_of_forty_eight_bits)
{
    static const slm_subscriber_ops ops = {
        .size = sizeof ops, .new_span = wide, .end = end_wide, .current = current_of
    };
    slm_subscriber *s = subscribe(&ops, NULL);
    slm_set_global_subscriber(s);
    slm_span span = SLM_SPAN("wide");
    cr_expect(eq(u64, slm_current().id, span.id));
    slm_span_end(span);
    cr_expect(eq(u64, ended, UINT64_C(0xfedcba987654)));
    slm_set_global_subscriber(NULL);
    slm_subscriber_release(s);
    ended = 0;
    slm_span_end(span); /* its subscriber is gone */
    cr_expect(eq(u64, ended, 0u));
}
