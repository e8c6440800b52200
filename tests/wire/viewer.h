/* SPDX-License-Identifier: MIT */
/* Runs the command `spanloom` as its users do: a process with ports, read by what it prints. */
#ifndef SPANLOOM_TESTS_VIEWER_H
#define SPANLOOM_TESTS_VIEWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { VIEWER_PATIENCE_MS = 30000 }; /* After which a test fails rather than waits on. */

typedef struct viewer {
    pid_t pid;
    int out, err;     /* Read ends. */
    char *printed[2]; /* All it wrote so far, to standard output and to standard error. */
    size_t len[2];
    uint16_t otlp_port, zipkin_port; /* Once viewer_listens(). */
} viewer;

/* Starts `program` with arguments that end with NULL; the first of them is argv[1]. */
viewer viewer_start(const char *program, const char *const *arguments);

/* Waits until it has said where it listens. */
bool viewer_listens(viewer *v);

/* Waits until it has printed `text`; `stream` 0 is standard output, 1 standard error. */
bool viewer_prints(viewer *v, int stream, const char *text);

/* Waits for its end, reading what it still prints; its exit status, or -1 if it was killed or does not end. */
int viewer_ends(viewer *v);

/* Sends a signal, waits for its end and frees. As viewer_ends(). */
int viewer_stop(viewer *v, int signal_number);
void viewer_free(viewer *v);

/* Sends bytes as they are and hangs up. */
void viewer_abandon(uint16_t port, const char *bytes, size_t len);

/* Sends bytes as they are and reads until the other side hangs up; the status of the reply, 0 if there is none. The
 * reply goes to `reply`, terminated and cut. */
int viewer_exchange(uint16_t port, const char *bytes, size_t len, char *reply, size_t room);

/* A POST with a length and "Connection: close". `headers` is "" or lines that end with CRLF. */
int viewer_post(uint16_t port, const char *path, const char *headers, const char *body, size_t len, char *reply,
                size_t room);

#endif
