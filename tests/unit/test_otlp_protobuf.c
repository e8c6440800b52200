/* SPDX-License-Identifier: MIT */
/* OTLP's binary encoding: to the byte, and, read back by a reader of its own, field by field what OTLP/JSON says. */
#include "tests/unit/protobuf_reader.h"

#include <errno.h>

static const slmi_encoder *const otlp = &slmi_encoder_otlp_protobuf;
static const slm_resource no_resource = { 0 };

static slmi_buffer encode_protobuf(const slm_resource *resource, const slm_span_data *spans, size_t count)
{
    slmi_buffer body;
    slmi_encoding state;
    slmi_buffer_init(&body, (size_t)1 << 26);
    otlp->begin(&body, &state, resource);
    for (size_t i = 0; i < count; i++)
        cr_assert(slmi_encode_span(otlp, &body, &state, &spans[i]));
    otlp->end(&body, &state);
    cr_assert(not(body.failed));
    return body;
}

static void expect_same_as_json(const slm_resource *resource, const slm_span_data *spans, size_t count, const char *why)
{
    slmi_buffer text = encode_all(&slmi_encoder_otlp_json, resource, spans, count);
    slmi_buffer body = encode_protobuf(resource, spans, count);
    cJSON *expected = cJSON_ParseWithLength(text.data, text.len);
    cJSON *got = pb_read(body.data, body.len);
    cr_assert(got != NULL, "%s: not well formed", why);
    bool same = cJSON_Compare(got, expected, true);
    char *printed = same ? NULL : cJSON_PrintUnformatted(got);
    cr_assert(same, "%s:\n%s\nis not\n%.*s", why, printed, (int)text.len, text.data);
    cJSON_Delete(expected);
    cJSON_Delete(got);
    slmi_buffer_free(&text);
    slmi_buffer_free(&body);
}

Test(otlp_protobuf, a_plain_span_is_these_bytes)
{
    static const char expected[] =
        "\x0a\xd2\x80\x80\x00"                                                     /* resource_spans */
        "\x0a\x00"                                                                 /* resource */
        "\x12\xcb\x80\x80\x00"                                                     /* scope_spans */
        "\x0a\x0c\x0a\x05scope\x12\x03\x31\x2e\x32"                                /* scope: name, version */
        "\x12\xba\x00"                                                             /* span */
        "\x0a\x10\x01\x23\x45\x67\x89\xab\xcd\xef\x00\x01\x02\x03\xfc\xfd\xfe\xff" /* trace_id */
        "\x12\x08\xde\xad\xbe\xef\x00\x00\x00\x01"                                 /* span_id */
        "\x2a\x02op"                                                               /* name */
        "\x30\x01"                                                                 /* kind */
        "\x39\x01\x00\x2a\x36\xfe\x9c\x97\x17"                                     /* start_time_unix_nano */
        "\x41\xd3\x04\x2a\x36\xfe\x9c\x97\x17"                                     /* end_time_unix_nano */
        "\x85\x01\x01\x01\x00\x00";                                                /* flags */
    slm_span_data span = plain_span();
    slmi_buffer body = encode_protobuf(&no_resource, &span, 1);
    for (size_t i = 0; i < body.len && i < sizeof expected - 1; i++)
        cr_expect(eq(u8, (uint8_t)body.data[i], (uint8_t)expected[i]), "byte %zu", i);
    cr_assert(eq(sz, body.len, sizeof expected - 1));
    slmi_buffer_free(&body);
}

Test(otlp_protobuf, a_body_without_spans_is_still_a_request)
{
    slmi_buffer body = encode_protobuf(&no_resource, NULL, 0);
    cr_assert(eq(sz, body.len, 7));
    cr_expect(eq(int, memcmp(body.data, "\x0a\x82\x80\x80\x00\x0a\x00", 7), 0));
    slmi_buffer_free(&body);
}

