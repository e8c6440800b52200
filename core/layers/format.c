/* SPDX-License-Identifier: MIT */
/* The layer that prints. */
#include <spanloom/format.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/alloc.h"
#include "core/clock.h"
#include "core/layers/busy.h"
#include "core/layers/json.h"
#include "core/layers/line.h"
#include "core/layers/stamp.h"
#include "core/layers/writer.h"

/* A line is made in the thread's own buffer, beside room for a span's fields; one within another (a printer that
 * traces) in a small one on the stack. */
enum { SMALL_LINE = 2048, TAIL = SLMI_JSON_RESERVE, KEPT = 2 * TAIL };
struct buffer {
    slmi_span_fields room;
    char line[SLM_LINE_MAX];
};

struct format {
    slmi_look look;
    uint32_t span_events;
    uint32_t place;
    slm_writer *writer;
    slm_layer_ops ops;
};

/* -- a line -----------------------------------------------------------------------------------------------------------
 */

static void custom_line(slmi_line *line)
{
    slmi_chain chain;
    slmi_chain_open(&chain, line->span, line->layer);
    line->what.span = chain.count ? (const slm_view *)chain.spans[0] : NULL;
    line->look->format(line->look->format_user, line->text, &line->what);
    slmi_chain_close(&chain);
}

static void put_line(slmi_line *line)
{
    if (line->look->format) {
        custom_line(line);
        return;
    }
    switch (line->look->style) {
    case SLM_FORMAT_FULL:
        slmi_line_full(line);
        break;
    case SLM_FORMAT_COMPACT:
        slmi_line_compact(line);
        break;
    case SLM_FORMAT_PRETTY:
        slmi_line_pretty(line);
        break;
    case SLM_FORMAT_JSON:
        slmi_line_json(line);
        break;
    case SLM_FORMAT_TREE:
        slmi_line_tree(line);
        break;
    }
}

/* A cut line still ends: there is room for the mark and the end. JSON has marked itself. */
static void put_end(const struct format *format, slmi_text *text)
{
    bool json = format->look.style == SLM_FORMAT_JSON && !format->look.format;
    if (text->cut)
        slmi_writer_count_cut(format->writer);
    text->room = text->len + TAIL;
    if (text->cut && !json) {
        SLMI_TEXT(text, "...");
        SLMI_TEXT_STYLE(text, "\x1b[0m");
    }
    slmi_text_char(text, '\n');
}

static void write_in(const struct format *format, slmi_line *line, char *bytes, size_t room)
{
    slmi_text text = { .data = bytes, .room = room - KEPT, .raw = format->look.raw, .ansi = format->look.ansi };
    line->text = &text;
    line->look = &format->look;
    put_line(line);
    if (text.len) {
        put_end(format, &text);
        (void)slm_writer_write(format->writer, line->what.metadata, slm_string_of(text.data, text.len));
    }
}

static __attribute__((noinline)) void write_small_line(const struct format *format, slmi_line *line)
{
    slmi_span_fields room;
    char small[SMALL_LINE];
    line->room = &room;
    write_in(format, line, small, sizeof small);
}

static void write_line(const struct format *format, slmi_thread *self, slmi_line *line)
{
    struct buffer *buffer = (struct buffer *)(void *)slmi_thread_line(self, sizeof *buffer);
    if (!buffer) {
        write_small_line(format, line);
        return;
    }
    line->room = &buffer->room;
    write_in(format, line, buffer->line, sizeof buffer->line);
    slmi_thread_line_done(self);
}

/* -- callbacks --------------------------------------------------------------------------------------------------------
 */

static void on_event(void *layer, slm_hit *hit)
{
    slmi_line line;
    line.what = (slm_occasion){ .size = sizeof line.what, .kind = SLM_OCCASION_EVENT, .event = hit };
    line.what.metadata = slm_hit_metadata(hit);
    line.what.time_ns = slm_hit_time_ns(hit);
    line.now = slmi_hit_now(hit);
    line.span = hit->span;
    line.layer = (slmi_taker){ hit->layer, hit->set };
    line.message = slm_hit_message(hit);
    write_line(layer, hit->self, &line);
}

