/* SPDX-License-Identifier: MIT */
#include "tests/wire/server.h"

#include "tests/wire/server_body.h"
#include "tests/wire/server_listen.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS = 16, IDS = 1 << 17, HEAD_BYTES = 8192, BIG_BYTES = 100 << 20 };

typedef struct connection {
    int fd; /* -1: free */
    char *in;
    size_t in_len, in_room;
    char *out; /* what is still to be sent */
    size_t out_len;
    size_t filler;       /* spaces after that */
    const char *endless; /* what is sent again and again */
    bool close_after;
    bool ignore; /* nothing more is read or answered */
} connection;

struct server {
    pthread_t thread;
    int listener, stop_fd[2];
    uint16_t port;
    const server_row *rows;
    unsigned row_count;
    connection connections[CONNECTIONS];
    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t changed;
    unsigned requests, accepted, acknowledged;
    bool malformed;
    unsigned char seen[IDS / 8];
    char head[HEAD_BYTES];
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
    server *s = user;
    if (id < IDS && !(s->seen[id / 8] & (1u << id % 8))) {
        s->seen[id / 8] |= (unsigned char)(1u << id % 8);
        s->acknowledged++;
    }
}

static const server_row *note_request(server *s, const char *head, size_t head_len, const char *body, size_t len)
{
    pthread_mutex_lock(&s->mutex);
    unsigned at = s->requests < s->row_count ? s->requests : s->row_count - 1;
    const server_row *row = &s->rows[at];
    s->requests++;
    size_t kept = head_len < HEAD_BYTES - 1 ? head_len : HEAD_BYTES - 1;
    memcpy(s->head, head, kept);
    s->head[kept] = '\0';
    bool accepted = row->act == SERVER_BIG || (row->act == SERVER_ANSWER && row->status >= 200 && row->status < 300);
    if (!server_body_read(head, head_len, body, len, accepted ? note_id : NULL, s))
        s->malformed = true;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->mutex);
    return row;
}

static void say(connection *c, const char *bytes, size_t len)
{
    if (len == 0)
        return;
    char *out = realloc(c->out, c->out_len + len);
    must(out != NULL, "realloc");
    memcpy(out + c->out_len, bytes, len);
    c->out = out;
    c->out_len += len;
}

static void answer(connection *c, const server_row *row)
{
    char head[1024];
    const char *body = row->body ? row->body : "";
    size_t body_len = row->body_len ? row->body_len : strlen(body);
    size_t promised = row->act == SERVER_BIG ? BIG_BYTES : body_len + (row->act == SERVER_CUT ? 100 : 0);
    int len = snprintf(head, sizeof head, "HTTP/1.1 %d Whatever\r\nContent-Length: %zu\r\n%s\r\n", row->status,
                       promised, row->headers ? row->headers : "");
    say(c, head, (size_t)len);
    say(c, body, body_len);
    c->filler = row->act == SERVER_BIG ? BIG_BYTES : 0;
    c->close_after = row->act == SERVER_CUT;
}

static void act(connection *c, const server_row *row)
{
    switch (row->act) {
    case SERVER_ANSWER:
    case SERVER_CUT:
    case SERVER_BIG:
        answer(c, row);
        break;
    case SERVER_HANG:
    case SERVER_DEAF:
        c->ignore = true;
        break;
    case SERVER_CLOSE:
        c->close_after = true;
        break;
    case SERVER_RAW:
    case SERVER_RAW_OPEN:
        say(c, row->body, row->body_len ? row->body_len : strlen(row->body));
        c->close_after = row->act == SERVER_RAW;
        c->ignore = true;
        break;
    case SERVER_INTERIM:
        c->endless = "HTTP/1.1 100 Continue\r\n\r\n";
        break;
    case SERVER_HEADERS:
        say(c, "HTTP/1.1 200 OK\r\n", 17);
        c->endless = "X-Wool: 0123456789012345678901234567890123456789012345678901234567890123456789\r\n";
        break;
    }
}

static const server_row *next_row(server *s)
{
    pthread_mutex_lock(&s->mutex);
    unsigned at = s->requests < s->row_count ? s->requests : s->row_count - 1;
    pthread_mutex_unlock(&s->mutex);
    return &s->rows[at];
}

/* One whole request at the start of `in`, if there is one. */
static bool take_request(server *s, connection *c)
{
    char *end = memmem(c->in, c->in_len, "\r\n\r\n", 4);
    if (!end)
        return false;
    size_t head_len = (size_t)(end - c->in) + 4, body_len = 0;
    for (char *line = c->in; line < end; line = (char *)memmem(line, (size_t)(end + 2 - line), "\r\n", 2) + 2) {
        if (strncasecmp(line, "content-length:", 15) == 0)
            body_len = strtoul(line + 15, NULL, 10);
    }
    if (c->in_len < head_len + body_len)
        return false;
    const server_row *row = note_request(s, c->in, head_len, c->in + head_len, body_len);
    act(c, row);
    c->in_len -= head_len + body_len;
    memmove(c->in, c->in + head_len + body_len, c->in_len);
    return true;
}

static void drop(connection *c)
{
    close(c->fd);
    free(c->in);
    free(c->out);
    *c = (connection){ .fd = -1 };
}

static void take_input(server *s, connection *c)
{
    if (c->in_room - c->in_len < 65536) {
        c->in_room = 2 * c->in_room + 65536;
        c->in = realloc(c->in, c->in_room);
        must(c->in != NULL, "realloc");
    }
    ssize_t got = recv(c->fd, c->in + c->in_len, c->in_room - c->in_len, 0);
    if (got <= 0) {
        drop(c);
        return;
    }
    c->in_len += (size_t)got;
    const server_row *row = next_row(s);
    if (row->act == SERVER_RAW || row->act == SERVER_RAW_OPEN) {
        act(c, row);
        pthread_mutex_lock(&s->mutex);
        s->requests++;
        pthread_cond_broadcast(&s->changed);
        pthread_mutex_unlock(&s->mutex);
        return;
    }
    while (!c->ignore && take_request(s, c)) {
        /* The next. */
    }
}

