/* SPDX-License-Identifier: MIT */
/* What the library's encoders write is what the viewer reads. */
#include "tests/unit/encoding.h"
#include "tests/unit/view.h"

static const slm_field service[] = { { { "service.name", 12 },
                                       { .type = SLM_TYPE_STRING, .as = { .s = "Shop" }, .len = 4 } } };
static const slm_resource resource = { .fields = service, .field_count = 1 };

/* The one span that comes back; the batch is for slmi_view_batch_free(). */
static slmi_view_batch there_and_back(const slmi_encoder *encoder, view_reader reader, const slm_span_data *span)
{
    slmi_buffer body = encode_all(encoder, &resource, span, 1);
    slmi_view_batch batch;
    slmi_view_refusal refusal = { 0, "" };
    bool good = view_read_bytes(reader, body.data, body.len, &batch, &refusal);
    cr_assert(good, "%s", refusal.reason);
    slmi_buffer_free(&body);
    cr_assert(eq(sz, batch.count, 1));
    return batch;
}

static void expect_same_ids(const slmi_view_span *got, const slm_span_data *sent)
{
    cr_expect(zero(int, memcmp(&got->trace_id, &sent->trace_id, sizeof got->trace_id)));
    cr_expect(zero(int, memcmp(&got->span_id, &sent->span_id, sizeof got->span_id)));
    cr_expect(zero(int, memcmp(&got->parent_id, &sent->parent_span_id, sizeof got->parent_id)));
    cr_expect(eq(int, (int)got->kind, (int)sent->kind));
    cr_expect(eq(int, (int)got->status, (int)sent->status));
}

Test(view_roundtrip, otlp_keeps_everything)
{
    slm_span_data span = full_span();
    slmi_view_batch batch = there_and_back(&slmi_encoder_otlp_json, slmi_view_read_otlp, &span);
    const slmi_view_span *got = batch.first;
    expect_same_ids(got, &span);
    cr_expect(eq(str, (char *)got->name, "op"));
    cr_expect(eq(str, (char *)got->service, "Shop"));
    cr_expect(eq(u64, got->start_ns, span.start_ns));
    cr_expect(eq(u64, got->end_ns, span.end_ns));
    cr_expect(eq(str, (char *)got->status_text, "no"));
    cr_expect(eq(u32, got->attributes.count, 2));
    cr_expect(eq(u32, got->attributes.dropped, 1));
    cr_expect(eq(str, (char *)slmi_view_attribute_find(&got->attributes, "in"), "-5"));
    cr_expect(eq(str, (char *)slmi_view_attribute_find(&got->attributes, "out"), "true"));
    cr_assert(eq(u32, got->event_count, 2));
    cr_expect(eq(str, (char *)got->events[0].name, "first"));
    cr_expect(eq(u64, got->events[0].time_ns, full_events[0].time_ns));
    cr_expect(eq(u64, got->events[1].time_ns, UINT64_MAX));
    cr_expect(eq(u32, got->dropped_events, 5));
    cr_assert(eq(u32, got->link_count, 2));
    cr_expect(zero(int, memcmp(&got->links[0].span_id, &linked[0].span_id, sizeof linked[0].span_id)));
    cr_expect(zero(sz, batch.inexact));
    slmi_view_batch_free(&batch);
}

Test(view_roundtrip, zipkin_keeps_what_zipkin_has_a_place_for)
{
    slm_span_data span = full_span();
    span.end_ns = span.start_ns + 5000;
    slmi_view_batch batch = there_and_back(&slmi_encoder_zipkin_json, slmi_view_read_zipkin, &span);
    const slmi_view_span *got = batch.first;
    expect_same_ids(got, &span);
    cr_expect(eq(str, (char *)got->name, "op"));
    cr_expect(eq(u64, got->start_ns, span.start_ns / 1000 * 1000));
    cr_expect(eq(u64, got->end_ns - got->start_ns, 5000));
    cr_expect(eq(str, (char *)got->status_text, "no"));
    cr_expect(eq(str, (char *)slmi_view_attribute_find(&got->attributes, "in"), "-5"));
    cr_assert(eq(u32, got->event_count, 2));
    cr_expect(eq(str, (char *)got->events[0].name, "first"));
    cr_expect(eq(str, (char *)slmi_view_attribute_find(&got->events[0].attributes, "out"), "true"));
    slmi_view_batch_free(&batch);
}

Test(view_roundtrip, text_of_any_bytes_comes_back_as_the_nearest_utf8)
{
    uint64_t state = 5;
    char text[64];
    for (int i = 0; i < 2000; i++) {
        slm_span_data span = plain_span();
        span.name = slm_string_of(text, random_text(&state, text, sizeof text));
        slmi_view_batch batch = there_and_back(&slmi_encoder_otlp_json, slmi_view_read_otlp, &span);
        char *repaired = utf8_repaired(span.name);
        /* A NUL has no place in the viewer's text. */
        if (memchr(text, '\0', span.name.len) == NULL)
            cr_expect(eq(str, (char *)batch.first->name, repaired));
        free(repaired);
        slmi_view_batch_free(&batch);
        batch = there_and_back(&slmi_encoder_zipkin_json, slmi_view_read_zipkin, &span);
        slmi_view_batch_free(&batch);
    }
}
