/* SPDX-License-Identifier: MIT */
/* One object a line, with unique keys:
 *
 *   {"timestamp":"2026-11-23T02:14:52.123456Z","level":"WARN","fields":{"message":"it failed!","error":"ENOENT"},
 *    "target":"yaks","span":{"name":"shave","current_yak":2},"spans":[{"name":"shaving_yaks","yak_count":3},
 *    {"name":"shave","current_yak":2}],"trace_id":"...","span_id":"..."}
 *
 * A key that the line itself has, or that stands there already, gets "_" after it; of one that was given twice the last
 * value counts. */
#include "core/layers/json.h"
#include "core/layers/line.h"
#include "core/layers/members.h"

#define KEY(literal)                                                                                                   \
    {                                                                                                                  \
        "" literal, sizeof(literal) - 1                                                                                \
    }

/* What the library puts in an object itself: a span's end its times, a line with text its message, and where the fields
 * stand in the line itself, all the rest. */
static const slm_string reserved_in_lines[] = {
    KEY("busy_ns"),  KEY("idle_ns"),  KEY("message"), KEY("timestamp"),  KEY("level"),    KEY("target"),
    KEY("filename"), KEY("trace_id"), KEY("span_id"), KEY("threadName"), KEY("threadId"), KEY("line_number"),
    KEY("fields"),   KEY("span"),     KEY("spans"),   KEY("more_spans"), KEY("cut"),      KEY("omitted_fields")
};
static const slm_string reserved_in_spans[] = { KEY("name"), KEY("omitted_fields") };
enum {
    WITH_MESSAGE = 2,
    WITHOUT_MESSAGE = 3,
    IN_LINES = sizeof reserved_in_lines / sizeof *reserved_in_lines,
    IN_SPANS = sizeof reserved_in_spans / sizeof *reserved_in_spans
};

static void member(slmi_text *text, slm_string key, slm_string value)
{
    slmi_json_member_string(text, key, value);
}

static void number(slmi_text *text, slm_string key, uint64_t value)
{
    slm_value v = slm_value_u64(value);
    slmi_json_member(text, key, 0, &v);
}

static void truth(slmi_text *text, slm_string key)
{
    slm_value v = slm_value_bool(true);
    slmi_json_member(text, key, 0, &v);
}

#define NAME(literal) slm_string_of("" literal, sizeof(literal) - 1)

static void custom_stamp(slmi_line *line)
{
    char room[SLMI_STAMP_MAX];
    slmi_text stamp = { .data = room, .room = sizeof room }, *text = line->text;
    line->text = &stamp;
    (void)slmi_line_stamp(line);
    line->text = text;
    member(text, NAME("timestamp"), slm_string_of(room, stamp.len));
}

static void stamp_and_level(slmi_line *line)
{
    static const char levels[][18] = { "",
                                       "\"level\":\"ERROR\"",
                                       "\"level\":\"WARN\"",
                                       "\"level\":\"INFO\"",
                                       "\"level\":\"DEBUG\"",
                                       "\"level\":\"TRACE\"" };
    static const uint8_t lengths[] = { 0, 15, 14, 14, 15, 15 };
    slmi_text *text = line->text;
    unsigned level = line->what.metadata->level;
    if (line->look->timer == SLM_TIMER_CUSTOM) {
        custom_stamp(line);
    } else if (line->look->timer != SLM_TIMER_NONE) {
        SLMI_TEXT(text, "\"timestamp\":\"");
        (void)slmi_line_stamp(line);
        slmi_text_char(text, '"');
    }
    if (line->look->show & SLM_SHOW_LEVEL && level && level <= SLM_LEVEL_TRACE) {
        slmi_json_comma(text);
        slmi_text_bytes(text, levels[level], lengths[level]);
    }
}

static void ids(slmi_line *line)
{
    slmi_line_id room;
    slm_field list[2];
    unsigned count = slmi_line_ids(line, &room, list);
    for (unsigned i = 0; i < count; i++)
        slmi_json_member(line->text, list[i].key, 0, &list[i].value);
}

/* What is short, and tells a line that is cut further on from others. */
static void head(slmi_line *line)
{
    slmi_text *text = line->text;
    const slm_metadata *meta = line->what.metadata;
    uint32_t show = line->look->show;
    stamp_and_level(line);
    if (show & SLM_SHOW_TARGET)
        member(text, NAME("target"), meta->target);
    ids(line);
    if (show & SLM_SHOW_THREAD_NAME) {
        char room[SLMI_THREAD_NAME_MAX];
        slm_string name = slmi_line_thread_name(room);
        if (name.len)
            member(text, NAME("threadName"), name);
    }
    if (show & SLM_SHOW_THREAD_ID)
        number(text, NAME("threadId"), slmi_line_thread_number());
    if (show & SLM_SHOW_FILE && meta->file.len)
        member(text, NAME("filename"), meta->file);
    if (show & SLM_SHOW_LINE && meta->line)
        number(text, NAME("line_number"), meta->line);
}

