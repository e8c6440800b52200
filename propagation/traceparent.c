/* SPDX-License-Identifier: MIT */
/* W3C Trace Context "traceparent": VERSION-TRACE_ID-PARENT_ID-FLAGS, all of it lower-case hexadecimal. One pass, no
 * allocation. The header is untrusted, so nothing is written to `out` until all of it has been judged valid. */
#include "propagation/traceparent.h"
#include "propagation/scan.h"
#include "propagation/hex.h"
#include <spanloom/propagation.h>

enum { TRACE_ID_AT = 3, SPAN_ID_AT = 36, FLAGS_AT = 53, HEADER_LEN = 55, FORBIDDEN_VERSION = 0xff };

slm_status slm_traceparent_parse(slm_string header, slm_span_context *out)
{
    if (!out)
        return SLM_ERR_INVALID_ARGUMENT;
    header = slmi_trim(header);
    if (header.len < HEADER_LEN)
        return SLM_ERR_MALFORMED;

    const char *h = header.data;
    slm_trace_id trace_id;
    slm_span_id span_id;
    slmi_digits bad = { 0 };
    slmi_hex_decode16(h + TRACE_ID_AT, trace_id.bytes, &bad);
    slmi_hex_decode16(h + TRACE_ID_AT + 16, trace_id.bytes + 8, &bad);
    slmi_hex_decode16(h + SPAN_ID_AT, span_id.bytes, &bad);
    unsigned version = slmi_hex_byte(h);
    unsigned flags = slmi_hex_byte(h + FLAGS_AT);
    bool dashed = h[TRACE_ID_AT - 1] == '-' && h[SPAN_ID_AT - 1] == '-' && h[FLAGS_AT - 1] == '-';
    if (slmi_hex_is_bad(bad) || !dashed || version >= FORBIDDEN_VERSION || flags > 0xff)
        return SLM_ERR_MALFORMED;
    if (!slm_trace_id_is_valid(trace_id) || !slm_span_id_is_valid(span_id))
        return SLM_ERR_MALFORMED;
    /* A later version may append "-..." and nothing else. */
    if (header.len > HEADER_LEN && (version == 0 || h[HEADER_LEN] != '-'))
        return SLM_ERR_MALFORMED;

    out->trace_id = trace_id;
    out->span_id = span_id;
    out->flags = (uint8_t)(flags & SLMI_KNOWN_FLAGS);
    out->is_remote = true;
    out->tracestate_len = 0;
    return SLM_OK;
}

size_t slm_traceparent_format(const slm_span_context *context, char out[SLM_TRACEPARENT_SIZE])
{
    out[0] = '\0';
    if (!slm_span_context_is_valid(context))
        return 0;

    uint8_t flags = context->flags & SLMI_KNOWN_FLAGS;
    memcpy(out, "00-", TRACE_ID_AT);
    slmi_hex_encode16(out + TRACE_ID_AT, context->trace_id.bytes);
    out[SPAN_ID_AT - 1] = '-';
    slmi_hex_encode8(out + SPAN_ID_AT, context->span_id.bytes);
    out[FLAGS_AT - 1] = '-';
    out[FLAGS_AT] = '0';
    out[FLAGS_AT + 1] = (char)('0' + flags); /* Known flags make one decimal digit. */
    out[HEADER_LEN] = '\0';
    return HEADER_LEN;
}
