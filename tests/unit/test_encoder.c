/* SPDX-License-Identifier: MIT */
/* What holds for every encoder wherever the room ends: at the buffer's maximum, or for want of memory. */
#include "tests/unit/protobuf_reader.h"

#include "core/alloc.h"

#include <errno.h>

/* This program's own allocator, in place of the library's: it counts, and it refuses. */
static int blocks, refuse_from = -1, asked;

void *slmi_realloc(void *memory, size_t size)
{
    if (refuse_from >= 0 && asked++ >= refuse_from)
        return NULL;
    blocks += !memory;
    return realloc(memory, size);
}

void slmi_free(void *memory)
{
    blocks -= memory != NULL;
    free(memory);
}

static const struct {
    const char *name;
    const slmi_encoder *encoder;
} formats[] = {
    { "otlp_json", &slmi_encoder_otlp_json },
    { "otlp_protobuf", &slmi_encoder_otlp_protobuf },
    { "zipkin_json", &slmi_encoder_zipkin_json },
};
enum { FORMATS = sizeof formats / sizeof *formats };

static const slm_field service[] = {
    { { "service.name", 12 }, { .type = SLM_TYPE_STRING, .as = { .s = "shop" }, .len = 4 } },
    { { "service.namespace", 17 }, { .type = SLM_TYPE_STRING, .as = { .s = "eu" }, .len = 2 } },
};
static const slm_resource resource = { .fields = service, .field_count = 2 };

/* A span each of whose parts alone is longer than the buffer's slack, with text that grows when it is escaped. */
enum { LONG = 1500, MANY = 300 };
static char long_text[LONG];
static int64_t many_integers[MANY];
static uint64_t many_naturals[MANY];
static slm_string many_strings[MANY];
static slm_field long_fields[10];
static slm_event_data long_events[3];
static slm_link_data long_links[2];
static slm_span_context long_context;
static slm_scope_data long_scopes[2];

static slm_span_data long_span(void)
{
    uint64_t seed = 5;
    for (size_t i = 0; i < LONG; i++)
        long_text[i] = i % 5 == 0 ? '"' : i % 7 == 0 ? '\xff' : (char)('a' + i % 26);
    for (size_t i = 0; i < MANY; i++) {
        many_integers[i] = (int64_t)next_random(&seed);
        many_naturals[i] = next_random(&seed);
        many_strings[i] = slm_string_of(long_text, i % 20);
    }
    slm_string text = slm_string_of(long_text, LONG);
    slm_value value = slm_value_string(long_text, LONG);
    long_fields[0] = field_of("peer.service", value);
    long_fields[1] = (slm_field){ text, value };
    long_fields[2] = field_of("bytes", slm_value_bytes(long_text, LONG));
    long_fields[3] = field_of("integers", list_of(SLM_TYPE_I64, many_integers, MANY));
    long_fields[4] = field_of("naturals", list_of(SLM_TYPE_U64, many_naturals, MANY));
    long_fields[5] = field_of("strings", list_of(SLM_TYPE_STRING, many_strings, MANY));
    long_fields[6] = field_of("errno", slm_value_errno(ENOENT));
    long_fields[7] = (slm_field){ text, slm_value_f64(0.1) };
    long_fields[8] = (slm_field){ text, slm_value_empty() };
    long_fields[9] = (slm_field){ text, slm_value_bool(true) };
    for (size_t i = 0; i < 3; i++)
        long_events[i] = (slm_event_data){ .name = text,
                                           .time_ns = UINT64_MAX,
                                           .fields = long_fields,
                                           .field_count = (uint32_t)(5 * i),
                                           .dropped_fields = UINT32_MAX };
    long_context = (slm_span_context){ .tracestate_len = SLM_TRACESTATE_MAX };
    memset(long_context.tracestate, '"', SLM_TRACESTATE_MAX);
    for (size_t i = 0; i < 2; i++) {
        long_links[i] = (slm_link_data){ &long_context, long_fields, 4, UINT32_MAX };
        long_scopes[i] = (slm_scope_data){ .name = text, .version = text };
    }

    slm_span_data span = full_span();
    span.kind = SLM_KIND_CLIENT;
    span.name = span.status_text = span.tracestate = text;
    span.fields = long_fields;
    span.field_count = 10;
    span.events = long_events;
    span.event_count = 3;
    span.links = long_links;
    span.link_count = 2;
    span.dropped_fields = span.dropped_events = span.dropped_links = UINT32_MAX;
    span.scope = &long_scopes[0];
    return span;
}

/* Encodes with the cut at the maximum; the body must be whole. */
static void expect_cut_between_spans(const slmi_encoder *encoder, size_t max, const slm_span_data *spans, size_t count,
                                     size_t expected)
{
    slmi_buffer body;
    slmi_encoding state;
    size_t written = 0;
    slmi_buffer_init(&body, max);
    encoder->begin(&body, &state, &resource);
    bool begun = !body.failed;
    while (written < count && slmi_encode_span(encoder, &body, &state, &spans[written]))
        written++;
    cr_assert(eq(sz, state.spans, written));
    if (begun) {
        cr_assert(not(body.failed));
        if (max - body.len >= SLMI_ENCODER_END_BYTES) {
            encoder->end(&body, &state);
            cr_assert(not(body.failed), "max %zu", max);
            cr_assert(body_is_strict(encoder, body.data, body.len), "max %zu: %.*s", max, (int)body.len, body.data);
        } else {
            cr_assert(eq(sz, written, 0), "the end has no room after a span, max %zu", max);
        }
    }
    cr_assert(body.len <= max);
    if (expected <= count)
        cr_expect(eq(sz, written, expected), "max %zu", max);
    slmi_buffer_free(&body);
    cr_assert(eq(int, blocks, 0));
}

