/* SPDX-License-Identifier: MIT */
#include "exporters/alpn.h"
#include "exporters/grpc.h"

#ifdef SLMI_WITH_NGHTTP2

const char *slmi_grpc_why_not(bool tls)
{
    return tls ? slmi_alpn_why_not() : NULL;
}

#else

const char *slmi_grpc_why_not(bool tls)
{
    (void)tls;
    return "it was built without nghttp2";
}

slmi_transport *slmi_grpc_new(slmi_loop *loop, slmi_names *names, const slmi_grpc_options *options)
{
    (void)loop, (void)names, (void)options;
    return NULL;
}

#endif
