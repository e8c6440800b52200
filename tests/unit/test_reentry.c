/* SPDX-License-Identifier: MIT */
/* Callbacks and printers that trace, and that do to the span in front of them what they should not. */
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/hit.h"
#include "tests/unit/recorded.h"

static unsigned prints;

/* The classic: it says what it prints. */
static size_t print_itself(const void *object, char *out, size_t room)
{
    prints++;
    SLM_SCOPE("printing", ("object", slm_debug(object, print_itself)));
    SLM_INFO(("object", slm_debug(object, print_itself)), "printing");
    return (size_t)snprintf(out, room, "object");
}

Test(reentry, of_a_printer_into_itself_ends)
{
    recorded_begin(NULL, 0, NULL);
    int object = 0;
    {
        SLM_SCOPE_AS(s, "s", ("object", slm_debug(&object, print_itself)));
        SLM_SET(s, "again", slm_debug(&object, print_itself));
        SLM_INFO(("object", slm_debug(&object, print_itself)), "event");
    }
    cr_expect(gt(uint, prints, 3));
    cr_expect(le(uint, prints, 3 * ((1u << SLMI_PRINTERS_MAX) - 1)));
    cr_expect(ne(ptr, strstr(recorded_text(), "s {object='object' again='object'} *event{object='object'"), NULL));
    prints = 0;
    SLM_INFO(("object", slm_debug(&object, print_itself)), "event"); /* and the thread can still print */
    cr_expect(gt(uint, prints, 0));
}

static uint64_t ids[4];
static unsigned told;

static void end_it(void *self, const slm_view *span)
{
    (void)self;
    slm_span_end(slm_view_span(span));
}

static void note_it(void *self, const slm_view *span)
{
    (void)self;
    if (told < sizeof ids / sizeof *ids)
        ids[told] = slm_view_span(span).id;
    told++;
}

/* A layer that ends a span as it starts: the next layer's view is still of that span, and of no other. */
Test(reentry, of_an_end_into_the_start_leaves_the_others_their_view)
{
    static const slm_layer_ops ending = { .size = sizeof ending, .on_start = end_it };
    static const slm_layer_ops noting = { .size = sizeof noting, .on_start = note_it, .on_enter = note_it };
    slm_layer layers[] = { { .size = sizeof *layers, .ops = &ending }, { .size = sizeof *layers, .ops = &noting } };
    slm_subscriber *subscriber = NULL;
    cr_assert(eq(int, slm_subscriber_of_layers(layers, 2, &subscriber), SLM_OK));
    slm_set_global_subscriber(subscriber);
    slm_span s = SLM_SPAN("s");
    cr_expect(eq(uint, told, 1));
    cr_expect(eq(u64, ids[0], s.id));
    {
        SLM_SCOPE_AS(scope, "scope");
        cr_expect(eq(uint, told, 3));
        cr_expect(eq(u64, ids[1], scope.id));
        cr_expect(eq(u64, ids[2], scope.id));
    }
    slm_set_global_subscriber(NULL);
    slm_subscriber_release(subscriber);
    slm_stats stats = { .size = sizeof stats };
    slm_stats_read(&stats);
    cr_expect(eq(u64, stats.started, stats.ended));
    cr_expect(le(u64, stats.records_in_use, 32u));
}

static void exit_it(void *self, const slm_view *span)
{
    (void)self;
    slm_span_end(slm_view_span(span));
    slm_unwind((slm_unwind_mark){ 0 });
}

/* One that ends a scope's span, and unwinds, as it is left. */
Test(reentry, of_an_end_into_the_exit_gives_the_record_back)
{
    static const slm_layer_ops leaving = { .size = sizeof leaving, .on_exit = exit_it, .on_end = end_it };
    slm_layer layer = { .size = sizeof layer, .ops = &leaving };
    recorded_begin(&layer, 1, NULL);
    for (unsigned i = 0; i < 100; i++) {
        SLM_SCOPE("outer");
        SLM_SCOPE("inner");
        slm_span s = SLM_SPAN("span");
        SLM_ENTER(s);
    }
    (void)recorded_text();
    cr_expect(eq(u64, slm_current().id, 0u));
    slm_stats stats = { .size = sizeof stats };
    slm_stats_read(&stats);
    cr_expect(eq(u64, stats.started, stats.ended));
    cr_expect(le(u64, stats.records_in_use, 32u));
}
