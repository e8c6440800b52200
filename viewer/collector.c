/* SPDX-License-Identifier: MIT */
#include "viewer/collector.h"

#include "viewer/request.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

struct slmi_view_collector {
    slmi_view_protocol via;
    slmi_view_receiver receiver;
    struct MHD_Daemon *daemon;
    int fd;
    size_t bodies_bytes; /* Of all requests that are being read. */
};

/* A request while it is being read. */
typedef struct request {
    slmi_view_collector *collector;
    slmi_view_text body;
    bool gzip, open;
    bool refused;
    slmi_view_refusal refusal;
    size_t drained_bytes;
} request;

const char *slmi_view_collector_path(slmi_view_protocol via)
{
    return via == SLMI_VIEW_OTLP ? "/v1/traces" : "/api/v2/spans";
}

int slmi_view_listen(uint16_t *port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(*port) };
    socklen_t size = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(fd, (const struct sockaddr *)&address, sizeof address) != 0 || listen(fd, SOMAXCONN) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) != 0) {
        int why = errno;
        (void)close(fd);
        errno = why;
        return -1;
    }
    *port = ntohs(address.sin_port);
    return fd;
}

static void drop_body(request *r)
{
    r->collector->bodies_bytes -= r->body.len;
    slmi_view_text_free(&r->body);
}

static enum MHD_Result reply(struct MHD_Connection *connection, unsigned status, const slmi_view_text *text,
                             const slmi_view_collector *collector)
{
    slmi_view_protocol via = collector->via;
    struct MHD_Response *response =
        MHD_create_response_from_buffer(text->len, text->data ? text->data : "", MHD_RESPMEM_MUST_COPY);
    if (!response)
        return MHD_NO;
    if (text->len > 0)
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
                                      via == SLMI_VIEW_OTLP ? "application/json" : "text/plain; charset=utf-8");
    if (status == MHD_HTTP_OK && collector->receiver.open)
        (void)MHD_add_response_header(response, "Spanloom-Open-Spans", SLMI_VIEW_OPEN_PATH);
    if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "POST");
    if (status == MHD_HTTP_SERVICE_UNAVAILABLE)
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, "1");
    enum MHD_Result queued = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return queued;
}

static enum MHD_Result reply_refused(struct MHD_Connection *connection, const request *r)
{
    slmi_view_protocol via = r->collector->via;
    slmi_view_text text = slmi_view_text_up_to(4096);
    slmi_view_reply_refused(&text, via, &r->refusal);
    r->collector->receiver.refused(r->collector->receiver.context, &r->refusal, via);
    enum MHD_Result queued = reply(connection, r->refusal.status, &text, r->collector);
    slmi_view_text_free(&text);
    return queued;
}

static enum MHD_Result finish_open(struct MHD_Connection *connection, request *r)
{
    const slmi_view_collector *collector = r->collector;
    slmi_view_open open = { .pid = 0 };
    if (!r->refused)
        r->refused = !slmi_view_open_body_read(&r->body, r->gzip, &open, &r->refusal);
    drop_body(r);
    if (r->refused)
        return reply_refused(connection, r);

    slmi_view_text text = slmi_view_text_up_to(16);
    slmi_view_text_puts(&text, "{}");
    collector->receiver.open(collector->receiver.context, &open);
    slmi_view_open_free(&open);
    enum MHD_Result queued = reply(connection, MHD_HTTP_OK, &text, collector);
    slmi_view_text_free(&text);
    return queued;
}

static enum MHD_Result finish(struct MHD_Connection *connection, request *r)
{
    slmi_view_collector *collector = r->collector;
    slmi_view_batch batch = { 0 };
    if (!r->refused)
        r->refused = !slmi_view_body_read(&r->body, r->gzip, collector->via, &batch, &r->refusal);
    drop_body(r);
    if (r->refused)
        return reply_refused(connection, r);

    slmi_view_text text = slmi_view_text_up_to(4096);
    slmi_view_reply_accepted(&text, collector->via, &batch);
    collector->receiver.receive(collector->receiver.context, &batch, collector->via);
    slmi_view_batch_free(&batch);
    enum MHD_Result queued =
        reply(connection, collector->via == SLMI_VIEW_OTLP ? MHD_HTTP_OK : MHD_HTTP_ACCEPTED, &text, collector);
    slmi_view_text_free(&text);
    return queued;
}

