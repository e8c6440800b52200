/* SPDX-License-Identifier: MIT */
/* What libcurl says of a transfer, as events: whole where it may be, and without secrets. */
#include <spanloom/curl.h>
#include <spanloom/test.h>
#include <spanloom/trace.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

#include "adapters/curl_log.h"
#include "tests/unit/guard_page.h"

static const struct {
    int kind;
    const char *line, *shown;
} lines[] = {
    { SLMI_CURL_SENT, "GET /yaks HTTP/1.1", "GET /yaks HTTP/1.1" },
    { SLMI_CURL_SENT, "GET /yaks?key=7&b=8 HTTP/1.1", "GET /yaks?[redacted] HTTP/1.1" },
    { SLMI_CURL_SENT, "GET http://u:p@host/?a HTTP/1.1", "GET http://[redacted]@host/?[redacted] HTTP/1.1" },
    { SLMI_CURL_SENT, "Host: example.com", "Host: example.com" },
    { SLMI_CURL_SENT, "Authorization: Basic dTpw", "Authorization: [redacted]" },
    { SLMI_CURL_SENT, "proxy-authorization:Basic dTpw", "proxy-authorization: [redacted]" },
    { SLMI_CURL_SENT, "COOKIE: a=b", "COOKIE: [redacted]" },
    { SLMI_CURL_RECEIVED, "Set-Cookie: a=b", "Set-Cookie: [redacted]" },
    { SLMI_CURL_SENT, "X-Api-Key: 7", "X-Api-Key: [redacted]" },
    { SLMI_CURL_SENT, "x-amz-security-token: 7", "x-amz-security-token: [redacted]" },
    { SLMI_CURL_SENT, "Referer: https://a/b?c=d", "Referer: https://a/b?[redacted]" },
    { SLMI_CURL_SENT, ":path: /b?c=d", ":path: /b?[redacted]" },
    { SLMI_CURL_SENT, ":authority: example.com", ":authority: example.com" },
    { SLMI_CURL_RECEIVED, "HTTP/1.1 200 OK", "HTTP/1.1 200 OK" },
    { SLMI_CURL_RECEIVED, "Location: https://u@b/c?d", "Location: https://[redacted]@b/c?[redacted]" },
    { SLMI_CURL_SENT, "USER frieda", "USER [redacted]" },
    { SLMI_CURL_SENT, "PASS secret", "PASS [redacted]" },
    { SLMI_CURL_SENT, "AUTH PLAIN AGZyaWVkYQBzZWNyZXQ=", "AUTH [redacted]" },
    { SLMI_CURL_SENT, "AGZyaWVkYQBzZWNyZXQ=", "[redacted]" },
    { SLMI_CURL_SENT, "A002 LOGIN u p", "A002 [redacted]" },
    { SLMI_CURL_SENT, "QUIT", "QUIT" },
    { SLMI_CURL_SENT, "", "[redacted]" },
    { SLMI_CURL_TEXT, "  Trying 127.0.0.1:80...", "  Trying 127.0.0.1:80..." },
    { SLMI_CURL_TEXT, "ALPN: offers h2", "ALPN: offers h2" },
    { SLMI_CURL_TEXT, "h2h3 [authorization: Basic dTpw]", "h2h3 [authorization: [redacted]]" },
    { SLMI_CURL_TEXT, "[HTTP/2] [1] [cookie: a=b]", "[HTTP/2] [1] [cookie: [redacted]]" },
    { SLMI_CURL_TEXT, "[HTTP/2] [1] [:path: /a?b=c]", "[HTTP/2] [1] [:path: /a?[redacted]]" },
    { SLMI_CURL_TEXT, "[HTTP/2] [1] [user-agent: me]", "[HTTP/2] [1] [user-agent: me]" },
    { SLMI_CURL_TEXT, "Issue another request to this URL: 'http://u:p@h/?x=1'",
      "Issue another request to this URL: 'http://[redacted]@h/?[redacted]'" },
    { SLMI_CURL_TEXT, "Server auth using Basic with user 'frieda'", "Server auth using Basic with user '[redacted]'" },
    { SLMI_CURL_TEXT, "with user 'frieda", "with user '[redacted]" },
    { SLMI_CURL_TEXT, "why? because", "why? because" },
    { SLMI_CURL_TEXT, "[", "[" },
    { SLMI_CURL_TEXT, "://", "://" },
    { SLMI_CURL_RECEIVED, "\xff\xfe\x01", "\xff\xfe\x01" },
};

Test(curl_log, secrets_are_not_shown)
{
    char out[SLMI_CURL_LINE_MAX];
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        slm_string line = slm_string_from_c(lines[i].line);
        slm_string shown = slmi_curl_clean(lines[i].kind, line, out);
        cr_expect(eq(str, out, (char *)lines[i].shown));
        cr_expect(eq(sz, shown.len, strlen(out)));
    }
}

