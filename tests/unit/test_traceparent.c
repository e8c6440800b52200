/* SPDX-License-Identifier: MIT */
/* W3C Trace Context "traceparent": the grammar's vectors, and input that wants to be overread. */
#include <spanloom/propagation.h>

#include "tests/unit/guard_page.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#define T      "12345678901234567890123456789012"
#define P      "1234567890123456"
#define ZERO16 "0000000000000000"

static const struct {
    const char *why, *header;
    slm_status expected;
    uint8_t flags;
} cases[] = {
    { "not sampled", "00-" T "-" P "-00", SLM_OK, 0 },
    { "sampled", "00-" T "-" P "-01", SLM_OK, SLM_FLAG_SAMPLED },
    { "random alone", "00-" T "-" P "-02", SLM_OK, SLM_FLAG_RANDOM },
    { "sampled and random", "00-" T "-" P "-03", SLM_OK, SLM_FLAG_SAMPLED | SLM_FLAG_RANDOM },
    { "unknown flags are forgotten", "00-" T "-" P "-ff", SLM_OK, SLM_FLAG_SAMPLED | SLM_FLAG_RANDOM },
    { "unknown flags alone", "00-" T "-" P "-fc", SLM_OK, 0 },
    { "letters", "00-abcdefabcdefabcdefabcdefabcdefab-abcdefabcdefabcd-01", SLM_OK, 1 },
    { "trace id whose halves are zero in turn", "00-" ZERO16 P "-" P "-01", SLM_OK, 1 },
    { "trace id that ends in zeros", "00-" P ZERO16 "-" P "-01", SLM_OK, 1 },
    { "leading space", " 00-" T "-" P "-01", SLM_OK, 1 },
    { "leading tab", "\t00-" T "-" P "-01", SLM_OK, 1 },
    { "trailing space", "00-" T "-" P "-01 ", SLM_OK, 1 },
    { "trailing tab", "00-" T "-" P "-01\t", SLM_OK, 1 },
    { "white space around", "\t 00-" T "-" P "-01\t ", SLM_OK, 1 },
    { "later version", "cc-" T "-" P "-01", SLM_OK, 1 },
    { "later version, more fields", "cc-" T "-" P "-01-what-the-future-will-be-like", SLM_OK, 1 },
    { "later version, a dash alone", "01-" T "-" P "-01-", SLM_OK, 1 },
    { "version fe", "fe-" T "-" P "-00", SLM_OK, 0 },

    { "empty", "", SLM_ERR_MALFORMED, 0 },
    { "white space alone", " \t ", SLM_ERR_MALFORMED, 0 },
    { "version 00 with a dot behind", "00-" T "-" P "-01.", SLM_ERR_MALFORMED, 0 },
    { "version 00 with more fields", "00-" T "-" P "-01-what-the-future-will-be-like", SLM_ERR_MALFORMED, 0 },
    { "later version with a dot behind", "cc-" T "-" P "-01.what-the-future-will-be-like", SLM_ERR_MALFORMED, 0 },
    { "later version that is shorter", "cc-" T "-" P "-1", SLM_ERR_MALFORMED, 0 },
    { "version ff", "ff-" T "-" P "-01", SLM_ERR_MALFORMED, 0 },
    { "version .0", ".0-" T "-" P "-01", SLM_ERR_MALFORMED, 0 },
    { "version 0.", "0.-" T "-" P "-01", SLM_ERR_MALFORMED, 0 },
    { "version of three digits", "000-" T "-" P "-01", SLM_ERR_MALFORMED, 0 },
    { "version of four digits", "0000-" T "-" P "-01", SLM_ERR_MALFORMED, 0 },
    { "version of one digit", "0-" T "-" P "-01", SLM_ERR_MALFORMED, 0 },
    { "trace id of zeros", "00-" ZERO16 ZERO16 "-" P "-01", SLM_ERR_MALFORMED, 0 },
    { "trace id of 31 digits", "00-1234567890123456789012345678901-" P "-01", SLM_ERR_MALFORMED, 0 },
    { "trace id of 33 digits", "00-" T "3-" P "-01", SLM_ERR_MALFORMED, 0 },
    { "trace id that starts with a dot", "00-.2345678901234567890123456789012-" P "-01", SLM_ERR_MALFORMED, 0 },
    { "trace id that ends with a dot", "00-1234567890123456789012345678901.-" P "-01", SLM_ERR_MALFORMED, 0 },
    { "parent id of zeros", "00-" T "-" ZERO16 "-01", SLM_ERR_MALFORMED, 0 },
    { "parent id of 15 digits", "00-" T "-123456789012345-01", SLM_ERR_MALFORMED, 0 },
    { "parent id of 17 digits", "00-" T "-" P "7-01", SLM_ERR_MALFORMED, 0 },
    { "parent id that starts with a dot", "00-" T "-.234567890123456-01", SLM_ERR_MALFORMED, 0 },
    { "parent id that ends with a dot", "00-" T "-123456789012345.-01", SLM_ERR_MALFORMED, 0 },
    { "flags .0", "00-" T "-" P "-.0", SLM_ERR_MALFORMED, 0 },
    { "flags 0.", "00-" T "-" P "-0.", SLM_ERR_MALFORMED, 0 },
    { "flags of three digits", "00-" T "-" P "-001", SLM_ERR_MALFORMED, 0 },
    { "flags of one digit", "00-" T "-" P "-1", SLM_ERR_MALFORMED, 0 },
    { "upper-case trace id", "00-ABCDEFABCDEFABCDEFABCDEFABCDEFAB-" P "-01", SLM_ERR_MALFORMED, 0 },
    { "upper-case parent id", "00-" T "-ABCDEFABCDEFABCD-01", SLM_ERR_MALFORMED, 0 },
    { "upper-case flags", "00-" T "-" P "-0A", SLM_ERR_MALFORMED, 0 },
    { "upper-case version", "CC-" T "-" P "-01", SLM_ERR_MALFORMED, 0 },
    { "underscores for dashes", "00_" T "_" P "_01", SLM_ERR_MALFORMED, 0 },
    { "a line end inside", "00-" T "-" P "-0\n", SLM_ERR_MALFORMED, 0 },
    { "a line end behind", "00-" T "-" P "-01\r\n", SLM_ERR_MALFORMED, 0 },
};

