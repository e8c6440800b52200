/* SPDX-License-Identifier: MIT */
#define SLM_INSTRUMENTATION_NAME "interop.other"

#include "tests/interop/emit.h"

#include <spanloom/trace.h>

void emit_other_scope(const slm_span_context *remote, uint64_t base_ns)
{
    slm_span span = SLM_SPAN_WITH((.parent = slm_under_remote(remote), .start_ns = base_ns + 9000000), "other scope");
    slm_span_end_at(span, base_ns + 9500000);
}
