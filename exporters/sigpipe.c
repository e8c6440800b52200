/* SPDX-License-Identifier: MIT */
#include "exporters/sigpipe.h"

#include <errno.h>
#include <stddef.h>
#include <time.h>

static void only_sigpipe(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGPIPE);
}

static bool is_pending(void)
{
    sigset_t pending;
    sigemptyset(&pending);
    sigpending(&pending);
    return sigismember(&pending, SIGPIPE) == 1;
}

void slmi_sigpipe_hold(slmi_sigpipe *held)
{
    sigset_t set;
    held->untouched = is_pending();
    if (held->untouched)
        return;
    only_sigpipe(&set);
    pthread_sigmask(SIG_BLOCK, &set, &held->mask);
}

void slmi_sigpipe_release(const slmi_sigpipe *held)
{
    static const struct timespec at_once = { 0, 0 };
    sigset_t set;
    if (held->untouched)
        return;
    only_sigpipe(&set);
    while (is_pending() && sigtimedwait(&set, NULL, &at_once) < 0 && errno == EINTR) {
        /* Some other signal's handler ran. */
    }
    pthread_sigmask(SIG_SETMASK, &held->mask, NULL);
}
