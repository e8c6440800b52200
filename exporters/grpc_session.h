/* SPDX-License-Identifier: MIT */
/* One gRPC call at a time over one HTTP/2 connection: nghttp2 makes and reads the frames, which leave in pieces
 * gathered in one buffer. Between calls PING, SETTINGS and GOAWAY are answered as they come. One thread, the loop's.
 *
 * RFC 9113; gRPC over HTTP2. */
#ifndef SPANLOOM_EXPORTERS_GRPC_SESSION_H
#define SPANLOOM_EXPORTERS_GRPC_SESSION_H

#include "exporters/buffer.h"
#include "exporters/connection.h"
#include "exporters/grpc_frame.h"
#include "exporters/transport.h"

#include <nghttp2/nghttp2.h>

enum {
    SLMI_GRPC_HEADERS_MAX = 256 * 1024, /* of an answer: initial, interim and trailing ones */
    SLMI_GRPC_MESSAGE_BYTES = 512,      /* of a grpc-message; more is cut */
    SLMI_GRPC_OPENING_BYTES = 9         /* an HTTP/2 frame's header */
};

/* What a call has come to. */
typedef struct slmi_grpc_call {
    int32_t stream; /* 0: none is under way */
    bool over;
    bool stirred;      /* the peer said anything, on any stream, since it began */
    bool has_status;   /* of gRPC */
    bool pushback;     /* it said when to try again, */
    bool too_long;     /* the answer passed a cap: */
    bool by_headers;   /* that of headers */
    bool was_reset;    /* by an RST_STREAM, or by a GOAWAY (REFUSED_STREAM then) */
    bool no_grpc;      /* its content-type is another */
    uint32_t delay_ms; /* after so long */
    uint32_t reset_code;
    unsigned status;
    long http_status; /* 0: none came */
    size_t header_bytes;
    size_t message_len;
    char message[SLMI_GRPC_MESSAGE_BYTES]; /* as it came, escaped */
} slmi_grpc_call;

typedef struct slmi_grpc_session {
    slmi_connection *connection; /* borrowed; open while `h2` is there */
    nghttp2_session *h2;         /* NULL: there is none */
    slmi_grpc_call call;         /* the present or last one */
    slmi_buffer reply;           /* its answer's body, so far */
    slmi_buffer out;             /* frames on their way */
    size_t out_sent;
    unsigned char prefix[SLMI_GRPC_PREFIX_BYTES];
    const char *body;       /* of the request; NULL once nothing more of it is to be sent */
    size_t body_len, taken; /* `taken` counts the prefix as well */
    bool greeted;           /* its SETTINGS came, as from every HTTP/2 server first */
    bool lost;              /* nothing more can be said or heard */
    bool more;              /* there may be more to read that no descriptor will report */
    unsigned calls;
    size_t opening_len;
    unsigned char opening[SLMI_GRPC_OPENING_BYTES]; /* the first bytes that came */
} slmi_grpc_session;

void slmi_grpc_session_init(slmi_grpc_session *session, slmi_connection *connection);
/* Takes a connection that was just opened. False without memory. */
bool slmi_grpc_session_begin(slmi_grpc_session *session);
/* Ends it and closes the connection. The call's outcome and reply stay. */
void slmi_grpc_session_end(slmi_grpc_session *session);
void slmi_grpc_session_free(slmi_grpc_session *session);

/* Whether it takes another call. */
bool slmi_grpc_session_usable(const slmi_grpc_session *session);
/* Begins a call: `body` is borrowed until it is over, cancelled, or the session ends. False without memory. */
bool slmi_grpc_session_call(slmi_grpc_session *session, const nghttp2_nv *headers, size_t count, const char *body,
                            size_t len, bool compressed);
/* Forgets the call, and tells the peer if that can still be done. */
void slmi_grpc_session_cancel(slmi_grpc_session *session);
/* Reads and writes as much as it can without waiting. */
void slmi_grpc_session_pump(slmi_grpc_session *session);

#endif
