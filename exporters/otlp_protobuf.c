/* SPDX-License-Identifier: MIT */
/* ExportTraceServiceRequest in protobuf's binary encoding, from the messages of opentelemetry-proto 1.x. It says what
 * otlp_json.c says of the same span. The request's one ResourceSpans and its ScopeSpans get their lengths, of fixed
 * width, at the end. */
#include "exporters/encoder.h"

#include "core/errno_name.h"
#include "exporters/element.h"
#include "exporters/protobuf_writer.h"

#include <limits.h>

/* Bits of Span.flags and Link.flags above those of W3C. opentelemetry/proto/trace/v1/trace.proto, SpanFlags. */
enum { HAS_IS_REMOTE = 0x100, IS_REMOTE = 0x200 };

/* A field's tag: its number in the message and how it is written. All but SPAN_FLAGS take one byte. */
enum { VARINT = 0, FIXED64 = 1, SIZED = 2, FIXED32 = 5 };
#define TAG(number, type) ((char)((number) << 3 | (type)))

/* The length of a 64-bit field with its tag, and of the least a span says: ids, kind, times and flags. */
enum { FIXED64_BYTES = 9, TRACE_ID_BYTES = 18, SPAN_ID_BYTES = 10, SPAN_BYTES_USUAL = 128 };

static char *string_value(slmi_buffer *body, char *at, slm_string text)
{
    *at++ = TAG(1, SIZED);
    return slmi_proto_text(body, at, text);
}

static char *integer_value(char *at, uint64_t number)
{
    *at++ = TAG(3, VARINT);
    return slmi_proto_varint(at, number);
}

/* What `end`, the end of text written a byte after `at`, makes a string_value. At most 127 bytes. */
static char *number_as_string(char *at, char *end)
{
    at[0] = TAG(1, SIZED);
    at[1] = (char)(end - at - 2);
    return end;
}

/* OTLP's integers are signed: a larger one keeps its digits as a string rather than its type. */
static char *unsigned_value(char *at, uint64_t number, bool as_string)
{
    if (!as_string)
        return integer_value(at, number);
    return number_as_string(at, slmi_json_u64(at + 2, number));
}

static char *double_value(char *at, double number)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    *at++ = TAG(4, FIXED64);
    return slmi_proto_fixed64(at, bits);
}

static char *errno_value(char *at, int64_t number)
{
    const char *name = number >= INT_MIN && number <= INT_MAX ? slmi_errno_name((int)number) : NULL;
    char *end = name ? slmi_json_literal(at + 2, name, strlen(name)) : slmi_json_i64(at + 2, number);
    return number_as_string(at, end);
}

/* The content of an AnyValue. */
static char *scalar_value(slmi_buffer *body, char *at, const slm_value *value)
{
    switch (value->type) {
    case SLM_TYPE_STRING:
        return string_value(body, at, slm_string_of(value->as.s, value->len));
    case SLM_TYPE_I64:
        return integer_value(at, (uint64_t)value->as.i);
    case SLM_TYPE_U64:
        return unsigned_value(at, value->as.u, value->as.u > INT64_MAX);
    case SLM_TYPE_BOOL:
        *at++ = TAG(2, VARINT);
        *at++ = value->as.u ? 1 : 0;
        return at;
    case SLM_TYPE_F64:
        return double_value(at, value->as.d);
    case SLM_TYPE_POINTER:
        return number_as_string(at, slmi_json_address(at + 2, value->as.p));
    case SLM_TYPE_ERRNO:
        return errno_value(at, value->as.i);
    case SLM_TYPE_BYTES:
        *at++ = TAG(7, SIZED);
        return slmi_proto_bytes(body, at, value->as.p, value->len);
    default:
        return at;
    }
}

/* How long an AnyValue with this content is at the least. */
static size_t least_length(const slm_value *value)
{
    if (value->type == SLM_TYPE_STRING || value->type == SLM_TYPE_BYTES)
        return value->len + 2;
    if (slmi_has_members(value))
        return 4 * value->len;
    return slmi_is_array(value) ? 2 * (size_t)value->len : 0;
}

