/* SPDX-License-Identifier: MIT */
/* ExportTraceServiceRequest in the JSON encoding of OTLP: proto3 JSON, but ids in hexadecimal and enums as numbers.
 * Fields whose value is the default are left out, except in a oneof, where the member says the type. */
#include "exporters/encoder.h"

#include "exporters/otlp_json_request.h"
#include "exporters/otlp_json_value.h"

/* Bits of Span.flags and Link.flags above those of W3C. opentelemetry/proto/trace/v1/trace.proto, SpanFlags. */
enum { HAS_IS_REMOTE = 0x100, IS_REMOTE = 0x200 };

static char *context_flags(char *at, uint8_t flags, bool is_remote)
{
    at = SLMI_PUT(at, "\",\"flags\":");
    return slmi_json_u64(at, (uint32_t)flags | HAS_IS_REMOTE | (is_remote ? IS_REMOTE : 0u));
}

static char *events(slmi_buffer *body, char *at, const slm_span_data *span)
{
    for (uint32_t i = 0; at && i < span->event_count; i++) {
        const slm_event_data *event = &span->events[i];
        at = i > 0 ? SLMI_PUT(at, ",{") : SLMI_PUT(at, ",\"events\":[{");
        at = slmi_json_u64(SLMI_PUT(at, "\"timeUnixNano\":\""), event->time_ns);
        at = SLMI_QUOTED(body, at, "\",\"name\":", event->name);
        if (at)
            at = slmi_otlp_json_attributes(body, at, event->fields, event->field_count, event->dropped_fields);
        if (at)
            *at++ = '}';
    }
    if (at && span->event_count > 0)
        *at++ = ']';
    if (at && span->dropped_events > 0)
        at = slmi_json_u64(SLMI_PUT(at, ",\"droppedEventsCount\":"), span->dropped_events);
    return slmi_json_room(body, at, 0);
}

static char *links(slmi_buffer *body, char *at, const slm_span_data *span)
{
    for (uint32_t i = 0; at && i < span->link_count; i++) {
        const slm_link_data *link = &span->links[i];
        const slm_span_context *to = link->context;
        at = i > 0 ? SLMI_PUT(at, ",{") : SLMI_PUT(at, ",\"links\":[{");
        at = slmi_json_hex(SLMI_PUT(at, "\"traceId\":\""), to->trace_id.bytes, sizeof to->trace_id.bytes);
        at = slmi_json_hex(SLMI_PUT(at, "\",\"spanId\":\""), to->span_id.bytes, sizeof to->span_id.bytes);
        at = context_flags(at, to->flags, to->is_remote);
        if (to->tracestate_len > 0)
            at = SLMI_QUOTED(body, at, ",\"traceState\":", slm_string_of(to->tracestate, to->tracestate_len));
        if (at)
            at = slmi_otlp_json_attributes(body, at, link->fields, link->field_count, link->dropped_fields);
        if (at)
            *at++ = '}';
    }
    if (at && span->link_count > 0)
        *at++ = ']';
    if (at && span->dropped_links > 0)
        at = slmi_json_u64(SLMI_PUT(at, ",\"droppedLinksCount\":"), span->dropped_links);
    return slmi_json_room(body, at, 0);
}

static char *status(slmi_buffer *body, char *at, const slm_span_data *span)
{
    if (span->status == SLM_SPAN_OK)
        return SLMI_PUT(at, ",\"status\":{\"code\":1}");
    if (span->status != SLM_SPAN_ERROR)
        return at;
    at = SLMI_PUT(at, ",\"status\":{\"code\":2");
    if (span->status_text.len > 0)
        at = SLMI_QUOTED(body, at, ",\"message\":", span->status_text);
    return at ? SLMI_PUT(at, "}") : NULL;
}

/* What every span has, up to its times. */
static char *head(slmi_buffer *body, char *at, const slm_span_data *span)
{
    bool has_parent = slm_span_id_is_valid(span->parent_span_id);
    at = slmi_json_hex(SLMI_PUT(at, "{\"traceId\":\""), span->trace_id.bytes, sizeof span->trace_id.bytes);
    at = slmi_json_hex(SLMI_PUT(at, "\",\"spanId\":\""), span->span_id.bytes, sizeof span->span_id.bytes);
    if (has_parent) {
        at = SLMI_PUT(at, "\",\"parentSpanId\":\"");
        at = slmi_json_hex(at, span->parent_span_id.bytes, sizeof span->parent_span_id.bytes);
    }
    at = context_flags(at, span->flags, has_parent && span->parent_is_remote);
    if (span->tracestate.len > 0)
        at = SLMI_QUOTED(body, at, ",\"traceState\":", span->tracestate);
    if (at)
        at = SLMI_QUOTED(body, at, ",\"name\":", span->name);
    if (!at)
        return NULL;

    /* Proto's kinds are ours and one more for "unspecified", which a number that is no slm_kind becomes. */
    at = SLMI_PUT(at, ",\"kind\":");
    *at++ = (char)(span->kind <= SLM_KIND_CONSUMER ? '1' + span->kind : '0');
    at = slmi_json_u64(SLMI_PUT(at, ",\"startTimeUnixNano\":\""), span->start_ns);
    at = slmi_json_u64(SLMI_PUT(at, "\",\"endTimeUnixNano\":\""), span->end_ns);
    return SLMI_PUT(at, "\"");
}

static void begin(slmi_buffer *body, slmi_encoding *state, const slm_resource *resource)
{
    slmi_otlp_json_begin(body, state, resource, "Spans");
}

static void span(slmi_buffer *body, slmi_encoding *state, const slm_span_data *data)
{
    char *at = slmi_json_start(body);
    if (!at)
        return;
    if (data->scope == state->scope)
        *at++ = ',';
    else
        at = slmi_otlp_json_scope(body, at, state, data->scope, "spans");
    state->spans++;

    if (at)
        at = head(body, at, data);
    if (at)
        at = slmi_otlp_json_attributes(body, at, data->fields, data->field_count, data->dropped_fields);
    if (at)
        at = events(body, at, data);
    if (at)
        at = links(body, at, data);
    if (at)
        at = status(body, at, data);
    if (at)
        *at++ = '}';
    slmi_buffer_commit(body, at);
}

const slmi_encoder slmi_encoder_otlp_json = {
    .content_type = "application/json",
    .begin = begin,
    .span = span,
    .end = slmi_otlp_json_end,
    .logs = &slmi_encoder_otlp_json_logs,
};

const slmi_encoder slmi_encoder_otlp_lines = {
    .content_type = "application/x-ndjson",
    .begin = begin,
    .span = span,
    .end = slmi_otlp_json_end_line,
    .logs = &slmi_encoder_otlp_lines_logs,
};
