/* SPDX-License-Identifier: MIT */
/* Zipkin v2: each clause of OpenTelemetry to Zipkin Transformation, and what the real servers refuse. */
#include "tests/unit/encoding.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

static const slmi_encoder *const zipkin = &slmi_encoder_zipkin_json;
static const slm_field service[] = { { { "service.name", 12 },
                                       { .type = SLM_TYPE_STRING, .as = { .s = "shop" }, .len = 4 } } };
static const slm_resource resource = { .fields = service, .field_count = 1 };

/* The one span that `span` becomes; to be deleted. */
static cJSON *encoded(const slm_span_data *span)
{
    slmi_buffer body = encode_all(zipkin, &resource, span, 1);
    cJSON *list = cJSON_ParseWithLength(body.data, body.len);
    cr_assert(eq(int, cJSON_GetArraySize(list), 1));
    cJSON *only = cJSON_DetachItemFromArray(list, 0);
    cJSON_Delete(list);
    slmi_buffer_free(&body);
    return only;
}

#define SCOPE_TAGS                                                                                                     \
    "\"otel.scope.name\":\"scope\",\"otel.library.name\":\"scope\",\"otel.scope.version\":\"1.2\","                    \
    "\"otel.library.version\":\"1.2\""

Test(zipkin_json, a_plain_span_has_nothing_optional)
{
    slm_span_data span = plain_span();
    slmi_buffer body = encode_all(zipkin, &resource, &span, 1);
    static const char expected[] =
        "[{\"traceId\":\"0123456789abcdef00010203fcfdfeff\",\"id\":\"deadbeef00000001\",\"name\":\"op\","
        "\"timestamp\":1700000000000000,\"duration\":1,\"localEndpoint\":{\"serviceName\":\"shop\"},"
        "\"tags\":{" SCOPE_TAGS "}}]";
    slmi_buffer_add(&body, "", 1);
    cr_expect(eq(str, body.data, (char *)expected));
    slmi_buffer_free(&body);

    static const slm_scope_data nameless = { 0 };
    span.scope = &nameless;
    span.name = slm_string_from_c(NULL);
    cJSON *got = encoded(&span);
    cr_expect(not(has(got, "tags")));
    cr_expect(not(has(got, "name")));
    cJSON_Delete(got);
}

Test(zipkin_json, bodies_of_no_and_of_many_spans_are_lists)
{
    slm_span_data spans[] = { plain_span(), full_span(), plain_span() };
    for (size_t count = 0; count <= 3; count++) {
        slmi_buffer body = encode_all(zipkin, &resource, spans, count);
        cJSON *list = cJSON_ParseWithLength(body.data, body.len);
        cr_expect(eq(int, cJSON_GetArraySize(list), (int)count));
        cJSON_Delete(list);
        slmi_buffer_free(&body);
    }
}

Test(zipkin_json, kinds_are_named_and_internal_has_none)
{
    static const char *const names[] = { NULL, "SERVER", "CLIENT", "PRODUCER", "CONSUMER", NULL };
    for (unsigned kind = 0; kind < 6; kind++) {
        slm_span_data span = plain_span();
        span.kind = (uint8_t)kind;
        cJSON *got = encoded(&span);
        cr_expect(eq(int, has(got, "kind"), names[kind] != NULL));
        if (names[kind])
            cr_expect(eq(str, (char *)string_member(got, "kind"), (char *)names[kind]));
        cJSON_Delete(got);
    }
}

Test(zipkin_json, times_are_whole_microseconds_and_never_zero)
{
    static const struct {
        uint64_t start, end;
        double timestamp, duration;
    } cases[] = { { 1700000000000000999u, 1700000000000002233u, 1700000000000000, 1 },
                  { 1700000000000000000u, 1700000000000002000u, 1700000000000000, 2 },
                  { 1700000000000000000u, 1700000000000000000u, 1700000000000000, 1 },
                  { 1700000000000000000u, 1600000000000000000u, 1700000000000000, 1 },
                  { 999, 4000, 0, 3 } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slm_span_data span = plain_span();
        span.start_ns = cases[i].start;
        span.end_ns = cases[i].end;
        cJSON *got = encoded(&span);
        cr_expect(eq(dbl, number_member(got, "duration"), cases[i].duration));
        cr_expect(eq(int, has(got, "timestamp"), cases[i].timestamp > 0));
        if (cases[i].timestamp > 0)
            cr_expect(eq(dbl, number_member(got, "timestamp"), cases[i].timestamp));
        cJSON_Delete(got);
    }
}

