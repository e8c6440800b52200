/* SPDX-License-Identifier: MIT */
#include "core/layers/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/errno_name.h"

void slmi_text_bytes(slmi_text *text, const char *data, size_t len)
{
    if (text->room - text->len < len) {
        text->cut = true;
        len = text->room - text->len;
    }
    if (len)
        memcpy(text->data + text->len, data, len);
    text->len += len;
}

void slmi_text_char(slmi_text *text, char c)
{
    slmi_text_bytes(text, &c, 1);
}

void slmi_text_u64(slmi_text *text, uint64_t value)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    slmi_text_bytes(text, digits + at, sizeof digits - at);
}

void slmi_text_i64(slmi_text *text, int64_t value)
{
    if (value < 0)
        slmi_text_char(text, '-');
    slmi_text_u64(text, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

void slmi_text_double(slmi_text *text, double value)
{
    char digits[40];
    if (isnan(value)) {
        slmi_text_bytes(text, "NaN", 3);
        return;
    }
    if (isinf(value)) {
        slmi_text_bytes(text, value < 0 ? "-inf" : "inf", value < 0 ? 4 : 3);
        return;
    }
    int n = 0;
    for (int precision = 15; precision <= 17; precision++) {
        n = snprintf(digits, sizeof digits, "%.*g", precision, value);
        if (strtod(digits, NULL) == value)
            break;
    }
    bool whole = true;
    for (int i = 0; i < n; i++) {
        if (digits[i] == ',')
            digits[i] = '.'; /* a locale's */
        whole = whole && digits[i] != '.' && digits[i] != 'e';
    }
    slmi_text_bytes(text, digits, (size_t)n);
    if (whole)
        slmi_text_bytes(text, ".0", 2);
}

/* How many bytes of well-formed UTF-8 begin here; 0 for a byte that must be escaped. */
static size_t printable(const unsigned char *s, size_t len)
{
    if (s[0] < 0x20 || s[0] == 0x7f)
        return 0;
    if (s[0] < 0x80)
        return 1;
    if (s[0] >= 0xc2 && s[0] <= 0xdf)
        return len >= 2 && (s[1] & 0xc0) == 0x80 && !(s[0] == 0xc2 && s[1] < 0xa0) ? 2 : 0;
    if (s[0] >= 0xe0 && s[0] <= 0xef && len >= 3 && (s[1] & 0xc0) == 0x80 && (s[2] & 0xc0) == 0x80)
        return (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] >= 0xa0) ? 0 : 3;
    if (s[0] >= 0xf0 && s[0] <= 0xf4 && len >= 4 && (s[1] & 0xc0) == 0x80 && (s[2] & 0xc0) == 0x80 &&
        (s[3] & 0xc0) == 0x80)
        return (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] >= 0x90) ? 0 : 4;
    return 0;
}

static void escape_byte(slmi_text *text, unsigned char byte)
{
    static const char hex[] = "0123456789abcdef";
    char escape[4] = { '\\', 'x', hex[byte >> 4], hex[byte & 15] };
    switch (byte) {
    case '\n':
        slmi_text_bytes(text, "\\n", 2);
        break;
    case '\r':
        slmi_text_bytes(text, "\\r", 2);
        break;
    case '\t':
        slmi_text_bytes(text, "\\t", 2);
        break;
    default:
        slmi_text_bytes(text, escape, sizeof escape);
    }
}

static void escaped(slmi_text *text, slm_string s, bool quotes)
{
    const unsigned char *at = (const unsigned char *)s.data, *end = at + s.len, *plain = at;
    while (at < end) {
        size_t n = printable(at, (size_t)(end - at));
        if (n && !(quotes && (*at == '"' || *at == '\\'))) {
            at += n;
            continue;
        }
        slmi_text_bytes(text, (const char *)plain, (size_t)(at - plain));
        if (n) {
            slmi_text_char(text, '\\');
            slmi_text_char(text, (char)*at);
        } else {
            escape_byte(text, *at);
        }
        plain = ++at;
    }
    slmi_text_bytes(text, (const char *)plain, (size_t)(at - plain));
}

void slmi_text_escaped(slmi_text *text, slm_string s)
{
    if (s.len)
        escaped(text, s, false);
}

void slmi_text_quoted(slmi_text *text, slm_string s)
{
    slmi_text_char(text, '"');
    if (s.len)
        escaped(text, s, true);
    slmi_text_char(text, '"');
}

