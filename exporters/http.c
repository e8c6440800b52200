/* SPDX-License-Identifier: MIT */
#include "exporters/http.h"

#include "core/alloc.h"
#include "exporters/buffer.h"
#include "exporters/deadline.h"
#include "exporters/gzip.h"
#include "exporters/http_answer.h"
#include "exporters/way.h"
#include <spanloom/version.h>

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Deflate adds at most some bytes to each block that it cannot compress. */
enum { PACKED_MAX = SLMI_HTTP_REQUEST_MAX + SLMI_HTTP_REQUEST_MAX / 256 };

typedef enum phase {
    PHASE_IDLE,
    PHASE_PACKING,  /* the body is being compressed */
    PHASE_NAMES,    /* waits for an address */
    PHASE_TRANSFER, /* libcurl works */
    PHASE_DONE      /* `outcome` is there */
} phase;

typedef struct http {
    slmi_transport base;
    slmi_loop *loop;
    slmi_names *names;
    slmi_transfer transfer;
    slmi_url url;
    slmi_proxy proxy;
    slmi_reply_reader *read_reply;
    slmi_http_hear *hear;
    void *hears;
    slmi_announcement announced; /* by this answer, so far */
    struct curl_slist *headers;
    struct curl_slist *resolved; /* what CURLOPT_RESOLVE borrows */
    char detail[CURL_ERROR_SIZE];
    slmi_buffer reply;
    size_t header_bytes; /* of this answer, so far */
    slmi_http_outcome outcome;
    slmi_answer failure; /* found before libcurl was asked; used while `failed` */
    bool failed;
    bool unreachable; /* the last attempt found no way: the addresses may be old */
    phase phase;
    uint64_t deadline_ns;
    bool sends_protobuf, compresses;
    slmi_gzip gzip;
    const char *body; /* as it is sent */
    size_t body_len;
} http;

static http *from_transport(slmi_transport *transport)
{
    return (http *)(void *)transport;
}

/* CURLOPT_WRITEFUNCTION. A short count stops the transfer with CURLE_WRITE_ERROR. */
static size_t take_body(char *bytes, size_t size, size_t count, void *user)
{
    http *h = user;
    size_t len = size * count;
    long status = 0;
    curl_easy_getinfo(h->transfer.easy, CURLINFO_RESPONSE_CODE, &status);
    if (status == 0) {
        /* "HTTP/0.9": libcurl hands out what does not begin like HTTP. Its opening tells who speaks there. */
        h->outcome.not_http = true;
        h->outcome.opening_len = len < SLMI_HTTP_OPENING_BYTES ? len : SLMI_HTTP_OPENING_BYTES;
        memcpy(h->outcome.opening, bytes, h->outcome.opening_len);
        return 0;
    }
    slmi_buffer_add(&h->reply, bytes, len);
    h->outcome.too_long = h->reply.failed;
    return h->reply.failed ? 0 : len;
}

/* CURLOPT_HEADERFUNCTION: interim answers and headers have no end of their own. */
static size_t take_header(char *bytes, size_t size, size_t count, void *user)
{
    http *h = user;
    h->header_bytes += size * count;
    slmi_announcement_line(&h->announced, bytes, size * count);
    h->outcome.too_long = h->header_bytes > SLMI_HTTP_HEADERS_MAX;
    return h->outcome.too_long ? 0 : size * count;
}

static bool is_protobuf(const char *content_type)
{
    static const char protobuf[] = "application/x-protobuf";
    return strncasecmp(content_type, protobuf, sizeof protobuf - 1) == 0;
}

static void transfer_done(void *user, CURLcode result)
{
    http *h = user;
    CURL *easy = h->transfer.easy;
    curl_off_t retry_after = 0, first_byte_us = 0;
    char *location = NULL, *type = NULL;
    h->outcome.result = result;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &h->outcome.status);
    curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &h->outcome.os_error);
    curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &retry_after);
    curl_easy_getinfo(easy, CURLINFO_REDIRECT_URL, &location);
    curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
    h->outcome.sent_protobuf = h->sends_protobuf;
    h->outcome.reply_protobuf = type && is_protobuf(type);
    curl_easy_getinfo(easy, CURLINFO_STARTTRANSFER_TIME_T, &first_byte_us);
    h->outcome.retry_after_s = retry_after;
    h->outcome.location = location;
    h->outcome.kept_bytes = first_byte_us > 0 && h->outcome.status == 0 && !h->outcome.not_http;
    h->phase = PHASE_DONE;
}

