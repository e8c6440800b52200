/* SPDX-License-Identifier: MIT */
/* Telling the host, at a bounded rate. */
#ifndef SPANLOOM_CORE_DIAGNOSTICS_H
#define SPANLOOM_CORE_DIAGNOSTICS_H

#include <spanloom/diagnostic.h>

/* Counts a case of `kind` and, if it is the kind's first or an interval has passed since one was told, formats the
 * message (at most 500 bytes) and calls the handler: not with a mutex held. Preserves errno. Any thread. */
SLM_API void slmi_diagnose(slm_diagnostic_kind kind, const char *format, ...) SLM_PRINTF(2, 3)
    __attribute__((__cold__));

/* Lets the default handler print from now on. `quiet`: it never does (OTEL_LOG_LEVEL=none). */
SLM_API void slmi_diagnostics_to_stderr(bool quiet);

/* In a forked child: counts from zero. Async-signal-safe. */
void slmi_diagnostics_fork_child(void);

#endif
