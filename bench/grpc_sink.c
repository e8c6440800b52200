/* SPDX-License-Identifier: MIT */
#include "bench/grpc_sink.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WINDOW = 1 << 20, ROOM = 1 << 18 };

struct grpc_sink_counts {
    _Atomic uint64_t requests, body_bytes;
};

static void must(bool good, const char *what)
{
    if (!good) {
        perror(what);
        abort();
    }
}

static int on_data(nghttp2_session *h2, uint8_t flags, int32_t stream, const uint8_t *data, size_t len, void *user)
{
    struct grpc_sink_counts *counts = user;
    (void)h2, (void)flags, (void)stream, (void)data;
    atomic_fetch_add(&counts->body_bytes, len);
    return 0;
}

#define HEADER(name, value)                                                                                            \
    {                                                                                                                  \
        (uint8_t *)(uintptr_t)(name), (uint8_t *)(uintptr_t)(value), sizeof(name) - 1, sizeof(value) - 1, 0            \
    }

static ssize_t give_reply(nghttp2_session *h2, int32_t stream, uint8_t *to, size_t room, uint32_t *flags,
                          nghttp2_data_source *source, void *user)
{
    static const nghttp2_nv trailers[] = { HEADER("grpc-status", "0") };
    static const uint8_t reply[] = { 0, 0, 0, 0, 0 };
    (void)room, (void)source, (void)user;
    memcpy(to, reply, sizeof reply);
    *flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
    nghttp2_submit_trailer(h2, stream, trailers, 1);
    return sizeof reply;
}

static int on_frame(nghttp2_session *h2, const nghttp2_frame *frame, void *user)
{
    static const nghttp2_nv headers[] = { HEADER(":status", "200"), HEADER("content-type", "application/grpc") };
    const nghttp2_data_provider provider = { .read_callback = give_reply };
    struct grpc_sink_counts *counts = user;
    if (frame->hd.type != NGHTTP2_DATA || !(frame->hd.flags & NGHTTP2_FLAG_END_STREAM))
        return 0;
    atomic_fetch_add(&counts->requests, 1);
    return nghttp2_submit_response(h2, frame->hd.stream_id, headers, 2, &provider);
}

static bool send_all(nghttp2_session *h2, int fd)
{
    const uint8_t *out;
    ssize_t len;
    while ((len = nghttp2_session_mem_send(h2, &out)) > 0) {
        for (ssize_t sent = 0, n; sent < len; sent += n) {
            n = send(fd, out + sent, (size_t)(len - sent), MSG_NOSIGNAL);
            if (n < 0)
                return false;
        }
    }
    return true;
}

static void serve_connection(int fd, struct grpc_sink_counts *counts)
{
    static const nghttp2_settings_entry settings[] = { { NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, WINDOW } };
    static uint8_t in[ROOM];
    int one = 1;
    nghttp2_session_callbacks *callbacks;
    nghttp2_session *h2;
    ssize_t got;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    must(nghttp2_session_callbacks_new(&callbacks) == 0, "nghttp2");
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    must(nghttp2_session_server_new(&h2, callbacks, counts) == 0, "nghttp2");
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_submit_settings(h2, NGHTTP2_FLAG_NONE, settings, 1);
    nghttp2_session_set_local_window_size(h2, NGHTTP2_FLAG_NONE, 0, WINDOW);
    while (send_all(h2, fd) && (got = read(fd, in, sizeof in)) > 0) {
        if (nghttp2_session_mem_recv(h2, in, (size_t)got) < 0)
            break;
    }
    nghttp2_session_del(h2);
    close(fd);
}

grpc_sink grpc_sink_start(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(listener >= 0 && bind(listener, (struct sockaddr *)&address, len) == 0 && listen(listener, 16) == 0 &&
             getsockname(listener, (struct sockaddr *)&address, &len) == 0,
         "listen");
    grpc_sink s = { .port = ntohs(address.sin_port) };
    s.counts = mmap(NULL, sizeof *s.counts, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    must(s.counts != MAP_FAILED, "mmap");
    s.process = fork();
    must(s.process >= 0, "fork");
    if (s.process == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (int fd; (fd = accept(listener, NULL, NULL)) >= 0;)
            serve_connection(fd, s.counts);
        _exit(1);
    }
    close(listener);
    return s;
}

void grpc_sink_stop(grpc_sink *s)
{
    kill(s->process, SIGKILL);
    waitpid(s->process, NULL, 0);
    munmap(s->counts, sizeof *s->counts);
}

uint64_t grpc_sink_requests(const grpc_sink *s)
{
    return atomic_load(&s->counts->requests);
}

uint64_t grpc_sink_body_bytes(const grpc_sink *s)
{
    return atomic_load(&s->counts->body_bytes);
}
