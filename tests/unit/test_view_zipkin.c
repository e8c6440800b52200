/* SPDX-License-Identifier: MIT */
/* The viewer's reader of Zipkin v2 JSON: zipkin2-api.yaml, and what Zipkin itself refuses. */
#include "tests/unit/view.h"

#include <stdio.h>

#define IDS       "\"traceId\":\"" TRACE "\",\"id\":\"" SPAN "\""
#define ONE(more) "[{" IDS more "}]"

static const char full[] =
    ONE(",\"parentId\":\"0000000000000abc\",\"kind\":\"CLIENT\",\"name\":\"get /yaks\",\"timestamp\":1700000000000001,"
        "\"duration\":183200,\"localEndpoint\":{\"serviceName\":\"front\",\"ipv4\":\"127.0.0.1\",\"port\":80},"
        "\"remoteEndpoint\":{\"serviceName\":\"yaks\"},\"tags\":{\"n\":\"7\",\"otel.status_code\":\"ERROR\","
        "\"error\":\"no such yak\"},\"annotations\":[{\"timestamp\":1700000000000009,\"value\":"
        "\"\\\"yak gone\\\": {\\\"level\\\":\\\"WARN\\\",\\\"n\\\":3,\\\"deep\\\":{\\\"a\\\":[1,true,null]}}\"},"
        "{\"timestamp\":1700000000000010,\"value\":\"ws\"}]");

Test(view_zipkin, a_span_is_read_field_by_field)
{
    slmi_view_batch batch = view_batch(slmi_view_read_zipkin, full);
    cr_assert(eq(sz, batch.count, 1));
    const slmi_view_span *span = batch.first;
    cr_expect(eq(int, span->parent_id.bytes[7], 0xbc));
    cr_expect(eq(str, (char *)span->name, "get /yaks"));
    cr_expect(eq(str, (char *)span->service, "front"));
    cr_expect(eq(int, (int)span->kind, SLM_KIND_CLIENT));
    cr_expect(eq(u64, span->start_ns, 1700000000000001000u));
    cr_expect(eq(u64, span->end_ns, 1700000000183201000u));
    cr_expect(eq(int, (int)span->status, SLM_SPAN_ERROR));
    cr_expect(eq(str, (char *)span->status_text, "no such yak"));
    cr_expect(eq(str, (char *)slmi_view_attribute_find(&span->attributes, "n"), "7"));
    cr_expect(eq(str, (char *)slmi_view_attribute_find(&span->attributes, "peer.service"), "yaks"));
    cr_assert(eq(u32, span->event_count, 2));
    cr_expect(eq(str, (char *)span->events[0].name, "yak gone"));
    cr_expect(eq(str, (char *)slmi_view_attribute_find(&span->events[0].attributes, "level"), "WARN"));
    cr_expect(eq(str, (char *)slmi_view_attribute_find(&span->events[0].attributes, "n"), "3"));
    cr_expect(eq(str, (char *)slmi_view_attribute_find(&span->events[0].attributes, "deep"), "{\"a\":[1,true,null]}"));
    cr_expect(eq(str, (char *)span->events[1].name, "ws"));
    cr_expect(not(span->shared));
    slmi_view_batch_free(&batch);
}

Test(view_zipkin, annotations_that_only_look_like_events_stay_as_they_are)
{
    static const char *const values[] = {
        "\"", "\"name\"", "\"name\": 7", "\"a\": {}, \"b\": {}", "\"a\": {\"b\"", "\"a\": {}} {", "{\"a\":1}", ""
    };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        slmi_view_text body = slmi_view_text_up_to(1024);
        slmi_view_text_puts(&body, "[{" IDS ",\"annotations\":[{\"timestamp\":1,\"value\":");
        slmi_view_text_json(&body, values[i]);
        slmi_view_text_puts(&body, "}]}]");
        slmi_view_batch batch = view_batch(slmi_view_read_zipkin, body.data);
        cr_expect(eq(str, (char *)batch.first->events[0].name, (char *)values[i]));
        cr_expect(zero(u32, batch.first->events[0].attributes.count));
        slmi_view_batch_free(&batch);
        slmi_view_text_free(&body);
    }
}

Test(view_zipkin, the_status_is_learnt_from_tags)
{
    static const struct {
        const char *tags, *text;
        slm_span_status status;
    } cases[] = {
        { "", "", SLM_SPAN_UNSET },
        { "\"otel.status_code\":\"OK\"", "", SLM_SPAN_OK },
        { "\"otel.status_code\":\"ERROR\",\"error\":\"\"", "", SLM_SPAN_ERROR },
        { "\"otel.status_code\":\"ERROR\",\"otel.status_description\":\"late\"", "late", SLM_SPAN_ERROR },
        { "\"error\":\"boom\"", "boom", SLM_SPAN_ERROR },
        { "\"error\":\"true\"", "", SLM_SPAN_ERROR },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char body[256];
        (void)snprintf(body, sizeof body, "[{" IDS ",\"tags\":{%s}}]", cases[i].tags);
        slmi_view_batch batch = view_batch(slmi_view_read_zipkin, body);
        cr_expect(eq(int, (int)batch.first->status, (int)cases[i].status), "%s", cases[i].tags);
        cr_expect(eq(str, (char *)batch.first->status_text, (char *)cases[i].text), "%s", cases[i].tags);
        slmi_view_batch_free(&batch);
    }
}

