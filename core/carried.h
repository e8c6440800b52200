/* SPDX-License-Identifier: MIT */
/* What the propagators say beyond the public contexts: how a trace that begins here is to be sampled. */
#ifndef SPANLOOM_CORE_CARRIED_H
#define SPANLOOM_CORE_CARRIED_H

#include <spanloom/context.h>

/* As slm_context_with_baggage() under `remote` (NULL: no ids), with these flags: SLM_FLAG_..., and SLMI_FLAG_... of
 * core/slot.h. A root that starts under it without ids is sampled as they say. */
slm_context slmi_context_carried(const slm_span_context *remote, slm_string baggage, unsigned flags);

/* Whether what is current has SLMI_FLAG_DEBUG. */
bool slmi_current_is_debug(void);

#endif
