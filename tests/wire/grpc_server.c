/* SPDX-License-Identifier: MIT */
#include "tests/wire/grpc_server.h"

#include "tests/wire/grpc_stream.h"
#include "tests/wire/server_body.h"
#include "tests/wire/server_listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS = 16, IDS = 1 << 17, PREFIX = 5, PIECE_BYTES = 65536 };

typedef struct connection {
    int fd; /* -1: free */
    void *io;
    grpc_peer peer;
    const uint8_t *out; /* nghttp2's, what is still to be sent of it */
    size_t out_len;
    bool shut; /* nothing more is sent; the client closes */
} connection;

struct grpc_server {
    pthread_t thread;
    int listener, stop_fd[2];
    uint16_t port;
    grpc_server_options options;
    const grpc_row *rows;
    unsigned row_count;
    connection connections[CONNECTIONS];
    pthread_mutex_t mutex; /* guards what follows */
    unsigned requests, accepted, closed, acknowledged, pongs;
    size_t read;
    bool malformed;
    unsigned char seen[IDS / 8];
    char head[GRPC_HEAD_BYTES];
};

static void must(bool good, const char *what)
{
    if (!good) {
        perror(what);
        abort();
    }
}

/* A span id in an acknowledged body. With the mutex held. */
static void note_id(void *user, unsigned long id)
{
    grpc_server *s = user;
    if (id < IDS && !(s->seen[id / 8] & (1u << id % 8))) {
        s->seen[id / 8] |= (unsigned char)(1u << id % 8);
        s->acknowledged++;
    }
}

const grpc_row *grpc_server_next(grpc_server *s)
{
    pthread_mutex_lock(&s->mutex);
    unsigned at = s->requests < s->row_count ? s->requests : s->row_count - 1;
    pthread_mutex_unlock(&s->mutex);
    return &s->rows[at];
}

const grpc_row *grpc_server_take(grpc_server *s, const grpc_stream *stream)
{
    const grpc_row *row = grpc_server_next(s);
    pthread_mutex_lock(&s->mutex);
    s->requests++;
    memcpy(s->head, stream->head, sizeof s->head);
    pthread_mutex_unlock(&s->mutex);
    return row;
}

/* Whether the body is one frame. */
static bool is_framed(const grpc_stream *stream)
{
    const unsigned char *at = (const unsigned char *)stream->body;
    if (stream->body_len < PREFIX || at[0] > 1)
        return false;
    size_t len = (size_t)at[1] << 24 | (size_t)at[2] << 16 | (size_t)at[3] << 8 | at[4];
    return len == stream->body_len - PREFIX && (at[0] == 1) == (strstr(stream->head, "grpc-encoding: gzip\n") != NULL);
}

void grpc_server_note(grpc_server *s, const grpc_stream *stream, bool acknowledged)
{
    static const char plain[] = "\r\nContent-Type: application/x-protobuf\r\n";
    static const char packed[] = "\r\nContent-Type: application/x-protobuf\r\nContent-Encoding: gzip\r\n";
    bool framed = is_framed(stream);
    const char *head = framed && stream->body[0] ? packed : plain;
    pthread_mutex_lock(&s->mutex);
    s->read += stream->body_len;
    if (!framed || !server_body_read(head, strlen(head), stream->body + PREFIX, stream->body_len - PREFIX,
                                     acknowledged ? note_id : NULL, s))
        s->malformed = true;
    pthread_mutex_unlock(&s->mutex);
}

void grpc_server_note_pong(grpc_server *s)
{
    pthread_mutex_lock(&s->mutex);
    s->pongs++;
    pthread_mutex_unlock(&s->mutex);
}

static void *open_socket(void *user, int fd)
{
    (void)user;
    return (void *)(intptr_t)fd;
}

static ssize_t receive_socket(void *handle, void *bytes, size_t room)
{
    return recv((int)(intptr_t)handle, bytes, room, 0);
}

