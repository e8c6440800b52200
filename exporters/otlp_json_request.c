/* SPDX-License-Identifier: MIT */
#include "exporters/otlp_json_request.h"

#include "exporters/otlp_json_value.h"

static char *word(char *at, const char *text)
{
    return slmi_json_literal(at, text, strlen(text));
}

void slmi_otlp_json_begin(slmi_buffer *body, slmi_encoding *state, const slm_resource *resource, const char *kind)
{
    *state = (slmi_encoding){ .spans = 0 };
    char *at = slmi_json_start(body);
    if (!at)
        return;
    at = SLMI_PUT(word(SLMI_PUT(at, "{\"resource"), kind), "\":[{\"resource\":{");
    if (resource->field_count > 0)
        at = slmi_otlp_json_fields(body, SLMI_PUT(at, "\"attributes\":"), resource->fields, resource->field_count, 0);
    if (at)
        at = SLMI_PUT(at, "}");
    if (at && resource->schema_url.len > 0)
        at = SLMI_QUOTED(body, at, ",\"schemaUrl\":", resource->schema_url);
    if (at)
        at = SLMI_PUT(word(SLMI_PUT(at, ",\"scope"), kind), "\":[");
    slmi_buffer_commit(body, at);
}

char *slmi_otlp_json_scope(slmi_buffer *body, char *at, slmi_encoding *state, const slm_scope_data *scope,
                           const char *list)
{
    if (state->spans > 0)
        at = SLMI_PUT(at, "]},");
    state->scope = scope;
    at = SLMI_PUT(at, "{\"scope\":{");
    if (scope->name.len > 0)
        at = SLMI_QUOTED(body, at, "\"name\":", scope->name);
    if (at && scope->version.len > 0) {
        if (scope->name.len > 0)
            *at++ = ',';
        at = SLMI_QUOTED(body, at, "\"version\":", scope->version);
    }
    if (at && scope->attribute_count > 0) {
        if (scope->name.len > 0 || scope->version.len > 0)
            *at++ = ',';
        at = SLMI_PUT(at, "\"attributes\":");
        at = slmi_otlp_json_fields(body, at, scope->attributes, scope->attribute_count, 0);
    }
    at = slmi_json_room(body, at, 0);
    if (at && scope->schema_url.len > 0)
        at = SLMI_QUOTED(body, SLMI_PUT(at, "}"), ",\"schemaUrl\":", scope->schema_url);
    else if (at)
        at = SLMI_PUT(at, "}");
    return at ? SLMI_PUT(word(SLMI_PUT(at, ",\""), list), "\":[") : NULL;
}

void slmi_otlp_json_end(slmi_buffer *body, slmi_encoding *state)
{
    char *at = slmi_json_start(body);
    if (!at)
        return;
    if (state->spans > 0)
        at = SLMI_PUT(at, "]}");
    slmi_buffer_commit(body, SLMI_PUT(at, "]}]}"));
}

void slmi_otlp_json_end_line(slmi_buffer *body, slmi_encoding *state)
{
    slmi_otlp_json_end(body, state);
    slmi_buffer_add(body, "\n", 1);
}
