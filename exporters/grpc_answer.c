/* SPDX-License-Identifier: MIT */
#include "exporters/grpc_answer.h"

#include "exporters/grpc_status.h"
#include "exporters/http_answer.h"

#include <string.h>

static const char advice_http[] = "Is that a port for OTLP over HTTP? gRPC is usually on port 4317";
static const char advice_tls[] = "Does it expect TLS? Then the endpoint begins with https://";
static const char advice_service[] = "Does it take traces over gRPC? For OTLP over HTTP the protocol is http/protobuf";
static const char advice_credentials[] = "Are the credentials in OTEL_EXPORTER_OTLP_HEADERS right?";
static const char advice_smaller[] = "A smaller OTEL_BSP_MAX_EXPORT_BATCH_SIZE may help";

static const char *advise(unsigned status)
{
    switch (status) {
    case SLMI_GRPC_UNIMPLEMENTED:
        return advice_service;
    case SLMI_GRPC_UNAUTHENTICATED:
    case SLMI_GRPC_PERMISSION_DENIED:
        return advice_credentials;
    case SLMI_GRPC_RESOURCE_EXHAUSTED:
        return advice_smaller;
    default:
        return NULL;
    }
}

static void judge_success(const slmi_buffer *reply, slmi_reply_reader *read_reply, slmi_answer *answer)
{
    slmi_buffer room;
    const char *body;
    size_t len;
    slmi_buffer_init(&room, SLMI_GRPC_RESPONSE_MAX);
    switch (slmi_grpc_reply_read(reply->data, reply->len, &room, &body, &len)) {
    case SLMI_GRPC_REPLY_WHOLE:
        read_reply(body, len, answer);
        break;
    case SLMI_GRPC_REPLY_NONE: /* as an unreadable body over HTTP: it was accepted all the same */
        break;
    case SLMI_GRPC_REPLY_TOO_LONG:
        answer->verdict = SLMI_FATAL;
        slmi_answer_say(answer, "its answer is longer than %d MiB", SLMI_GRPC_RESPONSE_MAX / (1024 * 1024));
        break;
    }
    slmi_buffer_free(&room);
}

static void judge_status(const slmi_grpc_call *call, slmi_answer *answer)
{
    char message[SLMI_GRPC_MESSAGE_BYTES];
    memcpy(message, call->message, call->message_len);
    size_t len = slmi_grpc_message_decode(message, call->message_len);
    const char *name = slmi_grpc_status_name(call->status);
    answer->verdict = slmi_grpc_verdict(call->status, call->pushback);
    slmi_answer_say(answer, "%s%s%u%s%s%.*s", *name ? name : "grpc-status", *name ? " (" : " ", call->status,
                    *name ? ")" : "", len > 0 ? ": " : "", (int)len, message);
    answer->advice = answer->verdict == SLMI_FATAL ? advise(call->status) : NULL;
    if (answer->verdict == SLMI_RETRYABLE && call->pushback)
        answer->retry_after_ms = call->delay_ms;
}

/* No grpc-status came: whatever else was said, that is no success. */
static void judge_silence(const slmi_grpc_call *call, slmi_answer *answer)
{
    bool plain_http = call->http_status != 0 && (call->http_status != 200 || call->no_grpc);
    unsigned status = SLMI_GRPC_UNKNOWN;
    if (plain_http) {
        status = slmi_grpc_status_of_http(call->http_status);
        slmi_answer_say(answer, "it answered HTTP %ld without a grpc-status", call->http_status);
    } else if (call->was_reset) {
        status = slmi_grpc_status_of_reset(call->reset_code);
        slmi_answer_say(answer, "it ended the stream: %s", nghttp2_http2_strerror(call->reset_code));
    } else {
        slmi_answer_say(answer, "it answered without a grpc-status");
    }
    answer->verdict = slmi_grpc_verdict(status, false);
    if (answer->verdict == SLMI_FATAL)
        answer->advice = plain_http && status == SLMI_GRPC_UNKNOWN ? advice_http : advise(status);
}

void slmi_grpc_judge_call(const slmi_grpc_call *call, const slmi_buffer *reply, slmi_reply_reader *read_reply,
                          slmi_answer *answer)
{
    *answer = (slmi_answer){ .verdict = SLMI_FATAL };
    if (call->too_long && call->by_headers) {
        slmi_answer_say(answer, "its headers are longer than %d KiB", SLMI_GRPC_HEADERS_MAX / 1024);
    } else if (call->too_long) {
        slmi_answer_say(answer, "its answer is longer than %d MiB", SLMI_GRPC_RESPONSE_MAX / (1024 * 1024));
    } else if (!call->has_status) {
        judge_silence(call, answer);
    } else if (call->status != SLMI_GRPC_OK) {
        judge_status(call, answer);
    } else {
        answer->verdict = SLMI_ACCEPTED;
        judge_success(reply, read_reply, answer);
    }
}

void slmi_grpc_judge_lost(const slmi_grpc_session *session, slmi_answer *answer)
{
    const unsigned char *opening = session->opening;
    *answer = (slmi_answer){ .verdict = SLMI_RETRYABLE };
    if (session->greeted || session->opening_len == 0) {
        slmi_answer_say(answer, "the connection was closed without an answer");
    } else if (session->opening_len >= 2 && (opening[0] == 0x15 || opening[0] == 0x16) && opening[1] == 0x03) {
        /* A TLS record of type alert, or handshake: RFC 8446 5.1. */
        slmi_answer_say(answer, "it answered in TLS");
        answer->advice = advice_tls;
    } else {
        bool http = session->opening_len >= 5 && memcmp(opening, "HTTP/", 5) == 0;
        slmi_answer_say(answer, http ? "it speaks HTTP/1" : "what it answered is not HTTP/2");
        answer->advice = http ? advice_http : NULL;
    }
}

void slmi_grpc_judge_connection(const slmi_connection *connection, slmi_answer *answer)
{
    const slmi_http_outcome outcome = { .result = connection->result,
                                        .os_error = connection->os_error,
                                        .detail = connection->detail };
    slmi_http_judge(&outcome, connection->options.url, NULL, answer);
    /* What it would say of ports is meant for OTLP over HTTP. */
    if (connection->result != CURLE_SSL_CONNECT_ERROR)
        answer->advice = NULL;
}
