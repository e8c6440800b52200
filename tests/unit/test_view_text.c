/* SPDX-License-Identifier: MIT */
/* What reaches a terminal: escaping, widths, durations, the lines of --dump. */
#include "tests/unit/view.h"

#include "viewer/dump.h"
#include "viewer/print.h"
#include "viewer/utf8.h"

Test(view_text, nothing_from_the_network_acts_on_the_terminal)
{
    static const struct {
        const char *raw, *shown;
    } cases[] = {
        { "plain", "plain" },
        { "", "" },
        { "a\x1b[31mb", "a\\x1b[31mb" },
        { "a\nb\tc\rd", "a\\nb\\tc\\rd" },
        { "\x7f\x01", "\\x7f\\x01" },
        { "\xc2\x9b"
          "31m",
          "\\u{9b}31m" }, /* CSI as one C1 control. */
        { "\xe2\x80\xae"
          "abc",
          "\\u{202e}abc" },                /* Right-to-left override. */
        { "\xe2\x81\xa6x", "\\u{2066}x" }, /* Isolate. */
        { "\xef\xbb\xbfx", "\\u{feff}x" },
        { "\xf3\xa0\x81\x81", "\\u{e0041}" }, /* Tag character. */
        { "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\x82", "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\x82" },
        { "\xff\xfe", "\xef\xbf\xbd\xef\xbf\xbd" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slmi_view_text text = slmi_view_text_up_to(1024);
        size_t columns = slmi_view_text_safe(&text, cases[i].raw, 80);
        cr_expect(eq(str, (char *)slmi_view_text_of(&text), (char *)cases[i].shown));
        cr_expect(eq(sz, columns, slmi_view_columns(cases[i].shown)), "%s", cases[i].shown);
        slmi_view_text_free(&text);
    }
}

Test(view_text, what_is_too_wide_ends_in_an_ellipsis_within_the_width)
{
    static const struct {
        const char *raw, *shown;
        size_t width, columns;
    } cases[] = {
        { "abcdef", "abcdef", 6, 6 },
        { "abcdef", "abcd…", 5, 5 },
        { "abc\x1b", "abc…", 6, 4 },
        { "\xe7\x89\x9b\xe7\x89\x9b\xe7\x89\x9b", "\xe7\x89\x9b…", 4, 3 }, /* Two columns each. */
        { "\xe7\x89\x9b\xe7\x89\x9b", "\xe7\x89\x9b\xe7\x89\x9b", 4, 4 },
        { "ab", "…", 1, 1 },
        { "a\xcc\x81"
          "b",
          "a\xcc\x81"
          "b",
          2, 2 }, /* A combining mark takes none. */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slmi_view_text text = slmi_view_text_up_to(1024);
        slmi_view_text_puts(&text, "> ");
        size_t columns = slmi_view_text_safe(&text, cases[i].raw, cases[i].width);
        cr_expect(eq(str, text.data + 2, (char *)cases[i].shown));
        cr_expect(eq(sz, columns, cases[i].columns), "%s", cases[i].shown);
        slmi_view_text_free(&text);
    }
}

Test(view_text, marks_that_take_no_column_are_bounded_too)
{
    slmi_view_text marks = slmi_view_text_up_to(1 << 16), text = slmi_view_text_up_to(1 << 16);
    for (int i = 0; i < 10000; i++)
        slmi_view_text_puts(&marks, "\xcc\x81");
    cr_expect(eq(sz, slmi_view_text_safe(&text, marks.data, 80), 1));
    cr_expect(lt(sz, text.len, 1000));
    slmi_view_text_free(&text);
    slmi_view_text_free(&marks);
}

Test(view_text, a_text_stops_at_its_maximum_and_says_so)
{
    slmi_view_text text = slmi_view_text_up_to(4);
    slmi_view_text_puts(&text, "abcd");
    cr_expect(not(text.truncated));
    slmi_view_text_puts(&text, "e");
    slmi_view_text_puts(&text, "");
    cr_expect(text.truncated);
    cr_expect(eq(str, text.data, "abcd"));
    slmi_view_text_clear(&text);
    slmi_view_text_addf(&text, "%d", 12345);
    cr_expect(text.truncated);
    slmi_view_text_free(&text);
}

Test(view_text, every_byte_sequence_becomes_utf8)
{
    static const char *const broken[] = { "\x80",         "\xc0\x80",         "\xc1\xbf",         "\xe0\x80\x80",
                                          "\xed\xa0\x80", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5",
                                          "\xe2\x82",     "\xf0\x9f\x98" };
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        char clean[32];
        size_t len = slmi_view_utf8_clean(clean, broken[i], strlen(broken[i]));
        cr_expect(eq(sz, len, 3 * strlen(broken[i])), "%zu", i);
        cr_expect(eq(sz, slmi_view_utf8_clean(NULL, broken[i], strlen(broken[i])), len));
        for (size_t at = 0; at < len; at += 3)
            cr_expect(zero(int, memcmp(clean + at, "\xef\xbf\xbd", 3)), "%zu", i);
    }
    for (uint32_t code = 0; code <= 0x10ffff; code += code < 0x3000 ? 1 : 61) {
        char bytes[5];
        uint32_t back;
        size_t len = slmi_view_utf8_put(bytes, code);
        if (code >= 0xd800 && code <= 0xdfff)
            continue;
        cr_assert(eq(sz, slmi_view_utf8_next(bytes, len, &back), len), "%x", (unsigned)code);
        cr_assert(eq(u32, back, code));
    }
}