Test(traceparent, accepts_and_refuses_what_the_specification_says)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slm_span_context got;
        slm_status status = slm_traceparent_parse(slm_string_from_c(cases[i].header), &got);
        cr_expect(eq(int, (int)status, (int)cases[i].expected), "%s: \"%s\"", cases[i].why, cases[i].header);
        if (status != SLM_OK)
            continue;
        cr_expect(eq(int, got.flags, cases[i].flags), "%s: \"%s\"", cases[i].why, cases[i].header);
        cr_expect(got.is_remote, "%s", cases[i].why);
        cr_expect(eq(int, got.tracestate_len, 0), "%s", cases[i].why);
    }
}

Test(traceparent, writes_nothing_for_a_header_that_it_refuses)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slm_span_context got, before;
        memset(&got, 0x5a, sizeof got);
        before = got;
        if (slm_traceparent_parse(slm_string_from_c(cases[i].header), &got) != SLM_OK)
            cr_expect(memcmp(&got, &before, sizeof got) == 0, "%s", cases[i].why);
    }
    cr_expect(
        eq(int, (int)slm_traceparent_parse(slm_string_from_c(cases[0].header), NULL), (int)SLM_ERR_INVALID_ARGUMENT));
}

Test(traceparent, keeps_ids_and_known_flags_through_parse_and_format)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slm_span_context first, second;
        if (slm_traceparent_parse(slm_string_from_c(cases[i].header), &first) != SLM_OK)
            continue;
        char out[SLM_TRACEPARENT_SIZE];
        cr_expect(eq(sz, slm_traceparent_format(&first, out), SLM_TRACEPARENT_SIZE - 1), "%s", cases[i].why);
        cr_expect(strncmp(out, "00-", 3) == 0, "%s: %s", cases[i].why, out);
        cr_assert(eq(int, (int)slm_traceparent_parse(slm_string_from_c(out), &second), (int)SLM_OK), "%s", out);
        cr_expect(memcmp(&first.trace_id, &second.trace_id, sizeof first.trace_id) == 0, "%s", out);
        cr_expect(memcmp(&first.span_id, &second.span_id, sizeof first.span_id) == 0, "%s", out);
        cr_expect(eq(int, first.flags, second.flags), "%s", out);
    }
}

