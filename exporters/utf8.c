/* SPDX-License-Identifier: MIT */
#include "exporters/utf8.h"

size_t slmi_utf8_next(const char *text, size_t len, bool *well_formed)
{
    const unsigned char *byte = (const unsigned char *)text;
    unsigned char lead = byte[0];
    size_t length;
    /* Only the second byte's range depends on the first: no overlong form, no surrogate, nothing above U+10FFFF. */
    unsigned char lowest = 0x80, highest = 0xbf;

    *well_formed = lead < 0x80;
    if (lead < 0xc2 || lead > 0xf4)
        return 1;
    if (lead < 0xe0) {
        length = 2;
    } else if (lead < 0xf0) {
        length = 3;
        if (lead == 0xe0)
            lowest = 0xa0;
        if (lead == 0xed)
            highest = 0x9f;
    } else {
        length = 4;
        if (lead == 0xf0)
            lowest = 0x90;
        if (lead == 0xf4)
            highest = 0x8f;
    }

    for (size_t i = 1; i < length; i++) {
        if (i == len || byte[i] < lowest || byte[i] > highest)
            return i;
        lowest = 0x80;
        highest = 0xbf;
    }
    *well_formed = true;
    return length;
}
