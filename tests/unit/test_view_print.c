/* SPDX-License-Identifier: MIT */
/* The printed tree, line by line. */
#include "tests/unit/view.h"

#include "viewer/print.h"

#define TRACE_ID                                                                                                       \
    {                                                                                                                  \
        {                                                                                                              \
            0x4b, 0xf9, [15] = 0x36                                                                                    \
        }                                                                                                              \
    }
#define HEADING "trace 4bf90000000000000000000000000036 · "
#define ID(n)                                                                                                          \
    {                                                                                                                  \
        {                                                                                                              \
            [7] = (n)                                                                                                  \
        }                                                                                                              \
    }
/* So many microseconds into the trace. */
#define AT(us) (1700000000000000000u + (us)*UINT64_C(1000))

/* The first members of a span: its number, its parent's (0 for none), who, what, from when to when. */
#define SPAN_OF(n, parent, who, what, from, to)                                                                        \
    .trace_id = TRACE_ID, .span_id = ID(n), .parent_id = ID(parent), .service = (who), .name = (what),                 \
    .status_text = "", .start_ns = AT(from), .end_ns = AT(to)

#define LIST_OF(array)                                                                                                 \
    {                                                                                                                  \
        .items = (array), .count = sizeof(array) / sizeof *(array)                                                     \
    }

static const slmi_view_style plain = { .colour = false };

/* Prints the spans as one trace, which was shown before so many times; to be freed. */
static slmi_view_text printed(slmi_view_span *spans, size_t count, size_t shown_times, const slmi_view_style *style)
{
    for (size_t i = 0; i < count; i++)
        spans[i].next = i + 1 < count ? &spans[i + 1] : NULL;
    slmi_view_trace trace = { .id = TRACE_ID, .first = spans, .span_count = count, .shown_times = shown_times };
    slmi_view_text text = slmi_view_text_up_to(1 << 20);
    slmi_view_print(&text, &trace, style);
    return text;
}

#define EXPECT_PRINTED(spans, shown_times, expected)                                                                   \
    do {                                                                                                               \
        slmi_view_text got = printed((spans), sizeof(spans) / sizeof *(spans), (shown_times), &plain);                 \
        cr_expect(eq(str, got.data, (char *)(expected)));                                                              \
        slmi_view_text_free(&got);                                                                                     \
    } while (0)

static slmi_view_attribute first_yak[] = { { .key = "current_yak", .text = "1", .type = SLMI_VIEW_INT } };
static slmi_view_attribute third_yak[] = { { .key = "current_yak", .text = "3", .type = SLMI_VIEW_INT } };
static slmi_view_attribute at_debug[] = { { .key = "level", .text = "DEBUG" } };
static slmi_view_attribute at_warn[] = { { .key = "error", .text = "ENOENT" },
                                         { .key = "level", .text = "WARN" },
                                         { .key = "message", .text = "yak shaving failed!" } };
static slmi_view_attribute http[] = { { .key = "http.request.method", .text = "POST" },
                                      { .key = "http.response.status_code", .text = "500", .type = SLMI_VIEW_INT } };
static slmi_view_event shaved[] = {
    { .name = "yak shaved successfully", .time_ns = AT(24100), .attributes = LIST_OF(at_debug) }
};
static slmi_view_event failed[] = { { .name = "%s failed!", .time_ns = AT(37000), .attributes = LIST_OF(at_warn) } };

Test(view_print, the_yaks_of_two_services_are_one_tree)
{
    slmi_view_span spans[] = {
        { SPAN_OF(5, 3, "yaks", "shave", 25000, 175100), .attributes = LIST_OF(third_yak), .events = failed,
          .event_count = 1, .status = SLM_SPAN_ERROR },
        { SPAN_OF(4, 3, "yaks", "shave", 4000, 24300), .attributes = LIST_OF(first_yak), .events = shaved,
          .event_count = 1 },
        { SPAN_OF(3, 2, "yaks", "POST /yaks", 2000, 181000), .kind = SLM_KIND_SERVER, .attributes = LIST_OF(http) },
        { SPAN_OF(1, 0, "front", "GET /shave", 0, 183200), .kind = SLM_KIND_SERVER },
        { SPAN_OF(2, 1, "front", "POST", 1000, 181900), .kind = SLM_KIND_CLIENT },
    };
    spans[0].status_text = "missing yak";
    EXPECT_PRINTED(spans, 0,
                   HEADING "2 services · 5 spans · 183.2 ms · 1 error\n"
                           "└─ GET /shave                                       front  server  183.2 ms\n"
                           "   └─ POST                                          front  client  180.9 ms   99 %\n"
                           "      └─ POST /yaks{http.response.status_code=500}  yaks   server  179.0 ms   98 %\n"
                           "         ├─ shave{current_yak=1}                    yaks            20.3 ms   11 %\n"
                           "         │    · +20.1 ms DEBUG yak shaved successfully\n"
                           "         └─ shave{current_yak=3}                    yaks           150.1 ms   82 %"
                           "  ▰▰▰▰▰▰▰▰▱▱  ERROR missing yak\n"
                           "              · +12.0 ms WARN yak shaving failed! error=ENOENT\n"
                           "\n");
}

