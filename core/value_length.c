/* SPDX-License-Identifier: MIT */
#include "core/value_length.h"

/* The bytes of the first `limit` characters: a byte that continues a character of UTF-8 is not counted. */
static size_t shortened(const char *text, size_t len, uint32_t limit)
{
    uint32_t characters = 0;
    if (len <= limit)
        return len;
    for (size_t i = 0; i < len; i++)
        if (((unsigned char)text[i] & 0xc0) != 0x80 && characters++ == limit)
            return i;
    return len;
}

static void shorten_array(slm_value *array, uint32_t limit)
{
    slm_string *strings = (slm_string *)(uintptr_t)array->as.p;
    if (array->type == ((uint32_t)SLM_TYPE_ARRAY | SLM_TYPE_STRING))
        for (size_t i = 0; i < array->len; i++)
            strings[i].len = shortened(strings[i].data, strings[i].len, limit);
}

void slmi_value_shorten(slm_value *value, uint32_t limit)
{
    switch (value->type) {
    case SLM_TYPE_STRING:
    case SLM_TYPE_DEBUG:
        value->len = shortened(value->as.s, value->len, limit);
        break;
    case SLM_TYPE_BYTES:
        value->len = value->len < limit ? value->len : limit;
        break;
    case SLM_TYPE_MAP:
        for (size_t i = 0; i < value->len; i++)
            slmi_value_shorten(&((slm_field *)(uintptr_t)value->as.p)[i].value, limit);
        break;
    case SLM_TYPE_LIST:
        for (size_t i = 0; i < value->len; i++)
            slmi_value_shorten(&((slm_value *)(uintptr_t)value->as.p)[i], limit);
        break;
    default:
        shorten_array(value, limit);
    }
}
