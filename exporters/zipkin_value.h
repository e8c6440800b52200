/* SPDX-License-Identifier: MIT */
/* Values for Zipkin, whose tags are text: scalars as they are read, arrays, lists and maps as JSON. OpenTelemetry,
 * Mapping to non-OTLP protocols. */
#ifndef SPANLOOM_EXPORTERS_ZIPKIN_VALUE_H
#define SPANLOOM_EXPORTERS_ZIPKIN_VALUE_H

#include "exporters/json_writer.h"
#include <spanloom/value.h>

/* Text in quotes. Leaves room as slmi_json_text() does. */
static inline char *slmi_json_quoted(slmi_buffer *body, char *at, slm_string text)
{
    *at++ = '"';
    at = slmi_json_text(body, at, text);
    return at ? SLMI_PUT(at, "\"") : NULL;
}

/* As JSON. */
char *slmi_zipkin_value_json(slmi_buffer *body, char *at, const slm_value *value);
/* As text inside a JSON string. */
char *slmi_zipkin_value_text(slmi_buffer *body, char *at, const slm_value *value);

#endif
