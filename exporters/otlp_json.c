/* SPDX-License-Identifier: MIT */
/* ExportTraceServiceRequest in the JSON encoding of OTLP: proto3 JSON, but ids in hexadecimal and enums as numbers.
 * Fields whose value is the default are left out, except in a oneof, where the member says the type. */
#include "exporters/encoder.h"

#include "core/errno_name.h"
#include "exporters/element.h"
#include "exporters/json_writer.h"

#include <limits.h>

/* Bits of Span.flags and Link.flags above those of W3C. opentelemetry/proto/trace/v1/trace.proto, SpanFlags. */
enum { HAS_IS_REMOTE = 0x100, IS_REMOTE = 0x200 };

/* `intro`, the text and a closing quote. */
#define QUOTED(body, at, intro, text) close_quote(slmi_json_text(body, SLMI_PUT(at, intro "\""), text))

static inline char *close_quote(char *at)
{
    return at ? SLMI_PUT(at, "\"") : NULL;
}

static char *integer_value(char *at, int64_t number)
{
    at = SLMI_PUT(at, "{\"intValue\":\"");
    return SLMI_PUT(slmi_json_i64(at, number), "\"}");
}

/* OTLP's integers are signed: a larger one keeps its digits as a string rather than its type. */
static char *unsigned_value(char *at, uint64_t number, bool as_string)
{
    if (!as_string)
        return integer_value(at, (int64_t)number);
    at = SLMI_PUT(at, "{\"stringValue\":\"");
    return SLMI_PUT(slmi_json_u64(at, number), "\"}");
}

static char *double_value(char *at, double number)
{
    bool finite = number - number == 0; /* not so for infinities and NaN, which are strings */
    at = SLMI_PUT(at, "{\"doubleValue\":");
    if (!finite)
        at = SLMI_PUT(at, "\"");
    at = slmi_json_double(at, number);
    return finite ? SLMI_PUT(at, "}") : SLMI_PUT(at, "\"}");
}

static char *errno_value(char *at, int64_t number)
{
    const char *name = number >= INT_MIN && number <= INT_MAX ? slmi_errno_name((int)number) : NULL;
    at = SLMI_PUT(at, "{\"stringValue\":\"");
    at = name ? slmi_json_literal(at, name, strlen(name)) : slmi_json_i64(at, number);
    return SLMI_PUT(at, "\"}");
}

static char *scalar_value(slmi_buffer *body, char *at, const slm_value *value)
{
    switch (value->type) {
    case SLM_TYPE_STRING:
        at = QUOTED(body, at, "{\"stringValue\":", slm_string_of(value->as.s, value->len));
        return at ? SLMI_PUT(at, "}") : NULL;
    case SLM_TYPE_I64:
        return integer_value(at, value->as.i);
    case SLM_TYPE_U64:
        return unsigned_value(at, value->as.u, value->as.u > INT64_MAX);
    case SLM_TYPE_BOOL:
        return value->as.u ? SLMI_PUT(at, "{\"boolValue\":true}") : SLMI_PUT(at, "{\"boolValue\":false}");
    case SLM_TYPE_F64:
        return double_value(at, value->as.d);
    case SLM_TYPE_POINTER:
        at = slmi_json_address(SLMI_PUT(at, "{\"stringValue\":\""), value->as.p);
        return SLMI_PUT(at, "\"}");
    case SLM_TYPE_ERRNO:
        return errno_value(at, value->as.i);
    case SLM_TYPE_BYTES:
        at = slmi_json_base64(body, SLMI_PUT(at, "{\"bytesValue\":\""), value->as.p, value->len);
        return at ? SLMI_PUT(at, "\"}") : NULL;
    default: /* empty, or nothing that a finished span holds */
        return SLMI_PUT(at, "{}");
    }
}

static char *array_value(slmi_buffer *body, char *at, const slm_value *array)
{
    bool large = slmi_has_large_element(array);
    at = SLMI_PUT(at, "{\"arrayValue\":{\"values\":[");
    for (size_t i = 0; i < array->len; i++) {
        at = slmi_json_room(body, at, 0);
        if (!at)
            return NULL;
        if (i > 0)
            *at++ = ',';
        slm_value element = slmi_element(array, i);
        at = large ? unsigned_value(at, element.as.u, true) : scalar_value(body, at, &element);
    }
    at = slmi_json_room(body, at, 0);
    return at ? SLMI_PUT(at, "]}}") : NULL;
}

static char *field_list(slmi_buffer *body, char *at, const slm_field *fields, size_t count, unsigned depth);

static char *any_value(slmi_buffer *body, char *at, const slm_value *value, unsigned depth);

static char *list_value(slmi_buffer *body, char *at, const slm_value *list, unsigned depth)
{
    at = SLMI_PUT(at, "{\"arrayValue\":{\"values\":[");
    for (size_t i = 0; i < list->len; i++) {
        at = slmi_json_room(body, at, 0);
        if (!at)
            return NULL;
        if (i > 0)
            *at++ = ',';
        at = any_value(body, at, slmi_member(list, i), depth + 1);
    }
    at = slmi_json_room(body, at, 0);
    return at ? SLMI_PUT(at, "]}}") : NULL;
}

static char *any_value(slmi_buffer *body, char *at, const slm_value *value, unsigned depth)
{
    if (slmi_is_array(value))
        return array_value(body, at, value);
    if (!slmi_has_members(value) || depth == SLM_VALUE_DEPTH_MAX)
        return scalar_value(body, at, value);
    if (!slmi_is_map(value))
        return list_value(body, at, value, depth);
    at = field_list(body, SLMI_PUT(at, "{\"kvlistValue\":{\"values\":"), value->as.p, value->len, depth + 1);
    at = slmi_json_room(body, at, 0);
    return at ? SLMI_PUT(at, "}}") : NULL;
}

