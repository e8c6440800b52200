/* SPDX-License-Identifier: MIT */
/* Extraction from, and injection into, the carriers that are ready to use. */
#include <spanloom/carrier.h>
#include <spanloom/diagnostic.h>

#include "tests/unit/guard_page.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#define T     "12345678901234567890123456789012"
#define P     "1234567890123456"
#define GOOD  "00-" T "-" P "-01"
#define OTHER "00-" T "-6543210987654321-00"

static bool holds(const slm_span_context *context, const char *tracestate)
{
    return slm_string_equal(slm_string_of(context->tracestate, context->tracestate_len), slm_string_from_c(tracestate));
}

/* Raw header blocks; each is also read as an array of headers where it has whole lines. */
static const struct {
    const char *why, *block;
    slm_status expected;
    const char *tracestate;
} blocks[] = {
    { "a traceparent alone", "traceparent: " GOOD "\r\n\r\n", SLM_OK, "" },
    { "no white space behind the colon", "traceparent:" GOOD "\r\n", SLM_OK, "" },
    { "white space around the value", "traceparent: \t " GOOD " \t\r\n", SLM_OK, "" },
    { "mixed case", "TraceParent: " GOOD "\r\n", SLM_OK, "" },
    { "upper case", "TRACEPARENT: " GOOD "\r\nTRACESTATE: a=1\r\n", SLM_OK, "a=1" },
    { "lines ended by LF", "Host: x\ntraceparent: " GOOD "\ntracestate: a=1\n\n", SLM_OK, "a=1" },
    { "last line without an end", "traceparent: " GOOD, SLM_OK, "" },
    { "a request line first", "GET /a:b HTTP/1.1\r\nHost: x:80\r\ntraceparent: " GOOD "\r\n\r\n", SLM_OK, "" },
    { "tracestate before it", "tracestate: a=1\r\ntraceparent: " GOOD "\r\n", SLM_OK, "a=1" },
    { "several tracestate lines", "tracestate: a=1,b=2\r\ntraceparent: " GOOD "\r\nTraceState: c=3\r\ntracestate:\r\n",
      SLM_OK, "a=1,b=2,c=3" },
    { "a bad tracestate is dropped", "traceparent: " GOOD "\r\ntracestate: A=1\r\n", SLM_OK, "" },
    { "one bad line drops the whole tracestate", "traceparent: " GOOD "\r\ntracestate: a=1\r\ntracestate: foo =1\r\n",
      SLM_OK, "" },
    { "a folded tracestate is dropped", "traceparent: " GOOD "\r\ntracestate: a=1,\r\n b=2\r\n", SLM_OK, "" },

    { "nothing", "", SLM_ERR_NOT_FOUND, NULL },
    { "an empty line", "\r\n", SLM_ERR_NOT_FOUND, NULL },
    { "tracestate alone", "tracestate: a=1\r\n", SLM_ERR_NOT_FOUND, NULL },
    { "other names",
      "trace-parent: " GOOD "\r\ntrace.parent: " GOOD "\r\ntraceparent2: " GOOD "\r\nxtraceparent: " GOOD "\r\n",
      SLM_ERR_NOT_FOUND, NULL },
    { "white space before the colon", "traceparent : " GOOD "\r\n", SLM_ERR_NOT_FOUND, NULL },
    { "no colon", "traceparent\r\n" GOOD "\r\n", SLM_ERR_NOT_FOUND, NULL },
    { "in the body", "Host: x\r\n\r\ntraceparent: " GOOD "\r\n", SLM_ERR_NOT_FOUND, NULL },
    { "in a body that starts with a space", "Host: x\r\n\r\n x\r\ntraceparent: " GOOD "\r\n", SLM_ERR_NOT_FOUND, NULL },
    { "in a body behind bare LFs", "Host: x\n\ntraceparent: " GOOD "\n", SLM_ERR_NOT_FOUND, NULL },
    { "continuing another header", "Host: x\r\n traceparent: " GOOD "\r\n", SLM_ERR_NOT_FOUND, NULL },

    { "empty", "traceparent:\r\n", SLM_ERR_MALFORMED, NULL },
    { "malformed", "traceparent: 00-" T "-" P "-1\r\n", SLM_ERR_MALFORMED, NULL },
    { "twice the same", "traceparent: " GOOD "\r\ntraceparent: " GOOD "\r\n", SLM_ERR_MALFORMED, NULL },
    { "twice, in other cases", "Traceparent: " GOOD "\r\nHost: x\r\ntraceparent: " OTHER "\r\n", SLM_ERR_MALFORMED,
      NULL },
    { "twice, the second malformed", "traceparent: " GOOD "\r\ntraceparent: x\r\n", SLM_ERR_MALFORMED, NULL },
    { "joined by a comma", "traceparent: " GOOD "," OTHER "\r\n", SLM_ERR_MALFORMED, NULL },
    { "folded", "traceparent: " GOOD "\r\n \r\n", SLM_ERR_MALFORMED, NULL },
    { "folded before the value", "traceparent:\r\n " GOOD "\r\n", SLM_ERR_MALFORMED, NULL },
    { "a bare CR inside", "traceparent: " GOOD "\rHost: x\r\n", SLM_ERR_MALFORMED, NULL },
};