Test(zipkin_json, status_is_two_tags_that_no_attribute_can_forge)
{
    slm_field fields[] = { field_of("error", slm_value_bool(false)), field_of("otel.status_code", text_of("OK")),
                           field_of("errors", text_of("kept")) };
    static const struct {
        uint8_t status;
        const char *text, *code, *error;
    } cases[] = { { SLM_SPAN_UNSET, "x", NULL, NULL },
                  { SLM_SPAN_OK, "x", "OK", NULL },
                  { SLM_SPAN_ERROR, NULL, "ERROR", "" },
                  { SLM_SPAN_ERROR, "disk full", "ERROR", "disk full" } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slm_span_data span = plain_span();
        span.status = cases[i].status;
        span.status_text = slm_string_from_c(cases[i].text);
        span.fields = fields;
        span.field_count = 3;
        cJSON *got = encoded(&span);
        const cJSON *tags = member(got, "tags");
        cr_expect(eq(str, (char *)string_member(tags, "errors"), "kept"));
        cr_expect(eq(int, has(tags, "otel.status_code"), cases[i].code != NULL));
        cr_expect(eq(int, has(tags, "error"), cases[i].error != NULL));
        if (cases[i].code)
            cr_expect(eq(str, (char *)string_member(tags, "otel.status_code"), (char *)cases[i].code));
        if (cases[i].error)
            cr_expect(eq(str, (char *)string_member(tags, "error"), (char *)cases[i].error));
        cr_expect(eq(int, cJSON_GetArraySize(tags), 5 + !!cases[i].code + !!cases[i].error));
        cJSON_Delete(got);
    }
}

static const bool truths[] = { true, false };
static const int64_t integers[] = { INT64_MIN, 0 };
static const uint64_t naturals[] = { UINT64_MAX };
static const double fractions[] = { 0.5, NAN };
static const slm_string strings[] = { { "a\"b\\", 4 }, { NULL, 0 }, { "\n\xff", 2 } };

static const slm_field innermost[] = { { { "n", 1 }, { .type = SLM_TYPE_I64, .as = { .i = -1 } } } };
static const slm_value members[] = { { .type = SLM_TYPE_STRING, .as = { .s = "a\"" }, .len = 2 },
                                     { .type = SLM_TYPE_MAP, .as = { .p = innermost }, .len = 1 },
                                     { .type = SLM_TYPE_EMPTY } };
static const slm_field outer[] = { { { "l", 1 }, { .type = SLM_TYPE_LIST, .as = { .p = members }, .len = 3 } },
                                   { { "b", 1 }, { .type = SLM_TYPE_BOOL, .as = { .u = 1 } } } };

static const struct {
    const char *why;
    slm_value value;
    const char *tag, *json;
} values[] = {
    { "empty", { .type = SLM_TYPE_EMPTY }, "", "null" },
    { "true", { .type = SLM_TYPE_BOOL, .as = { .u = 1 } }, "true", "true" },
    { "false", { .type = SLM_TYPE_BOOL, .as = { .u = 0 } }, "false", "false" },
    { "lowest", { .type = SLM_TYPE_I64, .as = { .i = INT64_MIN } }, "-9223372036854775808", "-9223372036854775808" },
    { "highest", { .type = SLM_TYPE_U64, .as = { .u = UINT64_MAX } }, "18446744073709551615", "18446744073709551615" },
    { "double", { .type = SLM_TYPE_F64, .as = { .d = 0.25 } }, "0.25", "0.25" },
    { "NaN", { .type = SLM_TYPE_F64, .as = { .d = NAN } }, "NaN", "\"NaN\"" },
    { "minus infinity", { .type = SLM_TYPE_F64, .as = { .d = -INFINITY } }, "-Infinity", "\"-Infinity\"" },
    { "string", { .type = SLM_TYPE_STRING, .as = { .s = "x\"y" }, .len = 3 }, "x\"y", "\"x\\\"y\"" },
    { "pointer", { .type = SLM_TYPE_POINTER, .as = { .p = (const void *)0x1f } }, "0x1f", "\"0x1f\"" },
    { "bytes", { .type = SLM_TYPE_BYTES, .as = { .p = "hello" }, .len = 5 }, "aGVsbG8=", "\"aGVsbG8=\"" },
    { "errno", { .type = SLM_TYPE_ERRNO, .as = { .i = EPIPE } }, "EPIPE", "\"EPIPE\"" },
    { "errno without a name", { .type = SLM_TYPE_ERRNO, .as = { .i = 4095 } }, "4095", "\"4095\"" },
    { "booleans",
      { .type = SLM_TYPE_ARRAY | SLM_TYPE_BOOL, .as = { .p = truths }, .len = 2 },
      "[true,false]",
      "[true,false]" },
    { "integers",
      { .type = SLM_TYPE_ARRAY | SLM_TYPE_I64, .as = { .p = integers }, .len = 2 },
      "[-9223372036854775808,0]",
      "[-9223372036854775808,0]" },
    { "unsigned",
      { .type = SLM_TYPE_ARRAY | SLM_TYPE_U64, .as = { .p = naturals }, .len = 1 },
      "[18446744073709551615]",
      "[18446744073709551615]" },
    { "doubles",
      { .type = SLM_TYPE_ARRAY | SLM_TYPE_F64, .as = { .p = fractions }, .len = 2 },
      "[0.5,\"NaN\"]",
      "[0.5,\"NaN\"]" },
    { "strings",
      { .type = SLM_TYPE_ARRAY | SLM_TYPE_STRING, .as = { .p = strings }, .len = 3 },
      "[\"a\\\"b\\\\\",null,\"\\n\xef\xbf\xbd\"]",
      "[\"a\\\"b\\\\\",null,\"\\n\xef\xbf\xbd\"]" },
    { "no elements", { .type = SLM_TYPE_ARRAY | SLM_TYPE_STRING }, "[]", "[]" },
    { "a list",
      { .type = SLM_TYPE_LIST, .as = { .p = members }, .len = 3 },
      "[\"a\\\"\",{\"n\":-1},null]",
      "[\"a\\\"\",{\"n\":-1},null]" },
    { "a map",
      { .type = SLM_TYPE_MAP, .as = { .p = outer }, .len = 2 },
      "{\"l\":[\"a\\\"\",{\"n\":-1},null],\"b\":true}",
      "{\"l\":[\"a\\\"\",{\"n\":-1},null],\"b\":true}" },
    { "no members", { .type = SLM_TYPE_MAP }, "{}", "{}" },
    { "a type of the future", { .type = 0x1f, .as = { .u = 7 } }, "", "null" },
};

