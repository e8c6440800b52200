/* SPDX-License-Identifier: MIT */
/* The other side of a request, by hand: waits for it, reads it, answers it, all on the thread of the test. */
#ifndef SPANLOOM_TESTS_LISTENER_H
#define SPANLOOM_TESTS_LISTENER_H

#include <stddef.h>
#include <stdint.h>

/* A socket that listens on loopback, on any port. Exits if it cannot. */
int listener_open(uint16_t *port);

/* Takes one request, answers it with `status` and `body`, and hangs up. The request goes to `request`, terminated; its
 * body, in there, is returned, or NULL if it did not come whole. */
const char *listener_take(int listener, char *request, size_t room, int status, const char *body);

/* Connects to a port on loopback and sends a request; the socket. */
int listener_send(uint16_t port, const char *request);

/* Reads until the other side hangs up, and closes; the status of the reply, 0 if there is none. */
int listener_reply(int fd, char *reply, size_t room);

#endif