Test(view_zipkin, ids_and_times_are_read_as_zipkin_reads_them)
{
    slmi_view_batch batch =
        view_batch(slmi_view_read_zipkin, "[{\"traceId\":\"abc\",\"id\":\"d\",\"parentId\":\"d\",\"shared\":true,"
                                          "\"timestamp\":\"1700000000000001\",\"duration\":0}]");
    const slmi_view_span *span = batch.first;
    cr_expect(eq(int, span->trace_id.bytes[14], 0x0a));
    cr_expect(eq(int, span->trace_id.bytes[15], 0xbc));
    cr_expect(eq(int, span->span_id.bytes[7], 0x0d));
    cr_expect(not(slm_span_id_is_valid(span->parent_id)), "a span that is its own parent is a root");
    cr_expect(span->shared);
    cr_expect(eq(u64, span->start_ns, 1700000000000001000u));
    cr_expect(zero(u64, span->end_ns), "no duration, no end");
    slmi_view_batch_free(&batch);

    batch = view_batch(slmi_view_read_zipkin, ONE(",\"timestamp\":\"18446744073709551\",\"duration\":9"));
    cr_expect(eq(u64, batch.first->start_ns, 18446744073709551000u));
    cr_expect(eq(u64, batch.first->end_ns, UINT64_MAX), "no wrap-around");
    slmi_view_batch_free(&batch);

    batch = view_batch(slmi_view_read_zipkin, "[]");
    cr_expect(zero(sz, batch.count));
    slmi_view_batch_free(&batch);
}

Test(view_zipkin, what_zipkin_refuses_is_refused_with_a_reason)
{
    static const struct {
        const char *body, *reason; /* A part of the reason. */
    } cases[] = {
        { "", "empty" },
        { "x", "not JSON" },
        { "{}", "must be a list of spans" },
        { "[1]", "must be an object" },
        { "[{}]", "traceId must be 1 to 32" },
        { "[{\"traceId\":\"" TRACE "0\",\"id\":\"1\"}]", "traceId must be 1 to 32" },
        { "[{\"traceId\":\"4BF9\",\"id\":\"1\"}]", "lower-case" },
        { "[{\"traceId\":\"0\",\"id\":\"1\"}]", "must not be all zero" },
        { "[{\"traceId\":\"1\",\"id\":\"" SPAN "0\"}]", "id must be 1 to 16" },
        { "[{\"traceId\":\"1\",\"id\":\"0\"}]", "must not be all zero" },
        { ONE(",\"parentId\":\"\""), "parentId" },
        { ONE(",\"kind\":\"INTERNAL\""), "kind must be" },
        { ONE(",\"kind\":3"), "kind must be" },
        { ONE(",\"timestamp\":1.5"), "timestamp must be a whole number" },
        { ONE(",\"timestamp\":-1"), "timestamp" },
        { ONE(",\"duration\":\"18446744073709551616\""), "duration" },
        { ONE(",\"tags\":[]"), "tags must be an object" },
        { ONE(",\"tags\":{\"a\":true}"), "tags must have strings" },
        { ONE(",\"tags\":{\"a\":null}"), "tags must have strings" },
        { ONE(",\"annotations\":{}"), "annotations must be a list" },
        { ONE(",\"annotations\":[{\"timestamp\":1}]"), "string `value`" },
        { ONE(",\"annotations\":[7]"), "string `value`" },
        { ONE(",\"localEndpoint\":\"yaks\""), "localEndpoint must be an object" },
        { ONE(",\"localEndpoint\":{\"serviceName\":7}"), "serviceName must be a string" },
        { ONE(",\"remoteEndpoint\":7"), "remoteEndpoint must be an object" },
        { "[{" IDS "},{\"traceId\":\"1\"}]", "span 1: id" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slmi_view_batch batch;
        slmi_view_refusal refusal = { 0, "" };
        cr_expect(not(view_read(slmi_view_read_zipkin, cases[i].body, &batch, &refusal)), "%s", cases[i].body);
        cr_expect(eq(uint, refusal.status, 400u), "%s", cases[i].body);
        cr_expect(strstr(refusal.reason, cases[i].reason) != NULL, "%s\n%s", cases[i].body, refusal.reason);
        cr_expect(batch.first == NULL);
    }
}

Test(view_zipkin, damage_anywhere_is_survived)
{
    view_survives_damage(slmi_view_read_zipkin, full);
}
