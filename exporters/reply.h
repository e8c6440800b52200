/* SPDX-License-Identifier: MIT */
/* What a receiver writes back: untrusted JSON or protobuf. Pure. */
#ifndef SPANLOOM_EXPORTERS_REPLY_H
#define SPANLOOM_EXPORTERS_REPLY_H

#include "exporters/transport.h"

/* An ExportTraceServiceResponse or ExportLogsServiceResponse as JSON; OTLP/HTTP Response, Partial Success. An empty or
 * unreadable body, or one without `partialSuccess`, leaves a success what it is. A slmi_reply_reader. */
void slmi_reply_read_otlp(const char *body, size_t len, slmi_answer *answer);

/* The same of one in protobuf's binary encoding. A slmi_reply_reader. */
void slmi_reply_read_otlp_protobuf(const char *body, size_t len, slmi_answer *answer);

/* The `message` of a google.rpc.Status as JSON, else the body's first line if it is text, into `out` (`room` bytes, at
 * least 1), cut; "" if there is none. OTLP/HTTP Response, Failures. */
void slmi_reply_message(const char *body, size_t len, char *out, size_t room);
/* The same of one in protobuf's binary encoding. */
void slmi_reply_message_protobuf(const char *body, size_t len, char *out, size_t room);

#endif
