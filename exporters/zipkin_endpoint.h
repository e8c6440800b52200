/* SPDX-License-Identifier: MIT */
/* Whom a span talked to. OpenTelemetry to Zipkin Transformation, Remote endpoint. */
#ifndef SPANLOOM_EXPORTERS_ZIPKIN_ENDPOINT_H
#define SPANLOOM_EXPORTERS_ZIPKIN_ENDPOINT_H

#include "exporters/buffer.h"
#include <spanloom/span_data.h>

/* Writes `,"remoteEndpoint":{…}` from the best of the span's attributes; nothing if none says. As json_writer.h. */
char *slmi_zipkin_remote_endpoint(slmi_buffer *body, char *at, const slm_span_data *span);

#endif
