/* SPDX-License-Identifier: MIT */
#include "viewer/json.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static const double TWO_TO_53 = 9007199254740992.0;
static const double TWO_TO_63 = 9223372036854775808.0;
static const double TWO_TO_64 = 18446744073709551616.0;

bool slmi_view_refuse(slmi_view_refusal *refusal, unsigned status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    refusal->status = status;
    (void)vsnprintf(refusal->reason, sizeof refusal->reason, format, args);
    va_end(args);
    return false;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* The four digits of \uXXXX at `at`, or -1. The body is terminated, so this never reads past it. */
static long escaped_unit(const char *at)
{
    if (at[0] != '\\' || at[1] != 'u')
        return -1;
    long unit = 0;
    for (int i = 2; i < 6; i++) {
        int digit = hex_digit(at[i]);
        if (digit < 0)
            return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

/* An escape at `at`: its length, 0 if it is malformed. cJSON would end the string at \u0000, and refuse the whole body
 * for half a surrogate pair; both are text of somebody's program, so they are replaced. */
static size_t judge_escape(char *at)
{
    if (at[1] != 'u')
        return at[1] != '\0' && strchr("\"\\/bfnrt", at[1]) ? 2 : 0;
    long unit = escaped_unit(at);
    if (unit < 0)
        return 0;
    if (unit >= 0xd800 && unit <= 0xdbff) {
        long low = escaped_unit(at + 6);
        if (low >= 0xdc00 && low <= 0xdfff)
            return 12;
    }
    if (unit == 0 || (unit >= 0xd800 && unit <= 0xdfff))
        memcpy(at + 2, "fffd", 4);
    return 6;
}

/* The string whose opening quote is at `at`: its length with both quotes, or 0. */
static size_t judge_string(char *at, const char *end, slmi_view_refusal *refusal)
{
    char *c = at + 1;
    while (c < end && *c != '"') {
        size_t step = *c == '\\' ? judge_escape(c) : (unsigned char)*c < 0x20 ? 0 : 1;
        if (step == 0) {
            slmi_view_refuse(refusal, 400,
                             *c == '\\' ? "not JSON: a malformed escape in a string"
                                        : "not JSON: a raw control character in a string");
            return 0;
        }
        c += step;
    }
    if (c >= end) {
        slmi_view_refuse(refusal, 400, "not JSON: it ends inside a string");
        return 0;
    }
    return (size_t)(c - at) + 1;
}

/* One pass that bounds what cJSON will recurse into and allocate; it does not check the grammar, cJSON does. */
static bool judge(char *body, size_t len, slmi_view_refusal *refusal)
{
    size_t depth = 0, values = 1;
    const char *end = body + len;
    for (char *c = body; c < end; c++) {
        switch (*c) {
        case '"': {
            size_t step = judge_string(c, end, refusal);
            if (step == 0)
                return false;
            c += step - 1;
            break;
        }
        case '[':
        case '{':
            values++;
            if (++depth > SLMI_VIEW_MAX_DEPTH)
                return slmi_view_refuse(refusal, 400, "nested deeper than %d levels", SLMI_VIEW_MAX_DEPTH);
            break;
        case ']':
        case '}':
            if (depth-- == 0)
                return slmi_view_refuse(refusal, 400, "not JSON: more brackets are closed than were opened");
            break;
        case ',':
            values++;
            break;
        case '\0':
            return slmi_view_refuse(refusal, 400, "not JSON: it contains a NUL byte");
        default:
            break;
        }
        if (values > SLMI_VIEW_MAX_VALUES)
            return slmi_view_refuse(refusal, 413, "more than %d JSON values in one body", SLMI_VIEW_MAX_VALUES);
    }
    if (depth > 0)
        return slmi_view_refuse(refusal, 400, "not JSON: it ends before %zu bracket%s closed; truncated?", depth,
                                depth == 1 ? " is" : "s are");
    return true;
}

cJSON *slmi_view_json_parse(char *body, size_t len, slmi_view_refusal *refusal)
{
    if (len == 0) {
        slmi_view_refuse(refusal, 400, "the body is empty");
        return NULL;
    }
    if (!judge(body, len, refusal))
        return NULL;
    const char *end = NULL;
    cJSON *root = cJSON_ParseWithLengthOpts(body, len + 1, &end, true);
    if (!root)
        slmi_view_refuse(refusal, 400, "not JSON: a syntax error near byte %zu",
                         end ? (size_t)(end - body) : (size_t)0);
    return root;
}

const cJSON *slmi_view_json_member(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    return item && !cJSON_IsNull(item) ? item : NULL;
}

static bool digits_to_u64(const char *digits, uint64_t *out)
{
    uint64_t value = 0;
    if (!*digits)
        return false;
    for (const char *d = digits; *d; d++) {
        if (*d < '0' || *d > '9' || __builtin_mul_overflow(value, 10u, &value) ||
            __builtin_add_overflow(value, (uint64_t)(*d - '0'), &value))
            return false;
    }
    *out = value;
    return true;
}

bool slmi_view_json_u64(const cJSON *item, uint64_t *out, size_t *inexact)
{
    if (cJSON_IsString(item))
        return digits_to_u64(item->valuestring, out);
    double value = item->valuedouble;
    if (!cJSON_IsNumber(item) || !(value >= 0 && value <= TWO_TO_64) || floor(value) < value)
        return false;
    if (value >= TWO_TO_53)
        ++*inexact;
    *out = value < TWO_TO_64 ? (uint64_t)value : UINT64_MAX;
    return true;
}

bool slmi_view_json_i64(const cJSON *item, int64_t *out, size_t *inexact)
{
    if (cJSON_IsString(item)) {
        bool negative = item->valuestring[0] == '-';
        uint64_t magnitude;
        if (!digits_to_u64(item->valuestring + negative, &magnitude) || magnitude > (uint64_t)INT64_MAX + negative)
            return false;
        *out = negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
        return true;
    }
    double value = item->valuedouble;
    if (!cJSON_IsNumber(item) || !(value >= -TWO_TO_63 && value <= TWO_TO_63) || floor(value) < value)
        return false;
    if (fabs(value) >= TWO_TO_53)
        ++*inexact;
    *out = value < TWO_TO_63 ? (int64_t)value : INT64_MAX;
    return true;
}

bool slmi_view_hex(const char *digits, uint8_t *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int high = hex_digit(digits[2 * i]);
        int low = high < 0 ? -1 : hex_digit(digits[2 * i + 1]);
        if (low < 0)
            return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return digits[2 * count] == '\0';
}

void slmi_view_json_double(slmi_view_text *text, double value)
{
    char digits[40];
    for (int precision = 15; precision <= 17; precision++) {
        (void)snprintf(digits, sizeof digits, "%.*g", precision, value);
        double back = strtod(digits, NULL);
        if (back <= value && back >= value)
            break;
    }
    slmi_view_text_puts(text, digits);
}

static void write_members(slmi_view_text *text, const cJSON *item)
{
    bool object = cJSON_IsObject(item);
    slmi_view_text_puts(text, object ? "{" : "[");
    for (const cJSON *member = item->child; member; member = member->next) {
        if (object) {
            slmi_view_text_json(text, member->string);
            slmi_view_text_puts(text, ":");
        }
        slmi_view_json_write(text, member);
        if (member->next)
            slmi_view_text_puts(text, ",");
    }
    slmi_view_text_puts(text, object ? "}" : "]");
}

void slmi_view_json_write(slmi_view_text *text, const cJSON *item)
{
    if (cJSON_IsObject(item) || cJSON_IsArray(item))
        write_members(text, item);
    else if (cJSON_IsString(item))
        slmi_view_text_json(text, item->valuestring);
    else if (cJSON_IsNumber(item) && isfinite(item->valuedouble))
        slmi_view_json_double(text, item->valuedouble);
    else
        slmi_view_text_puts(text, cJSON_IsTrue(item) ? "true" : cJSON_IsFalse(item) ? "false" : "null");
}
