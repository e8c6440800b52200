/* SPDX-License-Identifier: MIT */
/* The row of one span: strokes, name and fields, service, kind, duration, share, status, notes. */
#include "viewer/printer.h"

#include "viewer/fields.h"

#include <stdio.h>

enum {
    MAX_DRAWN_DEPTH = 24, /* Levels of the tree that are drawn; of deeper ones, their number. */
    MAX_NAME_COLUMNS = 72,
    MAX_LEFT_COLUMNS = 60, /* Up to which the columns to the right are kept in line. */
    MAX_SERVICE_COLUMNS = 24,
    MAX_STATUS_COLUMNS = 100,
    BAR = 10,
    NOTEWORTHY_PERCENT = 10, /* The share of a trace from which a span's is printed, */
    HOT_PERCENT = 20,        /* and its own share from which it is drawn as a bar. */
    NOTEWORTHY_SKEW_NS = 1000000
};

static void ink(const slmi_view_printer *p, const char *sgr, const char *plain)
{
    slmi_view_ink(p->out, p->style, sgr, plain);
}

static const char *kind_name(const slmi_view_span *span)
{
    static const char *const names[] = { "", "server", "client", "producer", "consumer" };
    return names[span->kind];
}

static const char *service_name(const slmi_view_span *span)
{
    return *span->service ? span->service : "?";
}

static int percent_of(int64_t part, int64_t total)
{
    if (total <= 0 || part <= 0)
        return 0;
    double percent = 100.0 * (double)part / (double)total;
    return percent >= 100.0 ? 100 : (int)(percent + 0.5);
}

size_t slmi_view_strokes(const slmi_view_printer *p, uint32_t at, bool own_line, slmi_view_text *out)
{
    const char *strokes[MAX_DRAWN_DEPTH + 1];
    const slmi_view_node *nodes = p->tree.nodes;
    bool more = nodes[at].next_sibling != SLMI_VIEW_NOBODY;
    size_t count = 0, columns = 0;
    strokes[count++] =
        own_line ? (more ? p->glyphs->branch : p->glyphs->last) : (more ? p->glyphs->through : p->glyphs->blank);
    for (uint32_t up = nodes[at].parent; up != SLMI_VIEW_NOBODY && count <= MAX_DRAWN_DEPTH; up = nodes[up].parent)
        strokes[count++] = nodes[up].next_sibling != SLMI_VIEW_NOBODY ? p->glyphs->through : p->glyphs->blank;
    if (p->depth > MAX_DRAWN_DEPTH) {
        char hidden[32];
        int len = snprintf(hidden, sizeof hidden, "(+%zu) ", p->depth - MAX_DRAWN_DEPTH);
        slmi_view_text_puts(out, hidden);
        columns += (size_t)len;
    }
    columns += 3 * count;
    while (count > 0)
        slmi_view_text_puts(out, strokes[--count]);
    return columns;
}

/* Fills `name`, `fields` and `cell` (the strokes) for a node; yields the columns of all three. */
static size_t compose_left(slmi_view_printer *p, uint32_t at)
{
    const slmi_view_node *node = &p->tree.nodes[at];
    slmi_view_text_clear(&p->cell);
    slmi_view_text_clear(&p->name);
    slmi_view_text_clear(&p->fields);
    size_t columns = slmi_view_strokes(p, at, true, &p->cell);
    const char *name = *node->span->name ? node->span->name : "(no name)";
    columns += slmi_view_text_safe(&p->name, name, MAX_NAME_COLUMNS);
    slmi_view_span_fields(&p->fields, node->span);
    return columns + (p->fields.len > 0 ? slmi_view_columns(p->fields.data) : 0);
}

static size_t compose_duration(slmi_view_printer *p, const slmi_view_node *node)
{
    slmi_view_text_clear(&p->cell);
    if (node->duration_ns >= 0)
        slmi_view_duration(&p->cell, node->duration_ns);
    else
        slmi_view_text_puts(&p->cell, "?");
    return slmi_view_columns(slmi_view_text_of(&p->cell));
}

static size_t at_most(size_t value, size_t most)
{
    return value < most ? value : most;
}

static size_t at_least(size_t value, size_t least)
{
    return value > least ? value : least;
}

void slmi_view_row_measure(slmi_view_printer *p, uint32_t at)
{
    const slmi_view_node *node = &p->tree.nodes[at];
    p->left = at_least(at_most(compose_left(p, at), MAX_LEFT_COLUMNS), p->left);
    p->duration = at_least(compose_duration(p, node), p->duration);
    p->kind = at_least(strlen(kind_name(node->span)), p->kind);
    slmi_view_text_clear(&p->cell);
    p->service = at_least(slmi_view_text_safe(&p->cell, service_name(node->span), MAX_SERVICE_COLUMNS), p->service);
}

