/* SPDX-License-Identifier: MIT */
/* A connection that libcurl opens, through proxy and TLS, and whose bytes are ours (CURLOPT_CONNECT_ONLY).
 *
 *      CLOSED ----> OPENING ----> OPEN
 *         ^            |            |
 *         |            v            |
 *         +-- close  FAILED         |
 *         +-------------------------+
 *
 * It has a multi handle of its own: in a shared one libcurl would take it for an idle connection of its cache, and
 * close it when it makes room or finds something to read on it. One thread, the loop's. */
#ifndef SPANLOOM_EXPORTERS_CONNECTION_H
#define SPANLOOM_EXPORTERS_CONNECTION_H

#include "exporters/loop.h"
#include "exporters/way.h"

typedef enum slmi_connection_state {
    SLMI_CONNECTION_CLOSED,
    SLMI_CONNECTION_OPENING,
    SLMI_CONNECTION_OPEN,
    SLMI_CONNECTION_FAILED
} slmi_connection_state;

typedef struct slmi_connection_options {
    const slmi_url *url; /* these are borrowed for the connection's life; */
    const slmi_proxy *proxy;
    const slmi_identity *identity; /* this for the call */
    bool http2;                    /* over TLS, offers h2 alone: needs slmi_alpn_why_not() to be NULL */
    void (*ready)(void *user);     /* something came, or can be sent again, while it is open; from inside a step */
    void *user;
} slmi_connection_options;

typedef struct slmi_connection {
    slmi_loop *loop;
    slmi_names *names;
    slmi_connection_options options;
    slmi_connection_state state;
    CURLM *multi;
    CURL *easy;
    struct curl_slist *resolved;
    int wakeup_pair[2];
    bool added;       /* the handle is in the multi */
    bool unreachable; /* the last attempt found no way: the addresses may be old */
    bool wants_to_send;
    uint64_t timer_due_ns; /* libcurl's wish */
    int fd;                /* of an open one */
    CURLcode result;       /* why it failed; CURLE_COULDNT_RESOLVE_HOST with words of ours in `detail` */
    long os_error;         /* an error number; 0: unknown */
    char detail[SLMI_WAY_TEXT_BYTES > CURL_ERROR_SIZE ? SLMI_WAY_TEXT_BYTES : CURL_ERROR_SIZE];
} slmi_connection;

/* False without memory; slmi_connection_free() is due then too. */
bool slmi_connection_init(slmi_connection *connection, slmi_loop *loop, slmi_names *names,
                          const slmi_connection_options *options);
void slmi_connection_free(slmi_connection *connection);

/* From CLOSED or FAILED to OPENING; libcurl gives up by itself after `timeout_ms`, 0: when its own patience ends. */
void slmi_connection_open(slmi_connection *connection, long timeout_ms);
/* Goes on with opening as far as it can without waiting. */
void slmi_connection_step(slmi_connection *connection, uint64_t now_ns);
/* When to step at the latest while it is OPENING. */
uint64_t slmi_connection_due(const slmi_connection *connection);
void slmi_connection_close(slmi_connection *connection);

/* Bytes of an open one; CURLE_AGAIN if none can go or have come. Nothing came with CURLE_OK: the peer closed it. */
CURLcode slmi_connection_send(slmi_connection *connection, const char *bytes, size_t len, size_t *sent);
CURLcode slmi_connection_receive(slmi_connection *connection, char *bytes, size_t room, size_t *len);
/* Whether `ready` is to be called when more can be sent. */
void slmi_connection_await_room(slmi_connection *connection, bool wanted);

#endif
