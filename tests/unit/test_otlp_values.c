/* SPDX-License-Identifier: MIT */
/* OTLP/JSON: each type of value, and each part of a span that may be left out, to the byte. */
#include "tests/unit/encoding.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

static const slmi_encoder *const otlp = &slmi_encoder_otlp_json;
static const slm_resource no_resource = { 0 };

/* The text of the one span in a body, without what is around it. */
static char *span_text(const slm_span_data *span)
{
    static const char before[] = "{\"resourceSpans\":[{\"resource\":{},\"scopeSpans\":[{\"scope\":{\"name\":"
                                 "\"scope\",\"version\":\"1.2\"},\"spans\":[";
    static const char after[] = "]}]}]}";
    slmi_buffer body = encode_all(otlp, &no_resource, span, 1);
    size_t outside = sizeof before - 1 + sizeof after - 1;
    cr_assert(body.len > outside);
    cr_assert(eq(int, memcmp(body.data, before, sizeof before - 1), 0));
    cr_assert(eq(int, memcmp(body.data + body.len - (sizeof after - 1), after, sizeof after - 1), 0));
    char *text = calloc(1, body.len - outside + 1);
    cr_assert(text != NULL);
    memcpy(text, body.data + sizeof before - 1, body.len - outside);
    slmi_buffer_free(&body);
    return text;
}

#define HEAD                                                                                                           \
    "{\"traceId\":\"0123456789abcdef00010203fcfdfeff\",\"spanId\":\"deadbeef00000001\",\"flags\":257,"                 \
    "\"name\":\"op\",\"kind\":1,\"startTimeUnixNano\":\"1700000000000000001\","                                        \
    "\"endTimeUnixNano\":\"1700000000000001235\""

Test(otlp_values, a_plain_root_span_has_nothing_optional)
{
    slm_span_data span = plain_span();
    char *text = span_text(&span);
    cr_expect(eq(str, text, HEAD "}"));
    free(text);
}

static const bool truths[] = { true, false };
static const int64_t integers[] = { INT64_MIN, -1, 0, INT64_MAX };
static const uint64_t naturals[] = { 0, INT64_MAX };
static const uint64_t large[] = { 1, UINT64_MAX };
static const double fractions[] = { 0.5, -0.0, 1e300 };
static const double odd[] = { NAN, INFINITY, -INFINITY };
static const slm_string strings[] = { { "a", 1 }, { "", 0 }, { "q\"", 2 }, { "\xff", 1 }, { NULL, 0 } };

static const slm_field innermost[] = { { { "n", 1 }, { .type = SLM_TYPE_I64, .as = { .i = -1 } } } };
static const slm_value members[] = { { .type = SLM_TYPE_STRING, .as = { .s = "a\"" }, .len = 2 },
                                     { .type = SLM_TYPE_MAP, .as = { .p = innermost }, .len = 1 },
                                     { .type = SLM_TYPE_EMPTY } };
static const slm_field outer[] = { { { "l", 1 }, { .type = SLM_TYPE_LIST, .as = { .p = members }, .len = 3 } },
                                   { { "b", 1 }, { .type = SLM_TYPE_BOOL, .as = { .u = 1 } } } };