static void pad(const slmi_view_printer *p, size_t used, size_t width)
{
    slmi_view_spaces(p->out, 2 + (width > used ? width - used : 0));
}

static void put_share(slmi_view_printer *p, const slmi_view_node *node)
{
    int share = percent_of(node->duration_ns, p->tree.total_ns), own = percent_of(node->self_ns, p->tree.total_ns);
    bool hot = own >= HOT_PERCENT;
    bool root = node->parent == SLMI_VIEW_NOBODY;
    if (p->tree.span_count < 2 || share < NOTEWORTHY_PERCENT || (root && !hot))
        return;
    char percent[16];
    (void)snprintf(percent, sizeof percent, "  %3d %%", share);
    ink(p, hot ? SLMI_VIEW_HOT : SLMI_VIEW_DIM, percent);
    if (!hot)
        return;
    slmi_view_text_clear(&p->cell);
    slmi_view_text_puts(&p->cell, "  ");
    for (int i = 0; i < BAR; i++)
        slmi_view_text_puts(&p->cell, i * 100 + 50 <= own * BAR ? p->glyphs->full : p->glyphs->hollow);
    if (share - own > 100 / BAR)
        slmi_view_text_addf(&p->cell, " %d %% itself", own);
    ink(p, SLMI_VIEW_HOT, slmi_view_text_of(&p->cell));
}

static void put_status(slmi_view_printer *p, const slmi_view_span *span)
{
    if (span->status == SLM_SPAN_UNSET)
        return;
    bool failed = span->status == SLM_SPAN_ERROR;
    slmi_view_text_clear(&p->cell);
    slmi_view_text_puts(&p->cell, failed ? "ERROR" : "OK");
    if (failed && *span->status_text) {
        slmi_view_text_puts(&p->cell, " ");
        slmi_view_text_safe(&p->cell, span->status_text, MAX_STATUS_COLUMNS);
    }
    slmi_view_text_puts(p->out, "  ");
    ink(p, failed ? SLMI_VIEW_RED : SLMI_VIEW_GREEN, slmi_view_text_of(&p->cell));
}

/* Where a subtree's clock had to be corrected, by how much it was off; said once, at its top. */
static void put_notes(slmi_view_printer *p, const slmi_view_node *node)
{
    const slmi_view_node *parent = node->parent == SLMI_VIEW_NOBODY ? NULL : &p->tree.nodes[node->parent];
    int64_t skew = parent && parent->skew_ns == node->skew_ns ? 0 : node->skew_ns;
    slmi_view_text_clear(&p->cell);
    if (skew >= NOTEWORTHY_SKEW_NS || skew <= -NOTEWORTHY_SKEW_NS) {
        slmi_view_text_addf(&p->cell, "  (its clock is %s by ", skew > 0 ? "behind" : "ahead");
        slmi_view_duration(&p->cell, skew > 0 ? skew : -skew);
        slmi_view_text_puts(&p->cell, ")");
    }
    if (node->in_a_loop)
        slmi_view_text_puts(&p->cell, "  (its parents lead back to it)");
    if (node->duration_ns >= 0 && node->span->end_ns < node->span->start_ns)
        slmi_view_text_puts(&p->cell, "  (ends before it starts)");
    ink(p, SLMI_VIEW_DIM, slmi_view_text_of(&p->cell));
}

void slmi_view_row_print(slmi_view_printer *p, uint32_t at)
{
    const slmi_view_node *node = &p->tree.nodes[at];
    const slmi_view_span *span = node->span;
    size_t columns = compose_left(p, at);
    ink(p, SLMI_VIEW_DIM, slmi_view_text_of(&p->cell));
    ink(p, span->status == SLM_SPAN_ERROR ? SLMI_VIEW_RED : SLMI_VIEW_BOLD, slmi_view_text_of(&p->name));
    slmi_view_text_puts(p->out, slmi_view_text_of(&p->fields));
    pad(p, columns, p->left);

    slmi_view_text_clear(&p->cell);
    columns = slmi_view_text_safe(&p->cell, service_name(span), MAX_SERVICE_COLUMNS);
    ink(p, slmi_view_service_colour(span->service), slmi_view_text_of(&p->cell));
    pad(p, columns, p->service);
    if (p->kind > 0) {
        slmi_view_text_puts(p->out, kind_name(span));
        pad(p, strlen(kind_name(span)), p->kind);
    }
    columns = compose_duration(p, node);
    slmi_view_spaces(p->out, p->duration > columns ? p->duration - columns : 0);
    slmi_view_text_puts(p->out, slmi_view_text_of(&p->cell));
    put_share(p, node);
    put_status(p, span);
    put_notes(p, node);
    slmi_view_text_puts(p->out, "\n");
}
