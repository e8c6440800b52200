/* SPDX-License-Identifier: MIT */
#include "exporters/grpc.h"

#include "core/alloc.h"
#include "exporters/deadline.h"
#include "exporters/grpc_answer.h"
#include "exporters/grpc_headers.h"
#include "exporters/gzip.h"
#include "exporters/http_answer.h"

enum {
    PACKED_MAX = SLMI_HTTP_REQUEST_MAX + SLMI_HTTP_REQUEST_MAX / 256,
    AGAIN_MAX = 2 /* times that an attempt starts anew by itself: what was surely not looked at may be sent again */
};

typedef enum phase {
    PHASE_IDLE,
    PHASE_PACKING, /* the body is being compressed */
    PHASE_READY,   /* to be sent */
    PHASE_CONNECTING,
    PHASE_CALL,
    PHASE_DONE /* `answer` is there */
} phase;

typedef struct grpc {
    slmi_transport base;
    slmi_connection connection;
    slmi_grpc_session session;
    slmi_grpc_headers headers;
    slmi_url url;
    slmi_proxy proxy;
    slmi_reply_reader *read_reply;
    phase phase;
    slmi_answer answer;
    uint64_t deadline_ns;
    unsigned again;
    bool compresses;
    slmi_gzip gzip;
    const char *body; /* as it is sent */
    size_t body_len;
} grpc;

static grpc *from_transport(slmi_transport *transport)
{
    return (grpc *)(void *)transport;
}

static void fail(grpc *g, const char *why)
{
    g->answer = (slmi_answer){ .verdict = SLMI_RETRYABLE };
    slmi_answer_say(&g->answer, "%s", why);
    g->phase = PHASE_DONE;
}

static void grpc_begin(slmi_transport *transport, const char *body, size_t len, uint64_t deadline_ns)
{
    grpc *g = from_transport(transport);
    g->body = body;
    g->body_len = len;
    g->deadline_ns = deadline_ns;
    g->again = 0;
    g->phase = PHASE_READY;
    if (!g->compresses)
        return;
    g->phase = PHASE_PACKING;
    if (!slmi_gzip_begin(&g->gzip, body, len, PACKED_MAX))
        fail(g, "out of memory");
}

/* One piece of it. */
static void pack(grpc *g)
{
    switch (slmi_gzip_step(&g->gzip)) {
    case SLMI_GZIP_MORE:
        return;
    case SLMI_GZIP_DONE:
        g->body = g->gzip.out.data;
        g->body_len = g->gzip.out.len;
        g->phase = PHASE_READY;
        return;
    case SLMI_GZIP_FAILED:
        fail(g, "out of memory");
        return;
    }
}

static void call(grpc *g, uint64_t now_ns)
{
    size_t count;
    const nghttp2_nv *headers =
        slmi_grpc_headers_list(&g->headers, slmi_deadline_poll_ms(now_ns, g->deadline_ns), &count);
    if (!slmi_grpc_session_call(&g->session, headers, count, g->body, g->body_len, g->compresses)) {
        slmi_grpc_session_end(&g->session);
        fail(g, "out of memory");
        return;
    }
    g->phase = PHASE_CALL;
    slmi_grpc_session_pump(&g->session);
}

static void make_ready(grpc *g, uint64_t now_ns)
{
    if (slmi_grpc_session_usable(&g->session)) {
        call(g, now_ns);
        return;
    }
    int left_ms = slmi_deadline_poll_ms(now_ns, g->deadline_ns);
    slmi_grpc_session_end(&g->session);
    slmi_connection_open(&g->connection, left_ms < 0 ? 0 : (long)left_ms + 1);
    g->phase = PHASE_CONNECTING;
}

static void connect_on(grpc *g, uint64_t now_ns)
{
    slmi_connection_step(&g->connection, now_ns);
    if (g->connection.state == SLMI_CONNECTION_FAILED) {
        slmi_grpc_judge_connection(&g->connection, &g->answer);
        g->phase = PHASE_DONE;
    } else if (g->connection.state == SLMI_CONNECTION_OPEN) {
        if (slmi_grpc_session_begin(&g->session)) {
            call(g, now_ns);
            return;
        }
        slmi_connection_close(&g->connection);
        fail(g, "out of memory");
    }
}

/* Whether the peer surely did nothing with the call. Of a connection that was in use before and broke before another
 * byte came, it is as good as sure: the peer had closed it for its age. */
static bool was_left_alone(const grpc *g)
{
    const slmi_grpc_call *outcome = &g->session.call;
    if (outcome->over)
        return outcome->was_reset && outcome->reset_code == NGHTTP2_REFUSED_STREAM && outcome->http_status == 0;
    return g->session.calls > 1 && !outcome->stirred;
}