static const struct {
    const char *why;
    slm_value value;
    const char *expected;
} values[] = {
    { "empty", { .type = SLM_TYPE_EMPTY }, "{}" },
    { "false is said", { .type = SLM_TYPE_BOOL, .as = { .u = 0 } }, "{\"boolValue\":false}" },
    { "true", { .type = SLM_TYPE_BOOL, .as = { .u = 1 } }, "{\"boolValue\":true}" },
    { "zero is said", { .type = SLM_TYPE_I64, .as = { .i = 0 } }, "{\"intValue\":\"0\"}" },
    { "lowest", { .type = SLM_TYPE_I64, .as = { .i = INT64_MIN } }, "{\"intValue\":\"-9223372036854775808\"}" },
    { "highest", { .type = SLM_TYPE_I64, .as = { .i = INT64_MAX } }, "{\"intValue\":\"9223372036854775807\"}" },
    { "unsigned that fits",
      { .type = SLM_TYPE_U64, .as = { .u = INT64_MAX } },
      "{\"intValue\":\"9223372036854775807\"}" },
    { "unsigned that does not",
      { .type = SLM_TYPE_U64, .as = { .u = (uint64_t)INT64_MAX + 1 } },
      "{\"stringValue\":\"9223372036854775808\"}" },
    { "unsigned highest",
      { .type = SLM_TYPE_U64, .as = { .u = UINT64_MAX } },
      "{\"stringValue\":\"18446744073709551615\"}" },
    { "double", { .type = SLM_TYPE_F64, .as = { .d = 1.5 } }, "{\"doubleValue\":1.5}" },
    { "double zero is said", { .type = SLM_TYPE_F64, .as = { .d = 0 } }, "{\"doubleValue\":0.0}" },
    { "double that is whole", { .type = SLM_TYPE_F64, .as = { .d = 3 } }, "{\"doubleValue\":3.0}" },
    { "NaN", { .type = SLM_TYPE_F64, .as = { .d = NAN } }, "{\"doubleValue\":\"NaN\"}" },
    { "infinity", { .type = SLM_TYPE_F64, .as = { .d = INFINITY } }, "{\"doubleValue\":\"Infinity\"}" },
    { "minus infinity", { .type = SLM_TYPE_F64, .as = { .d = -INFINITY } }, "{\"doubleValue\":\"-Infinity\"}" },
    { "string", { .type = SLM_TYPE_STRING, .as = { .s = "text" }, .len = 4 }, "{\"stringValue\":\"text\"}" },
    { "empty string is said", { .type = SLM_TYPE_STRING, .as = { .s = "" } }, "{\"stringValue\":\"\"}" },
    { "pointer", { .type = SLM_TYPE_POINTER, .as = { .p = (const void *)0xbeef } }, "{\"stringValue\":\"0xbeef\"}" },
    { "null pointer", { .type = SLM_TYPE_POINTER }, "{\"stringValue\":\"0x0\"}" },
    { "bytes", { .type = SLM_TYPE_BYTES, .as = { .p = "\0\xff" }, .len = 2 }, "{\"bytesValue\":\"AP8=\"}" },
    { "no bytes", { .type = SLM_TYPE_BYTES, .as = { .p = "" } }, "{\"bytesValue\":\"\"}" },
    { "errno", { .type = SLM_TYPE_ERRNO, .as = { .i = ENOENT } }, "{\"stringValue\":\"ENOENT\"}" },
    { "errno without a name", { .type = SLM_TYPE_ERRNO, .as = { .i = 4095 } }, "{\"stringValue\":\"4095\"}" },
    { "no errno", { .type = SLM_TYPE_ERRNO, .as = { .i = 0 } }, "{\"stringValue\":\"0\"}" },
    { "errno beyond int",
      { .type = SLM_TYPE_ERRNO, .as = { .i = INT64_MIN } },
      "{\"stringValue\":\"-9223372036854775808\"}" },
    { "booleans",
      { .type = SLM_TYPE_ARRAY | SLM_TYPE_BOOL, .as = { .p = truths }, .len = 2 },
      "{\"arrayValue\":{\"values\":[{\"boolValue\":true},{\"boolValue\":false}]}}" },
    { "integers",
      { .type = SLM_TYPE_ARRAY | SLM_TYPE_I64, .as = { .p = integers }, .len = 4 },
      "{\"arrayValue\":{\"values\":[{\"intValue\":\"-9223372036854775808\"},{\"intValue\":\"-1\"},{\"intValue\":\"0\"},"
      "{\"intValue\":\"9223372036854775807\"}]}}" },
    { "unsigned integers",
      { .type = SLM_TYPE_ARRAY | SLM_TYPE_U64, .as = { .p = naturals }, .len = 2 },
      "{\"arrayValue\":{\"values\":[{\"intValue\":\"0\"},{\"intValue\":\"9223372036854775807\"}]}}" },
    { "one that does not fit makes all of them strings",
      { .type = SLM_TYPE_ARRAY | SLM_TYPE_U64, .as = { .p = large }, .len = 2 },
      "{\"arrayValue\":{\"values\":[{\"stringValue\":\"1\"},{\"stringValue\":\"18446744073709551615\"}]}}" },
    { "doubles",
      { .type = SLM_TYPE_ARRAY | SLM_TYPE_F64, .as = { .p = fractions }, .len = 3 },
      "{\"arrayValue\":{\"values\":[{\"doubleValue\":0.5},{\"doubleValue\":-0.0},{\"doubleValue\":1e+300}]}}" },
    { "odd doubles",
      { .type = SLM_TYPE_ARRAY | SLM_TYPE_F64, .as = { .p = odd }, .len = 3 },
      "{\"arrayValue\":{\"values\":[{\"doubleValue\":\"NaN\"},{\"doubleValue\":\"Infinity\"},"
      "{\"doubleValue\":\"-Infinity\"}]}}" },
    { "strings",
      { .type = SLM_TYPE_ARRAY | SLM_TYPE_STRING, .as = { .p = strings }, .len = 5 },
      "{\"arrayValue\":{\"values\":[{\"stringValue\":\"a\"},{\"stringValue\":\"\"},{\"stringValue\":\"q\\\"\"},"
      "{\"stringValue\":\"\xef\xbf\xbd\"},{}]}}" },
    { "empty array is said",
      { .type = SLM_TYPE_ARRAY | SLM_TYPE_I64, .as = { .p = NULL } },
      "{\"arrayValue\":{\"values\":[]}}" },
    { "a list of any types",
      { .type = SLM_TYPE_LIST, .as = { .p = members }, .len = 3 },
      "{\"arrayValue\":{\"values\":[{\"stringValue\":\"a\\\"\"},{\"kvlistValue\":{\"values\":[{\"key\":\"n\",\"value\":"
      "{\"intValue\":\"-1\"}}]}},{}]}}" },
    { "a map",
      { .type = SLM_TYPE_MAP, .as = { .p = outer }, .len = 2 },
      "{\"kvlistValue\":{\"values\":[{\"key\":\"l\",\"value\":{\"arrayValue\":{\"values\":[{\"stringValue\":\"a\\\"\"},"
      "{\"kvlistValue\":{\"values\":[{\"key\":\"n\",\"value\":{\"intValue\":\"-1\"}}]}},{}]}}},"
      "{\"key\":\"b\",\"value\":{\"boolValue\":true}}]}}" },
    { "an empty map is said", { .type = SLM_TYPE_MAP }, "{\"kvlistValue\":{\"values\":[]}}" },
    { "an empty list is said", { .type = SLM_TYPE_LIST }, "{\"arrayValue\":{\"values\":[]}}" },
    { "a type of the future", { .type = 0x1f, .as = { .u = 7 } }, "{}" },
    { "an array of a type of the future",
      { .type = 0x2f, .as = { .p = integers }, .len = 1 },
      "{\"arrayValue\":{\"values\":[{}]}}" },
};

