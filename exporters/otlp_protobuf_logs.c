/* SPDX-License-Identifier: MIT */
/* ExportLogsServiceRequest in protobuf's binary encoding. It says what otlp_json_logs.c says of the same record. */
#include "exporters/encoder.h"

#include "exporters/otlp_protobuf_request.h"
#include "exporters/otlp_protobuf_value.h"
#include "exporters/severity.h"

/* The least that a record in a span says. */
enum { RECORD_BYTES_USUAL = 128 };

static char *head(slmi_buffer *body, char *at, const slm_log_data *log)
{
    slm_string text = slmi_severity_text(log->level);
    *at++ = SLMI_TAG(1, SLMI_FIXED64);
    at = slmi_proto_fixed64(at, log->time_ns);
    *at++ = SLMI_TAG(11, SLMI_FIXED64);
    at = slmi_proto_fixed64(at, log->observed_ns);
    if (text.len > 0) {
        *at++ = SLMI_TAG(2, SLMI_VARINT);
        at = slmi_proto_varint(at, slmi_severity_number(log->level));
        at = slmi_otlp_proto_text(body, at, SLMI_TAG(3, SLMI_SIZED), text);
    }
    return log->body.data ? slmi_otlp_proto_text_value(body, at, SLMI_TAG(5, SLMI_SIZED), log->body) : at;
}

/* Where it happened; nothing outside any span. */
static char *place(char *at, const slm_log_data *log)
{
    if (!at || !slm_trace_id_is_valid(log->trace_id))
        return at;
    if (log->flags != 0) {
        *at++ = SLMI_TAG(8, SLMI_FIXED32);
        at = slmi_proto_fixed32(at, log->flags);
    }
    at = slmi_otlp_proto_trace_id(at, SLMI_TAG(9, SLMI_SIZED), &log->trace_id);
    if (slm_span_id_is_valid(log->span_id))
        at = slmi_otlp_proto_span_id(at, SLMI_TAG(10, SLMI_SIZED), &log->span_id);
    return at;
}

static void record(slmi_buffer *body, slmi_encoding *state, const slm_log_data *log)
{
    slmi_frame frame;
    char *at = slmi_json_start(body);
    if (!at)
        return;
    if (log->scope != state->scope)
        at = slmi_otlp_proto_scope(body, at, state, log->scope);
    state->spans++;
    if (!at)
        return;

    *at++ = SLMI_TAG(2, SLMI_SIZED);
    at = slmi_proto_open(body, at, RECORD_BYTES_USUAL, &frame);
    at = slmi_json_room(body, head(body, at, log), 0);
    at = slmi_otlp_proto_fields(body, at, SLMI_TAG(6, SLMI_SIZED), log->fields, log->field_count);
    at = slmi_otlp_proto_count(at, SLMI_TAG(7, SLMI_VARINT), log->dropped_fields);
    at = place(slmi_json_room(body, at, 0), log);
    slmi_buffer_commit(body, slmi_proto_close(body, at, &frame));
}

const slmi_encoder slmi_encoder_otlp_protobuf_logs = {
    .content_type = "application/x-protobuf",
    .begin = slmi_otlp_proto_begin,
    .log = record,
    .end = slmi_otlp_proto_end,
};
