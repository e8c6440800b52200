/* SPDX-License-Identifier: MIT */
/* UTF-8, as the Unicode Standard's table 3-7 has it. */
#ifndef SPANLOOM_EXPORTERS_UTF8_H
#define SPANLOOM_EXPORTERS_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* What stands at `text`, of which there are `len` > 0 bytes: a well-formed sequence, 1 to 4 bytes, or the maximal
 * subpart of an ill-formed one, 1 to 3 bytes, which one U+FFFD replaces (Unicode 3.9, Substitution of Maximal
 * Subparts). Returns its length. */
size_t slmi_utf8_next(const char *text, size_t len, bool *well_formed);

#endif
