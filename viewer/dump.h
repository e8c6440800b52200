/* SPDX-License-Identifier: MIT */
#ifndef SPANLOOM_VIEWER_DUMP_H
#define SPANLOOM_VIEWER_DUMP_H

#include "viewer/model.h"
#include "viewer/text.h"

/* Adds the span as one line of JSON, newline included: traceId, spanId, parentSpanId ("" for a root), name, service,
 * kind (as in "server"), startTimeUnixNano, endTimeUnixNano, status {code, message}, attributes (an object), events
 * [{timeUnixNano, name, attributes}], links [{traceId, spanId}], via ("otlp" or "zipkin").
 *
 * Ids are lower-case hexadecimal, times decimal strings. Attributes keep their types; an integer beyond 2^53 is a
 * string, as are NaN and the infinities, and bytes as base64. */
void slmi_view_dump(slmi_view_text *text, const slmi_view_span *span);

#endif
