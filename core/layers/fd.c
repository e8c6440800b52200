/* SPDX-License-Identifier: MIT */
/* Lines to a descriptor that is somebody else's. */
#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/diagnostics.h"
#include "core/errno_name.h"
#include "core/layers/writer.h"
#include "core/output.h"

/* -- one write --------------------------------------------------------------------------------------------------------
 */

/* The system takes a line whole, as a rule; what a pipe or a full disk left of it is tried once more. */
size_t slmi_write_line(int fd, bool guarded, slm_string line)
{
    size_t done = 0;
    int cancel = slmi_cancel_hold();
    while (done < line.len) {
        errno = 0;
        const char *rest = line.data + done;
        ssize_t n = guarded ? slmi_output_write(fd, rest, line.len - done) : write(fd, rest, line.len - done);
        if (n > 0)
            done += (size_t)n;
        else if (n == 0 || errno != EINTR)
            break;
    }
    int saved = errno;
    slmi_cancel_restore(cancel);
    errno = saved;
    return done;
}

bool slmi_write_needs_guard(int fd)
{
    struct stat is;
    struct rlimit limit;
    if (fstat(fd, &is) != 0)
        return false;
    if (S_ISREG(is.st_mode))
        return getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
    return S_ISFIFO(is.st_mode) || S_ISSOCK(is.st_mode);
}

void slmi_write_failed(const char *where, bool partly)
{
    const char *name = slmi_errno_name(errno);
    slmi_diagnose(SLM_DIAG_WRITER, "a log line could not be written to %s: %s%s", where, name ? name : "it took none",
                  partly ? "; a part of it was" : "");
}

/* -- the writer -------------------------------------------------------------------------------------------------------
 */

static int fd_of(const void *self)
{
    return (int)(intptr_t)self;
}

/* What the descriptor is may change while it is borrowed, so it is asked each time: a tenth of what a write costs. */
static slm_status fd_write(void *self, const slm_metadata *metadata, slm_string line)
{
    (void)metadata;
    int fd = fd_of(self), saved = errno;
    size_t done = slmi_write_line(fd, slmi_write_needs_guard(fd), line);
    if (done < line.len) {
        char where[32];
        snprintf(where, sizeof where, "descriptor %d", fd);
        slmi_write_failed(where, done > 0);
    }
    errno = saved;
    return done == line.len ? SLM_OK : SLM_ERR_SYSTEM;
}

static bool fd_is_terminal(void *self)
{
    int saved = errno, terminal = isatty(fd_of(self));
    errno = saved;
    return terminal == 1;
}

static const slm_writer_ops ops = { .size = sizeof ops, .write = fd_write, .is_terminal = fd_is_terminal };

slm_writer *slm_writer_fd(int fd)
{
    return slmi_writer_new(&ops, (void *)(intptr_t)fd);
}
