/* SPDX-License-Identifier: MIT */
/* A server that speaks TLS on loopback and takes every request, one connection at a time, on a thread of its own. */
#ifndef SPANLOOM_TESTS_TLS_SERVER_H
#define SPANLOOM_TESTS_TLS_SERVER_H

#include <stdint.h>

typedef struct tls_server tls_server;

/* With this certificate and key, PEM files. `client_ca` is who must have signed the client's certificate; NULL: none is
 * asked for. Aborts if it cannot. */
tls_server *tls_server_start(const char *certificate, const char *key, const char *client_ca);
void tls_server_stop(tls_server *server);
uint16_t tls_server_port(const tls_server *server);
/* Requests that were answered so far. */
unsigned tls_server_requests(const tls_server *server);

#endif
