/* SPDX-License-Identifier: MIT */
#include "exporters/otlp_json_value.h"

#include "core/errno_name.h"
#include "exporters/element.h"

#include <limits.h>

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
        at = SLMI_QUOTED(body, at, "{\"stringValue\":", slm_string_of(value->as.s, value->len));
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
    at = slmi_otlp_json_fields(body, SLMI_PUT(at, "{\"kvlistValue\":{\"values\":"), value->as.p, value->len, depth + 1);
    at = slmi_json_room(body, at, 0);
    return at ? SLMI_PUT(at, "}}") : NULL;
}

char *slmi_otlp_json_fields(slmi_buffer *body, char *at, const slm_field *fields, size_t count, unsigned depth)
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
