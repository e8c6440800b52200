/* SPDX-License-Identifier: MIT */
/* What `spanloom view` was asked for. */
#ifndef SPANLOOM_VIEWER_OPTIONS_H
#define SPANLOOM_VIEWER_OPTIONS_H

#include "viewer/print.h"
#include "viewer/store.h"

typedef enum slmi_view_colours { SLMI_VIEW_AUTO, SLMI_VIEW_ALWAYS, SLMI_VIEW_NEVER } slmi_view_colours;

typedef struct slmi_view_options {
    uint16_t otlp_port, zipkin_port; /* 0: any that is free. */
    slmi_view_patience patience;
    size_t max_bytes;
    size_t max_spans;
    slmi_view_colours colours;
    slmi_view_colours open; /* Whether to show what is open. */
    bool ascii, once, help;
    const char *dump; /* A path, or NULL. Borrowed from argv. */
} slmi_view_options;

/* Reads argv[1] and on; argv[0] is skipped. False after it has added to `complaint` what is wrong. */
bool slmi_view_options_parse(slmi_view_options *options, int argc, char **argv, slmi_view_text *complaint);

extern const char slmi_view_usage[];

#endif