Test(otlp_protobuf, every_field_of_a_full_span_reads_back_as_json_has_it)
{
    static const slm_scope_data nameless = { 0 }, unversioned = { .name = { "b", 1 } };
    slm_field service = field_of("service.name", text_of("shop"));
    slm_resource resource = { .fields = &service, .field_count = 1 };
    slm_span_data spans[] = { full_span(), plain_span(), full_span(), plain_span(), full_span() };
    spans[1].scope = &nameless;
    spans[2].scope = &nameless;
    spans[3].scope = &unversioned;
    spans[3].kind = 200;
    spans[3].status = 9;
    spans[4].status = SLM_SPAN_OK;
    expect_same_as_json(&resource, spans, 5, "full");
    expect_same_as_json(&no_resource, spans, 0, "empty");
}

static const bool truths[] = { true, false };
static const int64_t integers[] = { INT64_MIN, -1, 0, 127, 128, INT64_MAX };
static const uint64_t naturals[] = { 0, INT64_MAX };
static const uint64_t large[] = { 1, UINT64_MAX };
static const double fractions[] = { 0.5, -0.0, 1e300, NAN, INFINITY, -INFINITY };
static const slm_string strings[] = { { "a", 1 }, { "", 0 }, { "q\"", 2 }, { "\xff", 1 }, { NULL, 0 } };

static const slm_field innermost[] = { { { "n", 1 }, { .type = SLM_TYPE_I64, .as = { .i = -1 } } } };
static const slm_value members[] = { { .type = SLM_TYPE_STRING, .as = { .s = "a\"" }, .len = 2 },
                                     { .type = SLM_TYPE_MAP, .as = { .p = innermost }, .len = 1 },
                                     { .type = SLM_TYPE_EMPTY } };
static const slm_field outer[] = { { { "l", 1 }, { .type = SLM_TYPE_LIST, .as = { .p = members }, .len = 3 } },
                                   { { "b", 1 }, { .type = SLM_TYPE_BOOL, .as = { .u = 1 } } } };

#define ARRAY(of, elements)                                                                                            \
    {                                                                                                                  \
        .type = SLM_TYPE_ARRAY | (of), .as = { .p = (elements) }, .len = sizeof(elements) / sizeof *(elements)         \
    }

static const slm_value values[] = {
    { .type = SLM_TYPE_EMPTY },
    { .type = SLM_TYPE_BOOL, .as = { .u = 0 } },
    { .type = SLM_TYPE_BOOL, .as = { .u = 1 } },
    { .type = SLM_TYPE_I64, .as = { .i = 0 } },
    { .type = SLM_TYPE_I64, .as = { .i = -1 } },
    { .type = SLM_TYPE_I64, .as = { .i = INT64_MIN } },
    { .type = SLM_TYPE_I64, .as = { .i = INT64_MAX } },
    { .type = SLM_TYPE_U64, .as = { .u = INT64_MAX } },
    { .type = SLM_TYPE_U64, .as = { .u = (uint64_t)INT64_MAX + 1 } },
    { .type = SLM_TYPE_U64, .as = { .u = UINT64_MAX } },
    { .type = SLM_TYPE_F64, .as = { .d = 1.5 } },
    { .type = SLM_TYPE_F64, .as = { .d = 0 } },
    { .type = SLM_TYPE_F64, .as = { .d = 4.9e-324 } },
    { .type = SLM_TYPE_F64, .as = { .d = NAN } },
    { .type = SLM_TYPE_F64, .as = { .d = -INFINITY } },
    { .type = SLM_TYPE_STRING, .as = { .s = "text" }, .len = 4 },
    { .type = SLM_TYPE_STRING, .as = { .s = "" } },
    { .type = SLM_TYPE_STRING, .as = { .s = "na\xc3\xafve \xe2\x82\xac \xf0\x9f\x90\x91" }, .len = 15 },
    { .type = SLM_TYPE_POINTER, .as = { .p = (const void *)0xbeef } },
    { .type = SLM_TYPE_POINTER },
    { .type = SLM_TYPE_BYTES, .as = { .p = "\0\xff" }, .len = 2 },
    { .type = SLM_TYPE_BYTES, .as = { .p = "" } },
    { .type = SLM_TYPE_ERRNO, .as = { .i = ENOENT } },
    { .type = SLM_TYPE_ERRNO, .as = { .i = 4095 } },
    { .type = SLM_TYPE_ERRNO, .as = { .i = INT64_MIN } },
    ARRAY(SLM_TYPE_BOOL, truths),
    ARRAY(SLM_TYPE_I64, integers),
    ARRAY(SLM_TYPE_U64, naturals),
    ARRAY(SLM_TYPE_U64, large),
    ARRAY(SLM_TYPE_F64, fractions),
    ARRAY(SLM_TYPE_STRING, strings),
    { .type = SLM_TYPE_ARRAY | SLM_TYPE_I64 },
    { .type = SLM_TYPE_MAP, .as = { .p = outer }, .len = 2 },
    { .type = SLM_TYPE_LIST, .as = { .p = members }, .len = 3 },
    { .type = SLM_TYPE_MAP },
    { .type = SLM_TYPE_LIST },
    { .type = 0x1f, .as = { .u = 7 } },
    { .type = 0x2f, .as = { .p = integers }, .len = 1 },
};
enum { VALUES = sizeof values / sizeof *values };

