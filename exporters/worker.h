/* SPDX-License-Identifier: MIT */
/* Threads of our own: no signal of the host's is ever delivered to one. */
#ifndef SPANLOOM_EXPORTERS_WORKER_H
#define SPANLOOM_EXPORTERS_WORKER_H

#include <pthread.h>

/* Starts a thread with every signal blocked, named `name` (at most 15 bytes). An error number, 0 on success. */
int slmi_worker_start(pthread_t *thread, const char *name, void *(*run)(void *), void *user);

#endif
