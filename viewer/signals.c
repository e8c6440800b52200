/* SPDX-License-Identifier: MIT */
/* The pipe to oneself: a loop that polls descriptors meets signals as one more of them. */
#include "viewer/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static int write_end = -1; /* Set before the handler is, and closed after. */

static void tell(int signal_number)
{
    int saved = errno;
    (void)signal_number;
    (void)!write(write_end, "", 1); /* A full pipe says it already. */
    errno = saved;
}

static void handle_with(void (*handler)(int))
{
    struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART };
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
}

int slmi_view_signals_open(void)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        return -1;
    write_end = ends[1];
    (void)signal(SIGPIPE, SIG_IGN);
    handle_with(tell);
    return ends[0];
}

void slmi_view_signals_close(int fd)
{
    handle_with(SIG_DFL);
    (void)close(write_end);
    (void)close(fd);
    write_end = -1;
}
