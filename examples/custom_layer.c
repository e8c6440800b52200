/* SPDX-License-Identifier: MIT */
/* A layer of one's own: it tells, at the end of each span, how many events were inside and what the span's fields are
 * by then. It stands on the registry, which keeps the records; the count lies in a place of the layer's in each of
 * them, so a span costs no allocation. A second layer beside it prints the events. */
#include <spanloom/format.h>
#include <spanloom/layer.h>
#include <spanloom/trace.h>

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>

struct tally {
    uint32_t place; /* where the layer's part of each record is */
};

/* The layer's part: zero when a span starts. Threads share it. */
typedef _Atomic(uint32_t) event_count;

static void tally_event(void *self, slm_hit *event)
{
    const struct tally *tally = self;
    const slm_view *span = slm_hit_span(event);
    if (span && slm_hit_takes(event, span))
        atomic_fetch_add((event_count *)slm_view_place(span, tally->place), 1);
}

static bool print_field(void *user, const slm_field *field)
{
    (void)user;
    if (field->value.type == SLM_TYPE_I64)
        printf(", %.*s=%" PRId64, (int)field->key.len, field->key.data, field->value.as.i);
    else if (field->value.type == SLM_TYPE_STRING)
        printf(", %.*s=%.*s", (int)field->key.len, field->key.data, (int)field->value.len, field->value.as.s);
    return true;
}

static void tally_end(void *self, const slm_view *span)
{
    const struct tally *tally = self;
    slm_string name = slm_view_name(span);
    uint32_t count = atomic_load((event_count *)slm_view_place(span, tally->place));
    printf("%.*s: %u events", (int)name.len, name.data, count);
    slm_view_fields(span, print_field, NULL);
    printf("\n");
    fflush(stdout);
}

static const slm_layer_ops tally_ops = { .size = sizeof tally_ops, .on_event = tally_event, .on_end = tally_end };

static void shear(int yaks)
{
    SLM_SCOPE_AS(all, "shear", ("yaks", yaks), ("wool", SLM_EMPTY));
    for (int i = 0; i < yaks; i++) {
        SLM_SCOPE("yak", ("name", i ? "Gerald" : "Gertrud"));
        SLM_INFO("brushed");
        if (i)
            SLM_INFO("shorn");
    }
    SLM_INFO("done");
    SLM_SET(all, "wool", 2 * yaks);
}

int main(void)
{
    struct tally tally = { 0 };
    slm_layer layers[2] = { { .size = sizeof *layers,
                              .ops = &tally_ops,
                              .self = &tally,
                              .place_bytes = sizeof(event_count),
                              .place = &tally.place } };
    slm_format_options compact = { .size = sizeof compact, .style = SLM_FORMAT_COMPACT, .timer = SLM_TIMER_NONE };
    slm_subscriber *subscriber;
    if (slm_layer_format(&compact, NULL, &layers[1]) != SLM_OK ||
        slm_subscriber_of_layers(layers, 2, &subscriber) != SLM_OK)
        return 1;
    slm_set_global_subscriber(subscriber);
    shear(2);
    slm_set_global_subscriber(NULL);
    slm_subscriber_release(subscriber);
    return 0;
}
