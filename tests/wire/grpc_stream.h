/* SPDX-License-Identifier: MIT */
/* One connection of the scripted gRPC server, frames in and frames out. */
#ifndef SPANLOOM_TESTS_GRPC_STREAM_H
#define SPANLOOM_TESTS_GRPC_STREAM_H

#include "tests/wire/grpc_server.h"

#include <nghttp2/nghttp2.h>

enum { GRPC_HEAD_BYTES = 4096 };

/* A request, and what is left of its answer. */
typedef struct grpc_stream {
    struct grpc_stream *next; /* of its connection */
    int32_t id;
    char head[GRPC_HEAD_BYTES];
    size_t head_len;
    char *body;
    size_t body_len, body_room;
    bool begun; /* its row is taken */
    const grpc_row *row;
    size_t given; /* of the reply, its prefix included */
} grpc_stream;

typedef struct grpc_peer {
    grpc_server *server;
    nghttp2_session *h2;
    grpc_stream *streams; /* the open ones */
    bool close_after;     /* once all is sent */
    bool ignore;          /* nothing more is read */
    int32_t endless;      /* a stream that gets 103 again and again; 0: none */
    unsigned pings_left;
} grpc_peer;

void grpc_peer_open(grpc_peer *peer, grpc_server *server, const grpc_server_options *options);
void grpc_peer_close(grpc_peer *peer);
/* After everything was sent: what an endless act still has to say. */
void grpc_peer_more(grpc_peer *peer);

/* Of the server: the row of a request that begins to be answered; counts it. */
const grpc_row *grpc_server_take(grpc_server *server, const grpc_stream *stream);
/* A whole request, acknowledged or not. */
void grpc_server_note(grpc_server *server, const grpc_stream *stream, bool acknowledged);
void grpc_server_note_pong(grpc_server *server);
/* The row that the next request will be taken as. */
const grpc_row *grpc_server_next(grpc_server *server);

#endif