/* Where the object lies in the text; absent if it is not there whole. */
static slm_string span_object(slmi_line *line, slm_string key, const slmi_slot *span)
{
    slmi_text *text = line->text;
    slmi_span_fields *fields = line->room;
    if (!slmi_json_open(text, key, '{'))
        return slm_string_of(NULL, 0);
    size_t at = text->len - 1;
    member(text, NAME("name"), slmi_view_name(span));
    slmi_span_fields_read(line->room, span);
    slmi_members(text, fields->list, fields->count, (slmi_reserved){ reserved_in_spans, IN_SPANS }, NULL);
    if (fields->omitted)
        number(text, NAME("omitted_fields"), fields->omitted);
    slmi_json_close(text, '}');
    return text->cut ? slm_string_of(NULL, 0) : slm_string_of(text->data + at, text->len - at);
}

/* The spans' fields beside the event's: of each key the innermost. */
static void flat_spans(slmi_line *line, const slmi_chain *chain, slmi_seen *seen)
{
    const slmi_span_fields *fields = line->room;
    for (unsigned i = 0; i < chain->count && !line->text->cut; i++) {
        slmi_span_fields_read(line->room, chain->spans[i]);
        for (unsigned j = 0; j < fields->count; j++)
            if (slmi_seen_new(seen, fields->list[j].key, 0))
                slmi_json_member(line->text, fields->list[j].key, 0, &fields->list[j].value);
    }
}

static slmi_reserved reserved_for(const slmi_line *line, bool times, bool flat)
{
    unsigned from = times ? 0 : line->message.len ? WITH_MESSAGE : WITHOUT_MESSAGE;
    return (slmi_reserved){ reserved_in_lines + from, (flat ? (unsigned)IN_LINES : (unsigned)WITHOUT_MESSAGE) - from };
}

static void own_content(slmi_line *line, bool flat, slmi_seen *seen)
{
    slmi_text *text = line->text;
    slm_field list[SLMI_LINE_FIELDS_MAX];
    unsigned count = slmi_line_fields(line, list);
    bool times = !line->what.event && count;
    if (line->message.len)
        member(text, NAME("message"), line->message);
    slmi_members(text, list, count, reserved_for(line, times, flat), seen);
    if (times) {
        number(text, NAME("busy_ns"), line->what.busy_ns);
        number(text, NAME("idle_ns"), line->what.idle_ns);
    }
}

/* Not inlined: what is seen would lie on the stack of every line. */
static __attribute__((noinline)) void content_with_spans(slmi_line *line, const slmi_chain *chain, bool flat)
{
    slmi_seen seen = { .count = 0 };
    own_content(line, flat, &seen);
    flat_spans(line, chain, &seen);
}

static void content(slmi_line *line, const slmi_chain *chain)
{
    bool flat = line->look->show & SLM_SHOW_FLAT_EVENT;
    if (!flat && !slmi_json_open(line->text, NAME("fields"), '{'))
        return;
    if (line->look->show & SLM_SHOW_FLAT_SPANS && chain->count)
        content_with_spans(line, chain, flat);
    else
        own_content(line, flat, NULL);
    if (!flat)
        slmi_json_close(line->text, '}');
}

static void span_list(slmi_line *line, const slmi_chain *chain, slm_string innermost)
{
    slmi_text *text = line->text;
    if (!slmi_json_open(text, NAME("spans"), '['))
        return;
    for (unsigned i = chain->count; i-- > 0 && !text->cut;) {
        if (i == 0 && innermost.data && innermost.len < text->room - text->len) {
            slmi_json_comma(text);
            slmi_text_bytes(text, innermost.data, innermost.len); /* it stands there already */
        } else {
            (void)span_object(line, slm_string_of(NULL, 0), chain->spans[i]);
        }
    }
    slmi_json_close(text, ']');
    if (chain->more)
        truth(text, NAME("more_spans"));
}

static void spans(slmi_line *line, const slmi_chain *chain)
{
    slm_string innermost = { NULL, 0 };
    if (!chain->count)
        return;
    if (line->look->show & SLM_SHOW_CURRENT_SPAN)
        innermost = span_object(line, NAME("span"), chain->spans[0]);
    if (line->look->show & SLM_SHOW_SPAN_LIST)
        span_list(line, chain, innermost);
}

void slmi_line_json(slmi_line *line)
{
    slmi_chain chain = { .count = 0 };
    const uint32_t shows_spans = SLM_SHOW_CURRENT_SPAN | SLM_SHOW_SPAN_LIST | SLM_SHOW_FLAT_SPANS;
    slmi_text *text = line->text;
    slmi_text_char(text, '{');
    head(line);
    if (line->span && line->look->show & shows_spans)
        slmi_chain_open(&chain, line->span, line->layer);
    content(line, &chain);
    spans(line, &chain);
    slmi_chain_close(&chain);
    if (text->cut)
        slmi_json_mark_cut(text);
    slmi_json_close(text, '}');
}
