/* SPDX-License-Identifier: MIT */
/* The examples of the host's drive deliver, when every span goes on its own. usage: test_drive_examples PROGRAM... */
#include "tests/wire/check.h"
#include "tests/wire/server.h"

#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>

extern char **environ;

static int run(char *program)
{
    char *arguments[] = { program, NULL };
    pid_t pid;
    int status = -1;
    CHECK_EQUAL(posix_spawn(&pid, program, NULL, NULL, arguments, environ), 0);
    CHECK_EQUAL(waitpid(pid, &status, 0), pid);
    return status;
}

int main(int argc, char **argv)
{
    static const server_row accepts[] = { { SERVER_ANSWER, 200, NULL, "{}", 0 } };
    char endpoint[80];
    CHECK(argc > 1);
    for (int i = 1; i < argc; i++) {
        server *s = server_start(accepts, 1);
        snprintf(endpoint, sizeof endpoint, "http://localhost:%u", (unsigned)server_port(s));
        setenv("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint, 1);
        setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "1", 1);
        setenv("OTEL_TRACES_EXPORTER", "otlp", 1);
        CHECK_EQUAL(run(argv[i]), 0);
        CHECK_EQUAL(server_requests(s), 20);
        CHECK(server_bodies_well_formed(s));
        server_stop(s);
        setenv("OTEL_TRACES_EXPORTER", "none", 1);
        CHECK_EQUAL(run(argv[i]), 0);
    }
    return check_result();
}
