/* SPDX-License-Identifier: MIT */
#include "exporters/encoder.h"

bool slmi_encode_span(const slmi_encoder *encoder, slmi_buffer *body, slmi_encoding *state, const slm_span_data *span)
{
    if (body->failed)
        return false;

    size_t len = body->len;
    slmi_encoding before = *state;
    encoder->span(body, state, span);
    if (!body->failed && body->max - body->len >= SLMI_ENCODER_END_BYTES)
        return true;

    slmi_buffer_rewind(body, len);
    *state = before;
    return false;
}
