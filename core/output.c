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

/* The signals that a write may raise: the peer of a pipe has gone, or a file reached the limit of its size. */
static int raised_with(int error)
{
    return error == EPIPE ? SIGPIPE : error == EFBIG ? SIGXFSZ : 0;
}

/* One that waits already, because the host blocks it, is the host's. */
static bool waits_already(const sigset_t *masked, int signal)
{
    sigset_t pending;
    return sigismember(masked, signal) == 1 && sigpending(&pending) == 0 && sigismember(&pending, signal) == 1;
}

static void take(int signal)
{
    static const struct timespec at_once = { 0, 0 };
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, signal);
    while (sigtimedwait(&one, NULL, &at_once) < 0 && errno == EINTR) {
    }
}

ssize_t slmi_output_write(int fd, const void *data, size_t len)
{
    sigset_t both, masked;
    int cancel = slmi_cancel_hold();
    sigemptyset(&both);
    sigaddset(&both, SIGPIPE);
    sigaddset(&both, SIGXFSZ);
    bool blocked = pthread_sigmask(SIG_BLOCK, &both, &masked) == 0;
    bool pipe_theirs = blocked && waits_already(&masked, SIGPIPE),
         size_theirs = blocked && waits_already(&masked, SIGXFSZ);
    ssize_t n;
    do
        n = write(fd, data, len);
    while (n < 0 && errno == EINTR);
    int error = errno, raised = n < 0 ? raised_with(error) : 0;
    if (raised && blocked && !(raised == SIGPIPE ? pipe_theirs : size_theirs))
        take(raised);
    if (blocked)
        (void)pthread_sigmask(SIG_SETMASK, &masked, NULL);
    slmi_cancel_restore(cancel);
    errno = error;
    return n;
}
