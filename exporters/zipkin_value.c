/* SPDX-License-Identifier: MIT */
#include "exporters/zipkin_value.h"

#include <limits.h>

#include "core/errno_name.h"
#include "exporters/element.h"

static char *number_or_name(char *at, int64_t number)
{
    const char *name = number >= INT_MIN && number <= INT_MAX ? slmi_errno_name((int)number) : NULL;
    return name ? slmi_json_literal(at, name, strlen(name)) : slmi_json_i64(at, number);
}

/* A scalar as text, without quotes. AnyValue representation for non-OTLP protocols. */
static char *scalar_text(slmi_buffer *body, char *at, const slm_value *value)
{
    switch (value->type) {
    case SLM_TYPE_STRING:
        return slmi_json_text(body, at, slm_string_of(value->as.s, value->len));
    case SLM_TYPE_I64:
        return slmi_json_i64(at, value->as.i);
    case SLM_TYPE_U64:
        return slmi_json_u64(at, value->as.u);
    case SLM_TYPE_BOOL:
        return value->as.u ? SLMI_PUT(at, "true") : SLMI_PUT(at, "false");
    case SLM_TYPE_F64:
        return slmi_json_double(at, value->as.d);
    case SLM_TYPE_POINTER:
        return slmi_json_address(at, value->as.p);
    case SLM_TYPE_ERRNO:
        return number_or_name(at, value->as.i);
    case SLM_TYPE_BYTES:
        return slmi_json_base64(body, at, value->as.p, value->len);
    default: /* empty, or nothing that a finished span holds */
        return at;
    }
}

/* Whether a scalar stands in JSON without quotes. */
static bool is_bare(const slm_value *value)
{
    switch (value->type) {
    case SLM_TYPE_BOOL:
    case SLM_TYPE_I64:
    case SLM_TYPE_U64:
        return true;
    case SLM_TYPE_F64:
        return value->as.d - value->as.d == 0; /* not so for infinities and NaN */
    default:
        return false;
    }
}

static bool is_empty(const slm_value *value)
{
    return value->type == SLM_TYPE_EMPTY || value->type >= SLM_TYPE_DEBUG; /* or a map that lies too deep */
}

/* A scalar as an element of a JSON list or object. */
static char *scalar_json(slmi_buffer *body, char *at, const slm_value *value)
{
    if (is_empty(value))
        return SLMI_PUT(at, "null");
    if (is_bare(value))
        return scalar_text(body, at, value);
    *at++ = '"';
    at = scalar_text(body, at, value);
    return at ? SLMI_PUT(at, "\"") : NULL;
}

static char *array_json(slmi_buffer *body, char *at, const slm_value *array)
{
    *at++ = '[';
    for (size_t i = 0; i < array->len; i++) {
        at = slmi_json_room(body, at, 0);
        if (!at)
            return NULL;
        if (i > 0)
            *at++ = ',';
        slm_value element = slmi_element(array, i);
        at = scalar_json(body, at, &element);
    }
    at = slmi_json_room(body, at, 0);
    return at ? SLMI_PUT(at, "]") : NULL;
}

static char *value_json(slmi_buffer *body, char *at, const slm_value *value, unsigned depth);

static char *members_json(slmi_buffer *body, char *at, const slm_value *value, unsigned depth)
{
    bool is_map = slmi_is_map(value);
    *at++ = is_map ? '{' : '[';
    for (size_t i = 0; i < value->len; i++) {
        at = slmi_json_room(body, at, 0);
        if (!at)
            return NULL;
        if (i > 0)
            *at++ = ',';
        if (is_map) {
            at = slmi_json_quoted(body, at, ((const slm_field *)value->as.p)[i].key);
            at = at ? SLMI_PUT(at, ":") : NULL;
        }
        at = at ? value_json(body, at, slmi_member(value, i), depth + 1) : NULL;
    }
    at = slmi_json_room(body, at, 0);
    return at ? (is_map ? SLMI_PUT(at, "}") : SLMI_PUT(at, "]")) : NULL;
}

static char *value_json(slmi_buffer *body, char *at, const slm_value *value, unsigned depth)
{
    if (slmi_is_array(value))
        return array_json(body, at, value);
    if (slmi_has_members(value) && depth < SLM_VALUE_DEPTH_MAX)
        return members_json(body, at, value, depth);
    return scalar_json(body, at, value);
}

char *slmi_zipkin_value_json(slmi_buffer *body, char *at, const slm_value *value)
{
    return value_json(body, at, value, 0);
}

char *slmi_zipkin_value_text(slmi_buffer *body, char *at, const slm_value *value)
{
    if (!slmi_is_array(value) && !slmi_has_members(value))
        return scalar_text(body, at, value);
    size_t from = (size_t)(at - body->data);
    return slmi_json_escape_again(body, value_json(body, at, value, 0), from);
}
