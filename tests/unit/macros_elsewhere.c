/* SPDX-License-Identifier: MIT */
#define SLM_STATIC_MAX_LEVEL SLM_LEVEL_INFO
#include <spanloom/trace.h>

#include "tests/unit/macros.h"

int elsewhere(int *evaluated)
{
    SLM_SCOPE_AT(SLM_LEVEL_DEBUG, "above the static level", ("evaluated", ++*evaluated));
    SLM_DEBUG(("evaluated", ++*evaluated), "above the static level %d", ++*evaluated);
    slm_span_end(SLM_SPAN_WITH_AT((.start_ns = (uint64_t)++ * evaluated), SLM_LEVEL_TRACE, "above"));
    SLM_INFO("at the static level");
    return SLM_ENABLED(SLM_LEVEL_DEBUG) ? -1 : SLM_ENABLED(SLM_LEVEL_INFO);
}
