/* SPDX-License-Identifier: MIT */
#include "core/layers/line.h"

#include "core/fork.h"
#include "core/layers/stamp.h"
#include "core/layers/value.h"
#include "core/platform.h"

unsigned slmi_line_fields(slmi_line *line, slm_field *list)
{
    unsigned count = 0;
    if (line->what.event) {
        for (size_t i = 0; slm_hit_field(line->what.event, i, &list[count]); i++)
            count += list[count].value.type != SLM_TYPE_EMPTY;
        return count;
    }
    if (line->what.kind != SLM_OCCASION_CLOSE || line->look->timer == SLM_TIMER_NONE)
        return 0;
    slmi_text busy = { .data = line->busy, .room = sizeof line->busy };
    slmi_text idle = { .data = line->idle, .room = sizeof line->idle };
    slmi_stamp_duration(&busy, line->what.busy_ns);
    slmi_stamp_duration(&idle, line->what.idle_ns);
    list[0] = (slm_field){ slm_string_of("time.busy", 9), slm_value_string(busy.data, busy.len) };
    list[1] = (slm_field){ slm_string_of("time.idle", 9), slm_value_string(idle.data, idle.len) };
    list[0].value.type = list[1].value.type = SLM_TYPE_DEBUG; /* without quotes */
    return 2;
}

static void custom_stamp(slmi_line *line)
{
    char out[SLMI_STAMP_MAX];
    size_t len = line->look->time(line->look->time_user, line->what.time_ns, out, sizeof out);
    slmi_text_bytes(line->text, out, len <= sizeof out ? len : 0);
}

bool slmi_line_stamp(slmi_line *line)
{
    switch (line->look->timer) {
    case SLM_TIMER_UTC:
        slmi_stamp_utc(line->text, line->what.time_ns);
        return true;
    case SLM_TIMER_LOCAL:
        slmi_stamp_local(line->text, line->what.time_ns);
        return true;
    case SLM_TIMER_UPTIME:
        slmi_stamp_uptime(line->text, line->now > line->look->made ? line->now - line->look->made : 0);
        return true;
    case SLM_TIMER_CUSTOM:
        custom_stamp(line);
        return true;
    case SLM_TIMER_NONE:
        break;
    }
    return false;
}

static void level(slmi_text *text, unsigned level)
{
    static const char names[][7] = { "      ", "ERROR ", " WARN ", " INFO ", "DEBUG ", "TRACE " };
    static const char colours[][6] = { "\x1b[0m", "\x1b[31m", "\x1b[33m", "\x1b[32m", "\x1b[34m", "\x1b[35m" };
    unsigned at = level <= SLM_LEVEL_TRACE ? level : 0;
    if (!text->ansi) {
        slmi_text_whole(text, names[at], 6);
        return;
    }
    slmi_text_whole(text, colours[at], at ? 5 : 4);
    slmi_text_whole(text, names[at], 5);
    slmi_text_whole(text, "\x1b[0m ", 5);
}

/* Asked of the system once a thread, and again after a fork. */
static uint64_t thread_number(void)
{
    static _Thread_local uint64_t number __attribute__((tls_model("initial-exec")));
    static _Thread_local uint32_t forks __attribute__((tls_model("initial-exec")));
    uint32_t now = slmi_forks();
    if (number == 0 || forks != now) {
        number = slmi_platform_thread_number();
        forks = now;
    }
    return number;
}

uint64_t slmi_line_thread_number(void)
{
    return thread_number();
}

slm_string slmi_line_thread_name(char room[SLMI_THREAD_NAME_MAX])
{
    return slm_string_of(room, slmi_platform_thread_name(room));
}

bool slmi_line_thread(slmi_line *line)
{
    slmi_text *text = line->text;
    char room[SLMI_THREAD_NAME_MAX];
    if (line->look->show & SLM_SHOW_THREAD_NAME)
        slmi_text_escaped(text, slmi_line_thread_name(room));
    if (line->look->show & SLM_SHOW_THREAD_ID) {
        slmi_text_char(text, '[');
        slmi_text_u64(text, thread_number());
        slmi_text_char(text, ']');
    }
    return line->look->show & (SLM_SHOW_THREAD_ID | SLM_SHOW_THREAD_NAME);
}

