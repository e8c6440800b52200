/* SPDX-License-Identifier: MIT */
/* The names of the propagators that the environment asks for: set-up reads them, in a library that may not call the
 * propagators; these find them here when they are first used. */
#ifndef SPANLOOM_CORE_PROPAGATORS_NAMES_H
#define SPANLOOM_CORE_PROPAGATORS_NAMES_H

#include <spanloom/detail/base.h>

/* Keeps what OTEL_PROPAGATORS says now; unset or empty, the default. The first call counts. One call at a time. */
SLM_API void slmi_propagators_names_read(void);

/* Terminated, and good for ever; NULL before the first slmi_propagators_names_read(). Any thread. */
const char *slmi_propagators_names(void);

#endif