Test(otlp_protobuf, what_scope_and_resource_say_reads_back_as_json_has_it)
{
    const slm_field fields[] = { field_of("a", text_of("b")), field_of("c", values[1]) };
    const slm_scope_data whole = { .name = { "n", 1 },
                                   .version = { "1", 1 },
                                   .schema_url = { "https://s/1", 11 },
                                   .attributes = fields,
                                   .attribute_count = 2 };
    const slm_scope_data nameless = { .attributes = fields, .attribute_count = 1 }, url = { .schema_url = { "u", 1 } };
    slm_resource resource = { .fields = fields, .field_count = 1, .schema_url = { "https://r/1", 11 } };
    slm_span_data spans[] = { plain_span(), plain_span(), plain_span() };
    spans[0].scope = &whole;
    spans[1].scope = &nameless;
    spans[2].scope = &url;
    expect_same_as_json(&resource, spans, 3, "scopes");
}

Test(otlp_protobuf, each_type_of_value_reads_back_as_json_has_it)
{
    for (size_t i = 0; i < VALUES; i++) {
        slm_field field = field_of("k", values[i]);
        slm_resource resource = { .fields = &field, .field_count = 1 };
        slm_span_data span = plain_span();
        char why[32];
        snprintf(why, sizeof why, "value %zu", i);
        span.fields = &field;
        span.field_count = 1;
        expect_same_as_json(&resource, &span, 1, why);
    }
}

/* Where a length takes one byte more than was left for it. */
Test(otlp_protobuf, a_message_may_have_any_length)
{
    static const size_t around[] = { 0, 90, 128, 16384, 2097152 };
    static char text[2097152 + 16];
    for (size_t i = 0; i < sizeof around / sizeof *around; i++) {
        size_t from = around[i] > 90 ? around[i] - 90 : around[i];
        size_t step = around[i] > 1000 ? 3 : 1;
        for (size_t len = from; len <= around[i] + 4; len += around[i] == 2097152 ? 31 : step) {
            memset(text, 'x', len);
            for (unsigned broken = 0; broken < 2 && len > 0; broken++) {
                /* Every byte of it becomes three: messages are longer than they were taken to be. */
                if (broken && len < 20000)
                    memset(text, '\xff', len);
                slm_field field = field_of("k", slm_value_string(text, len));
                slm_event_data event = { .name = slm_string_of(text, len), .fields = &field, .field_count = 1 };
                slm_span_data span = plain_span();
                span.name = slm_string_of(text, len / 2);
                span.status = SLM_SPAN_ERROR;
                span.status_text = slm_string_of(text, len);
                span.fields = &field;
                span.field_count = 1;
                span.events = &event;
                span.event_count = 1;
                slmi_buffer body = encode_protobuf(&no_resource, &span, 1);
                cJSON *got = pb_read(body.data, body.len);
                cr_assert(got != NULL, "%zu", len);
                cJSON_Delete(got);
                slmi_buffer_free(&body);
                if (len < 300)
                    expect_same_as_json(&no_resource, &span, 1, "length");
            }
        }
    }
}