Test(curl_log, nothing_is_read_past_the_line)
{
    struct guard_page page = guard_page_new(256);
    char out[SLMI_CURL_LINE_MAX];
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        for (size_t len = strlen(lines[i].line) + 1; len-- > 0;)
            for (int kind = SLMI_CURL_TEXT; kind <= SLMI_CURL_SENT; kind++)
                cr_assert(slmi_curl_clean(kind, guard_page_put(&page, lines[i].line, len), out).len <
                          SLMI_CURL_LINE_MAX);
    guard_page_free(&page);
}

Test(curl_log, a_long_line_is_cut)
{
    enum { MEGABYTE = 1024 * 1024 };
    char *line = malloc(MEGABYTE), out[SLMI_CURL_LINE_MAX];
    cr_assert(line != NULL);
    memset(line, 'a', MEGABYTE);
    memcpy(line, "X: ", 3);
    slm_string shown = slmi_curl_clean(SLMI_CURL_RECEIVED, slm_string_of(line, MEGABYTE), out);
    cr_expect(eq(sz, shown.len, SLMI_CURL_LINE_MAX - 1));
    cr_expect(eq(str, out + shown.len - 4, "a..."));
    free(line);
}

/* -- events -----------------------------------------------------------------------------------------------------------
 */

static slm_mock *m;

static void begin(void)
{
    m = slm_mock_begin(NULL);
}

static void end(void)
{
    slm_mock_end(m);
}

TestSuite(curl_debug, .init = begin, .fini = end);

static void say(curl_infotype type, const char *text, size_t len, void *user)
{
    cr_expect(eq(int, slm_curl_debug(NULL, type, (char *)(uintptr_t)text, len, user), 0));
}

Test(curl_debug, each_kind_is_an_event_of_the_current_span)
{
    static const char sent[] = "GET / HTTP/1.1\r\nHost: a\r\nCookie: b\r\n\r\n";
    {
        SLM_SCOPE("request");
        say(CURLINFO_TEXT, "Connected\n", 10, NULL);
        say(CURLINFO_HEADER_OUT, sent, sizeof sent - 1, NULL);
        say(CURLINFO_HEADER_IN, "HTTP/1.1 200 OK\r\n", 17, NULL);
        say(CURLINFO_HEADER_IN, "\r\n", 2, NULL);
        say(CURLINFO_DATA_OUT, "secret", 6, NULL);
        say(CURLINFO_DATA_IN, "secret", 6, NULL);
        say(CURLINFO_SSL_DATA_OUT, "secret", 5, NULL);
        say(CURLINFO_SSL_DATA_IN, "secret", 4, NULL);
        say(CURLINFO_END, "x", 1, NULL);
        say(CURLINFO_TEXT, NULL, 7, NULL);
    }
    cr_expect(slm_expect_only_tree(
        m, "request > ('Connected'[DEBUG,target=curl], 'GET / HTTP/1.1'{direction='sent'}[TRACE,target=curl],"
           "'Host: a'{direction='sent'}, 'Cookie: [redacted]'{direction='sent'},"
           "'HTTP/1.1 200 OK'{direction='received'}[TRACE], 'data'{direction='sent', bytes=6}[TRACE],"
           "'data'{direction='received', bytes=6}, 'TLS data'{direction='sent', bytes=5},"
           "'TLS data'{direction='received', bytes=4})"));
}

Test(curl_debug, with_an_operation_they_belong_to_its_span)
{
    slm_curl_operation operation = { .span = SLM_SPAN("transfer") }, none = { .easy = NULL };
    {
        SLM_SCOPE("loop");
        say(CURLINFO_TEXT, "of the transfer", 15, &operation);
        say(CURLINFO_TEXT, "of the loop", 11, &none);
    }
    slm_span_end(operation.span);
    cr_expect(slm_expect_only_tree(m, "transfer > 'of the transfer', loop > 'of the loop'"));
}

Test(curl_debug, lines_without_end_are_bounded)
{
    enum { LINES = 1000 };
    char text[2 * LINES];
    for (int i = 0; i < LINES; i++)
        memcpy(text + (ptrdiff_t)2 * i, "x\n", 2);
    say(CURLINFO_TEXT, text, sizeof text, NULL);
    cr_expect(eq(sz, slm_mock_count(m, SLM_MOCK_EVENT, "x"), 128));
}

Test(curl_debug, a_real_transfer_speaks)
{
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, "http://frieda:secret@127.0.0.1:1/?q=secret");
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, slm_curl_debug);
    curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
    cr_expect(eq(int, slm_curl_perform(easy, NULL, NULL), CURLE_COULDNT_CONNECT));
    curl_easy_cleanup(easy);
    cr_expect(slm_expect_tree(m, "GET > '*Trying 127.0.0.1:1...'[DEBUG,target=curl]"));
    cr_expect(eq(ptr, strstr(slm_mock_calls(m), "secret"), NULL));
}
