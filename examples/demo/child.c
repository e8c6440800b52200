/* SPDX-License-Identifier: MIT */
#include "examples/demo/child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_ARGUMENTS = 16 };

/* The path of a program in the directory of this one. */
static bool find_beside(const char *program, char *path, size_t room)
{
    ssize_t len = readlink("/proc/self/exe", path, room - 1);
    if (len <= 0)
        return false;
    path[len] = '\0';
    char *slash = strrchr(path, '/');
    size_t left = room - (size_t)(slash + 1 - path);
    return (size_t)snprintf(slash + 1, left, "%s", program) < left;
}

static _Noreturn void become(const char *path, char **argv, int out, pid_t parent)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setpgid(0, 0);
    dup2(out, STDOUT_FILENO);
    /* The request holds across execv(); a parent that went before it was made is looked for. */
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) == 0 && getppid() == parent)
        execv(path, argv);
    fprintf(stderr, "demo: cannot run %s: %s\n", path, strerror(errno));
    _exit(127);
}

bool child_start(struct child *child, const char *program, const char *const *arguments)
{
    char path[PATH_MAX];
    char *argv[MAX_ARGUMENTS + 2] = { path };
    int ends[2];
    *child = CHILD_NONE;
    if (!find_beside(program, path, sizeof path) || pipe2(ends, O_CLOEXEC) != 0)
        return false;
    for (int i = 0; i < MAX_ARGUMENTS && arguments[i]; i++)
        argv[i + 1] = (char *)arguments[i]; /* execv() does not write to them. */

    pid_t self = getpid(), pid = fork();
    if (pid == 0)
        become(path, argv, ends[1], self);
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return false;
    }
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    *child = (struct child){ pid, ends[0] };
    return true;
}

/* Bytes, 0 at the end, -1 if nothing came in time. */
static ssize_t read_some(struct child *child, int signals, char *data, size_t room, int timeout_ms)
{
    struct pollfd ready[] = { { .fd = child->out, .events = POLLIN }, { .fd = signals, .events = POLLIN } };
    if (child->out < 0)
        return 0;
    if (poll(ready, 2, timeout_ms) < 0 || ready[1].revents != 0 || ready[0].revents == 0)
        return -1;
    ssize_t len = read(child->out, data, room);
    if (len == 0) {
        close(child->out);
        child->out = -1;
    }
    return len;
}

bool child_line(struct child *child, int signals, char *line, size_t room)
{
    size_t len = 0;
    /* Byte by byte, so that what follows the line is still there for others. */
    while (len + 1 < room && read_some(child, signals, line + len, 1, -1) == 1) {
        if (line[len] == '\n') {
            line[len] = '\0';
            return true;
        }
        len++;
    }
    return false;
}

static void write_all(const char *data, ssize_t len)
{
    while (len > 0) {
        ssize_t written = write(STDOUT_FILENO, data, (size_t)len);
        if (written < 0 && errno != EINTR)
            return;
        if (written > 0) {
            data += written;
            len -= written;
        }
    }
}

bool child_pass_on(struct child *child)
{
    char data[4096];
    ssize_t len;
    while ((len = read_some(child, -1, data, sizeof data, 0)) > 0)
        write_all(data, len);
    return child->out >= 0;
}

void child_end(const struct child *child)
{
    if (child->pid > 0)
        kill(child->pid, SIGTERM);
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int child_wait(struct child *child, int patience_ms)
{
    if (child->pid == 0)
        return 0;
    /* Its end of the pipe closes when it ends. */
    int64_t until = now_ms() + patience_ms;
    while (child_pass_on(child)) {
        int64_t left = until - now_ms();
        struct pollfd ready = { .fd = child->out, .events = POLLIN };
        if (left <= 0) {
            kill(child->pid, SIGKILL);
            break;
        }
        poll(&ready, 1, (int)left);
    }
    int status;
    while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (child->out >= 0)
        close(child->out);
    *child = CHILD_NONE;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
