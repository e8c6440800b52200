/* SPDX-License-Identifier: MIT */
#include "exporters/grpc_session.h"

#include "core/alloc.h"
#include "exporters/grpc_status.h"

#include <string.h>

enum {
    OUT_BYTES = 64 * 1024,  /* gathered for one send: what the processor's cache holds on to */
    FRAME_ROOM = 32 * 1024, /* a frame that nghttp2 makes */
    READ_BYTES = 16 * 1024,
    READS_A_PUMP = 64, /* so that a pump stays short, whoever talks */
    SENDS_A_PUMP = 32,
    HEADER_OVERHEAD = 32 /* RFC 9113 6.5.2 counts each so much longer */
};

static bool is_ours(const slmi_grpc_session *s, int32_t stream)
{
    return stream != 0 && stream == s->call.stream;
}

/* What came is all there is. Of what is still to be sent the peer wants no more. */
static void finish(slmi_grpc_session *s)
{
    bool unsent = s->body != NULL;
    int32_t stream = s->call.stream;
    s->call.over = true;
    s->call.stream = 0;
    s->body = NULL;
    if (unsent)
        nghttp2_submit_rst_stream(s->h2, NGHTTP2_FLAG_NONE, stream, NGHTTP2_CANCEL);
}

static void refuse_more(slmi_grpc_session *s, bool by_headers)
{
    int32_t stream = s->call.stream;
    bool unsent = s->body != NULL;
    s->call.too_long = true;
    s->call.by_headers = by_headers;
    finish(s);
    if (!unsent)
        nghttp2_submit_rst_stream(s->h2, NGHTTP2_FLAG_NONE, stream, NGHTTP2_CANCEL);
}

static bool is(const uint8_t *text, size_t len, const char *wanted)
{
    return len == strlen(wanted) && memcmp(text, wanted, len) == 0;
}

static long read_http_status(const uint8_t *value, size_t len)
{
    long status = 0;
    for (size_t i = 0; i < len && i < 3; i++)
        status = 10 * status + (value[i] - '0');
    return status;
}

static void note_header(slmi_grpc_call *call, const uint8_t *name, size_t name_len, const uint8_t *value, size_t len)
{
    static const char grpc[] = "application/grpc";
    if (is(name, name_len, ":status")) {
        call->http_status = read_http_status(value, len);
    } else if (is(name, name_len, "content-type")) {
        call->no_grpc = len < sizeof grpc - 1 || memcmp(value, grpc, sizeof grpc - 1) != 0;
    } else if (is(name, name_len, "grpc-status")) {
        call->has_status = true;
        call->status = slmi_grpc_status_parse((const char *)value, len);
    } else if (is(name, name_len, "grpc-message")) {
        call->message_len = len < sizeof call->message ? len : sizeof call->message;
        memcpy(call->message, value, call->message_len);
    } else if (is(name, name_len, "grpc-status-details-bin") && !call->pushback) {
        call->pushback = slmi_grpc_retry_info((const char *)value, len, &call->delay_ms);
    }
}

static int on_header(nghttp2_session *h2, const nghttp2_frame *frame, const uint8_t *name, size_t name_len,
                     const uint8_t *value, size_t len, uint8_t flags, void *user)
{
    (void)h2, (void)flags;
    slmi_grpc_session *s = user;
    if (!is_ours(s, frame->hd.stream_id))
        return 0;
    s->call.header_bytes += name_len + len + HEADER_OVERHEAD;
    if (s->call.header_bytes > SLMI_GRPC_HEADERS_MAX)
        refuse_more(s, true);
    else
        note_header(&s->call, name, name_len, value, len);
    return 0;
}

static int on_data(nghttp2_session *h2, uint8_t flags, int32_t stream, const uint8_t *data, size_t len, void *user)
{
    (void)h2, (void)flags;
    slmi_grpc_session *s = user;
    if (!is_ours(s, stream))
        return 0;
    slmi_buffer_add(&s->reply, data, len);
    if (s->reply.failed || slmi_grpc_reply_is_too_long(s->reply.data, s->reply.len))
        refuse_more(s, false);
    return 0;
}

static int on_frame(nghttp2_session *h2, const nghttp2_frame *frame, void *user)
{
    (void)h2;
    slmi_grpc_session *s = user;
    if (frame->hd.type == NGHTTP2_SETTINGS)
        s->greeted = true;
    if (!is_ours(s, frame->hd.stream_id))
        return 0;
    if (frame->hd.type == NGHTTP2_HEADERS && s->call.http_status >= 100 && s->call.http_status < 200)
        s->call = (slmi_grpc_call){ .stream = s->call.stream, .header_bytes = s->call.header_bytes, .stirred = true };
    bool may_end = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
    if (may_end && frame->hd.flags & NGHTTP2_FLAG_END_STREAM)
        finish(s);
    return 0;
}

