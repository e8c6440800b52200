/* SPDX-License-Identifier: MIT */
/* TLS for the scripted gRPC server's connections. */
#ifndef SPANLOOM_TESTS_GRPC_TLS_H
#define SPANLOOM_TESTS_GRPC_TLS_H

#include "tests/wire/grpc_server.h"

/* With this certificate and key, PEM files. `h2`: the protocol is chosen by ALPN, and only h2 will do; without it
 * nothing is chosen. Aborts if it cannot. grpc_tls_free() after the server's end. */
grpc_io grpc_tls_new(const char *certificate, const char *key, bool h2);
void grpc_tls_free(grpc_io *io);

#endif
