/* SPDX-License-Identifier: MIT */
#include "tests/wire/grpc_stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PREFIX = 5, BIG_BYTES = 5 << 20, WOOL_MAX = 4000, WOOLS = 100, PINGS = 4, LAST_ID = 0x7fffffff };

static void must(bool good, const char *what)
{
    if (!good) {
        perror(what);
        abort();
    }
}

static nghttp2_nv header(const char *name, const char *value)
{
    return (nghttp2_nv){ .name = (uint8_t *)(uintptr_t)name,
                         .namelen = strlen(name),
                         .value = (uint8_t *)(uintptr_t)value,
                         .valuelen = strlen(value) };
}

/* The trailers of a row, behind `count` headers. */
static size_t add_status(const grpc_row *row, nghttp2_nv *list, size_t count)
{
    static _Thread_local char number[16];
    snprintf(number, sizeof number, "%u", row->status);
    list[count++] = header("grpc-status", number);
    if (row->message)
        list[count++] = header("grpc-message", row->message);
    if (row->details)
        list[count++] = header("grpc-status-details-bin", row->details);
    return count;
}

static size_t reply_len(const grpc_row *row)
{
    if (row->act == GRPC_BIG)
        return BIG_BYTES;
    return row->reply_len ? row->reply_len : strlen(row->reply ? row->reply : "");
}

/* The prefix and the message, then the trailers. */
static ssize_t give_reply(nghttp2_session *h2, int32_t id, uint8_t *to, size_t room, uint32_t *flags,
                          nghttp2_data_source *source, void *user)
{
    grpc_stream *s = source->ptr;
    const grpc_row *row = s->row;
    size_t len = reply_len(row), given = 0;
    (void)user;
    for (; given < room && s->given < PREFIX + len; s->given++) {
        if (s->given == 0)
            to[given++] = row->compressed_reply;
        else if (s->given < PREFIX)
            to[given++] = (uint8_t)((row->act == GRPC_BIG ? 4 << 20 : len) >> (8 * (PREFIX - 1 - s->given)));
        else
            to[given++] = row->reply ? (uint8_t)row->reply[s->given - PREFIX] : 0;
    }
    if (s->given < PREFIX + len)
        return (ssize_t)given;
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (row->act != GRPC_MUTE) {
        nghttp2_nv trailers[3];
        *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
        nghttp2_submit_trailer(h2, id, trailers, add_status(row, trailers, 0));
    }
    return (ssize_t)given;
}

static void answer(grpc_peer *p, grpc_stream *s)
{
    char status[16];
    nghttp2_nv list[6];
    size_t count = 0;
    snprintf(status, sizeof status, "%u", s->row->act == GRPC_MUTE ? s->row->status : 200u);
    list[count++] = header(":status", status);
    bool page = s->row->act == GRPC_MUTE && !s->row->message;
    list[count++] = header("content-type", page ? "text/html" : "application/grpc");
    if (s->row->compressed_reply)
        list[count++] = header("grpc-encoding", "gzip");
    nghttp2_data_provider provider = { .source.ptr = s, .read_callback = give_reply };
    nghttp2_submit_response(p->h2, s->id, list, count, &provider);
}

static void answer_trailers_only(grpc_peer *p, const grpc_stream *s)
{
    nghttp2_nv list[6];
    list[0] = header(":status", "200");
    list[1] = header("content-type", "application/grpc+proto");
    nghttp2_submit_response(p->h2, s->id, list, add_status(s->row, list, 2), NULL);
}

/* Half of a reply. */
static void answer_cut(grpc_peer *p, const grpc_stream *s)
{
    const nghttp2_nv list[] = { header(":status", "200"), header("content-type", "application/grpc") };
    nghttp2_submit_headers(p->h2, NGHTTP2_FLAG_NONE, s->id, NULL, list, 2, NULL);
    p->close_after = true;
}

