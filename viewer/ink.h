/* SPDX-License-Identifier: MIT */
/* Pieces of a printed tree: colours, glyphs, durations. */
#ifndef SPANLOOM_VIEWER_INK_H
#define SPANLOOM_VIEWER_INK_H

#include "viewer/print.h"

/* Parameters of SGR (ECMA-48, 8.3.117). */
#define SLMI_VIEW_BOLD   "1"
#define SLMI_VIEW_DIM    "2"
#define SLMI_VIEW_RED    "1;31"
#define SLMI_VIEW_GREEN  "32"
#define SLMI_VIEW_YELLOW "33"
#define SLMI_VIEW_HOT    "1;33"

typedef struct slmi_view_glyphs {
    const char *branch, *last, *through, *blank; /* Three columns each. */
    const char *beside, *empty;                  /* Two columns: beside a span's events. */
    const char *dot, *between, *full, *hollow;
} slmi_view_glyphs;

const slmi_view_glyphs *slmi_view_glyphs_of(const slmi_view_style *style);

/* Adds `plain` in a colour, if colours are on. `sgr` NULL for none. */
void slmi_view_ink(slmi_view_text *text, const slmi_view_style *style, const char *sgr, const char *plain);

/* The colour of an event's level, and of a service: the same one wherever it appears. */
const char *slmi_view_level_colour(const char *level);
const char *slmi_view_service_colour(const char *service);

void slmi_view_spaces(slmi_view_text *text, size_t count);

#endif
