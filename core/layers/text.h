/* SPDX-License-Identifier: MIT */
/* A line of text under way: bounded, cut where it is full, with everything that could harm a terminal escaped. */
#ifndef SPANLOOM_CORE_LAYERS_TEXT_H
#define SPANLOOM_CORE_LAYERS_TEXT_H

#include <spanloom/value.h>

typedef struct slmi_text {
    char *data;
    size_t len, room;
    bool cut;
} slmi_text;

void slmi_text_bytes(slmi_text *text, const char *data, size_t len);
void slmi_text_char(slmi_text *text, char c);
void slmi_text_u64(slmi_text *text, uint64_t value);
void slmi_text_i64(slmi_text *text, int64_t value);
/* The shortest text that reads back as the same double, with a fraction: 1.0, 0.1, 1e+21. */
void slmi_text_double(slmi_text *text, double value);
/* Control bytes, C1 controls and invalid UTF-8 as \n, \t, \r, \xNN. */
void slmi_text_escaped(slmi_text *text, slm_string s);
/* In double quotes; quotes and backslashes escaped too. */
void slmi_text_quoted(slmi_text *text, slm_string s);
/* A value as tracing's Debug has it: strings quoted, the rest plain, arrays in brackets. */
void slmi_text_value(slmi_text *text, const slm_value *value);
/* Nanoseconds since 1970 as 2026-11-23T02:14:52.123456Z. */
void slmi_text_time(slmi_text *text, uint64_t ns);

#endif
