/* SPDX-License-Identifier: MIT */
#include "exporters/http_answer.h"

#include "exporters/reply.h"
#include "exporters/retry.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char advice_grpc[] = "Is that a gRPC port? OTLP over HTTP is usually on port 4318";
static const char advice_use_https[] = "Does it expect TLS? Then the endpoint begins with https://";
static const char advice_path[] = "Is the path right? For OTLP it ends in /v1/traces, for Zipkin in /api/v2/spans";
static const char advice_redirect[] = "Redirects are not followed: set the endpoint to where it points";
static const char advice_credentials[] = "Are the credentials in OTEL_EXPORTER_OTLP_HEADERS right?";
static const char advice_json[] = "Does it take JSON? That is the protocol http/json";
static const char advice_protobuf[] = "Does it take protobuf? JSON is the protocol http/json";
static const char advice_smaller[] = "A smaller OTEL_BSP_MAX_EXPORT_BATCH_SIZE may help";

void slmi_answer_say(slmi_answer *answer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(answer->text, sizeof answer->text, format, arguments);
    va_end(arguments);
    for (char *c = answer->text; *c; c++) {
        if ((*c > 0 && *c < ' ') || *c == 0x7f)
            *c = ' ';
    }
    size_t len = strlen(answer->text);
    while (len > 0 && (answer->text[len - 1] == '.' || answer->text[len - 1] == ' '))
        answer->text[--len] = '\0';
}

/* The reason phrases that a receiver of spans has use for. */
static const char *phrase(long status)
{
    static const struct {
        long status;
        const char *phrase;
    } phrases[] = {
        { 301, "Moved Permanently" },   { 302, "Found" },
        { 303, "See Other" },           { 307, "Temporary Redirect" },
        { 308, "Permanent Redirect" },  { 400, "Bad Request" },
        { 401, "Unauthorized" },        { 403, "Forbidden" },
        { 404, "Not Found" },           { 405, "Method Not Allowed" },
        { 413, "Content Too Large" },   { 415, "Unsupported Media Type" },
        { 429, "Too Many Requests" },   { 500, "Internal Server Error" },
        { 501, "Not Implemented" },     { 502, "Bad Gateway" },
        { 503, "Service Unavailable" }, { 504, "Gateway Timeout" },
    };
    for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++) {
        if (phrases[i].status == status)
            return phrases[i].phrase;
    }
    return "";
}

static const char *advise_status(const slmi_http_outcome *outcome, const char *message)
{
    long status = outcome->status;
    if (status == 404 || status == 405)
        return advice_path;
    if (status == 401 || status == 403)
        return advice_credentials;
    if (status == 415)
        return outcome->sent_protobuf ? advice_protobuf : advice_json;
    if (status == 413)
        return advice_smaller;
    if (status >= 300 && status < 400)
        return advice_redirect;
    /* Servers that share a port say so in as many words, in a 400. */
    if (status == 400 && strstr(message, "HTTPS"))
        return advice_use_https;
    return NULL;
}

static void judge_status(const slmi_http_outcome *outcome, slmi_reply_reader *read_reply, slmi_answer *answer)
{
    answer->verdict = slmi_retry_verdict(outcome->status);
    if (answer->verdict == SLMI_ACCEPTED) {
        if (read_reply)
            read_reply(outcome->body, outcome->body_len, answer);
        return;
    }

    char message[SLMI_ANSWER_TEXT_BYTES];
    if (outcome->reply_protobuf)
        slmi_reply_message_protobuf(outcome->body, outcome->body_len, message, sizeof message);
    else
        slmi_reply_message(outcome->body, outcome->body_len, message, sizeof message);
    bool redirect = outcome->status >= 300 && outcome->status < 400 && outcome->location;
    const char *name = phrase(outcome->status);
    slmi_answer_say(answer, "%ld%s%s%s%s", outcome->status, *name ? " " : "", name,
                    redirect ? " to " : (*message ? ": " : ""), redirect ? outcome->location : message);
    answer->advice = advise_status(outcome, message);
    if (answer->verdict == SLMI_RETRYABLE && outcome->retry_after_s > 0) {
        int64_t most_s = SLMI_RETRY_AFTER_MAX_MS / 1000;
        int64_t wish_s = outcome->retry_after_s < most_s ? outcome->retry_after_s : most_s;
        answer->retry_after_ms = (uint32_t)wish_s * 1000u;
    }
}

/* A TLS record of type alert, or handshake: RFC 8446 5.1. */
static bool opens_like_tls(const slmi_http_outcome *outcome)
{
    return outcome->opening_len >= 2 && (outcome->opening[0] == 0x15 || outcome->opening[0] == 0x16) &&
           outcome->opening[1] == 0x03;
}

/* A SETTINGS (4) or GOAWAY (7) frame of stream 0: what an HTTP/2 server says first. RFC 9113 4.1. */
static bool opens_like_http2(const slmi_http_outcome *outcome)
{
    static const unsigned char stream_0[4] = { 0 };
    const unsigned char *frame = outcome->opening;
    return outcome->opening_len == SLMI_HTTP_OPENING_BYTES && (frame[3] == 4 || frame[3] == 7) &&
           memcmp(frame + 5, stream_0, sizeof stream_0) == 0;
}

static void judge_foreign(const slmi_http_outcome *outcome, slmi_answer *answer)
{
    if (opens_like_http2(outcome)) {
        slmi_answer_say(answer, "it speaks HTTP/2 only");
        answer->advice = advice_grpc;
    } else if (opens_like_tls(outcome)) {
        slmi_answer_say(answer, "it answered in TLS");
        answer->advice = advice_use_https;
    } else {
        slmi_answer_say(answer, "what it answered is not HTTP");
    }
}

void slmi_http_judge(const slmi_http_outcome *outcome, const slmi_url *url, slmi_reply_reader *read_reply,
                     slmi_answer *answer)
{
    *answer = (slmi_answer){ .verdict = SLMI_RETRYABLE };
    if (outcome->not_http) {
        judge_foreign(outcome, answer);
    } else if (outcome->too_long) {
        answer->verdict = SLMI_FATAL;
        slmi_answer_say(answer, "its answer is longer than %d MiB", SLMI_HTTP_RESPONSE_MAX / (1024 * 1024));
    } else if (outcome->result == CURLE_OK) {
        judge_status(outcome, read_reply, answer);
    } else {
        slmi_http_judge_failure(outcome, url, answer);
    }
}
