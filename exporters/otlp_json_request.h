/* SPDX-License-Identifier: MIT */
/* A request in the JSON encoding of OTLP, as spans and log records have it: one resource, and groups of one scope each.
 * Written as json_writer.h says. */
#ifndef SPANLOOM_EXPORTERS_OTLP_JSON_REQUEST_H
#define SPANLOOM_EXPORTERS_OTLP_JSON_REQUEST_H

#include "exporters/encoder.h"

/* `kind`: what follows "resource" and "scope" in the names of members: "Spans". */
void slmi_otlp_json_begin(slmi_buffer *body, slmi_encoding *state, const slm_resource *resource, const char *kind);
/* Closes the group that is open, and opens one for `scope`, whose list is `list`: "spans". */
char *slmi_otlp_json_scope(slmi_buffer *body, char *at, slmi_encoding *state, const slm_scope_data *scope,
                           const char *list);
void slmi_otlp_json_end(slmi_buffer *body, slmi_encoding *state);
/* With a line's end. */
void slmi_otlp_json_end_line(slmi_buffer *body, slmi_encoding *state);

#endif
