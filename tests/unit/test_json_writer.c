/* SPDX-License-Identifier: MIT */
/* How JSON is written: text, numbers, ids, base64. */
#include "exporters/json_writer.h"

#include "tests/unit/encoding.h"
#include "tests/unit/guard_page.h"

#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>

/* What the writer makes of `text`, terminated; lives until the next call. */
static const char *escaped(slm_string text)
{
    static slmi_buffer buffer;
    slmi_buffer_free(&buffer);
    slmi_buffer_init(&buffer, 1 << 20);
    char *at = slmi_json_text(&buffer, slmi_json_start(&buffer), text);
    cr_assert(at != NULL);
    cr_assert(buffer.room - (size_t)(at - buffer.data) >= SLMI_JSON_ROOM);
    slmi_buffer_commit(&buffer, at);
    slmi_buffer_add(&buffer, "", 1);
    cr_assert(not(buffer.failed));
    return buffer.data;
}

static const struct {
    const char *why, *text, *expected;
} texts[] = {
    { "empty", "", "" },
    { "plain", "GET /index.html", "GET /index.html" },
    { "quote and backslash", "a\"b\\c", "a\\\"b\\\\c" },
    { "a slash needs no escape", "a/b", "a/b" },
    { "short escapes", "\b\t\n\f\r", "\\b\\t\\n\\f\\r" },
    { "other controls", "\x01\x1f\x0b", "\\u0001\\u001f\\u000b" },
    { "delete is no control to JSON", "a\x7f", "a\x7f" },
    { "two bytes", "caf\xc3\xa9", "caf\xc3\xa9" },
    { "three bytes", "\xe2\x82\xac 5", "\xe2\x82\xac 5" },
    { "four bytes", "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80" },
    { "the ends of the ranges", "\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf",
      "\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf" },
    { "around the surrogates", "\xed\x9f\xbf\xee\x80\x80", "\xed\x9f\xbf\xee\x80\x80" },
    { "a lone continuation", "a\x80z", "a\xef\xbf\xbdz" },
    { "bytes that never occur", "\xff\xfe\xc0\xc1\xf5",
      "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
    { "overlong slash", "\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd" },
    { "overlong in three bytes: no byte of it belongs together", "\xe0\x80\xaf",
      "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
    { "a surrogate", "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
    { "above U+10FFFF", "\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
    { "cut after one of two", "\xc3", "\xef\xbf\xbd" },
    { "cut after two of three: one replacement", "\xe2\x82", "\xef\xbf\xbd" },
    { "cut after three of four: one replacement", "\xf0\x9f\x98", "\xef\xbf\xbd" },
    { "cut by a letter", "\xf0\x9f\x98x", "\xef\xbf\xbdx" },
    { "cut by a quote", "\xe2\x82\"", "\xef\xbf\xbd\\\"" },
    { "Unicode's own example, table 3-11", "\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41",
      "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\x41" },
};

Test(json_writer, text_is_escaped_and_repaired)
{
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *got = escaped(slm_string_from_c(texts[i].text));
        cr_expect(eq(str, (char *)got, (char *)texts[i].expected), "%s", texts[i].why);
    }
    cr_expect(eq(str, (char *)escaped(slm_string_from_c(NULL)), ""), "absent");
    cr_expect(eq(str, (char *)escaped(slm_string_of("a\0b", 3)), "a\\u0000b"), "NUL");
}

/* Every special byte at every place of every short length: the scan looks at eight bytes at once, and at a tail. */
Test(json_writer, no_special_byte_hides_at_any_place_and_nothing_is_overread)
{
    enum { LONGEST = 35 };
    struct guard_page guard = guard_page_new(LONGEST);
    char text[LONGEST], expected[LONGEST + 8];
    for (size_t len = 1; len <= LONGEST; len++) {
        for (size_t place = 0; place < len; place++) {
            for (unsigned byte = 0; byte < 256; byte++) {
                memset(text, 'a' + (int)(place % 26), len);
                text[place] = (char)byte;
                char piece[8] = { (char)byte };
                if (byte < 0x20)
                    snprintf(piece, sizeof piece, "\\u%04x", byte);
                if (byte == '"' || byte == '\\')
                    snprintf(piece, sizeof piece, "\\%c", (char)byte);
                if (byte >= 0x80)
                    snprintf(piece, sizeof piece, "\xef\xbf\xbd");
                const char *letter = byte < 0x20 ? strchr("\bb\tt\nn\ff\rr", (int)byte) : NULL;
                if (letter && byte != 0)
                    snprintf(piece, sizeof piece, "\\%c", letter[1]);
                snprintf(expected, sizeof expected, "%.*s%s%.*s", (int)place, text, piece, (int)(len - place - 1),
                         text + place + 1);
                const char *got = escaped(guard_page_put(&guard, text, len));
                cr_assert(eq(str, (char *)got, expected), "byte %02x at %zu of %zu", byte, place, len);
            }
        }
    }
    guard_page_free(&guard);
}

Test(json_writer, any_bytes_become_the_repaired_text)
{
    uint64_t seed = 1;
    struct guard_page guard = guard_page_new(200);
    char text[200];
    for (int i = 0; i < 20000; i++) {
        slm_string input = guard_page_put(&guard, text, random_text(&seed, text, sizeof text));
        char *expected = utf8_repaired(input);
        const char *got = escaped(input);
        size_t room = strlen(got) + 3;
        char *quoted = malloc(room);
        snprintf(quoted, room, "\"%s\"", got);
        cr_assert(json_is_strict(quoted, room - 1));
        cJSON *parsed = cJSON_Parse(quoted);
        cr_assert(parsed != NULL);
        /* cJSON's strings end at a NUL; so does the comparison. */
        cr_assert(eq(str, cJSON_GetStringValue(parsed), expected));
        cJSON_Delete(parsed);
        free(quoted);
        free(expected);
    }
    guard_page_free(&guard);
}

Test(json_writer, text_that_grows_six_times_stays_in_bounds)
{
    static char controls[5000];
    memset(controls, 1, sizeof controls);
    const char *got = escaped(slm_string_of(controls, sizeof controls));
    cr_expect(eq(sz, strlen(got), 6 * sizeof controls));
}

Test(json_writer, json_inside_a_string_is_escaped_once_more)
{
    slmi_buffer buffer;
    slmi_buffer_init(&buffer, 1 << 20);
    char *at = SLMI_PUT(slmi_json_start(&buffer), "\"x\\");
    size_t from = (size_t)(at - buffer.data);
    at = SLMI_PUT(at, "{\"k\":\"a\\\"b\\n\"}");
    at = slmi_json_escape_again(&buffer, at, from);
    cr_assert(at != NULL);
    *at = '\0';
    cr_expect(eq(str, buffer.data, "\"x\\{\\\"k\\\":\\\"a\\\\\\\"b\\\\n\\\"}"));
    cr_expect(slmi_json_escape_again(&buffer, NULL, 0) == NULL);
    slmi_buffer_free(&buffer);
}

Test(json_writer, base64_is_rfc_4648)
{
    static const struct {
        const char *bytes, *expected;
    } cases[] = { { "", "" },
                  { "f", "Zg==" },
                  { "fo", "Zm8=" },
                  { "foo", "Zm9v" },
                  { "foob", "Zm9vYg==" },
                  { "fooba", "Zm9vYmE=" },
                  { "foobar", "Zm9vYmFy" },
                  { "\xfb\xff\xfe", "+//+" } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slmi_buffer buffer;
        slmi_buffer_init(&buffer, 1 << 10);
        char *at = slmi_json_base64(&buffer, slmi_json_start(&buffer), cases[i].bytes, strlen(cases[i].bytes));
        cr_assert(at != NULL);
        *at = '\0';
        cr_expect(eq(str, buffer.data, (char *)cases[i].expected));
        slmi_buffer_free(&buffer);
    }
}

Test(json_writer, integers_are_decimal_at_every_length)
{
    char got[40], expected[40];
    uint64_t number = 0;
    for (int digits = 0; digits <= 20; digits++) {
        uint64_t around[] = { number, number - 1, number + 1, number / 2, 0 - number };
        for (size_t i = 0; i < sizeof around / sizeof *around; i++) {
            *slmi_json_u64(got, around[i]) = '\0';
            snprintf(expected, sizeof expected, "%" PRIu64, around[i]);
            cr_expect(eq(str, got, expected));
            *slmi_json_i64(got, (int64_t)around[i]) = '\0';
            snprintf(expected, sizeof expected, "%" PRId64, (int64_t)around[i]);
            cr_expect(eq(str, got, expected));
        }
        number = number ? number * 10 : 1;
    }
    *slmi_json_i64(got, INT64_MIN) = '\0';
    cr_expect(eq(str, got, "-9223372036854775808"));
    *slmi_json_i64(got, INT64_MAX) = '\0';
    cr_expect(eq(str, got, "9223372036854775807"));
    *slmi_json_u64(got, UINT64_MAX) = '\0';
    cr_expect(eq(str, got, "18446744073709551615"));
}

Test(json_writer, ids_and_addresses_are_lower_hexadecimal)
{
    uint8_t bytes[256];
    char got[2 * sizeof bytes + 1], expected[2 * sizeof bytes + 1];
    for (unsigned i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)i;
        snprintf(expected + 2 * i, 3, "%02x", i);
    }
    *slmi_json_hex(got, bytes, sizeof bytes) = '\0';
    cr_expect(eq(str, got, expected));

    static const uintptr_t addresses[] = { 0, 1, 15, 16, 0xdeadbeef, UINTPTR_MAX, UINTPTR_MAX >> 1 };
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        *slmi_json_address(got, (const void *)addresses[i]) = '\0';
        snprintf(expected, sizeof expected, "0x%" PRIxPTR, addresses[i]);
        cr_expect(eq(str, got, expected));
    }
}

static const struct {
    double number;
    const char *expected;
} doubles[] = {
    { 0.0, "0.0" },
    { -0.0, "-0.0" },
    { 1.0, "1.0" },
    { -1.0, "-1.0" },
    { 0.1, "0.1" },
    { 0.5, "0.5" },
    { 12.25, "12.25" },
    { 99.99, "99.99" },
    { 0.000123, "0.000123" },
    { 1e-5, "1e-05" },
    { 1e14, "100000000000000.0" },
    { 999999999999999.0, "999999999999999.0" },
    { 1e15, "1e+15" },
    { 9007199254740993.0, "9007199254740992.0" },
    { 1e22, "1e+22" },
    { 1e308, "1e+308" },
    { DBL_MAX, "1.7976931348623157e+308" },
    { DBL_MIN, "2.2250738585072014e-308" },
    { 5e-324, "5e-324" },
    { 0.1 + 0.2, "0.30000000000000004" },
    { 1.0 / 3, "0.3333333333333333" },
    { 2.0 / 3, "0.6666666666666666" },
    { DBL_EPSILON, "2.220446049250313e-16" },
    { 123456789.123456789, "123456789.12345679" },
    { INFINITY, "Infinity" },
    { -INFINITY, "-Infinity" },
    { NAN, "NaN" },
    { -NAN, "NaN" },
};

Test(json_writer, doubles_are_short_and_exact)
{
    char got[40];
    for (size_t i = 0; i < sizeof doubles / sizeof *doubles; i++) {
        errno = 77;
        *slmi_json_double(got, doubles[i].number) = '\0';
        cr_expect(eq(str, got, (char *)doubles[i].expected));
        cr_expect(eq(int, errno, 77));
        if (isfinite(doubles[i].number))
            cr_expect(json_is_strict(got, strlen(got)), "%s", got);
    }
}

/* How many digits a number has, zeros at either end apart. */
static size_t significant_digits(const char *text)
{
    size_t digits = 0, zeros = 0;
    for (; *text && *text != 'e'; text++) {
        if (*text < '0' || *text > '9' || (digits == 0 && *text == '0'))
            continue;
        zeros = *text == '0' ? zeros + 1 : 0;
        digits++;
    }
    return digits - zeros;
}

Test(json_writer, any_double_reads_back_and_no_shorter_one_would)
{
    uint64_t seed = 2;
    for (int i = 0; i < 100000; i++) {
        uint64_t bits = next_random(&seed);
        double number;
        if (i % 2 == 0) {
            memcpy(&number, &bits, sizeof number);
        } else { /* the kind that people record */
            static const double scales[] = { 1, 10, 100, 1000, 1e6, 1e9, 3, 7 };
            number = (double)(bits % 1000000000) / scales[(bits >> 40) % 8];
        }
        if (!isfinite(number))
            continue;
        char got[40], expected[40];
        *slmi_json_double(got, number) = '\0';
        cr_assert(json_is_strict(got, strlen(got)), "%s", got);
        cr_assert(strtod(got, NULL) == number, "%.17g as %s", number, got);
        for (int digits = 1; digits <= 17; digits++) {
            snprintf(expected, sizeof expected, "%.*g", digits, number);
            if (strtod(expected, NULL) == number)
                break;
        }
        cr_assert(eq(sz, significant_digits(got), significant_digits(expected)), "%s, printf %s", got, expected);
    }
}

Test(json_writer, doubles_do_not_follow_the_locale)
{
    /* A comma, and a decimal point of two bytes. */
    static const char *const locales[] = { "de_DE.UTF-8", "fr_FR.UTF-8", "ps_AF.UTF-8" };
    int tried = 0;
    for (size_t i = 0; i < sizeof locales / sizeof *locales; i++) {
        if (!setlocale(LC_ALL, locales[i]))
            continue;
        tried++;
        cr_assert(ne(str, localeconv()->decimal_point, "."));
        for (size_t j = 0; j < sizeof doubles / sizeof *doubles; j++) {
            char got[40];
            *slmi_json_double(got, doubles[j].number) = '\0';
            cr_expect(eq(str, got, (char *)doubles[j].expected), "%s", locales[i]);
        }
    }
    if (tried == 0)
        cr_skip_test("no locale here has another decimal point than a dot");
}

Test(json_writer, a_failed_buffer_is_left_alone)
{
    slmi_buffer buffer;
    slmi_buffer_init(&buffer, 10);
    slmi_buffer_fail(&buffer);
    cr_expect(slmi_json_start(&buffer) == NULL);
    cr_expect(slmi_json_text(&buffer, NULL, slm_string_from_c("x")) == NULL);
    cr_expect(slmi_json_base64(&buffer, NULL, "x", 1) == NULL);
    cr_expect(slmi_json_room(&buffer, NULL, 1) == NULL);
    cr_expect(eq(sz, buffer.len, 0));
    slmi_buffer_free(&buffer);
}
