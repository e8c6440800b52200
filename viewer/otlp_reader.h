/* SPDX-License-Identifier: MIT */
#ifndef SPANLOOM_VIEWER_OTLP_READER_H
#define SPANLOOM_VIEWER_OTLP_READER_H

#include "viewer/json.h"

/* Reads an ExportTraceServiceRequest in OTLP/JSON (OTLP 1.x, "JSON Protobuf Encoding"). All of it or nothing: one bad
 * span refuses the body, as the OpenTelemetry Collector does. `body` is written to; body[len] must be 0. On success
 * the batch is for slmi_view_batch_free(); otherwise it is empty. */
bool slmi_view_read_otlp(char *body, size_t len, slmi_view_batch *batch, slmi_view_refusal *refusal);

#endif
