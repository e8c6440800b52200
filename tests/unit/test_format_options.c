/* SPDX-License-Identifier: MIT */
/* How a layer that prints is set up: colours, zones, formatters of one's own, and what is refused. */
#define SLM_TARGET "yaks"
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/layers/stamp.h"
#include "tests/unit/yaks.h"

#define SPANS "outer{a=1}:inner{b=\"x\"}: "

static slm_status ignore(void *self, const slm_metadata *metadata, slm_string line)
{
    (void)self;
    (void)metadata;
    (void)line;
    return SLM_OK;
}

static bool yes(void *self)
{
    (void)self;
    return true;
}

/* Whether a writer that is a terminal, or is none, gets colours. */
static bool has_colours(slm_ansi ansi, bool terminal)
{
    static slm_writer_ops ops;
    ops = lines_ops;
    ops.is_terminal = terminal ? yes : NULL;
    lines_begin((slm_format_options){ .ansi = ansi, .writer = slm_writer_new(&ops, NULL) });
    print_one();
    lines_end();
    return strchr(lines.text, '\x1b') != NULL;
}

Test(format_options, colours_honour_terminals_no_color_and_dumb_ones) /* 69 */
{
    static const struct {
        const char *no_color, *term;
        slm_ansi ansi;
        bool terminal, coloured;
    } cases[] = {
        { NULL, "xterm", SLM_ANSI_AUTO, true, true }, { NULL, "xterm", SLM_ANSI_AUTO, false, false },
        { "1", "xterm", SLM_ANSI_AUTO, true, false }, { "", "xterm", SLM_ANSI_AUTO, true, true },
        { NULL, "dumb", SLM_ANSI_AUTO, true, false }, { NULL, NULL, SLM_ANSI_AUTO, true, true },
        { "1", "dumb", SLM_ANSI_ON, false, true },    { NULL, "xterm", SLM_ANSI_OFF, true, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        unsetenv("NO_COLOR");
        unsetenv("TERM");
        if (cases[i].no_color)
            setenv("NO_COLOR", cases[i].no_color, 1);
        if (cases[i].term)
            setenv("TERM", cases[i].term, 1);
        cr_expect(eq(int, has_colours(cases[i].ansi, cases[i].terminal), cases[i].coloured), "case %zu", i);
    }
}

static void expect_line(slm_format_options options, const char *line)
{
    lines_begin(options);
    print_one();
    lines_end();
    cr_expect(eq(str, lines.text, (char *)(uintptr_t)line));
}

Test(format_options, local_time_has_the_zones_offset)
{
    setenv("TZ", "XYZ-5:30", 1);
    expect_line((slm_format_options){ .timer = SLM_TIMER_LOCAL },
                "2026-11-23T07:44:52.123456+05:30  INFO " SPANS "yaks: said k=7\n");
}

Test(format_options, local_time_west_of_greenwich_may_be_the_day_before)
{
    setenv("TZ", "XYZ3:45", 1);
    expect_line((slm_format_options){ .timer = SLM_TIMER_LOCAL },
                "2026-11-22T22:29:52.123456-03:45  INFO " SPANS "yaks: said k=7\n");
}

static void custom(void *user, slm_text *out, const slm_occasion *what)
{
    slm_field field;
    slm_string name = what->span ? slm_view_name(what->span) : slm_string_of("-", 1);
    slm_text_put(out, slm_string_from_c(user));
    slm_text_put(out, slm_string_of("|\x1b|", 3));
    slm_text_put_safe(out, slm_string_of("\x1b|", 2));
    slm_text_put_safe(out, name);
    for (size_t i = 0; what->event && slm_hit_field(what->event, i, &field); i++) {
        slm_text_put(out, slm_string_of("|", 1));
        slm_text_put_value(out, &field.value);
        slm_text_put_json(out, &field.value);
    }
}

Test(format_options, a_formatter_of_ones_own_writes_the_line)
{
    lines_begin((slm_format_options){
        .format = custom, .format_user = (void *)(uintptr_t) "mine", .span_events = SLM_SPAN_EVENT_NEW });
    print_one();
    SLM_INFO(("e", slm_errno(EINTR)), "outside");
    lines_end();
    cr_expect(eq(str, lines.text,
                 (char *)(uintptr_t) "mine|\x1b|\\x1b|outer\nmine|\x1b|\\x1b|inner\nmine|\x1b|\\x1b|inner|77\n"
                                     "mine|\x1b|\\x1b|-|EINTR\"EINTR\"\n"));
}

static void silent(void *user, slm_text *out, const slm_occasion *what)
{
    (void)user;
    (void)out;
    (void)what;
}

Test(format_options, a_line_of_nothing_is_not_written)
{
    lines_begin((slm_format_options){ .format = silent });
    print_one();
    lines_end();
    cr_expect(eq(uint, lines.writes, 0));
}

Test(format_options, spans_that_the_layer_does_not_take_are_not_shown)
{
    lines_begin_filtered((slm_format_options){ .size = 0 }, "info");
    SLM_SCOPE("a");
    {
        SLM_SCOPE_AT(SLM_LEVEL_DEBUG, "hidden");
        SLM_SCOPE("b");
        SLM_INFO("inside");
    }
    lines_end();
    cr_expect(eq(str, lines.text, (char *)(uintptr_t)STAMP "  INFO a:b: yaks: inside\n"));
}

Test(format_options, spans_of_another_subscriber_are_not_shown_but_their_ids_are)
{
    lines_begin((slm_format_options){ .size = 0 });
    SLM_SCOPE("other", ("a", 1));
    slm_subscriber_scope other = lines_scope;
    lines_begin((slm_format_options){ .show = SLM_SHOW_IDS });
    {
        SLM_SCOPE("own");
        SLM_INFO("inside");
    }
    lines_end();
    lines_scope = other;
    lines_end();
    cr_expect(strncmp(lines.text, STAMP "  INFO own: yaks: inside trace_id=67008003", 56) == 0, "%s", lines.text);
}

Test(format_options, the_writer_is_told_what_the_line_is_about)
{
    lines_begin((slm_format_options){ .span_events = SLM_SPAN_EVENT_NEW });
    SLM_SCOPE("told");
    cr_expect(lines.metadata && lines.metadata->is_span);
    SLM_WARN("event");
    cr_expect(lines.metadata && !lines.metadata->is_span && lines.metadata->level == SLM_LEVEL_WARN);
    lines_end();
}

Test(format_options, bad_options_are_refused)
{
    static const slm_format_options bad[] = {
        { .size = 0 },
        { .size = sizeof *bad, .style = (slm_format_style)5 },
        { .size = sizeof *bad, .ansi = (slm_ansi)3 },
        { .size = sizeof *bad, .timer = (slm_timer)5 },
        { .size = sizeof *bad, .timer = SLM_TIMER_CUSTOM },
    };
    slm_layer layer;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_expect(eq(int, (int)slm_layer_format(&bad[i], NULL, &layer), (int)SLM_ERR_INVALID_ARGUMENT), "case %zu", i);
    cr_expect(eq(int, (int)slm_layer_format(NULL, NULL, NULL), (int)SLM_ERR_INVALID_ARGUMENT));
}

Test(format_options, a_caller_of_an_older_header_gets_the_defaults_of_what_it_does_not_know)
{
    static const slm_writer_ops quiet = { .size = sizeof quiet, .write = ignore };
    slm_format_options options = { .style = SLM_FORMAT_JSON, .timer = SLM_TIMER_NONE };
    slm_layer layer;
    options.size = offsetof(slm_format_options, timer);
    options.writer = slm_writer_new(&quiet, NULL);
    cr_assert(eq(int, (int)slm_layer_format(&options, NULL, &layer), (int)SLM_OK));
    layer.ops->destroy(layer.self);
    slm_writer_release(options.writer); /* which that caller could not give */
}

Test(format_options, durations_have_three_digits)
{
    static const struct {
        uint64_t ns;
        const char *text;
    } cases[] = {
        { 0, "0.00ns" },
        { 7, "7.00ns" },
        { 42, "42.0ns" },
        { 999, "999ns" },
        { 1000, "1.00\xc2\xb5s" },
        { 1234, "1.23\xc2\xb5s" },
        { 9994, "9.99\xc2\xb5s" },
        { 9995, "10.0\xc2\xb5s" },
        { 99949, "99.9\xc2\xb5s" },
        { 99950, "100\xc2\xb5s" },
        { 999499, "999\xc2\xb5s" },
        { 999500, "1.00ms" },
        { 12345678, "12.3ms" },
        { 999999999, "1.00s" },
        { UINT64_C(61234567890), "61.2s" },
        { UINT64_C(3600000000000), "3600s" },
        { UINT64_MAX, "18446744074s" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char room[32];
        slmi_text text = { .data = room, .room = sizeof room - 1 };
        slmi_stamp_duration(&text, cases[i].ns);
        room[text.len] = '\0';
        cr_expect(eq(str, room, (char *)(uintptr_t)cases[i].text), "%llu", (unsigned long long)cases[i].ns);
    }
}
