/* SPDX-License-Identifier: MIT */
#include "exporters/otlp_protobuf_value.h"

#include "core/errno_name.h"
#include "exporters/element.h"

#include <limits.h>

static char *string_value(slmi_buffer *body, char *at, slm_string text)
{
    *at++ = SLMI_TAG(1, SLMI_SIZED);
    return slmi_proto_text(body, at, text);
}

static char *integer_value(char *at, uint64_t number)
{
    *at++ = SLMI_TAG(3, SLMI_VARINT);
    return slmi_proto_varint(at, number);
}

/* What `end`, the end of text written a byte after `at`, makes a string_value. At most 127 bytes. */
static char *number_as_string(char *at, char *end)
{
    at[0] = SLMI_TAG(1, SLMI_SIZED);
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
    *at++ = SLMI_TAG(4, SLMI_FIXED64);
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
        *at++ = SLMI_TAG(2, SLMI_VARINT);
        *at++ = value->as.u ? 1 : 0;
        return at;
    case SLM_TYPE_F64:
        return double_value(at, value->as.d);
    case SLM_TYPE_POINTER:
        return number_as_string(at, slmi_json_address(at + 2, value->as.p));
    case SLM_TYPE_ERRNO:
        return errno_value(at, value->as.i);
    case SLM_TYPE_BYTES:
        *at++ = SLMI_TAG(7, SLMI_SIZED);
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
    *at++ = SLMI_TAG(5, SLMI_SIZED);
    at = slmi_proto_open(body, at, least_length(array), &all);
    for (size_t i = 0; at && i < array->len; i++) {
        at = slmi_json_room(body, at, 0);
        if (!at)
            return NULL;
        slm_value element = slmi_element(array, i);
        *at++ = SLMI_TAG(1, SLMI_SIZED);
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
    *at++ = is_map ? SLMI_TAG(6, SLMI_SIZED) : SLMI_TAG(5, SLMI_SIZED);
    at = slmi_proto_open(body, at, least_length(value), &all);
    if (is_map)
        at = field_list(body, at, SLMI_TAG(1, SLMI_SIZED), value->as.p, value->len, depth + 1);
    for (size_t i = 0; at && !is_map && i < value->len; i++) {
        const slm_value *member = slmi_member(value, i);
        *at++ = SLMI_TAG(1, SLMI_SIZED);
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
        *at++ = SLMI_TAG(1, SLMI_SIZED);
        at = slmi_proto_text(body, at, field->key);
        if (!at)
            return NULL;
        *at++ = SLMI_TAG(2, SLMI_SIZED);
        at = slmi_proto_open(body, at, least, &any);
        at = any_value(body, at, &field->value, depth);
        at = slmi_proto_close(body, at, &any);
        at = slmi_proto_close(body, at, &all);
        at = slmi_json_room(body, at, 0);
    }
    return at;
}

char *slmi_otlp_proto_fields(slmi_buffer *body, char *at, char tag, const slm_field *fields, size_t count)
{
    return field_list(body, at, tag, fields, count, 0);
}

char *slmi_otlp_proto_text_value(slmi_buffer *body, char *at, char tag, slm_string text)
{
    slmi_frame frame;
    if (!at)
        return NULL;
    *at++ = tag;
    at = slmi_proto_open(body, at, text.len + 2, &frame);
    return slmi_json_room(body, slmi_proto_close(body, string_value(body, at, text), &frame), 0);
}
