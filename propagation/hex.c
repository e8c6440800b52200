/* SPDX-License-Identifier: MIT */
#include "propagation/hex.h"

#include <string.h>

#define ROW(high)                                                                                                      \
    high "0" high "1" high "2" high "3" high "4" high "5" high "6" high "7" high "8" high "9" high "a" high "b" high   \
         "c" high "d" high "e" high "f"

/* The two digits of each byte, so that a byte costs one load and one store. */
static const char pairs[] = ROW("0") ROW("1") ROW("2") ROW("3") ROW("4") ROW("5") ROW("6") ROW("7") ROW("8") ROW("9")
    ROW("a") ROW("b") ROW("c") ROW("d") ROW("e") ROW("f");

_Static_assert(sizeof pairs == 2 * 256 + 1, "two digits a byte");

char *slmi_hex_encode(char *out, const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++, out += 2)
        memcpy(out, pairs + 2 * (size_t)bytes[i], 2);
    return out;
}
