/* SPDX-License-Identifier: MIT */
/* The whole way of what is open: this process traces, the viewer asks for it, and a terminal shows it, and no more once
 * the viewer ends. usage: test_view_terminal SPANLOOM */
#include <spanloom/sdk.h>
#include <spanloom/trace.h>

#include "tests/wire/check.h"

#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { AMPLE_MS = 30000, COLUMNS = 60 };

static char seen[1 << 16];
static size_t seen_len;

/* Reads until `text` is there; false at the end of all. A text that never comes ends with the test's time. */
static bool await_text(int terminal, const char *text)
{
    while (!strstr(seen, text)) {
        ssize_t got = read(terminal, seen + seen_len, sizeof seen - 1 - seen_len);
        if (got <= 0)
            return false;
        seen_len += (size_t)got;
        seen[seen_len] = '\0';
    }
    return true;
}

static pid_t start_viewer(char *program, int *terminal)
{
    char *arguments[] = { program, "view", "--otlp-port=0", "--zipkin-port=0", "--settle=0", NULL };
    struct winsize size = { .ws_row = 24, .ws_col = COLUMNS };
    pid_t pid = forkpty(terminal, NULL, NULL, &size);
    if (pid == 0) {
        setenv("TERM", "xterm", 1);
        setenv("NO_COLOR", "1", 1);
        execv(program, arguments);
        _exit(127);
    }
    return pid;
}

int main(int count, char **arguments)
{
    static const char before_port[] = "http://127.0.0.1:";
    char endpoint[80];
    int terminal, status = -1;
    if (count != 2)
        return 2;
    pid_t pid = start_viewer(arguments[1], &terminal);
    CHECK(pid > 0 && await_text(terminal, "(Zipkin)"));
    const char *port = strstr(seen, before_port);
    if (!port)
        return 1;

    slm_config config = SLM_CONFIG_INIT;
    snprintf(endpoint, sizeof endpoint, "%s%lu/v1/traces", before_port, strtoul(port + strlen(before_port), NULL, 10));
    config.endpoint = endpoint;
    config.service_name = "shed";
    CHECK_EQUAL(slm_init(&config), SLM_OK);
    slm_span open =
        SLM_SPAN("a span that hangs", ("wool", "so much of it that no line of that terminal has room for it"));
    slm_span_end(SLM_SPAN("ended"));
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    CHECK(await_text(terminal, "open: shed "));
    CHECK(await_text(terminal, "a span that hangs"));
    CHECK(await_text(terminal, "\x1b[1A\x1b[J")); /* a second later it is shown anew */
    CHECK(strstr(seen, "no line of that terminal has room") == NULL);
    slm_span_end(open);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(kill(pid, SIGTERM), 0);
    CHECK(!await_text(terminal, "what never comes"));
    CHECK_EQUAL(waitpid(pid, &status, 0), pid);
    CHECK_EQUAL(status, 0);
    const char *last = NULL, *erased = NULL;
    for (const char *at = seen; (at = strstr(at, "open: shed ")) != NULL; at++)
        last = at;
    for (const char *at = seen; (at = strstr(at, "\x1b[J")) != NULL; at++)
        erased = at;
    CHECK(last && erased && erased > last);
    return check_result();
}
