/* SPDX-License-Identifier: MIT */
#include "core/layers/clean.h"

#include <string.h>

/* How many bytes of well-formed UTF-8, no control, begin here; 0 for a byte that must be replaced. */
static size_t printable(const unsigned char *s, size_t len)
{
    if (s[0] < 0x80)
        return s[0] >= 0x20 && s[0] != 0x7f;
    size_t n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (s[0] < 0xc2 || s[0] > 0xf4 || len < n)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    bool overlong = (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xf0 && s[1] < 0x90);
    bool beyond = (s[0] == 0xed && s[1] >= 0xa0) || (s[0] == 0xf4 && s[1] >= 0x90); /* surrogates, U+110000 */
    bool control = s[0] == 0xc2 && s[1] < 0xa0;
    return overlong || beyond || control ? 0 : n;
}

size_t slmi_clean(char *out, size_t room, slm_string text, bool *cut)
{
    static const char replacement[] = "\xef\xbf\xbd";
    size_t len = 0;
    for (size_t at = 0; at < text.len;) {
        const char *from = text.data + at;
        size_t n = *from == '\n' ? 1 : printable((const unsigned char *)from, text.len - at);
        at += n ? n : 1;
        if (n == 0) {
            from = replacement;
            n = sizeof replacement - 1;
        }
        if (room - len < n) {
            if (cut)
                *cut = true;
            break;
        }
        memcpy(out + len, from, n);
        len += n;
    }
    return len;
}
