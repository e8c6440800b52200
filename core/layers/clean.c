/* SPDX-License-Identifier: MIT */
#include "core/layers/clean.h"

#include "core/layers/text.h"

size_t slmi_clean(char *out, size_t room, slm_string text, bool *cut)
{
    static const char replacement[] = "\xef\xbf\xbd";
    size_t len = 0;
    for (size_t at = 0; at < text.len;) {
        const char *from = text.data + at;
        size_t n = *from == '\n' ? 1 : slmi_text_printable((const unsigned char *)from, text.len - at);
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
