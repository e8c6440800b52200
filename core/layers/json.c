/* SPDX-License-Identifier: MIT */
#include "core/layers/json.h"

#include <math.h>

#include "core/layers/value.h"

/* A value that does not fit stops the text (`cut`), after which nothing is begun any more. A string or an array that
 * has begun by then is closed in what is reserved; anything else has left nothing, which tells whoever wrote its key to
 * take that back. */

static void close_with(slmi_text *text, const char *bytes, size_t len)
{
    memcpy(text->data + text->len, bytes, len);
    text->len += len;
    if (text->len > text->room)
        text->room = text->len;
}

static void take_back(slmi_text *text, size_t before)
{
    text->len = text->room = before;
}

void slmi_json_comma(slmi_text *text)
{
    char before = text->len ? text->data[text->len - 1] : '{';
    if (before != '{' && before != '[')
        slmi_text_char(text, ',');
}

static void escape(slmi_text *text, const unsigned char *at, size_t printable, bool key)
{
    static const char hex[] = "0123456789abcdef";
    static const char letters[0x20] = { ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r' };
    char escape[6] = { '\\', 'u', '0', '0', hex[*at >> 4], hex[*at & 15] };
    char pair[2] = { '\\', (char)*at };
    if (printable || (*at < 0x20 && letters[*at])) {
        pair[1] = printable ? (char)*at : letters[*at];
        slmi_text_whole(text, pair, sizeof pair);
    } else if (*at < 0x80) {
        slmi_text_whole(text, escape, sizeof escape);
    } else if (key) { /* two keys that differ in what is no UTF-8 stay two */
        char byte[5] = { '\\', '\\', 'x', hex[*at >> 4], hex[*at & 15] };
        slmi_text_whole(text, byte, sizeof byte);
    } else {
        slmi_text_whole(text, "\\ufffd", 6);
    }
}

/* Which bytes of a C1 control are the number that U+00NN has: c2 NN. */
static bool is_c1(const unsigned char *at, const unsigned char *end)
{
    return *at == 0xc2 && end - at >= 2 && at[1] >= 0x80 && at[1] < 0xa0;
}

static void c1(slmi_text *text, const unsigned char *at)
{
    static const char hex[] = "0123456789abcdef";
    char escape[6] = { '\\', 'u', '0', '0', hex[at[1] >> 4], hex[at[1] & 15] };
    if (text->raw)
        slmi_text_whole(text, (const char *)at, 2);
    else
        slmi_text_whole(text, escape, sizeof escape);
}

static void escaped(slmi_text *text, slm_string s, bool key)
{
    const unsigned char *at = (const unsigned char *)s.data, *end = at + s.len;
    while (at < end && !text->cut) {
        at = slmi_text_plain(text, at, end, true);
        if (at == end || text->cut)
            return;
        size_t n = slmi_text_printable(at, (size_t)(end - at));
        if (is_c1(at, end)) {
            c1(text, at);
            at += 2;
        } else if (n > 1 || (n == 1 && *at != '"' && *at != '\\')) {
            slmi_text_whole(text, (const char *)at, n);
            at += n;
        } else {
            escape(text, at++, n, key);
        }
    }
}

static void close_string(slmi_text *text, size_t began)
{
    slmi_text_char(text, '"');
    if (text->cut && text->len > began)
        close_with(text, "...\"", 4);
}

void slmi_json_string(slmi_text *text, slm_string s)
{
    size_t began = text->len;
    slmi_text_char(text, '"');
    escaped(text, s, false);
    close_string(text, began);
}

/* What has no type in JSON, as text; it needs no escaping. */
static void as_string(slmi_text *text, const slm_value *value)
{
    size_t began = text->len;
    slmi_text_char(text, '"');
    slmi_text_value(text, value);
    close_string(text, began);
}

static void number(slmi_text *text, double value)
{
    char digits[40];
    slmi_text small = { .data = digits, .room = sizeof digits };
    if (isnan(value)) {
        slmi_text_whole(text, "\"NaN\"", 5);
    } else if (isinf(value)) {
        slmi_text_whole(text, value < 0 ? "\"-Infinity\"" : "\"Infinity\"", value < 0 ? 11 : 10);
    } else {
        slmi_text_double(&small, value);
        slmi_text_whole(text, digits, small.len);
    }
}

static void put_value(slmi_text *text, const slm_value *value, unsigned depth);
static bool put_key(slmi_text *text, slm_string key, unsigned underscores);

static void array(slmi_text *text, const slm_value *value)
{
    slmi_text_char(text, '[');
    if (text->cut)
        return;
    for (size_t i = 0; value->as.p && i < value->len && !text->cut; i++) {
        slm_value one = slmi_value_element(value, i);
        size_t before = text->len;
        slmi_json_comma(text);
        size_t began = text->len;
        slmi_json_value(text, &one);
        if (text->cut && text->len == began)
            take_back(text, before);
    }
    slmi_json_close(text, ']');
}

/* One member of a map, or of a list (`key` absent); nothing is left of one that does not fit. */
static void put_member(slmi_text *text, slm_string key, const slm_value *value, unsigned depth)
{
    size_t before = text->len;
    if (!key.data)
        slmi_json_comma(text);
    else if (!put_key(text, key, 0))
        return;
    size_t began = text->len;
    put_value(text, value, depth);
    if (text->cut && text->len == began)
        take_back(text, before);
}

static void members(slmi_text *text, const slm_value *value, unsigned depth)
{
    const slm_field *fields = value->type == SLM_TYPE_MAP ? value->as.p : NULL;
    const slm_value *values = value->as.p;
    slmi_text_char(text, value->type == SLM_TYPE_MAP ? '{' : '[');
    if (text->cut)
        return;
    for (size_t i = 0; values && i < value->len && depth < SLMI_SHOWN_DEPTH_MAX && !text->cut; i++) {
        slm_string key = !fields ? (slm_string){ NULL, 0 } : fields[i].key.data ? fields[i].key : slm_string_of("", 0);
        put_member(text, key, fields ? &fields[i].value : &values[i], depth + 1);
    }
    slmi_json_close(text, value->type == SLM_TYPE_MAP ? '}' : ']');
}

static void put_value(slmi_text *text, const slm_value *value, unsigned depth)
{
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
        number(text, value->as.d);
        break;
    case SLM_TYPE_STRING:
    case SLM_TYPE_DEBUG:
        slmi_json_string(text, slm_string_of(value->as.s, value->len));
        break;
    case SLM_TYPE_ERRNO:
    case SLM_TYPE_BYTES:
    case SLM_TYPE_POINTER:
        as_string(text, value);
        break;
    case SLM_TYPE_MAP:
    case SLM_TYPE_LIST:
        members(text, value, depth);
        break;
    default:
        if (value->type & SLM_TYPE_ARRAY)
            array(text, value);
        else
            slmi_text_whole(text, "null", 4);
    }
}

