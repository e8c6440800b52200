/* SPDX-License-Identifier: MIT */
/* The transports alone, over loopback, in CPU time of the whole process a span: a ready body of 512 spans of 380 bytes,
 * handed to OTLP over gRPC (h2c), and to HTTP beside it, until the receiver has said that it took it. */
#include "bench/figure.h"
#include "bench/grpc_sink.h"
#include "bench/sink.h"
#include "exporters/deadline.h"
#include "exporters/grpc.h"
#include "exporters/reply.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SPANS = 512, SPAN_BYTES = 380, ROUNDS = 40, AMPLE_MS = 30000, LIMIT_NS = 200 };

static const char body[SPANS * SPAN_BYTES];

typedef struct sender {
    slmi_loop loop;
    slmi_names *names;
    slmi_transport *transport;
} sender;

static uint64_t process_cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void send_one(sender *s)
{
    const slmi_transport_ops *ops = s->transport->ops;
    slmi_answer answer;
    uint64_t now = slmi_deadline_now();
    ops->begin(s->transport, body, sizeof body, slmi_deadline_after(now, AMPLE_MS));
    while (!ops->step(s->transport, slmi_deadline_now(), &answer)) {
        uint64_t due = slmi_deadline_earlier(ops->due(s->transport), slmi_loop_due(&s->loop));
        struct pollfd entry = { .fd = s->loop.epoll_fd, .events = POLLIN };
        poll(&entry, 1, slmi_deadline_poll_ms(slmi_deadline_now(), due));
        slmi_loop_step(&s->loop);
    }
    if (answer.verdict != SLMI_ACCEPTED) {
        fprintf(stderr, "%s\n", answer.text);
        abort();
    }
}

static double deliver(void *user, uint64_t ops)
{
    uint64_t from = process_cpu_ns();
    for (uint64_t done = 0; done < ops; done += SPANS)
        send_one(user);
    return (double)(process_cpu_ns() - from);
}

static void open_sender(sender *s, uint16_t port, const char *path, slmi_url *url)
{
    char text[80];
    snprintf(text, sizeof text, "http://127.0.0.1:%u%s", (unsigned)port, path);
    if (slmi_url_parse(text, url) != SLM_OK || slmi_loop_open(&s->loop) != SLM_OK ||
        slmi_loop_multi(&s->loop) != SLM_OK)
        abort();
    const slmi_names_options options = { .wake_fd = atomic_load(&s->loop.wake_fd) };
    s->names = slmi_names_new(&options);
}

static void close_sender(sender *s)
{
    s->transport->ops->free(s->transport);
    slmi_names_close(s->names);
    slmi_loop_close(&s->loop);
}

static int over_grpc(void)
{
    sender s;
    grpc_sink to = grpc_sink_start();
    slmi_grpc_options options = { .path = "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
                                  .read_reply = slmi_reply_read_otlp_protobuf };
    open_sender(&s, to.port, "", &options.url);
    s.transport = slmi_grpc_new(&s.loop, s.names, &options);
    double median = figure("gRPC transport alone, h2c", (uint64_t)ROUNDS * SPANS, deliver, &s);
    printf("#   %.0f bytes a request; limit %d ns\n",
           (double)grpc_sink_body_bytes(&to) / (double)grpc_sink_requests(&to), LIMIT_NS);
    close_sender(&s);
    grpc_sink_stop(&to);
    return median <= LIMIT_NS ? 0 : 1;
}

static int over_http(void)
{
    sender s;
    sink to = sink_start();
    slmi_http_options options = { .content_type = "application/x-protobuf" };
    open_sender(&s, to.port, "/v1/traces", &options.url);
    s.transport = slmi_http_new(&s.loop, s.names, &options);
    double median = figure("HTTP transport alone", (uint64_t)ROUNDS * SPANS, deliver, &s);
    printf("#   %.0f bytes a request; limit %d ns\n", (double)sink_body_bytes(&to) / (double)sink_requests(&to),
           LIMIT_NS);
    close_sender(&s);
    sink_stop(&to);
    return median <= LIMIT_NS ? 0 : 1;
}

int main(void)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return 1;
    figure_calibrate("before");
    int missed = over_grpc() + over_http();
    figure_calibrate("after");
    if (missed > 0)
        printf("# %d beyond their limit\n", missed);
    return 0;
}