Test(zipkin_json, an_attribute_of_any_type_is_a_tag_of_text)
{
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        slm_field field = field_of("k", values[i].value);
        slm_span_data span = plain_span();
        span.fields = &field;
        span.field_count = 1;
        cJSON *got = encoded(&span);
        cr_expect(eq(str, (char *)string_member(member(got, "tags"), "k"), (char *)values[i].tag), "%s", values[i].why);
        cJSON_Delete(got);
    }
}

Test(zipkin_json, an_events_fields_are_json_inside_its_annotation)
{
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        slm_field fields[] = { field_of("k\"", values[i].value), field_of("n", slm_value_i64(1)) };
        slm_event_data event = { .name = slm_string_from_c("say \"hi\""),
                                 .time_ns = 1700000000000001999u,
                                 .fields = fields,
                                 .field_count = 2,
                                 .dropped_fields = i % 2 ? 7 : 0 };
        slm_span_data span = plain_span();
        span.events = &event;
        span.event_count = 1;
        cJSON *got = encoded(&span);
        const cJSON *annotation = element(member(got, "annotations"), 0);
        cr_expect(eq(dbl, number_member(annotation, "timestamp"), 1700000000000001));
        char *expected = NULL;
        cr_assert(asprintf(&expected, "\"say \\\"hi\\\"\": {\"k\\\"\":%s,\"n\":1%s}", values[i].json,
                           i % 2 ? ",\"otel.dropped_attributes_count\":7" : "") > 0);
        const char *value = string_member(annotation, "value");
        cr_expect(eq(str, (char *)value, expected), "%s", values[i].why);
        const char *object = strstr(value, ": ") + 2;
        cr_expect(json_is_strict(object, strlen(object)));
        free(expected);
        cJSON_Delete(got);
    }
}

Test(zipkin_json, an_event_without_fields_is_its_name)
{
    slm_event_data events[] = { { .name = { "one", 3 }, .time_ns = 1000 },
                                { .name = { "two\"", 4 }, .time_ns = 2999 } };
    slm_span_data span = plain_span();
    span.events = events;
    span.event_count = 2;
    cJSON *got = encoded(&span);
    cr_expect(eq(int, cJSON_GetArraySize(member(got, "annotations")), 2));
    const cJSON *second = element(member(got, "annotations"), 1);
    cr_expect(eq(str, (char *)string_member(second, "value"), "two\""));
    cr_expect(eq(dbl, number_member(second, "timestamp"), 2));
    cJSON_Delete(got);
}

