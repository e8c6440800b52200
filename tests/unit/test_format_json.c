/* SPDX-License-Identifier: MIT */
/* JSON lines, read back by cJSON: well formed whatever is in them, and no key twice. */
#define SLM_TARGET "yaks"
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>

#include <spanloom/context.h>
#include <spanloom/dynamic.h>

#include "core/layers/json.h"
#include "tests/unit/lines.h"

static void begin(uint32_t show)
{
    lines_begin((slm_format_options){ .style = SLM_FORMAT_JSON, .show = show });
}

static void expect_unique(const cJSON *object)
{
    for (const cJSON *a = object->child; a; a = a->next) {
        for (const cJSON *b = a->next; a->string && b; b = b->next)
            cr_expect(strcmp(a->string, b->string) != 0, "%s twice", a->string);
        expect_unique(a);
    }
}

/* The one line that was printed. */
static cJSON *parsed(void)
{
    const char *end = NULL;
    lines_end();
    cJSON *line = cJSON_ParseWithOpts(lines.text, &end, 0);
    cr_assert(line != NULL, "%.200s", lines.text);
    cr_expect(eq(str, (char *)(uintptr_t)end, (char *)(uintptr_t) "\n"));
    expect_unique(line);
    return line;
}

static const cJSON *at(const cJSON *from, const char *path)
{
    char names[128];
    snprintf(names, sizeof names, "%s", path);
    for (char *save = NULL, *name = strtok_r(names, "/", &save); name && from; name = strtok_r(NULL, "/", &save))
        from = *name >= '0' && *name <= '9' ? cJSON_GetArrayItem(from, *name - '0')
                                            : cJSON_GetObjectItemCaseSensitive(from, name);
    return from;
}

#define EXPECT_STRING(line, path, want)                                                                                \
    cr_expect(cJSON_IsString(at(line, path)) && strcmp(at(line, path)->valuestring, (want)) == 0, "%s in %s", (path),  \
              lines.text)
#define EXPECT_NUMBER(line, path, want)                                                                                \
    cr_expect(cJSON_IsNumber(at(line, path)) && at(line, path)->valuedouble == (double)(want), "%s in %s", (path),     \
              lines.text)
#define EXPECT_NONE(line, path) cr_expect(at(line, path) == NULL, "%s in %s", (path), lines.text)

Test(format_json, values_have_their_types)
{
    const int64_t numbers[] = { -1, 2 };
    const char *names[] = { "a\"", "b" };
    const slm_value list[] = { slm_value_bool(true), slm_value_string("x", 1) };
    const slm_field map[] = { { { "n", 1 }, slm_value_i64(-3) }, { { "l", 1 }, slm_value_list(list, 2) } };
    begin(0);
    SLM_INFO(("bool", SLM_VALUE(slm_value_bool(true))), ("i", INT64_MIN), ("u", UINT64_MAX), ("d", 0.1), ("whole", 3.0),
             ("nan", (double)NAN), ("inf", -(double)INFINITY), ("s", "x\ty"), ("e", slm_errno(ENOENT)),
             ("bytes", slm_bytes("\xff\x00", 2)), ("numbers", slm_array(numbers, 2)), ("names", slm_array(names, 2)),
             ("gone", SLM_EMPTY), ("map", slm_map(map, 2)));
    cJSON *line = parsed();
    EXPECT_NUMBER(line, "fields/map/n", -3);
    cr_expect(strstr(lines.text, "\"map\":{\"n\":-3,\"l\":[true,\"x\"]}") != NULL, "%s", lines.text);
    EXPECT_STRING(line, "level", "INFO");
    EXPECT_NUMBER(line, "fields/i", INT64_MIN);
    cr_expect(strstr(lines.text, "\"u\":18446744073709551615,") != NULL);
    EXPECT_NUMBER(line, "fields/d", 0.1);
    cr_expect(strstr(lines.text, "\"whole\":3.0,") != NULL);
    EXPECT_STRING(line, "fields/nan", "NaN");
    EXPECT_STRING(line, "fields/inf", "-Infinity");
    EXPECT_STRING(line, "fields/s", "x\ty");
    EXPECT_STRING(line, "fields/e", "ENOENT");
    EXPECT_STRING(line, "fields/bytes", "0xff00");
    EXPECT_NUMBER(line, "fields/numbers/0", -1);
    EXPECT_NUMBER(line, "fields/numbers/1", 2);
    EXPECT_STRING(line, "fields/names/0", "a\"");
    EXPECT_NONE(line, "fields/gone");
    EXPECT_NONE(line, "fields/message");
    EXPECT_NONE(line, "span");
    EXPECT_NONE(line, "spans");
    EXPECT_NONE(line, "trace_id");
    cJSON_Delete(line);
}