static char *array_value(slmi_buffer *body, char *at, const slm_value *array)
{
    bool large = slmi_has_large_element(array);
    slmi_frame all, one;
    *at++ = TAG(5, SIZED);
    at = slmi_proto_open(body, at, least_length(array), &all);
    for (size_t i = 0; at && i < array->len; i++) {
        at = slmi_json_room(body, at, 0);
        if (!at)
            return NULL;
        slm_value element = slmi_element(array, i);
        *at++ = TAG(1, SIZED);
        at = slmi_proto_open(body, at, least_length(&element), &one);
        at = large ? unsigned_value(at, element.as.u, true) : scalar_value(body, at, &element);
        at = slmi_proto_close(body, at, &one);
    }
    return slmi_proto_close(body, slmi_json_room(body, at, 0), &all);
}

static char *field_list(slmi_buffer *body, char *at, char tag, const slm_field *fields, size_t count, unsigned depth);

static char *any_value(slmi_buffer *body, char *at, const slm_value *value, unsigned depth);

/* ArrayValue of any values, or KeyValueList. */
static char *members_value(slmi_buffer *body, char *at, const slm_value *value, unsigned depth)
{
    slmi_frame all, one;
    bool is_map = slmi_is_map(value);
    *at++ = is_map ? TAG(6, SIZED) : TAG(5, SIZED);
    at = slmi_proto_open(body, at, least_length(value), &all);
    if (is_map)
        at = field_list(body, at, TAG(1, SIZED), value->as.p, value->len, depth + 1);
    for (size_t i = 0; at && !is_map && i < value->len; i++) {
        const slm_value *member = slmi_member(value, i);
        *at++ = TAG(1, SIZED);
        at = slmi_proto_open(body, at, least_length(member), &one);
        at = slmi_proto_close(body, any_value(body, at, member, depth + 1), &one);
        at = slmi_json_room(body, at, 0);
    }
    return slmi_proto_close(body, slmi_json_room(body, at, 0), &all);
}

/* The content of an AnyValue of any type. Leaves SLMI_JSON_ROOM but for what a scalar takes. */
static char *any_value(slmi_buffer *body, char *at, const slm_value *value, unsigned depth)
{
    if (slmi_is_array(value))
        return slmi_json_room(body, array_value(body, at, value), 0);
    if (slmi_has_members(value) && depth < SLM_VALUE_DEPTH_MAX)
        return slmi_json_room(body, members_value(body, at, value, depth), 0);
    return scalar_value(body, at, value);
}

/* A list of KeyValues, each with this tag. Leaves SLMI_JSON_ROOM. */
static char *field_list(slmi_buffer *body, char *at, char tag, const slm_field *fields, size_t count, unsigned depth)
{
    for (size_t i = 0; at && i < count; i++) {
        const slm_field *field = &fields[i];
        slmi_frame all, any;
        size_t least = least_length(&field->value);
        *at++ = tag;
        at = slmi_proto_open(body, at, field->key.len + least + 4, &all);
        *at++ = TAG(1, SIZED);
        at = slmi_proto_text(body, at, field->key);
        if (!at)
            return NULL;
        *at++ = TAG(2, SIZED);
        at = slmi_proto_open(body, at, least, &any);
        at = any_value(body, at, &field->value, depth);
        at = slmi_proto_close(body, at, &any);
        at = slmi_proto_close(body, at, &all);
        at = slmi_json_room(body, at, 0);
    }
    return at;
}

static char *dropped(char *at, char tag, uint32_t count)
{
    if (!at || count == 0)
        return at;
    *at++ = tag;
    return slmi_proto_varint(at, count);
}

/* What is left out when it is empty. Leaves SLMI_JSON_ROOM if it did when it came. */
static char *optional_text(slmi_buffer *body, char *at, char tag, slm_string text)
{
    if (!at || text.len == 0)
        return at;
    *at++ = tag;
    return slmi_proto_text(body, at, text);
}

static char *trace_id(char *at, char tag, const slm_trace_id *id)
{
    *at++ = tag;
    *at++ = (char)sizeof id->bytes;
    memcpy(at, id->bytes, sizeof id->bytes);
    return at + sizeof id->bytes;
}

