/* SPDX-License-Identifier: MIT */
#include "core/ot_member.h"

#include <string.h>

enum { MEMBERS_MAX = 32, LONG_MEMBER = 128 };

/* Up to `separator`, which is taken too; false at the end. */
static bool next(slm_string *left, char separator, slm_string *part)
{
    if (!left->data)
        return false;
    const char *end = left->len ? memchr(left->data, separator, left->len) : NULL;
    size_t len = end ? (size_t)(end - left->data) : left->len;
    *part = slm_string_of(left->data, len);
    *left = end ? slm_string_of(end + 1, left->len - len - 1) : slm_string_of(NULL, 0);
    return true;
}

static slm_string trim(slm_string text)
{
    while (text.len && (text.data[0] == ' ' || text.data[0] == '\t'))
        text = slm_string_of(text.data + 1, text.len - 1);
    while (text.len && (text.data[text.len - 1] == ' ' || text.data[text.len - 1] == '\t'))
        text.len--;
    return text;
}

static bool is_ot(slm_string member)
{
    return member.len >= 3 && memcmp(member.data, "ot=", 3) == 0;
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_value_char(char c)
{
    return is_lower(c) || is_digit(c) || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' || c == '-';
}

/* `key:value`; false if it is not. */
static bool split(slm_string pair, slm_string *key, slm_string *value)
{
    const char *colon = pair.len ? memchr(pair.data, ':', pair.len) : NULL;
    if (!colon || !is_lower(pair.data[0]))
        return false;
    *key = slm_string_of(pair.data, (size_t)(colon - pair.data));
    *value = slm_string_of(colon + 1, pair.len - key->len - 1);
    for (size_t i = 0; i < key->len; i++)
        if (!is_lower(key->data[i]) && !is_digit(key->data[i]))
            return false;
    for (size_t i = 0; i < value->len; i++)
        if (!is_value_char(value->data[i]))
            return false;
    return true;
}

/* 1 to 14 lower-case hex digits, the most significant first. */
static bool fraction(slm_string text, uint64_t *out)
{
    uint64_t number = 0;
    if (text.len == 0 || text.len > SLMI_OT_RV_DIGITS)
        return false;
    for (size_t i = 0; i < SLMI_OT_RV_DIGITS; i++) {
        char c = i < text.len ? text.data[i] : '0';
        if (!is_digit(c) && !(c >= 'a' && c <= 'f'))
            return false;
        number = number << 4 | (uint64_t)(is_digit(c) ? c - '0' : c - 'a' + 10);
    }
    *out = number;
    return true;
}

static bool is_key(slm_string key, const char two[3])
{
    return key.len == 2 && memcmp(key.data, two, 2) == 0;
}

static void read_pair(slmi_ot_member *out, slm_string key, slm_string value)
{
    if (is_key(key, "th") && !out->has_th) {
        out->has_th = true;
        out->has_threshold = fraction(value, &out->threshold);
    } else if (is_key(key, "rv") && !out->has_rv) {
        out->has_rv = true;
        out->has_randomness = value.len == SLMI_OT_RV_DIGITS && fraction(value, &out->randomness);
    }
}

void slmi_ot_read(slm_string tracestate, slmi_ot_member *out)
{
    slm_string member, pair, key, value;
    memset(out, 0, sizeof *out);
    while (next(&tracestate, ',', &member)) {
        member = trim(member);
        if (!is_ot(member))
            continue;
        out->present = true;
        out->value = slm_string_of(member.data + 3, member.len - 3);
        out->well_formed = out->value.len > 0 && out->value.len <= SLMI_OT_VALUE_MAX;
        for (slm_string left = out->value; out->well_formed && next(&left, ';', &pair);) {
            out->well_formed = split(pair, &key, &value);
            if (out->well_formed)
                read_pair(out, key, value);
        }
        if (!out->well_formed)
            out->has_threshold = out->has_randomness = out->has_th = out->has_rv = false;
        return;
    }
}

struct text {
    char bytes[SLMI_OT_VALUE_MAX + 4];
    size_t len;
    bool fits;
};

static void append(struct text *text, slm_string part)
{
    text->fits = text->fits && part.len <= sizeof text->bytes - 1 - text->len;
    if (!text->fits || !part.len)
        return;
    memcpy(text->bytes + text->len, part.data, part.len);
    text->len += part.len;
}

static void append_pair(struct text *text, const char *key, slm_string value)
{
    if (text->len > 3)
        append(text, slm_string_of(";", 1));
    append(text, slm_string_from_c(key));
    append(text, value);
}

/* The whole member, "ot=" included; no longer than that if it says nothing. */
static void compose(struct text *text, const slmi_ot_member *old, slm_string th, slm_string rv)
{
    slm_string pair, key, value, left = old->well_formed ? old->value : slm_string_of(NULL, 0);
    memcpy(text->bytes, "ot=", 3);
    text->len = 3;
    text->fits = true;
    if (th.len)
        append_pair(text, "th:", th);
    while (next(&left, ';', &pair))
        if (split(pair, &key, &value) && !is_key(key, "th"))
            append_pair(text, "", pair);
    if (rv.len && !old->has_rv)
        append_pair(text, "rv:", rv);
    text->fits = text->fits && text->len <= SLMI_OT_VALUE_MAX + 3;
}

static size_t length(const slm_string *members, size_t count)
{
    size_t len = count ? count - 1 : 0;
    for (size_t i = 0; i < count; i++)
        len += members[i].len;
    return len;
}

/* Takes one member out, never the first: the last that is long, else the last. */
static size_t shed(slm_string *members, size_t count)
{
    size_t victim = count - 1;
    for (size_t i = 1; i < count; i++)
        if (members[i].len > LONG_MEMBER)
            victim = i;
    memmove(&members[victim], &members[victim + 1], (count - victim - 1) * sizeof *members);
    return count - 1;
}

size_t slmi_ot_write(slm_string tracestate, slm_string th, slm_string rv, char out[SLM_TRACESTATE_MAX])
{
    slmi_ot_member old;
    struct text text;
    slm_string member, members[MEMBERS_MAX];
    size_t count = 0, at = 0;
    slmi_ot_read(tracestate, &old);
    compose(&text, &old, th, rv);
    if (!text.fits)
        compose(&text, &old, slm_string_of(NULL, 0), slm_string_of(NULL, 0));
    if (text.len > 3)
        members[count++] = slm_string_of(text.bytes, text.len);
    while (count < MEMBERS_MAX && next(&tracestate, ',', &member)) {
        member = trim(member);
        if (member.len && !is_ot(member))
            members[count++] = member;
    }
    while (count > 1 && length(members, count) > SLM_TRACESTATE_MAX)
        count = shed(members, count);
    if (length(members, count) > SLM_TRACESTATE_MAX)
        return 0;
    for (size_t i = 0; i < count; i++) {
        if (i)
            out[at++] = ',';
        memcpy(out + at, members[i].data, members[i].len);
        at += members[i].len;
    }
    return at;
}
