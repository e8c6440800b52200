/* SPDX-License-Identifier: MIT */
/* HTTP spans: what they are called, what they say, when they failed, and whom they believe. */
#include "propagation/http.h"
#include "tests/unit/guard_page.h"
#include "tests/unit/recording.h"
#include <spanloom/carrier.h>
#include <spanloom/propagator.h>
#include <spanloom/sampler.h>
#include <spanloom/trace.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#define TRACE "12345678901234567890123456789012"
#define SPAN  "00f067aa0ba902b7"

static void use_propagators(void)
{
    static slm_propagators list;
    cr_assert(eq(int, (int)slm_propagators_parse(slm_string_from_c("tracecontext,baggage"), NULL, 0, &list), 0));
    slm_set_propagators(&list);
}

static const struct {
    const char *url, *redacted;
} urls[] = {
    { "", "" },
    { "http://h", "http://h" },
    { "http://u:p@h:1/a?b=c#d", "http://REDACTED:REDACTED@h:1/a?b=c#d" },
    { "https://u@h/", "https://REDACTED@h/" },
    { "https://a@b:c@h/@x", "https://REDACTED:REDACTED@h/@x" },
    { "u:p@h/a", "REDACTED:REDACTED@h/a" },
    { "http://h/a?X-Amz-Signature=1&x=2&sig=3", "http://h/a?X-Amz-Signature=REDACTED&x=2&sig=REDACTED" },
    { "http://h?AWSAccessKeyId=1&Signature=2&X-Goog-Signature=3&X-Amz-Credential=4&X-Amz-Security-Token=5",
      "http://h?AWSAccessKeyId=REDACTED&Signature=REDACTED&X-Goog-Signature=REDACTED&X-Amz-Credential=REDACTED&"
      "X-Amz-Security-Token=REDACTED" },
    { "http://h/?sig=&sig&x=sig=1&&", "http://h/?sig=REDACTED&sig&x=sig=1&&" },
    { "http://h/#sig=1?sig=2", "http://h/#sig=1?sig=2" },
    { "http://h/?a=1#f?sig=1", "http://h/?a=1#f?sig=1" },
    { "://", "://" },
    { "http://", "http://" },
    { "http:///a@b", "http:///REDACTED@b" },
    { "http:/u:p@h/", "http:/REDACTED:REDACTED@h/" },
    { "//u:p@h/", "//REDACTED:REDACTED@h/" },
    { "http:////a@b", "http:////a@b" },
    { "http://u:p\\@h/", "http://REDACTED:REDACTED@h/" },
    { "file:///home/a@b", "file:///home/a@b" },
    { "h:80/a@b", "h:80/a@b" },
    { "/only/a@path?sig=1", "/only/a@path?sig=REDACTED" },
};

Test(http, urls_lose_their_credentials_and_signatures)
{
    struct guard_page page = guard_page_new(4096);
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        char out[512];
        slm_string url = guard_page_put(&page, urls[i].url, strlen(urls[i].url));
        size_t len = slmi_http_url_redact(url, out, sizeof out);
        cr_expect(slm_string_equal(slm_string_of(out, len), slm_string_from_c(urls[i].redacted)), "%s: %.*s",
                  urls[i].url, (int)len, out);
        for (size_t room = 0; room < len; room++)
            cr_expect(eq(sz, slmi_http_url_redact(url, out, room), room), "%s in %zu bytes", urls[i].url, room);
    }
    guard_page_free(&page);
}

static const struct {
    const char *authority, *host;
    unsigned port;
} hosts[] = {
    { "", "", 0 },         { "h", "h", 0 },       { "h:80", "h", 80 },
    { "h:", "h", 0 },      { "[::1]", "::1", 0 }, { "[::1]:8080", "::1", 8080 },
    { "[::1", "[::1", 0 }, { "h:65536", "h", 0 }, { "h:99999999999999999999", "h", 0 },
    { "h:8x", "h", 0 },    { ":80", "", 80 },     { "[]:1", "", 1 },
};

Test(http, hosts_are_told_from_ports)
{
    struct guard_page page = guard_page_new(4096);
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        unsigned port;
        slm_string text = guard_page_put(&page, hosts[i].authority, strlen(hosts[i].authority));
        slm_string host = slmi_http_host(text, &port);
        cr_expect(slm_string_equal(host, slm_string_from_c(hosts[i].host)), "%s", hosts[i].authority);
        cr_expect(eq(uint, port, hosts[i].port), "%s", hosts[i].authority);
    }
    guard_page_free(&page);
}