Test(zipkin_json, what_was_dropped_is_tagged)
{
    slm_span_data span = full_span();
    cJSON *got = encoded(&span);
    const cJSON *tags = member(got, "tags");
    cr_expect(eq(str, (char *)string_member(tags, "otel.dropped_attributes_count"), "1"));
    cr_expect(eq(str, (char *)string_member(tags, "otel.dropped_events_count"), "5"));
    cr_expect(eq(str, (char *)string_member(tags, "otel.dropped_links_count"), "4294967295"));
    cr_expect(eq(str, (char *)string_member(got, "parentId"), "0908070605040302"));
    cr_expect(not(has(got, "links")));
    cJSON_Delete(got);
}

Test(zipkin_json, the_namespace_is_a_tag_and_the_name_has_a_default)
{
    slm_field fields[] = { field_of("service.namespace", text_of("eu")), field_of("service.name", slm_value_i64(3)) };
    slm_resource odd = { .fields = fields, .field_count = 2 };
    slm_span_data spans[] = { plain_span(), plain_span() };
    slm_field own = field_of("service.namespace", text_of("own"));
    spans[1].fields = &own;
    spans[1].field_count = 1;
    slmi_buffer body = encode_all(zipkin, &odd, spans, 2);
    cJSON *list = cJSON_ParseWithLength(body.data, body.len);
    const cJSON *first = element(list, 0), *second = element(list, 1);
    cr_expect(eq(str, (char *)string_member(member(first, "localEndpoint"), "serviceName"), "unknown_service"));
    cr_expect(eq(str, (char *)string_member(member(first, "tags"), "service.namespace"), "eu"));
    cr_expect(eq(str, (char *)string_member(member(second, "tags"), "service.namespace"), "own"));
    cr_expect(eq(int, cJSON_GetArraySize(member(second, "tags")), 5), "once");
    cJSON_Delete(list);
    slmi_buffer_free(&body);
}

Test(zipkin_json, any_bytes_in_any_string_read_back_repaired)
{
    enum { TEXTS = 6, ROOM = 60 };
    uint64_t seed = 4;
    for (int round = 0; round < 4000; round++) {
        static char bytes[TEXTS][ROOM];
        slm_string text[TEXTS];
        char *repaired[TEXTS];
        for (size_t i = 0; i < TEXTS; i++) {
            text[i] = slm_string_of(bytes[i], random_text(&seed, bytes[i], ROOM));
            repaired[i] = utf8_repaired(text[i]);
        }
        slm_field fields[] = { field_of("peer.service", slm_value_string(text[0].data, text[0].len)),
                               field_of("list", list_of(SLM_TYPE_STRING, text, TEXTS)) };
        slm_field said = { text[1], slm_value_string(text[2].data, text[2].len) };
        slm_event_data event = { .name = text[3], .fields = &said, .field_count = 1 };
        slm_field name = field_of("service.name", slm_value_string(text[4].data, text[4].len));
        slm_resource named = { .fields = &name, .field_count = 1 };
        slm_span_data span = plain_span();
        span.kind = SLM_KIND_CLIENT;
        span.name = text[5];
        span.fields = fields;
        span.field_count = 2;
        span.events = &event;
        span.event_count = 1;

        slmi_buffer body = encode_all(zipkin, &named, &span, 1);
        cJSON *list = cJSON_ParseWithLength(body.data, body.len);
        cr_assert(list != NULL);
        const cJSON *got = element(list, 0);
        cr_assert(eq(str, (char *)string_member(member(got, "localEndpoint"), "serviceName"), repaired[4]));
        cr_assert(eq(str, (char *)string_member(member(got, "tags"), "peer.service"), repaired[0]));
        if (text[5].len > 0)
            cr_assert(eq(str, (char *)string_member(got, "name"), repaired[5]));

        const char *tag = string_member(member(got, "tags"), "list");
        cr_assert(json_is_strict(tag, strlen(tag)));
        cJSON *elements = cJSON_Parse(tag);
        for (int i = 0; i < TEXTS; i++)
            cr_assert(eq(str, element(elements, i)->valuestring, repaired[i]));
        cJSON_Delete(elements);

        /* As a member of an object, the annotation's value is an object of one member. */
        const char *value = string_member(element(member(got, "annotations"), 0), "value");
        char *wrapped = NULL;
        cr_assert(asprintf(&wrapped, "{%s}", value) > 0);
        cJSON *object = cJSON_Parse(wrapped);
        cr_assert(object != NULL, "%s", wrapped);
        cr_assert(eq(str, object->child->string, repaired[3]));
        cr_assert(eq(str, object->child->child->string, repaired[1]));
        cr_assert(eq(str, object->child->child->valuestring, repaired[2]));
        cJSON_Delete(object);
        free(wrapped);

        cJSON_Delete(list);
        slmi_buffer_free(&body);
        for (size_t i = 0; i < TEXTS; i++)
            free(repaired[i]);
    }
}
