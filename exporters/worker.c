/* SPDX-License-Identifier: MIT */
#include "exporters/worker.h"

#include "core/alloc.h"
#include "core/diagnostics.h"
#include <spanloom/suppress.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

typedef struct worker {
    slmi_worker_options options;
    void *(*run)(void *);
    void *user;
} worker;

static void *begin(void *user)
{
    worker w = *(worker *)user;
    slmi_free(user);
    slm_suppress(true);
    pthread_setname_np(pthread_self(), w.options.name);
    if (w.options.pinned && pthread_setaffinity_np(pthread_self(), sizeof w.options.cpus, &w.options.cpus) != 0)
        slmi_diagnose(SLM_DIAG_CONFIGURATION, "thread %s may not run on the processors of config.thread_hooks",
                      w.options.name);
    if (w.options.start)
        w.options.start(w.options.user, w.options.name);
    void *result = w.run(w.user);
    if (w.options.stop)
        w.options.stop(w.options.user, w.options.name);
    return result;
}

int slmi_worker_start(pthread_t *thread, const slmi_worker_options *options, const char *suffix, void *(*run)(void *),
                      void *user)
{
    worker *w = slmi_alloc(sizeof *w);
    if (!w)
        return ENOMEM;
    *w = (worker){ .options = *options, .run = run, .user = user };
    const char *name = options->name[0] ? options->name : "spanloom";
    int room = (int)(SLMI_WORKER_NAME_BYTES - 1 - strlen(suffix));
    snprintf(w->options.name, sizeof w->options.name, "%.*s%s", room, name, suffix);

    /* A thread begins with its maker's mask, so there is no moment in which it could take a signal. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(thread, NULL, begin, w);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error != 0)
        slmi_free(w);
    return error;
}
