/* SPDX-License-Identifier: MIT */
/* What the registry and layers that do nothing cost the thread that traces, through the shared library, beside what
 * tokio's tracing 0.1.44 and its subscriber 0.3.23 took for the same on a machine like ours. Nothing is exported: what
 * is measured is the model. Asserted: each callback came as often as it should. */
#include <stdio.h>
#include <stdlib.h>

#include <spanloom/layer.h>
#include <spanloom/trace.h>

#include "bench/figure.h"

enum { OPS = 200000 };

static struct {
    uint64_t started, ended, events, entered;
} calls;

static void on_start(void *self, const slm_view *span)
{
    (void)self;
    (void)span;
    calls.started++;
}

static void on_event(void *self, slm_hit *event)
{
    (void)self;
    (void)event;
    calls.events++;
}

static void on_enter(void *self, const slm_view *span)
{
    (void)self;
    (void)span;
    calls.entered++;
}

static void on_end(void *self, const slm_view *span)
{
    (void)self;
    (void)span;
    calls.ended++;
}

/* Told of nothing; of nothing, but it may ask for times; of all. */
static const slm_layer_ops silent = { .size = sizeof silent }, timed = { .size = sizeof timed };
static const slm_layer_ops told = {
    .size = sizeof told, .on_start = on_start, .on_event = on_event, .on_enter = on_enter, .on_end = on_end
};

typedef void body(uint64_t ops);

static void spans(uint64_t ops)
{
    for (uint64_t i = 0; i < ops; i++) {
        SLM_SCOPE("shave", ("yak", i), ("name", "Frieda"));
    }
}

static void spans_apart(uint64_t ops)
{
    for (uint64_t i = 0; i < ops; i++)
        slm_span_end(SLM_SPAN("shave", ("yak", i), ("name", "Frieda")));
}

static void events(uint64_t ops)
{
    SLM_SCOPE("shave");
    for (uint64_t i = 0; i < ops; i++)
        SLM_INFO(("yak", i), ("name", "Frieda"), "shaved");
}

static void enter_exit(uint64_t ops)
{
    slm_span s = SLM_SPAN("shave");
    for (uint64_t i = 0; i < ops; i++)
        slm_exit(slm_enter(s));
    slm_span_end(s);
}

static void debug_events(uint64_t ops)
{
    SLM_SCOPE("shave");
    for (uint64_t i = 0; i < ops; i++)
        SLM_DEBUG(("yak", i), "shaved");
}

static void debug_spans(uint64_t ops)
{
    SLM_SCOPE("shave");
    for (uint64_t i = 0; i < ops; i++) {
        SLM_SCOPE_AT(SLM_LEVEL_DEBUG, "shave closer", ("yak", i));
    }
}

static double run(void *user, uint64_t ops)
{
    body *const *what = user;
    uint64_t start = figure_cpu_ns();
    (*what)(ops);
    return (double)(figure_cpu_ns() - start);
}

struct row {
    const char *name;
    body *run;
    const slm_layer_ops *ops;
    unsigned layers;
    const char *directives; /* of the first; NULL: no filter */
    double due;
    const char *peer;
    uint64_t per_op; /* callbacks */
};

static slm_filter *filter_of(const struct row *row, unsigned at)
{
    slm_filter *filter = NULL;
    if (row->layers > 1)
        return slm_filter_level(at == 0 ? SLM_LEVEL_INFO : SLM_LEVEL_DEBUG);
    if (row->directives && slm_filter_parse(slm_string_from_c(row->directives), &filter, NULL) != SLM_OK)
        exit(EXIT_FAILURE);
    return filter;
}

static void measure(const struct row *row)
{
    slm_layer layers[2];
    slm_subscriber *subscriber;
    body *what = row->run;
    for (unsigned i = 0; i < row->layers; i++)
        layers[i] = (slm_layer){ .size = sizeof *layers,
                                 .ops = row->ops,
                                 .filter = filter_of(row, i),
                                 .flags = row->ops == &timed ? 0 : SLM_LAYER_TIMELESS };
    if (slm_subscriber_of_layers(layers, row->layers, &subscriber) != SLM_OK)
        exit(EXIT_FAILURE);
    slm_set_global_subscriber(subscriber);
    slm_subscriber_release(subscriber);
    uint64_t before = calls.started + calls.ended + calls.events + calls.entered;
    figure_against(figure(row->name, OPS, run, &what), row->due, row->peer);
    uint64_t came = calls.started + calls.ended + calls.events + calls.entered - before;
    if (came / OPS / (FIGURE_RUNS + 1) != row->per_op) {
        fprintf(stderr, "%s: %llu callbacks\n", row->name, (unsigned long long)came);
        exit(EXIT_FAILURE);
    }
    slm_set_global_subscriber(NULL);
}

int main(void)
{
    static const struct row rows[] = {
        { "span, 2 fields, a layer told of nothing", spans_apart, &silent, 1, NULL, 35, "62 to 74", 0 },
        { "the same as a scope", spans, &silent, 1, NULL, 0, NULL, 0 },
        { "the same with times", spans, &timed, 1, NULL, 0, NULL, 0 },
        { "span, 2 fields, a layer told of all", spans, &told, 1, NULL, 0, NULL, 3 },
        { "span, 2 fields, two layers with filters", spans, &silent, 2, NULL, 45, "188", 0 },
        { "the same, both told of all", spans, &told, 2, NULL, 0, NULL, 6 },
        { "event, 2 fields, in a span", events, &told, 1, NULL, 10, "6 to 9", 1 },
        { "enter and exit", enter_exit, &silent, 1, NULL, 16, "6 to 11", 0 },
        { "disabled event beside [span]=level", debug_events, &told, 1, "info,[other]=debug", 5, "5 to 7", 0 },
        { "disabled span beside [span]=level", debug_spans, &told, 1, "info,[other]=debug", 14, "14", 0 },
    };
    figure_calibrate("before");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        measure(&rows[i]);
    figure_calibrate("after");
    return EXIT_SUCCESS;
}