static void look_at_call(grpc *g)
{
    slmi_grpc_session *session = &g->session;
    if (session->more)
        slmi_grpc_session_pump(session);
    if (!session->call.over && !session->lost)
        return;
    if (was_left_alone(g) && g->again < AGAIN_MAX) {
        g->again++;
        g->phase = PHASE_READY;
        return;
    }
    if (session->call.over)
        slmi_grpc_judge_call(&session->call, &session->reply, g->read_reply, &g->answer);
    else
        slmi_grpc_judge_lost(session, &g->answer);
    if (!slmi_grpc_session_usable(session))
        slmi_grpc_session_end(session);
    g->phase = PHASE_DONE;
}

/* A peer that said nothing at all meanwhile may be gone, and the next attempt would wait for it again. */
static void give_up(grpc *g)
{
    if (g->phase == PHASE_CALL && g->session.call.stirred)
        slmi_grpc_session_cancel(&g->session);
    if (!g->session.call.stirred || !slmi_grpc_session_usable(&g->session))
        slmi_grpc_session_end(&g->session);
}

static void grpc_abort(slmi_transport *transport)
{
    grpc *g = from_transport(transport);
    if (g->phase == PHASE_CALL || g->phase == PHASE_CONNECTING)
        give_up(g);
    slmi_gzip_forget(&g->gzip);
    g->phase = PHASE_IDLE;
}

static bool grpc_step(slmi_transport *transport, uint64_t now_ns, slmi_answer *answer)
{
    grpc *g = from_transport(transport);
    if (g->phase == PHASE_PACKING)
        pack(g);
    if (g->phase == PHASE_CALL)
        look_at_call(g);
    if (g->phase == PHASE_READY)
        make_ready(g, now_ns);
    if (g->phase == PHASE_CONNECTING)
        connect_on(g, now_ns);
    if (g->phase == PHASE_CALL)
        look_at_call(g);
    if (g->phase != PHASE_DONE && now_ns >= g->deadline_ns) {
        if (g->phase == PHASE_CALL || g->phase == PHASE_CONNECTING)
            give_up(g);
        fail(g, g->phase == PHASE_PACKING ? "there was no time to compress it" : "no answer in time");
    }
    if (g->phase != PHASE_DONE)
        return false;

    g->phase = PHASE_IDLE;
    *answer = g->answer;
    slmi_buffer_free(&g->session.reply);
    slmi_gzip_forget(&g->gzip);
    return true;
}

static uint64_t grpc_due(const slmi_transport *transport)
{
    const grpc *g = (const grpc *)(const void *)transport;
    switch (g->phase) {
    case PHASE_IDLE:
        return SLMI_NEVER;
    case PHASE_CONNECTING:
        return slmi_deadline_earlier(g->deadline_ns, slmi_connection_due(&g->connection));
    case PHASE_CALL:
        return g->session.more ? 0 : g->deadline_ns;
    case PHASE_PACKING:
    case PHASE_READY:
    case PHASE_DONE:
        break;
    }
    return 0;
}

static void grpc_free(slmi_transport *transport)
{
    grpc *g = from_transport(transport);
    slmi_grpc_session_free(&g->session);
    slmi_connection_free(&g->connection);
    slmi_grpc_headers_free(&g->headers);
    slmi_gzip_free(&g->gzip);
    slmi_free(g);
}

static const slmi_transport_ops grpc_ops = {
    .begin = grpc_begin,
    .step = grpc_step,
    .due = grpc_due,
    .abort = grpc_abort,
    .free = grpc_free,
};

/* Between calls this is all there is to do: a peer that pings is answered, one that leaves is let go. */
static void hear(void *user)
{
    grpc *g = user;
    slmi_grpc_session_pump(&g->session);
    bool in_use = g->phase == PHASE_CALL || g->phase == PHASE_DONE;
    if (!in_use && (g->session.more || !slmi_grpc_session_usable(&g->session)))
        slmi_grpc_session_end(&g->session);
}

slmi_transport *slmi_grpc_new(slmi_loop *loop, slmi_names *names, const slmi_grpc_options *options)
{
    grpc *g = slmi_alloc_zeroed(sizeof *g);
    if (!g)
        return NULL;
    g->base.ops = &grpc_ops;
    g->url = options->url;
    g->proxy = options->proxy;
    g->base.target = g->url.shown;
    g->base.local = g->url.authority.local && g->proxy.text[0] == '\0';
    g->read_reply = options->read_reply;
    g->compresses = options->gzip;
    slmi_grpc_session_init(&g->session, &g->connection);
    const slmi_connection_options way = {
        .url = &g->url,
        .proxy = &g->proxy,
        .identity = &options->identity,
        .http2 = g->url.tls,
        .ready = hear,
        .user = g,
    };
    bool good = slmi_connection_init(&g->connection, loop, names, &way);
    if (!slmi_grpc_headers_init(&g->headers, options) || !good) {
        grpc_free(&g->base);
        return NULL;
    }
    slmi_way_expect(names, &g->url, &g->proxy);
    return &g->base;
}
