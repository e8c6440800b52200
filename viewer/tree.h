/* SPDX-License-Identifier: MIT */
/* The tree of one trace: who is whose child, in order of time, with the clocks of its nodes brought into line. */
#ifndef SPANLOOM_VIEWER_TREE_H
#define SPANLOOM_VIEWER_TREE_H

#include "viewer/model.h"

#define SLMI_VIEW_NOBODY UINT32_MAX

typedef struct slmi_view_node {
    const slmi_view_span *span;                 /* NULL: stands for a parent that has not arrived. */
    slm_span_id id;                             /* The span's, or the missing parent's. */
    uint32_t parent, first_child, next_sibling; /* Indices of nodes, or SLMI_VIEW_NOBODY. */
    int64_t start_ns;                           /* Since 1970, by the clock of the root; 0 if not known. */
    int64_t duration_ns;                        /* -1 if not known. */
    int64_t self_ns;                            /* The part of it during which no child ran. */
    int64_t skew_ns;                            /* What was added to the span's own times to come to start_ns. */
    bool in_a_loop;                             /* Its parents led back to it; it stands as a root. */
} slmi_view_node;

typedef struct slmi_view_tree {
    slmi_view_node *nodes; /* Those of spans first. */
    uint32_t count, span_count, service_count;
    uint32_t first_root;
    bool has_root;    /* A span without a parent is there. */
    int64_t total_ns; /* From the first root's start to the last root's end; of all spans if there is no root. */
} slmi_view_tree;

/* Builds the tree of a list of spans, which it borrows. At most UINT32_MAX / 4 of them. False when there is no memory.
 *
 * Whatever parents are claimed, each span is in the tree once: a loop is broken at its earliest span. A server's span
 * that by its own clock lies outside the client's call that it answers is moved into it, and what is below with it. */
bool slmi_view_tree_build(slmi_view_tree *tree, const slmi_view_span *first, size_t count);
void slmi_view_tree_free(slmi_view_tree *tree);

#endif
