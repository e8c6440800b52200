/* SPDX-License-Identifier: MIT */
/* OTLP/JSON: a whole body read back by another parser, field by field, and what must never happen. */
#include "tests/unit/encoding.h"

static const slmi_encoder *const otlp = &slmi_encoder_otlp_json;
static const slm_resource no_resource = { 0 };

static void expect_int_attribute(const cJSON *holder, int i, const char *key, const char *value)
{
    const cJSON *attribute = element(member(holder, "attributes"), i);
    cr_expect(eq(str, (char *)string_member(attribute, "key"), (char *)key));
    cr_expect(eq(str, (char *)string_member(member(attribute, "value"), "intValue"), (char *)value));
}

Test(otlp_json, every_field_of_a_full_span_reads_back)
{
    slm_span_data span = full_span();
    slmi_buffer body = encode_all(otlp, &no_resource, &span, 1);
    cJSON *request = cJSON_ParseWithLength(body.data, body.len);
    const cJSON *group = element(member(element(member(request, "resourceSpans"), 0), "scopeSpans"), 0);
    const cJSON *parsed = element(member(group, "spans"), 0);
    cr_expect(eq(int, cJSON_GetArraySize(parsed), 16));

    cr_expect(eq(str, (char *)string_member(parsed, "traceId"), "0123456789abcdef00010203fcfdfeff"));
    cr_expect(eq(str, (char *)string_member(parsed, "spanId"), "deadbeef00000001"));
    cr_expect(eq(str, (char *)string_member(parsed, "parentSpanId"), "0908070605040302"));
    cr_expect(eq(str, (char *)string_member(parsed, "traceState"), "ot=th:8"));
    cr_expect(eq(str, (char *)string_member(parsed, "name"), "op"));
    cr_expect(eq(dbl, number_member(parsed, "flags"), 0x301));
    cr_expect(eq(dbl, number_member(parsed, "kind"), 2));
    cr_expect(eq(str, (char *)string_member(parsed, "startTimeUnixNano"), "1700000000000000001"));
    cr_expect(eq(str, (char *)string_member(parsed, "endTimeUnixNano"), "1700000000000001235"));
    expect_int_attribute(parsed, 0, "in", "-5");
    cr_expect(cJSON_IsTrue(member(member(element(member(parsed, "attributes"), 1), "value"), "boolValue")));
    cr_expect(eq(dbl, number_member(parsed, "droppedAttributesCount"), 1));
    cr_expect(eq(dbl, number_member(parsed, "droppedEventsCount"), 5));
    cr_expect(eq(dbl, number_member(parsed, "droppedLinksCount"), UINT32_MAX));
    cr_expect(eq(dbl, number_member(member(parsed, "status"), "code"), 2));
    cr_expect(eq(str, (char *)string_member(member(parsed, "status"), "message"), "no"));

    const cJSON *event = element(member(parsed, "events"), 0);
    cr_expect(eq(int, cJSON_GetArraySize(event), 4));
    cr_expect(eq(str, (char *)string_member(event, "name"), "first"));
    cr_expect(eq(str, (char *)string_member(event, "timeUnixNano"), "1700000000000000500"));
    cr_expect(eq(dbl, number_member(event, "droppedAttributesCount"), 3));
    expect_int_attribute(event, 0, "in", "-5");
    event = element(member(parsed, "events"), 1);
    cr_expect(eq(int, cJSON_GetArraySize(event), 2));
    cr_expect(eq(str, (char *)string_member(event, "name"), ""));
    cr_expect(eq(str, (char *)string_member(event, "timeUnixNano"), "18446744073709551615"));
    cr_expect(eq(int, cJSON_GetArraySize(member(parsed, "events")), 2));

    const cJSON *link = element(member(parsed, "links"), 0);
    cr_expect(eq(int, cJSON_GetArraySize(link), 6));
    cr_expect(eq(str, (char *)string_member(link, "traceId"), "aa0000000000000000000000000000bb"));
    cr_expect(eq(str, (char *)string_member(link, "spanId"), "cc000000000000dd"));
    cr_expect(eq(str, (char *)string_member(link, "traceState"), "v=1,w=2"));
    cr_expect(eq(dbl, number_member(link, "flags"), 0x301));
    cr_expect(eq(dbl, number_member(link, "droppedAttributesCount"), 4));
    expect_int_attribute(link, 0, "in", "-5");
    link = element(member(parsed, "links"), 1);
    cr_expect(eq(int, cJSON_GetArraySize(link), 3));
    cr_expect(eq(dbl, number_member(link, "flags"), 0x100));
    cr_expect(eq(int, cJSON_GetArraySize(member(parsed, "links")), 2));

    cJSON_Delete(request);
    slmi_buffer_free(&body);
}

