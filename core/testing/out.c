/* SPDX-License-Identifier: MIT */
#include "core/testing/out.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "core/errno_name.h"

void slmi_out_put(slmi_out *out, slm_string text)
{
    if (text.len == 0 || text.len > SLMI_OUT_BYTES_MAX - 1 - out->len)
        return;
    if (out->room - out->len <= text.len) {
        size_t room = 2 * (out->len + text.len) + 64;
        char *data = slmi_realloc(out->data, room);
        if (!data)
            return;
        out->data = data;
        out->room = room;
    }
    memcpy(out->data + out->len, text.data, text.len);
    out->len += text.len;
    out->data[out->len] = '\0';
}

void slmi_out_format(slmi_out *out, const char *format, ...)
{
    char text[4096];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    size_t len = n < 0 ? 0 : (size_t)n;
    slmi_out_put(out, slm_string_of(text, len < sizeof text ? len : sizeof text - 1));
}

/* The shortest text that reads back as the number, with a dot whatever the locale. */
static void put_double(slmi_out *out, double d)
{
    char text[40];
    for (int digits = 15; digits <= 17; digits++) {
        (void)snprintf(text, sizeof text, "%.*g", digits, d);
        if (strtod(text, NULL) == d)
            break;
    }
    for (char *c = text; *c; c++)
        if (*c == ',')
            *c = '.';
    slmi_out_put(out, slm_string_from_c(text));
}

static int64_t signed_at(const char *at, size_t bytes)
{
    int8_t i8;
    int16_t i16;
    int32_t i32;
    int64_t i64 = 0;
    switch (bytes) {
    case 1:
        memcpy(&i8, at, sizeof i8);
        return i8;
    case 2:
        memcpy(&i16, at, sizeof i16);
        return i16;
    case 4:
        memcpy(&i32, at, sizeof i32);
        return i32;
    default:
        memcpy(&i64, at, sizeof i64);
        return i64;
    }
}

static uint64_t unsigned_at(const char *at, size_t bytes)
{
    uint64_t mask = bytes < sizeof mask ? (UINT64_C(1) << 8 * bytes) - 1 : UINT64_MAX;
    return (uint64_t)signed_at(at, bytes) & mask;
}

static double double_at(const char *at, size_t bytes)
{
    float f;
    double d;
    if (bytes == sizeof f) {
        memcpy(&f, at, sizeof f);
        return (double)f;
    }
    memcpy(&d, at, sizeof d);
    return d;
}

/* An element as a caller gave it, or as it is read back: a caller's strings are pointers. */
static void put_element(slmi_out *out, const slm_value *array, size_t at)
{
    const char *element = (const char *)array->as.p + at * array->element_bytes;
    size_t bytes = array->element_bytes;
    slm_string text;
    switch (array->type & ~(uint32_t)SLM_TYPE_ARRAY) {
    case SLM_TYPE_BOOL:
        slmi_out_format(out, "%s", *element ? "true" : "false");
        break;
    case SLM_TYPE_I64:
        slmi_out_format(out, "%" PRId64, signed_at(element, bytes));
        break;
    case SLM_TYPE_U64:
        slmi_out_format(out, "%" PRIu64, unsigned_at(element, bytes));
        break;
    case SLM_TYPE_F64:
        put_double(out, double_at(element, bytes));
        break;
    default:
        if (bytes == sizeof text)
            memcpy(&text, element, sizeof text);
        else
            text = slm_string_from_c(*(const char *const *)(const void *)element);
        slmi_out_put(out, text);
    }
}

static void put_bytes(slmi_out *out, const slm_value *value)
{
    const unsigned char *bytes = value->as.p;
    for (size_t i = 0; i < value->len; i++)
        slmi_out_format(out, "%02x", bytes[i]);
}

static void put_errno(slmi_out *out, int64_t number)
{
    const char *name = number > 0 && number < 4096 ? slmi_errno_name((int)number) : NULL;
    if (name)
        slmi_out_put(out, slm_string_from_c(name));
    else
        slmi_out_format(out, "%" PRId64, number);
}

static void put_value(slmi_out *out, const slm_value *value, unsigned depth);

/* `{key=value,other=value}` or `[value,value]`; deeper than 8, empty. */
static void put_members(slmi_out *out, const slm_value *value, unsigned depth)
{
    const slm_field *fields = value->type == SLM_TYPE_MAP ? value->as.p : NULL;
    const slm_value *values = value->as.p;
    slmi_out_put(out, slm_string_from_c(value->type == SLM_TYPE_MAP ? "{" : "["));
    for (size_t i = 0; values && i < value->len && depth < 8; i++) {
        slmi_out_put(out, slm_string_from_c(i ? "," : ""));
        if (fields) {
            slmi_out_put(out, fields[i].key);
            slmi_out_put(out, slm_string_from_c("="));
        }
        put_value(out, fields ? &fields[i].value : &values[i], depth + 1);
    }
    slmi_out_put(out, slm_string_from_c(value->type == SLM_TYPE_MAP ? "}" : "]"));
}

static void put_value(slmi_out *out, const slm_value *value, unsigned depth)
{
    if (value->type & SLM_TYPE_ARRAY) {
        slmi_out_put(out, slm_string_from_c("["));
        for (size_t i = 0; value->as.p && i < value->len; i++) {
            slmi_out_put(out, slm_string_from_c(i ? "," : ""));
            put_element(out, value, i);
        }
        slmi_out_put(out, slm_string_from_c("]"));
        return;
    }
    switch ((slm_type)value->type) {
    case SLM_TYPE_BOOL:
        slmi_out_format(out, "%s", value->as.u ? "true" : "false");
        break;
    case SLM_TYPE_I64:
        slmi_out_format(out, "%" PRId64, value->as.i);
        break;
    case SLM_TYPE_U64:
        slmi_out_format(out, "%" PRIu64, value->as.u);
        break;
    case SLM_TYPE_F64:
        put_double(out, value->as.d);
        break;
    case SLM_TYPE_STRING:
    case SLM_TYPE_DEBUG:
        slmi_out_put(out, slm_string_of(value->as.s, value->len));
        break;
    case SLM_TYPE_POINTER:
        slmi_out_format(out, "%#" PRIxPTR, (uintptr_t)value->as.p);
        break;
    case SLM_TYPE_BYTES:
        put_bytes(out, value);
        break;
    case SLM_TYPE_ERRNO:
        put_errno(out, value->as.i);
        break;
    case SLM_TYPE_MAP:
    case SLM_TYPE_LIST:
        put_members(out, value, depth);
        break;
    case SLM_TYPE_EMPTY:
    case SLM_TYPE_VALUE:
    case SLM_TYPE_ARRAY:
        break;
    }
}

void slmi_out_value(slmi_out *out, const slm_value *value)
{
    put_value(out, value, 0);
}

const char *slmi_out_text(const slmi_out *out)
{
    return out->data ? out->data : "";
}

void slmi_out_free(slmi_out *out)
{
    slmi_free(out->data);
    *out = (slmi_out){ NULL, 0, 0 };
}
