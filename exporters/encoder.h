/* SPDX-License-Identifier: MIT */
/* Finished spans in, a request's body out. Encoders are pure: no I/O, no state but the caller's, no memory but the
 * buffer's. A body is begin, any number of spans, end:
 *
 *     slmi_encoding state;
 *     encoder->begin(&body, &state, resource);
 *     while (more && slmi_encode_span(encoder, &body, &state, span))
 *         more = next(&span);
 *     encoder->end(&body, &state);
 *
 * Spans of one scope should come in a row: where the scope's pointer changes, the encoder closes one group and opens
 * the next, and equal pointers are equal scopes. An encoder of logs takes log records in their place. */
#ifndef SPANLOOM_EXPORTERS_ENCODER_H
#define SPANLOOM_EXPORTERS_ENCODER_H

#include "exporters/buffer.h"
#include <spanloom/log_data.h>

/* Where an encoding stands. The caller's; begin fills it in, a copy restores it. */
typedef struct slmi_encoding {
    const slm_scope_data *scope; /* of the last span; NULL before the first */
    size_t spans;                /* or log records, written so far */
    slm_string service_name;     /* the resource's; borrowed from it, as is what follows */
    slm_string service_namespace;
    size_t resource_from, scope_from; /* where the open messages begin; 0: none is open */
} slmi_encoding;

typedef struct slmi_encoder {
    const char *content_type;
    /* Starts a body; `resource` stays valid until the end. */
    void (*begin)(slmi_buffer *body, slmi_encoding *state, const slm_resource *resource);
    /* Appends a span; all of its text may be any bytes. NULL in an encoder of logs. */
    void (*span)(slmi_buffer *body, slmi_encoding *state, const slm_span_data *span);
    /* Appends a log record, likewise. NULL in an encoder of spans. */
    void (*log)(slmi_buffer *body, slmi_encoding *state, const slm_log_data *log);
    /* Completes the body; writes at most SLMI_ENCODER_END_BYTES. */
    void (*end)(slmi_buffer *body, slmi_encoding *state);
    const struct slmi_encoder *logs; /* of an encoder of spans: the one of log records beside it; NULL: none */
    /* Gives back what a body refers to, and empties it; NULL where it is nothing but bytes. */
    void (*forget)(slmi_buffer *body);
} slmi_encoder;

enum { SLMI_ENCODER_END_BYTES = 16 };

/* OTLP over HTTP, JSON encoding of ExportTraceServiceRequest. OpenTelemetry Protocol Specification, JSON Protobuf
 * Encoding. One body is also one line of an OTLP file. */
extern const slmi_encoder slmi_encoder_otlp_json;
/* The same with a line's end: one body, one line. OpenTelemetry Protocol File Exporter, JSON lines. */
extern const slmi_encoder slmi_encoder_otlp_lines;
/* The same in protobuf's binary encoding. OpenTelemetry Protocol Specification, Binary Protobuf Encoding. */
extern const slmi_encoder slmi_encoder_otlp_protobuf;
/* ExportLogsServiceRequest, the same three ways. OpenTelemetry Logs Data Model. */
extern const slmi_encoder slmi_encoder_otlp_json_logs, slmi_encoder_otlp_lines_logs, slmi_encoder_otlp_protobuf_logs;
/* A list of Zipkin v2 spans. OpenTelemetry to Zipkin Transformation; Zipkin API v2. */
extern const slmi_encoder slmi_encoder_zipkin_json;

/* Appends `span` and returns true; if the body has no room for it and for the end, leaves both `body` (not failed) and
 * `state` as they were and returns false. False also when `body` had failed before. */
bool slmi_encode_span(const slmi_encoder *encoder, slmi_buffer *body, slmi_encoding *state, const slm_span_data *span);
/* The same of a log record. */
bool slmi_encode_log(const slmi_encoder *encoder, slmi_buffer *body, slmi_encoding *state, const slm_log_data *log);

#endif