static const struct {
    const char *method, *target, *route, *headers;
    unsigned status;
    const char *error, *line;
} served[] = {
    { "GET", "/yaks/3?id=3&sig=x", "/yaks/{id}", "Host: example.com:8080\nUser-Agent: t/1 \n", 200, NULL,
      "GET /yaks/{id} kind=1 status=0 http.request.method=GET url.scheme=http url.path=/yaks/3 "
      "url.query=id=3&sig=REDACTED server.address=example.com server.port=8080 "
      "user_agent.original=t/1 http.route=/yaks/{id} http.response.status_code=200\n" },
    { "POST", "/", NULL, "", 404, NULL,
      "POST kind=1 status=0 http.request.method=POST url.scheme=http url.path=/ "
      "http.response.status_code=404\n" },
    { "get", "*", NULL, "Host: [::1]\n", 503, NULL,
      "HTTP kind=1 status=2 http.request.method=_OTHER http.request.method_original=get url.scheme=http "
      "server.address=::1 http.response.status_code=503 error.type=503\n" },
    { "CONNECT", "example.com:443", NULL, "", 0, "ECONNRESET",
      "CONNECT kind=1 status=2 http.request.method=CONNECT url.scheme=http "
      "error.type=ECONNRESET\n" },
    { "GET", "http://u:p@h/a?b#c", NULL, "", 500, "EIO",
      "GET kind=1 status=2 http.request.method=GET url.scheme=http url.path=/a url.query=b "
      "http.response.status_code=500 error.type=EIO\n" },
    { "", "", NULL, "", 200, NULL,
      "HTTP kind=1 status=0 http.request.method=_OTHER url.scheme=http url.path= "
      "http.response.status_code=200\n" },
};

Test(http, requests_that_are_served_are_described_as_the_conventions_say)
{
    slm_subscriber *subscriber = recording_begin();
    for (size_t i = 0; i < sizeof served / sizeof *served; i++) {
        slm_string headers = slm_string_from_c(served[i].headers);
        slm_http_request request = { .size = sizeof request,
                                     .method = slm_string_from_c(served[i].method),
                                     .target = slm_string_from_c(served[i].target),
                                     .getter = slm_http1_getter(),
                                     .carrier = &headers };
        slm_http_server server = slm_http_server_begin(&request);
        slm_http_server_set_route(&server, slm_string_from_c(served[i].route));
        slm_http_server_end(&server, served[i].status, served[i].error, NULL);
        slm_http_server_end(&server, 200, NULL, NULL);
        cr_expect(eq(str, (char *)recording_take(), (char *)served[i].line));
    }
    recording_end(subscriber);
}

static const struct {
    const char *method, *url, *route;
    uint32_t resent;
    unsigned status;
    const char *error, *line;
} called[] = {
    { "GET", "http://u:p@h:1/a?sig=1", NULL, 0, 200, NULL,
      "GET kind=2 status=0 http.request.method=GET url.full=http://REDACTED:REDACTED@h:1/a?sig=REDACTED "
      "server.address=h server.port=1 http.response.status_code=200\n" },
    { "", "https://h/yaks/3", "/yaks/{id}", 2, 404, NULL,
      "GET /yaks/{id} kind=2 status=2 http.request.method=GET url.full=https://h/yaks/3 url.template=/yaks/{id} "
      "server.address=h server.port=443 http.request.resend_count=2 http.response.status_code=404 error.type=404\n" },
    { "BREW", "h", NULL, 0, 0, "timeout",
      "HTTP kind=2 status=2 http.request.method=_OTHER http.request.method_original=BREW url.full=h server.address=h "
      "server.port=80 error.type=timeout\n" },
    { "PUT", "", NULL, 0, 0, NULL, "PUT kind=2 status=0 http.request.method=PUT\n" },
};

Test(http, requests_that_are_sent_are_described_as_the_conventions_say)
{
    slm_subscriber *subscriber = recording_begin();
    for (size_t i = 0; i < sizeof called / sizeof *called; i++) {
        const slm_http_call call = { .size = sizeof call,
                                     .method = slm_string_from_c(called[i].method),
                                     .url = slm_string_from_c(called[i].url),
                                     .route = slm_string_from_c(called[i].route),
                                     .resend_count = called[i].resent };
        slm_http_client_end(slm_http_client_begin(&call), called[i].status, called[i].error, "text");
        cr_expect(eq(str, (char *)recording_take(), (char *)called[i].line));
    }
    cr_expect(slm_span_is_enabled(slm_http_client_begin(NULL)) == false);
    recording_end(subscriber);
}

static slm_http_server serve(const char *headers, bool untrusted, slm_string *kept)
{
    static const char *const keys[] = { "tenant", NULL };
    *kept = slm_string_from_c(headers);
    const slm_http_request request = { .size = sizeof request,
                                       .method = slm_string_from_c("GET"),
                                       .untrusted = untrusted,
                                       .getter = slm_http1_getter(),
                                       .carrier = kept,
                                       .baggage_keys = keys };
    return slm_http_server_begin(&request);
}