Test(format_json, ids_are_the_spans)
{
    begin(0);
    char trace_id[33], span_id[17];
    slm_span_context context;
    SLM_SCOPE("s");
    cr_assert(slm_current_context(&context));
    for (int i = 0; i < 16; i++)
        snprintf(trace_id + 2 * i, 3, "%02x", context.trace_id.bytes[i]);
    for (int i = 0; i < 8; i++)
        snprintf(span_id + 2 * i, 3, "%02x", context.span_id.bytes[i]);
    SLM_INFO("x");
    cJSON *line = parsed();
    EXPECT_STRING(line, "trace_id", trace_id);
    EXPECT_STRING(line, "span_id", span_id);
    cJSON_Delete(line);
}

Test(format_json, a_field_named_as_the_text_keeps_its_value_under_another_key)
{
    begin(0);
    SLM_INFO(("message", "field"), ("message_", 1), "text");
    cJSON *line = parsed();
    EXPECT_STRING(line, "fields/message", "text");
    EXPECT_NUMBER(line, "fields/message_", 1);
    EXPECT_STRING(line, "fields/message__", "field");
    cJSON_Delete(line);
}

Test(format_json, a_field_named_message_is_the_message_where_there_is_no_text)
{
    begin(SLM_SHOW_FLAT_EVENT);
    SLM_INFO(("message", "field"));
    cJSON *line = parsed();
    EXPECT_STRING(line, "message", "field");
    cJSON_Delete(line);
}

Test(format_json, of_a_key_given_twice_the_last_value_counts)
{
    begin(0);
    SLM_SCOPE("s", ("k", 1), ("k", 2));
    SLM_INFO(("a", 1), ("b", 2), ("a", 3));
    cJSON *line = parsed();
    EXPECT_NUMBER(line, "fields/a", 3);
    EXPECT_NUMBER(line, "fields/b", 2);
    EXPECT_NUMBER(line, "span/k", 2);
    cJSON_Delete(line);
}

Test(format_json, flat_fields_never_hide_what_the_line_has_itself)
{
    begin(SLM_SHOW_FLAT_EVENT);
    SLM_SCOPE("s", ("name", "mine"));
    SLM_INFO(("level", 1), ("timestamp", 2), ("span", 3), ("spans", 4), ("trace_id", 5), ("target", 6), ("fields", 7),
             "text");
    cJSON *line = parsed();
    EXPECT_STRING(line, "level", "INFO");
    EXPECT_NUMBER(line, "level_", 1);
    EXPECT_NUMBER(line, "timestamp_", 2);
    EXPECT_NUMBER(line, "span_", 3);
    EXPECT_NUMBER(line, "spans_", 4);
    EXPECT_NUMBER(line, "trace_id_", 5);
    EXPECT_NUMBER(line, "target_", 6);
    EXPECT_STRING(line, "span/name", "s");
    EXPECT_STRING(line, "span/name_", "mine");
    cJSON_Delete(line);
}

Test(format_json, of_flat_spans_the_innermost_value_counts_and_the_events_own_before_it)
{
    begin(SLM_SHOW_FLAT_SPANS | SLM_SHOW_FLAT_EVENT);
    SLM_SCOPE("outer", ("a", 1), ("b", 1), ("c", 1), ("level", 1));
    SLM_SCOPE("inner", ("b", 2), ("c", 2), ("message_", 2));
    SLM_INFO(("c", 3), ("message", 3), "text");
    cJSON *line = parsed();
    EXPECT_NUMBER(line, "a", 1);
    EXPECT_NUMBER(line, "b", 2);
    EXPECT_NUMBER(line, "c", 3);
    EXPECT_STRING(line, "message", "text");
    EXPECT_NUMBER(line, "message_", 3);
    EXPECT_STRING(line, "level", "INFO");
    EXPECT_NUMBER(line, "span/b", 2);
    EXPECT_NUMBER(line, "spans/0/level", 1);
    cJSON_Delete(line);
}

