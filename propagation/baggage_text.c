/* SPDX-License-Identifier: MIT */
/* Reading the text that a baggage is kept as, and the percent-encoding of its values. */
#include "propagation/baggage.h"

/* The slice of `text` from `*cursor` to the next `separator`, which is stepped over. */
static slm_string next_part(slm_string text, char separator, size_t *cursor)
{
    const char *at = text.data + *cursor;
    size_t left = text.len - *cursor;
    const char *stop = memchr(at, separator, left);
    size_t len = stop ? (size_t)(stop - at) : left;
    *cursor += stop ? len + 1 : len;
    return slm_string_of(at, len);
}

bool slm_baggage_next(const slm_baggage *baggage, size_t *cursor, slm_baggage_member *member)
{
    slm_string text = slm_string_of(baggage->text, baggage->len);
    while (*cursor < text.len) {
        slm_string part = next_part(text, ',', cursor);
        const char *equals = memchr(part.data, '=', part.len);
        if (!equals)
            continue; /* Only a text that was not written by this library has such a member. */
        member->key = slm_string_of(part.data, (size_t)(equals - part.data));
        slm_string rest = slm_string_of(equals + 1, part.len - member->key.len - 1);
        const char *semicolon = memchr(rest.data, ';', rest.len);
        member->value = slm_string_of(rest.data, semicolon ? (size_t)(semicolon - rest.data) : rest.len);
        member->properties = slm_string_of(NULL, 0);
        if (semicolon)
            member->properties = slm_string_of(semicolon + 1, rest.len - member->value.len - 1);
        return true;
    }
    return false;
}

bool slm_baggage_find(const slm_baggage *baggage, slm_string key, slm_baggage_member *member)
{
    size_t cursor = 0;
    for (slm_baggage_member at; slm_baggage_next(baggage, &cursor, &at);) {
        if (slm_string_equal(at.key, key)) {
            *member = at;
            return true;
        }
    }
    return false;
}

bool slm_baggage_next_property(slm_string properties, size_t *cursor, slm_string *key, slm_string *value)
{
    if (*cursor >= properties.len)
        return false;
    slm_string part = next_part(properties, ';', cursor);
    const char *equals = memchr(part.data, '=', part.len);
    *key = slm_string_of(part.data, equals ? (size_t)(equals - part.data) : part.len);
    *value = slm_string_of(NULL, 0);
    if (equals)
        *value = slm_string_of(equals + 1, part.len - key->len - 1);
    return true;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte at `*at`, decoded, which is stepped over; -1 at the end. */
static int next_byte(const char **at, const char *end)
{
    if (*at == end)
        return -1;
    const char *p = *at;
    if (*p == '%' && end - p >= 3) {
        int high = hex_value(p[1]), low = hex_value(p[2]);
        if (high >= 0 && low >= 0) {
            *at = p + 3;
            return high << 4 | low;
        }
    }
    *at = p + 1;
    return (unsigned char)*p;
}

/* One character of UTF-8, its bytes in `out`, 1 to 4; what is none becomes U+FFFD, once for each longest beginning of a
 * character (Unicode 3.9, "substitution of maximal subparts"). */
static size_t next_character(const char **at, const char *end, char out[4])
{
    int lead = next_byte(at, end);
    out[0] = (char)lead;
    if (lead < 0x80)
        return 1;
    size_t more = lead >= 0xc2 && lead <= 0xdf   ? 1
                  : lead >= 0xe0 && lead <= 0xef ? 2
                  : lead >= 0xf0 && lead <= 0xf4 ? 3
                                                 : 0;
    int low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    int high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    size_t len = 1;
    for (; len <= more; len++) {
        const char *next = *at;
        int byte = next_byte(&next, end);
        if (byte < low || byte > high)
            break;
        out[len] = (char)byte;
        *at = next;
        low = 0x80;
        high = 0xbf;
    }
    if (more > 0 && len == more + 1)
        return len;
    static const char replacement[] = { '\xef', '\xbf', '\xbd' }; /* U+FFFD */
    memcpy(out, replacement, sizeof replacement);
    return sizeof replacement;
}

size_t slm_baggage_decode(slm_string value, char *out, size_t room)
{
    const char *at = value.data, *end = value.data + value.len;
    size_t wanted = 0, written = 0;
    bool fits = room > 0;
    while (at < end) {
        char character[4];
        size_t len = next_character(&at, end, character);
        fits = fits && wanted + len < room;
        if (fits) {
            memcpy(out + written, character, len);
            written += len;
        }
        wanted += len;
    }
    if (room > 0)
        out[written] = '\0';
    return wanted;
}

size_t slmi_baggage_encode(slm_string value, char *out)
{
    static const char digits[] = "0123456789ABCDEF";
    /* What is no baggage-octet, the escape itself, and `+`: form decoders, of which there are some, read it as a space.
     */
    static const char coded[] = "\",;\\%+";
    size_t len = 0;
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.data[i];
        bool plain = c > ' ' && c < 0x7f && !memchr(coded, c, sizeof coded - 1);
        if (out && plain) {
            out[len] = (char)c;
        } else if (out) {
            out[len] = '%';
            out[len + 1] = digits[c >> 4];
            out[len + 2] = digits[c & 15];
        }
        len += plain ? 1 : 3;
    }
    return len;
}
