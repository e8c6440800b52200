/* SPDX-License-Identifier: MIT */
/* What no line may do to a terminal or to who reads it, whatever is traced; and what a line costs at most. */
#define SLM_TARGET "yaks"
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <spanloom/diagnostic.h>
#include <spanloom/dynamic.h>

#include "tests/unit/lines.h"

static const char hostile[] = "\x1b[31m\n\r\t\0\a\x7f\xc2\x9b\x9b\xff\xfe\xed\xa0\x80\xf8\x88\x80\x80\x80\xe2\x82";

static slm_string text_of(const char *text, size_t len)
{
    return slm_string_of(text, len);
}

/* Everywhere that text can come from. */
static void trace(void)
{
    const slm_string bad = text_of(hostile, sizeof hostile - 1);
    const slm_callsite span = {
        .size = sizeof span, .level = SLM_LEVEL_INFO, .name = bad, .target = bad, .file = bad, .line = 1
    };
    const slm_callsite event = { .size = sizeof event, .level = SLM_LEVEL_INFO, .target = bad, .file = bad, .line = 2 };
    const slm_value value = slm_value_string(bad.data, bad.len);
    const slm_field field = { bad, value };
    slm_span s = slm_span_start(&span, &field, 1, NULL);
    slm_token t = slm_enter(s);
    slm_event(&event, bad, &field, 1, NULL);
    slm_exit(t);
    slm_span_end(s);
}

static bool is_tame(const char *text, size_t len, bool json)
{
    for (size_t i = 0; i < len;) {
        const unsigned char *at = (const unsigned char *)text + i;
        size_t n = slmi_text_printable(at, len - i);
        if (n == 0 && !(*at == '\n' && (i + 1 == len || !json)))
            return false;
        i += n ? n : 1;
    }
    return true;
}

Test(format_hostile, no_style_lets_a_control_byte_or_broken_utf8_through) /* 72 */
{
    for (int style = SLM_FORMAT_FULL; style <= SLM_FORMAT_TREE; style++) {
        lines_begin((slm_format_options){ .style = (slm_format_style)style,
                                          .show = SLM_SHOW_FILE | SLM_SHOW_LINE | SLM_SHOW_IDS });
        trace();
        lines_end();
        cr_expect(lines.len > 100);
        cr_expect(is_tame(lines.text, lines.len, style == SLM_FORMAT_JSON), "style %d: %s", style, lines.text);
        unsigned ends = 0;
        for (size_t i = 0; i < lines.len; i++)
            ends += lines.text[i] == '\n';
        cr_expect(ends == lines.writes || style == SLM_FORMAT_PRETTY, "style %d", style);
    }
}

Test(format_hostile, each_byte_that_is_escaped_says_what_it_was)
{
    lines_begin((slm_format_options){ .timer = SLM_TIMER_NONE, .hide = SLM_SHOW_LEVEL | SLM_SHOW_TARGET });
    SLM_INFO(("s", slm_strn(hostile, 12)), "%s", "a\x1b\n\\\"");
    lines_end();
    cr_expect(eq(str, lines.text, (char *)(uintptr_t) "a\\x1b\\n\\\" s=\"\\x1b[31m\\n\\r\\t\\x00\\x07\\x7f\\xc2\"\n"));
}

Test(format_hostile, unescaped_text_comes_as_it_is) /* 72 */
{
    lines_begin(
        (slm_format_options){ .timer = SLM_TIMER_NONE, .hide = SLM_SHOW_LEVEL | SLM_SHOW_TARGET, .unescaped = true });
    SLM_INFO(("s", slm_strn("\x1b\xff", 2)), "%s", "a\x1b[31mb\xc2\x9b\nc");
    lines_end();
    cr_expect(eq(str, lines.text, (char *)(uintptr_t) "a\x1b[31mb\xc2\x9b\nc s=\"\x1b\xff\"\n"));
}

static slm_writer_stats stats_of(const slm_writer *writer)
{
    slm_writer_stats stats = { .size = sizeof stats };
    slm_writer_stats_read(writer, &stats);
    return stats;
}

Test(format_hostile, a_long_line_is_cut_marked_and_counted_in_every_style)
{
    static char big[1 << 20];
    memset(big, 'x', sizeof big);
    for (int style = SLM_FORMAT_FULL; style <= SLM_FORMAT_TREE; style++) {
        slm_writer *writer = slm_writer_new(&lines_ops, NULL);
        lines_begin((slm_format_options){
            .style = (slm_format_style)style, .ansi = SLM_ANSI_ON, .writer = slm_writer_retain(writer) });
        SLM_INFO("short");
        cr_expect(eq(u64, stats_of(writer).cut, 0));
        lines_clear();
        SLM_INFO(("big", slm_strn(big, sizeof big)), ("after", 1), "long");
        lines_end();
        const char *mark = style == SLM_FORMAT_JSON ? "...\"},\"cut\":true}\n" : "...\x1b[0m\n";
        cr_expect(lines.len <= SLM_LINE_MAX && lines.len > SLM_LINE_MAX - 256, "style %d: %zu", style, lines.len);
        cr_expect(eq(str, lines.text + lines.len - strlen(mark), (char *)(uintptr_t)mark), "style %d", style);
        cr_expect(eq(uint, lines.writes, 1));
        cr_expect(eq(u64, stats_of(writer).cut, 1));
        cr_expect(eq(u64, stats_of(writer).lines, 2));
        slm_writer_release(writer);
    }
}

