/* SPDX-License-Identifier: MIT */
#include "viewer/request.h"

#include "viewer/collector.h"
#include "viewer/inflate.h"
#include "viewer/otlp_reader.h"
#include "viewer/zipkin_reader.h"

#include <errno.h>
#include <stdlib.h>
#include <strings.h>

/* The media type alone: RFC 9110, 8.3.1; parameters such as a charset follow a semicolon. */
static bool is_media_type(const char *header, const char *type)
{
    size_t len = strcspn(header, "; \t");
    return len == strlen(type) && strncasecmp(header, type, len) == 0;
}

static bool judge_type(const char *type, slmi_view_protocol via, slmi_view_refusal *refusal)
{
    if (!type)
        return slmi_view_refuse(refusal, 415, "Content-Type is missing; application/json is what is taken here");
    if (is_media_type(type, "application/json"))
        return true;
    if (strcasestr(type, "protobuf"))
        return slmi_view_refuse(refusal, 415, "protobuf is not taken here, only JSON (application/json)%s",
                                via == SLMI_VIEW_OTLP ? ": set OTEL_EXPORTER_OTLP_PROTOCOL=http/json" : "");
    return slmi_view_refuse(refusal, 415, "Content-Type %.80s is not taken here, only application/json", type);
}

static bool judge_length(const char *length, slmi_view_refusal *refusal)
{
    if (!length)
        return true;
    errno = 0;
    unsigned long long bytes = strtoull(length, NULL, 10);
    if (errno != 0 || bytes > SLMI_VIEW_MAX_BODY_BYTES)
        return slmi_view_refuse(refusal, 413, "the body has more than %d bytes", SLMI_VIEW_MAX_BODY_BYTES);
    return true;
}

bool slmi_view_head_is_gzip(const slmi_view_head *head)
{
    return head->content_encoding && strcasecmp(head->content_encoding, "gzip") == 0;
}

bool slmi_view_head_judge(const slmi_view_head *head, slmi_view_protocol via, slmi_view_refusal *refusal)
{
    const char *encoding = head->content_encoding;
    if (strcmp(head->path, slmi_view_collector_path(via)) != 0) {
        bool signal = strcmp(head->path, "/v1/metrics") == 0 || strcmp(head->path, "/v1/logs") == 0;
        return slmi_view_refuse(refusal, 404, "%s; POST to %s", signal ? "only traces are taken here" : "no such path",
                                slmi_view_collector_path(via));
    }
    if (strcmp(head->method, "POST") != 0)
        return slmi_view_refuse(refusal, 405, "only POST is taken here");
    if (!judge_type(head->content_type, via, refusal))
        return false;
    if (encoding && !slmi_view_head_is_gzip(head) && strcasecmp(encoding, "identity") != 0)
        return slmi_view_refuse(refusal, 415, "Content-Encoding %.40s is not taken here, only gzip or none", encoding);
    return judge_length(head->content_length, refusal);
}

/* The body, or what it inflates to; NULL, refused, if there is none. */
static slmi_view_text *plain_of(slmi_view_text *body, bool gzip, slmi_view_text *inflated, slmi_view_refusal *refusal)
{
    slmi_view_text *plain = gzip ? inflated : body;
    if (gzip && !slmi_view_inflate(body->data ? body->data : "", body->len, inflated, refusal))
        return NULL;
    if (plain->data)
        return plain;
    (void)slmi_view_refuse(refusal, 400, "the body is empty");
    return NULL;
}

bool slmi_view_body_read(slmi_view_text *body, bool gzip, slmi_view_protocol via, slmi_view_batch *batch,
                         slmi_view_refusal *refusal)
{
    slmi_view_text inflated = slmi_view_text_up_to(SLMI_VIEW_MAX_BODY_BYTES);
    slmi_view_text *plain = plain_of(body, gzip, &inflated, refusal);
    bool good = plain != NULL;
    if (good)
        good = via == SLMI_VIEW_OTLP ? slmi_view_read_otlp(plain->data, plain->len, batch, refusal)
                                     : slmi_view_read_zipkin(plain->data, plain->len, batch, refusal);
    slmi_view_text_free(&inflated);
    return good;
}

bool slmi_view_open_body_read(slmi_view_text *body, bool gzip, slmi_view_open *out, slmi_view_refusal *refusal)
{
    slmi_view_text inflated = slmi_view_text_up_to(SLMI_VIEW_MAX_OPEN_BYTES);
    slmi_view_text *plain = plain_of(body, gzip, &inflated, refusal);
    bool good = plain && slmi_view_open_read(plain->data, plain->len, out, refusal);
    slmi_view_text_free(&inflated);
    return good;
}

/* OTLP, "Partial Success": zero rejected spans with a message is a warning. */
void slmi_view_reply_accepted(slmi_view_text *reply, slmi_view_protocol via, const slmi_view_batch *batch)
{
    if (via == SLMI_VIEW_ZIPKIN)
        return;
    if (batch->inexact == 0)
        slmi_view_text_puts(reply, "{\"partialSuccess\":{}}");
    else
        slmi_view_text_addf(reply,
                            "{\"partialSuccess\":{\"rejectedSpans\":\"0\",\"errorMessage\":\"%zu 64-bit integers came "
                            "as JSON numbers of 2^53 or more, not as decimal strings, and were read as the nearest "
                            "double\"}}",
                            batch->inexact);
}

/* google.rpc.Code for a status of HTTP. */
static int rpc_code(unsigned status)
{
    static const struct {
        unsigned status;
        int code;
    } codes[] = { { 404, 12 }, { 405, 12 }, { 413, 8 }, { 503, 14 } };
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i].status == status)
            return codes[i].code;
    return 3; /* INVALID_ARGUMENT */
}

void slmi_view_reply_refused(slmi_view_text *reply, slmi_view_protocol via, const slmi_view_refusal *refusal)
{
    if (via == SLMI_VIEW_ZIPKIN) {
        slmi_view_text_safe(reply, refusal->reason, SIZE_MAX);
        slmi_view_text_puts(reply, "\n");
        return;
    }
    slmi_view_text_addf(reply, "{\"code\":%d,\"message\":", rpc_code(refusal->status));
    slmi_view_text_json(reply, refusal->reason);
    slmi_view_text_puts(reply, "}");
}