Test(view_print, what_was_not_said_is_shown_as_such)
{
    slmi_view_span spans[] = { { .span_id = ID(1), .name = "", .service = "", .status_text = "" } };
    EXPECT_PRINTED(spans, 0, HEADING "0 services · 1 span · 0 ns\n└─ (no name)  ?  ?\n\n");
}

Test(view_print, children_stand_in_order_of_time_and_events_keep_the_lines_joined)
{
    slmi_view_attribute thrown[] = { { .key = "exception.type", .text = "Oops" },
                                     { .key = "exception.message", .text = "it\nbroke" },
                                     { .key = "exception.stacktrace", .text = "long" } };
    slmi_view_event events[] = { { .name = "early", .time_ns = AT(99) },
                                 { .name = "exception", .attributes = LIST_OF(thrown) } };
    slmi_view_link links[] = { { TRACE_ID, ID(0xaa) }, { { { [15] = 1 } }, ID(0xbb) } };
    slmi_view_span spans[] = {
        { SPAN_OF(3, 1, "s", "second", 500, 600) },
        { SPAN_OF(2, 1, "s", "first", 100, 200), .events = events, .event_count = 2, .dropped_events = 7,
          .links = links, .link_count = 2 },
        { SPAN_OF(4, 2, "s", "inner", 100, 150), .status = SLM_SPAN_OK },
        { SPAN_OF(1, 0, "s", "root", 0, 1000) },
    };
    EXPECT_PRINTED(spans, 0,
                   HEADING "1 service · 4 spans · 1.0 ms\n"
                           "└─ root         s    1.0 ms  100 %  ▰▰▰▰▰▰▰▰▱▱ 80 % itself\n"
                           "   ├─ first     s  100.0 µs   10 %\n"
                           "   │  │ · -1.0 µs early\n"
                           "   │  │ · Oops: it\\nbroke\n"
                           "   │  │ · 7 more events\n"
                           "   │  │ · linked to span 00000000000000aa\n"
                           "   │  │ · linked to trace 00000000000000000000000000000001 span 00000000000000bb\n"
                           "   │  └─ inner  s   50.0 µs  OK\n"
                           "   └─ second    s  100.0 µs   10 %\n"
                           "\n");
}

Test(view_print, without_a_root_the_orphans_stand_under_what_is_missing)
{
    slmi_view_span spans[] = {
        { SPAN_OF(2, 9, "s", "b", 200, 300) },
        { SPAN_OF(3, 9, "s", "a", 100, 200) },
        { SPAN_OF(4, 3, "s", "c", 100, 150) },
        { SPAN_OF(5, 8, "s", "z", 0, 100) },
    };
    EXPECT_PRINTED(spans, 0,
                   HEADING "1 service · 4 spans · 300.0 µs · root missing\n"
                           "├─ (root missing: span 0000000000000008 has not arrived)\n"
                           "│  └─ z     s  100.0 µs   33 %  ▰▰▰▱▱▱▱▱▱▱\n"
                           "└─ (root missing: span 0000000000000009 has not arrived)\n"
                           "   ├─ a     s  100.0 µs   33 %\n"
                           "   │  └─ c  s   50.0 µs   17 %\n"
                           "   └─ b     s  100.0 µs   33 %  ▰▰▰▱▱▱▱▱▱▱\n"
                           "\n");
}

Test(view_print, a_trace_shown_before_is_an_update)
{
    slmi_view_span spans[] = { { SPAN_OF(1, 0, "s", "root", 0, 1) }, { SPAN_OF(3, 2, "s", "lost", 0, 0) } };
    spans[1].end_ns += 10;
    EXPECT_PRINTED(spans, 1,
                   HEADING "1 service · 2 spans · 1.0 µs · updated\n"
                           "├─ root     s  1.0 µs  100 %  ▰▰▰▰▰▰▰▰▰▰\n"
                           "└─ (parent missing: span 0000000000000002 has not arrived)\n"
                           "   └─ lost  s   10 ns\n"
                           "\n");
}

Test(view_print, a_server_with_a_wrong_clock_stands_inside_the_call_it_answers)
{
    slmi_view_span spans[] = {
        { SPAN_OF(1, 0, "a", "call", 0, 10000), .kind = SLM_KIND_CLIENT },
        { SPAN_OF(2, 1, "b", "answer", 502000, 508000), .kind = SLM_KIND_SERVER },
        { SPAN_OF(3, 2, "b", "work", 503000, 507000) },
    };
    EXPECT_PRINTED(spans, 0,
                   HEADING "2 services · 3 spans · 10.0 ms\n"
                           "└─ call        a  client  10.0 ms  100 %  ▰▰▰▰▱▱▱▱▱▱ 40 % itself\n"
                           "   └─ answer   b  server   6.0 ms   60 %  ▰▰▱▱▱▱▱▱▱▱ 20 % itself"
                           "  (its clock is ahead by 500.0 ms)\n"
                           "      └─ work  b           4.0 ms   40 %  ▰▰▰▰▱▱▱▱▱▱\n"
                           "\n");
}

