/* SPDX-License-Identifier: MIT */
#include "exporters/encoder.h"

/* Whether what was just appended, and the end, have room; if not, both are as they were before it. */
static bool keep(slmi_buffer *body, slmi_encoding *state, size_t len, const slmi_encoding *before)
{
    if (!body->failed && body->max - body->len >= SLMI_ENCODER_END_BYTES)
        return true;
    slmi_buffer_rewind(body, len);
    *state = *before;
    return false;
}

bool slmi_encode_span(const slmi_encoder *encoder, slmi_buffer *body, slmi_encoding *state, const slm_span_data *span)
{
    size_t len = body->len;
    slmi_encoding before = *state;
    if (body->failed)
        return false;
    encoder->span(body, state, span);
    return keep(body, state, len, &before);
}

bool slmi_encode_log(const slmi_encoder *encoder, slmi_buffer *body, slmi_encoding *state, const slm_log_data *log)
{
    size_t len = body->len;
    slmi_encoding before = *state;
    if (body->failed)
        return false;
    encoder->log(body, state, log);
    return keep(body, state, len, &before);
}
