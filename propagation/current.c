/* SPDX-License-Identifier: MIT */
#include <spanloom/context.h>
#include <spanloom/propagator.h>

slm_status slm_inject_current(const slm_setter *setter, void *carrier)
{
    slm_carried carried;
    if (!slm_current_context(&carried.span))
        return SLM_ERR_NOT_FOUND;
    carried.size = sizeof carried;
    carried.hint = SLM_HINT_NONE;
    carried.baggage = (slm_baggage){ .text = NULL };
    return slm_propagators_inject(slm_get_propagators(), &carried, setter, carrier);
}
