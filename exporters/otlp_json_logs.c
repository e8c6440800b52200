/* SPDX-License-Identifier: MIT */
/* ExportLogsServiceRequest in the JSON encoding of OTLP, as otlp_json.c has that of spans. */
#include "exporters/encoder.h"

#include "exporters/otlp_json_request.h"
#include "exporters/otlp_json_value.h"
#include "exporters/severity.h"

static void begin(slmi_buffer *body, slmi_encoding *state, const slm_resource *resource)
{
    slmi_otlp_json_begin(body, state, resource, "Logs");
}

static char *head(char *at, const slm_log_data *log)
{
    slm_string text = slmi_severity_text(log->level);
    at = slmi_json_u64(SLMI_PUT(at, "{\"timeUnixNano\":\""), log->time_ns);
    at = slmi_json_u64(SLMI_PUT(at, "\",\"observedTimeUnixNano\":\""), log->observed_ns);
    at = SLMI_PUT(at, "\"");
    if (text.len == 0)
        return at;
    at = slmi_json_u64(SLMI_PUT(at, ",\"severityNumber\":"), slmi_severity_number(log->level));
    at = slmi_json_literal(SLMI_PUT(at, ",\"severityText\":\""), text.data, text.len);
    return SLMI_PUT(at, "\"");
}

/* Where it happened; nothing outside any span. */
static char *place(char *at, const slm_log_data *log)
{
    if (!slm_trace_id_is_valid(log->trace_id))
        return at;
    if (log->flags != 0)
        at = slmi_json_u64(SLMI_PUT(at, ",\"flags\":"), log->flags);
    at = slmi_json_hex(SLMI_PUT(at, ",\"traceId\":\""), log->trace_id.bytes, sizeof log->trace_id.bytes);
    if (slm_span_id_is_valid(log->span_id))
        at = slmi_json_hex(SLMI_PUT(at, "\",\"spanId\":\""), log->span_id.bytes, sizeof log->span_id.bytes);
    return SLMI_PUT(at, "\"");
}

static void record(slmi_buffer *body, slmi_encoding *state, const slm_log_data *log)
{
    char *at = slmi_json_start(body);
    if (!at)
        return;
    if (log->scope == state->scope)
        *at++ = ',';
    else
        at = slmi_otlp_json_scope(body, at, state, log->scope, "logRecords");
    state->spans++;

    if (at)
        at = head(at, log);
    if (at && log->body.data)
        at = SLMI_QUOTED(body, at, ",\"body\":{\"stringValue\":", log->body);
    if (at && log->body.data)
        *at++ = '}';
    if (at)
        at = slmi_otlp_json_attributes(body, at, log->fields, log->field_count, log->dropped_fields);
    if (at)
        at = SLMI_PUT(place(at, log), "}");
    slmi_buffer_commit(body, at);
}

const slmi_encoder slmi_encoder_otlp_json_logs = {
    .content_type = "application/json",
    .begin = begin,
    .log = record,
    .end = slmi_otlp_json_end,
};

const slmi_encoder slmi_encoder_otlp_lines_logs = {
    .content_type = "application/x-ndjson",
    .begin = begin,
    .log = record,
    .end = slmi_otlp_json_end_line,
};
