/* SPDX-License-Identifier: MIT */
/* The demo on a terminal: it goes on until Ctrl-C, and nothing of it is left, however it ends.
 * usage: test_demo_terminal DEMO */
#include "tests/wire/check.h"

#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE_MS = 30000, SCREEN = 256 * 1024 };

typedef struct terminal {
    pid_t pid;
    int fd;
    char *screen;
    size_t len;
} terminal;

static terminal start(const char *program)
{
    struct winsize size = { .ws_row = 50, .ws_col = 120 };
    terminal t = { .screen = calloc(1, SCREEN) };
    t.pid = forkpty(&t.fd, NULL, NULL, &size);
    if (t.pid == 0) {
        (void)setenv("TERM", "xterm", 1);
        (void)unsetenv("NO_COLOR");
        execl(program, program, (char *)NULL);
        _exit(127);
    }
    CHECK(t.pid > 0 && t.screen);
    return t;
}

/* Waits until `text` has been shown `count` times in all. */
static bool shows(terminal *t, const char *text, unsigned count)
{
    for (;;) {
        unsigned seen = 0;
        for (const char *at = t->screen; (at = strstr(at, text)) != NULL; at++)
            seen++;
        struct pollfd ready = { .fd = t->fd, .events = POLLIN };
        if (seen >= count)
            return true;
        if (t->len + 1 == SCREEN || poll(&ready, 1, PATIENCE_MS) <= 0)
            return false;
        ssize_t got = read(t->fd, t->screen + t->len, SCREEN - 1 - t->len);
        if (got <= 0) /* EIO: everybody has closed it. */
            return false;
        t->len += (size_t)got;
        t->screen[t->len] = '\0';
    }
}

/* The program's exit status, or 256 and the signal that killed it, when all that it started has ended too: this process
 * inherits what outlives its parent. */
static int finish(terminal *t)
{
    int status, result = -1;
    pid_t ended;
    (void)shows(t, "never", 1);
    alarm(PATIENCE_MS / 1000);
    while ((ended = waitpid(-1, &status, 0)) > 0 || errno == EINTR)
        if (ended == t->pid)
            result = WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
    alarm(0);
    CHECK_EQUAL(errno, ECHILD);
    (void)close(t->fd);
    free(t->screen);
    return result;
}

static void it_goes_on_until_ctrl_c(const char *program)
{
    terminal t = start(program);
    CHECK(shows(&t, "· 13 spans ·", 2));
    CHECK(write(t.fd, "\x03", 1) == 1);
    (void)shows(&t, "never", 1);
    CHECK_CONTAINS(t.screen, "until Ctrl-C");
    CHECK_CONTAINS(t.screen, "\x1b["); /* in colours */
    CHECK(strstr(t.screen, "deliver") == NULL);
    CHECK(strstr(t.screen, "ended with status") == NULL);
    CHECK_EQUAL(finish(&t), 0);
}

static void it_leaves_nothing_behind_when(int signal_number, int status, const char *program)
{
    terminal t = start(program);
    CHECK(shows(&t, "· 13 spans ·", 1));
    CHECK(kill(t.pid, signal_number) == 0);
    CHECK_EQUAL(finish(&t), status);
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    CHECK_EQUAL(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    it_goes_on_until_ctrl_c(argv[1]);
    it_leaves_nothing_behind_when(SIGTERM, 0, argv[1]);
    it_leaves_nothing_behind_when(SIGHUP, 0, argv[1]);
    it_leaves_nothing_behind_when(SIGKILL, 256 + SIGKILL, argv[1]);
    return check_result();
}
