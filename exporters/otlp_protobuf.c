/* SPDX-License-Identifier: MIT */
/* ExportTraceServiceRequest in protobuf's binary encoding, from the messages of opentelemetry-proto 1.x. It says what
 * otlp_json.c says of the same span. The request's one ResourceSpans and its ScopeSpans get their lengths, of fixed
 * width, at the end. */
#include "exporters/encoder.h"

#include "exporters/otlp_protobuf_request.h"
#include "exporters/otlp_protobuf_value.h"

/* Bits of Span.flags and Link.flags above those of W3C. opentelemetry/proto/trace/v1/trace.proto, SpanFlags. */
enum { HAS_IS_REMOTE = 0x100, IS_REMOTE = 0x200 };

/* The length of ids with their tags, and of the least a span says: ids, kind, times and flags. */
enum { TRACE_ID_BYTES = 18, SPAN_ID_BYTES = 10, SPAN_BYTES_USUAL = 128 };

static uint32_t context_flags(uint8_t flags, bool is_remote)
{
    return (uint32_t)flags | HAS_IS_REMOTE | (is_remote ? IS_REMOTE : 0u);
}

static char *events(slmi_buffer *body, char *at, const slm_span_data *span)
{
    for (uint32_t i = 0; at && i < span->event_count; i++) {
        const slm_event_data *event = &span->events[i];
        slmi_frame frame;
        *at++ = SLMI_TAG(11, SLMI_SIZED);
        at = slmi_proto_open(body, at, SLMI_FIXED64_BYTES + event->name.len, &frame);
        *at++ = SLMI_TAG(1, SLMI_FIXED64);
        at = slmi_proto_fixed64(at, event->time_ns);
        at = slmi_otlp_proto_text(body, at, SLMI_TAG(2, SLMI_SIZED), event->name);
        at = slmi_otlp_proto_fields(body, at, SLMI_TAG(3, SLMI_SIZED), event->fields, event->field_count);
        at = slmi_otlp_proto_count(at, SLMI_TAG(4, SLMI_VARINT), event->dropped_fields);
        at = slmi_json_room(body, slmi_proto_close(body, at, &frame), 0);
    }
    return slmi_otlp_proto_count(at, SLMI_TAG(12, SLMI_VARINT), span->dropped_events);
}

static char *links(slmi_buffer *body, char *at, const slm_span_data *span)
{
    for (uint32_t i = 0; at && i < span->link_count; i++) {
        const slm_link_data *link = &span->links[i];
        const slm_span_context *to = link->context;
        slmi_frame frame;
        *at++ = SLMI_TAG(13, SLMI_SIZED);
        at = slmi_proto_open(body, at, TRACE_ID_BYTES + SPAN_ID_BYTES + to->tracestate_len, &frame);
        at = slmi_otlp_proto_trace_id(at, SLMI_TAG(1, SLMI_SIZED), &to->trace_id);
        at = slmi_otlp_proto_span_id(at, SLMI_TAG(2, SLMI_SIZED), &to->span_id);
        at = slmi_otlp_proto_text(body, at, SLMI_TAG(3, SLMI_SIZED), slm_string_of(to->tracestate, to->tracestate_len));
        at = slmi_otlp_proto_fields(body, at, SLMI_TAG(4, SLMI_SIZED), link->fields, link->field_count);
        at = slmi_otlp_proto_count(at, SLMI_TAG(5, SLMI_VARINT), link->dropped_fields);
        if (!at)
            return NULL;
        *at++ = SLMI_TAG(6, SLMI_FIXED32);
        at = slmi_proto_fixed32(at, context_flags(to->flags, to->is_remote));
        at = slmi_json_room(body, slmi_proto_close(body, at, &frame), 0);
    }
    return slmi_otlp_proto_count(at, SLMI_TAG(14, SLMI_VARINT), span->dropped_links);
}

