/* SPDX-License-Identifier: MIT */
#include "core/layers/text.h"

void slmi_text_cut(slmi_text *text, const char *data, size_t len)
{
    size_t room = text->room - text->len;
    if (room > len)
        room = len;
    if (room)
        memcpy(text->data + text->len, data, room);
    text->len += room;
    slmi_text_stop(text);
}

/* -- what may stand as it is ------------------------------------------------------------------------------------------
 */

#define ONES  0x0101010101010101u
#define HIGHS 0x8080808080808080u

/* Whether any of eight bytes is a control byte, DEL, or not ASCII; or, with `quotes`, a quote or a backslash. Borrows
 * may accuse a good byte, but never when no byte is bad. */
static inline bool any_special(uint64_t word, bool quotes)
{
    uint64_t bad = (word - ONES * 0x20) | ((word ^ (ONES * 0x7f)) - ONES) | word;
    if (quotes)
        bad |= ((word ^ (ONES * '"')) - ONES) | ((word ^ (ONES * '\\')) - ONES);
    return (bad & HIGHS) != 0;
}

static inline bool is_special(unsigned char byte, bool quotes)
{
    return byte < 0x20 || byte >= 0x7f || (quotes && (byte == '"' || byte == '\\'));
}

static bool copy_8(unsigned char *out, const unsigned char *at, bool quotes)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    memcpy(out, &word, sizeof word);
    return !any_special(word, quotes);
}

/* Four to eight bytes, the middle ones twice. */
static bool copy_4_to_8(unsigned char *out, const unsigned char *at, size_t len, bool quotes)
{
    uint32_t first, last;
    memcpy(&first, at, sizeof first);
    memcpy(&last, at + len - 4, sizeof last);
    memcpy(out, &first, sizeof first);
    memcpy(out + len - 4, &last, sizeof last);
    return !any_special((uint64_t)last << 32 | first, quotes);
}

/* The whole of it, if all of it is plain; there is room. What it wrote in vain is written over. */
static bool copy_all(unsigned char *out, const unsigned char *at, size_t len, bool quotes)
{
    if (len < 4)
        return false;
    if (len < 8)
        return copy_4_to_8(out, at, len, quotes);
    size_t done = 0;
    for (; len - done > 8; done += 8)
        if (!copy_8(out + done, at + done, quotes))
            return false;
    return copy_8(out + len - 8, at + len - 8, quotes);
}

const unsigned char *slmi_text_plain(slmi_text *text, const unsigned char *at, const unsigned char *end, bool quotes)
{
    unsigned char *out = (unsigned char *)text->data + text->len, *last = (unsigned char *)text->data + text->room;
    if (last - out >= end - at && copy_all(out, at, (size_t)(end - at), quotes)) {
        text->len += (size_t)(end - at);
        return end;
    }
    while (end - at >= 8 && last - out >= 8 && copy_8(out, at, quotes)) {
        at += 8;
        out += 8;
    }
    while (at < end && out < last && !is_special(*at, quotes))
        *out++ = *at++;
    text->len = (size_t)(out - (unsigned char *)text->data);
    if (at < end && out == last)
        slmi_text_stop(text);
    return at;
}

static bool follows(const unsigned char *s, size_t count)
{
    for (size_t i = 1; i <= count; i++)
        if ((s[i] & 0xc0) != 0x80)
            return false;
    return true;
}

size_t slmi_text_printable(const unsigned char *s, size_t len)
{
    if (s[0] < 0x20 || s[0] == 0x7f)
        return 0;
    if (s[0] < 0x80)
        return 1;
    if (s[0] >= 0xc2 && s[0] <= 0xdf)
        return len >= 2 && follows(s, 1) && !(s[0] == 0xc2 && s[1] < 0xa0) ? 2 : 0;
    if (s[0] >= 0xe0 && s[0] <= 0xef && len >= 3 && follows(s, 2))
        return (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] >= 0xa0) ? 0 : 3;
    if (s[0] >= 0xf0 && s[0] <= 0xf4 && len >= 4 && follows(s, 3))
        return (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] >= 0x90) ? 0 : 4;
    return 0;
}

/* -- escaping ---------------------------------------------------------------------------------------------------------
 */

static void escape_byte(slmi_text *text, unsigned char byte)
{
    static const char hex[] = "0123456789abcdef";
    char escape[4] = { '\\', 'x', hex[byte >> 4], hex[byte & 15] };
    switch (byte) {
    case '\n':
        slmi_text_whole(text, "\\n", 2);
        break;
    case '\r':
        slmi_text_whole(text, "\\r", 2);
        break;
    case '\t':
        slmi_text_whole(text, "\\t", 2);
        break;
    default:
        slmi_text_whole(text, escape, sizeof escape);
    }
}

static void escaped(slmi_text *text, slm_string s, bool quotes)
{
    const unsigned char *at = (const unsigned char *)s.data, *end = at + s.len;
    for (;;) {
        at = slmi_text_plain(text, at, end, quotes);
        if (at == end || text->cut)
            return;
        size_t n = slmi_text_printable(at, (size_t)(end - at));
        char pair[2] = { '\\', (char)*at };
        if (n == 1) /* a quote or a backslash, or a byte that its neighbours made suspicious */
            slmi_text_whole(text, is_special(*at, quotes) ? pair : pair + 1, is_special(*at, quotes) ? 2 : 1);
        else if (n || text->raw)
            slmi_text_whole(text, (const char *)at, n ? n : 1);
        else
            escape_byte(text, *at);
        at += n ? n : 1;
    }
}

void slmi_text_escaped(slmi_text *text, slm_string s)
{
    if (text->raw)
        slmi_text_bytes(text, s.data, s.len);
    else if (s.len)
        escaped(text, s, false);
}

void slmi_text_quoted(slmi_text *text, slm_string s)
{
    slmi_text_char(text, '"');
    if (s.len)
        escaped(text, s, true);
    slmi_text_char(text, '"');
}
