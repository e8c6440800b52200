/* SPDX-License-Identifier: MIT */
#include "core/output.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <time.h>
#include <unistd.h>

int slmi_cancel_hold(void)
{
    int held = PTHREAD_CANCEL_ENABLE;
    (void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &held);
    return held;
}

void slmi_cancel_restore(int held)
{
    int ignored;
    (void)pthread_setcancelstate(held, &ignored);
}

/* A SIGPIPE that waits already, because the host blocks it, is the host's. */
static bool waits_already(const sigset_t *masked)
{
    sigset_t pending;
    return sigismember(masked, SIGPIPE) == 1 && sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1;
}

ssize_t slmi_output_write(int fd, const void *data, size_t len)
{
    static const struct timespec at_once = { 0, 0 };
    sigset_t pipe, masked;
    int cancel = slmi_cancel_hold();
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    bool blocked = pthread_sigmask(SIG_BLOCK, &pipe, &masked) == 0;
    bool theirs = blocked && waits_already(&masked);
    ssize_t n;
    do
        n = write(fd, data, len);
    while (n < 0 && errno == EINTR);
    int error = errno;
    if (n < 0 && error == EPIPE && blocked && !theirs)
        while (sigtimedwait(&pipe, NULL, &at_once) < 0 && errno == EINTR) {
        }
    if (blocked)
        (void)pthread_sigmask(SIG_SETMASK, &masked, NULL);
    slmi_cancel_restore(cancel);
    errno = error;
    return n;
}