/* The bit of this layer in the masks of its subscriber. */
static uint32_t bit_of(const struct format *format, const slmi_slot *span)
{
    const slmi_dispatch *d = slmi_dispatch_of(span);
    for (uint32_t i = 0; i < d->count; i++)
        if (d->layers[i].self == format)
            return UINT32_C(1) << i;
    return 0;
}

static slmi_busy *busy_of(const struct format *format, const slm_view *span)
{
    return slm_view_place(span, format->place);
}

static void tell(const struct format *format, const slm_view *span, slm_occasion_kind kind, uint64_t now)
{
    static const char words[][6] = { "", "new", "enter", "exit", "close" };
    const slmi_slot *slot = (const slmi_slot *)span;
    slmi_line line;
    line.what = (slm_occasion){ .size = sizeof line.what, .kind = kind, .metadata = slot->site };
    line.what.time_ns = now + slot->anchor;
    line.now = now;
    line.span = slot;
    line.layer = (slmi_taker){ bit_of(format, slot), atomic_load_explicit(&slot->set, memory_order_relaxed) };
    line.message = slm_string_from_c(words[kind]);
    if (kind == SLM_OCCASION_CLOSE) {
        uint64_t open = now > slot->start ? now - slot->start : 0, busy = slmi_busy_read(busy_of(format, span), now);
        line.what.busy_ns = busy < open ? busy : open;
        line.what.idle_ns = open - line.what.busy_ns;
    }
    write_line(format, slmi_self, &line);
}

static void started(void *layer, const slm_view *span)
{
    tell(layer, span, SLM_OCCASION_NEW, ((const slmi_slot *)span)->start);
}

static void entered(void *layer, const slm_view *span)
{
    const struct format *format = layer;
    uint64_t now = slmi_now();
    if (format->span_events & SLM_SPAN_EVENT_CLOSE)
        slmi_busy_enter(busy_of(format, span), now);
    if (format->span_events & SLM_SPAN_EVENT_ENTER)
        tell(format, span, SLM_OCCASION_ENTER, now);
}

static void exited(void *layer, const slm_view *span)
{
    const struct format *format = layer;
    uint64_t now = slmi_now();
    if (format->span_events & SLM_SPAN_EVENT_CLOSE)
        slmi_busy_exit(busy_of(format, span), now);
    if (format->span_events & SLM_SPAN_EVENT_EXIT)
        tell(format, span, SLM_OCCASION_EXIT, now);
}

static void ended(void *layer, const slm_view *span)
{
    tell(layer, span, SLM_OCCASION_CLOSE, ((const slmi_slot *)span)->end);
}

static void destroy(void *layer)
{
    struct format *format = layer;
    slm_writer_release(format->writer);
    slmi_free(format);
}

/* -- making one -------------------------------------------------------------------------------------------------------
 */

static bool wants_colours(const slm_format_options *options, slm_writer *writer)
{
    if (options->ansi != SLM_ANSI_AUTO)
        return options->ansi == SLM_ANSI_ON;
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
    return !(no && *no) && !(term && strcmp(term, "dumb") == 0) && slmi_writer_is_terminal(writer);
}

static slmi_look look_of(const slm_format_options *options, slm_writer *writer)
{
    const uint32_t common = SLM_SHOW_LEVEL | SLM_SHOW_TARGET | SLM_SHOW_SPAN_LIST;
    static const uint32_t others[] = { [SLM_FORMAT_PRETTY] = SLM_SHOW_FILE | SLM_SHOW_LINE,
                                       [SLM_FORMAT_JSON] = SLM_SHOW_IDS | SLM_SHOW_CURRENT_SPAN,
                                       [SLM_FORMAT_TREE] = 0 };
    return (slmi_look){ .style = options->style,
                        .show = (common | others[options->style] | options->show) & ~options->hide,
                        .timer = options->timer,
                        .ansi = options->style != SLM_FORMAT_JSON && wants_colours(options, writer),
                        .raw = options->unescaped,
                        .made = slmi_now(),
                        .time = options->time,
                        .time_user = options->time_user,
                        .format = options->format,
                        .format_user = options->format_user };
}