Test(otlp_json, a_new_scope_opens_a_new_group_and_the_resource_stands_once)
{
    static const slm_scope_data nameless = { 0 }, unversioned = { .name = { "b", 1 } },
                                only_version = { .version = { "9", 1 } };
    static const slm_scope_data *const scopes[] = { &test_scope,  &test_scope, &nameless,
                                                    &unversioned, &test_scope, &only_version };
    static const char *const names[] = { "scope", "", "b", "scope", "" };
    static const int sizes[] = { 2, 1, 1, 1, 1 };
    slm_field service = field_of("service.name", text_of("shop"));
    slm_resource resource = { .fields = &service, .field_count = 1 };
    slm_span_data spans[6];
    for (size_t i = 0; i < 6; i++) {
        spans[i] = plain_span();
        spans[i].scope = scopes[i];
    }
    slmi_buffer body = encode_all(otlp, &resource, spans, 6);
    cJSON *parsed = cJSON_ParseWithLength(body.data, body.len);
    cr_expect(eq(int, cJSON_GetArraySize(member(parsed, "resourceSpans")), 1));
    const cJSON *all = element(member(parsed, "resourceSpans"), 0);
    const cJSON *attribute = element(member(member(all, "resource"), "attributes"), 0);
    cr_expect(eq(str, (char *)string_member(attribute, "key"), "service.name"));
    cr_expect(eq(str, (char *)string_member(member(attribute, "value"), "stringValue"), "shop"));

    const cJSON *groups = member(all, "scopeSpans");
    cr_assert(eq(int, cJSON_GetArraySize(groups), 5));
    for (int i = 0; i < 5; i++) {
        const cJSON *scope = member(element(groups, i), "scope");
        cr_expect(eq(int, cJSON_GetArraySize(member(element(groups, i), "spans")), sizes[i]));
        cr_expect(eq(int, has(scope, "name"), *names[i] != '\0'));
        if (*names[i])
            cr_expect(eq(str, (char *)string_member(scope, "name"), (char *)names[i]));
        cr_expect(eq(int, has(scope, "version"), i == 0 || i == 3 || i == 4));
    }
    cr_expect(eq(str, (char *)string_member(member(element(groups, 4), "scope"), "version"), "9"));
    cJSON_Delete(parsed);
    slmi_buffer_free(&body);
}

