/* SPDX-License-Identifier: MIT */
/* The headers of a request: gRPC's own, then the user's as metadata. gRPC over HTTP2, Requests. */
#ifndef SPANLOOM_EXPORTERS_GRPC_HEADERS_H
#define SPANLOOM_EXPORTERS_GRPC_HEADERS_H

#include "exporters/config.h"
#include "exporters/grpc.h"

#include <nghttp2/nghttp2.h>

enum { SLMI_GRPC_OWN_HEADERS = 11, SLMI_GRPC_TIMEOUT_BYTES = 16 };

typedef struct slmi_grpc_headers {
    nghttp2_nv list[SLMI_GRPC_OWN_HEADERS + SLMI_HEADERS_MAX];
    size_t count;
    char authority[SLMI_HOST_BYTES + 16];
    char timeout[SLMI_GRPC_TIMEOUT_BYTES];
    char *metadata; /* the user's, names in lower case */
} slmi_grpc_headers;

/* False without memory. `path` is borrowed for good. */
bool slmi_grpc_headers_init(slmi_grpc_headers *headers, const slmi_grpc_options *options);
void slmi_grpc_headers_free(slmi_grpc_headers *headers);
/* The list for a call that has `left_ms` left, below 0: for ever. */
const nghttp2_nv *slmi_grpc_headers_list(slmi_grpc_headers *headers, int left_ms, size_t *count);

#endif
