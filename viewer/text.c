/* SPDX-License-Identifier: MIT */
#include "viewer/text.h"

#include "viewer/memory.h"
#include "viewer/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MAX_WEIGHTLESS = 128 }; /* Combining marks in one text; they take no column, yet bytes. */

static bool make_room(slmi_view_text *text, size_t more)
{
    if (text->truncated || more > text->max - text->len) {
        text->truncated = true;
        return false;
    }
    size_t needed = text->len + more + 1;
    if (needed <= text->capacity)
        return true;
    size_t capacity = text->capacity < 128 ? 256 : text->capacity * 2;
    if (capacity > text->max)
        capacity = text->max + 1;
    if (capacity < needed)
        capacity = needed;
    char *data = slmi_view_realloc(text->data, capacity);
    if (!data) {
        text->truncated = true;
        return false;
    }
    text->data = data;
    text->capacity = capacity;
    return true;
}

void slmi_view_text_add(slmi_view_text *text, const char *bytes, size_t len)
{
    if (!make_room(text, len))
        return;
    if (len > 0)
        memcpy(text->data + text->len, bytes, len);
    text->len += len;
    text->data[text->len] = '\0';
}

void slmi_view_text_puts(slmi_view_text *text, const char *string)
{
    slmi_view_text_add(text, string, strlen(string));
}

void slmi_view_text_addf(slmi_view_text *text, const char *format, ...)
{
    char line[512];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (len < 0 || (size_t)len >= sizeof line) {
        text->truncated = true;
        return;
    }
    slmi_view_text_add(text, line, (size_t)len);
}

void slmi_view_text_clear(slmi_view_text *text)
{
    text->len = 0;
    text->truncated = false;
    if (text->data)
        text->data[0] = '\0';
}

void slmi_view_text_free(slmi_view_text *text)
{
    slmi_view_free(text->data);
    *text = slmi_view_text_up_to(text->max);
}

/* How one code point is shown, at most 10 bytes; yields the columns it takes. */
static size_t shown_as(uint32_t code, char out[static 16], size_t *len)
{
    if (!slmi_view_utf8_is_unsafe(code)) {
        *len = slmi_view_utf8_put(out, code);
        return (size_t)slmi_view_utf8_columns(code);
    }
    int written = code == '\n'   ? snprintf(out, 16, "\\n")
                  : code == '\t' ? snprintf(out, 16, "\\t")
                  : code == '\r' ? snprintf(out, 16, "\\r")
                  : code < 0x80  ? snprintf(out, 16, "\\x%02x", (unsigned)code)
                                 : snprintf(out, 16, "\\u{%x}", (unsigned)code);
    *len = written > 0 ? (size_t)written : 0;
    return *len;
}

size_t slmi_view_text_safe(slmi_view_text *text, const char *string, size_t max_columns)
{
    size_t len = strlen(string), columns = 0;
    size_t cut_at = text->len, cut_columns = 0; /* Where an ellipsis still fits. */
    size_t weightless = 0;
    for (size_t at = 0; at < len;) {
        uint32_t code;
        char shown[16];
        size_t shown_len;
        at += slmi_view_utf8_next(string + at, len - at, &code);
        size_t wide = shown_as(code, shown, &shown_len);
        bool too_much = columns + wide > max_columns || (wide == 0 && ++weightless > MAX_WEIGHTLESS);
        if (too_much) {
            if (text->data && !text->truncated) {
                text->len = cut_at;
                text->data[cut_at] = '\0';
            }
            slmi_view_text_puts(text, "…");
            return cut_columns + 1;
        }
        slmi_view_text_add(text, shown, shown_len);
        columns += wide;
        if (columns < max_columns) {
            cut_at = text->len;
            cut_columns = columns;
        }
    }
    return columns;
}

void slmi_view_text_json(slmi_view_text *text, const char *string)
{
    slmi_view_text_puts(text, "\"");
    for (const char *at = string; *at;) {
        size_t plain = strcspn(at, "\"\\\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13"
                                   "\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f\x7f");
        slmi_view_text_add(text, at, plain);
        at += plain;
        if (*at == '"' || *at == '\\')
            slmi_view_text_addf(text, "\\%c", *at++);
        else if (*at)
            slmi_view_text_addf(text, "\\u%04x", (unsigned)(unsigned char)*at++);
    }
    slmi_view_text_puts(text, "\"");
}

size_t slmi_view_columns(const char *string)
{
    size_t len = strlen(string), columns = 0;
    for (size_t at = 0; at < len;) {
        uint32_t code;
        at += slmi_view_utf8_next(string + at, len - at, &code);
        columns += (size_t)slmi_view_utf8_columns(code);
    }
    return columns;
}
