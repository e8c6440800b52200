/* SPDX-License-Identifier: MIT */
/* Streams of HTTP/2 as spans: what is kept of the headers, what is sent, and how a stream may end. */
#include "tests/unit/recording.h"
#include <spanloom/nghttp2.h>
#include <spanloom/propagator.h>
#include <spanloom/trace.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#define TRACE "12345678901234567890123456789012"
#define SPAN  "00f067aa0ba902b7"

static void use_propagators(const char *names)
{
    static slm_propagators list;
    cr_assert(eq(int, (int)slm_propagators_parse(slm_string_from_c(names), NULL, 0, &list), (int)SLM_OK));
    slm_set_propagators(&list);
}

static void keep(slm_nghttp2_block *block, const char *name, const char *value)
{
    /* Gone after the callback, as nghttp2's are. */
    char gone[2][16384];
    size_t name_len = strlen(name), value_len = strlen(value);
    memcpy(gone[0], name, name_len);
    memcpy(gone[1], value, value_len);
    slm_nghttp2_keep(block, (uint8_t *)gone[0], name_len, (uint8_t *)gone[1], value_len);
    memset(gone, 'x', sizeof gone);
}

static nghttp2_nv header_of(const char *name, const char *value)
{
    return (nghttp2_nv){ (uint8_t *)(uintptr_t)name, (uint8_t *)(uintptr_t)value, strlen(name), strlen(value), 0 };
}

static const struct {
    unsigned status;
    uint32_t error_code;
    const char *server, *client;
} ends[] = {
    { 200, NGHTTP2_NO_ERROR, "status=0", "status=0" },
    { 404, NGHTTP2_NO_ERROR, "status=0", "status=2" },
    { 503, NGHTTP2_NO_ERROR, "error.type=503", "error.type=503" },
    { 0, NGHTTP2_REFUSED_STREAM, "error.type=REFUSED_STREAM", "error.type=REFUSED_STREAM" },
    { 200, NGHTTP2_INTERNAL_ERROR, "error.type=INTERNAL_ERROR", "http2.error_code=INTERNAL_ERROR" },
    { 0, NGHTTP2_CANCEL, "status=0", "status=0" },
    { 0, NGHTTP2_CANCEL, "http2.error_code=CANCEL", "http2.error_code=CANCEL" },
    { 0, 4711, "error.type=UNKNOWN", "http2.error_code=UNKNOWN" },
};

Test(nghttp2_stream, ends_with_its_status_and_error_code)
{
    slm_subscriber *subscriber = recording_begin();
    slm_nghttp2_block block;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        slm_nghttp2_block_clear(&block);
        keep(&block, ":method", "GET");
        slm_http_server server = slm_nghttp2_server_begin(&block, NULL);
        slm_nghttp2_server_end(&server, ends[i].status, ends[i].error_code);
        const char *line = recording_take();
        cr_expect(strstr(line, ends[i].server) != NULL, "%s in %s", ends[i].server, line);

        slm_nghttp2_client client;
        const nghttp2_nv items[] = { header_of(":method", "GET") };
        char status[8];
        cr_expect(eq(int, (int)slm_nghttp2_client_begin(&client, &block, items, 1, NULL), (int)SLM_OK));
        snprintf(status, sizeof status, "%u", ends[i].status);
        slm_nghttp2_client_keep(&client, (const uint8_t *)"date", 4, (const uint8_t *)"200", 3);
        slm_nghttp2_client_keep(&client, (const uint8_t *)":status", 7, (const uint8_t *)status, strlen(status));
        slm_nghttp2_client_end(&client, ends[i].error_code);
        slm_nghttp2_client_end(&client, ends[i].error_code);
        line = recording_take();
        cr_expect(strstr(line, ends[i].client) != NULL, "%s in %s", ends[i].client, line);
    }
    recording_end(subscriber);
}