static int on_stream_close(nghttp2_session *h2, int32_t stream, uint32_t error_code, void *user)
{
    (void)h2;
    slmi_grpc_session *s = user;
    if (!is_ours(s, stream))
        return 0;
    /* Nobody listens on a closed stream, hence nothing is left to reset. */
    s->body = NULL;
    s->call.was_reset = true;
    s->call.reset_code = error_code;
    finish(s);
    return 0;
}

/* nghttp2_data_source_read_callback: only how much; send_piece() has it, without a copy in between. */
static ssize_t offer_body(nghttp2_session *h2, int32_t stream, uint8_t *to, size_t room, uint32_t *flags,
                          nghttp2_data_source *source, void *user)
{
    (void)h2, (void)to, (void)source;
    const slmi_grpc_session *s = user;
    if (!is_ours(s, stream) || !s->body)
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    size_t left = s->body_len + SLMI_GRPC_PREFIX_BYTES - s->taken;
    *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
    if (left <= room)
        *flags |= NGHTTP2_DATA_FLAG_EOF;
    return (ssize_t)(left < room ? left : room);
}

/* nghttp2_send_data_callback: a frame's header, then `len` bytes of prefix and body. */
static int send_piece(nghttp2_session *h2, nghttp2_frame *frame, const uint8_t *header, size_t len,
                      nghttp2_data_source *source, void *user)
{
    enum { HEADER_BYTES = 9 };
    (void)h2, (void)source;
    slmi_grpc_session *s = user;
    if (s->out.len >= OUT_BYTES)
        return NGHTTP2_ERR_WOULDBLOCK;
    if (!is_ours(s, frame->hd.stream_id) || !s->body)
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    slmi_buffer_add(&s->out, header, HEADER_BYTES);
    if (s->taken < SLMI_GRPC_PREFIX_BYTES) {
        size_t piece = SLMI_GRPC_PREFIX_BYTES - s->taken < len ? SLMI_GRPC_PREFIX_BYTES - s->taken : len;
        slmi_buffer_add(&s->out, s->prefix + s->taken, piece);
        s->taken += piece;
        len -= piece;
    }
    if (len > 0)
        slmi_buffer_add(&s->out, s->body + (s->taken - SLMI_GRPC_PREFIX_BYTES), len);
    s->taken += len;
    if (s->taken == s->body_len + SLMI_GRPC_PREFIX_BYTES)
        s->body = NULL;
    return s->out.failed ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
}

/* As large as the peer lets them be. */
static ssize_t choose_piece(nghttp2_session *h2, uint8_t type, int32_t stream, int32_t connection_window,
                            int32_t stream_window, uint32_t max_frame, void *user)
{
    (void)h2, (void)type, (void)stream, (void)user;
    int32_t least = connection_window < stream_window ? connection_window : stream_window;
    const int32_t most = FRAME_ROOM - 1024;
    if ((uint32_t)least > max_frame)
        least = (int32_t)max_frame;
    return least < most ? least : most;
}

static void *take_memory(size_t size, void *unused)
{
    (void)unused;
    return slmi_alloc(size);
}

static void give_memory(void *memory, void *unused)
{
    (void)unused;
    slmi_free(memory);
}

static void *take_zeroed(size_t items, size_t size, void *unused)
{
    (void)unused;
    return size > 0 && items > SIZE_MAX / size ? NULL : slmi_alloc_zeroed(items * size);
}

static void *take_more(void *memory, size_t size, void *unused)
{
    (void)unused;
    return slmi_realloc(memory, size);
}

static nghttp2_session *new_client(slmi_grpc_session *s)
{
    nghttp2_mem memory = { NULL, take_memory, give_memory, take_zeroed, take_more };
    const nghttp2_settings_entry settings[] = {
        { NGHTTP2_SETTINGS_ENABLE_PUSH, 0 },
        { NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, SLMI_GRPC_HEADERS_MAX },
    };
    nghttp2_session_callbacks *callbacks = NULL;
    nghttp2_session *h2 = NULL;
    if (nghttp2_session_callbacks_new(&callbacks) != 0)
        return NULL;
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
    nghttp2_session_callbacks_set_send_data_callback(callbacks, send_piece);
    nghttp2_session_callbacks_set_data_source_read_length_callback(callbacks, choose_piece);
    int result = nghttp2_session_client_new3(&h2, callbacks, s, NULL, &memory);
    nghttp2_session_callbacks_del(callbacks);
    if (result != 0)
        return NULL;
    if (nghttp2_submit_settings(h2, NGHTTP2_FLAG_NONE, settings, sizeof settings / sizeof *settings) != 0) {
        nghttp2_session_del(h2);
        return NULL;
    }
    return h2;
}

void slmi_grpc_session_init(slmi_grpc_session *s, slmi_connection *connection)
{
    *s = (slmi_grpc_session){ .connection = connection };
    slmi_buffer_init(&s->reply, SLMI_GRPC_RESPONSE_MAX + SLMI_GRPC_PREFIX_BYTES);
    slmi_buffer_init(&s->out, OUT_BYTES + FRAME_ROOM);
}