static bool has_output(const connection *c)
{
    return c->out_len > 0 || c->filler > 0 || c->endless;
}

static char spaces[65536]; /* of all servers */

static void fill_spaces(void)
{
    memset(spaces, ' ', sizeof spaces);
}

static void give_output(connection *c)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, fill_spaces);
    if (c->out_len == 0 && c->endless)
        say(c, c->endless, strlen(c->endless));
    const char *from = c->out_len > 0 ? c->out : spaces;
    size_t len = c->out_len > 0 ? c->out_len : (c->filler < sizeof spaces ? c->filler : sizeof spaces);
    ssize_t sent = send(c->fd, from, len, MSG_NOSIGNAL);
    if (sent < 0) {
        drop(c);
        return;
    }
    if (c->out_len > 0) {
        c->out_len -= (size_t)sent;
        memmove(c->out, c->out + sent, c->out_len);
    } else {
        c->filler -= (size_t)sent;
    }
}

static void accept_one(server *s)
{
    int fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    connection *c = s->connections;
    while (c < s->connections + CONNECTIONS && c->fd >= 0)
        c++;
    if (fd < 0 || c == s->connections + CONNECTIONS) {
        if (fd >= 0)
            close(fd);
        return;
    }
    c->fd = fd;
    pthread_mutex_lock(&s->mutex);
    s->accepted++;
    pthread_mutex_unlock(&s->mutex);
    c->ignore = next_row(s)->act == SERVER_DEAF;
}

/* What poll() saw of one connection. */
static void attend(server *s, connection *c, short seen)
{
    if (seen & POLLOUT)
        give_output(c);
    else if (seen & POLLIN)
        take_input(s, c);
    else if (seen & (POLLHUP | POLLERR))
        drop(c);
    if (c->fd >= 0 && c->close_after && !has_output(c))
        drop(c);
}

static void *serve(void *user)
{
    server *s = user;
    for (;;) {
        struct pollfd entries[CONNECTIONS + 2] = { { .fd = s->listener, .events = POLLIN },
                                                   { .fd = s->stop_fd[0], .events = POLLIN } };
        for (unsigned i = 0; i < CONNECTIONS; i++) {
            const connection *c = &s->connections[i];
            entries[i + 2].fd = c->fd;
            entries[i + 2].events = (short)((c->ignore ? 0 : POLLIN) | (has_output(c) ? POLLOUT : 0));
        }
        poll(entries, CONNECTIONS + 2, -1);
        if (entries[1].revents)
            return NULL;
        if (entries[0].revents)
            accept_one(s);
        for (unsigned i = 0; i < CONNECTIONS; i++) {
            if (entries[i + 2].fd >= 0)
                attend(s, &s->connections[i], entries[i + 2].revents);
        }
    }
}

static server *start(int listener, const server_row *rows, unsigned count)
{
    server *s = calloc(1, sizeof *s);
    must(s != NULL && listener >= 0, "socket");
    for (unsigned i = 0; i < CONNECTIONS; i++)
        s->connections[i].fd = -1;
    s->rows = rows;
    s->row_count = count;
    s->listener = listener;
    must(listen(s->listener, 16) == 0, "listen");
    must(pipe2(s->stop_fd, O_CLOEXEC) == 0, "pipe2");
    pthread_mutex_init(&s->mutex, NULL);
    pthread_cond_init(&s->changed, NULL);
    must(pthread_create(&s->thread, NULL, serve, s) == 0, "pthread_create");
    return s;
}

server *server_start_at(uint16_t port, const server_row *rows, unsigned count)
{
    uint16_t got = port;
    int listener = server_bind(&got);
    server *s = start(listener, rows, count);
    s->port = got;
    return s;
}

server *server_start_unix(const char *path, const server_row *rows, unsigned count)
{
    return start(server_bind_unix(path), rows, count);
}

server *server_start(const server_row *rows, unsigned count)
{
    return server_start_at(0, rows, count);
}

void server_stop(server *s)
{
    must(write(s->stop_fd[1], "", 1) == 1, "write");
    pthread_join(s->thread, NULL);
    for (unsigned i = 0; i < CONNECTIONS; i++) {
        if (s->connections[i].fd >= 0)
            drop(&s->connections[i]);
    }
    close(s->listener);
    close(s->stop_fd[0]);
    close(s->stop_fd[1]);
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->mutex);
    free(s);
}

uint16_t server_port(const server *s)
{
    return s->port;
}

static unsigned read_number(server *s, const unsigned *number)
{
    pthread_mutex_lock(&s->mutex);
    unsigned value = *number;
    pthread_mutex_unlock(&s->mutex);
    return value;
}

unsigned server_requests(server *s)
{
    return read_number(s, &s->requests);
}

unsigned server_connections(server *s)
{
    return read_number(s, &s->accepted);
}

unsigned server_acknowledged(server *s)
{
    return read_number(s, &s->acknowledged);
}

void server_await(server *s, unsigned count)
{
    pthread_mutex_lock(&s->mutex);
    while (s->requests < count)
        pthread_cond_wait(&s->changed, &s->mutex);
    pthread_mutex_unlock(&s->mutex);
}

bool server_bodies_well_formed(server *s)
{
    pthread_mutex_lock(&s->mutex);
    bool good = !s->malformed;
    pthread_mutex_unlock(&s->mutex);
    return good;
}

const char *server_last_head(server *s)
{
    return s->head;
}
