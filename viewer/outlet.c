/* SPDX-License-Identifier: MIT */
#include "viewer/outlet.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

slmi_view_written slmi_view_write(int fd, int signals, const char *data, size_t len)
{
    while (len > 0) {
        struct pollfd ready[2] = { { .fd = fd, .events = POLLOUT }, { .fd = signals, .events = POLLIN } };
        if (poll(ready, 2, -1) < 0 && errno != EINTR)
            return SLMI_VIEW_BROKEN;
        if (ready[0].revents == 0) {
            if (ready[1].revents != 0)
                return SLMI_VIEW_INTERRUPTED;
            continue;
        }
        /* A pipe that polls as writable takes this much without blocking: pipe(7). */
        ssize_t written = write(fd, data, len < PIPE_BUF ? len : PIPE_BUF);
        if (written < 0 && errno != EINTR && errno != EAGAIN)
            return SLMI_VIEW_BROKEN;
        if (written > 0) {
            data += written;
            len -= (size_t)written;
        }
    }
    return SLMI_VIEW_WRITTEN;
}