static void fail(http *h, slmi_verdict verdict, const char *what, const char *why)
{
    h->failure = (slmi_answer){ .verdict = verdict };
    slmi_answer_say(&h->failure, "%s%s", what, why);
    h->failed = true;
    h->phase = PHASE_DONE;
}

/* True once libcurl will have nobody to ask. */
static bool resolve_all(http *h)
{
    char why[SLMI_WAY_TEXT_BYTES];
    switch (slmi_way_resolve(h->transfer.easy, h->names, &h->url, &h->proxy, h->unreachable, &h->resolved, why)) {
    case SLMI_NAME_KNOWN:
        return true;
    case SLMI_NAME_FAILED:
        fail(h, SLMI_RETRYABLE, why, "");
        return false;
    case SLMI_NAME_ASKED:
        return false;
    }
    return false;
}

static void start_transfer(http *h, uint64_t now_ns)
{
    CURL *easy = h->transfer.easy;
    int left_ms = slmi_deadline_poll_ms(now_ns, h->deadline_ns);
    slmi_buffer_rewind(&h->reply, 0);
    h->header_bytes = 0;
    h->announced = (slmi_announcement){ .refused = false };
    h->outcome = (slmi_http_outcome){ .detail = h->detail };
    h->detail[0] = '\0';
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, left_ms < 0 ? 0L : (long)left_ms + 1);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)h->body_len);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, h->body);
    if (slmi_loop_start(h->loop, &h->transfer) == SLM_OK)
        h->phase = PHASE_TRANSFER;
    else
        fail(h, SLMI_RETRYABLE, "out of memory", "");
}

static void http_begin(slmi_transport *transport, const char *body, size_t len, uint64_t deadline_ns)
{
    http *h = from_transport(transport);
    h->body = body;
    h->body_len = len;
    h->deadline_ns = deadline_ns;
    h->failed = false;
    h->phase = PHASE_NAMES;
    if (!h->compresses)
        return;
    h->phase = PHASE_PACKING;
    if (!slmi_gzip_begin(&h->gzip, body, len, PACKED_MAX))
        fail(h, SLMI_RETRYABLE, "out of memory", "");
}

/* One piece of it. */
static void pack(http *h)
{
    switch (slmi_gzip_step(&h->gzip)) {
    case SLMI_GZIP_MORE:
        return;
    case SLMI_GZIP_DONE:
        h->body = h->gzip.out.data;
        h->body_len = h->gzip.out.len;
        h->phase = PHASE_NAMES;
        return;
    case SLMI_GZIP_FAILED:
        fail(h, SLMI_RETRYABLE, "out of memory", "");
        return;
    }
}

static void http_abort(slmi_transport *transport)
{
    http *h = from_transport(transport);
    slmi_loop_stop(h->loop, &h->transfer);
    slmi_gzip_forget(&h->gzip);
    h->phase = PHASE_IDLE;
}

static void tell(const http *h)
{
    const slmi_http_outcome *outcome = &h->outcome;
    bool success = !h->failed && outcome->result == CURLE_OK && outcome->status / 100 == 2;
    if (h->hear)
        h->hear(h->hears, success ? &h->announced : NULL);
}

static bool http_step(slmi_transport *transport, uint64_t now_ns, slmi_answer *answer)
{
    http *h = from_transport(transport);
    if (h->phase == PHASE_PACKING)
        pack(h);
    if (h->phase == PHASE_NAMES && resolve_all(h))
        start_transfer(h, now_ns);
    if (h->phase == PHASE_NAMES && now_ns >= h->deadline_ns)
        fail(h, SLMI_RETRYABLE, "the host name was not resolved in time", "");
    if (h->phase == PHASE_PACKING && now_ns >= h->deadline_ns)
        fail(h, SLMI_RETRYABLE, "there was no time to compress it", "");
    if (h->phase == PHASE_TRANSFER && now_ns >= h->deadline_ns) {
        slmi_loop_stop(h->loop, &h->transfer);
        transfer_done(h, CURLE_OPERATION_TIMEDOUT);
    }
    if (h->phase != PHASE_DONE)
        return false;

    h->phase = PHASE_IDLE;
    if (h->failed) {
        *answer = h->failure;
    } else {
        h->outcome.body = h->reply.data;
        h->outcome.body_len = h->reply.len;
        slmi_http_judge(&h->outcome, &h->url, h->read_reply, answer);
    }
    tell(h);
    h->unreachable = !h->failed && h->outcome.result == CURLE_COULDNT_CONNECT;
    slmi_buffer_free(&h->reply);
    slmi_gzip_forget(&h->gzip);
    return true;
}

