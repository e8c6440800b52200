/* SPDX-License-Identifier: MIT */
/* Values, attributes and ids in OTLP's protobuf encoding, as spans and log records have them. Written as
 * protobuf_writer.h says; those that a message may lack write nothing then. */
#ifndef SPANLOOM_EXPORTERS_OTLP_PROTOBUF_VALUE_H
#define SPANLOOM_EXPORTERS_OTLP_PROTOBUF_VALUE_H

#include "exporters/protobuf_writer.h"
#include <spanloom/span_context.h>
#include <spanloom/value.h>

/* A field's tag: its number in the message and how it is written. Takes one byte up to number 15. */
enum { SLMI_VARINT = 0, SLMI_FIXED64 = 1, SLMI_SIZED = 2, SLMI_FIXED32 = 5 };
#define SLMI_TAG(number, type) ((char)((number) << 3 | (type)))

/* The length of a 64-bit field with its tag. */
enum { SLMI_FIXED64_BYTES = 9 };

/* A list of KeyValues, each with this tag. */
char *slmi_otlp_proto_fields(slmi_buffer *body, char *at, char tag, const slm_field *fields, size_t count);
/* An AnyValue that is this text, with this tag. */
char *slmi_otlp_proto_text_value(slmi_buffer *body, char *at, char tag, slm_string text);

static inline char *slmi_otlp_proto_count(char *at, char tag, uint32_t count)
{
    if (!at || count == 0)
        return at;
    *at++ = tag;
    return slmi_proto_varint(at, count);
}

/* What is left out when it is empty. */
static inline char *slmi_otlp_proto_text(slmi_buffer *body, char *at, char tag, slm_string text)
{
    if (!at || text.len == 0)
        return at;
    *at++ = tag;
    return slmi_proto_text(body, at, text);
}

static inline char *slmi_otlp_proto_trace_id(char *at, char tag, const slm_trace_id *id)
{
    *at++ = tag;
    *at++ = (char)sizeof id->bytes;
    memcpy(at, id->bytes, sizeof id->bytes);
    return at + sizeof id->bytes;
}

static inline char *slmi_otlp_proto_span_id(char *at, char tag, const slm_span_id *id)
{
    *at++ = tag;
    *at++ = (char)sizeof id->bytes;
    memcpy(at, id->bytes, sizeof id->bytes);
    return at + sizeof id->bytes;
}

#endif
