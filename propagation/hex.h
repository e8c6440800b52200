/* SPDX-License-Identifier: MIT */
/* Lower-case hexadecimal digits, sixteen at a time: a header has 52 of them, and a table lookup each would cost more
 * than all the rest. The vectors are the compiler's own, so every machine has them, in registers or in pieces. */
#ifndef SPANLOOM_PROPAGATION_HEX_H
#define SPANLOOM_PROPAGATION_HEX_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t slmi_digits __attribute__((vector_size(16)));
typedef uint16_t slmi_digit_pairs __attribute__((vector_size(16)));
typedef uint8_t slmi_hex_bytes __attribute__((vector_size(8)));
typedef uint64_t slmi_digit_words __attribute__((vector_size(16)));

/* Decodes sixteen digits to eight bytes at `out`. Sets bits in `*bad` if one is not in 0-9a-f; what is written is then
 * meaningless. */
static inline void slmi_hex_decode16(const char *text, uint8_t *out, slmi_digits *bad)
{
    slmi_digits chars;
    memcpy(&chars, text, sizeof chars);
    slmi_digits from_0 = chars - '0';
    slmi_digits digit = (slmi_digits)(from_0 <= 9);
    slmi_digits letter = (slmi_digits)((chars - 'a') <= 5);
    *bad |= ~(digit | letter);

    slmi_digits nibbles = from_0 - (letter & ('a' - '0' - 10));
    slmi_digit_pairs pairs = (slmi_digit_pairs)nibbles;
    if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
        pairs = (pairs << 4 | pairs >> 8) & 0xff;
    else
        pairs = (pairs >> 4 | pairs) & 0xff;
    slmi_hex_bytes bytes = __builtin_convertvector(pairs, slmi_hex_bytes);
    memcpy(out, &bytes, sizeof bytes);
}

static inline uint64_t slmi_hex_is_bad(slmi_digits bad)
{
    slmi_digit_words words = (slmi_digit_words)bad;
    return words[0] | words[1];
}

/* The value of one digit; above 15 if it is not in 0-9a-f. */
static inline unsigned slmi_hex_digit(char c)
{
    unsigned from_0 = (unsigned)(unsigned char)c - '0';
    unsigned from_a = (unsigned)(unsigned char)c - 'a';
    return from_0 <= 9 ? from_0 : from_a <= 5 ? from_a + 10 : 0x100u;
}

/* Two digits as a byte; above 0xff if one is not in 0-9a-f. */
static inline unsigned slmi_hex_byte(const char *text)
{
    return slmi_hex_digit(text[0]) << 4 | slmi_hex_digit(text[1]);
}

/* Writes the sixteen digits of eight bytes, not terminated; returns the end. */
static inline char *slmi_hex_encode8(char *out, const uint8_t *bytes)
{
    slmi_hex_bytes narrow;
    memcpy(&narrow, bytes, sizeof narrow);
    slmi_digit_pairs wide = __builtin_convertvector(narrow, slmi_digit_pairs);
    if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
        wide = wide >> 4 | (wide & 0x0f) << 8;
    else
        wide = (wide >> 4) << 8 | (wide & 0x0f);
    slmi_digits nibbles = (slmi_digits)wide;
    slmi_digits letter = (slmi_digits)(nibbles > 9);
    slmi_digits chars = nibbles + '0' + (letter & ('a' - '0' - 10));
    memcpy(out, &chars, sizeof chars);
    return out + sizeof chars;
}

static inline char *slmi_hex_encode16(char *out, const uint8_t *bytes)
{
    return slmi_hex_encode8(slmi_hex_encode8(out, bytes), bytes + 8);
}

#endif