void slmi_json_value(slmi_text *text, const slm_value *value)
{
    put_value(text, value, 0);
}

/* -- members ----------------------------------------------------------------------------------------------------------
 */

/* The comma, the key and its colon; false, and nothing is left of them, if they do not fit. */
static bool put_key(slmi_text *text, slm_string key, unsigned underscores)
{
    size_t before = text->len;
    if (text->cut)
        return false;
    slmi_json_comma(text);
    slmi_text_char(text, '"');
    if (key.len)
        escaped(text, key, true);
    for (; underscores; underscores--)
        slmi_text_char(text, '_');
    slmi_text_whole(text, "\":", 2);
    if (text->cut)
        take_back(text, before);
    return !text->cut;
}

void slmi_json_member(slmi_text *text, slm_string key, unsigned underscores, const slm_value *value)
{
    size_t before = text->len;
    if (!put_key(text, key, underscores))
        return;
    size_t began = text->len;
    slmi_json_value(text, value);
    if (text->cut && text->len == began)
        take_back(text, before);
}

void slmi_json_member_string(slmi_text *text, slm_string key, slm_string value)
{
    size_t before = text->len;
    if (!put_key(text, key, 0))
        return;
    size_t began = text->len;
    slmi_json_string(text, value);
    if (text->cut && text->len == began)
        take_back(text, before);
}

bool slmi_json_open(slmi_text *text, slm_string key, char bracket)
{
    size_t before = text->len;
    if (text->cut)
        return false;
    if (!key.data)
        slmi_json_comma(text);
    else if (!put_key(text, key, 0))
        return false;
    slmi_text_char(text, bracket);
    if (text->cut)
        take_back(text, before);
    return !text->cut;
}

void slmi_json_close(slmi_text *text, char bracket)
{
    close_with(text, &bracket, 1);
}

void slmi_json_mark_cut(slmi_text *text)
{
    static const char mark[] = ",\"cut\":true";
    size_t skip = text->data[text->len - 1] == '{';
    close_with(text, mark + skip, sizeof mark - 1 - skip);
}
