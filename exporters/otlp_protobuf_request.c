/* SPDX-License-Identifier: MIT */
#include "exporters/otlp_protobuf_request.h"

#include "exporters/otlp_protobuf_value.h"

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

char *slmi_otlp_proto_scope(slmi_buffer *body, char *at, slmi_encoding *state, const slm_scope_data *scope)
{
    slmi_frame frame;
    close_for_long(body, state->scope_from);
    state->scope = scope;
    at = open_for_long(body, at, SLMI_TAG(2, SLMI_SIZED), &state->scope_from);
    *at++ = SLMI_TAG(1, SLMI_SIZED);
    at = slmi_proto_open(body, at, scope->name.len + scope->version.len, &frame);
    at = slmi_otlp_proto_text(body, at, SLMI_TAG(1, SLMI_SIZED), scope->name);
    at = slmi_otlp_proto_text(body, at, SLMI_TAG(2, SLMI_SIZED), scope->version);
    at = slmi_json_room(body, at, 0);
    at = slmi_otlp_proto_fields(body, at, SLMI_TAG(3, SLMI_SIZED), scope->attributes, scope->attribute_count);
    at = slmi_json_room(body, slmi_proto_close(body, at, &frame), 0);
    return slmi_json_room(body, slmi_otlp_proto_text(body, at, SLMI_TAG(3, SLMI_SIZED), scope->schema_url), 0);
}

void slmi_otlp_proto_begin(slmi_buffer *body, slmi_encoding *state, const slm_resource *resource)
{
    *state = (slmi_encoding){ .spans = 0 };
    char *at = slmi_json_start(body);
    if (!at)
        return;
    slmi_frame frame;
    at = open_for_long(body, at, SLMI_TAG(1, SLMI_SIZED), &state->resource_from);
    *at++ = SLMI_TAG(1, SLMI_SIZED);
    at = slmi_proto_open(body, at, 0, &frame);
    at = slmi_otlp_proto_fields(body, at, SLMI_TAG(1, SLMI_SIZED), resource->fields, resource->field_count);
    at = slmi_json_room(body, slmi_proto_close(body, at, &frame), 0);
    slmi_buffer_commit(body, slmi_otlp_proto_text(body, at, SLMI_TAG(3, SLMI_SIZED), resource->schema_url));
}

void slmi_otlp_proto_end(slmi_buffer *body, slmi_encoding *state)
{
    close_for_long(body, state->scope_from);
    close_for_long(body, state->resource_from);
}