Test(otlp_json, scope_and_resource_say_their_schemas_and_attributes)
{
    const slm_field fields[] = { field_of("a", text_of("b")), field_of("c", text_of("d")) };
    const slm_scope_data whole = { .name = { "n", 1 },
                                   .version = { "1", 1 },
                                   .schema_url = { "https://s/1", 11 },
                                   .attributes = fields,
                                   .attribute_count = 2 };
    const slm_scope_data nameless = { .attributes = fields, .attribute_count = 1 };
    slm_resource resource = { .fields = fields, .field_count = 1, .schema_url = { "https://r/1", 11 } };
    slm_span_data spans[] = { plain_span(), plain_span() };
    spans[0].scope = &whole;
    spans[1].scope = &nameless;
    slmi_buffer body = encode_all(&slmi_encoder_otlp_json, &resource, spans, 2);
    static const char *const parts[] = {
        ("{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"a\",\"value\":{\"stringValue\":\"b\"}}]},"
         "\"schemaUrl\":\"https://r/1\",\"scopeSpans\":[{\"scope\":{\"name\":\"n\",\"version\":\"1\",\"attributes\":["),
        "{\"key\":\"c\",\"value\":{\"stringValue\":\"d\"}}]},\"schemaUrl\":\"https://s/1\",\"spans\":[{",
        "]},{\"scope\":{\"attributes\":[{\"key\":\"a\",\"value\":{\"stringValue\":\"b\"}}]},\"spans\":[{",
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        cr_expect(memmem(body.data, body.len, parts[i], strlen(parts[i])) != NULL, "%s in %.*s", parts[i],
                  (int)body.len, body.data);
    slmi_buffer_free(&body);
}

Test(otlp_json, a_body_without_spans_is_still_a_request)
{
    slmi_buffer body = encode_all(otlp, &no_resource, NULL, 0);
    static const char expected[] = "{\"resourceSpans\":[{\"resource\":{},\"scopeSpans\":[]}]}";
    cr_assert(eq(sz, body.len, sizeof expected - 1));
    cr_expect(eq(int, memcmp(body.data, expected, body.len), 0));
    slmi_buffer_free(&body);
}

Test(otlp_json, any_bytes_in_any_string_read_back_repaired)
{
    enum { TEXTS = 9, ROOM = 60 };
    uint64_t seed = 3;
    for (int round = 0; round < 4000; round++) {
        static char bytes[TEXTS][ROOM];
        slm_string text[TEXTS];
        char *repaired[TEXTS];
        for (size_t i = 0; i < TEXTS; i++) {
            text[i] = slm_string_of(bytes[i], random_text(&seed, bytes[i], ROOM));
            repaired[i] = utf8_repaired(text[i]);
        }
        slm_field field = { text[0], slm_value_string(text[1].data, text[1].len) };
        slm_field array = { text[2], list_of(SLM_TYPE_STRING, text, TEXTS) };
        slm_event_data event = { .name = text[3], .fields = &array, .field_count = 1 };
        slm_scope_data scope = { .name = text[4], .version = text[5] };
        slm_resource resource = { .fields = &field, .field_count = 1 };
        slm_span_data span = plain_span();
        span.name = text[6];
        span.tracestate = text[7];
        span.status = SLM_SPAN_ERROR;
        span.status_text = text[8];
        span.fields = &field;
        span.field_count = 1;
        span.events = &event;
        span.event_count = 1;
        span.scope = &scope;

        slmi_buffer body = encode_all(otlp, &resource, &span, 1);
        cJSON *parsed = cJSON_ParseWithLength(body.data, body.len);
        cr_assert(parsed != NULL);
        const cJSON *group = element(member(element(member(parsed, "resourceSpans"), 0), "scopeSpans"), 0);
        const cJSON *got = element(member(group, "spans"), 0);
        cr_assert(eq(str, (char *)string_member(got, "name"), repaired[6]));
        cr_assert(eq(str, (char *)string_member(element(member(got, "attributes"), 0), "key"), repaired[0]));
        const cJSON *value = member(element(member(got, "attributes"), 0), "value");
        cr_assert(eq(str, (char *)string_member(value, "stringValue"), repaired[1]));
        const cJSON *got_event = element(member(got, "events"), 0);
        cr_assert(eq(str, (char *)string_member(got_event, "name"), repaired[3]));
        const cJSON *list = member(element(member(got_event, "attributes"), 0), "value");
        list = member(member(list, "arrayValue"), "values");
        for (int i = 0; i < TEXTS; i++)
            cr_assert(eq(str, (char *)string_member(element(list, i), "stringValue"), repaired[i]));
        if (text[4].len > 0)
            cr_assert(eq(str, (char *)string_member(member(group, "scope"), "name"), repaired[4]));
        if (text[7].len > 0)
            cr_assert(eq(str, (char *)string_member(got, "traceState"), repaired[7]));
        if (text[8].len > 0)
            cr_assert(eq(str, (char *)string_member(member(got, "status"), "message"), repaired[8]));

        cJSON_Delete(parsed);
        slmi_buffer_free(&body);
        for (size_t i = 0; i < TEXTS; i++)
            free(repaired[i]);
    }
}
