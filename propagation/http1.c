/* SPDX-License-Identifier: MIT */
/* An HTTP/1.1 header block as a carrier. RFC 9112 5. */
#include "propagation/scan.h"
#include <spanloom/carrier.h>

/* The end of the line that starts at `at`: its LF, or the end of the block. */
static const char *line_end(const char *at, const char *end)
{
    const char *lf = memchr(at, '\n', (size_t)(end - at));
    return lf ? lf : end;
}

static bool is_last(const char *at, const char *stop)
{
    return at == stop || (stop - at == 1 && *at == '\r');
}

/* A line that starts with a space or tab continues the one before, RFC 9112 5.2; but nothing continues a line that has
 * nothing in it. It ends the headers; what follows is the body, which must not be read as headers. */
static const char *field_end(const char *at, const char *end)
{
    const char *stop = line_end(at, end);
    if (is_last(at, stop))
        return stop;
    while (stop < end && stop + 1 < end && slmi_is_ows(stop[1]))
        stop = line_end(stop + 1, end);
    return stop;
}

static slm_string value_of(const char *colon, const char *stop)
{
    slm_string value = slm_string_of(colon + 1, (size_t)(stop - colon - 1));
    if (value.len > 0 && value.data[value.len - 1] == '\r')
        value.len--;
    return slmi_trim(value);
}

/* The next line that has a colon; `*cursor` goes behind it, or behind the block if there is none. */
static bool each(const void *carrier, uintptr_t *cursor, slm_string *name, slm_string *value)
{
    const slm_string *block = carrier;
    if (*cursor >= block->len)
        return false;
    const char *end = block->data + block->len;
    for (const char *at = block->data + *cursor; at < end;) {
        const char *stop = field_end(at, end);
        if (is_last(at, stop))
            break;
        const char *line = at;
        const char *colon = memchr(line, ':', (size_t)(stop - line));
        at = stop < end ? stop + 1 : end;
        if (colon) {
            *name = slm_string_of(line, (size_t)(colon - line));
            *value = value_of(colon, stop);
            *cursor = (uintptr_t)(at - block->data);
            return true;
        }
    }
    *cursor = block->len;
    return false;
}

static bool get(const void *carrier, slm_string name, uintptr_t *cursor, slm_string *value)
{
    slm_string at;
    while (each(carrier, cursor, &at, value)) {
        if (slm_header_name_is(at, name))
            return true;
    }
    return false;
}

/* Moves the lines of other names to the front if `move`; the bytes that are, or would be, left. */
static size_t keep_others(slm_http1_lines *lines, slm_string name, bool move)
{
    const char *end = lines->data + lines->len;
    size_t kept = 0;
    for (size_t at = 0, len; at < lines->len; at += len) {
        const char *start = lines->data + at;
        const char *stop = field_end(start, end);
        len = (size_t)(stop - start) + (stop < end);
        if (len > name.len && start[name.len] == ':' && slm_header_name_is(slm_string_of(start, name.len), name))
            continue;
        if (move)
            memmove(lines->data + kept, start, len);
        kept += len;
    }
    return kept;
}

static void remove_name(void *carrier, slm_string name)
{
    slm_http1_lines *lines = carrier;
    lines->len = keep_others(lines, name, true);
}

static char *put(char *at, slm_string text)
{
    if (text.len > 0)
        memcpy(at, text.data, text.len);
    return at + text.len;
}

static slm_status set(void *carrier, slm_string name, slm_string value)
{
    slm_http1_lines *lines = carrier;
    size_t wanted = name.len + 2 + value.len + 2;
    if (lines->capacity - keep_others(lines, name, false) < wanted)
        return SLM_ERR_LIMIT;
    remove_name(carrier, name);
    char *at = put(lines->data + lines->len, name);
    at = put(at, slm_string_of(": ", 2));
    at = put(at, value);
    put(at, slm_string_of("\r\n", 2));
    lines->len += wanted;
    return SLM_OK;
}

const slm_getter *slm_http1_getter(void)
{
    static const slm_getter getter = { .size = sizeof getter, .get = get, .each = each };
    return &getter;
}

const slm_setter *slm_http1_setter(void)
{
    static const slm_setter setter = { .size = sizeof setter, .set = set, .remove = remove_name };
    return &setter;
}
