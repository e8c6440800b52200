/* SPDX-License-Identifier: MIT */
/* Telling the host of a mistake with spans, by the names of the spans that it is about. */
#ifndef SPANLOOM_CORE_MISUSE_H
#define SPANLOOM_CORE_MISUSE_H

#include <stdint.h>

#include <spanloom/diagnostic.h>

/* As slmi_diagnose(), with each `@` in `text`, two at most, in turn as `span 'NAME'`: `first` and `second` are handles
 * of spans, entries or contexts (of which it is the span they are of), stale ones too; 0 is `no span`, and `a span` one
 * whose record has been used again since. Only a case that is told costs more than counting it. Outside any busy
 * section, where names are looked up in one of its own. */
void slmi_misuse(slm_diagnostic_kind kind, const char *text, uint64_t first, uint64_t second) __attribute__((__cold__));

/* The same inside a busy section of the caller's, who holds no record's lock. */
void slmi_misuse_within(slm_diagnostic_kind kind, const char *text, uint64_t first, uint64_t second)
    __attribute__((__cold__));

/* What the functions that write to a span say of a stale handle. */
void slmi_misuse_stale(uint64_t span) __attribute__((__cold__));

#endif