static uint64_t http_due(const slmi_transport *transport)
{
    const http *h = (const http *)(const void *)transport;
    if (h->phase == PHASE_DONE || h->phase == PHASE_PACKING)
        return 0;
    return h->phase == PHASE_IDLE ? SLMI_NEVER : h->deadline_ns;
}

static void http_free(slmi_transport *transport)
{
    http *h = from_transport(transport);
    http_abort(transport);
    if (h->transfer.easy)
        curl_easy_cleanup(h->transfer.easy);
    curl_slist_free_all(h->headers);
    curl_slist_free_all(h->resolved);
    slmi_buffer_free(&h->reply);
    slmi_gzip_free(&h->gzip);
    slmi_free(h);
}

static const slmi_transport_ops http_ops = {
    .begin = http_begin,
    .step = http_step,
    .due = http_due,
    .abort = http_abort,
    .free = http_free,
};

static bool add_header(http *h, const char *name, const char *value)
{
    char line[256];
    int len = snprintf(line, sizeof line, "%s%s", name, value);
    struct curl_slist *longer = len > 0 && (size_t)len < sizeof line ? curl_slist_append(h->headers, line) : NULL;
    if (longer)
        h->headers = longer;
    return longer != NULL;
}

static bool set_headers(http *h, const slmi_http_options *options)
{
    /* "Expect:" keeps libcurl from waiting a second for leave to send a large body. */
    if (!add_header(h, "Content-Type: ", options->content_type) || !add_header(h, "Expect:", ""))
        return false;
    if (options->gzip && !add_header(h, "Content-Encoding: ", "gzip"))
        return false;
    for (size_t i = 0; i < options->header_count; i++) {
        struct curl_slist *longer = curl_slist_append(h->headers, options->headers[i]);
        if (!longer)
            return false;
        h->headers = longer;
    }
    return curl_easy_setopt(h->transfer.easy, CURLOPT_HTTPHEADER, h->headers) == CURLE_OK;
}

static bool set_options(http *h, const slmi_http_options *options)
{
    CURL *easy = h->transfer.easy;
    const slmi_identity identity = { options->ca, options->certificate, options->key };
    bool good = slmi_way_reach(easy, &h->url, &h->proxy) && slmi_way_trust(easy, &identity);
    good = good && curl_easy_setopt(easy, CURLOPT_POST, 1L) == CURLE_OK;
    good = good && curl_easy_setopt(easy, CURLOPT_USERAGENT, "OTel-OTLP-Exporter-C/" SLM_VERSION_STRING) == CURLE_OK;

    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 1L); /* see take_body() */
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, h->detail);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, h);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, h);
    return good && set_headers(h, options);
}

slmi_transport *slmi_http_new(slmi_loop *loop, slmi_names *names, const slmi_http_options *options)
{
    http *h = slmi_alloc_zeroed(sizeof *h);
    if (!h)
        return NULL;
    h->base.ops = &http_ops;
    h->url = options->url;
    h->proxy = options->proxy;
    h->base.target = h->url.shown;
    h->base.local = h->url.authority.local && h->proxy.text[0] == '\0';
    h->loop = loop;
    h->names = names;
    h->read_reply = options->read_reply;
    h->hear = options->hear;
    h->hears = options->hears;
    h->sends_protobuf = is_protobuf(options->content_type);
    h->compresses = options->gzip;
    slmi_buffer_init(&h->reply, SLMI_HTTP_RESPONSE_MAX);
    h->transfer = (slmi_transfer){ .easy = curl_easy_init(), .done = transfer_done, .user = h };
    if (!h->transfer.easy || !set_options(h, options)) {
        http_free(&h->base);
        return NULL;
    }
    slmi_loop_adopt(loop, &h->transfer);
    slmi_way_expect(names, &h->url, &h->proxy);
    return &h->base;
}
