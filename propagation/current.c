/* SPDX-License-Identifier: MIT */
#include <spanloom/context.h>
#include <spanloom/propagation.h>

slm_status slm_inject_current(const slm_setter *setter, void *carrier)
{
    slm_span_context context;
    if (!slm_current_context(&context))
        return SLM_ERR_NOT_FOUND;
    return slm_inject(&context, setter, carrier);
}