static void answer_woolly(grpc_peer *p, const grpc_stream *s)
{
    char wool[WOOL_MAX + 1] = "";
    nghttp2_nv list[WOOLS + 2];
    memset(wool, 'w', s->row->status);
    list[0] = header(":status", "200");
    for (unsigned i = 1; i <= WOOLS; i++)
        list[i] = header("x-wool", wool);
    list[WOOLS + 1] = header("grpc-status", "0");
    nghttp2_submit_response(p->h2, s->id, list, WOOLS + 2, NULL);
}

static bool is_early(grpc_act act)
{
    return act == GRPC_EARLY || act == GRPC_TURN_AWAY;
}

static void act(grpc_peer *p, grpc_stream *s)
{
    switch (s->row->act) {
    case GRPC_PING:
        p->pings_left = PINGS;
        answer(p, s);
        break;
    case GRPC_GOAWAY:
        nghttp2_submit_goaway(p->h2, NGHTTP2_FLAG_NONE, LAST_ID, NGHTTP2_NO_ERROR, NULL, 0);
        answer(p, s);
        break;
    case GRPC_ANSWER:
    case GRPC_MUTE:
    case GRPC_BIG:
        answer(p, s);
        break;
    case GRPC_TRAILERS:
    case GRPC_EARLY:
        answer_trailers_only(p, s);
        break;
    case GRPC_TURN_AWAY:
        nghttp2_submit_goaway(p->h2, NGHTTP2_FLAG_NONE, s->id > 1 ? s->id - 2 : 0, NGHTTP2_NO_ERROR, NULL, 0);
        break;
    case GRPC_RESET:
        nghttp2_submit_rst_stream(p->h2, NGHTTP2_FLAG_NONE, s->id, s->row->status);
        break;
    case GRPC_CUT:
        answer_cut(p, s);
        break;
    case GRPC_CLOSE:
        p->close_after = true;
        break;
    case GRPC_INTERIM:
        p->endless = s->id;
        break;
    case GRPC_HEADERS:
        answer_woolly(p, s);
        break;
    case GRPC_HANG:
    case GRPC_RAW:
    case GRPC_RAW_OPEN:
        break;
    }
}

void grpc_peer_more(grpc_peer *p)
{
    const nghttp2_nv list[] = { header(":status", "103"), header("link", "</wool>; rel=preload") };
    if (p->endless)
        nghttp2_submit_headers(p->h2, NGHTTP2_FLAG_NONE, p->endless, NULL, list, 2, NULL);
}

static int on_begin_headers(nghttp2_session *h2, const nghttp2_frame *frame, void *user)
{
    grpc_peer *p = user;
    grpc_stream *s = calloc(1, sizeof *s);
    must(s != NULL, "calloc");
    s->id = frame->hd.stream_id;
    s->next = p->streams;
    p->streams = s;
    return nghttp2_session_set_stream_user_data(h2, s->id, s);
}

static int on_header(nghttp2_session *h2, const nghttp2_frame *frame, const uint8_t *name, size_t name_len,
                     const uint8_t *value, size_t len, uint8_t flags, void *user)
{
    (void)flags, (void)user;
    grpc_stream *s = nghttp2_session_get_stream_user_data(h2, frame->hd.stream_id);
    size_t room = sizeof s->head - s->head_len;
    int written = snprintf(s->head + s->head_len, room, "%.*s: %.*s\n", (int)name_len, (const char *)name, (int)len,
                           (const char *)value);
    s->head_len += (size_t)written < room ? (size_t)written : room - 1;
    return 0;
}

static int on_data(nghttp2_session *h2, uint8_t flags, int32_t id, const uint8_t *data, size_t len, void *user)
{
    (void)flags, (void)user;
    grpc_stream *s = nghttp2_session_get_stream_user_data(h2, id);
    if (s->body_room - s->body_len < len) {
        s->body_room = 2 * s->body_room + len + 65536;
        s->body = realloc(s->body, s->body_room);
        must(s->body != NULL, "realloc");
    }
    memcpy(s->body + s->body_len, data, len);
    s->body_len += len;
    return 0;
}

static void take(grpc_peer *p, grpc_stream *s)
{
    s->row = grpc_server_take(p->server, s);
    s->begun = true;
    act(p, s);
}