Test(carrier, reads_header_blocks_as_http_means_them)
{
    struct guard_page page = guard_page_new(4096);
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        slm_string block = guard_page_put(&page, blocks[i].block, strlen(blocks[i].block));
        slm_span_context got, before;
        memset(&got, 0x5a, sizeof got);
        before = got;
        slm_status status = slm_extract(slm_http1_getter(), &block, &got);
        cr_expect(eq(int, (int)status, (int)blocks[i].expected), "%s", blocks[i].why);
        if (status == SLM_OK) {
            cr_expect(got.is_remote, "%s", blocks[i].why);
            cr_expect(holds(&got, blocks[i].tracestate ? blocks[i].tracestate : ""), "%s", blocks[i].why);
        } else {
            cr_expect(memcmp(&got, &before, sizeof got) == 0, "%s: written", blocks[i].why);
        }
    }
    guard_page_free(&page);
}

Test(carrier, counts_what_it_refuses)
{
    slm_span_context got;
    uint64_t before = slm_diagnostic_count(SLM_DIAG_MALFORMED_HEADER);
    slm_string block = slm_string_from_c("traceparent: x\r\n");
    (void)!slm_extract(slm_http1_getter(), &block, &got);
    block = slm_string_from_c("traceparent: " GOOD "\r\ntracestate: X\r\n");
    (void)!slm_extract(slm_http1_getter(), &block, &got);
    block = slm_string_from_c("traceparent: " GOOD "\r\ntraceparent: " GOOD "\r\n");
    (void)!slm_extract(slm_http1_getter(), &block, &got);
    cr_expect(eq(u64, slm_diagnostic_count(SLM_DIAG_MALFORMED_HEADER) - before, 3));
    block = slm_string_from_c("Host: x\r\n");
    (void)!slm_extract(slm_http1_getter(), &block, &got);
    cr_expect(eq(u64, slm_diagnostic_count(SLM_DIAG_MALFORMED_HEADER) - before, 3));
}

Test(carrier, reads_header_arrays_without_regard_to_case)
{
    slm_header items[] = {
        { slm_string_from_c("Host"), slm_string_from_c("x") },
        { slm_string_from_c("tracestate"), slm_string_from_c("a=1") },
        { slm_string_from_c("TraceParent"), slm_string_from_c(GOOD) },
        { slm_string_from_c("TRACESTATE"), slm_string_from_c("b=2") },
        { slm_string_from_c("traceparent"), slm_string_from_c(OTHER) },
        { { NULL, 0 }, { NULL, 0 } },
    };
    slm_headers headers = { .items = items, .count = 4 };
    slm_span_context got;
    cr_expect(eq(int, (int)slm_extract(slm_headers_getter(), &headers, &got), (int)SLM_OK));
    cr_expect(holds(&got, "a=1,b=2"));
    headers.count = 6;
    cr_expect(eq(int, (int)slm_extract(slm_headers_getter(), &headers, &got), (int)SLM_ERR_MALFORMED));
    headers.count = 0;
    cr_expect(eq(int, (int)slm_extract(slm_headers_getter(), &headers, &got), (int)SLM_ERR_NOT_FOUND));
}

static slm_span_context example(const char *tracestate)
{
    slm_span_context context;
    cr_assert(eq(int, (int)slm_traceparent_parse(slm_string_from_c(GOOD), &context), (int)SLM_OK));
    slm_string line = slm_string_from_c(tracestate);
    cr_assert(eq(int, (int)slm_tracestate_parse(&line, 1, &context), (int)SLM_OK));
    return context;
}

