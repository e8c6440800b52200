/* SPDX-License-Identifier: MIT */
#include "exporters/worker.h"

#include <signal.h>

int slmi_worker_start(pthread_t *thread, const char *name, void *(*run)(void *), void *user)
{
    /* A thread begins with its maker's mask, so there is no moment in which it could take a signal. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(thread, NULL, run, user);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error == 0)
        pthread_setname_np(*thread, name);
    return error;
}
