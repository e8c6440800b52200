/* SPDX-License-Identifier: MIT */
/* A line of text under way: bounded, cut where it is full, with everything that could harm a terminal escaped. */
#ifndef SPANLOOM_CORE_LAYERS_TEXT_H
#define SPANLOOM_CORE_LAYERS_TEXT_H

#include <string.h>

#include <spanloom/value.h>

struct slm_text {
    char *data;
    size_t len, room;
    bool cut; /* something did not fit: nothing more goes in */
    bool raw; /* control bytes come as they are */
    bool ansi;
};
typedef struct slm_text slmi_text;

/* As much as fits. */
void slmi_text_cut(slmi_text *text, const char *data, size_t len);
static inline void slmi_text_bytes(slmi_text *text, const char *data, size_t len)
{
    if (__builtin_expect(text->room - text->len < len, 0)) {
        slmi_text_cut(text, data, len);
        return;
    }
    if (len)
        memcpy(text->data + text->len, data, len);
    text->len += len;
}

/* Nothing more goes in. */
static inline void slmi_text_stop(slmi_text *text)
{
    text->cut = true;
    text->room = text->len;
}

/* All of it, or nothing. */
static inline void slmi_text_whole(slmi_text *text, const char *data, size_t len)
{
    if (text->room - text->len < len)
        slmi_text_stop(text);
    else
        slmi_text_bytes(text, data, len);
}

static inline void slmi_text_char(slmi_text *text, char c)
{
    slmi_text_bytes(text, &c, 1);
}

/* A string literal. */
#define SLMI_TEXT(text, literal) slmi_text_bytes((text), "" literal, sizeof(literal) - 1)

/* An escape sequence of colours, if there are to be some: "\x1b[2m". */
#define SLMI_TEXT_STYLE(text, literal)                                                                                 \
    do {                                                                                                               \
        if ((text)->ansi)                                                                                              \
            slmi_text_whole((text), "" literal, sizeof(literal) - 1);                                                  \
    } while (0)

void slmi_text_u64(slmi_text *text, uint64_t value);
void slmi_text_i64(slmi_text *text, int64_t value);
/* Of a number below a million, with zeros before. */
void slmi_put_6_digits(char *at, uint32_t value);
/* At least `width` digits, at most 20, with zeros before. */
void slmi_text_padded(slmi_text *text, uint64_t value, int width);
/* The shortest text that reads back as the same double, with a fraction: 1.0, 0.1, 1e+21. */
void slmi_text_double(slmi_text *text, double value);
void slmi_text_hex(slmi_text *text, const void *bytes, size_t len);
/* 0x and 16 digits. */
void slmi_text_address(slmi_text *text, uint64_t address);
/* Control bytes, C1 controls and invalid UTF-8 as \n, \t, \r, \xNN. */
void slmi_text_escaped(slmi_text *text, slm_string s);
/* In double quotes; quotes and backslashes escaped too. */
void slmi_text_quoted(slmi_text *text, slm_string s);
/* A value as tracing's Debug has it: strings quoted, the rest plain, arrays in brackets. */
void slmi_text_value(slmi_text *text, const slm_value *value);
/* How many bytes of well-formed UTF-8, no control, begin at `s`; 0 for a byte that must be escaped. */
size_t slmi_text_printable(const unsigned char *s, size_t len);
/* Copies up to the first byte that is not printable ASCII, nor, with `quotes`, a quote or a backslash; returns where.
 * What does not fit is cut. */
const unsigned char *slmi_text_plain(slmi_text *text, const unsigned char *at, const unsigned char *end, bool quotes);

#endif
