/* SPDX-License-Identifier: MIT */
/* 25 bytes for protocols that have no headers. */
#include <spanloom/propagation.h>

#include "propagation/traceparent.h"

enum { SPAN_ID_AT = 16, FLAGS_AT = 24 };

size_t slm_binary_format(const slm_span_context *context, uint8_t out[SLM_BINARY_SIZE])
{
    if (!slm_span_context_is_valid(context))
        return 0;
    memcpy(out, context->trace_id.bytes, sizeof context->trace_id.bytes);
    memcpy(out + SPAN_ID_AT, context->span_id.bytes, sizeof context->span_id.bytes);
    out[FLAGS_AT] = context->flags & SLMI_KNOWN_FLAGS;
    return SLM_BINARY_SIZE;
}

slm_status slm_binary_parse(const void *bytes, size_t len, slm_span_context *out)
{
    const uint8_t *from = bytes;
    slm_trace_id trace_id;
    slm_span_id span_id;
    if (!out)
        return SLM_ERR_INVALID_ARGUMENT;
    if (len != SLM_BINARY_SIZE)
        return SLM_ERR_MALFORMED;
    memcpy(trace_id.bytes, from, sizeof trace_id.bytes);
    memcpy(span_id.bytes, from + SPAN_ID_AT, sizeof span_id.bytes);
    if (!slm_trace_id_is_valid(trace_id) || !slm_span_id_is_valid(span_id))
        return SLM_ERR_MALFORMED;
    out->trace_id = trace_id;
    out->span_id = span_id;
    out->flags = from[FLAGS_AT] & SLMI_KNOWN_FLAGS;
    out->is_remote = true;
    out->tracestate_len = 0;
    return SLM_OK;
}
