/* SPDX-License-Identifier: MIT */
/* The elements of an array, as values. */
#ifndef SPANLOOM_EXPORTERS_ELEMENT_H
#define SPANLOOM_EXPORTERS_ELEMENT_H

#include <spanloom/value.h>

static inline bool slmi_is_array(const slm_value *value)
{
    return (value->type & (uint32_t)SLM_TYPE_ARRAY) != 0;
}

static inline bool slmi_is_map(const slm_value *value)
{
    return value->type == SLM_TYPE_MAP;
}

/* Whether it has members: a map or a list. Their depth is SLM_VALUE_DEPTH_MAX where the library recorded them; a host
 * that fills one in keeps it too. */
static inline bool slmi_has_members(const slm_value *value)
{
    return value->type == SLM_TYPE_MAP || value->type == SLM_TYPE_LIST;
}

/* Member `i` of a map or a list, without its key. */
static inline const slm_value *slmi_member(const slm_value *value, size_t i)
{
    return slmi_is_map(value) ? &((const slm_field *)value->as.p)[i].value : &((const slm_value *)value->as.p)[i];
}

/* Element `i` of an array as it is read back; SLM_TYPE_EMPTY where the array's type is none that exists. */
static inline slm_value slmi_element(const slm_value *array, size_t i)
{
    uint32_t type = array->type & ~(uint32_t)SLM_TYPE_ARRAY;
    slm_word word = { .u = 0 };
    slm_string text;
    uint8_t truth;

    switch (type) {
    case SLM_TYPE_BOOL:
        memcpy(&truth, (const uint8_t *)array->as.p + i, sizeof truth);
        word.u = truth != 0;
        return slmi_value(type, word, 0);
    case SLM_TYPE_I64:
    case SLM_TYPE_U64:
    case SLM_TYPE_F64:
        memcpy(&word, (const char *)array->as.p + i * sizeof word, sizeof word);
        return slmi_value(type, word, 0);
    case SLM_TYPE_STRING:
        memcpy(&text, (const char *)array->as.p + i * sizeof text, sizeof text);
        return slm_value_string(text.data, text.len);
    default:
        return slm_value_empty();
    }
}

/* Whether an array of U64 has an element that OTLP's integers, which are signed, cannot hold. It is one of strings
 * throughout then: arrays stay of one type. */
static inline bool slmi_has_large_element(const slm_value *array)
{
    if (array->type != ((uint32_t)SLM_TYPE_ARRAY | (uint32_t)SLM_TYPE_U64))
        return false;
    for (size_t i = 0; i < array->len; i++) {
        if (slmi_element(array, i).as.u > INT64_MAX)
            return true;
    }
    return false;
}

#endif
