/* SPDX-License-Identifier: MIT */
#include "tests/wire/grpc_tls.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(int good, const char *what)
{
    if (!good) {
        perror(what);
        abort();
    }
}

/* h2, or nothing at all. */
static int choose(SSL *ssl, const unsigned char **out, unsigned char *out_len, const unsigned char *in, unsigned len,
                  void *user)
{
    (void)ssl, (void)user;
    for (unsigned i = 0; i < len; i += in[i] + 1u) {
        if (in[i] == 2 && memcmp(in + i + 1, "h2", 2) == 0) {
            *out = in + i + 1;
            *out_len = 2;
            return SSL_TLSEXT_ERR_OK;
        }
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* A client that gives up amid the handshake ends it. */
static void *open_tls(void *user, int fd)
{
    SSL *ssl = SSL_new(user);
    must(ssl && SSL_set_fd(ssl, fd), "SSL_new");
    int flags = fcntl(fd, F_GETFL);
    fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
    bool good = SSL_accept(ssl) == 1;
    fcntl(fd, F_SETFL, flags);
    if (good)
        return ssl;
    SSL_free(ssl);
    return NULL;
}

static ssize_t result_of(SSL *ssl, int result)
{
    if (result > 0)
        return result;
    int error = SSL_get_error(ssl, result);
    errno = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? EAGAIN : EIO;
    return error == SSL_ERROR_ZERO_RETURN ? 0 : -1;
}

static ssize_t receive_tls(void *connection, void *bytes, size_t room)
{
    return result_of(connection, SSL_read(connection, bytes, (int)room));
}

static ssize_t send_tls(void *connection, const void *bytes, size_t len)
{
    return result_of(connection, SSL_write(connection, bytes, (int)len));
}

static void close_tls(void *connection)
{
    SSL_free(connection);
}

grpc_io grpc_tls_new(const char *certificate, const char *key, bool h2)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    must(context && SSL_CTX_use_certificate_file(context, certificate, SSL_FILETYPE_PEM) == 1, "certificate");
    must(SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) == 1, "key");
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (h2)
        SSL_CTX_set_alpn_select_cb(context, choose, NULL);
    return (grpc_io){ open_tls, receive_tls, send_tls, close_tls, context };
}

void grpc_tls_free(grpc_io *io)
{
    SSL_CTX_free(io->user);
}
