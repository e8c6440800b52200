/* SPDX-License-Identifier: MIT */
#include "viewer/print.h"

#include "viewer/fields.h"
#include "viewer/printer.h"

#include <stdio.h>

enum {
    MAX_EVENTS = 40, /* Shown of one span. */
    MAX_EVENT_COLUMNS = 200,
    MAX_LINE_BYTES = 2048,
    MAX_FIELDS_BYTES = 32768 /* Of all fields on a line. */
};

static void ink(const slmi_view_printer *p, const char *sgr, const char *plain)
{
    slmi_view_ink(p->out, p->style, sgr, plain);
}

/* Goes on to the next node in the order of lines; SLMI_VIEW_NOBODY after the last. */
static uint32_t step(slmi_view_printer *p, uint32_t at)
{
    const slmi_view_node *nodes = p->tree.nodes;
    if (nodes[at].first_child != SLMI_VIEW_NOBODY) {
        p->depth++;
        return nodes[at].first_child;
    }
    while (nodes[at].next_sibling == SLMI_VIEW_NOBODY) {
        at = nodes[at].parent;
        if (at == SLMI_VIEW_NOBODY)
            return at;
        p->depth--;
    }
    return nodes[at].next_sibling;
}

static size_t span_limit(const slmi_view_printer *p)
{
    return p->style->max_spans ? p->style->max_spans : SIZE_MAX;
}

/* How wide the columns must be for the lines that will be printed. */
static void measure(slmi_view_printer *p)
{
    size_t spans = 0;
    p->depth = 0;
    for (uint32_t at = p->tree.first_root; at != SLMI_VIEW_NOBODY && spans < span_limit(p); at = step(p, at)) {
        if (!p->tree.nodes[at].span)
            continue;
        slmi_view_row_measure(p, at);
        spans++;
    }
}

static void put_event_start(slmi_view_printer *p, uint32_t at)
{
    bool children = p->tree.nodes[at].first_child != SLMI_VIEW_NOBODY;
    slmi_view_text_clear(&p->cell);
    slmi_view_strokes(p, at, false, &p->cell);
    slmi_view_text_addf(&p->cell, "%s%s ", children ? p->glyphs->beside : p->glyphs->empty, p->glyphs->dot);
    ink(p, SLMI_VIEW_DIM, slmi_view_text_of(&p->cell));
}

static void put_event(slmi_view_printer *p, uint32_t at, const slmi_view_event *event)
{
    const slmi_view_span *span = p->tree.nodes[at].span;
    slmi_view_saying saying = slmi_view_event_saying(event);
    put_event_start(p, at);
    slmi_view_text_clear(&p->cell);
    if (event->time_ns != 0 && span->start_ns != 0) {
        bool before = event->time_ns < span->start_ns;
        uint64_t offset = before ? span->start_ns - event->time_ns : event->time_ns - span->start_ns;
        slmi_view_text_puts(&p->cell, before ? "-" : "+");
        slmi_view_duration(&p->cell, offset > INT64_MAX ? INT64_MAX : (int64_t)offset);
        slmi_view_text_puts(&p->cell, " ");
        ink(p, SLMI_VIEW_DIM, slmi_view_text_of(&p->cell));
    }
    slmi_view_text_clear(&p->cell);
    slmi_view_text_safe(&p->cell, saying.level, 8);
    ink(p, slmi_view_level_colour(saying.level), slmi_view_text_of(&p->cell));
    slmi_view_text_puts(p->out, *saying.level ? " " : "");
    slmi_view_text_safe(p->out, saying.text, MAX_EVENT_COLUMNS);
    if (saying.detail) {
        slmi_view_text_puts(p->out, ": ");
        slmi_view_text_safe(p->out, saying.detail, MAX_EVENT_COLUMNS);
    }
    slmi_view_text_clear(&p->fields);
    slmi_view_event_fields(&p->fields, event);
    ink(p, SLMI_VIEW_DIM, slmi_view_text_of(&p->fields));
    slmi_view_text_puts(p->out, "\n");
}

static void put_hex(slmi_view_text *text, const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        slmi_view_text_addf(text, "%02x", bytes[i]);
}

static void put_links(slmi_view_printer *p, uint32_t at)
{
    const slmi_view_span *span = p->tree.nodes[at].span;
    for (uint32_t i = 0; i < span->link_count; i++) {
        const slmi_view_link *link = &span->links[i];
        put_event_start(p, at);
        slmi_view_text_puts(p->out, "linked to ");
        if (memcmp(&link->trace_id, &span->trace_id, sizeof link->trace_id) != 0) {
            slmi_view_text_puts(p->out, "trace ");
            put_hex(p->out, link->trace_id.bytes, sizeof link->trace_id.bytes);
            slmi_view_text_puts(p->out, " ");
        }
        slmi_view_text_puts(p->out, "span ");
        put_hex(p->out, link->span_id.bytes, sizeof link->span_id.bytes);
        slmi_view_text_puts(p->out, "\n");
    }
}

