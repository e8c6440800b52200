/* SPDX-License-Identifier: MIT */
/* What a request's body holds: inflated if it is compressed, and read as its Content-Type says. */
#ifndef SPANLOOM_TESTS_SERVER_BODY_H
#define SPANLOOM_TESTS_SERVER_BODY_H

#include <stdbool.h>
#include <stddef.h>

typedef void server_id(void *user, unsigned long id);

/* Gives each span id in it to `take`, if there is one. Whether the body is a whole JSON text or an OTLP request in
 * protobuf. */
bool server_body_read(const char *head, size_t head_len, const char *body, size_t len, server_id *take, void *user);

#endif
