/* SPDX-License-Identifier: MIT */
/* Protobuf's wire format, field by field, of untrusted bytes. Pure. */
#ifndef SPANLOOM_EXPORTERS_PROTOBUF_READER_H
#define SPANLOOM_EXPORTERS_PROTOBUF_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is left of a message. */
typedef struct slmi_wire {
    const unsigned char *at, *end;
} slmi_wire;

/* A field that was read. */
typedef struct slmi_wire_field {
    uint64_t number;
    bool sized;
    uint64_t value;    /* of a varint; 0 of anything else */
    slmi_wire content; /* of a sized field */
} slmi_wire_field;

static inline slmi_wire slmi_wire_over(const void *bytes, size_t len)
{
    const unsigned char *at = bytes;
    return (slmi_wire){ at, len > 0 ? at + len : at };
}

/* The next field; false at the end, and where the message is none. */
bool slmi_wire_next(slmi_wire *from, slmi_wire_field *out);

/* For "%.*s", which stops at a null byte; cut where nobody would read on. */
int slmi_wire_text_len(slmi_wire text);
const char *slmi_wire_text(slmi_wire text);

#endif
