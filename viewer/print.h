/* SPDX-License-Identifier: MIT */
/* A trace as text for a terminal. */
#ifndef SPANLOOM_VIEWER_PRINT_H
#define SPANLOOM_VIEWER_PRINT_H

#include "viewer/store.h"
#include "viewer/text.h"

typedef struct slmi_view_style {
    bool colour;
    bool ascii;       /* Draw without box characters. */
    size_t max_spans; /* Of one trace; 0 for all. */
} slmi_view_style;

/* Adds the trace as a tree, then an empty line. Whatever the spans say, nothing but printable text gets in, and the
 * escape sequences of the colours. Times are in the timezone-free form of durations and offsets. */
void slmi_view_print(slmi_view_text *text, const slmi_view_trace *trace, const slmi_view_style *style);

/* "812 ns", "20.3 µs", "150.1 ms", "1.52 s", "3 min 20 s", "2 h 5 min"; ns >= 0. */
void slmi_view_duration(slmi_view_text *text, int64_t ns);

#endif
