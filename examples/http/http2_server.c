/* SPDX-License-Identifier: MIT */
/* An HTTP/2 server on nghttp2, without TLS: GET /shear starts a child process, which goes on with the trace that it
 * finds in its environment. One thread, which waits for the child and for clients that do not read; do not copy that.
 * usage: http2_server */
#include "examples/demo/service.h"
#include <spanloom/carrier.h>
#include <spanloom/nghttp2.h>
#include <spanloom/propagator.h>
#include <spanloom/trace.h>

#include <arpa/inet.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 32, SIGNALS, LISTENER, FIRST };

struct connection {
    nghttp2_session *session;
    struct stream *streams;  /* that are open */
    slm_nghttp2_block block; /* of the stream whose headers are arriving */
};

struct stream {
    struct stream *next;
    slm_http_server http;
    unsigned status;
    bool shear;
};

static const char *program;

static int be_the_child(void)
{
    sigset_t ends;
    if (!service_begin("child", &ends))
        return EXIT_FAILURE;
    slm_context context = slm_extract_context(slm_environment_getter(), environ);
    slm_span_end(SLM_SPAN_WITH((.parent = slm_under_context(&context)), "shear", ("pid", (int64_t)getpid())));
    slm_context_release(&context);
    return service_end();
}

static unsigned run_child(void)
{
    int ended = -1;
    pid_t child;
    slm_environment environment;
    size_t room = slm_environment_room(environ);
    void *memory = malloc(room);
    char *argv[] = { (char *)(uintptr_t)program, (char *)(uintptr_t) "child", NULL };
    if (memory && slm_environment_init(&environment, memory, room, environ) == SLM_OK &&
        slm_inject_current(slm_environment_setter(), &environment) == SLM_OK &&
        posix_spawn(&child, program, NULL, NULL, argv, environment.entries) == 0)
        waitpid(child, &ended, 0);
    free(memory);
    return ended == 0 ? 200 : 500;
}

static ssize_t give_body(nghttp2_session *session, int32_t id, uint8_t *out, size_t room, uint32_t *flags,
                         nghttp2_data_source *source, void *context)
{
    (void)session, (void)id, (void)context;
    size_t len = strlen(source->ptr);
    if (len > room)
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    memcpy(out, source->ptr, len);
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    return (ssize_t)len;
}

static int answer(nghttp2_session *session, int32_t id, struct stream *stream)
{
    static char name[] = ":status", body[] = "done\n";
    char text[8];
    slm_token token = slm_http_server_enter(&stream->http);
    stream->status = stream->shear ? run_child() : 404;
    slm_exit(token);
    snprintf(text, sizeof text, "%u", stream->status);
    const nghttp2_nv status = { (uint8_t *)name, (uint8_t *)text, 7, strlen(text), NGHTTP2_NV_FLAG_NONE };
    const nghttp2_data_provider data = { .source.ptr = body, .read_callback = give_body };
    return nghttp2_submit_response(session, id, &status, 1, &data);
}

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *context)
{
    struct connection *connection = context;
    slm_nghttp2_block_clear(&connection->block);
    if (frame->headers.cat != NGHTTP2_HCAT_REQUEST)
        return 0;
    struct stream *stream = calloc(1, sizeof *stream);
    if (!stream)
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    stream->next = connection->streams;
    connection->streams = stream;
    return nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, stream);
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name, size_t name_len,
                     const uint8_t *value, size_t value_len, uint8_t flags, void *context)
{
    struct connection *connection = context;
    (void)flags;
    slm_nghttp2_keep(&connection->block, name, name_len, value, value_len);
    struct stream *stream = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
    if (stream && name_len == 5 && memcmp(name, ":path", 5) == 0)
        stream->shear = value_len == 6 && memcmp(value, "/shear", 6) == 0;
    return 0;
}

static int on_frame_recv(nghttp2_session *session, const nghttp2_frame *frame, void *context)
{
    struct connection *connection = context;
    struct stream *stream = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
    if (!stream)
        return 0;
    if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
        const slm_http_request request = { .size = sizeof request,
                                           .route = slm_string_from_c(stream->shear ? "/shear" : NULL) };
        stream->http = slm_nghttp2_server_begin(&connection->block, &request);
    }
    bool last = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (last && (frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA))
        return answer(session, frame->hd.stream_id, stream);
    return 0;
}