static char *span_id(char *at, char tag, const slm_span_id *id)
{
    *at++ = tag;
    *at++ = (char)sizeof id->bytes;
    memcpy(at, id->bytes, sizeof id->bytes);
    return at + sizeof id->bytes;
}

static uint32_t context_flags(uint8_t flags, bool is_remote)
{
    return (uint32_t)flags | HAS_IS_REMOTE | (is_remote ? IS_REMOTE : 0u);
}

static char *events(slmi_buffer *body, char *at, const slm_span_data *span)
{
    for (uint32_t i = 0; at && i < span->event_count; i++) {
        const slm_event_data *event = &span->events[i];
        slmi_frame frame;
        *at++ = TAG(11, SIZED);
        at = slmi_proto_open(body, at, FIXED64_BYTES + event->name.len, &frame);
        *at++ = TAG(1, FIXED64);
        at = slmi_proto_fixed64(at, event->time_ns);
        at = optional_text(body, at, TAG(2, SIZED), event->name);
        at = field_list(body, at, TAG(3, SIZED), event->fields, event->field_count, 0);
        at = dropped(at, TAG(4, VARINT), event->dropped_fields);
        at = slmi_json_room(body, slmi_proto_close(body, at, &frame), 0);
    }
    return dropped(at, TAG(12, VARINT), span->dropped_events);
}

static char *links(slmi_buffer *body, char *at, const slm_span_data *span)
{
    for (uint32_t i = 0; at && i < span->link_count; i++) {
        const slm_link_data *link = &span->links[i];
        const slm_span_context *to = link->context;
        slmi_frame frame;
        *at++ = TAG(13, SIZED);
        at = slmi_proto_open(body, at, TRACE_ID_BYTES + SPAN_ID_BYTES + to->tracestate_len, &frame);
        at = trace_id(at, TAG(1, SIZED), &to->trace_id);
        at = span_id(at, TAG(2, SIZED), &to->span_id);
        at = optional_text(body, at, TAG(3, SIZED), slm_string_of(to->tracestate, to->tracestate_len));
        at = field_list(body, at, TAG(4, SIZED), link->fields, link->field_count, 0);
        at = dropped(at, TAG(5, VARINT), link->dropped_fields);
        if (!at)
            return NULL;
        *at++ = TAG(6, FIXED32);
        at = slmi_proto_fixed32(at, context_flags(to->flags, to->is_remote));
        at = slmi_json_room(body, slmi_proto_close(body, at, &frame), 0);
    }
    return dropped(at, TAG(14, VARINT), span->dropped_links);
}

static char *status(slmi_buffer *body, char *at, const slm_span_data *span)
{
    if (!at || (span->status != SLM_SPAN_OK && span->status != SLM_SPAN_ERROR))
        return at;
    bool error = span->status == SLM_SPAN_ERROR;
    slmi_frame frame;
    *at++ = TAG(15, SIZED);
    at = slmi_proto_open(body, at, error ? span->status_text.len : 0, &frame);
    if (error)
        at = optional_text(body, at, TAG(2, SIZED), span->status_text);
    if (!at)
        return NULL;
    *at++ = TAG(3, VARINT);
    *at++ = error ? 2 : 1;
    return slmi_json_room(body, slmi_proto_close(body, at, &frame), 0);
}

/* What every span has, up to its times. */
static char *head(slmi_buffer *body, char *at, const slm_span_data *span)
{
    at = trace_id(at, TAG(1, SIZED), &span->trace_id);
    at = span_id(at, TAG(2, SIZED), &span->span_id);
    at = optional_text(body, at, TAG(3, SIZED), span->tracestate);
    if (at && slm_span_id_is_valid(span->parent_span_id))
        at = span_id(at, TAG(4, SIZED), &span->parent_span_id);
    at = optional_text(body, at, TAG(5, SIZED), span->name);
    if (!at)
        return NULL;

    /* Proto's kinds are ours and one more for "unspecified", which a number that is no slm_kind becomes. */
    *at++ = TAG(6, VARINT);
    *at++ = (char)(span->kind <= SLM_KIND_CONSUMER ? 1 + span->kind : 0);
    *at++ = TAG(7, FIXED64);
    at = slmi_proto_fixed64(at, span->start_ns);
    *at++ = TAG(8, FIXED64);
    return slmi_proto_fixed64(at, span->end_ns);
}

