/* SPDX-License-Identifier: MIT */
/* What is said of a statement's text. */
#ifndef SPANLOOM_ADAPTERS_SQLITE_TEXT_H
#define SPANLOOM_ADAPTERS_SQLITE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

enum { SLMI_SQLITE_OPERATION_BYTES = 17 };

/* The first keyword in capitals, as much as fits; "" if there is none. Returns `out`. */
const char *slmi_sqlite_operation(const char *sql, char out[SLMI_SQLITE_OPERATION_BYTES]);

/* The text with `?` for each literal, without comments, and one space where there was any. Terminated; what does not
 * fit into `room`, which is at least 4, is cut and ends in "...". Returns `out`. */
const char *slmi_sqlite_sanitise(const char *sql, bool quotes_are_text, char *out, size_t room);

#endif
