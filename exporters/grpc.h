/* SPDX-License-Identifier: MIT */
/* One unary gRPC call at a time to one service, over one connection that is kept. OTLP/gRPC. One thread, the loop's.
 *
 * Built where nghttp2 is found; elsewhere slmi_grpc_why_not() says so and slmi_grpc_new() has nothing to give. */
#ifndef SPANLOOM_EXPORTERS_GRPC_H
#define SPANLOOM_EXPORTERS_GRPC_H

#include "exporters/http.h"
#include "exporters/way.h"

typedef struct slmi_grpc_options {
    slmi_url url; /* its path is not used */
    slmi_proxy proxy;
    const char *path;           /* "/package.Service/Method"; static */
    const char *const *headers; /* "name: value", at most SLMI_HEADERS_MAX; borrowed for the call */
    size_t header_count;
    bool gzip;
    slmi_reply_reader *read_reply;
    slmi_identity identity; /* borrowed for the call */
} slmi_grpc_options;

/* NULL if it can be done here, `tls` or not; else why not, for people. Static. */
const char *slmi_grpc_why_not(bool tls);

/* NULL without memory. `loop` and `names` outlive it. */
slmi_transport *slmi_grpc_new(slmi_loop *loop, slmi_names *names, const slmi_grpc_options *options);

#endif
