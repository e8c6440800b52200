/* SPDX-License-Identifier: MIT */
/* A page of Prometheus's text format, version 0.0.4, a line at a time:
 * https://prometheus.io/docs/instrumenting/exposition_formats/ */
#ifndef SPANLOOM_CORE_LAYERS_EXPOSITION_H
#define SPANLOOM_CORE_LAYERS_EXPOSITION_H

#include <spanloom/sink.h>

#include "core/layers/text.h"

/* The longest line: a prefix, a label of which each byte is escaped, and two numbers. */
enum { SLMI_PAGE_LINE_MAX = 512 };

typedef struct slmi_page {
    const char *prefix; /* of every name; "" for none */
    slm_sink *sink;
    void *user;
    bool more;     /* the sink wants more */
    bool labelled; /* the line has a label */
    slmi_text line;
    char bytes[SLMI_PAGE_LINE_MAX];
} slmi_page;

void slmi_page_open(slmi_page *page, const char *prefix, slm_sink *sink, void *user);
/* The two lines that go before a family's first. */
void slmi_page_family(slmi_page *page, const char *name, const char *type, const char *help);
/* A line: its name, its labels, and one of the values, which ends it. */
void slmi_page_begin(slmi_page *page, const char *name);
void slmi_page_label(slmi_page *page, const char *key, slm_string value);
void slmi_page_bound(slmi_page *page, double upper); /* the label of a histogram's bucket; HUGE_VAL for the last */
void slmi_page_number(slmi_page *page, uint64_t value);
void slmi_page_seconds(slmi_page *page, uint64_t ns);

#endif