Test(carrier, injects_into_an_array_in_place_of_what_it_had)
{
    char bytes[256];
    slm_header items[4] = {
        { slm_string_from_c("Tracestate"), slm_string_from_c("old=1") },
        { slm_string_from_c("Host"), slm_string_from_c("x") },
        { slm_string_from_c("TRACESTATE"), slm_string_from_c("old=2") },
    };
    slm_headers headers = { items, 3, 4, bytes, 0, sizeof bytes };
    slm_span_context context = example("a=1");
    cr_expect(eq(int, (int)slm_inject(&context, slm_headers_setter(), &headers), (int)SLM_OK));
    cr_expect(eq(sz, headers.count, 3));
    cr_expect(slm_string_equal(items[0].name, slm_string_from_c("tracestate")));
    cr_expect(slm_string_equal(items[0].value, slm_string_from_c("a=1")));
    cr_expect(slm_string_equal(items[1].name, slm_string_from_c("Host")));
    cr_expect(slm_string_equal(items[2].name, slm_string_from_c("traceparent")));
    cr_expect(slm_string_equal(items[2].value, slm_string_from_c(GOOD)));

    context = example("");
    cr_expect(eq(int, (int)slm_inject(&context, slm_headers_setter(), &headers), (int)SLM_OK));
    cr_expect(eq(sz, headers.count, 2), "the tracestate of another trace is gone");
}

Test(carrier, injects_nothing_into_an_array_that_is_full)
{
    char bytes[66]; /* one too few for traceparent and its value */
    slm_header items[1];
    slm_headers headers = { items, 0, 1, bytes, 0, 65 };
    slm_span_context context = example("a=1");
    cr_expect(eq(int, (int)slm_inject(&context, slm_headers_setter(), &headers), (int)SLM_ERR_LIMIT));
    cr_expect(eq(sz, headers.count, 0));
    cr_expect(eq(sz, headers.bytes_used, 0));
    headers.bytes_capacity = 66;
    cr_expect(eq(int, (int)slm_inject(&context, slm_headers_setter(), &headers), (int)SLM_ERR_LIMIT));
    cr_expect(eq(sz, headers.count, 1), "the traceparent alone is well formed");
}

Test(carrier, injects_lines_that_it_reads_back)
{
    char text[512] = "Host: x\r\nTraceparent: old\r\n  folded\r\nAccept: y\r\n";
    slm_http1_lines lines = { text, strlen(text), sizeof text };
    slm_span_context context = example("a=1,b=2"), got;
    cr_expect(eq(int, (int)slm_inject(&context, slm_http1_setter(), &lines), (int)SLM_OK));
    const char *expected = "Host: x\r\nAccept: y\r\ntraceparent: " GOOD "\r\ntracestate: a=1,b=2\r\n";
    cr_expect(slm_string_equal(slm_string_of(text, lines.len), slm_string_from_c(expected)), "%.*s", (int)lines.len,
              text);
    slm_string block = slm_string_of(text, lines.len);
    cr_expect(eq(int, (int)slm_extract(slm_http1_getter(), &block, &got), (int)SLM_OK));
    cr_expect(memcmp(&got.trace_id, &context.trace_id, 16) == 0 && memcmp(&got.span_id, &context.span_id, 8) == 0);
    cr_expect(holds(&got, "a=1,b=2"));

    context = example("");
    cr_expect(eq(int, (int)slm_inject(&context, slm_http1_setter(), &lines), (int)SLM_OK));
    expected = "Host: x\r\nAccept: y\r\ntraceparent: " GOOD "\r\n";
    cr_expect(slm_string_equal(slm_string_of(text, lines.len), slm_string_from_c(expected)));
}

Test(carrier, leaves_lines_alone_that_have_no_room)
{
    char text[70] = "traceparent: old\r\n";
    slm_http1_lines lines = { text, strlen(text), strlen(text) + 10 };
    slm_span_context context = example("");
    cr_expect(eq(int, (int)slm_inject(&context, slm_http1_setter(), &lines), (int)SLM_ERR_LIMIT));
    cr_expect(slm_string_equal(slm_string_of(text, lines.len), slm_string_from_c("traceparent: old\r\n")));
    lines.capacity = 55 + 11 + 4;
    cr_expect(eq(int, (int)slm_inject(&context, slm_http1_setter(), &lines), (int)SLM_OK), "the old one makes room");
    cr_expect(eq(sz, lines.len, lines.capacity));
    lines = (slm_http1_lines){ text, 0, 55 + 11 + 4 - 1 };
    cr_expect(eq(int, (int)slm_inject(&context, slm_http1_setter(), &lines), (int)SLM_ERR_LIMIT));
    cr_expect(eq(sz, lines.len, 0));
}

