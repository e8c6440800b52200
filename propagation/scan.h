/* SPDX-License-Identifier: MIT */
/* Scanning header text eight bytes at a time. A class of characters is a function of a word that sets the high bit of
 * each byte that is not in it; bits above the lowest that is set are undefined, since the sums carry only out of a byte
 * that is itself refused. */
#ifndef SPANLOOM_PROPAGATION_SCAN_H
#define SPANLOOM_PROPAGATION_SCAN_H

#include <spanloom/string.h>

#define SLMI_EACH_BYTE(byte) (UINT64_C(0x0101010101010101) * (byte))
#define SLMI_HIGH_BITS       SLMI_EACH_BYTE(0x80)

/* Eight bytes as a word whose lowest byte is the first, whatever the machine's order; compilers make this one load. */
static inline uint64_t slmi_load64(const char *text)
{
    const unsigned char *b = (const unsigned char *)text;
    return (uint64_t)b[0] | (uint64_t)b[1] << 8 | (uint64_t)b[2] << 16 | (uint64_t)b[3] << 24 | (uint64_t)b[4] << 32 |
           (uint64_t)b[5] << 40 | (uint64_t)b[6] << 48 | (uint64_t)b[7] << 56;
}

/* The eight bytes at `at`, zeros where the text ends before; the text is from `start` to `end`. */
static inline uint64_t slmi_word_at(const char *at, const char *start, const char *end)
{
    size_t left = (size_t)(end - at);
    if (left >= 8)
        return slmi_load64(at);
    if (left == 0)
        return 0;
    if (end - start >= 8)
        return slmi_load64(end - 8) >> (8 * (8 - left));
    uint64_t word = 0;
    for (size_t i = left; i-- > 0;)
        word = word << 8 | (unsigned char)at[i];
    return word;
}

/* High bits where a byte below 0x80 is `low` or more, is above `high`, is not `c`. */
static inline uint64_t slmi_at_least(uint64_t word, unsigned low)
{
    return word + SLMI_EACH_BYTE((uint64_t)0x80 - low);
}

static inline uint64_t slmi_above(uint64_t word, unsigned high)
{
    return word + SLMI_EACH_BYTE((uint64_t)0x7f - high);
}

static inline uint64_t slmi_is_not(uint64_t word, char c)
{
    return (word ^ SLMI_EACH_BYTE((uint64_t)(unsigned char)c)) + SLMI_EACH_BYTE(0x7f);
}

/* Letters in lower case and digits are in. */
static inline uint64_t slmi_not_alphanumeric(uint64_t word)
{
    uint64_t letter = slmi_at_least(word, 'a') & ~slmi_above(word, 'z');
    uint64_t digit = slmi_at_least(word, '0') & ~slmi_above(word, '9');
    return (~(letter | digit) | word) & SLMI_HIGH_BITS;
}

/* The place of the lowest high bit, in bytes; `stop` is not 0. */
static inline size_t slmi_first(uint64_t stop)
{
    return (size_t)__builtin_ctzll(stop) / 8;
}

/* The bytes of `word` below the lowest high bit of `stop`, which is not 0. */
static inline uint64_t slmi_below(uint64_t word, uint64_t stop)
{
    return word & (((stop & -stop) >> 7) - 1);
}

/* Part of a hash that tells most keys apart. */
static inline uint64_t slmi_mix(uint64_t hash, uint64_t word)
{
    return (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
}

/* A set of hashes that answers "certainly not" or "perhaps". */
typedef struct slmi_hashes {
    uint64_t bits[4];
} slmi_hashes;

/* Adds a hash; whether it was perhaps there before. */
static inline bool slmi_hashes_add(slmi_hashes *set, uint64_t hash)
{
    uint64_t *bits = &set->bits[hash >> 62];
    uint64_t bit = UINT64_C(1) << (hash >> 56 & 63);
    bool had = (*bits & bit) != 0;
    *bits |= bit;
    return had;
}

/* Whether all is printable ASCII: a line end above all would start another header. */
static inline bool slmi_is_printable(slm_string text)
{
    uint64_t bad = 0;
    const char *end = text.data + text.len;
    for (const char *at = text.data; at < end; at += 8) {
        uint64_t word = slmi_word_at(at, text.data, end);
        /* Zeros that pad the last word count as spaces. */
        if (end - at < 8)
            word |= SLMI_EACH_BYTE((uint64_t)' ') << (8 * (end - at));
        bad |= word | slmi_above(word, '~') | ~slmi_at_least(word, ' ');
    }
    return (bad & SLMI_HIGH_BITS) == 0;
}

static inline bool slmi_is_ows(char c)
{
    return c == ' ' || c == '\t';
}

/* The string without the spaces and tabs around it: RFC 9110's OWS. */
static inline slm_string slmi_trim(slm_string text)
{
    while (text.len > 0 && slmi_is_ows(text.data[0])) {
        text.data++;
        text.len--;
    }
    while (text.len > 0 && slmi_is_ows(text.data[text.len - 1]))
        text.len--;
    return text;
}

#endif
