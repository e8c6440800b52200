/* SPDX-License-Identifier: MIT */
/* What the tests of formats share: a layer that prints into memory, at a time that stands still, with ids that repeat.
 * Each test is a process of its own. */
#ifndef SPANLOOM_TESTS_LINES_H
#define SPANLOOM_TESTS_LINES_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <spanloom/format.h>
#include <spanloom/trace.h>

#include "core/clock.h"
#include "core/layers/text.h"
#include "core/thread.h"

/* 2026-11-23T02:14:52.123456Z */
#define LINES_NOON UINT64_C(1795400092123456000)
#define STAMP      "2026-11-23T02:14:52.123456Z"

static struct {
    char text[1 << 20]; /* all lines */
    size_t len;
    unsigned writes;
    const slm_metadata *metadata; /* of the last one */
} lines;

static slm_subscriber_scope lines_scope;

static slm_status lines_write(void *self, const slm_metadata *metadata, slm_string line)
{
    (void)self;
    if (sizeof lines.text - 1 - lines.len < line.len)
        return SLM_ERR_LIMIT;
    memcpy(lines.text + lines.len, line.data, line.len);
    lines.len += line.len;
    lines.text[lines.len] = '\0';
    lines.metadata = metadata;
    lines.writes++;
    return SLM_OK;
}

static const slm_writer_ops lines_ops = { .size = sizeof lines_ops, .write = lines_write };

static inline void lines_clear(void)
{
    lines.len = 0;
    lines.writes = 0;
    lines.text[0] = '\0';
}

/* From now on this thread's events are printed so, what the filter takes; options without a writer into `lines`. */
static inline void lines_begin_filtered(slm_format_options options, const char *directives)
{
    slm_layer layer;
    slm_subscriber *subscriber;
    slm_filter *filter = NULL;
    slmi_clock_fix(LINES_NOON);
    options.size = sizeof options;
    if (!options.writer)
        options.writer = slm_writer_new(&lines_ops, NULL);
    if (slm_filter_parse(slm_string_from_c(directives), &filter, NULL) != SLM_OK ||
        slm_layer_format(&options, filter, &layer) != SLM_OK ||
        slm_subscriber_of_layers(&layer, 1, &subscriber) != SLM_OK)
        abort();
    lines_scope = slm_thread_subscriber_push(subscriber);
    slm_subscriber_release(subscriber);
    slmi_thread_get()->random = (slmi_random){ { 1, 2, 3, 4 } };
    lines_clear();
}

static inline void lines_begin(slm_format_options options)
{
    lines_begin_filtered(options, "trace");
}

static inline void lines_end(void)
{
    slm_thread_subscriber_pop(lines_scope);
}

/* Time passes. */
static inline void lines_wait(uint64_t ns)
{
    slmi_clock_fix(slmi_now() + ns);
}

#endif
