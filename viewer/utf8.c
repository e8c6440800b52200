/* SPDX-License-Identifier: MIT */
#include "viewer/utf8.h"

typedef struct range {
    uint32_t first, last;
} range;

static bool within(const range *ranges, size_t count, uint32_t code)
{
    for (size_t i = 0; i < count; i++)
        if (code >= ranges[i].first && code <= ranges[i].last)
            return true;
    return false;
}

static bool continues(unsigned char byte)
{
    return (byte & 0xc0) == 0x80;
}

size_t slmi_view_utf8_next(const char *text, size_t len, uint32_t *code)
{
    const unsigned char *s = (const unsigned char *)text;
    *code = SLMI_VIEW_REPLACEMENT;
    if (s[0] < 0x80) {
        *code = s[0];
        return 1;
    }
    size_t needed = s[0] >= 0xc2 && s[0] <= 0xdf ? 2 : (s[0] & 0xf0) == 0xe0 ? 3 : s[0] >= 0xf0 && s[0] <= 0xf4 ? 4 : 0;
    if (needed == 0 || needed > len)
        return 1;
    uint32_t value = s[0] & (0xffu >> (needed + 1));
    for (size_t i = 1; i < needed; i++) {
        if (!continues(s[i]))
            return 1;
        value = value << 6 | (s[i] & 0x3fu);
    }
    bool too_long = (needed == 3 && value < 0x800) || (needed == 4 && value < 0x10000);
    if (too_long || (value >= 0xd800 && value <= 0xdfff) || value > 0x10ffff)
        return 1;
    *code = value;
    return needed;
}

size_t slmi_view_utf8_put(char *out, uint32_t code)
{
    unsigned char *o = (unsigned char *)out;
    if (code < 0x80) {
        o[0] = (unsigned char)code;
        return 1;
    }
    size_t count = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = count - 1; i > 0; i--) {
        o[i] = (unsigned char)(0x80 | (code & 0x3f));
        code >>= 6;
    }
    o[0] = (unsigned char)((0xf00u >> count & 0xffu) | code);
    return count;
}

size_t slmi_view_utf8_clean(char *out, const char *text, size_t len)
{
    size_t written = 0;
    for (size_t at = 0; at < len;) {
        uint32_t code;
        char bytes[4];
        at += slmi_view_utf8_next(text + at, len - at, &code);
        size_t count = slmi_view_utf8_put(bytes, code);
        for (size_t i = 0; out && i < count; i++)
            out[written + i] = bytes[i];
        written += count;
    }
    if (out)
        out[written] = '\0';
    return written;
}

bool slmi_view_utf8_is_unsafe(uint32_t code)
{
    static const range unsafe[] = {
        { 0x00, 0x1f },     { 0x7f, 0x9f },     { 0x061c, 0x061c }, { 0x200b, 0x200f },
        { 0x2028, 0x202e }, { 0x2060, 0x206f }, { 0xfeff, 0xfeff }, { 0xe0000, 0xe007f },
    };
    return within(unsafe, sizeof unsafe / sizeof *unsafe, code);
}

/* The C library's wcwidth() answers for its locale, which need not be the terminal's; these are the blocks that matter.
 */
int slmi_view_utf8_columns(uint32_t code)
{
    static const range none[] = {
        { 0x0300, 0x036f }, { 0x1ab0, 0x1aff }, { 0x20d0, 0x20ff }, { 0xfe00, 0xfe0f }, { 0xfe20, 0xfe2f }
    };
    static const range two[] = {
        { 0x1100, 0x115f },   { 0x2e80, 0x303e },   { 0x3041, 0xa4cf },   { 0xac00, 0xd7a3 },
        { 0xf900, 0xfaff },   { 0xfe30, 0xfe6f },   { 0xff00, 0xff60 },   { 0xffe0, 0xffe6 },
        { 0x1f300, 0x1f64f }, { 0x1f680, 0x1f6ff }, { 0x1f900, 0x1faff }, { 0x20000, 0x3fffd },
    };
    if (within(none, sizeof none / sizeof *none, code))
        return 0;
    return within(two, sizeof two / sizeof *two, code) ? 2 : 1;
}
