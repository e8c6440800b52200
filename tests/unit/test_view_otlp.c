/* SPDX-License-Identifier: MIT */
/* The viewer's reader of OTLP/JSON: the encoding of OTLP's specification, and what is not it. */
#include "tests/unit/view.h"

#define BODY(spans)                                                                                                    \
    "{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":{\"stringValue\":"         \
    "\"yaks\"}}]},\"scopeSpans\":[{\"scope\":{\"name\":\"s\"},\"spans\":[" spans "]}]}]}"
#define IDS              "\"traceId\":\"" TRACE "\",\"spanId\":\"" SPAN "\""
#define ONE(more)        BODY("{" IDS more "}")
#define ATTRIBUTE(value) ONE(",\"attributes\":[{\"key\":\"k\",\"value\":" value "}]")

static const char full[] =
    ONE(",\"parentSpanId\":\"0000000000000abc\",\"flags\":257,\"name\":\"GET /yaks\",\"kind\":2,"
        "\"startTimeUnixNano\":\"1700000000000000001\",\"endTimeUnixNano\":\"1700000000183200002\","
        "\"attributes\":[{\"key\":\"n\",\"value\":{\"intValue\":\"-9223372036854775808\"}},"
        "{\"key\":\"ok\",\"value\":{\"boolValue\":true}}],\"droppedAttributesCount\":2,"
        "\"events\":[{\"timeUnixNano\":\"1700000000000000009\",\"name\":\"gone\",\"attributes\":[{\"key\":\"level\","
        "\"value\":{\"stringValue\":\"WARN\"}}]},{\"name\":\"again\"}],\"droppedEventsCount\":3,"
        "\"links\":[{\"traceId\":\"" TRACE "\",\"spanId\":\"00000000000000aa\"}],"
        "\"status\":{\"message\":\"no such yak\",\"code\":2}");

Test(view_otlp, a_span_is_read_field_by_field)
{
    slmi_view_batch batch = view_batch(slmi_view_read_otlp, full);
    cr_assert(eq(sz, batch.count, 1));
    const slmi_view_span *span = batch.first;
    static const uint8_t parent[8] = { 0, 0, 0, 0, 0, 0, 0x0a, 0xbc };
    cr_expect(eq(int, span->trace_id.bytes[0], 0x4b));
    cr_expect(eq(int, span->trace_id.bytes[15], 0x36));
    cr_expect(eq(int, span->span_id.bytes[7], 0xb7));
    cr_expect(zero(int, memcmp(span->parent_id.bytes, parent, sizeof parent)));
    cr_expect(eq(str, (char *)span->name, "GET /yaks"));
    cr_expect(eq(str, (char *)span->service, "yaks"));
    cr_expect(eq(int, (int)span->kind, SLM_KIND_SERVER));
    cr_expect(eq(u64, span->start_ns, 1700000000000000001u));
    cr_expect(eq(u64, span->end_ns, 1700000000183200002u));
    cr_expect(eq(int, (int)span->status, SLM_SPAN_ERROR));
    cr_expect(eq(str, (char *)span->status_text, "no such yak"));
    cr_assert(eq(u32, span->attributes.count, 2));
    cr_expect(eq(str, (char *)span->attributes.items[0].text, "-9223372036854775808"));
    cr_expect(eq(int, (int)span->attributes.items[1].type, SLMI_VIEW_BOOL));
    cr_expect(eq(u32, span->attributes.dropped, 2));
    cr_assert(eq(u32, span->event_count, 2));
    cr_expect(eq(u64, span->events[0].time_ns, 1700000000000000009u));
    cr_expect(eq(str, (char *)slmi_view_attribute_find(&span->events[0].attributes, "level"), "WARN"));
    cr_expect(eq(str, (char *)span->events[1].name, "again"));
    cr_expect(eq(u32, span->dropped_events, 3));
    cr_assert(eq(u32, span->link_count, 1));
    cr_expect(eq(int, span->links[0].span_id.bytes[7], 0xaa));
    cr_expect(not(span->inexact_times));
    cr_expect(zero(sz, batch.inexact));
    slmi_view_batch_free(&batch);
}

Test(view_otlp, values_keep_their_types)
{
    static const struct {
        const char *body, *text;
        slmi_view_type type;
        size_t inexact;
    } cases[] = {
        { ATTRIBUTE("{\"stringValue\":\"a\\u0000b\\n\"}"),
          "a\xef\xbf\xbd"
          "b\n",
          SLMI_VIEW_STRING, 0 },
        { ATTRIBUTE("{\"stringValue\":\"\\ud83d\\ude00\"}"), "\xf0\x9f\x98\x80", SLMI_VIEW_STRING, 0 },
        { ATTRIBUTE("{\"stringValue\":\"\\ud83d!\\ude00\"}"), "\xef\xbf\xbd!\xef\xbf\xbd", SLMI_VIEW_STRING, 0 },
        { ATTRIBUTE("{\"stringValue\":\"\xff\xc0\xaf\"}"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", SLMI_VIEW_STRING,
          0 },
        { ATTRIBUTE("{\"intValue\":\"9223372036854775807\"}"), "9223372036854775807", SLMI_VIEW_INT, 0 },
        { ATTRIBUTE("{\"intValue\":42}"), "42", SLMI_VIEW_INT, 0 },
        { ATTRIBUTE("{\"intValue\":9007199254740991}"), "9007199254740991", SLMI_VIEW_INT, 0 },
        { ATTRIBUTE("{\"intValue\":9007199254740993}"), "9007199254740992", SLMI_VIEW_INT, 1 },
        { ATTRIBUTE("{\"intValue\":-9007199254740995}"), "-9007199254740996", SLMI_VIEW_INT, 1 },
        { ATTRIBUTE("{\"intValue\":9223372036854775807}"), "9223372036854775807", SLMI_VIEW_INT, 1 },
        { ATTRIBUTE("{\"doubleValue\":0.1}"), "0.1", SLMI_VIEW_DOUBLE, 0 },
        { ATTRIBUTE("{\"doubleValue\":\"1.5\"}"), "1.5", SLMI_VIEW_DOUBLE, 0 },
        { ATTRIBUTE("{\"doubleValue\":\"-Infinity\"}"), "-Infinity", SLMI_VIEW_DOUBLE, 0 },
        { ATTRIBUTE("{\"doubleValue\":\"NaN\"}"), "NaN", SLMI_VIEW_DOUBLE, 0 },
        { ATTRIBUTE("{\"doubleValue\":1e999}"), "Infinity", SLMI_VIEW_DOUBLE, 0 },
        { ATTRIBUTE("{\"boolValue\":false}"), "false", SLMI_VIEW_BOOL, 0 },
        { ATTRIBUTE("{\"bytesValue\":\"AAEC\"}"), "AAEC", SLMI_VIEW_BYTES, 0 },
        { ATTRIBUTE("{}"), "", SLMI_VIEW_EMPTY, 0 },
        { ATTRIBUTE("null"), "", SLMI_VIEW_EMPTY, 0 },
        { ATTRIBUTE("{\"arrayValue\":{\"values\":[{\"intValue\":\"1\"},{\"stringValue\":\"a\\\"\"},{}]}}"),
          "[1,\"a\\\"\",null]", SLMI_VIEW_JSON, 0 },
        { ATTRIBUTE("{\"arrayValue\":{}}"), "[]", SLMI_VIEW_JSON, 0 },
        { ATTRIBUTE("{\"kvlistValue\":{\"values\":[{\"key\":\"a\",\"value\":{\"doubleValue\":\"NaN\"}},"
                    "{\"key\":\"b\",\"value\":{\"kvlistValue\":{\"values\":[]}}}]}}"),
          "{\"a\":\"NaN\",\"b\":{}}", SLMI_VIEW_JSON, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slmi_view_batch batch = view_batch(slmi_view_read_otlp, cases[i].body);
        const slmi_view_attributes *attributes = &batch.first->attributes;
        cr_assert(eq(u32, attributes->count, 1), "%s", cases[i].body);
        cr_expect(eq(str, (char *)attributes->items[0].text, (char *)cases[i].text), "%s", cases[i].body);
        cr_expect(eq(int, (int)attributes->items[0].type, (int)cases[i].type), "%s", cases[i].body);
        cr_expect(eq(sz, batch.inexact, cases[i].inexact), "%s", cases[i].body);
        cr_expect(eq(int, attributes->items[0].inexact, cases[i].inexact > 0), "%s", cases[i].body);
        slmi_view_batch_free(&batch);
    }
}

Test(view_otlp, what_others_send_too_is_accepted)
{
    static const struct {
        const char *why, *body;
        size_t spans;
    } cases[] = {
        { "nothing at all", "{}", 0 },
        { "an unknown key", "{\"other\":[1,{\"a\":null}],\"resourceSpans\":[]}", 0 },
        { "no spans", BODY(""), 0 },
        { "white space", " \r\n\t{ \"resourceSpans\" : [ ] }\n", 0 },
        { "no name and no times", ONE(""), 1 },
        { "null for absent", ONE(",\"name\":null,\"attributes\":null,\"status\":null,\"kind\":null"), 1 },
        { "a root with an empty parent id", ONE(",\"parentSpanId\":\"\""), 1 },
        { "a root with a zero parent id", ONE(",\"parentSpanId\":\"0000000000000000\""), 1 },
        { "upper-case ids", BODY("{\"traceId\":\"4BF92F3577B34DA6A3CE929D0E0E4736\",\"spanId\":\"00F067AA0BA902B7\"}"),
          1 },
        { "an enum by its name", ONE(",\"kind\":\"SPAN_KIND_CLIENT\",\"status\":{\"code\":\"STATUS_CODE_OK\"}"), 1 },
        { "an unknown enum", ONE(",\"kind\":99,\"status\":{\"code\":7}"), 1 },
        { "end before start", ONE(",\"startTimeUnixNano\":\"5\",\"endTimeUnixNano\":\"1\""), 1 },
        { "two spans", BODY("{" IDS "},{" IDS "}"), 2 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slmi_view_batch batch = view_batch(slmi_view_read_otlp, cases[i].body);
        cr_expect(eq(sz, batch.count, cases[i].spans), "%s", cases[i].why);
        slmi_view_batch_free(&batch);
    }
}

Test(view_otlp, what_is_no_request_is_refused_with_a_reason)
{
    static const struct {
        const char *body, *reason; /* A part of the reason. */
    } cases[] = {
        { "", "empty" },
        { " ", "not JSON" },
        { "hello", "not JSON" },
        { "<html></html>", "not JSON" },
        { "[]", "must be a list, inside an object" },
        { "null", "inside an object" },
        { "{} {}", "not JSON" },
        { "{\"resourceSpans\":[],}", "not JSON" },
        { "{\"resourceSpans\":{}}", "resourceSpans must be a list" },
        { "{\"resourceSpans\":[1]}", "scopeSpans must be a list" },
        { "{\"resourceSpans\":[{\"scopeSpans\":[null]}]}", "spans must be a list" },
        { "{\"resourceSpans\":[{\"resource\":{\"attributes\":7}}]}", "resource: attributes must be a list" },
        { BODY("7"), "span 0: a span must be an object" },
        { BODY("{}"), "span 0: traceId must be 32 hexadecimal digits" },
        { BODY("{\"traceId\":\"" TRACE "\"}"), "span 0: spanId must be 16 hexadecimal digits" },
        { BODY("{" IDS "},{\"traceId\":\"4bf9\"}"), "span 1: traceId" },
        { BODY("{\"traceId\":\"00000000000000000000000000000000\",\"spanId\":\"" SPAN "\"}"), "must not be all zero" },
        { BODY("{\"traceId\":\"S/kvNXezTaajzpKdDg5HNg==\",\"spanId\":\"" SPAN "\"}"), "32 hexadecimal digits" },
        { ONE(",\"parentSpanId\":\"xyz\""), "parentSpanId" },
        { ONE(",\"name\":5"), "name must be a string" },
        { ONE(",\"startTimeUnixNano\":\"1.5\""), "startTimeUnixNano" },
        { ONE(",\"startTimeUnixNano\":-1"), "startTimeUnixNano" },
        { ONE(",\"endTimeUnixNano\":\"18446744073709551616\""), "endTimeUnixNano" },
        { ONE(",\"endTimeUnixNano\":1.5"), "endTimeUnixNano" },
        { ONE(",\"kind\":1.5"), "kind must be a number" },
        { ONE(",\"status\":2"), "status must be an object" },
        { ONE(",\"status\":{\"message\":[]}"), "message must be a string" },
        { ONE(",\"attributes\":{\"k\":\"v\"}"), "attributes must be a list" },
        { ONE(",\"attributes\":[7]"), "an attribute must be" },
        { ONE(",\"events\":{}"), "events must be a list" },
        { ONE(",\"events\":[5]"), "an event must be an object" },
        { ONE(",\"links\":[{}]"), "traceId must be" },
        { ATTRIBUTE("\"bare\""), "an attribute's value must be an object" },
        { ATTRIBUTE("{\"intValue\":1.5}"), "intValue" },
        { ATTRIBUTE("{\"intValue\":\"9223372036854775808\"}"), "intValue" },
        { ATTRIBUTE("{\"intValue\":\"-9223372036854775809\"}"), "intValue" },
        { ATTRIBUTE("{\"intValue\":\"\"}"), "intValue" },
        { ATTRIBUTE("{\"intValue\":\"-\"}"), "intValue" },
        { ATTRIBUTE("{\"intValue\":1e30}"), "intValue" },
        { ATTRIBUTE("{\"boolValue\":\"true\"}"), "boolValue" },
        { ATTRIBUTE("{\"doubleValue\":\"x\"}"), "doubleValue" },
        { ATTRIBUTE("{\"stringValue\":5}"), "stringValue" },
        { ATTRIBUTE("{\"arrayValue\":{\"values\":{}}}"), "arrayValue.values" },
        { ATTRIBUTE("{\"arrayValue\":{\"values\":[{\"intValue\":\"x\"}]}}"), "intValue" },
        { ATTRIBUTE("{\"kvlistValue\":{\"values\":[{\"key\":5}]}}"), "key must be a string" },
        { ONE(",\"name\":\"a\nb\""), "raw control character" },
        { ONE(",\"name\":\"\\x41\""), "malformed escape" },
        { ONE(",\"name\":\"\\u12g4\""), "malformed escape" },
        { ONE(",\"name\":NaN"), "not JSON" },
        { "{\"a\":\"", "ends inside a string" },
        { "{\"a\":\"\\", "malformed escape" },
        { "[[[", "truncated?" },
        { "]", "more brackets" },
        { "{]", "not JSON" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slmi_view_batch batch;
        slmi_view_refusal refusal = { 0, "" };
        cr_expect(not(view_read(slmi_view_read_otlp, cases[i].body, &batch, &refusal)), "%s", cases[i].body);
        cr_expect(eq(uint, refusal.status, 400u), "%s", cases[i].body);
        cr_expect(strstr(refusal.reason, cases[i].reason) != NULL, "%s\n%s", cases[i].body, refusal.reason);
        cr_expect(batch.first == NULL);
    }
}

Test(view_otlp, bare_numbers_above_two_to_53_are_rounded_and_said_so)
{
    slmi_view_batch batch = view_batch(slmi_view_read_otlp, ONE(",\"startTimeUnixNano\":1700000000000000001,"
                                                                "\"endTimeUnixNano\":\"1700000000000000001\""));
    cr_expect(eq(u64, batch.first->start_ns, 1700000000000000000u));
    cr_expect(eq(u64, batch.first->end_ns, 1700000000000000001u));
    cr_expect(batch.first->inexact_times);
    cr_expect(eq(sz, batch.inexact, 1));
    slmi_view_batch_free(&batch);
}

/* `count` times `piece` between `head` and `tail`. */
static char *repeated(const char *head, const char *piece, size_t count, const char *tail)
{
    slmi_view_text text = slmi_view_text_up_to((size_t)64 << 20);
    slmi_view_text_puts(&text, head);
    for (size_t i = 0; i < count; i++)
        slmi_view_text_puts(&text, piece);
    slmi_view_text_puts(&text, tail);
    return text.data;
}

Test(view_otlp, depth_and_number_of_values_are_bounded)
{
    static const struct {
        const char *head, *piece, *tail;
        size_t count;
        unsigned status;
    } cases[] = {
        { "", "[", "", 100000, 400 },
        { "{\"a\":", "{\"a\":", "1", 100000, 400 },
        { "{\"a\":[", "[],", "1]}", 1100000, 413 },
        { "{\"a\":[", "1,", "1]}", 1100000, 413 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *body = repeated(cases[i].head, cases[i].piece, cases[i].count, cases[i].tail);
        slmi_view_batch batch;
        slmi_view_refusal refusal = { 0, "" };
        cr_expect(not(view_read(slmi_view_read_otlp, body, &batch, &refusal)), "%zu", i);
        cr_expect(eq(uint, refusal.status, cases[i].status), "%zu: %s", i, refusal.reason);
        slmi_view_free(body);
    }
}

Test(view_otlp, what_a_span_holds_is_bounded_and_the_rest_counted)
{
    char *body = repeated("{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{" IDS ",\"events\":[",
                          "{\"name\":\"e\",\"attributes\":[]},", 2000, "{}]}]}]}]}");
    slmi_view_batch batch = view_batch(slmi_view_read_otlp, body);
    cr_expect(eq(u32, batch.first->event_count, SLMI_VIEW_MAX_EVENTS));
    cr_expect(eq(u32, batch.first->dropped_events, 2001 - SLMI_VIEW_MAX_EVENTS));
    slmi_view_batch_free(&batch);
    slmi_view_free(body);

    body = repeated("{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{" IDS ",\"attributes\":[",
                    "{\"key\":\"k\",\"value\":{}},", 500, "{}],\"links\":[]}]}]}]}");
    batch = view_batch(slmi_view_read_otlp, body);
    cr_expect(eq(u32, batch.first->attributes.count, SLMI_VIEW_MAX_ATTRIBUTES));
    cr_expect(eq(u32, batch.first->attributes.dropped, 501 - SLMI_VIEW_MAX_ATTRIBUTES));
    slmi_view_batch_free(&batch);
    slmi_view_free(body);
}

Test(view_otlp, one_long_service_name_does_not_become_as_many_long_ones)
{
    char *name = repeated("", "n", 100000, "");
    slmi_view_text body = slmi_view_text_up_to(1 << 20);
    slmi_view_text_puts(&body, "{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\","
                               "\"value\":{\"stringValue\":\"");
    slmi_view_text_puts(&body, name);
    slmi_view_text_puts(&body, "\"}}]},\"scopeSpans\":[{\"spans\":[{" IDS "}]}]}]}");
    slmi_view_batch batch = view_batch(slmi_view_read_otlp, body.data);
    cr_expect(lt(sz, slmi_view_span_bytes(batch.first), 2048));
    slmi_view_batch_free(&batch);
    slmi_view_text_free(&body);
    slmi_view_free(name);
}

Test(view_otlp, damage_anywhere_is_survived)
{
    view_survives_damage(slmi_view_read_otlp, full);
}
