/* SPDX-License-Identifier: MIT */
#include "exporters/json_writer.h"

#include "exporters/utf8.h"

#define ONES  0x0101010101010101u
#define HIGHS 0x8080808080808080u

static const char hex_digits[] = "0123456789abcdef";

/* Bytes whose top bit is set in the result cannot be copied as they are: control bytes, quote, backslash and what is
 * not ASCII. Borrows may mark a good byte as well, but never when no byte is bad. */
static inline uint64_t special_bytes(uint64_t word)
{
    uint64_t quote = word ^ (ONES * '"');
    uint64_t backslash = word ^ (ONES * '\\');
    return (((word - ONES * 0x20) | (quote - ONES) | (backslash - ONES)) | word) & HIGHS;
}

static inline bool is_special(unsigned char byte)
{
    return byte < 0x20 || byte == '"' || byte == '\\' || byte >= 0x80;
}

/* Copies eight bytes and says whether any of them is special. */
static inline bool copy_8(char *at, const char *from)
{
    uint64_t word;
    memcpy(&word, from, sizeof word);
    memcpy(at, &word, sizeof word);
    return special_bytes(word) != 0;
}

static char *escape(char *at, unsigned char byte)
{
    static const char letters[0x20] = { ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r' };

    *at++ = '\\';
    if (byte >= 0x20) {
        *at++ = (char)byte;
    } else if (letters[byte]) {
        *at++ = letters[byte];
    } else {
        at = SLMI_PUT(at, "u00");
        *at++ = hex_digits[byte >> 4];
        *at++ = hex_digits[byte & 15];
    }
    return at;
}

/* Goes on where a special byte may be near. There is room for all that is left and SLMI_JSON_ROOM. */
static char *text_slowly(slmi_buffer *buffer, char *at, const char *from, const char *end)
{
    while (from < end) {
        if (end - from >= 8 && !copy_8(at, from)) {
            from += 8;
            at += 8;
            continue;
        }
        while (from < end && !is_special((unsigned char)*from))
            *at++ = *from++;
        if (from == end)
            break;

        unsigned char byte = (unsigned char)*from;
        bool well_formed = false;
        size_t len = 1;
        if (byte >= 0x80)
            len = slmi_utf8_next(from, (size_t)(end - from), &well_formed);
        if (well_formed) {
            memcpy(at, from, len);
            at += len;
        } else {
            at = byte < 0x80 ? escape(at, byte) : SLMI_PUT(at, "\xef\xbf\xbd");
            /* It took more than its share of the room. */
            at = slmi_json_room(buffer, at, (size_t)(end - from) - len);
            if (!at)
                return NULL;
        }
        from += len;
    }
    return at;
}

char *slmi_json_text(slmi_buffer *buffer, char *at, slm_string text)
{
    /* No character becomes shorter, so all of this room is sure to be used. */
    at = slmi_json_room(buffer, at, text.len);
    if (!at || text.len == 0)
        return at;

    const char *from = text.data, *end = from + text.len;
    if (text.len < 8)
        return text_slowly(buffer, at, from, end);
    while (end - from > 8) {
        if (copy_8(at, from))
            return text_slowly(buffer, at, from, end);
        from += 8;
        at += 8;
    }
    /* The last eight bytes may overlap the ones before, which were clean. */
    size_t left = (size_t)(end - from);
    if (copy_8(at + left - 8, end - 8))
        return text_slowly(buffer, at, from, end);
    return at + left;
}

char *slmi_json_escape_again(slmi_buffer *buffer, char *at, size_t from)
{
    if (!at)
        return NULL;

    /* JSON of ours has neither control bytes nor ill-formed UTF-8: quotes and backslashes are all. */
    size_t more = 0;
    for (const char *byte = buffer->data + from; byte < at; byte++)
        more += *byte == '"' || *byte == '\\';
    at = slmi_json_room(buffer, at, more);
    if (!at)
        return NULL;

    char *end = at + more, *to = end;
    while (to > at) {
        *--to = *--at;
        if (*to == '"' || *to == '\\')
            *--to = '\\';
    }
    return end;
}

char *slmi_json_base64(slmi_buffer *buffer, char *at, const void *bytes, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *from = bytes;

    at = slmi_json_room(buffer, at, (len + 2) / 3 * 4);
    if (!at)
        return NULL;
    for (; len >= 3; len -= 3, from += 3, at += 4) {
        uint32_t bits = (uint32_t)from[0] << 16 | (uint32_t)from[1] << 8 | from[2];
        at[0] = digits[bits >> 18];
        at[1] = digits[bits >> 12 & 63];
        at[2] = digits[bits >> 6 & 63];
        at[3] = digits[bits & 63];
    }
    if (len > 0) {
        uint32_t bits = (uint32_t)from[0] << 16 | (len > 1 ? (uint32_t)from[1] << 8 : 0);
        at[0] = digits[bits >> 18];
        at[1] = digits[bits >> 12 & 63];
        at[2] = len > 1 ? digits[bits >> 6 & 63] : '=';
        at[3] = '=';
        at += 4;
    }
    return at;
}
