/* SPDX-License-Identifier: MIT */
/* What each service does before and after its work. */
#ifndef DEMO_SERVICE_H
#define DEMO_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

#include <signal.h>

/* Starts to trace under this name, and leaves in `ends` the signals that end a service; they are blocked, here and in
 * all threads to come. */
bool service_begin(const char *name, sigset_t *ends);

/* Tells whoever started the service that it can be called, and where. */
void service_ready(uint16_t port);

/* Delivers what is left; what main() answers with. */
int service_end(void);

#endif