static void add_callbacks(struct format *format)
{
    uint32_t events = format->span_events;
    bool times = events & SLM_SPAN_EVENT_CLOSE;
    format->ops = (slm_layer_ops){ .size = sizeof format->ops, .on_event = on_event, .destroy = destroy };
    if (events & SLM_SPAN_EVENT_NEW)
        format->ops.on_start = started;
    if (times || events & SLM_SPAN_EVENT_ENTER)
        format->ops.on_enter = entered;
    if (times || events & SLM_SPAN_EVENT_EXIT)
        format->ops.on_exit = exited;
    if (times)
        format->ops.on_end = ended;
}

static uint32_t flags_of(const slmi_look *look)
{
    const uint32_t ancestors = SLM_SHOW_SPAN_LIST | SLM_SHOW_CURRENT_SPAN | SLM_SHOW_FLAT_SPANS;
    return look->show & ancestors || look->format ? SLM_LAYER_SCOPES : 0;
}

static bool is_valid(const slm_format_options *o)
{
    return (unsigned)o->style <= SLM_FORMAT_TREE && (unsigned)o->ansi <= SLM_ANSI_OFF &&
           (unsigned)o->timer <= SLM_TIMER_CUSTOM && (o->timer != SLM_TIMER_CUSTOM || o->time);
}

slm_status slm_layer_format(const slm_format_options *options, slm_filter *filter, slm_layer *out)
{
    slm_format_options o = { .size = sizeof o };
    if (!out || (options && options->size < offsetof(slm_format_options, show)))
        return SLM_ERR_INVALID_ARGUMENT;
    if (options)
        memcpy(&o, options, options->size < sizeof o ? options->size : sizeof o);
    if (!is_valid(&o))
        return SLM_ERR_INVALID_ARGUMENT;
    slmi_clock_init();
    struct format *format = slmi_alloc_zeroed(sizeof *format);
    slm_writer *writer = o.writer ? o.writer : slm_writer_fd(STDERR_FILENO);
    if (!format || !writer) {
        slmi_free(format);
        if (!o.writer)
            slm_writer_release(writer);
        return SLM_ERR_NO_MEMORY;
    }
    format->look = look_of(&o, writer);
    format->writer = writer;
    format->span_events = o.span_events;
    if (!o.span_events && o.style == SLM_FORMAT_TREE && !o.format)
        format->span_events = SLM_SPAN_EVENT_NEW;
    add_callbacks(format);
    if (o.timer == SLM_TIMER_LOCAL) { /* the zone is read here rather than at the first line */
        char room[SLMI_STAMP_MAX];
        slmi_text text = { .data = room, .room = sizeof room };
        slmi_stamp_local(&text, slmi_now() + slmi_wall_offset());
    }
    *out = (slm_layer){ .size = sizeof *out,
                        .flags = flags_of(&format->look),
                        .ops = &format->ops,
                        .self = format,
                        .filter = filter,
                        .place_bytes = format->span_events & SLM_SPAN_EVENT_CLOSE ? sizeof(slmi_busy) : 0,
                        .place = &format->place };
    return SLM_OK;
}

/* -- what formatters write with ---------------------------------------------------------------------------------------
 */

void slm_text_put(slm_text *text, slm_string bytes)
{
    slmi_text_bytes(text, bytes.data, bytes.len);
}

void slm_text_put_safe(slm_text *text, slm_string bytes)
{
    slmi_text_escaped(text, bytes);
}

void slm_text_put_value(slm_text *text, const slm_value *value)
{
    slmi_text_value(text, value);
}

void slm_text_put_json(slm_text *text, const slm_value *value)
{
    slmi_json_value(text, value);
}
