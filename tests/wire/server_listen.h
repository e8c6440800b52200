/* SPDX-License-Identifier: MIT */
/* Where the scripted server listens. */
#ifndef SPANLOOM_TESTS_SERVER_LISTEN_H
#define SPANLOOM_TESTS_SERVER_LISTEN_H

#include <stdint.h>

/* A socket bound to `*port` on loopback; 0: to a free one, which it writes. Below 0 if it cannot. */
int server_bind(uint16_t *port);
/* A socket bound to a path, from which it removes what was there. */
int server_bind_unix(const char *path);

#endif