static ssize_t send_socket(void *handle, const void *bytes, size_t len)
{
    return send((int)(intptr_t)handle, bytes, len, MSG_NOSIGNAL);
}

static void close_socket(void *handle)
{
    (void)handle;
}

static const grpc_io sockets = { open_socket, receive_socket, send_socket, close_socket, NULL };

static void drop(grpc_server *s, connection *c)
{
    s->options.io->close(c->io);
    grpc_peer_close(&c->peer);
    close(c->fd);
    *c = (connection){ .fd = -1 };
    pthread_mutex_lock(&s->mutex);
    s->closed++;
    pthread_mutex_unlock(&s->mutex);
}

/* Whether there is something to send, then in `out`. */
static bool has_output(connection *c)
{
    if (c->out_len > 0)
        return true;
    if (c->peer.ignore)
        return false;
    ssize_t len = nghttp2_session_mem_send(c->peer.h2, &c->out);
    if (len == 0) {
        grpc_peer_more(&c->peer);
        len = nghttp2_session_mem_send(c->peer.h2, &c->out);
    }
    c->out_len = len > 0 ? (size_t)len : 0;
    return c->out_len > 0;
}

/* False once the connection is gone. */
static bool give_output(grpc_server *s, connection *c)
{
    for (unsigned i = 0; i < 64 && has_output(c); i++) {
        ssize_t sent = s->options.io->send(c->io, c->out, c->out_len);
        if (sent < 0 && errno == EAGAIN)
            return true;
        if (sent < 0) {
            drop(s, c);
            return false;
        }
        c->out += sent;
        c->out_len -= (size_t)sent;
    }
    bool over = !nghttp2_session_want_read(c->peer.h2) && !nghttp2_session_want_write(c->peer.h2);
    /* Closed at once with anything unread, it would take back what the client has not read yet. */
    if (c->out_len == 0 && !c->shut && (c->peer.close_after || (over && !c->peer.ignore))) {
        shutdown(c->fd, SHUT_WR);
        c->shut = c->peer.ignore = true;
    }
    return true;
}

static void go_raw(grpc_server *s, connection *c, const grpc_row *row)
{
    pthread_mutex_lock(&s->mutex);
    s->requests++;
    pthread_mutex_unlock(&s->mutex);
    c->out = (const uint8_t *)row->reply;
    c->out_len = row->reply_len ? row->reply_len : strlen(row->reply);
    c->peer.ignore = true;
    c->peer.close_after = row->act == GRPC_RAW;
}

/* False once the connection is gone. */
static bool take_input(grpc_server *s, connection *c)
{
    static uint8_t bytes[PIECE_BYTES];
    for (;;) {
        ssize_t got = s->options.io->receive(c->io, bytes, sizeof bytes);
        if (got < 0 && errno == EAGAIN)
            return true;
        if (got <= 0) {
            drop(s, c);
            return false;
        }
        const grpc_row *row = grpc_server_next(s);
        if (row->act == GRPC_RAW || row->act == GRPC_RAW_OPEN)
            go_raw(s, c, row);
        else if (!c->peer.ignore && nghttp2_session_mem_recv(c->peer.h2, bytes, (size_t)got) < 0)
            c->peer.ignore = s->malformed = true;
    }
}

static void accept_one(grpc_server *s)
{
    int fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK), one = 1;
    connection *c = s->connections;
    while (c < s->connections + CONNECTIONS && c->fd >= 0)
        c++;
    void *io = fd >= 0 && c < s->connections + CONNECTIONS ? s->options.io->open(s->options.io->user, fd) : NULL;
    if (!io) {
        if (fd >= 0)
            close(fd);
        return;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    c->fd = fd;
    c->io = io;
    grpc_peer_open(&c->peer, s, &s->options);
    const grpc_row *row = grpc_server_next(s);
    c->peer.ignore = row->act == GRPC_RAW || row->act == GRPC_RAW_OPEN;
    pthread_mutex_lock(&s->mutex);
    s->accepted++;
    pthread_mutex_unlock(&s->mutex);
}

