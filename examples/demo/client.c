/* SPDX-License-Identifier: MIT */
#include "examples/demo/client.h"
#include <spanloom/curl.h>
#include <spanloom/trace.h>

#include <stdio.h>
#include <stdlib.h>

enum { TIMEOUT_MS = 10000 };

struct text {
    char *data;
    size_t len, room;
};

static size_t take(char *data, size_t size, size_t count, void *context)
{
    struct text *text = context;
    size_t more = text->room - 1 - text->len;
    if (more > size * count)
        more = size * count;
    memcpy(text->data + text->len, data, more);
    text->len += more;
    text->data[text->len] = '\0';
    return size * count;
}

/* OpenTelemetry's semantic conventions for HTTP client spans, what is known before the answer. */
static void describe(slm_span span, const char *url)
{
    char *host = NULL, *port = NULL;
    CURLU *parts = curl_url();
    if (parts && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK) {
        curl_url_get(parts, CURLUPART_HOST, &host, 0);
        curl_url_get(parts, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT);
    }
    SLM_SET(span, "url.full", url);
    if (host)
        SLM_SET(span, "server.address", host);
    if (port)
        SLM_SET(span, "server.port", strtol(port, NULL, 10));
    curl_free(host);
    curl_free(port);
    curl_url_cleanup(parts);
}

static void conclude(slm_span span, CURLcode code, long status)
{
    char type[24];
    if (code != CURLE_OK) {
        SLM_SET(span, "error.type", curl_easy_strerror(code));
        slm_span_set_status(span, SLM_SPAN_ERROR, curl_easy_strerror(code));
        return;
    }
    SLM_SET(span, "http.response.status_code", status);
    if (status >= 400) {
        snprintf(type, sizeof type, "%ld", status);
        SLM_SET(span, "error.type", type);
        slm_span_set_status(span, SLM_SPAN_ERROR, NULL);
    }
}

long client_post(const char *url, char *text, size_t room)
{
    SLM_SCOPE_WITH((.kind = SLM_KIND_CLIENT), "POST", ("http.request.method", "POST"));
    describe(slm_current(), url);

    long status = 0;
    struct text answer = { .data = text, .room = room };
    struct curl_slist *headers = slm_curl_headers(NULL); /* traceparent, tracestate */
    CURL *curl = curl_easy_init();
    *text = '\0';
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, "");
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)TIMEOUT_MS);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    CURLcode code = curl ? curl_easy_perform(curl) : CURLE_OUT_OF_MEMORY;
    if (code == CURLE_OK)
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    else
        snprintf(text, room, "%s", curl_easy_strerror(code));
    conclude(slm_current(), code, status);
    curl_easy_cleanup(curl);
    curl_slist_free_all(headers);
    return status;
}
