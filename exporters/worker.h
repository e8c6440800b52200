/* SPDX-License-Identifier: MIT */
/* Threads of our own: no signal of the host's is ever delivered to one. */
#ifndef SPANLOOM_EXPORTERS_WORKER_H
#define SPANLOOM_EXPORTERS_WORKER_H

#include <spanloom/drive.h>

#include <pthread.h>
#include <sched.h>

enum { SLMI_WORKER_NAME_BYTES = 16 }; /* with its end: the kernel's bound */

/* What the host wants of each of them. */
typedef struct slmi_worker_options {
    char name[SLMI_WORKER_NAME_BYTES]; /* "": "spanloom" */
    bool pinned;                       /* to `cpus` */
    cpu_set_t cpus;
    void (*start)(void *user, const char *name);
    void (*stop)(void *user, const char *name);
    void *user;
} slmi_worker_options;

/* Starts a thread with every signal blocked, on which nothing that is traced is recorded, for `run`. Its name is that
 * of the options (copied) and `suffix`. An error number, 0 on success. */
int slmi_worker_start(pthread_t *thread, const slmi_worker_options *options, const char *suffix, void *(*run)(void *),
                      void *user);

#endif
