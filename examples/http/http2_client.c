/* SPDX-License-Identifier: MIT */
/* An HTTP/2 client on nghttp2, without TLS: asks for several paths at the same time, over one connection.
 * usage: http2_client PORT PATH... */
#include "examples/demo/service.h"
#include <spanloom/nghttp2.h>
#include <spanloom/trace.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PATHS_MAX = 16 };

struct request {
    slm_nghttp2_client http;
    const char *path;
};

struct client {
    int fd;
    char authority[32];
    struct request requests[PATHS_MAX];
    int open;
    bool failed;
};

static nghttp2_nv header(const char *name, const char *value)
{
    return (nghttp2_nv){ .name = (uint8_t *)(uintptr_t)name,
                         .value = (uint8_t *)(uintptr_t)value,
                         .namelen = strlen(name),
                         .valuelen = strlen(value) };
}

static bool ask(nghttp2_session *session, struct client *client, struct request *request)
{
    static slm_nghttp2_block block; /* nghttp2 copies it */
    const nghttp2_nv items[] = { header(":method", "GET"), header(":scheme", "http"),
                                 header(":authority", client->authority), header(":path", request->path) };
    if (slm_nghttp2_client_begin(&request->http, &block, items, 4, NULL) != SLM_OK)
        fprintf(stderr, "http2_client: the request is sent without all of its trace\n");
    int32_t id = nghttp2_submit_request(session, NULL, block.headers.items, block.headers.count, NULL, request);
    if (id < 0)
        slm_nghttp2_client_end(&request->http, NGHTTP2_INTERNAL_ERROR);
    else
        client->open++;
    return id >= 0;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name, size_t name_len,
                     const uint8_t *value, size_t value_len, uint8_t flags, void *context)
{
    struct request *request = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
    (void)flags, (void)context;
    if (request)
        slm_nghttp2_client_keep(&request->http, name, name_len, value, value_len);
    return 0;
}

static int on_stream_close(nghttp2_session *session, int32_t id, uint32_t error_code, void *context)
{
    struct client *client = context;
    struct request *request = nghttp2_session_get_stream_user_data(session, id);
    if (!request)
        return 0;
    printf("%s: %u\n", request->path, request->http.status);
    client->failed = client->failed || request->http.status != 200;
    slm_nghttp2_client_end(&request->http, error_code);
    client->open--;
    return 0;
}

static bool send_all(nghttp2_session *session, int fd)
{
    const uint8_t *output;
    ssize_t len;
    while ((len = nghttp2_session_mem_send(session, &output)) > 0) {
        for (ssize_t sent = 0, n; sent < len; sent += n) {
            n = send(fd, output + sent, (size_t)(len - sent), MSG_NOSIGNAL);
            if (n <= 0)
                return false;
        }
    }
    return len == 0;
}

static bool run(nghttp2_session *session, struct client *client, int count)
{
    uint8_t input[16384];
    bool good = nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, NULL, 0) == 0;
    SLM_SCOPE("ask", ("paths", count));
    for (int i = 0; i < count && good; i++)
        good = ask(session, client, &client->requests[i]);
    while (good && client->open > 0) {
        ssize_t len = 0;
        good = send_all(session, client->fd) && (len = recv(client->fd, input, sizeof input, 0)) > 0 &&
               nghttp2_session_mem_recv(session, input, (size_t)len) == len;
    }
    for (int i = 0; i < count; i++)
        slm_nghttp2_client_end(&client->requests[i].http, NGHTTP2_INTERNAL_ERROR); /* those without an answer */
    return good;
}

int main(int argc, char **argv)
{
    static struct client client;
    nghttp2_session_callbacks *callbacks;
    nghttp2_session *session;
    sigset_t ends;
    if (argc < 3 || argc - 2 > PATHS_MAX) {
        fprintf(stderr, "usage: %s PORT PATH...\n", argv[0]);
        return 2;
    }
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)strtoul(argv[1], NULL, 10)),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    client.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (!service_begin("http2_client", &ends) || nghttp2_session_callbacks_new(&callbacks) != 0)
        return EXIT_FAILURE;
    if (connect(client.fd, (struct sockaddr *)&address, sizeof address) != 0) {
        perror("http2_client: cannot connect");
        return EXIT_FAILURE;
    }
    snprintf(client.authority, sizeof client.authority, "127.0.0.1:%s", argv[1]);
    for (int i = 2; i < argc; i++)
        client.requests[i - 2].path = argv[i];
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
    if (nghttp2_session_client_new(&session, callbacks, &client) != 0)
        return EXIT_FAILURE;
    bool good = run(session, &client, argc - 2) && !client.failed;
    nghttp2_session_del(session);
    nghttp2_session_callbacks_del(callbacks);
    close(client.fd);
    return service_end() == EXIT_SUCCESS && good ? EXIT_SUCCESS : EXIT_FAILURE;
}
