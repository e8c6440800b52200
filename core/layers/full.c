/* SPDX-License-Identifier: MIT */
/* The styles of one line: tracing's full and compact formats.
 *
 *   2026-11-23T02:14:52.123456Z  WARN shaving_yaks{yak_count=3}:shave{current_yak=2}: yaks: it failed! error=ENOENT
 *   2026-11-23T02:14:52.123456Z  WARN shaving_yaks:shave: yaks: it failed! error=ENOENT current_yak=2 yak_count=3
 */
#include "core/layers/line.h"

static void begin(slmi_line *line)
{
    slmi_line_begin(line);
    if (slmi_line_thread(line))
        slmi_text_char(line->text, ' ');
}

static void put_name(slmi_text *text, const slmi_slot *span)
{
    SLMI_TEXT_STYLE(text, "\x1b[1m");
    slmi_text_escaped(text, slmi_view_name(span));
    SLMI_TEXT_STYLE(text, "\x1b[0m");
}

static void put_colon(slmi_text *text)
{
    SLMI_TEXT_STYLE(text, "\x1b[2m");
    slmi_text_char(text, ':');
    SLMI_TEXT_STYLE(text, "\x1b[0m");
}

void slmi_line_put_span(slmi_line *line, const slmi_slot *span)
{
    slmi_text *text = line->text;
    const slmi_span_fields *fields = line->room;
    slmi_span_fields_read(line->room, span);
    put_name(text, span);
    if (!fields->count)
        return;
    SLMI_TEXT_STYLE(text, "\x1b[1m");
    slmi_text_char(text, '{');
    SLMI_TEXT_STYLE(text, "\x1b[0m");
    slmi_line_put_fields(text, fields->list, fields->count);
    if (fields->omitted)
        SLMI_TEXT(text, " ...");
    SLMI_TEXT_STYLE(text, "\x1b[1m");
    slmi_text_char(text, '}');
    SLMI_TEXT_STYLE(text, "\x1b[0m");
}

static void put_spans(slmi_line *line, const slmi_chain *chain, bool fields)
{
    slmi_text *text = line->text;
    if (chain->more)
        SLMI_TEXT(text, "...:");
    for (unsigned i = chain->count; i-- > 0;) {
        if (fields)
            slmi_line_put_span(line, chain->spans[i]);
        else
            put_name(text, chain->spans[i]);
        put_colon(text);
    }
    if (chain->count)
        slmi_text_char(text, ' ');
}

/* "target: file:line: " as far as they are shown, without the last space. */
static bool put_origin(slmi_line *line)
{
    slmi_text *text = line->text;
    bool target = line->look->show & SLM_SHOW_TARGET;
    SLMI_TEXT_STYLE(text, "\x1b[2m");
    if (target) {
        slmi_text_escaped(text, line->what.metadata->target);
        slmi_text_char(text, ':');
    }
    if (line->look->show & (SLM_SHOW_FILE | SLM_SHOW_LINE)) {
        size_t before = text->len;
        if (target)
            slmi_text_char(text, ' ');
        if (slmi_line_place(line)) {
            slmi_text_char(text, ':');
            target = true;
        } else if (!text->cut) {
            text->len = before;
        }
    }
    SLMI_TEXT_STYLE(text, "\x1b[0m");
    return target;
}

/* The message and the fields, each after a space if something is before it. */
static void put_content(slmi_line *line, bool space)
{
    slmi_text *text = line->text;
    slm_field list[SLMI_LINE_FIELDS_MAX];
    unsigned count = slmi_line_fields(line, list);
    if (line->message.len) {
        if (space)
            slmi_text_char(text, ' ');
        slmi_text_escaped(text, line->message);
        space = true;
    }
    if (count) {
        if (space)
            slmi_text_char(text, ' ');
        slmi_line_put_fields(text, list, count);
    }
}

void slmi_line_full(slmi_line *line)
{
    begin(line);
    if (line->span && line->look->show & SLM_SHOW_SPAN_LIST) {
        slmi_chain chain;
        slmi_chain_open(&chain, line->span, line->layer);
        put_spans(line, &chain, true);
        slmi_chain_close(&chain);
    }
    put_content(line, put_origin(line));
    slmi_line_put_ids(line);
}

static void put_span_fields(slmi_line *line, const slmi_slot *span)
{
    slmi_text *text = line->text;
    const slmi_span_fields *fields = line->room;
    slmi_span_fields_read(line->room, span);
    if (fields->count) {
        slmi_text_char(text, ' ');
        slmi_line_put_fields(text, fields->list, fields->count);
    }
    if (fields->omitted)
        SLMI_TEXT(text, " ...");
}

void slmi_line_compact(slmi_line *line)
{
    slmi_chain chain = { .count = 0 };
    begin(line);
    if (line->span && line->look->show & SLM_SHOW_SPAN_LIST) {
        slmi_chain_open(&chain, line->span, line->layer);
        put_spans(line, &chain, false);
    }
    put_content(line, put_origin(line));
    for (unsigned i = 0; i < chain.count; i++)
        put_span_fields(line, chain.spans[i]);
    slmi_chain_close(&chain);
    slmi_line_put_ids(line);
}