Test(view_print, halves_that_share_an_id_are_parent_and_child)
{
    slmi_view_span spans[] = {
        { SPAN_OF(2, 1, "b", "get", 20, 80), .kind = SLM_KIND_SERVER, .shared = true, .via = SLMI_VIEW_ZIPKIN },
        { SPAN_OF(2, 1, "a", "get", 10, 90), .kind = SLM_KIND_CLIENT, .via = SLMI_VIEW_ZIPKIN },
        { SPAN_OF(3, 2, "b", "work", 30, 35) },
        { SPAN_OF(4, 2, "a", "wait", 10, 15) },
        { SPAN_OF(1, 0, "a", "root", 0, 100) },
    };
    EXPECT_PRINTED(spans, 0,
                   HEADING "2 services · 5 spans · 100.0 µs\n"
                           "└─ root           a          100.0 µs  100 %"
                           "  ▰▰▱▱▱▱▱▱▱▱ 20 % itself\n"
                           "   └─ get         a  client   80.0 µs   80 %\n"
                           "      ├─ wait     a            5.0 µs\n"
                           "      └─ get      b  server   60.0 µs   60 %"
                           "  ▰▰▰▰▰▰▱▱▱▱\n"
                           "         └─ work  b            5.0 µs\n"
                           "\n");
}

Test(view_print, fields_are_chosen_quoted_and_bounded)
{
    slmi_view_attribute many[] = {
        { .key = "otel.scope.name", .text = "x" },
        { .key = "code.file.path", .text = "x.c" },
        { .key = "http.response.status_code", .text = "200" },
        { .key = "error.type", .text = "ENOENT" },
        { .key = "words", .text = "two words" },
        { .key = "empty", .text = "" },
        { .key = "none", .text = "", .type = SLMI_VIEW_EMPTY },
        { .key = "list", .text = "[1,2]", .type = SLMI_VIEW_JSON },
        { .key = "big", .text = "9007199254740992", .type = SLMI_VIEW_INT, .inexact = true },
        { .key = "six", .text = "6" },
        { .key = "seven", .text = "7" },
    };
    slmi_view_span spans[] = { { SPAN_OF(1, 0, "s", "n", 0, 1), .attributes = LIST_OF(many),
                                 .status = SLM_SPAN_ERROR } };
    spans[0].status_text = "ENOENT";
    EXPECT_PRINTED(spans, 0,
                   HEADING "1 service · 1 span · 1.0 µs · 1 error\n"
                           "└─ n{words=\"two words\" empty=\"\""
                           " none= list=[1,2] big≈9007199254740992 six=6 +1 more}"
                           "  s  1.0 µs  ERROR ENOENT\n"
                           "\n");
}

Test(view_print, nothing_but_colours_is_no_text)
{
    slmi_view_attribute evil[] = { { .key = "k\r", .text = "\xe2\x80\xae v" } };
    slmi_view_span spans[] = { { SPAN_OF(1, 0, "s\x1b[5m", "\x1b]0;x\x07", 0, 1), .attributes = LIST_OF(evil),
                                 .status = SLM_SPAN_ERROR } };
    spans[0].status_text = "\xc2\x9b"
                           "2J";
    slmi_view_text text = printed(spans, 1, 0, &plain);
    slmi_view_text coloured = printed(spans, 1, 0, &(slmi_view_style){ .colour = true });
    slmi_view_text ascii = printed(spans, 1, 0, &(slmi_view_style){ .ascii = true });
    cr_expect(strpbrk(text.data, "\x1b\x07\r") == NULL);
    cr_expect(strstr(text.data, "\xc2\x9b") == NULL);
    cr_expect(strstr(text.data, "\xe2\x80\xae") == NULL);
    cr_expect(strstr(ascii.data, "`- ") != NULL);

    slmi_view_text stripped = slmi_view_text_up_to(1 << 16);
    for (const char *at = coloured.data; *at;) {
        if (*at != '\x1b') {
            slmi_view_text_add(&stripped, at++, 1);
            continue;
        }
        size_t parameters = strspn(at + 2, "0123456789;");
        cr_assert(eq(chr, at[1], '['));
        cr_assert(eq(chr, at[2 + parameters], 'm'));
        at += 3 + parameters;
    }
    cr_expect(eq(str, stripped.data, text.data));
    cr_expect(ne(sz, stripped.len, coloured.len));
    slmi_view_text_free(&stripped);
    slmi_view_text_free(&ascii);
    slmi_view_text_free(&coloured);
    slmi_view_text_free(&text);
}
