/* SPDX-License-Identifier: MIT */
/* Length-Prefixed-Message of gRPC over HTTP2: a byte that says whether it is compressed, four of its length. Pure. */
#ifndef SPANLOOM_EXPORTERS_GRPC_FRAME_H
#define SPANLOOM_EXPORTERS_GRPC_FRAME_H

#include "exporters/buffer.h"

#include <stdint.h>

enum {
    SLMI_GRPC_PREFIX_BYTES = 5,
    SLMI_GRPC_RESPONSE_MAX = 4 * 1024 * 1024 /* OTLP Exporter: a larger answer is an error that is not retried */
};

void slmi_grpc_prefix(unsigned char *out, bool compressed, size_t len);

typedef enum slmi_grpc_reply {
    SLMI_GRPC_REPLY_WHOLE,
    SLMI_GRPC_REPLY_NONE, /* nothing, not all of it, or nothing that can be read */
    SLMI_GRPC_REPLY_TOO_LONG
} slmi_grpc_reply;

/* Whether the message that begins with the `len` bytes at `data` is going to be too long. */
bool slmi_grpc_reply_is_too_long(const char *data, size_t len);

/* The first message of a stream. `*body` is inside `data`, or, if it was compressed (gzip), inside `room`, an empty
 * buffer whose maximum is SLMI_GRPC_RESPONSE_MAX. */
slmi_grpc_reply slmi_grpc_reply_read(const char *data, size_t len, slmi_buffer *room, const char **body,
                                     size_t *body_len);

#endif