static bool acknowledges(const grpc_row *row)
{
    bool says_so = row->act == GRPC_ANSWER || row->act == GRPC_TRAILERS || row->act == GRPC_PING ||
                   row->act == GRPC_GOAWAY || row->act == GRPC_BIG;
    return says_so && row->status == 0;
}

static int on_frame(nghttp2_session *h2, const nghttp2_frame *frame, void *user)
{
    grpc_peer *p = user;
    grpc_stream *s = nghttp2_session_get_stream_user_data(h2, frame->hd.stream_id);
    if (frame->hd.type == NGHTTP2_PING && frame->hd.flags & NGHTTP2_FLAG_ACK) {
        grpc_server_note_pong(p->server);
        if (p->pings_left > 0 && --p->pings_left > 0)
            nghttp2_submit_ping(h2, NGHTTP2_FLAG_NONE, NULL);
    }
    bool part = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
    if (!s || !part)
        return 0;
    if (!s->begun && is_early(grpc_server_next(p->server)->act)) {
        take(p, s);
    } else if (!s->begun && frame->hd.flags & NGHTTP2_FLAG_END_STREAM) {
        grpc_server_note(p->server, s, acknowledges(grpc_server_next(p->server)));
        take(p, s);
    }
    return 0;
}

/* A whole answer to half a request. RFC 9113 8.1. */
static int on_frame_send(nghttp2_session *h2, const nghttp2_frame *frame, void *user)
{
    (void)user;
    const grpc_stream *s = nghttp2_session_get_stream_user_data(h2, frame->hd.stream_id);
    if (s && s->row && s->row->act == GRPC_EARLY && frame->hd.type == NGHTTP2_HEADERS)
        nghttp2_submit_rst_stream(h2, NGHTTP2_FLAG_NONE, s->id, NGHTTP2_NO_ERROR);
    return 0;
}

static void forget(grpc_peer *p, grpc_stream *s)
{
    grpc_stream **at = &p->streams;
    while (*at != s)
        at = &(*at)->next;
    *at = s->next;
    free(s->body);
    free(s);
}

static int on_stream_close(nghttp2_session *h2, int32_t id, uint32_t error_code, void *user)
{
    (void)error_code;
    grpc_peer *p = user;
    grpc_stream *s = nghttp2_session_get_stream_user_data(h2, id);
    if (!s)
        return 0;
    if (s->row && s->row->act == GRPC_PING)
        nghttp2_submit_ping(h2, NGHTTP2_FLAG_NONE, NULL);
    if (s->row && s->row->act == GRPC_GOAWAY) {
        nghttp2_submit_goaway(h2, NGHTTP2_FLAG_NONE, id, NGHTTP2_NO_ERROR, NULL, 0);
        p->close_after = true;
    }
    if (p->endless == id)
        p->endless = 0;
    forget(p, s);
    return 0;
}

void grpc_peer_open(grpc_peer *p, grpc_server *server, const grpc_server_options *options)
{
    int32_t window = options->window ? (int32_t)options->window : 1 << 20;
    nghttp2_settings_entry settings[2] = { { NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, (uint32_t)window },
                                           { NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, options->streams - 1 } };
    nghttp2_session_callbacks *callbacks;
    must(nghttp2_session_callbacks_new(&callbacks) == 0, "nghttp2");
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_frame_send);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
    nghttp2_option *option;
    must(nghttp2_option_new(&option) == 0, "nghttp2");
    nghttp2_option_set_max_send_header_block_length(option, 1 << 20);
    *p = (grpc_peer){ .server = server };
    must(nghttp2_session_server_new2(&p->h2, callbacks, p, option) == 0, "nghttp2");
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_submit_settings(p->h2, NGHTTP2_FLAG_NONE, settings, options->streams ? 2 : 1);
    if (window > 65535)
        nghttp2_session_set_local_window_size(p->h2, NGHTTP2_FLAG_NONE, 0, window);
}

void grpc_peer_close(grpc_peer *p)
{
    nghttp2_session_del(p->h2);
    while (p->streams)
        forget(p, p->streams);
}
