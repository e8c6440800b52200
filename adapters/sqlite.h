/* SPDX-License-Identifier: MIT */
/* What the parts of the SQLite adapter know of each other. */
#ifndef SPANLOOM_ADAPTERS_SQLITE_H
#define SPANLOOM_ADAPTERS_SQLITE_H

#include <spanloom/sqlite.h>

/* The name of the primary result code: "SQLITE_BUSY". */
const char *slmi_sqlite_code_name(int code);

/* What SQLite's log said last on this thread of a statement that failed: its code, if it is about this text; 0 if not.
 * Once. */
int slmi_sqlite_logged(const char *sql);

#endif