/* Field 16, whose tag takes two bytes. */
static char *flags(char *at, const slm_span_data *span)
{
    bool has_parent = slm_span_id_is_valid(span->parent_span_id);
    at = SLMI_PUT(at, "\x85\x01");
    return slmi_proto_fixed32(at, context_flags(span->flags, has_parent && span->parent_is_remote));
}

/* A message that slmi_encoding keeps open: its tag, and room for its length. */
static char *open_for_long(const slmi_buffer *body, char *at, char tag, size_t *from)
{
    *at++ = tag;
    at += SLMI_PROTO_LENGTH_BYTES;
    *from = (size_t)(at - body->data);
    return at;
}

/* Puts in the length of what began at `from` and ends with the buffer's content. */
static void close_for_long(slmi_buffer *body, size_t from)
{
    if (body->failed || from == 0)
        return;
    if ((body->len - from) >> 7 * SLMI_PROTO_LENGTH_BYTES > 0)
        slmi_buffer_fail(body);
    else
        slmi_proto_length(body->data + from - SLMI_PROTO_LENGTH_BYTES, body->len - from, SLMI_PROTO_LENGTH_BYTES);
}

static char *open_scope(slmi_buffer *body, char *at, const slm_scope_data *scope, size_t *from)
{
    slmi_frame frame;
    at = open_for_long(body, at, TAG(2, SIZED), from);
    *at++ = TAG(1, SIZED);
    at = slmi_proto_open(body, at, scope->name.len + scope->version.len, &frame);
    at = optional_text(body, at, TAG(1, SIZED), scope->name);
    at = optional_text(body, at, TAG(2, SIZED), scope->version);
    at = field_list(body, slmi_json_room(body, at, 0), TAG(3, SIZED), scope->attributes, scope->attribute_count, 0);
    at = slmi_json_room(body, slmi_proto_close(body, at, &frame), 0);
    return slmi_json_room(body, optional_text(body, at, TAG(3, SIZED), scope->schema_url), 0);
}

static void begin(slmi_buffer *body, slmi_encoding *state, const slm_resource *resource)
{
    *state = (slmi_encoding){ .spans = 0 };
    char *at = slmi_json_start(body);
    if (!at)
        return;
    slmi_frame frame;
    at = open_for_long(body, at, TAG(1, SIZED), &state->resource_from);
    *at++ = TAG(1, SIZED);
    at = slmi_proto_open(body, at, 0, &frame);
    at = field_list(body, at, TAG(1, SIZED), resource->fields, resource->field_count, 0);
    at = slmi_json_room(body, slmi_proto_close(body, at, &frame), 0);
    slmi_buffer_commit(body, optional_text(body, at, TAG(3, SIZED), resource->schema_url));
}

static void span(slmi_buffer *body, slmi_encoding *state, const slm_span_data *data)
{
    slmi_frame frame;
    char *at = slmi_json_start(body);
    if (!at)
        return;
    if (data->scope != state->scope) {
        close_for_long(body, state->scope_from);
        at = open_scope(body, at, data->scope, &state->scope_from);
        state->scope = data->scope;
    }
    state->spans++;
    if (!at)
        return;

    *at++ = TAG(2, SIZED);
    at = slmi_proto_open(body, at, SPAN_BYTES_USUAL, &frame);
    at = head(body, at, data);
    at = field_list(body, slmi_json_room(body, at, 0), TAG(9, SIZED), data->fields, data->field_count, 0);
    at = dropped(at, TAG(10, VARINT), data->dropped_fields);
    at = events(body, slmi_json_room(body, at, 0), data);
    at = links(body, slmi_json_room(body, at, 0), data);
    at = status(body, slmi_json_room(body, at, 0), data);
    if (at)
        at = slmi_proto_close(body, flags(at, data), &frame);
    slmi_buffer_commit(body, at);
}

static void end(slmi_buffer *body, slmi_encoding *state)
{
    close_for_long(body, state->scope_from);
    close_for_long(body, state->resource_from);
}

const slmi_encoder slmi_encoder_otlp_protobuf = {
    .content_type = "application/x-protobuf",
    .begin = begin,
    .span = span,
    .end = end,
};
