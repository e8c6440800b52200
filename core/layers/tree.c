/* SPDX-License-Identifier: MIT */
/* Indented by span: a span's line where it starts, below it what is inside.
 *
 *   2026-11-23T02:14:52.123456Z  INFO shaving_yaks{yak_count=3}
 *   2026-11-23T02:14:52.123456Z  INFO   shave{current_yak=2}
 *   2026-11-23T02:14:52.123456Z  WARN     yaks: it failed! error=ENOENT
 */
#include "core/layers/line.h"

static void indent(slmi_text *text, const slmi_chain *chain, bool about_span)
{
    static const char spaces[] = "                ";
    unsigned left = 2 * chain->count;
    if (about_span && left)
        left -= 2;
    for (; left; left -= left < 16 ? left : 16)
        slmi_text_bytes(text, spaces, left < 16 ? left : 16);
    if (chain->more)
        SLMI_TEXT(text, "... ");
}

static void origin(slmi_line *line)
{
    slmi_text *text = line->text;
    SLMI_TEXT_STYLE(text, "\x1b[2m");
    if (line->what.event && line->look->show & SLM_SHOW_TARGET) {
        slmi_text_escaped(text, line->what.metadata->target);
        SLMI_TEXT(text, ": ");
    }
    if (slmi_line_place(line))
        SLMI_TEXT(text, ": ");
    SLMI_TEXT_STYLE(text, "\x1b[0m");
}

static void content(slmi_line *line)
{
    slmi_text *text = line->text;
    slm_field list[SLMI_LINE_FIELDS_MAX];
    unsigned count = slmi_line_fields(line, list);
    bool space = !line->what.event;
    if (!line->what.event)
        slmi_line_put_span(line, line->span);
    if (line->message.len && line->what.kind != SLM_OCCASION_NEW) {
        if (space)
            slmi_text_char(text, ' ');
        slmi_text_escaped(text, line->message);
        space = true;
    }
    if (count && space)
        slmi_text_char(text, ' ');
    slmi_line_put_fields(text, list, count);
}

void slmi_line_tree(slmi_line *line)
{
    slmi_chain chain = { .count = 0 };
    slmi_line_begin(line);
    if (slmi_line_thread(line))
        slmi_text_char(line->text, ' ');
    if (line->span && line->look->show & SLM_SHOW_SPAN_LIST)
        slmi_chain_open(&chain, line->span, line->layer);
    indent(line->text, &chain, !line->what.event);
    slmi_chain_close(&chain);
    origin(line);
    content(line);
    slmi_line_put_ids(line);
}