void slmi_line_begin(slmi_line *line)
{
    slmi_text *text = line->text;
    if (line->look->timer != SLM_TIMER_NONE) {
        SLMI_TEXT_STYLE(text, "\x1b[2m");
        (void)slmi_line_stamp(line);
        SLMI_TEXT_STYLE(text, "\x1b[0m");
        slmi_text_char(text, ' ');
    }
    if (line->look->show & SLM_SHOW_LEVEL)
        level(text, line->what.metadata->level);
}

bool slmi_line_place(slmi_line *line)
{
    const slm_metadata *meta = line->what.metadata;
    bool file = line->look->show & SLM_SHOW_FILE && meta->file.len, at = line->look->show & SLM_SHOW_LINE && meta->line;
    if (file)
        slmi_text_escaped(line->text, meta->file);
    if (file && at)
        slmi_text_char(line->text, ':');
    if (at)
        slmi_text_u64(line->text, meta->line);
    return file || at;
}

static void put_fields(slmi_text *text, const slm_field *list, unsigned count, slm_string is, slm_string between)
{
    for (unsigned i = 0; i < count; i++) {
        if (i)
            slmi_text_bytes(text, between.data, between.len);
        SLMI_TEXT_STYLE(text, "\x1b[3m");
        slmi_text_escaped(text, list[i].key);
        SLMI_TEXT_STYLE(text, "\x1b[0m\x1b[2m");
        slmi_text_bytes(text, is.data, is.len);
        SLMI_TEXT_STYLE(text, "\x1b[0m");
        slmi_text_value(text, &list[i].value);
    }
}

void slmi_line_put_fields(slmi_text *text, const slm_field *list, unsigned count)
{
    put_fields(text, list, count, slm_string_of("=", 1), slm_string_of(" ", 1));
}

void slmi_line_put_pretty(slmi_text *text, const slm_field *list, unsigned count)
{
    put_fields(text, list, count, slm_string_of(": ", 2), slm_string_of(", ", 2));
}

static void hex(char *out, const void *id, size_t bytes)
{
    slmi_text text = { .data = out, .room = 2 * bytes };
    slmi_text_hex(&text, id, bytes);
    out[text.len] = '\0';
}

/* The span id is the one that an exporter sends, so that line and span find each other. */
static bool id_text(const slmi_line *line, slmi_line_id *ids)
{
    if (!(line->look->show & SLM_SHOW_IDS))
        return false;
    if (line->what.event) {
        slm_span_context identity;
        if (!slm_hit_identity(line->what.event, &identity))
            return false;
        hex(ids->trace_id, identity.trace_id.bytes, sizeof identity.trace_id.bytes);
        hex(ids->span_id, identity.span_id.bytes, slm_span_id_is_valid(identity.span_id) ? 8 : 0);
        return true;
    }
    if (!line->span)
        return false;
    bool remote;
    uint64_t id = slmi_exported_id(line->span, &remote);
    hex(ids->trace_id, line->span->trace_id, sizeof line->span->trace_id);
    hex(ids->span_id, &id, id ? sizeof id : 0);
    return true;
}

unsigned slmi_line_ids(const slmi_line *line, slmi_line_id *ids, slm_field list[2])
{
    if (!id_text(line, ids))
        return 0;
    list[0] = (slm_field){ slm_string_of("trace_id", 8), slm_value_string(ids->trace_id, 32) };
    list[1] = (slm_field){ slm_string_of("span_id", 7), slm_value_string(ids->span_id, 16) };
    list[0].value.type = list[1].value.type = SLM_TYPE_DEBUG; /* without quotes */
    return ids->span_id[0] ? 2 : 1;
}

void slmi_line_put_ids(slmi_line *line)
{
    slmi_line_id ids;
    slm_field list[2];
    unsigned count = slmi_line_ids(line, &ids, list);
    if (count) {
        slmi_text_char(line->text, ' ');
        slmi_line_put_fields(line->text, list, count);
    }
}
