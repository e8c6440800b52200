/* SPDX-License-Identifier: MIT */
/* An HTTP server on loopback, on a thread of its own, that answers by path: one answer for /v1/traces, one for all
 * else, which the test may change at any time. It closes after each answer. */
#ifndef SPANLOOM_TESTS_PATH_SERVER_H
#define SPANLOOM_TESTS_PATH_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum path_kind { PATH_TRACES, PATH_OTHER, PATH_KINDS } path_kind;

typedef struct path_answer {
    int status;          /* 0: it takes the request and says nothing */
    const char *headers; /* lines that end with CRLF, or "" */
} path_answer;

typedef struct path_server path_server;

/* Aborts if it cannot. */
path_server *path_server_start(path_answer traces, path_answer other);
void path_server_stop(path_server *server);
uint16_t path_server_port(const path_server *server);
void path_server_change(path_server *server, path_kind kind, path_answer answer);

/* Complete requests so far. */
unsigned path_server_requests(path_server *server, path_kind kind);
/* The last request to another path, "" before there is one, to be freed; and the shortest time from one to the next. */
char *path_server_body(path_server *server);
uint64_t path_server_least_gap_ns(path_server *server);

#endif
