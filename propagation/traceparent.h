/* SPDX-License-Identifier: MIT */
/* What the propagators share about ids and flags. */
#ifndef SPANLOOM_PROPAGATION_TRACEPARENT_H
#define SPANLOOM_PROPAGATION_TRACEPARENT_H

#include <spanloom/span_context.h>

/* The flags that this library knows. Unknown ones are neither kept nor sent, W3C Trace Context 3.2.2.5.3. */
enum { SLMI_KNOWN_FLAGS = SLM_FLAG_SAMPLED | SLM_FLAG_RANDOM };

#endif
