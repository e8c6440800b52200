/* SPDX-License-Identifier: MIT */
#include "exporters/span_copier.h"

#include "exporters/element.h"
#include "exporters/span_block.h"
#include "exporters/utf8.h"

#include <string.h>

enum { PRINTED_MAX = 2048, NESTING_MAX = 16, NESTED_MAX = 1024 };

static const slm_value no_values[1];

static slm_value put_value(slmi_copier *c, const slm_value *value, unsigned depth);
static slm_value put_nested(slmi_copier *c, const slm_value *value, unsigned depth);

void *slmi_copier_take(slmi_copier *c, size_t size)
{
    size_t at = c->used;
    if (slmi_copier_is_full(c) || size > c->room - at) {
        c->used = c->room + 1;
        return NULL;
    }
    c->used += (size + 7) & ~(size_t)7;
    return c->memory ? c->memory + at : NULL;
}

static const slm_string replacement = { "\xef\xbf\xbd", 3 };

/* How many bytes of ASCII there are at the front, which is what most text is. */
static size_t ascii(const char *text, size_t len)
{
    size_t at = 0;
    uint64_t word = 0;
    while (len - at >= sizeof word) {
        memcpy(&word, text + at, sizeof word);
        if (word & UINT64_C(0x8080808080808080))
            break;
        at += sizeof word;
    }
    while (at < len && !(text[at] & 0x80))
        at++;
    return at;
}

/* Writes well-formed text to `out`, if that is not NULL, and returns its length. */
static size_t mend(slm_string text, char *out, bool *clean)
{
    size_t len = 0;
    *clean = true;
    for (size_t at = 0; at < text.len;) {
        bool well_formed = true;
        size_t step = ascii(text.data + at, text.len - at);
        if (step == 0)
            step = slmi_utf8_next(text.data + at, text.len - at, &well_formed);
        slm_string part = well_formed ? slm_string_of(text.data + at, step) : replacement;
        *clean &= well_formed;
        if (out)
            memcpy(out + len, part.data, part.len);
        len += part.len;
        at += step;
    }
    return len;
}

slm_string slmi_copier_text(slmi_copier *c, slm_string text)
{
    if (!text.data) {
        c->repaired |= text.len > 0;
        return (slm_string){ NULL, 0 };
    }
    if (slmi_copier_is_full(c))
        return (slm_string){ NULL, 0 };
    if (text.len > SLMI_SPAN_BLOCK_MAX) {
        (void)slmi_copier_take(c, text.len);
        return (slm_string){ NULL, 0 };
    }
    bool clean;
    size_t len = mend(text, NULL, &clean);
    char *copy = slmi_copier_take(c, len);
    c->repaired |= !clean;
    if (copy)
        (void)mend(text, copy, &clean);
    return slm_string_of(copy ? copy : "", copy ? len : 0);
}

static slm_value put_bytes(slmi_copier *c, const void *data, size_t len)
{
    void *copy = slmi_copier_take(c, len);
    if (copy && len > 0)
        memcpy(copy, data, len);
    return slm_value_bytes(copy ? copy : "", copy ? len : 0);
}

/* A number of an array that a caller passed, of any width. */
static uint64_t widened(const slm_value *array, size_t at, uint32_t type)
{
    const char *from = (const char *)array->as.p + at * array->element_bytes;
    slm_word word = { .u = 0 };
    int8_t i8;
    int16_t i16;
    int32_t i32;
    float f32;
    switch (array->element_bytes) {
    case 1:
        memcpy(&i8, from, sizeof i8);
        word.i = type == SLM_TYPE_I64 ? i8 : (uint8_t)i8;
        return word.u;
    case 2:
        memcpy(&i16, from, sizeof i16);
        word.i = type == SLM_TYPE_I64 ? i16 : (uint16_t)i16;
        return word.u;
    case 4:
        memcpy(&i32, from, sizeof i32);
        memcpy(&f32, from, sizeof f32);
        if (type == SLM_TYPE_F64)
            word.d = (double)f32;
        else
            word.i = type == SLM_TYPE_I64 ? i32 : (int64_t)(uint32_t)i32;
        return word.u;
    default:
        memcpy(&word, from, sizeof word);
        return word.u;
    }
}

/* The text at `at`: a slm_string where arrays are as they are read back, a C string in one that a caller passed. */
static slm_string text_at(const slm_value *array, size_t at)
{
    const char *text;
    if (array->element_bytes != sizeof text)
        return slm_string_of(slmi_element(array, at).as.s, slmi_element(array, at).len);
    memcpy(&text, (const char *)array->as.p + at * sizeof text, sizeof text);
    return text ? slm_string_from_c(text) : slm_string_of("", 0);
}

static void put_element(slmi_copier *c, const slm_value *array, size_t at, uint32_t type, char *elements)
{
    uint64_t word;
    bool truth;
    slm_string text;
    switch (type) {
    case SLM_TYPE_BOOL:
        truth = slmi_element(array, at).as.u != 0;
        if (elements)
            memcpy(elements + at * sizeof truth, &truth, sizeof truth);
        break;
    case SLM_TYPE_STRING:
        text = slmi_copier_text(c, text_at(array, at));
        if (elements)
            memcpy(elements + at * sizeof text, &text, sizeof text);
        break;
    default:
        word = array->element_bytes == 0 ? slmi_element(array, at).as.u : widened(array, at, type);
        if (elements)
            memcpy(elements + at * sizeof word, &word, sizeof word);
        break;
    }
}

static bool is_width(uint32_t type, uint32_t bytes)
{
    if (bytes == 0)
        return true;
    if (type == SLM_TYPE_BOOL)
        return bytes == sizeof(bool);
    if (type == SLM_TYPE_STRING)
        return bytes == sizeof(char *) || bytes == sizeof(slm_string);
    return bytes == 8 || bytes == 4 || (type != SLM_TYPE_F64 && (bytes == 2 || bytes == 1));
}