Test(nghttp2_stream, keeps_the_headers_of_its_caller_past_their_callbacks)
{
    slm_subscriber *subscriber = recording_begin();
    slm_nghttp2_block block;
    use_propagators("tracecontext,baggage");
    slm_nghttp2_block_clear(&block);
    keep(&block, ":method", "POST");
    keep(&block, ":scheme", "https");
    keep(&block, ":authority", "example.com:8443");
    keep(&block, ":path", "/yaks/3?sig=1");
    keep(&block, "cookie", "secret");
    keep(&block, "traceparent", "00-" TRACE "-" SPAN "-01");
    keep(&block, "tracestate", "a=1");
    keep(&block, "tracestate", "b=2");
    keep(&block, "baggage", "k=v");
    cr_expect(eq(sz, block.headers.count, 8), "all but the cookie");
    const slm_http_request request = { .size = sizeof request, .route = slm_string_from_c("/yaks/{id}") };
    slm_http_server server = slm_nghttp2_server_begin(&block, &request);
    slm_span_context identity;
    cr_assert(slm_span_identity(server.span, &identity));
    cr_expect(
        slm_string_equal(slm_string_of(identity.tracestate, identity.tracestate_len), slm_string_from_c("a=1,b=2")));

    /* And on, in a request to the next. */
    const nghttp2_nv items[] = { header_of(":method", "GET"), header_of(":scheme", "http"),
                                 header_of(":authority", "h:80"), header_of(":path", "/next") };
    slm_nghttp2_client client;
    slm_token token = slm_http_server_enter(&server);
    cr_expect(eq(int, (int)slm_nghttp2_client_begin(&client, &block, items, 4, NULL), (int)SLM_OK));
    slm_exit(token);
    cr_assert(eq(sz, block.headers.count, 7));
    for (size_t i = 4; i < 7; i++)
        cr_expect(eq(int, block.items[i].flags, NGHTTP2_NV_FLAG_NO_INDEX));
    slm_span_context sent, span;
    cr_expect(eq(int, (int)slm_extract(slm_nghttp2_getter(), &block.headers, &sent), (int)SLM_OK));
    cr_assert(slm_span_identity(client.span, &span));
    cr_expect(memcmp(&sent.span_id, &span.span_id, sizeof span.span_id) == 0);
    cr_expect(memcmp(&sent.trace_id, &identity.trace_id, sizeof sent.trace_id) == 0);
    slm_nghttp2_client_end(&client, NGHTTP2_NO_ERROR);
    slm_nghttp2_server_end(&server, 200, NGHTTP2_NO_ERROR);
    const char *text = recording_take();
    cr_expect(strstr(text, "url.full=http://h:80/next ") != NULL, "%s", text);
    cr_expect(strstr(text, "POST /yaks/{id} kind=1 status=0 ") != NULL, "%s", text);
    cr_expect(strstr(text, "url.scheme=https url.path=/yaks/3 url.query=sig=REDACTED") != NULL, "%s", text);
    recording_end(subscriber);
}

Test(nghttp2_stream, keeps_what_every_propagator_of_the_library_reads)
{
    static const struct {
        const char *names, *name, *value;
    } cases[] = {
        { "b3", "x-b3-traceid", TRACE },           { "b3multi", "b3", "0" },
        { "jaeger", "uberctx-user", "1" },         { "jaeger", "jaeger-baggage", "k=v" },
        { "jaeger", "uber-trace-id", TRACE ":1" }, { "b3multi", "x-b3-parentspanid", SPAN },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slm_nghttp2_block block;
        use_propagators(cases[i].names);
        slm_nghttp2_block_clear(&block);
        keep(&block, cases[i].name, cases[i].value);
        cr_expect(eq(sz, block.headers.count, 1), "%s of %s", cases[i].name, cases[i].names);
    }
}

Test(nghttp2_stream, takes_no_more_headers_than_it_has_room_for)
{
    static char value[8192];
    static nghttp2_nv many[100];
    slm_nghttp2_block block;
    use_propagators("tracecontext,baggage");
    memset(value, 'a', sizeof value - 1);
    slm_nghttp2_block_clear(&block);
    for (int i = 0; i < 10000; i++)
        keep(&block, "baggage", "k=v");
    cr_expect(eq(sz, block.headers.count, 64));
    slm_nghttp2_block_clear(&block);
    keep(&block, "baggage", value);
    keep(&block, "baggage", value);
    keep(&block, "traceparent", "00-" TRACE "-" SPAN "-01");
    cr_expect(eq(sz, block.headers.count, 2), "the second baggage has no room");

    slm_nghttp2_client client;
    for (size_t i = 0; i < 100; i++)
        many[i] = header_of("x", "y");
    cr_expect(eq(int, (int)slm_nghttp2_client_begin(&client, &block, many, 100, NULL), (int)SLM_ERR_LIMIT));
    cr_expect(eq(sz, block.headers.count, 64));
    slm_nghttp2_client_end(&client, NGHTTP2_NO_ERROR);
    cr_expect(eq(int, (int)slm_nghttp2_client_begin(&client, &block, NULL, 0, NULL), (int)SLM_OK));
    slm_nghttp2_client_end(&client, NGHTTP2_NO_ERROR);
}
