/* SPDX-License-Identifier: MIT */
/* What a line costs the thread that traces: an event, as text and as JSON, to a writer that takes it and does nothing,
 * to a file, and to the non-blocking writer. Asserted: each event came as one line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <spanloom/format.h>
#include <spanloom/trace.h>

#include "bench/figure.h"

enum { OPS = 200000 };

static struct {
    uint64_t lines, bytes;
} sink;

static slm_status take(void *self, const slm_metadata *metadata, slm_string line)
{
    (void)self;
    (void)metadata;
    sink.lines++;
    sink.bytes += line.len;
    return SLM_OK;
}

static const slm_writer_ops sink_ops = { .size = sizeof sink_ops, .write = take };

typedef void body(uint64_t ops);

static void plain(uint64_t ops)
{
    for (uint64_t i = 0; i < ops; i++)
        SLM_INFO("shaved");
}

static void two_fields(uint64_t ops)
{
    for (uint64_t i = 0; i < ops; i++)
        SLM_INFO(("yak", i), ("name", "Frieda"), "shaved");
}

static void four_fields(uint64_t ops)
{
    for (uint64_t i = 0; i < ops; i++)
        SLM_INFO(("yak", i), ("name", "Frieda"), ("weight", 280.5), ("ok", (bool)1), "shaved");
}

static void formatted(uint64_t ops)
{
    for (uint64_t i = 0; i < ops; i++)
        SLM_INFO("shaved %s in %llu steps", "Frieda", (unsigned long long)i);
}

static void in_two_spans(uint64_t ops)
{
    SLM_SCOPE("shaving_yaks", ("yak_count", 3));
    SLM_SCOPE("shave", ("current_yak", 1));
    two_fields(ops);
}

static void spans_alone(uint64_t ops)
{
    for (uint64_t i = 0; i < ops; i++) {
        SLM_SCOPE("shave", ("current_yak", i));
    }
}

struct work {
    const char *name;
    body *run;
    slm_format_options options;
    double due; /* beside what tokio's tracing-subscriber 0.3.23 takes for the same on a machine like ours */
    const char *peer;
};

static double run(void *user, uint64_t ops)
{
    const struct work *w = user;
    uint64_t start = figure_cpu_ns();
    w->run(ops);
    return (double)(figure_cpu_ns() - start);
}

static double run_to_sink(void *user, uint64_t ops)
{
    uint64_t before = sink.lines;
    double ns = run(user, ops);
    if (sink.lines - before != ops) {
        fprintf(stderr, "%llu events, %llu lines\n", (unsigned long long)ops,
                (unsigned long long)(sink.lines - before));
        exit(EXIT_FAILURE);
    }
    return ns;
}

static void measure(struct work *w, slm_writer *writer, figure_run *how)
{
    slm_layer layer;
    slm_subscriber *subscriber;
    slm_format_options options = w->options;
    options.size = sizeof options;
    options.writer = writer;
    if (!writer || slm_layer_format(&options, NULL, &layer) != SLM_OK ||
        slm_subscriber_of_layers(&layer, 1, &subscriber) != SLM_OK)
        exit(EXIT_FAILURE);
    slm_set_global_subscriber(subscriber);
    slm_subscriber_release(subscriber);
    figure_against(figure(w->name, OPS, how, w), w->due, w->peer);
    slm_set_global_subscriber(NULL);
}

static slm_writer *dropping(void)
{
    slm_writer *writer = NULL;
    return slm_writer_nonblocking(NULL, slm_writer_new(&sink_ops, NULL), &writer) == SLM_OK ? writer : NULL;
}

static slm_writer *nowhere(void)
{
    const slm_file_options options = { .size = sizeof options, .path = "/dev/null" };
    slm_writer *writer = NULL;
    return slm_writer_file(&options, &writer) == SLM_OK ? writer : NULL;
}

int main(void)
{
    struct work works[] = {
        { "full: event", plain, { .style = SLM_FORMAT_FULL }, 150, "320 to 620" },
        { "full: event, 2 fields", two_fields, { .style = SLM_FORMAT_FULL }, 150, "320 to 620" },
        { "full: event, 4 fields", four_fields, { .style = SLM_FORMAT_FULL }, 0, NULL },
        { "full: event, formatted by printf", formatted, { .style = SLM_FORMAT_FULL }, 0, NULL },
        { "full: event, 2 fields, in 2 spans", in_two_spans, { .style = SLM_FORMAT_FULL }, 0, NULL },
        { "compact: event, 2 fields, in 2 spans", in_two_spans, { .style = SLM_FORMAT_COMPACT }, 0, NULL },
        { "tree: event, 2 fields, in 2 spans",
          in_two_spans,
          { .style = SLM_FORMAT_TREE, .span_events = SLM_SPAN_EVENT_NONE },
          0,
          NULL },
        { "json: event", plain, { .style = SLM_FORMAT_JSON }, 200, "540 to 810" },
        { "json: event, 2 fields", two_fields, { .style = SLM_FORMAT_JSON }, 200, "540 to 810" },
        { "json: event, 4 fields", four_fields, { .style = SLM_FORMAT_JSON }, 0, NULL },
        { "json: event, 2 fields, in 2 spans", in_two_spans, { .style = SLM_FORMAT_JSON }, 0, NULL },
    };
    struct work span = {
        "full: span with a line at its end", spans_alone, { .span_events = SLM_SPAN_EVENT_CLOSE }, 0, NULL
    };
    struct work ring = {
        "full: event, 2 fields, non-blocking writer", two_fields, { .style = SLM_FORMAT_FULL }, 0, NULL
    };
    struct work file = { "full: event, 2 fields, /dev/null", two_fields, { .style = SLM_FORMAT_FULL }, 0, NULL };
    figure_calibrate("before");
    for (size_t i = 0; i < sizeof works / sizeof *works; i++)
        measure(&works[i], slm_writer_new(&sink_ops, NULL), run_to_sink);
    measure(&span, slm_writer_new(&sink_ops, NULL), run_to_sink);
    measure(&ring, dropping(), run);
    measure(&file, nowhere(), run);
    figure_calibrate("after");
    return EXIT_SUCCESS;
}