static void hex_bytes(slmi_text *text, const unsigned char *bytes, size_t len)
{
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        char pair[2] = { hex[bytes[i] >> 4], hex[bytes[i] & 15] };
        slmi_text_bytes(text, pair, 2);
    }
}

/* Element `at` of an array as it is read back, or as a caller passes it. */
static slm_value element_of(const slm_value *array, size_t at)
{
    uint32_t type = array->type & ~(uint32_t)SLM_TYPE_ARRAY;
    const char *p = (const char *)array->as.p + at * array->element_bytes;
    uint64_t u = 0;
    slm_string string = { NULL, 0 };
    if (type == SLM_TYPE_STRING) {
        const char *c;
        if (array->element_bytes == sizeof string) {
            memcpy(&string, p, sizeof string);
        } else {
            memcpy(&c, p, sizeof c);
            string = slm_string_from_c(c ? c : "");
        }
        return slm_value_string(string.data ? string.data : "", string.len);
    }
    memcpy(&u, p, array->element_bytes < sizeof u ? array->element_bytes : sizeof u);
    if (type == SLM_TYPE_I64 && array->element_bytes < sizeof u) {
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

static void array(slmi_text *text, const slm_value *value)
{
    slmi_text_char(text, '[');
    for (size_t i = 0; i < value->len && !text->cut; i++) {
        slm_value one = element_of(value, i);
        if (i)
            slmi_text_bytes(text, ", ", 2);
        slmi_text_value(text, &one);
    }
    slmi_text_char(text, ']');
}

static void errno_name(slmi_text *text, int64_t number)
{
    const char *name = number > 0 && number < 4096 ? slmi_errno_name((int)number) : NULL;
    if (name)
        slmi_text_bytes(text, name, strlen(name));
    else
        slmi_text_i64(text, number);
}

void slmi_text_value(slmi_text *text, const slm_value *value)
{
    slm_string s = { value->as.s, value->len };
    uint64_t address = value->as.u;
    switch (value->type) {
    case SLM_TYPE_BOOL:
        slmi_text_bytes(text, value->as.u ? "true" : "false", value->as.u ? 4 : 5);
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
        errno_name(text, value->as.i);
        break;
    case SLM_TYPE_BYTES:
        slmi_text_bytes(text, "0x", 2);
        hex_bytes(text, value->as.p, value->len);
        break;
    case SLM_TYPE_POINTER: {
        unsigned char big_endian[8];
        for (int i = 0; i < 8; i++)
            big_endian[i] = (unsigned char)(address >> (56 - 8 * i));
        slmi_text_bytes(text, "0x", 2);
        hex_bytes(text, big_endian, sizeof big_endian);
        break;
    }
    default:
        if (value->type & SLM_TYPE_ARRAY)
            array(text, value);
    }
}

static void padded(slmi_text *text, uint64_t value, int width)
{
    char digits[20];
    for (int i = width; i-- > 0; value /= 10)
        digits[i] = (char)('0' + value % 10);
    slmi_text_bytes(text, digits, (size_t)width);
}

void slmi_text_time(slmi_text *text, uint64_t ns)
{
    uint64_t seconds = ns / 1000000000u;
    uint64_t days = seconds / 86400u, second = seconds % 86400u;
    /* Days to a date of the Gregorian calendar, in eras of 400 years that begin in March (Howard Hinnant's method). */
    uint64_t z = days + 719468u, era = z / 146097u, of_era = z % 146097u;
    uint64_t year_of_era = (of_era - of_era / 1460u + of_era / 36524u - of_era / 146096u) / 365u;
    uint64_t of_year = of_era - (365u * year_of_era + year_of_era / 4u - year_of_era / 100u);
    uint64_t shifted = (5u * of_year + 2u) / 153u;
    uint64_t day = of_year - (153u * shifted + 2u) / 5u + 1u;
    uint64_t month = shifted < 10u ? shifted + 3u : shifted - 9u;
    uint64_t year = year_of_era + era * 400u + (month <= 2u);
    padded(text, year, 4);
    slmi_text_char(text, '-');
    padded(text, month, 2);
    slmi_text_char(text, '-');
    padded(text, day, 2);
    slmi_text_char(text, 'T');
    padded(text, second / 3600u, 2);
    slmi_text_char(text, ':');
    padded(text, second / 60u % 60u, 2);
    slmi_text_char(text, ':');
    padded(text, second % 60u, 2);
    slmi_text_char(text, '.');
    padded(text, ns % 1000000000u / 1000u, 6);
    slmi_text_char(text, 'Z');
}
