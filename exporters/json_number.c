/* SPDX-License-Identifier: MIT */
/* Numbers and ids as text: the part of json_writer.h whose length is bounded. */
#include "exporters/json_writer.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define HEX_ROW(high)                                                                                                  \
    high "0" high "1" high "2" high "3" high "4" high "5" high "6" high "7" high "8" high "9" high "a" high "b" high   \
         "c" high "d" high "e" high "f"
static const char hex_pairs[] =
    HEX_ROW("0") HEX_ROW("1") HEX_ROW("2") HEX_ROW("3") HEX_ROW("4") HEX_ROW("5") HEX_ROW("6") HEX_ROW("7") HEX_ROW("8")
        HEX_ROW("9") HEX_ROW("a") HEX_ROW("b") HEX_ROW("c") HEX_ROW("d") HEX_ROW("e") HEX_ROW("f");
_Static_assert(sizeof hex_pairs == 2 * 256 + 1, "a pair for each byte");

#define TEN(tens) tens "0" tens "1" tens "2" tens "3" tens "4" tens "5" tens "6" tens "7" tens "8" tens "9"
static const char decimal_pairs[] =
    TEN("0") TEN("1") TEN("2") TEN("3") TEN("4") TEN("5") TEN("6") TEN("7") TEN("8") TEN("9");
_Static_assert(sizeof decimal_pairs == 2 * 100 + 1, "a pair for each number below 100");

char *slmi_json_hex(char *at, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        memcpy(at + 2 * i, hex_pairs + 2 * (size_t)bytes[i], 2);
    return at + 2 * len;
}

static void put_2_digits(char *at, uint32_t number)
{
    memcpy(at, decimal_pairs + 2 * (size_t)number, 2);
}

static void put_4_digits(char *at, uint32_t number)
{
    put_2_digits(at, number / 100);
    put_2_digits(at + 2, number % 100);
}

static void put_8_digits(char *at, uint32_t number)
{
    put_4_digits(at, number / 10000);
    put_4_digits(at + 4, number % 10000);
}

/* A number below 10^4 without leading zeros. */
static char *put_up_to_4_digits(char *at, uint32_t number)
{
    if (number >= 1000) {
        put_4_digits(at, number);
        return at + 4;
    }
    if (number >= 100) {
        *at++ = (char)('0' + number / 100);
        number %= 100;
    } else if (number < 10) {
        *at = (char)('0' + number);
        return at + 1;
    }
    put_2_digits(at, number);
    return at + 2;
}

/* A number below 10^8 without leading zeros. */
static char *put_up_to_8_digits(char *at, uint32_t number)
{
    if (number < 10000)
        return put_up_to_4_digits(at, number);
    at = put_up_to_4_digits(at, number / 10000);
    put_4_digits(at, number % 10000);
    return at + 4;
}

char *slmi_json_u64(char *at, uint64_t number)
{
    const uint64_t block = 100000000;
    if (number < block)
        return put_up_to_8_digits(at, (uint32_t)number);

    uint64_t high = number / block;
    if (high < block) {
        at = put_up_to_8_digits(at, (uint32_t)high);
    } else {
        at = put_up_to_8_digits(at, (uint32_t)(high / block));
        put_8_digits(at, (uint32_t)(high % block));
        at += 8;
    }
    put_8_digits(at, (uint32_t)(number % block));
    return at + 8;
}

char *slmi_json_i64(char *at, int64_t number)
{
    if (number >= 0)
        return slmi_json_u64(at, (uint64_t)number);
    *at = '-';
    return slmi_json_u64(at + 1, 0 - (uint64_t)number);
}

char *slmi_json_address(char *at, const void *address)
{
    uintptr_t number = (uintptr_t)address;
    unsigned shift = 0;
    while (shift + 4 < 8 * sizeof number && number >> (shift + 4) != 0)
        shift += 4;
    at = SLMI_PUT(at, "0x");
    for (;; shift -= 4) {
        *at++ = "0123456789abcdef"[number >> shift & 15];
        if (shift == 0)
            return at;
    }
}

/* Tries to write `number` > 0 as an integer of at most 15 digits over a power of ten, which most values that people
 * record are. Both are exact doubles then, IEEE division rounds as reading a decimal does, and 15 digits tell doubles
 * apart, so what reads back equal is the shortest form. Returns NULL if it is no such number. */
static char *put_plain_double(char *at, double number)
{
    enum { MOST_PLACES = 9 };
    if (FLT_EVAL_METHOD != 0 || number >= 1e15 || number < 1e-4)
        return NULL;

    double scale = 1;
    uint64_t divisor = 1;
    for (int places = 0; places <= MOST_PLACES; places++, scale *= 10, divisor *= 10) {
        double scaled = number * scale;
        if (scaled >= 1e15)
            return NULL;
        uint64_t integer = (uint64_t)(scaled + 0.5);
        if ((double)integer / scale != number)
            continue;
        at = slmi_json_u64(at, integer / divisor);
        *at++ = '.';
        if (places == 0) {
            *at++ = '0';
            return at;
        }
        uint64_t fraction = integer % divisor;
        for (int i = places; i-- > 0; fraction /= 10)
            at[i] = (char)('0' + fraction % 10);
        return at + places;
    }
    return NULL;
}

/* Copies what printf() made and makes it JSON: the locale's decimal point, of any length, becomes a dot; what looks
 * like an integer gets ".0". */
static char *copy_number(char *at, const char *text)
{
    bool fraction = false;
    for (const char *c = text; *c; c++) {
        if ((*c >= '0' && *c <= '9') || *c == '-' || *c == '+') {
            *at++ = *c;
        } else if (*c == 'e') {
            *at++ = 'e';
            fraction = true;
        } else if (!fraction) {
            *at++ = '.';
            fraction = true;
        }
    }
    return fraction ? at : SLMI_PUT(at, ".0");
}

char *slmi_json_double(char *at, double number)
{
    if (isnan(number))
        return SLMI_PUT(at, "NaN");
    if (signbit(number)) {
        *at++ = '-';
        number = -number;
    }
    if (isinf(number))
        return SLMI_PUT(at, "Infinity");
    if (number <= 0)
        return SLMI_PUT(at, "0.0");

    char *end = put_plain_double(at, number);
    if (end)
        return end;

    int saved_errno = errno;
    char text[40];
    /* Any 15 digits survive a normal double; those near zero hold fewer. */
    for (int digits = number < DBL_MIN ? 1 : 15; digits <= DBL_DECIMAL_DIG; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, number);
        if (strtod(text, NULL) == number)
            break;
    }
    errno = saved_errno;
    return copy_number(at, text);
}