static void put_below(slmi_view_printer *p, uint32_t at)
{
    const slmi_view_span *span = p->tree.nodes[at].span;
    uint32_t shown = span->event_count < MAX_EVENTS ? span->event_count : MAX_EVENTS;
    for (uint32_t i = 0; i < shown; i++)
        put_event(p, at, &span->events[i]);
    if (span->event_count > shown || span->dropped_events > 0) {
        put_event_start(p, at);
        slmi_view_text_addf(p->out, "%zu more events", (size_t)(span->event_count - shown) + span->dropped_events);
        slmi_view_text_puts(p->out, "\n");
    }
    put_links(p, at);
}

static void put_missing_parent(slmi_view_printer *p, uint32_t at)
{
    const slmi_view_node *node = &p->tree.nodes[at];
    slmi_view_text_clear(&p->cell);
    slmi_view_strokes(p, at, true, &p->cell);
    slmi_view_text_puts(&p->cell, p->tree.has_root ? "(parent missing: span " : "(root missing: span ");
    put_hex(&p->cell, node->id.bytes, sizeof node->id.bytes);
    slmi_view_text_puts(&p->cell, " has not arrived)");
    ink(p, SLMI_VIEW_DIM, slmi_view_text_of(&p->cell));
    slmi_view_text_puts(p->out, "\n");
}

static void put_count(const slmi_view_printer *p, const char *sgr, size_t count, const char *what)
{
    char text[64];
    (void)snprintf(text, sizeof text, "%zu %s%s", count, what, count == 1 ? "" : "s");
    slmi_view_text_addf(p->out, " %s ", p->glyphs->between);
    ink(p, sgr, text);
}

static void put_remark(const slmi_view_printer *p, const char *sgr, const char *remark)
{
    slmi_view_text_addf(p->out, " %s ", p->glyphs->between);
    ink(p, sgr, remark);
}

static void put_header(slmi_view_printer *p, const slmi_view_trace *trace)
{
    size_t failed = 0;
    bool inexact = false;
    for (const slmi_view_span *span = trace->first; span; span = span->next) {
        failed += span->status == SLM_SPAN_ERROR;
        inexact |= span->inexact_times;
    }
    slmi_view_text_clear(&p->cell);
    put_hex(&p->cell, trace->id.bytes, sizeof trace->id.bytes);
    slmi_view_text_puts(p->out, "trace ");
    ink(p, SLMI_VIEW_BOLD, slmi_view_text_of(&p->cell));
    put_count(p, NULL, p->tree.service_count, "service");
    put_count(p, NULL, trace->span_count, "span");
    slmi_view_text_addf(p->out, " %s ", p->glyphs->between);
    slmi_view_duration(p->out, p->tree.total_ns);
    if (failed > 0)
        put_count(p, SLMI_VIEW_RED, failed, "error");
    if (!p->tree.has_root)
        put_remark(p, SLMI_VIEW_YELLOW, "root missing");
    if (trace->shown_times > 0)
        put_remark(p, SLMI_VIEW_YELLOW, "updated");
    if (trace->refused > 0)
        put_count(p, SLMI_VIEW_RED, trace->refused, "dropped span");
    if (inexact)
        put_remark(p, SLMI_VIEW_YELLOW, "times are inexact: sent as numbers above 2^53");
    slmi_view_text_puts(p->out, "\n");
}

static void put_tree(slmi_view_printer *p)
{
    size_t spans = 0;
    p->depth = 0;
    for (uint32_t at = p->tree.first_root; at != SLMI_VIEW_NOBODY && spans < span_limit(p); at = step(p, at)) {
        if (!p->tree.nodes[at].span) {
            put_missing_parent(p, at);
            continue;
        }
        slmi_view_row_print(p, at);
        put_below(p, at);
        spans++;
    }
    if (spans < p->tree.span_count)
        slmi_view_text_addf(p->out, "   ... and %zu more spans\n", p->tree.span_count - spans);
    slmi_view_text_puts(p->out, "\n");
}

void slmi_view_print(slmi_view_text *text, const slmi_view_trace *trace, const slmi_view_style *style)
{
    slmi_view_printer p = { .out = text,
                            .style = style,
                            .glyphs = slmi_view_glyphs_of(style),
                            .name = slmi_view_text_up_to(MAX_LINE_BYTES),
                            .fields = slmi_view_text_up_to(MAX_FIELDS_BYTES),
                            .cell = slmi_view_text_up_to(MAX_LINE_BYTES) };
    if (!slmi_view_tree_build(&p.tree, trace->first, trace->span_count)) {
        slmi_view_text_puts(text, "a trace arrived that there is no memory to show\n\n");
        return;
    }
    measure(&p);
    put_header(&p, trace);
    put_tree(&p);
    slmi_view_tree_free(&p.tree);
    slmi_view_text_free(&p.cell);
    slmi_view_text_free(&p.fields);
    slmi_view_text_free(&p.name);
}