static char *status(slmi_buffer *body, char *at, const slm_span_data *span)
{
    if (!at || (span->status != SLM_SPAN_OK && span->status != SLM_SPAN_ERROR))
        return at;
    bool error = span->status == SLM_SPAN_ERROR;
    slmi_frame frame;
    *at++ = SLMI_TAG(15, SLMI_SIZED);
    at = slmi_proto_open(body, at, error ? span->status_text.len : 0, &frame);
    if (error)
        at = slmi_otlp_proto_text(body, at, SLMI_TAG(2, SLMI_SIZED), span->status_text);
    if (!at)
        return NULL;
    *at++ = SLMI_TAG(3, SLMI_VARINT);
    *at++ = error ? 2 : 1;
    return slmi_json_room(body, slmi_proto_close(body, at, &frame), 0);
}

/* What every span has, up to its times. */
static char *head(slmi_buffer *body, char *at, const slm_span_data *span)
{
    at = slmi_otlp_proto_trace_id(at, SLMI_TAG(1, SLMI_SIZED), &span->trace_id);
    at = slmi_otlp_proto_span_id(at, SLMI_TAG(2, SLMI_SIZED), &span->span_id);
    at = slmi_otlp_proto_text(body, at, SLMI_TAG(3, SLMI_SIZED), span->tracestate);
    if (at && slm_span_id_is_valid(span->parent_span_id))
        at = slmi_otlp_proto_span_id(at, SLMI_TAG(4, SLMI_SIZED), &span->parent_span_id);
    at = slmi_otlp_proto_text(body, at, SLMI_TAG(5, SLMI_SIZED), span->name);
    if (!at)
        return NULL;

    /* Proto's kinds are ours and one more for "unspecified", which a number that is no slm_kind becomes. */
    *at++ = SLMI_TAG(6, SLMI_VARINT);
    *at++ = (char)(span->kind <= SLM_KIND_CONSUMER ? 1 + span->kind : 0);
    *at++ = SLMI_TAG(7, SLMI_FIXED64);
    at = slmi_proto_fixed64(at, span->start_ns);
    *at++ = SLMI_TAG(8, SLMI_FIXED64);
    return slmi_proto_fixed64(at, span->end_ns);
}

/* Field 16, whose tag takes two bytes. */
static char *flags(char *at, const slm_span_data *span)
{
    bool has_parent = slm_span_id_is_valid(span->parent_span_id);
    at = SLMI_PUT(at, "\x85\x01");
    return slmi_proto_fixed32(at, context_flags(span->flags, has_parent && span->parent_is_remote));
}

static void span(slmi_buffer *body, slmi_encoding *state, const slm_span_data *data)
{
    slmi_frame frame;
    char *at = slmi_json_start(body);
    if (!at)
        return;
    if (data->scope != state->scope)
        at = slmi_otlp_proto_scope(body, at, state, data->scope);
    state->spans++;
    if (!at)
        return;

    *at++ = SLMI_TAG(2, SLMI_SIZED);
    at = slmi_proto_open(body, at, SPAN_BYTES_USUAL, &frame);
    at = head(body, at, data);
    at = slmi_otlp_proto_fields(body, slmi_json_room(body, at, 0), SLMI_TAG(9, SLMI_SIZED), data->fields,
                                data->field_count);
    at = slmi_otlp_proto_count(at, SLMI_TAG(10, SLMI_VARINT), data->dropped_fields);
    at = events(body, slmi_json_room(body, at, 0), data);
    at = links(body, slmi_json_room(body, at, 0), data);
    at = status(body, slmi_json_room(body, at, 0), data);
    if (at)
        at = slmi_proto_close(body, flags(at, data), &frame);
    slmi_buffer_commit(body, at);
}

const slmi_encoder slmi_encoder_otlp_protobuf = {
    .content_type = "application/x-protobuf",
    .begin = slmi_otlp_proto_begin,
    .span = span,
    .end = slmi_otlp_proto_end,
    .logs = &slmi_encoder_otlp_protobuf_logs,
};