static slm_value put_array(slmi_copier *c, const slm_value *array)
{
    uint32_t type = array->type & ~(uint32_t)SLM_TYPE_ARRAY;
    bool known = (type >= SLM_TYPE_BOOL && type <= SLM_TYPE_STRING) && is_width(type, array->element_bytes);
    size_t size = type == SLM_TYPE_STRING ? sizeof(slm_string) : type == SLM_TYPE_BOOL ? sizeof(bool) : 8;
    if (!known || (!array->as.p && array->len > 0)) {
        c->repaired = true;
        return slm_value_empty();
    }
    if (array->len > SLMI_SPAN_BLOCK_MAX) {
        (void)slmi_copier_take(c, array->len);
        return slm_value_empty();
    }
    char *elements = slmi_copier_take(c, array->len * size);
    for (size_t i = 0; i < array->len && !slmi_copier_is_full(c); i++)
        put_element(c, array, i, type, elements);
    slm_value copy = slm_value_array((slm_type)type, elements ? elements : "", size, elements ? array->len : 0);
    return copy;
}

static slm_value put_printed(slmi_copier *c, const slm_value *value)
{
    char text[PRINTED_MAX];
    text[0] = '\0';
    size_t wanted = value->print ? value->print(value->as.p, text, sizeof text) : 0;
    slm_string printed = slmi_copier_text(c, slm_string_of(text, wanted < sizeof text ? wanted : sizeof text - 1));
    return slm_value_string(printed.data, printed.len);
}

/* SLM_TYPE_EMPTY: there is nothing to copy. */
static slm_value put_value(slmi_copier *c, const slm_value *value, unsigned depth)
{
    slm_string text;
    if (slmi_is_array(value))
        return put_array(c, value);
    switch (value->type) {
    case SLM_TYPE_EMPTY:
    case SLM_TYPE_BOOL:
    case SLM_TYPE_I64:
    case SLM_TYPE_U64:
    case SLM_TYPE_F64:
    case SLM_TYPE_POINTER:
    case SLM_TYPE_ERRNO:
        return *value;
    case SLM_TYPE_STRING:
        text = slmi_copier_text(c, slm_string_of(value->as.s, value->len));
        return slm_value_string(text.data, text.len);
    case SLM_TYPE_BYTES:
        if (value->as.p)
            return put_bytes(c, value->as.p, value->len);
        break;
    case SLM_TYPE_DEBUG:
        return put_printed(c, value);
    case SLM_TYPE_MAP:
    case SLM_TYPE_LIST:
        return put_nested(c, value, depth);
    default:
        break;
    }
    c->repaired = true;
    return slm_value_empty();
}

/* The later value of a key wins. Returns the new count. */
static uint32_t put_unique(slmi_copier *c, slm_field *fields, uint32_t count, const slm_field *field)
{
    for (uint32_t i = 0; i < count; i++) {
        if (slm_string_equal(fields[i].key, field->key)) {
            fields[i].value = field->value;
            c->repaired = true;
            return count;
        }
    }
    fields[count] = *field;
    return count + 1;
}

/* As slmi_copier_fields(), `depth` maps deep. */
static const slm_field *put_fields(slmi_copier *c, const slm_field *fields, uint32_t looked, uint32_t *count,
                                   uint32_t *dropped, unsigned depth)
{
    slm_field *copies = slmi_copier_take(c, looked * sizeof *copies);
    *count = 0;
    /* Who shares members of members would keep us busy for good. */
    for (uint32_t i = 0; i < looked && !slmi_copier_is_full(c); i++) {
        slm_field field;
        if (!fields[i].key.data || fields[i].key.len == 0) {
            c->repaired = true;
            *dropped += 1;
            continue;
        }
        field.key = slmi_copier_text(c, fields[i].key);
        field.value = put_value(c, &fields[i].value, depth);
        if (copies && field.value.type != SLM_TYPE_EMPTY)
            *count = put_unique(c, copies, *count, &field);
    }
    return copies;
}

const slm_field *slmi_copier_fields(slmi_copier *c, const slm_field *fields, uint32_t most, uint32_t *count,
                                    uint32_t *dropped)
{
    uint32_t looked = fields ? *count : 0;
    c->repaired |= !fields && *count > 0;
    if (looked > most) {
        c->repaired = true;
        *dropped += looked - most;
        looked = most;
    }
    return put_fields(c, fields, looked, count, dropped, 0);
}

/* A map or a list, whose values may be such again. */
static slm_value put_nested(slmi_copier *c, const slm_value *value, unsigned depth)
{
    uint32_t count = 0, dropped = 0, looked = value->len < NESTED_MAX ? (uint32_t)value->len : (uint32_t)NESTED_MAX;
    if ((!value->as.p && value->len > 0) || depth == NESTING_MAX) {
        c->repaired = true;
        return slm_value_empty();
    }
    c->repaired |= looked < value->len;
    if (value->type == SLM_TYPE_MAP) {
        const slm_field *fields = put_fields(c, value->as.p, looked, &count, &dropped, depth + 1);
        return slm_value_map(fields ? fields : (const slm_field *)(const void *)no_values, fields ? count : 0);
    }
    const slm_value *from = value->as.p;
    slm_value *values = slmi_copier_take(c, looked * sizeof *values);
    for (uint32_t i = 0; i < looked && !slmi_copier_is_full(c); i++) {
        slm_value copy = put_value(c, &from[i], depth + 1);
        if (values)
            values[count++] = copy;
    }
    return slm_value_list(values ? values : no_values, values ? count : 0);
}