static uint64_t next(uint64_t *seed, uint64_t below)
{
    return next_random(seed) % below;
}

/* Any list of fields, with text of any bytes. */
static uint32_t any_fields(uint64_t *seed, slm_field *fields, const slm_string *texts, size_t text_count)
{
    uint32_t count = (uint32_t)next(seed, 6);
    for (uint32_t i = 0; i < count; i++) {
        slm_string text = texts[next(seed, text_count)];
        fields[i].key = texts[next(seed, text_count)];
        fields[i].value = values[next(seed, VALUES)];
        if (next(seed, 2))
            fields[i].value = slm_value_string(text.data, text.len);
        else if (next(seed, 8) == 0)
            fields[i].value = list_of(SLM_TYPE_STRING, texts, text_count);
    }
    return count;
}

Test(otlp_protobuf, any_spans_read_back_as_json_has_them)
{
    enum { TEXTS = 8, ROOM = 200, SPANS = 4, FIELDS = 6 };
    uint64_t seed = 11;
    for (int round = 0; round < 3000; round++) {
        static char bytes[TEXTS][ROOM];
        static slm_field fields[4][FIELDS];
        slm_string texts[TEXTS];
        for (size_t i = 0; i < TEXTS; i++)
            texts[i] = slm_string_of(bytes[i], random_text(&seed, bytes[i], round % 4 ? 30 : ROOM));
        uint32_t counts[4];
        for (size_t i = 0; i < 4; i++)
            counts[i] = any_fields(&seed, fields[i], texts, TEXTS);
        slm_scope_data scopes[2] = { { .name = texts[0], .version = texts[1] }, { .name = texts[2] } };
        slm_event_data events[2] = {
            { texts[3], next_random(&seed), fields[0], counts[0], (uint32_t)next(&seed, 3) },
            { texts[4], next_random(&seed), fields[1], counts[1], (uint32_t)next_random(&seed) },
        };
        slm_link_data links[2] = { { &linked[0], fields[1], counts[1], 0 }, { &linked[1], fields[2], counts[2], 7 } };
        slm_span_data spans[SPANS];
        for (size_t i = 0; i < SPANS; i++) {
            spans[i] = next(&seed, 2) ? full_span() : plain_span();
            spans[i].name = texts[next(&seed, TEXTS)];
            spans[i].tracestate = texts[next(&seed, TEXTS)];
            spans[i].status = (uint8_t)next(&seed, 4);
            spans[i].status_text = texts[next(&seed, TEXTS)];
            spans[i].flags = (uint8_t)next_random(&seed);
            spans[i].start_ns = next_random(&seed);
            spans[i].kind = (uint8_t)next(&seed, 7);
            spans[i].scope = &scopes[next(&seed, 2)];
            spans[i].fields = fields[3];
            spans[i].field_count = counts[3];
            spans[i].events = events;
            spans[i].event_count = (uint32_t)next(&seed, 3);
            spans[i].links = links;
            spans[i].link_count = (uint32_t)next(&seed, 3);
            spans[i].dropped_links = (uint32_t)next(&seed, 2);
        }
        slm_resource resource = { .fields = fields[0], .field_count = counts[0] };
        expect_same_as_json(&resource, spans, next(&seed, SPANS + 1), "random");
    }
}