static void end_stream(struct connection *connection, struct stream *stream, uint32_t error_code)
{
    struct stream **at = &connection->streams;
    while (*at != stream)
        at = &(*at)->next;
    *at = stream->next;
    slm_nghttp2_server_end(&stream->http, stream->status, error_code);
    free(stream);
}

static int on_stream_close(nghttp2_session *session, int32_t id, uint32_t error_code, void *context)
{
    struct stream *stream = nghttp2_session_get_stream_user_data(session, id);
    if (stream)
        end_stream(context, stream, error_code);
    return 0;
}

static struct connection *open_connection(void)
{
    struct connection *connection = calloc(1, sizeof *connection);
    nghttp2_session_callbacks *callbacks;
    if (!connection || nghttp2_session_callbacks_new(&callbacks) != 0) {
        free(connection);
        return NULL;
    }
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame_recv);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
    int failed = nghttp2_session_server_new(&connection->session, callbacks, connection);
    nghttp2_session_callbacks_del(callbacks);
    if (failed || nghttp2_submit_settings(connection->session, NGHTTP2_FLAG_NONE, NULL, 0) != 0) {
        nghttp2_session_del(connection->session);
        free(connection);
        return NULL;
    }
    return connection;
}

/* Deleting a session calls nobody back for the streams that were open. */
static void close_connection(struct connection *connection, int fd)
{
    close(fd);
    if (!connection)
        return;
    while (connection->streams)
        end_stream(connection, connection->streams, NGHTTP2_CANCEL);
    nghttp2_session_del(connection->session);
    free(connection);
}

/* False: the connection is done. */
static bool exchange(struct connection *connection, int fd)
{
    uint8_t input[16384];
    const uint8_t *output;
    ssize_t len = recv(fd, input, sizeof input, 0);
    if (len <= 0 || nghttp2_session_mem_recv(connection->session, input, (size_t)len) != len)
        return false;
    while ((len = nghttp2_session_mem_send(connection->session, &output)) > 0) {
        for (ssize_t sent = 0, n; sent < len; sent += n) {
            n = send(fd, output + sent, (size_t)(len - sent), MSG_NOSIGNAL);
            if (n <= 0)
                return false;
        }
    }
    return len == 0 &&
           (nghttp2_session_want_read(connection->session) || nghttp2_session_want_write(connection->session));
}

static void serve(int signals, int listener)
{
    struct pollfd fds[FIRST + CONNECTIONS_MAX] = {
        [SIGNALS] = { signals, POLLIN, 0 }, [LISTENER] = { listener, POLLIN, 0 }
    };
    struct connection *connections[FIRST + CONNECTIONS_MAX] = { NULL };
    for (nfds_t i = FIRST; i < FIRST + CONNECTIONS_MAX; i++)
        fds[i].fd = -1;
    while (poll(fds, FIRST + CONNECTIONS_MAX, -1) > 0 && !fds[SIGNALS].revents) {
        for (size_t i = FIRST; i < FIRST + CONNECTIONS_MAX; i++) {
            if (fds[i].fd < 0 && fds[LISTENER].revents) {
                fds[LISTENER].revents = 0;
                fds[i] = (struct pollfd){ accept4(listener, NULL, NULL, SOCK_CLOEXEC), POLLIN, 0 };
                connections[i] = fds[i].fd >= 0 ? open_connection() : NULL;
            } else if (fds[i].fd >= 0 && fds[i].revents && !(connections[i] && exchange(connections[i], fds[i].fd))) {
                close_connection(connections[i], fds[i].fd);
                fds[i].fd = -1;
                connections[i] = NULL;
            }
        }
    }
    for (size_t i = FIRST; i < FIRST + CONNECTIONS_MAX; i++) {
        if (fds[i].fd >= 0)
            close_connection(connections[i], fds[i].fd);
    }
}

int main(int argc, char **argv)
{
    sigset_t ends;
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof address;
    program = argv[0];
    if (argc > 1)
        return be_the_child();
    if (!service_begin("http2_server", &ends))
        return EXIT_FAILURE;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), signals = signalfd(-1, &ends, SFD_CLOEXEC);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, len) != 0 || listen(listener, SOMAXCONN) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &len) != 0) {
        perror("http2_server: cannot serve");
        return EXIT_FAILURE;
    }
    service_ready(ntohs(address.sin_port));
    serve(signals, listener);
    close(listener);
    close(signals);
    return service_end();
}