Test(carrier, injects_no_context_that_is_invalid_and_no_text_that_would_break_a_header)
{
    char text[512];
    slm_http1_lines lines = { text, 0, sizeof text };
    slm_span_context context = { .flags = 1 };
    cr_expect(eq(int, (int)slm_inject(&context, slm_http1_setter(), &lines), (int)SLM_ERR_INVALID_ARGUMENT));
    cr_expect(eq(sz, lines.len, 0));

    static const char *const smuggled[] = {
        "a=1\r\nX-Evil: 1", "a=1234567890\n", "a=12345\xff", "a=1\x7f", "\r", "a\0b=1"
    };
    for (size_t i = 0; i < sizeof smuggled / sizeof *smuggled; i++) {
        context = example("");
        context.tracestate_len = (uint16_t)(i == 5 ? 5 : strlen(smuggled[i]));
        memcpy(context.tracestate, smuggled[i], context.tracestate_len);
        lines.len = 0;
        cr_expect(eq(int, (int)slm_inject(&context, slm_http1_setter(), &lines), (int)SLM_OK));
        cr_expect(slm_string_equal(slm_string_of(text, lines.len), slm_string_from_c("traceparent: " GOOD "\r\n")),
                  "%zu: %.*s", i, (int)lines.len, text);
    }
}

Test(carrier, refuses_arguments_that_it_cannot_use)
{
    slm_getter no_get = { .size = sizeof no_get }, small = { .size = 4 };
    slm_setter no_set = { .size = sizeof no_set };
    slm_span_context context = example("");
    slm_string block = slm_string_from_c("");
    const int bad = (int)SLM_ERR_INVALID_ARGUMENT;
    cr_expect(eq(int, (int)slm_extract(NULL, &block, &context), bad));
    cr_expect(eq(int, (int)slm_extract(&no_get, &block, &context), bad));
    cr_expect(eq(int, (int)slm_extract(&small, &block, &context), bad));
    cr_expect(eq(int, (int)slm_extract(slm_http1_getter(), &block, NULL), bad));
    cr_expect(eq(int, (int)slm_inject(NULL, slm_http1_setter(), &block), bad));
    cr_expect(eq(int, (int)slm_inject(&context, NULL, &block), bad));
    cr_expect(eq(int, (int)slm_inject(&context, &no_set, &block), bad));
}

Test(carrier, survives_ten_thousand_headers)
{
    enum { LINES = 10000, LINE = 25, ROOM = LINES * LINE };
    static slm_header items[LINES];
    struct guard_page page = guard_page_new(ROOM);
    char *at = page.end - ROOM;
    for (size_t i = 0; i < LINES; i++) {
        char line[LINE + 1];
        snprintf(line, sizeof line, "tracestate: k%05zu=1    \n", i);
        memcpy(at + i * LINE, line, LINE);
        items[i] = (slm_header){ slm_string_of(at + i * LINE, 10), slm_string_of(at + i * LINE + 12, 8) };
    }
    memcpy(at + ROOM - LINE, "traceparent: 00000000000\n", LINE);
    items[LINES - 1] = (slm_header){ slm_string_from_c("traceparent"), slm_string_from_c(GOOD) };
    slm_headers headers = { .items = items, .count = LINES };
    slm_string block = slm_string_of(at, ROOM);
    slm_span_context got;
    cr_expect(eq(int, (int)slm_extract(slm_headers_getter(), &headers, &got), (int)SLM_OK));
    cr_expect(eq(int, got.tracestate_len, 0), "more than 32 members");
    cr_expect(eq(int, (int)slm_extract(slm_http1_getter(), &block, &got), (int)SLM_ERR_MALFORMED));
    guard_page_free(&page);
}

Test(carrier, survives_a_mebibyte_of_any_byte_that_ends_at_an_unmapped_page)
{
    enum { MEBIBYTE = 1 << 20 };
    struct guard_page page = guard_page_new(MEBIBYTE);
    char *text = page.end - MEBIBYTE;
    slm_string block = slm_string_of(text, MEBIBYTE);
    static const char fillers[] = { 'a', ':', ' ', '\t', '\0', '\r', '\n', '\x01', '\x7f', '\xff' };
    for (size_t i = 0; i < sizeof fillers; i++) {
        slm_span_context got;
        memset(text, fillers[i], MEBIBYTE);
        cr_expect(eq(int, (int)slm_extract(slm_http1_getter(), &block, &got), (int)SLM_ERR_NOT_FOUND));
        memcpy(text, "traceparent:", 12);
        cr_expect(eq(int, (int)slm_extract(slm_http1_getter(), &block, &got), (int)SLM_ERR_MALFORMED));
        const char head[] = "traceparent: " GOOD "\r\ntracestate: ";
        memcpy(text, head, sizeof head - 1);
        cr_expect(eq(int, (int)slm_extract(slm_http1_getter(), &block, &got), (int)SLM_OK), "byte %d", fillers[i]);
        cr_expect(eq(int, got.tracestate_len, 0));
    }
    guard_page_free(&page);
}