bool slmi_grpc_session_begin(slmi_grpc_session *s)
{
    slmi_buffer_rewind(&s->out, 0);
    s->out_sent = s->opening_len = 0;
    s->greeted = s->lost = s->more = false;
    s->calls = 0;
    s->h2 = new_client(s);
    return s->h2 != NULL;
}

void slmi_grpc_session_end(slmi_grpc_session *s)
{
    s->call.stream = 0;
    s->body = NULL;
    /* Its callbacks may be called in here. */
    if (s->h2)
        nghttp2_session_del(s->h2);
    s->h2 = NULL;
    s->more = false;
    slmi_connection_close(s->connection);
}

void slmi_grpc_session_free(slmi_grpc_session *s)
{
    slmi_grpc_session_end(s);
    slmi_buffer_free(&s->reply);
    slmi_buffer_free(&s->out);
}

bool slmi_grpc_session_usable(const slmi_grpc_session *s)
{
    return s->h2 && !s->lost && nghttp2_session_check_request_allowed(s->h2);
}

bool slmi_grpc_session_call(slmi_grpc_session *s, const nghttp2_nv *headers, size_t count, const char *body, size_t len,
                            bool compressed)
{
    const nghttp2_data_provider provider = { .read_callback = offer_body };
    slmi_buffer_rewind(&s->reply, 0);
    s->call = (slmi_grpc_call){ .stream = 0 };
    slmi_grpc_prefix(s->prefix, compressed, len);
    s->body = body;
    s->body_len = len;
    s->taken = 0;
    int32_t stream = nghttp2_submit_request(s->h2, NULL, headers, count, &provider, NULL);
    if (stream <= 0) {
        s->body = NULL;
        return false;
    }
    s->call.stream = stream;
    s->calls++;
    return true;
}

void slmi_grpc_session_cancel(slmi_grpc_session *s)
{
    int32_t stream = s->call.stream;
    s->body = NULL;
    s->call.stream = 0;
    if (!s->h2 || stream == 0)
        return;
    nghttp2_submit_rst_stream(s->h2, NGHTTP2_FLAG_NONE, stream, NGHTTP2_CANCEL);
    slmi_grpc_session_pump(s);
}

static void hear(slmi_grpc_session *s, const char *bytes, size_t len)
{
    size_t room = sizeof s->opening - s->opening_len;
    size_t kept = len < room ? len : room;
    memcpy(s->opening + s->opening_len, bytes, kept);
    s->opening_len += kept;
    s->call.stirred = true;
    ssize_t result = nghttp2_session_mem_recv(s->h2, (const uint8_t *)bytes, len);
    s->lost = result != (ssize_t)len;
    /* Newer versions have a limit of their own of the frames that one block of headers may take; the error's name is
     * theirs alone. */
    if (result < NGHTTP2_ERR_FLOODED && s->call.stream != 0)
        s->call.over = s->call.too_long = s->call.by_headers = true;
}

static void receive(slmi_grpc_session *s)
{
    char bytes[READ_BYTES];
    s->more = false;
    for (unsigned i = 0; i < READS_A_PUMP && !s->lost; i++) {
        size_t len;
        CURLcode result = slmi_connection_receive(s->connection, bytes, sizeof bytes, &len);
        if (result == CURLE_AGAIN)
            return;
        if (result != CURLE_OK || len == 0)
            s->lost = true;
        else
            hear(s, bytes, len);
    }
    s->more = !s->lost;
}

/* Frames for one send. */
static void gather(slmi_grpc_session *s)
{
    const uint8_t *frame;
    ssize_t len = 0;
    slmi_buffer_rewind(&s->out, 0);
    s->out_sent = 0;
    while (s->out.len < OUT_BYTES && (len = nghttp2_session_mem_send(s->h2, &frame)) > 0)
        slmi_buffer_add(&s->out, frame, (size_t)len);
    if (len < 0 || s->out.failed)
        s->lost = true;
}

static void send_all(slmi_grpc_session *s)
{
    for (unsigned i = 0; i < SENDS_A_PUMP && !s->lost; i++) {
        size_t sent;
        if (s->out_sent == s->out.len)
            gather(s);
        if (s->lost || s->out.len == 0) {
            slmi_connection_await_room(s->connection, false);
            return;
        }
        CURLcode result =
            slmi_connection_send(s->connection, s->out.data + s->out_sent, s->out.len - s->out_sent, &sent);
        if (result == CURLE_AGAIN)
            break;
        if (result != CURLE_OK) {
            /* The peer may have said why before it closed. */
            receive(s);
            s->lost = true;
        }
        s->out_sent += sent;
    }
    slmi_connection_await_room(s->connection, !s->lost);
}

void slmi_grpc_session_pump(slmi_grpc_session *s)
{
    if (!s->h2 || s->lost)
        return;
    receive(s);
    send_all(s);
    bool quiet = !nghttp2_session_want_read(s->h2) && !nghttp2_session_want_write(s->h2);
    if (quiet && s->out_sent == s->out.len)
        s->lost = true;
}