/* What a request carries that is sent while this one is served. */
static const char *passed_on(const slm_http_server *server)
{
    static char text[1024];
    slm_http1_lines lines = { text, 0, sizeof text - 1 };
    slm_token token = slm_http_server_enter(server);
    (void)slm_inject_current(slm_http1_setter(), &lines);
    slm_exit(token);
    text[lines.len] = '\0';
    return text;
}

Test(http, a_stranger_decides_neither_trace_nor_baggage_nor_whether_it_is_recorded)
{
    static const char *const flags[] = { "00", "01", "03" };
    slm_subscriber *subscriber = recording_begin();
    use_propagators();
    for (size_t i = 0; i < 3; i++) {
        char headers[256];
        slm_string kept;
        slm_span_context trusted, untrusted;
        snprintf(headers, sizeof headers, "traceparent: 00-" TRACE "-" SPAN "-%s\nbaggage: tenant=7\n", flags[i]);

        slm_http_server server = serve(headers, false, &kept);
        cr_assert(slm_span_identity(server.span, &trusted));
        cr_expect(eq(int, trusted.flags, flags[i][1] - '0'), "a caller that is trusted decides");
        cr_expect(strstr(passed_on(&server), TRACE) && strstr(passed_on(&server), "baggage: tenant=7"));
        slm_http_server_end(&server, 200, NULL, NULL);
        cr_expect(strstr(recording_take(), " tenant=7") != NULL);

        server = serve(headers, true, &kept);
        cr_assert(slm_span_identity(server.span, &untrusted));
        cr_expect(memcmp(&trusted.trace_id, &untrusted.trace_id, sizeof trusted.trace_id) != 0);
        cr_expect(eq(int, untrusted.flags, SLM_FLAG_SAMPLED | SLM_FLAG_RANDOM), "decided here, whatever it sent");
        cr_expect(eq(int, strstr(passed_on(&server), TRACE) || strstr(passed_on(&server), "baggage"), 0));
        slm_http_server_end(&server, 200, NULL, NULL);
        cr_expect(strstr(recording_take(), "tenant") == NULL);
    }
    recording_end(subscriber);
}

Test(http, the_flag_of_a_stranger_cannot_force_a_recording_that_the_sampler_would_not_make)
{
    slm_subscriber *subscriber = recording_begin();
    const slm_sampler_delegates delegates = { .root = slm_sampler_always_off() };
    slm_sampler *sampler = slm_sampler_parent_based(&delegates);
    cr_assert(eq(int, (int)slm_subscriber_set_sampler(subscriber, sampler), (int)SLM_OK));
    slm_sampler_release(sampler);
    use_propagators();
    slm_string kept;
    slm_span_context identity;
    for (int untrusted = 0; untrusted < 2; untrusted++) {
        slm_http_server server = serve("traceparent: 00-" TRACE "-" SPAN "-01\n", untrusted != 0, &kept);
        cr_assert(slm_span_identity(server.span, &identity));
        cr_expect(eq(int, (identity.flags & SLM_FLAG_SAMPLED) == 0, untrusted));
        slm_http_server_end(&server, 200, NULL, NULL);
    }
    recording_end(subscriber);
}

Test(http, a_request_goes_on_where_nobody_records)
{
    slm_string kept;
    use_propagators();
    slm_http_server server = serve("traceparent: 00-" TRACE "-" SPAN "-01\nbaggage: k=v\n", false, &kept);
    cr_expect(slm_span_is_enabled(server.span) == false);
    cr_expect(eq(str, (char *)passed_on(&server), "traceparent: 00-" TRACE "-" SPAN "-01\r\nbaggage: k=v\r\n"));
    slm_http_server_end(&server, 200, NULL, NULL);
    server = serve("traceparent: 00-" TRACE "-" SPAN "-01\n", true, &kept);
    cr_expect(eq(str, (char *)passed_on(&server), ""));
    slm_http_server_end(&server, 200, NULL, NULL);
}

Test(http, names_and_attributes_have_a_longest)
{
    static char path[100000];
    slm_subscriber *subscriber = recording_begin();
    memset(path, 'x', sizeof path);
    path[0] = '/';
    const slm_string text = slm_string_of(path, 2000);
    slm_http_request request = { .size = sizeof request,
                                 .method = slm_string_of(path, 3),
                                 .target = slm_string_of(path, sizeof path),
                                 .route = text };
    slm_http_server server = slm_http_server_begin(&request);
    slm_http_server_end(&server, 0, NULL, NULL);
    const char *line = recording_take();
    cr_expect(strstr(line, "HTTP /xxx") == line);
    cr_expect(strlen(line) < 8192);
    slm_http_server none = slm_http_server_begin(NULL);
    slm_http_server_end(&none, 200, NULL, NULL);
    recording_end(subscriber);
}
