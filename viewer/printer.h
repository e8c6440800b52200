/* SPDX-License-Identifier: MIT */
/* One trace while it is printed: shared by the tree's walk and the rows of its spans. */
#ifndef SPANLOOM_VIEWER_PRINTER_H
#define SPANLOOM_VIEWER_PRINTER_H

#include "viewer/ink.h"
#include "viewer/tree.h"

typedef struct slmi_view_printer {
    slmi_view_text *out;
    const slmi_view_style *style;
    const slmi_view_glyphs *glyphs;
    slmi_view_tree tree;
    size_t left, service, kind, duration; /* Widths of the columns. */
    size_t depth;                         /* Of the current node; a root's is 0. */
    slmi_view_text name, fields, cell;    /* Of the line that is being composed. */
} slmi_view_printer;

/* Adds the strokes that lead from the nodes above past a line; yields their columns. `own_line`: the line of the node
 * itself, not one below it. */
size_t slmi_view_strokes(const slmi_view_printer *p, uint32_t at, bool own_line, slmi_view_text *out);

/* Widens the columns of the printer to what the row of a span's node needs. */
void slmi_view_row_measure(slmi_view_printer *p, uint32_t at);

/* Adds the row of a span's node, line end included. */
void slmi_view_row_print(slmi_view_printer *p, uint32_t at);

#endif
