/* SPDX-License-Identifier: MIT */
/* W3C Trace Context over a carrier. A getter gives every value of a name, so that a repeated traceparent is seen and
 * refused, and the lines of a tracestate are one list. */
#include "core/diagnostics.h"
#include "propagation/carrier.h"
#include "propagation/tracestate.h"

static const slm_string traceparent_name = { "traceparent", sizeof "traceparent" - 1 };
static const slm_string tracestate_name = { "tracestate", sizeof "tracestate" - 1 };

/* Reads the tracestate that goes with `out`; one that is refused leaves it without. */
static void extract_tracestate(const slm_getter *getter, const void *carrier, slm_span_context *out)
{
    uintptr_t cursor = 0;
    slm_string line;
    slmi_tracestate list;
    slmi_tracestate_init(&list);
    while (getter->get(carrier, tracestate_name, &cursor, &line)) {
        if (!slmi_tracestate_read(&list, line)) {
            slmi_diagnose(SLM_DIAG_MALFORMED_HEADER, "a tracestate was refused; its trace continues without");
            return;
        }
    }
    slmi_tracestate_store(&list, out);
}

slm_status slm_extract(const slm_getter *getter, const void *carrier, slm_span_context *out)
{
    if (!slmi_getter_is_usable(getter) || !out)
        return SLM_ERR_INVALID_ARGUMENT;

    uintptr_t cursor = 0;
    slm_string first, second;
    if (!getter->get(carrier, traceparent_name, &cursor, &first))
        return SLM_ERR_NOT_FOUND;
    if (getter->get(carrier, traceparent_name, &cursor, &second)) {
        slmi_diagnose(SLM_DIAG_MALFORMED_HEADER, "a request has several traceparent headers; none is used");
        return SLM_ERR_MALFORMED;
    }
    if (slm_traceparent_parse(first, out) != SLM_OK) {
        slmi_diagnose(SLM_DIAG_MALFORMED_HEADER, "a traceparent of %zu bytes was refused", first.len);
        return SLM_ERR_MALFORMED;
    }
    extract_tracestate(getter, carrier, out);
    return SLM_OK;
}

slm_status slm_inject(const slm_span_context *context, const slm_setter *setter, void *carrier)
{
    if (!context || !slmi_setter_is_usable(setter))
        return SLM_ERR_INVALID_ARGUMENT;
    char traceparent[SLM_TRACEPARENT_SIZE];
    size_t len = slm_traceparent_format(context, traceparent);
    if (len == 0)
        return SLM_ERR_INVALID_ARGUMENT;

    slm_status status = setter->set(carrier, traceparent_name, slm_string_of(traceparent, len));
    if (status != SLM_OK)
        return status;
    slm_string tracestate = slmi_tracestate_text(context);
    if (tracestate.data)
        return setter->set(carrier, tracestate_name, tracestate);
    /* One that the carrier has from before belongs to another trace. */
    slmi_setter_remove(setter, carrier, tracestate_name);
    return SLM_OK;
}