/* `[{"key":…,"value":…},…]` */
static char *field_list(slmi_buffer *body, char *at, const slm_field *fields, size_t count, unsigned depth)
{
    *at++ = '[';
    for (size_t i = 0; i < count; i++) {
        const slm_field *field = &fields[i];
        at = i > 0 ? SLMI_PUT(at, ",{\"key\":\"") : SLMI_PUT(at, "{\"key\":\"");
        at = slmi_json_text(body, at, field->key);
        if (!at)
            return NULL;
        at = SLMI_PUT(at, "\",\"value\":");
        at = slmi_json_room(body, any_value(body, at, &field->value, depth), 0);
        if (!at)
            return NULL;
        *at++ = '}';
    }
    *at++ = ']';
    return at;
}

/* Leaves SLMI_JSON_ROOM, as events() and links() do: what follows each is short. */
static char *attributes(slmi_buffer *body, char *at, const slm_field *fields, uint32_t count, uint32_t dropped)
{
    if (count > 0)
        at = field_list(body, SLMI_PUT(at, ",\"attributes\":"), fields, count, 0);
    if (at && dropped > 0)
        at = slmi_json_u64(SLMI_PUT(at, ",\"droppedAttributesCount\":"), dropped);
    return slmi_json_room(body, at, 0);
}

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
        at = QUOTED(body, at, "\",\"name\":", event->name);
        if (at)
            at = attributes(body, at, event->fields, event->field_count, event->dropped_fields);
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
            at = QUOTED(body, at, ",\"traceState\":", slm_string_of(to->tracestate, to->tracestate_len));
        if (at)
            at = attributes(body, at, link->fields, link->field_count, link->dropped_fields);
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
        at = QUOTED(body, at, ",\"message\":", span->status_text);
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
        at = QUOTED(body, at, ",\"traceState\":", span->tracestate);
    if (at)
        at = QUOTED(body, at, ",\"name\":", span->name);
    if (!at)
        return NULL;

    /* Proto's kinds are ours and one more for "unspecified", which a number that is no slm_kind becomes. */
    at = SLMI_PUT(at, ",\"kind\":");
    *at++ = (char)(span->kind <= SLM_KIND_CONSUMER ? '1' + span->kind : '0');
    at = slmi_json_u64(SLMI_PUT(at, ",\"startTimeUnixNano\":\""), span->start_ns);
    at = slmi_json_u64(SLMI_PUT(at, "\",\"endTimeUnixNano\":\""), span->end_ns);
    return SLMI_PUT(at, "\"");
}

static char *open_scope(slmi_buffer *body, char *at, const slm_scope_data *scope)
{
    at = SLMI_PUT(at, "{\"scope\":{");
    if (scope->name.len > 0)
        at = QUOTED(body, at, "\"name\":", scope->name);
    if (at && scope->version.len > 0) {
        if (scope->name.len > 0)
            *at++ = ',';
        at = QUOTED(body, at, "\"version\":", scope->version);
    }
    if (at && scope->attribute_count > 0) {
        if (scope->name.len > 0 || scope->version.len > 0)
            *at++ = ',';
        at = field_list(body, SLMI_PUT(at, "\"attributes\":"), scope->attributes, scope->attribute_count, 0);
    }
    at = slmi_json_room(body, at, 0);
    if (at && scope->schema_url.len > 0)
        at = QUOTED(body, SLMI_PUT(at, "}"), ",\"schemaUrl\":", scope->schema_url);
    else if (at)
        at = SLMI_PUT(at, "}");
    return at ? SLMI_PUT(at, ",\"spans\":[") : NULL;
}

static void begin(slmi_buffer *body, slmi_encoding *state, const slm_resource *resource)
{
    *state = (slmi_encoding){ .spans = 0 };
    char *at = slmi_json_start(body);
    if (!at)
        return;
    at = SLMI_PUT(at, "{\"resourceSpans\":[{\"resource\":{");
    if (resource->field_count > 0)
        at = field_list(body, SLMI_PUT(at, "\"attributes\":"), resource->fields, resource->field_count, 0);
    if (at)
        at = SLMI_PUT(at, "}");
    if (at && resource->schema_url.len > 0)
        at = QUOTED(body, at, ",\"schemaUrl\":", resource->schema_url);
    if (at)
        at = SLMI_PUT(at, ",\"scopeSpans\":[");
    slmi_buffer_commit(body, at);
}

static void span(slmi_buffer *body, slmi_encoding *state, const slm_span_data *data)
{
    char *at = slmi_json_start(body);
    if (!at)
        return;
    if (data->scope == state->scope) {
        *at++ = ',';
    } else {
        if (state->spans > 0)
            at = SLMI_PUT(at, "]},");
        at = open_scope(body, at, data->scope);
        state->scope = data->scope;
    }
    state->spans++;

    if (at)
        at = head(body, at, data);
    if (at)
        at = attributes(body, at, data->fields, data->field_count, data->dropped_fields);
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

static void end(slmi_buffer *body, slmi_encoding *state)
{
    char *at = slmi_json_start(body);
    if (!at)
        return;
    if (state->spans > 0)
        at = SLMI_PUT(at, "]}");
    slmi_buffer_commit(body, SLMI_PUT(at, "]}]}"));
}

const slmi_encoder slmi_encoder_otlp_json = {
    .content_type = "application/json",
    .begin = begin,
    .span = span,
    .end = end,
};

static void end_line(slmi_buffer *body, slmi_encoding *state)
{
    end(body, state);
    slmi_buffer_add(body, "\n", 1);
}

const slmi_encoder slmi_encoder_otlp_lines = {
    .content_type = "application/x-ndjson",
    .begin = begin,
    .span = span,
    .end = end_line,
};