/* A cut never leaves half an escape or half a character. */
Test(format_hostile, a_cut_is_between_characters)
{
    static char euros[30000];
    for (size_t i = 0; i + 3 <= sizeof euros; i += 3)
        memcpy(euros + i, "\xe2\x82\xac", 3);
    for (size_t shift = 0; shift < 6; shift++) {
        lines_begin((slm_format_options){ .timer = SLM_TIMER_NONE });
        SLM_INFO(("pad", slm_strn("xxxxxx", shift)), ("big", slm_strn(euros, sizeof euros)));
        lines_end();
        cr_expect(is_tame(lines.text, lines.len, false), "shift %zu", shift);
    }
}

static size_t overrun(const void *object, char *out, size_t room)
{
    (void)object;
    memset(out, 'p', room);
    return room * 1000;
}

Test(format_hostile, a_printer_that_wants_more_than_there_is_gets_what_there_is)
{
    lines_begin((slm_format_options){ .timer = SLM_TIMER_NONE });
    SLM_INFO(("p", slm_debug(&lines, overrun)));
    lines_end();
    cr_expect(lines.len > 1000 && lines.len < 4096 && strspn(lines.text + 14, "p") == lines.len - 15, "%s", lines.text);
}

static size_t lie(void *user, uint64_t ns, char *out, size_t room)
{
    (void)user;
    (void)ns;
    memset(out, 't', room);
    return SIZE_MAX;
}

Test(format_hostile, a_time_that_claims_too_much_is_none)
{
    lines_begin((slm_format_options){ .timer = SLM_TIMER_CUSTOM, .time = lie });
    SLM_INFO("x");
    lines_end();
    cr_expect(eq(str, lines.text, (char *)(uintptr_t) "  INFO yaks: x\n"));
}

static void flood(void *user, slm_text *out, const slm_occasion *what)
{
    (void)user;
    (void)what;
    const slm_value text = slm_value_string("0123456789", 10);
    for (int i = 0; i < 10000; i++) {
        slm_text_put(out, slm_string_of("raw", 3));
        slm_text_put_value(out, &text);
        slm_text_put_json(out, &text);
    }
}

Test(format_hostile, a_formatter_that_never_stops_is_cut)
{
    lines_begin((slm_format_options){ .format = flood });
    SLM_INFO("x");
    lines_end();
    cr_expect(lines.len <= SLM_LINE_MAX);
    cr_expect(eq(str, lines.text + lines.len - 4, (char *)(uintptr_t) "...\n"));
}

/* What a printer traces while a layer makes its line comes as a line of its own, first. */
static size_t print_tracing(const void *object, char *out, size_t room)
{
    (void)object;
    SLM_INFO("from within");
    return (size_t)snprintf(out, room, "printed");
}

Test(format_hostile, a_printer_may_trace)
{
    lines_begin((slm_format_options){ .timer = SLM_TIMER_NONE });
    SLM_INFO(("p", slm_debug(&lines, print_tracing)), "outer");
    lines_end();
    cr_expect(eq(str, lines.text, (char *)(uintptr_t) " INFO yaks: from within\n INFO yaks: outer p=printed\n"));
}

/* A formatter that traces is told nothing of it; another layer is, and makes its line inside the first one's. */
static void trace_and_format(void *user, slm_text *out, const slm_occasion *what)
{
    (void)user;
    (void)what;
    SLM_INFO(("big", slm_strn(hostile, sizeof hostile - 1)), "within");
    slm_text_put(out, slm_string_of("own", 3));
}

Test(format_hostile, a_line_within_a_line_spoils_neither)
{
    slm_layer layers[2];
    slm_subscriber *subscriber;
    slm_format_options own = { .size = sizeof own, .format = trace_and_format },
                       other = { .size = sizeof other, .timer = SLM_TIMER_NONE, .hide = SLM_SHOW_LEVEL };
    own.writer = slm_writer_new(&lines_ops, NULL);
    other.writer = slm_writer_new(&lines_ops, NULL);
    cr_assert(slm_layer_format(&own, NULL, &layers[0]) == SLM_OK);
    cr_assert(slm_layer_format(&other, slm_filter_level(SLM_LEVEL_INFO), &layers[1]) == SLM_OK);
    cr_assert(slm_subscriber_of_layers(layers, 2, &subscriber) == SLM_OK);
    slm_subscriber_scope scope = slm_thread_subscriber_push(subscriber);
    SLM_INFO("outer");
    slm_thread_subscriber_pop(scope);
    slm_subscriber_release(subscriber);
    cr_expect(strncmp(lines.text, "yaks: within big=\"", 18) == 0, "%s", lines.text);
    cr_expect(eq(str, strchr(lines.text, '\n'), (char *)(uintptr_t) "\nown\nyaks: outer\n"));
}

static slm_status refuse(void *self, const slm_metadata *metadata, slm_string line)
{
    (void)self;
    (void)metadata;
    (void)line;
    SLM_ERROR("traced by the writer");
    return SLM_ERR_SYSTEM;
}

static unsigned told;

static void tell(void *user, slm_diagnostic_kind kind, const char *message)
{
    (void)user;
    (void)message;
    SLM_ERROR("traced by the handler");
    told += kind == SLM_DIAG_WRITER;
}

Test(format_hostile, a_writer_that_fails_is_counted_and_told_once_and_harms_nothing) /* 74 */
{
    static const slm_writer_ops ops = { .size = sizeof ops, .write = refuse };
    slm_writer *writer = slm_writer_new(&ops, NULL);
    slm_set_diagnostic_handler(tell, NULL);
    lines_begin((slm_format_options){ .writer = slm_writer_retain(writer) });
    for (int i = 0; i < 3; i++)
        SLM_INFO("x");
    lines_end();
    cr_expect(eq(u64, stats_of(writer).failed, 3));
    cr_expect(eq(u64, stats_of(writer).lines, 0));
    cr_expect(eq(u64, slm_diagnostic_count(SLM_DIAG_WRITER), 3));
    cr_expect(eq(uint, told, 1));
    slm_writer_release(writer);
}