Test(otlp_values, each_type_of_value_is_written_as_the_protocol_says)
{
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        slm_field field = field_of("k", values[i].value);
        slm_span_data span = plain_span();
        span.fields = &field;
        span.field_count = 1;
        char *text = span_text(&span), *expected = NULL;
        cr_assert(asprintf(&expected, HEAD ",\"attributes\":[{\"key\":\"k\",\"value\":%s}]}", values[i].expected) > 0);
        cr_expect(eq(str, text, expected), "%s", values[i].why);
        free(text);
        free(expected);
    }
}

Test(otlp_values, kinds_are_counted_from_one)
{
    static const char digit[] = { '1', '2', '3', '4', '5', '0' };
    for (unsigned kind = SLM_KIND_INTERNAL; kind <= SLM_KIND_CONSUMER + 1; kind++) {
        slm_span_data span = plain_span();
        span.kind = (uint8_t)(kind <= SLM_KIND_CONSUMER ? kind : 200);
        char *text = span_text(&span);
        const char *at = strstr(text, "\"kind\":");
        cr_assert(at != NULL);
        cr_expect(eq(chr, at[7], digit[kind]));
        cr_expect(eq(chr, at[8], ','));
        free(text);
    }
}

Test(otlp_values, flags_say_whether_the_parent_is_remote)
{
    static const struct {
        uint8_t flags;
        bool remote, root;
        double expected;
    } cases[] = { { 0, false, true, 0x100 },  { 0, false, false, 0x100 },   { 1, true, false, 0x301 },
                  { 3, false, false, 0x103 }, { 0xff, true, false, 0x3ff }, { 1, true, true, 0x101 } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slm_span_data span = plain_span();
        span.flags = cases[i].flags;
        span.parent_is_remote = cases[i].remote;
        if (!cases[i].root)
            span.parent_span_id.bytes[7] = 0xa5;
        char *text = span_text(&span);
        cJSON *parsed = cJSON_Parse(text);
        cr_expect(eq(dbl, number_member(parsed, "flags"), cases[i].expected));
        cr_expect(eq(int, has(parsed, "parentSpanId"), !cases[i].root));
        if (!cases[i].root)
            cr_expect(eq(str, (char *)string_member(parsed, "parentSpanId"), "00000000000000a5"));
        cJSON_Delete(parsed);
        free(text);
    }
}

Test(otlp_values, status_is_there_when_it_is_set)
{
    static const struct {
        uint8_t status;
        const char *text, *expected;
    } cases[] = {
        { SLM_SPAN_UNSET, "ignored", "" },
        { SLM_SPAN_OK, "ignored", ",\"status\":{\"code\":1}" },
        { SLM_SPAN_ERROR, NULL, ",\"status\":{\"code\":2}" },
        { SLM_SPAN_ERROR, "disk \"full\"", ",\"status\":{\"code\":2,\"message\":\"disk \\\"full\\\"\"}" },
        { 9, "no such status", "" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slm_span_data span = plain_span();
        span.status = cases[i].status;
        span.status_text = slm_string_from_c(cases[i].text);
        char *text = span_text(&span), *expected = NULL;
        cr_assert(asprintf(&expected, HEAD "%s}", cases[i].expected) > 0);
        cr_expect(eq(str, text, expected));
        free(text);
        free(expected);
    }
}

Test(otlp_values, counts_of_what_was_dropped_stand_without_what_was_kept)
{
    slm_span_data span = plain_span();
    span.dropped_fields = 1;
    span.dropped_events = 2;
    span.dropped_links = 3;
    char *text = span_text(&span);
    cr_expect(eq(str, text, HEAD ",\"droppedAttributesCount\":1,\"droppedEventsCount\":2,\"droppedLinksCount\":3}"));
    free(text);
}
