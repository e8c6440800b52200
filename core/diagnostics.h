/* SPDX-License-Identifier: MIT */
/* Telling the host, at a bounded rate. */
#ifndef SPANLOOM_CORE_DIAGNOSTICS_H
#define SPANLOOM_CORE_DIAGNOSTICS_H

#include <spanloom/diagnostic.h>

/* Counts a case of `kind` and, if it is the kind's first or an interval has passed since one was told, formats the
 * message (at most 500 bytes) and calls the handler: not with a mutex held. Preserves errno. Any thread. */
SLM_API void slmi_diagnose(slm_diagnostic_kind kind, const char *format, ...) SLM_PRINTF(2, 3)
    __attribute__((__cold__));

/* The same in two steps, where the message is dear: counts the case and says whether it is to be told; then, if so,
 * tells it. */
bool slmi_diagnostic_claim(slm_diagnostic_kind kind) __attribute__((__cold__));
void slmi_diagnostic_say(slm_diagnostic_kind kind, const char *format, ...) SLM_PRINTF(2, 3) __attribute__((__cold__));

/* Lets the default handler print from now on. `quiet`: it never does (OTEL_LOG_LEVEL=none). */
SLM_API void slmi_diagnostics_to_stderr(bool quiet);

/* In a forked child: counts from zero. Async-signal-safe. */
void slmi_diagnostics_fork_child(void);

#endif
