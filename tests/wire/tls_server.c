/* SPDX-License-Identifier: MIT */
#include "tests/wire/tls_server.h"

#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

struct tls_server {
    pthread_t thread;
    SSL_CTX *context;
    int listener, stop_fd[2];
    uint16_t port;
    atomic_uint requests;
};

static void must(int good, const char *what)
{
    if (!good) {
        perror(what);
        abort();
    }
}

/* Whether `in` is a whole request. */
static int is_whole(const char *in, size_t len)
{
    const char *end = memmem(in, len, "\r\n\r\n", 4);
    const char *length = end ? strcasestr(in, "\r\nContent-Length:") : NULL;
    return length && len >= (size_t)(end + 4 - in) + strtoul(length + 17, NULL, 10);
}

static void talk(tls_server *s, SSL *ssl)
{
    static const char reply[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
    static char in[1 << 20];
    size_t len = 0;
    int got;
    while (len < sizeof in - 1 && (got = SSL_read(ssl, in + len, (int)(sizeof in - 1 - len))) > 0) {
        len += (size_t)got;
        in[len] = '\0';
        if (!is_whole(in, len))
            continue;
        atomic_fetch_add(&s->requests, 1);
        SSL_write(ssl, reply, (int)sizeof reply - 1);
        len = 0;
    }
}

static void *serve(void *user)
{
    tls_server *s = user;
    for (;;) {
        struct pollfd entries[2] = { { .fd = s->listener, .events = POLLIN },
                                     { .fd = s->stop_fd[0], .events = POLLIN } };
        poll(entries, 2, -1);
        if (entries[1].revents)
            return NULL;
        int fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0)
            continue;
        SSL *ssl = SSL_new(s->context);
        must(ssl && SSL_set_fd(ssl, fd), "SSL_new");
        if (SSL_accept(ssl) == 1)
            talk(s, ssl);
        SSL_free(ssl);
        close(fd);
    }
}

tls_server *tls_server_start(const char *certificate, const char *key, const char *client_ca)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof address;
    tls_server *s = calloc(1, sizeof *s);
    must(s != NULL, "calloc");
    s->context = SSL_CTX_new(TLS_server_method());
    must(s->context && SSL_CTX_use_certificate_file(s->context, certificate, SSL_FILETYPE_PEM) == 1, "certificate");
    must(SSL_CTX_use_PrivateKey_file(s->context, key, SSL_FILETYPE_PEM) == 1, "key");
    if (client_ca) {
        must(SSL_CTX_load_verify_locations(s->context, client_ca, NULL) == 1, "client_ca");
        SSL_CTX_set_verify(s->context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    }
    s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(bind(s->listener, (const struct sockaddr *)&address, len) == 0, "bind");
    must(getsockname(s->listener, (struct sockaddr *)&address, &len) == 0 && listen(s->listener, 16) == 0, "listen");
    s->port = ntohs(address.sin_port);
    must(pipe(s->stop_fd) == 0, "pipe");
    must(pthread_create(&s->thread, NULL, serve, s) == 0, "pthread_create");
    return s;
}

/* Every client must have closed its connection. */
void tls_server_stop(tls_server *s)
{
    must(write(s->stop_fd[1], "", 1) == 1, "write");
    pthread_join(s->thread, NULL);
    SSL_CTX_free(s->context);
    close(s->listener);
    close(s->stop_fd[0]);
    close(s->stop_fd[1]);
    free(s);
}

uint16_t tls_server_port(const tls_server *s)
{
    return s->port;
}

unsigned tls_server_requests(const tls_server *s)
{
    return atomic_load(&s->requests);
}
