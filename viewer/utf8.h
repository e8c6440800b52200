/* SPDX-License-Identifier: MIT */
/* UTF-8 as a terminal needs it: code points, how wide they are, and which of them must never reach it raw. */
#ifndef SPANLOOM_VIEWER_UTF8_H
#define SPANLOOM_VIEWER_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SLMI_VIEW_REPLACEMENT = 0xfffd };

/* The code point at the start of `len` > 0 bytes, and how many bytes it takes. A byte that starts no well-formed
 * sequence (Unicode 15, table 3-7) is one replacement character. */
size_t slmi_view_utf8_next(const char *text, size_t len, uint32_t *code);

/* Writes `code` as UTF-8 into `out`, at most 4 bytes, not terminated; how many. */
size_t slmi_view_utf8_put(char *out, uint32_t code);

/* Copies `text` with what is not UTF-8 replaced, and ends it with NUL; how long that is without the NUL. `out` NULL
 * only measures. */
size_t slmi_view_utf8_clean(char *out, const char *text, size_t len);

/* Whether a terminal would act on it, or a reader be fooled by it: controls, line separators, and the marks that
 * turn the direction of text. */
bool slmi_view_utf8_is_unsafe(uint32_t code);

/* Columns that it takes on a terminal: 0, 1 or 2. */
int slmi_view_utf8_columns(uint32_t code);

#endif
