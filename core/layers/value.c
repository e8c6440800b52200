/* SPDX-License-Identifier: MIT */
#include "core/layers/value.h"

#include "core/errno_name.h"

static slm_string string_element(const char *at, size_t bytes)
{
    slm_string string;
    if (bytes == sizeof string) {
        memcpy(&string, at, sizeof string);
    } else {
        const char *c;
        memcpy(&c, at, sizeof c);
        string = slm_string_from_c(c);
    }
    return string.data ? string : slm_string_of("", 0);
}

slm_value slmi_value_element(const slm_value *array, size_t at)
{
    uint32_t type = array->type & ~(uint32_t)SLM_TYPE_ARRAY;
    const char *p = (const char *)array->as.p + at * array->element_bytes;
    uint64_t u = 0;
    if (type == SLM_TYPE_STRING) {
        slm_string string = string_element(p, array->element_bytes);
        return slm_value_string(string.data, string.len);
    }
    memcpy(&u, p, array->element_bytes < sizeof u ? array->element_bytes : sizeof u);
    if (type == SLM_TYPE_I64 && array->element_bytes && array->element_bytes < sizeof u) {
        unsigned shift = (unsigned)(64 - 8 * array->element_bytes);
        return slm_value_i64((int64_t)(u << shift) >> shift);
    }
    if (type == SLM_TYPE_F64 && array->element_bytes == sizeof(float)) {
        float f;
        memcpy(&f, p, sizeof f);
        return slm_value_f64((double)f);
    }
    slm_value v = slm_value_u64(u);
    v.type = type;
    return v;
}

static void put(slmi_text *text, const slm_value *value, unsigned depth);

static void array(slmi_text *text, const slm_value *value)
{
    slmi_text_char(text, '[');
    for (size_t i = 0; value->as.p && i < value->len && !text->cut; i++) {
        slm_value one = slmi_value_element(value, i);
        if (i)
            SLMI_TEXT(text, ", ");
        put(text, &one, 0);
    }
    slmi_text_char(text, ']');
}

/* `{key=value, other=[value, value]}` */
static void members(slmi_text *text, const slm_value *value, unsigned depth)
{
    const slm_field *fields = value->type == SLM_TYPE_MAP ? value->as.p : NULL;
    const slm_value *values = value->as.p;
    slmi_text_char(text, value->type == SLM_TYPE_MAP ? '{' : '[');
    for (size_t i = 0; values && i < value->len && depth < SLMI_SHOWN_DEPTH_MAX && !text->cut; i++) {
        if (i)
            SLMI_TEXT(text, ", ");
        if (fields) {
            slmi_text_escaped(text, fields[i].key);
            slmi_text_char(text, '=');
        }
        put(text, fields ? &fields[i].value : &values[i], depth + 1);
    }
    slmi_text_char(text, value->type == SLM_TYPE_MAP ? '}' : ']');
}

void slmi_text_errno(slmi_text *text, int64_t number)
{
    const char *name = number > 0 && number < 4096 ? slmi_errno_name((int)number) : NULL;
    if (name)
        slmi_text_whole(text, name, strlen(name));
    else
        slmi_text_i64(text, number);
}

static void put(slmi_text *text, const slm_value *value, unsigned depth)
{
    slm_string s = { value->as.s, value->len };
    switch (value->type) {
    case SLM_TYPE_BOOL:
        slmi_text_whole(text, value->as.u ? "true" : "false", value->as.u ? 4 : 5);
        break;
    case SLM_TYPE_I64:
        slmi_text_i64(text, value->as.i);
        break;
    case SLM_TYPE_U64:
        slmi_text_u64(text, value->as.u);
        break;
    case SLM_TYPE_F64:
        slmi_text_double(text, value->as.d);
        break;
    case SLM_TYPE_STRING:
        slmi_text_quoted(text, s);
        break;
    case SLM_TYPE_DEBUG:
        slmi_text_escaped(text, s);
        break;
    case SLM_TYPE_ERRNO:
        slmi_text_errno(text, value->as.i);
        break;
    case SLM_TYPE_BYTES:
        SLMI_TEXT(text, "0x");
        slmi_text_hex(text, s.data, s.len);
        break;
    case SLM_TYPE_POINTER:
        slmi_text_address(text, value->as.u);
        break;
    case SLM_TYPE_MAP:
    case SLM_TYPE_LIST:
        members(text, value, depth);
        break;
    default:
        if (value->type & SLM_TYPE_ARRAY)
            array(text, value);
    }
}

void slmi_text_value(slmi_text *text, const slm_value *value)
{
    put(text, value, 0);
}
