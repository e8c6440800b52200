/* SPDX-License-Identifier: MIT */
/* A request in OTLP's protobuf encoding, as spans and log records have it: one resource, and groups of one scope each,
 * which get their lengths, of fixed width, at the end. The numbers are the same for both. Written as protobuf_writer.h
 * says. */
#ifndef SPANLOOM_EXPORTERS_OTLP_PROTOBUF_REQUEST_H
#define SPANLOOM_EXPORTERS_OTLP_PROTOBUF_REQUEST_H

#include "exporters/encoder.h"

void slmi_otlp_proto_begin(slmi_buffer *body, slmi_encoding *state, const slm_resource *resource);
/* Closes the group that is open, and opens one for `scope`. */
char *slmi_otlp_proto_scope(slmi_buffer *body, char *at, slmi_encoding *state, const slm_scope_data *scope);
void slmi_otlp_proto_end(slmi_buffer *body, slmi_encoding *state);

#endif
