/* SPDX-License-Identifier: MIT */
#include "exporters/environment.h"

#include "exporters/deadline.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

static void mark_as_cut(slmi_complaints *complaints)
{
    memcpy(complaints->text + complaints->len - 3, "...", 3);
}

/* Whether the first `len` bytes of `text`, which members separated by "; " make up, have this one. */
static bool contains(const char *text, size_t len, const char *member)
{
    size_t member_len = strlen(member);
    for (size_t at = 0; at + member_len <= len; at++) {
        bool begins = at == 0 || text[at - 1] == ' ';
        bool ends = at + member_len == len || text[at + member_len] == ';';
        if (begins && ends && memcmp(text + at, member, member_len) == 0)
            return true;
    }
    return false;
}

void slmi_complain(slmi_complaints *complaints, const char *format, ...)
{
    size_t room = sizeof complaints->text - complaints->len;
    char *start = complaints->text + complaints->len;
    const char *separator = complaints->len > 0 ? "; " : "";
    size_t separator_len = strlen(separator);
    if (room <= separator_len + 1) {
        mark_as_cut(complaints);
        return;
    }
    memcpy(start, separator, separator_len + 1);

    va_list arguments;
    va_start(arguments, format);
    int wanted = vsnprintf(start + separator_len, room - separator_len, format, arguments);
    va_end(arguments);
    /* Each pipeline reads the same environment. */
    bool said = wanted > 0 && contains(complaints->text, complaints->len, start + separator_len);
    if (said)
        *start = '\0';
    if (wanted < 0 || said)
        return;
    size_t len = separator_len + (size_t)wanted;
    complaints->len += len < room ? len : room - 1;
    if (len >= room)
        mark_as_cut(complaints);
    for (char *c = start; *c; c++) {
        if (*c < ' ' || *c == 0x7f)
            *c = '?';
    }
}

const char *slmi_env(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

const char *slmi_env_either(const char *first, const char *second, const char **name)
{
    const char *value = slmi_env(first);
    *name = first;
    if (value)
        return value;
    *name = second;
    return slmi_env(second);
}

static bool parse_number(const char *text, uint64_t *out)
{
    uint64_t value = 0;
    for (; *text; text++) {
        if (*text < '0' || *text > '9' || value > UINT32_MAX)
            return false;
        value = 10 * value + (uint64_t)(*text - '0');
    }
    *out = value;
    return true;
}

void slmi_env_number(const char *name, uint32_t min, uint32_t max, uint32_t *out, slmi_complaints *complaints)
{
    const char *text = slmi_env(name);
    uint64_t value;
    if (!text)
        return;
    if (parse_number(text, &value) && value >= min && value <= max)
        *out = (uint32_t)value;
    else
        slmi_complain(complaints, "%s=%.40s is no number from %u to %u, using %u", name, text, min, max, *out);
}

void slmi_env_timeout(const char *name, uint32_t *out, slmi_complaints *complaints)
{
    uint32_t value = *out;
    slmi_env_number(name, 0, INT32_MAX, &value, complaints);
    *out = value == 0 ? SLMI_ENDLESS_MS : value;
}

bool slmi_env_bool(const char *name, slmi_complaints *complaints)
{
    const char *text = slmi_env(name);
    if (!text || strcasecmp(text, "false") == 0)
        return false;
    if (strcasecmp(text, "true") == 0)
        return true;
    slmi_complain(complaints, "%s=%.40s is neither true nor false, using false", name, text);
    return false;
}

static slm_string trim(slm_string text)
{
    while (text.len > 0 && (text.data[0] == ' ' || text.data[0] == '\t')) {
        text.data++;
        text.len--;
    }
    while (text.len > 0 && (text.data[text.len - 1] == ' ' || text.data[text.len - 1] == '\t'))
        text.len--;
    return text;
}

bool slmi_list_next(const char **list, slm_string *member)
{
    if (!*list)
        return false;
    size_t len = strcspn(*list, ",");
    *member = trim(slm_string_of(*list, len));
    *list = (*list)[len] == ',' ? *list + len + 1 : NULL;
    return true;
}

bool slmi_pair_split(slm_string member, slm_string *key, slm_string *value)
{
    const char *equals = memchr(member.data, '=', member.len);
    if (!equals)
        return false;
    size_t key_len = (size_t)(equals - member.data);
    *key = trim(slm_string_of(member.data, key_len));
    *value = trim(slm_string_of(equals + 1, member.len - key_len - 1));
    return true;
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool slmi_percent_decode(slm_string text, char *out, size_t *len)
{
    size_t used = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (c == '%') {
            int high = i + 2 < text.len ? digit(text.data[i + 1]) : -1;
            int low = i + 2 < text.len ? digit(text.data[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            c = (char)(16 * high + low);
            i += 2;
        }
        out[used++] = c;
    }
    out[used] = '\0';
    *len = used;
    return true;
}