Test(view_text, durations_read_as_people_say_them)
{
    static const struct {
        int64_t ns;
        const char *text;
    } cases[] = {
        { 0, "0 ns" },
        { 999, "999 ns" },
        { 1000, "1.0 µs" },
        { 999949, "999.9 µs" },
        { 999950, "1.0 ms" },
        { 20300000, "20.3 ms" },
        { 999949999, "999.9 ms" },
        { 999950000, "1.00 s" },
        { 1520000000, "1.52 s" },
        { 119994999999, "119.99 s" },
        { 119995000000, "2 min 0 s" },
        { 3599999999999, "60 min 0 s" },
        { 7199400000000, "119 min 59 s" },
        { 7199500000000, "2 h 0 min" },
        { 100000000000000, "27 h 46 min" },
        { INT64_MAX, "106751 d 23 h" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slmi_view_text text = slmi_view_text_up_to(64);
        slmi_view_duration(&text, cases[i].ns);
        cr_expect(eq(str, text.data, (char *)cases[i].text));
        slmi_view_text_free(&text);
    }
}

Test(view_text, a_dumped_span_is_one_line_of_json_that_says_it_all)
{
    slmi_view_batch batch = view_batch(
        slmi_view_read_otlp,
        "{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":{\"stringValue\":"
        "\"yaks\"}}]},\"scopeSpans\":[{\"spans\":[{\"traceId\":\"" TRACE "\",\"spanId\":\"" SPAN "\",\"parentSpanId\":"
        "\"0000000000000001\",\"name\":\"a\\n\\\"b\\\"\",\"kind\":3,\"startTimeUnixNano\":\"1\",\"endTimeUnixNano\":"
        "\"18446744073709551615\",\"status\":{\"code\":2,\"message\":\"bad\"},\"attributes\":["
        "{\"key\":\"i\",\"value\":{\"intValue\":\"-5\"}},{\"key\":\"big\",\"value\":{\"intValue\":"
        "\"9007199254740993\"}},{\"key\":\"d\",\"value\":{\"doubleValue\":1.5}},{\"key\":\"nan\",\"value\":"
        "{\"doubleValue\":\"NaN\"}},{\"key\":\"b\",\"value\":{\"boolValue\":true}},{\"key\":\"e\",\"value\":{}},"
        "{\"key\":\"l\",\"value\":{\"arrayValue\":{\"values\":[{\"intValue\":\"1\"}]}}}],\"events\":[{\"timeUnixNano\":"
        "\"7\",\"name\":\"ev\",\"attributes\":[{\"key\":\"k\",\"value\":{\"stringValue\":\"\\u001b\"}}]}],\"links\":"
        "[{\"traceId\":\"" TRACE "\",\"spanId\":\"00000000000000aa\"}]}]}]}]}");
    slmi_view_text text = slmi_view_text_up_to(1 << 16);
    slmi_view_dump(&text, batch.first);
    static const char expected[] =
        "{\"traceId\":\"" TRACE "\",\"spanId\":\"" SPAN "\",\"parentSpanId\":\"0000000000000001\","
        "\"name\":\"a\\u000a\\\"b\\\"\",\"service\":\"yaks\",\"kind\":\"client\",\"startTimeUnixNano\":\"1\","
        "\"endTimeUnixNano\":\"18446744073709551615\",\"status\":{\"code\":2,\"message\":\"bad\"},\"attributes\":"
        "{\"i\":-5,\"big\":\"9007199254740993\",\"d\":1.5,\"nan\":\"NaN\",\"b\":true,\"e\":null,\"l\":[1]},\"events\":"
        "[{\"timeUnixNano\":\"7\",\"name\":\"ev\",\"attributes\":{\"k\":\"\\u001b\"}}],\"links\":[{\"traceId\":"
        "\"" TRACE "\",\"spanId\":\"00000000000000aa\"}],\"via\":\"otlp\"}\n";
    cr_expect(eq(str, text.data, (char *)expected));
    cJSON *parsed = cJSON_Parse(text.data);
    cr_expect(parsed != NULL);
    cJSON_Delete(parsed);
    slmi_view_text_free(&text);
    slmi_view_batch_free(&batch);
}
