/* SPDX-License-Identifier: MIT */
/* A scripted gRPC server on loopback, on a thread of its own: nghttp2's server side. It takes the n-th request as the
 * n-th row of its script says, and every later one as the last row says. */
#ifndef SPANLOOM_TESTS_GRPC_SERVER_H
#define SPANLOOM_TESTS_GRPC_SERVER_H

#include <spanloom/detail/base.h>

#include <sys/types.h>

typedef enum grpc_act {
    GRPC_ANSWER,    /* headers, the reply, trailers with `status` */
    GRPC_TRAILERS,  /* trailers only, with `status` */
    GRPC_MUTE,      /* HTTP `status` and a web page, or with a `message` gRPC; never a grpc-status */
    GRPC_HANG,      /* takes the request, says nothing */
    GRPC_RESET,     /* ends the stream with the HTTP/2 error code `status` */
    GRPC_CUT,       /* headers and half a reply, then it closes */
    GRPC_CLOSE,     /* takes the request and closes */
    GRPC_EARLY,     /* at the request's headers: trailers only, then RST_STREAM(NO_ERROR); its body is never read */
    GRPC_INTERIM,   /* 103, without end */
    GRPC_HEADERS,   /* 100 headers of `status` bytes each, at most 4000; the same up to 3000 take few bytes */
    GRPC_BIG,       /* a reply of 5 MiB */
    GRPC_GOAWAY,    /* GOAWAY of 2^31-1, the answer, then the true GOAWAY, and closes */
    GRPC_TURN_AWAY, /* at the request's headers: a GOAWAY that does not count this stream */
    GRPC_PING,      /* answers, and then pings four times, one after another */
    GRPC_RAW,       /* sends `reply` at the first byte it reads, and closes */
    GRPC_RAW_OPEN,  /* the same, and stays open */
} grpc_act;

typedef struct grpc_row {
    grpc_act act;
    unsigned status;
    const char *message;   /* grpc-message, or NULL */
    const char *details;   /* grpc-status-details-bin, or NULL */
    const char *reply;     /* the message, without its prefix; or NULL */
    size_t reply_len;      /* 0: strlen */
    bool compressed_reply; /* `reply` is gzip */
} grpc_row;

/* How its connections read and write; NULL: as sockets do. */
typedef struct grpc_io {
    void *(*open)(void *user, int fd);                              /* NULL: the connection is given up */
    ssize_t (*receive)(void *connection, void *bytes, size_t room); /* below 0 with EAGAIN: nothing now */
    ssize_t (*send)(void *connection, const void *bytes, size_t len);
    void (*close)(void *connection);
    void *user;
} grpc_io;

typedef struct grpc_server_options {
    const char *unix_path; /* a socket there; NULL: a port on loopback */
    uint16_t port;         /* 0: any */
    uint32_t window;       /* of a stream and of the connection; 0: 1 MiB */
    uint32_t streams;      /* MAX_CONCURRENT_STREAMS, less 1; 0: no limit */
    const grpc_io *io;
} grpc_server_options;

typedef struct grpc_server grpc_server;

/* Borrows `rows`; `options` may be NULL. Aborts if it cannot. */
grpc_server *grpc_server_start(const grpc_row *rows, unsigned count, const grpc_server_options *options);
void grpc_server_stop(grpc_server *server);
uint16_t grpc_server_port(const grpc_server *server);

/* Requests whose act began, so far. */
unsigned grpc_server_requests(grpc_server *server);
unsigned grpc_server_connections(grpc_server *server);
/* PINGs that clients have answered, and connections that have ended, so far. */
unsigned grpc_server_pongs(grpc_server *server);
unsigned grpc_server_closed(grpc_server *server);
/* Distinct span ids in requests that were answered with grpc-status 0. */
unsigned grpc_server_acknowledged(grpc_server *server);
/* Whether each body was, once inflated, one frame that holds what its headers say, and no frame of a client broke
 * HTTP/2's rules. */
bool grpc_server_well_formed(grpc_server *server);
/* Bytes of bodies that were read. */
size_t grpc_server_read(grpc_server *server);
/* The last request's headers, a "name: value" a line; valid until grpc_server_stop(). Not while requests are coming. */
const char *grpc_server_last_head(grpc_server *server);

#endif