static const char *header(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

/* A sender that waits for "100 Continue" sees the refusal at once. Any other is read to its end, within reason: if the
 * connection were closed while it writes, it would see a reset and not the reply (RFC 9112, 9.6). */
static bool answer_at_once(struct MHD_Connection *connection)
{
    const char *expect = header(connection, MHD_HTTP_HEADER_EXPECT);
    return expect && strcasecmp(expect, "100-continue") == 0;
}

static enum MHD_Result begin(slmi_view_collector *collector, struct MHD_Connection *connection, const char *url,
                             const char *method, void **state)
{
    request *r = slmi_view_alloc(sizeof *r);
    if (!r)
        return MHD_NO;
    slmi_view_head head = { url, method, header(connection, MHD_HTTP_HEADER_CONTENT_TYPE),
                            header(connection, MHD_HTTP_HEADER_CONTENT_ENCODING),
                            header(connection, MHD_HTTP_HEADER_CONTENT_LENGTH) };
    *state = r;
    r->collector = collector;
    r->open = collector->via == SLMI_VIEW_OTLP && collector->receiver.open && strcmp(url, SLMI_VIEW_OPEN_PATH) == 0;
    if (r->open)
        head.path = slmi_view_collector_path(collector->via);
    r->body = slmi_view_text_up_to(r->open ? SLMI_VIEW_MAX_OPEN_BYTES : SLMI_VIEW_MAX_BODY_BYTES);
    r->refused = !slmi_view_head_judge(&head, collector->via, &r->refusal);
    r->gzip = slmi_view_head_is_gzip(&head);
    return r->refused && answer_at_once(connection) ? reply_refused(connection, r) : MHD_YES;
}

static enum MHD_Result take(request *r, const char *data, size_t len)
{
    if (!r->refused && len > SLMI_VIEW_MAX_BODIES_BYTES - r->collector->bodies_bytes)
        r->refused = !slmi_view_refuse(&r->refusal, 503, "too many bodies at once; try again");
    if (!r->refused) {
        slmi_view_text_add(&r->body, data, len);
        if (!r->body.truncated) {
            r->collector->bodies_bytes += len;
            return MHD_YES;
        }
        r->refused = !slmi_view_refuse(&r->refusal, 413, "the body has more than %zu bytes", r->body.max);
    }
    drop_body(r);
    r->drained_bytes += len;
    return r->drained_bytes <= SLMI_VIEW_MAX_DRAINED_BYTES ? MHD_YES : MHD_NO;
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                              const char *version, const char *data, size_t *len, void **state)
{
    (void)version;
    if (!*state)
        return begin(context, connection, url, method, state);
    if (*len == 0)
        return ((const request *)*state)->open ? finish_open(connection, *state) : finish(connection, *state);
    enum MHD_Result taken = take(*state, data, *len);
    *len = 0;
    return taken;
}

static void forget(void *context, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode code)
{
    (void)context;
    (void)connection;
    (void)code;
    if (!*state)
        return;
    drop_body(*state);
    slmi_view_free(*state);
    *state = NULL;
}

slmi_view_collector *slmi_view_collector_start(slmi_view_protocol via, int socket, const slmi_view_receiver *receiver)
{
    slmi_view_collector *collector = slmi_view_alloc(sizeof *collector);
    if (!collector) {
        (void)close(socket);
        return NULL;
    }
    collector->via = via;
    collector->receiver = *receiver;
    collector->daemon = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, handle, collector, MHD_OPTION_LISTEN_SOCKET,
                                         socket, MHD_OPTION_CONNECTION_LIMIT, (unsigned)SLMI_VIEW_MAX_CONNECTIONS,
                                         MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)SLMI_VIEW_CONNECTION_TIMEOUT_S,
                                         MHD_OPTION_NOTIFY_COMPLETED, forget, NULL, MHD_OPTION_END);
    const union MHD_DaemonInfo *info =
        collector->daemon ? MHD_get_daemon_info(collector->daemon, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
    if (!info) {
        if (collector->daemon)
            MHD_stop_daemon(collector->daemon);
        else
            (void)close(socket);
        slmi_view_free(collector);
        return NULL;
    }
    collector->fd = info->epoll_fd;
    return collector;
}

void slmi_view_collector_stop(slmi_view_collector *collector)
{
    if (!collector)
        return;
    MHD_stop_daemon(collector->daemon);
    slmi_view_free(collector);
}

int slmi_view_collector_fd(const slmi_view_collector *collector)
{
    return collector->fd;
}

int64_t slmi_view_collector_wait_ms(const slmi_view_collector *collector)
{
    MHD_UNSIGNED_LONG_LONG wait;
    if (MHD_get_timeout(collector->daemon, &wait) != MHD_YES)
        return -1;
    return wait > INT32_MAX ? INT32_MAX : (int64_t)wait;
}

void slmi_view_collector_step(slmi_view_collector *collector)
{
    (void)MHD_run(collector->daemon);
}
