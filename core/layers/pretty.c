/* SPDX-License-Identifier: MIT */
/* Several lines for each event, and an empty one.
 *
 *   2026-11-23T02:14:52.123456Z  WARN yaks: it failed!, error: ENOENT
 *     at yaks.c:12 on main[4711]
 *     in yaks::shave with current_yak: 2
 *     in yaks::shaving_yaks with yak_count: 3
 */
#include "core/layers/line.h"

static void first_line(slmi_line *line)
{
    slmi_text *text = line->text;
    slm_field list[SLMI_LINE_FIELDS_MAX];
    unsigned count = slmi_line_fields(line, list);
    SLMI_TEXT(text, "  ");
    slmi_line_begin(line);
    if (line->look->show & SLM_SHOW_TARGET) {
        SLMI_TEXT_STYLE(text, "\x1b[1m");
        slmi_text_escaped(text, line->what.metadata->target);
        SLMI_TEXT_STYLE(text, "\x1b[0m");
        slmi_text_char(text, ':');
        if (line->message.len || count)
            slmi_text_char(text, ' ');
    }
    SLMI_TEXT_STYLE(text, "\x1b[1m");
    slmi_text_escaped(text, line->message);
    SLMI_TEXT_STYLE(text, "\x1b[0m");
    if (line->message.len && count)
        SLMI_TEXT(text, ", ");
    slmi_line_put_pretty(text, list, count);
}

/* "    WORD " of a line; dim. */
static void lead(slmi_text *text, const char *word, size_t len)
{
    SLMI_TEXT(text, "\n    ");
    SLMI_TEXT_STYLE(text, "\x1b[2m");
    slmi_text_bytes(text, word, len);
    SLMI_TEXT_STYLE(text, "\x1b[0m");
    slmi_text_char(text, ' ');
}

static void where(slmi_line *line)
{
    slmi_text *text = line->text;
    bool thread = line->look->show & (SLM_SHOW_THREAD_ID | SLM_SHOW_THREAD_NAME);
    size_t before = text->len;
    lead(text, "at", 2);
    bool place = slmi_line_place(line);
    if (!place && !text->cut)
        text->len = before;
    if (!thread)
        return;
    if (place)
        SLMI_TEXT(text, " on ");
    else
        lead(text, "on", 2);
    (void)slmi_line_thread(line);
}

static void span(slmi_line *line, const slmi_slot *slot)
{
    slmi_text *text = line->text;
    const slmi_span_fields *fields = line->room;
    slmi_span_fields_read(line->room, slot);
    lead(text, "in", 2);
    if (line->look->show & SLM_SHOW_TARGET) {
        slmi_text_escaped(text, slot->site->target);
        SLMI_TEXT(text, "::");
    }
    SLMI_TEXT_STYLE(text, "\x1b[1m");
    slmi_text_escaped(text, slmi_view_name(slot));
    SLMI_TEXT_STYLE(text, "\x1b[0m");
    if (fields->count)
        SLMI_TEXT(text, " with ");
    slmi_line_put_pretty(text, fields->list, fields->count);
    if (fields->omitted)
        SLMI_TEXT(text, ", ...");
}

static void ids(slmi_line *line)
{
    slmi_line_id room;
    slm_field list[2];
    unsigned count = slmi_line_ids(line, &room, list);
    if (count) {
        SLMI_TEXT(line->text, "\n    ");
        slmi_line_put_pretty(line->text, list, count);
    }
}

void slmi_line_pretty(slmi_line *line)
{
    first_line(line);
    where(line);
    if (line->span && line->look->show & SLM_SHOW_SPAN_LIST) {
        slmi_chain chain;
        slmi_chain_open(&chain, line->span, line->layer);
        for (unsigned i = 0; i < chain.count; i++)
            span(line, chain.spans[i]);
        if (chain.more)
            SLMI_TEXT(line->text, "\n    ...");
        slmi_chain_close(&chain);
    }
    ids(line);
    slmi_text_char(line->text, '\n');
}
