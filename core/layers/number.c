/* SPDX-License-Identifier: MIT */
/* Numbers as text, without printf where that is slow and knows locales. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/layers/text.h"

#define TEN(tens) tens "0" tens "1" tens "2" tens "3" tens "4" tens "5" tens "6" tens "7" tens "8" tens "9"
static const char pairs[] = TEN("0") TEN("1") TEN("2") TEN("3") TEN("4") TEN("5") TEN("6") TEN("7") TEN("8") TEN("9");
_Static_assert(sizeof pairs == 2 * 100 + 1, "a pair for each number below 100");

enum { DIGITS_MAX = 20 };

/* Writes the digits so that they end at `end`; returns where they begin. */
static char *digits_before(char *end, uint64_t value)
{
    while (value >= 100) {
        end -= 2;
        memcpy(end, pairs + 2 * (value % 100), 2);
        value /= 100;
    }
    if (value >= 10) {
        end -= 2;
        memcpy(end, pairs + 2 * value, 2);
    } else {
        *--end = (char)('0' + value);
    }
    return end;
}

static void put_pair(char *at, uint32_t value)
{
    memcpy(at, pairs + 2 * (size_t)(value % 100), 2);
}

void slmi_put_6_digits(char *at, uint32_t value)
{
    put_pair(at, value / 10000);
    put_pair(at + 2, value / 100);
    put_pair(at + 4, value);
}

void slmi_text_u64(slmi_text *text, uint64_t value)
{
    char digits[DIGITS_MAX];
    char *at = digits_before(digits + DIGITS_MAX, value);
    slmi_text_whole(text, at, (size_t)(digits + DIGITS_MAX - at));
}

void slmi_text_i64(slmi_text *text, int64_t value)
{
    char digits[DIGITS_MAX + 1];
    char *end = digits + sizeof digits;
    char *at = digits_before(end, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
    if (value < 0)
        *--at = '-';
    slmi_text_whole(text, at, (size_t)(end - at));
}

void slmi_text_padded(slmi_text *text, uint64_t value, int width)
{
    char digits[DIGITS_MAX];
    char *end = digits + sizeof digits;
    char *at = digits_before(end, value);
    while (end - at < width)
        *--at = '0';
    slmi_text_whole(text, at, (size_t)(end - at));
}

/* An integer of at most 15 digits over a power of ten, which most values that people record are. Both are exact doubles
 * then, division rounds as reading a decimal does, and 15 digits tell doubles apart: what reads back equal is the
 * shortest form. */
static bool plain_double(slmi_text *text, double number)
{
    enum { MOST_PLACES = 9 };
    if (FLT_EVAL_METHOD != 0 || number >= 1e15 || number < 1e-4)
        return false;
    double scale = 1;
    uint64_t divisor = 1;
    for (int places = 0; places <= MOST_PLACES; places++, scale *= 10, divisor *= 10) {
        double scaled = number * scale;
        if (scaled >= 1e15)
            return false;
        uint64_t integer = (uint64_t)(scaled + 0.5);
        if ((double)integer / scale != number)
            continue;
        slmi_text_u64(text, integer / divisor);
        slmi_text_char(text, '.');
        slmi_text_padded(text, integer % divisor, places ? places : 1);
        return true;
    }
    return false;
}

/* What printf() made, with a dot for the locale's decimal point, however long that is, and ".0" if it has none. */
static void printed_double(slmi_text *text, const char *digits)
{
    bool fraction = false;
    for (const char *c = digits; *c; c++) {
        if ((*c >= '0' && *c <= '9') || *c == '-' || *c == '+') {
            slmi_text_char(text, *c);
        } else if (*c == 'e') {
            slmi_text_char(text, 'e');
            fraction = true;
        } else if (!fraction) {
            slmi_text_char(text, '.');
            fraction = true;
        }
    }
    if (!fraction)
        SLMI_TEXT(text, ".0");
}

void slmi_text_double(slmi_text *text, double value)
{
    if (isnan(value)) {
        SLMI_TEXT(text, "NaN");
        return;
    }
    if (signbit(value)) {
        slmi_text_char(text, '-');
        value = -value;
    }
    if (isinf(value)) {
        SLMI_TEXT(text, "inf");
        return;
    }
    if (value <= 0) {
        SLMI_TEXT(text, "0.0");
        return;
    }
    if (plain_double(text, value))
        return;
    char digits[40];
    /* Any 15 digits survive a normal double; those near zero hold fewer. */
    for (int precision = value < DBL_MIN ? 1 : 15; precision <= DBL_DECIMAL_DIG; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, value);
        if (strtod(digits, NULL) == value)
            break;
    }
    printed_double(text, digits);
}

void slmi_text_hex(slmi_text *text, const void *bytes, size_t len)
{
    static const char hex[] = "0123456789abcdef";
    const unsigned char *at = bytes;
    for (size_t i = 0; i < len && !text->cut; i++) {
        char pair[2] = { hex[at[i] >> 4], hex[at[i] & 15] };
        slmi_text_whole(text, pair, sizeof pair);
    }
}

void slmi_text_address(slmi_text *text, uint64_t address)
{
    unsigned char big_endian[8];
    for (int i = 0; i < 8; i++)
        big_endian[i] = (unsigned char)(address >> (56 - 8 * i));
    SLMI_TEXT(text, "0x");
    slmi_text_hex(text, big_endian, sizeof big_endian);
}
