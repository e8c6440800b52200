/* SPDX-License-Identifier: MIT */
/* A scripted HTTP server on loopback, on a thread of its own. It takes the n-th request as the n-th row of its script
 * says, and every later one as the last row says. */
#ifndef SPANLOOM_TESTS_SERVER_H
#define SPANLOOM_TESTS_SERVER_H

#include <spanloom/detail/base.h>

typedef enum server_act {
    SERVER_ANSWER,   /* status, headers, body */
    SERVER_HANG,     /* takes the request, says nothing */
    SERVER_DEAF,     /* accepts, and never reads */
    SERVER_CUT,      /* the answer's head promises more than comes before it closes */
    SERVER_CLOSE,    /* takes the request and closes */
    SERVER_RAW,      /* sends `body` at the first byte it reads, and closes */
    SERVER_RAW_OPEN, /* the same, and stays open */
    SERVER_BIG,      /* a success whose body is 100 MiB of spaces */
    SERVER_INTERIM,  /* 100 Continue, without end */
    SERVER_HEADERS,  /* one header after another, without end */
} server_act;

typedef struct server_row {
    server_act act;
    int status;
    const char *headers; /* lines ended by CRLF, or NULL */
    const char *body;    /* or NULL */
    size_t body_len;     /* of SERVER_RAW and SERVER_ANSWER; 0: strlen */
} server_row;

typedef struct server server;

/* Borrows `rows`. Aborts if it cannot. */
server *server_start(const server_row *rows, unsigned count);
/* As server_start(), on a port that server_free_port() gave. */
server *server_start_at(uint16_t port, const server_row *rows, unsigned count);
/* At a Unix socket of this path. */
server *server_start_unix(const char *path, const server_row *rows, unsigned count);
void server_stop(server *server);
uint16_t server_port(const server *server);
/* A loopback port on which nobody listens. */
uint16_t server_free_port(void);

/* Complete requests so far, whatever their answer. */
unsigned server_requests(server *server);
/* Waits until there were `count`. */
void server_await(server *server, unsigned count);
/* Connections so far. */
unsigned server_connections(server *server);
/* Distinct span ids (the number of `fake_end`, plus 1) in requests that were answered by 2xx. */
unsigned server_acknowledged(server *server);
/* Whether every body that came was, once inflated, a whole JSON text or what its Content-Type says. */
bool server_bodies_well_formed(server *server);
/* The last request's head, up to its empty line; valid until server_stop(). Not while requests are coming. */
const char *server_last_head(server *server);

#endif