Test(format_json, the_end_of_a_span_has_its_times_as_numbers_too)
{
    lines_begin((slm_format_options){ .style = SLM_FORMAT_JSON, .span_events = SLM_SPAN_EVENT_CLOSE });
    slm_span s = SLM_SPAN("s", ("busy_ns", "x"));
    slm_token t = slm_enter(s);
    lines_wait(1234);
    slm_exit(t);
    lines_wait(7);
    slm_span_end(s);
    cJSON *line = parsed();
    EXPECT_STRING(line, "fields/message", "close");
    EXPECT_STRING(line, "fields/time.busy", "1.23\xc2\xb5s");
    EXPECT_STRING(line, "fields/time.idle", "7.00ns");
    EXPECT_NUMBER(line, "fields/busy_ns", 1234);
    EXPECT_NUMBER(line, "fields/idle_ns", 7);
    EXPECT_STRING(line, "span/busy_ns", "x");
    cJSON_Delete(line);
}

/* Every byte, and sequences that look like UTF-8 and are not. */
Test(format_json, hostile_bytes_are_escaped_or_replaced) /* 72 */
{
    char all[256];
    for (int i = 0; i < 256; i++)
        all[i] = (char)i;
    begin(0);
    SLM_INFO(("all", slm_strn(all, 256)),
             ("c1", "\xc2\x9b"
                    "31m"),
             ("overlong", "\xc0\xaf"), ("surrogate", "\xed\xa0\x80"), ("beyond", "\xf4\x90\x80\x80"),
             ("cut", "\xe2\x82"), ("good", "\xe2\x82\xac\xf0\x9f\x90\x83"), "%s", "m\x1b[31m\n");
    cJSON *line = parsed();
    for (const char *c = lines.text; *c; c++)
        cr_expect(c[1] == '\0' || (unsigned char)*c >= 0x20);
    cr_expect(strstr(lines.text, "\"c1\":\"\\u009b31m\"") != NULL);
    cr_expect(strstr(lines.text, "\"message\":\"m\\u001b[31m\\n\"") != NULL);
    cr_expect(strstr(lines.text, "\\u0000\\u0001") != NULL);
    cr_expect(strstr(lines.text, "~\\u007f") != NULL);
    EXPECT_STRING(line, "fields/overlong", "\xef\xbf\xbd\xef\xbf\xbd");
    EXPECT_STRING(line, "fields/surrogate", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    EXPECT_STRING(line, "fields/cut", "\xef\xbf\xbd\xef\xbf\xbd");
    EXPECT_STRING(line, "fields/good", "\xe2\x82\xac\xf0\x9f\x90\x83");
    cJSON_Delete(line);
}

/* Whatever length the long one has, what comes out is JSON, bounded, and says that it was cut. */
Test(format_json, a_line_that_is_too_long_stays_json)
{
    static char big[40000];
    memset(big, 'x', sizeof big);
    const int64_t many[] = { 1234567890123, 1234567890123, 1234567890123 };
    static int64_t numbers[4000];
    for (size_t i = 0; i < 4000; i++)
        numbers[i] = (int64_t)i;
    for (size_t len = 15400; len < 16400; len += 3) {
        begin(0);
        SLM_SCOPE("s", ("k", "value"));
        SLM_INFO(("many", slm_array(many, 3)), ("big", slm_strn(big, len)), ("d", 1.25), ("after", 7),
                 ("list", slm_array(many, 3)), ("e", slm_errno(ENOENT)));
        cJSON *line = parsed();
        cr_expect(lines.len <= SLM_LINE_MAX);
        cr_expect(at(line, "trace_id") != NULL);
        bool cut = at(line, "cut") != NULL, whole = strstr(lines.text, "\"value\"}]}") != NULL;
        cr_expect(cut != whole, "%zu", len);
        cJSON_Delete(line);
    }
    begin(0);
    SLM_INFO(("numbers", slm_array(numbers, 4000)), ("after", 1));
    cJSON *line = parsed();
    cr_expect(cJSON_IsTrue(at(line, "cut")));
    cr_expect(cJSON_GetArraySize(at(line, "fields/numbers")) > 2000);
    cJSON_Delete(line);
}

/* Wherever the room ends. */
Test(format_json, what_is_open_can_always_be_closed)
{
    const char *names[] = { "a\"", "\xff", "c" };
    const slm_value values[] = { slm_value_i64(-1),
                                 slm_value_f64(1.5),
                                 slm_value_bool(true),
                                 slm_value_errno(ENOENT),
                                 slm_value_bytes("xyz", 3),
                                 slm_value_string("\n\x1b", 2),
                                 slm_value_array(SLM_TYPE_STRING, names, sizeof *names, 3) };
    for (size_t room = 1; room < 160; room++) {
        char bytes[160 + SLMI_JSON_RESERVE + 1];
        slmi_text text = { .data = bytes, .room = room };
        slmi_text_char(&text, '{');
        if (slmi_json_open(&text, slm_string_of("fields", 6), '{')) {
            for (size_t i = 0; i < sizeof values / sizeof *values; i++)
                slmi_json_member(&text, slm_string_of(&"abcdefg"[i], 1), (unsigned)(i % 2), &values[i]);
            slmi_json_close(&text, '}');
        }
        if (text.cut)
            slmi_json_mark_cut(&text);
        slmi_json_close(&text, '}');
        cr_assert(text.len <= room + SLMI_JSON_RESERVE);
        bytes[text.len] = '\0';
        cJSON *read = cJSON_ParseWithOpts(bytes, NULL, 1);
        cr_expect(read != NULL, "%zu: %s", room, bytes);
        cJSON_Delete(read);
    }
}

Test(format_json, keys_that_are_no_utf8_stay_different)
{
    const slm_callsite site = { .size = sizeof site, .level = SLM_LEVEL_INFO };
    const slm_field fields[] = { { slm_string_of("\xff", 1), slm_value_i64(1) },
                                 { slm_string_of("\xfe", 1), slm_value_i64(2) } };
    begin(0);
    slm_event(&site, slm_string_of("x", 1), fields, 2, NULL);
    cJSON *line = parsed();
    EXPECT_NUMBER(line, "fields/\\xff", 1);
    EXPECT_NUMBER(line, "fields/\\xfe", 2);
    cJSON_Delete(line);
}

Test(format_json, a_long_key_is_left_out_whole)
{
    static char key[20000];
    memset(key, 'k', sizeof key);
    begin(0);
    SLM_SCOPE_AS(s, "s");
    slm_span_set(s, slm_string_of(key, sizeof key), slm_value_i64(1));
    SLM_INFO("x");
    cJSON *line = parsed();
    EXPECT_STRING(line, "fields/message", "x");
    cJSON_Delete(line);
}

static void nest(int depth)
{
    SLM_SCOPE("n", ("depth", depth));
    if (depth > 1)
        nest(depth - 1);
    else
        SLM_INFO("deep");
}

Test(format_json, of_many_spans_the_innermost_are_shown_and_the_line_says_so)
{
    begin(0);
    nest(100);
    cJSON *line = parsed();
    cr_expect(eq(int, cJSON_GetArraySize(at(line, "spans")), 64));
    EXPECT_NUMBER(line, "spans/0/depth", 64);
    EXPECT_NUMBER(line, "span/depth", 1);
    cr_expect(cJSON_IsTrue(at(line, "more_spans")));
    cJSON_Delete(line);
}

Test(format_json, no_colour_reaches_json)
{
    lines_begin((slm_format_options){ .style = SLM_FORMAT_JSON, .ansi = SLM_ANSI_ON });
    SLM_INFO("x");
    cJSON *line = parsed();
    cr_expect(strchr(lines.text, '\x1b') == NULL);
    cJSON_Delete(line);
}
