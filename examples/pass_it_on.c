/* SPDX-License-Identifier: MIT */
/* A program that records nothing itself and does not break the trace either: what a request brings goes into the next
 * request's headers, and into the environment of a child. The child is this program again. */
#include <spanloom/carrier.h>
#include <spanloom/propagator.h>

#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char request[] = "GET /yaks HTTP/1.1\r\n"
                              "Host: example.com\r\n"
                              "Traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n"
                              "Tracestate: congo=t61rcWkgMzE\r\n"
                              "\r\n";

static int be_the_child(void)
{
    slm_span_context parent;
    char text[SLM_TRACEPARENT_SIZE];
    if (slm_extract(slm_environment_getter(), environ, &parent) != SLM_OK)
        return EXIT_FAILURE;
    slm_traceparent_format(&parent, text);
    printf("child: TRACEPARENT=%s\n", text);
    return EXIT_SUCCESS;
}

static int send_next_request(void)
{
    char text[1024] = "GET /wool HTTP/1.1\r\n";
    slm_http1_lines lines = { text, strlen(text), sizeof text };
    if (slm_inject_current(slm_http1_setter(), &lines) != SLM_OK)
        return EXIT_FAILURE;
    fwrite(text, 1, lines.len, stdout);
    fflush(stdout);
    return EXIT_SUCCESS;
}

static int run_child(const char *program)
{
    int ended = EXIT_FAILURE;
    pid_t child;
    slm_environment environment;
    size_t room = slm_environment_room(environ);
    void *memory = malloc(room);
    char *const argv[] = { (char *)program, "child", NULL };
    /* A copy of the environment: setenv() would change it under other threads. */
    if (memory && slm_environment_init(&environment, memory, room, environ) == SLM_OK &&
        slm_inject_current(slm_environment_setter(), &environment) == SLM_OK &&
        posix_spawn(&child, program, NULL, NULL, argv, environment.entries) == 0)
        waitpid(child, &ended, 0);
    free(memory);
    return ended;
}

int main(int argc, char **argv)
{
    if (argc > 1)
        return be_the_child();

    (void)slm_propagators_from_environment(NULL, 0); /* slm_init() would have done it */
    slm_span_context remote;
    slm_string block = { request, sizeof request - 1 };
    if (slm_extract(slm_http1_getter(), &block, &remote) != SLM_OK)
        return EXIT_FAILURE;

    slm_context context = slm_context_remote(&remote);
    slm_token attached = slm_context_attach(&context);
    int failed = send_next_request() != EXIT_SUCCESS || run_child(argv[0]) != 0;
    slm_context_detach(attached);
    slm_context_release(&context);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
