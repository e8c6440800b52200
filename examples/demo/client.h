/* SPDX-License-Identifier: MIT */
/* A request to another service: one span, and the headers that let the other go on with the trace. */
#ifndef DEMO_CLIENT_H
#define DEMO_CLIENT_H

#include <stddef.h>

/* POSTs nothing; the status of the answer, whose text goes to `text`, terminated and cut. 0 if there was none, and
 * `text` says why. */
long client_post(const char *url, char *text, size_t room);

#endif