/* Encodes without a cut; what there is must be how the whole begins. (Not so of protobuf, whose lengths come last.) */
static void expect_prefix(const slmi_encoder *encoder, size_t max, const slm_span_data *span, const slmi_buffer *whole)
{
    slmi_buffer body;
    slmi_encoding state;
    slmi_buffer_init(&body, max);
    encoder->begin(&body, &state, &resource);
    encoder->span(&body, &state, span);
    encoder->end(&body, &state);
    cr_assert(eq(int, body.failed, max < whole->len), "max %zu", max);
    cr_assert(body.len <= max);
    bool lengths_last = encoder == &slmi_encoder_otlp_protobuf && body.failed;
    cr_assert(lengths_last || body.len == 0 || memcmp(body.data, whole->data, body.len) == 0, "max %zu", max);
    slmi_buffer_free(&body);
}

Test(encoder, at_every_maximum_a_body_is_whole_or_cut_between_spans)
{
    for (size_t f = 0; f < FORMATS; f++) {
        slm_span_data spans[] = { plain_span(), full_span(), plain_span() };
        slmi_buffer whole = encode_all(formats[f].encoder, &resource, spans, 3);
        size_t len = whole.len;
        slmi_buffer_free(&whole);
        for (size_t max = 0; max < len + SLMI_ENCODER_END_BYTES; max++)
            expect_cut_between_spans(formats[f].encoder, max, spans, 3, SIZE_MAX);
        expect_cut_between_spans(formats[f].encoder, len + SLMI_ENCODER_END_BYTES, spans, 3, 3);
    }
}

Test(encoder, without_the_cut_a_body_beyond_the_maximum_fails_and_is_a_prefix)
{
    for (size_t f = 0; f < FORMATS; f++) {
        slm_span_data span = full_span();
        slmi_buffer whole = encode_all(formats[f].encoder, &resource, &span, 1);
        for (size_t max = 0; max <= whole.len; max++)
            expect_prefix(formats[f].encoder, max, &span, &whole);
        slmi_buffer_free(&whole);
    }
}

Test(encoder, a_long_span_is_cut_cleanly_wherever_the_maximum_falls)
{
    for (size_t f = 0; f < FORMATS; f++) {
        slm_span_data spans[] = { plain_span(), long_span(), long_span() };
        spans[2].scope = &long_scopes[1];
        slmi_buffer whole = encode_all(formats[f].encoder, &resource, spans, 3);
        size_t len = whole.len;
        slmi_buffer_free(&whole);
        for (size_t max = 0; max < len; max += 1009)
            expect_cut_between_spans(formats[f].encoder, max, spans, 3, SIZE_MAX);
        expect_cut_between_spans(formats[f].encoder, len + SLMI_ENCODER_END_BYTES, spans, 3, 3);

        whole = encode_all(formats[f].encoder, &resource, &spans[1], 1);
        for (size_t max = 0; max < whole.len; max += 331)
            expect_prefix(formats[f].encoder, max, &spans[1], &whole);
        for (size_t less = 0; less < 3; less++)
            expect_prefix(formats[f].encoder, whole.len - less, &spans[1], &whole);
        slmi_buffer_free(&whole);
    }
}

Test(encoder, whichever_allocation_is_refused_no_span_is_half_written)
{
    for (size_t f = 0; f < FORMATS; f++) {
        slm_span_data spans[] = { plain_span(), long_span(), plain_span() };
        for (refuse_from = 0; refuse_from < 12; refuse_from++) {
            asked = 0;
            expect_cut_between_spans(formats[f].encoder, (size_t)1 << 20, spans, 3, SIZE_MAX);
        }
    }
}

Test(encoder, a_span_that_did_not_fit_may_be_followed_by_one_that_does)
{
    for (size_t f = 0; f < FORMATS; f++) {
        const slmi_encoder *encoder = formats[f].encoder;
        slm_span_data small = plain_span(), large = long_span();
        slmi_buffer body, expected = encode_all(encoder, &resource, (slm_span_data[]){ small, small }, 2);
        slmi_encoding state;
        slmi_buffer_init(&body, 4096);
        encoder->begin(&body, &state, &resource);
        cr_assert(slmi_encode_span(encoder, &body, &state, &small));
        cr_assert(not(slmi_encode_span(encoder, &body, &state, &large)));
        cr_assert(slmi_encode_span(encoder, &body, &state, &small));
        encoder->end(&body, &state);
        cr_assert(eq(sz, body.len, expected.len));
        cr_expect(eq(int, memcmp(body.data, expected.data, body.len), 0), "%s", formats[f].name);

        slmi_buffer_fail(&body);
        cr_expect(not(slmi_encode_span(encoder, &body, &state, &small)));
        cr_expect(body.failed);
        slmi_buffer_free(&body);
        slmi_buffer_free(&expected);
    }
}