static void *serve(void *user)
{
    grpc_server *s = user;
    for (;;) {
        struct pollfd entries[CONNECTIONS + 2] = { { .fd = s->listener, .events = POLLIN },
                                                   { .fd = s->stop_fd[0], .events = POLLIN } };
        for (unsigned i = 0; i < CONNECTIONS; i++) {
            connection *c = &s->connections[i];
            entries[i + 2].fd = c->fd;
            if (c->fd >= 0)
                entries[i + 2].events = (short)(POLLIN | (has_output(c) ? POLLOUT : 0));
        }
        poll(entries, CONNECTIONS + 2, -1);
        if (entries[1].revents)
            return NULL;
        if (entries[0].revents)
            accept_one(s);
        for (unsigned i = 0; i < CONNECTIONS; i++) {
            connection *c = &s->connections[i];
            if (entries[i + 2].fd >= 0 && entries[i + 2].revents && take_input(s, c))
                give_output(s, c);
        }
    }
}

grpc_server *grpc_server_start(const grpc_row *rows, unsigned count, const grpc_server_options *options)
{
    grpc_server *s = calloc(1, sizeof *s);
    must(s != NULL, "calloc");
    if (options)
        s->options = *options;
    if (!s->options.io)
        s->options.io = &sockets;
    for (unsigned i = 0; i < CONNECTIONS; i++)
        s->connections[i].fd = -1;
    s->rows = rows;
    s->row_count = count;
    s->port = s->options.port;
    s->listener = s->options.unix_path ? server_bind_unix(s->options.unix_path) : server_bind(&s->port);
    must(s->listener >= 0 && listen(s->listener, 16) == 0, "listen");
    must(pipe2(s->stop_fd, O_CLOEXEC) == 0, "pipe2");
    pthread_mutex_init(&s->mutex, NULL);
    must(pthread_create(&s->thread, NULL, serve, s) == 0, "pthread_create");
    return s;
}

void grpc_server_stop(grpc_server *s)
{
    must(write(s->stop_fd[1], "", 1) == 1, "write");
    pthread_join(s->thread, NULL);
    for (unsigned i = 0; i < CONNECTIONS; i++) {
        if (s->connections[i].fd >= 0)
            drop(s, &s->connections[i]);
    }
    close(s->listener);
    close(s->stop_fd[0]);
    close(s->stop_fd[1]);
    pthread_mutex_destroy(&s->mutex);
    free(s);
}

uint16_t grpc_server_port(const grpc_server *s)
{
    return s->port;
}

static unsigned read_number(grpc_server *s, const unsigned *number)
{
    pthread_mutex_lock(&s->mutex);
    unsigned value = *number;
    pthread_mutex_unlock(&s->mutex);
    return value;
}

unsigned grpc_server_requests(grpc_server *s)
{
    return read_number(s, &s->requests);
}

unsigned grpc_server_connections(grpc_server *s)
{
    return read_number(s, &s->accepted);
}

unsigned grpc_server_pongs(grpc_server *s)
{
    return read_number(s, &s->pongs);
}

unsigned grpc_server_closed(grpc_server *s)
{
    return read_number(s, &s->closed);
}

unsigned grpc_server_acknowledged(grpc_server *s)
{
    return read_number(s, &s->acknowledged);
}

bool grpc_server_well_formed(grpc_server *s)
{
    pthread_mutex_lock(&s->mutex);
    bool good = !s->malformed;
    pthread_mutex_unlock(&s->mutex);
    return good;
}

size_t grpc_server_read(grpc_server *s)
{
    pthread_mutex_lock(&s->mutex);
    size_t bytes = s->read;
    pthread_mutex_unlock(&s->mutex);
    return bytes;
}

const char *grpc_server_last_head(grpc_server *s)
{
    return s->head;
}