Test(traceparent, decodes_and_writes_each_byte_in_its_place)
{
    slm_span_context got = { .flags = 0xff, .is_remote = true };
    for (uint8_t i = 0; i < 16; i++)
        got.trace_id.bytes[i] = (uint8_t)(0x10 * i + (15 - i));
    for (uint8_t i = 0; i < 8; i++)
        got.span_id.bytes[i] = (uint8_t)(0xfe - i);
    char out[SLM_TRACEPARENT_SIZE];
    cr_expect(eq(sz, slm_traceparent_format(&got, out), 55));
    cr_expect(eq(str, out, "00-0f1e2d3c4b5a69788796a5b4c3d2e1f0-fefdfcfbfaf9f8f7-03"));
    slm_span_context again;
    cr_assert(eq(int, (int)slm_traceparent_parse(slm_string_from_c(out), &again), (int)SLM_OK));
    cr_expect(memcmp(&got.trace_id, &again.trace_id, 16) == 0);
    cr_expect(memcmp(&got.span_id, &again.span_id, 8) == 0);
}

Test(traceparent, formats_nothing_for_an_invalid_context)
{
    slm_span_context context = { .trace_id = { { 1 } } };
    char out[SLM_TRACEPARENT_SIZE] = "unchanged";
    cr_expect(eq(sz, slm_traceparent_format(&context, out), 0));
    cr_expect(eq(str, out, ""));
}

Test(traceparent, judges_every_byte_at_every_place)
{
    const char *good = "00-abcdef0123456789abcdef0123456789-abcdef0123456789-03";
    for (size_t at = 0; at < 55; at++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            char header[55];
            memcpy(header, good, sizeof header);
            header[at] = (char)byte;
            bool dash = at == 2 || at == 35 || at == 52;
            bool hex = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f');
            bool valid = dash ? byte == '-' : hex;
            slm_span_context got;
            slm_status status = slm_traceparent_parse(slm_string_of(header, sizeof header), &got);
            cr_expect(eq(int, (int)status, (int)(valid ? SLM_OK : SLM_ERR_MALFORMED)), "byte %u at %zu", byte, at);
        }
    }
}

Test(traceparent, reads_no_byte_behind_a_header_of_any_length)
{
    const char *whole = "cc-" T "-" P "-01-what-the-future-will-be-like";
    struct guard_page page = guard_page_new(4096);
    for (size_t len = 0; len <= strlen(whole); len++) {
        slm_span_context got;
        slm_string header = guard_page_put(&page, whole, len);
        slm_status status = slm_traceparent_parse(header, &got);
        bool valid = len == 55 || len > 55;
        cr_expect(eq(int, (int)status, (int)(valid ? SLM_OK : SLM_ERR_MALFORMED)), "%zu bytes", len);
    }
    guard_page_free(&page);
}

Test(traceparent, refuses_a_mebibyte_that_ends_at_an_unmapped_page)
{
    enum { MEBIBYTE = 1 << 20 };
    struct guard_page page = guard_page_new(MEBIBYTE);
    slm_string header = slm_string_of(page.end - MEBIBYTE, MEBIBYTE);
    const char fillers[] = { '0', ' ', '\0', '-', '\n', '\x7f', '\xff' };
    slm_span_context got;
    for (size_t i = 0; i < sizeof fillers; i++) {
        memset(page.end - MEBIBYTE, fillers[i], MEBIBYTE);
        cr_expect(eq(int, (int)slm_traceparent_parse(header, &got), (int)SLM_ERR_MALFORMED), "byte %d", fillers[i]);
    }
    guard_page_free(&page);
}
