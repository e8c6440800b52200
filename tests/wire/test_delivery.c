/* SPDX-License-Identifier: MIT */
/* The exporter against a receiver that behaves in every way there is: the verdicts, the words, the ledger. */
#include "tests/wire/delivery.h"

#define ROWS(rows) (rows), sizeof(rows) / sizeof *(rows)

static const char http2_settings[] = { 0, 0, 0, 4, 0, 0, 0, 0, 0 };
static const char tls_alert[] = { 0x15, 0x03, 0x01, 0, 2, 2, 40 };

typedef struct outcome_case {
    const char *why;
    server_row row;
    uint64_t delivered, rejected; /* of 10 */
    slm_diagnostic_kind kind;
    const char *message; /* part of it */
} outcome_case;

static const outcome_case final_cases[] = {
    { "a success", { SERVER_ANSWER, 200, NULL, "{}", 0 }, 10, 0, SLM_DIAG_REFUSED, "" },
    { "an empty body", { SERVER_ANSWER, 200, NULL, NULL, 0 }, 10, 0, SLM_DIAG_REFUSED, "" },
    { "an unreadable body", { SERVER_ANSWER, 200, NULL, "\x01{{{", 0 }, 10, 0, SLM_DIAG_REFUSED, "" },
    { "another success", { SERVER_ANSWER, 202, NULL, "", 0 }, 10, 0, SLM_DIAG_REFUSED, "" },
    { "a partial success",
      { SERVER_ANSWER, 200, NULL, "{\"partialSuccess\":{\"rejectedSpans\":\"3\",\"errorMessage\":\"too woolly\"}}", 0 },
      7,
      3,
      SLM_DIAG_REFUSED,
      "rejected 3 of 10 spans: too woolly" },
    { "a count that is a number",
      { SERVER_ANSWER, 200, NULL, "{\"partialSuccess\":{\"rejectedSpans\":4}}", 0 },
      6,
      4,
      SLM_DIAG_REFUSED,
      "rejected 4 of 10 spans: no reason given" },
    { "more rejected than sent",
      { SERVER_ANSWER, 200, NULL, "{\"partialSuccess\":{\"rejectedSpans\":\"99\"}}", 0 },
      0,
      10,
      SLM_DIAG_REFUSED,
      "rejected 10 of 10" },
    { "a count below zero",
      { SERVER_ANSWER, 200, NULL, "{\"partialSuccess\":{\"rejectedSpans\":\"-5\"}}", 0 },
      10,
      0,
      SLM_DIAG_REFUSED,
      "" },
    { "a warning only",
      { SERVER_ANSWER, 200, NULL, "{\"partialSuccess\":{\"errorMessage\":\"please upgrade\"}}", 0 },
      10,
      0,
      SLM_DIAG_REFUSED,
      "accepted all spans, but says: please upgrade" },
    { "a bad request",
      { SERVER_ANSWER, 400, NULL, "{\"code\":3,\"message\":\"no such\\nfield\"}", 0 },
      0,
      10,
      SLM_DIAG_REFUSED,
      "refused 10 spans: 400 Bad Request: no such field" },
    { "the wrong path",
      { SERVER_ANSWER, 404, NULL, "<html>nothing here</html>", 0 },
      0,
      10,
      SLM_DIAG_REFUSED,
      "404 Not Found. Is the path right?" },
    { "too large",
      { SERVER_ANSWER, 413, NULL, NULL, 0 },
      0,
      10,
      SLM_DIAG_REFUSED,
      "413 Content Too Large. A smaller OTEL_BSP_MAX_EXPORT_BATCH_SIZE" },
    { "not JSON", { SERVER_ANSWER, 415, NULL, NULL, 0 }, 0, 10, SLM_DIAG_REFUSED, "Does it take JSON?" },
    { "no leave", { SERVER_ANSWER, 401, NULL, NULL, 0 }, 0, 10, SLM_DIAG_REFUSED, "Are the credentials" },
    { "a server error that is not to be tried again",
      { SERVER_ANSWER, 500, NULL, NULL, 0 },
      0,
      10,
      SLM_DIAG_REFUSED,
      "500 Internal Server Error" },
    { "a redirect",
      { SERVER_ANSWER, 307, "Location: http://127.0.0.1:1/elsewhere\r\n", NULL, 0 },
      0,
      10,
      SLM_DIAG_REFUSED,
      "307 Temporary Redirect to http://127.0.0.1:1/elsewhere. Redirects are not followed" },
    { "plain HTTP to a TLS port, said in words",
      { SERVER_ANSWER, 400, NULL, "Client sent an HTTP request to an HTTPS server.\n", 0 },
      0,
      10,
      SLM_DIAG_REFUSED,
      "Does it expect TLS?" },
    { "an answer of 100 MiB", { SERVER_BIG, 200, NULL, NULL, 0 }, 0, 10, SLM_DIAG_REFUSED, "longer than 4 MiB" },
    { "interim answers without end", { SERVER_INTERIM, 0, NULL, NULL, 0 }, 0, 10, SLM_DIAG_REFUSED, "longer than" },
    { "headers without end", { SERVER_HEADERS, 0, NULL, NULL, 0 }, 0, 10, SLM_DIAG_REFUSED, "longer than" },
};

static void an_answer_decides_what_becomes_of_the_batch(const outcome_case *c)
{
    server *s = server_start(&c->row, 1);
    slm_pipeline_stats before = fake_stats(0);
    int failures = check_failures;
    sdk_start(server_port(s), NULL);
    fake_end(10);
    CHECK_EQUAL(slm_flush(AMPLE_MS), c->rejected > 0 ? SLM_ERR_UNDELIVERED : SLM_OK);
    CHECK_EQUAL(server_requests(s), 1);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);

    slm_pipeline_stats stats = stats_since(before, 0);
    CHECK_EQUAL(stats.delivered, c->delivered);
    CHECK_EQUAL(stats.rejected, c->rejected);
    check_balance(&stats);
    CHECK_CONTAINS(fake_message(c->kind), c->message);
    CHECK_EQUAL(fake_messages(c->kind), c->message[0] ? 1 : 0);
    CHECK_EQUAL(fake_messages(SLM_DIAG_UNREACHABLE), 0);
    CHECK_EQUAL(fake_messages(SLM_DIAG_UNDELIVERED), c->rejected > 0 ? 1 : 0);
    CHECK(server_bodies_well_formed(s));
    server_stop(s);
    if (check_failures != failures)
        fprintf(stderr, "  ... in the case of %s\n", c->why);
}

static const outcome_case passing_cases[] = {
    { "unavailable",
      { SERVER_ANSWER, 503, NULL, NULL, 0 },
      0,
      0,
      SLM_DIAG_UNREACHABLE,
      "503 Service Unavailable; keep" },
    { "a bad gateway", { SERVER_ANSWER, 502, NULL, NULL, 0 }, 0, 0, SLM_DIAG_UNREACHABLE, "502 Bad Gateway; keeping" },
    { "a gateway's timeout", { SERVER_ANSWER, 504, NULL, NULL, 0 }, 0, 0, SLM_DIAG_UNREACHABLE, "504 Gateway Timeout" },
    { "too many requests", { SERVER_ANSWER, 429, NULL, NULL, 0 }, 0, 0, SLM_DIAG_UNREACHABLE, "429 Too Many Requests" },
    { "a wish in seconds",
      { SERVER_ANSWER, 429, "Retry-After: 1\r\n", NULL, 0 },
      0,
      0,
      SLM_DIAG_UNREACHABLE,
      "429 Too Many Requests; keeping up to 2048 spans, next try in 1 s" },
    { "a wish in the past",
      { SERVER_ANSWER, 503, "Retry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\n", NULL, 0 },
      0,
      0,
      SLM_DIAG_UNREACHABLE,
      "next try in 1 s" },
    { "a wish that is none",
      { SERVER_ANSWER, 503, "Retry-After: soon\r\n", NULL, 0 },
      0,
      0,
      SLM_DIAG_UNREACHABLE,
      "next try in 1 s" },
    { "an answer cut short", { SERVER_CUT, 200, NULL, "{", 0 }, 0, 0, SLM_DIAG_UNREACHABLE, "connection was closed" },
    { "no answer",
      { SERVER_CLOSE, 0, NULL, NULL, 0 },
      0,
      0,
      SLM_DIAG_UNREACHABLE,
      "closed without an answer; keeping up to 2048 spans, next try in 1 s. Is that a port for TLS" },
    { "garbage", { SERVER_RAW, 0, NULL, "yakyakyakyak", 0 }, 0, 0, SLM_DIAG_UNREACHABLE, "is not HTTP" },
    { "a gRPC port",
      { SERVER_RAW_OPEN, 0, NULL, http2_settings, sizeof http2_settings },
      0,
      0,
      SLM_DIAG_UNREACHABLE,
      "Is that a gRPC port? OTLP over HTTP is usually on port 4318" },
    { "a TLS port",
      { SERVER_RAW, 0, NULL, tls_alert, sizeof tls_alert },
      0,
      0,
      SLM_DIAG_UNREACHABLE,
      "Does it expect TLS? Then the endpoint begins with https://" },
};

static void what_may_pass_is_tried_again(const outcome_case *c)
{
    const server_row rows[] = { c->row, { SERVER_ANSWER, 200, NULL, "{}", 0 } };
    server *s = server_start(ROWS(rows));
    slm_pipeline_stats before = fake_stats(0);
    int failures = check_failures;
    sdk_start(server_port(s), NULL);
    fake_end(10);
    CHECK_EQUAL(flush_all(), SLM_OK);
    CHECK_EQUAL(server_acknowledged(s), 10);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);

    slm_pipeline_stats stats = stats_since(before, 0);
    CHECK_EQUAL(stats.delivered, 10);
    check_balance(&stats);
    CHECK_CONTAINS(fake_message(c->kind), c->message);
    CHECK_EQUAL(fake_messages(SLM_DIAG_REFUSED), 0);
    CHECK_EQUAL(fake_messages(SLM_DIAG_UNDELIVERED), 0);
    server_stop(s);
    if (check_failures != failures)
        fprintf(stderr, "  ... in the case of %s\n", c->why);
}

static void a_request_looks_as_the_specification_wants_it(void)
{
    const server_row rows[] = { { SERVER_ANSWER, 200, NULL, "{}", 0 } };
    const slm_config config = { .headers = "x-flock=blue%20faced,authorization=Bearer%20w001" };
    server *s = server_start(ROWS(rows));
    sdk_start(server_port(s), &config);
    fake_end(1);
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    const char *head = server_last_head(s);
    CHECK_CONTAINS(head, "POST /v1/traces HTTP/1.1\r\n");
    CHECK_CONTAINS(head, "\r\nContent-Type: application/json\r\n");
    CHECK_CONTAINS(head, "\r\nUser-Agent: OTel-OTLP-Exporter-C/0.1.0\r\n");
    CHECK_CONTAINS(head, "\r\nx-flock: blue faced\r\n");
    CHECK_CONTAINS(head, "\r\nauthorization: Bearer w001\r\n");
    CHECK(!strstr(head, "Expect:"));
    CHECK(!strstr(head, "Accept-Encoding:"));
    server_stop(s);
}

static void one_connection_serves_many_batches(void)
{
    const server_row rows[] = { { SERVER_ANSWER, 200, NULL, "{}", 0 } };
    const slm_config config = { .batch_spans = 7 };
    server *s = server_start(ROWS(rows));
    slm_pipeline_stats before = fake_stats(0);
    sdk_start(server_port(s), &config);
    for (unsigned i = 0; i < 10; i++) {
        fake_end(100);
        CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    }
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    slm_pipeline_stats stats = stats_since(before, 0);
    CHECK_EQUAL(stats.delivered, 1000);
    CHECK_EQUAL(server_acknowledged(s), 1000);
    CHECK_EQUAL(server_connections(s), 1);
    check_balance(&stats);
    server_stop(s);
}

static void spans_wait_for_a_collector_that_comes_later(void)
{
    const server_row rows[] = { { SERVER_ANSWER, 200, NULL, "{}", 0 } };
    uint16_t port = server_free_port();
    slm_pipeline_stats before = fake_stats(0);
    sdk_start(port, NULL);
    fake_end(10);
    do
        CHECK_EQUAL(slm_flush(50), SLM_ERR_TIMED_OUT);
    while (fake_messages(SLM_DIAG_UNREACHABLE) == 0);
    CHECK_CONTAINS(fake_message(SLM_DIAG_UNREACHABLE), "cannot deliver to http://127.0.0.1:");
    CHECK_CONTAINS(fake_message(SLM_DIAG_UNREACHABLE), "/v1/traces: connection refused; keeping up to 2048 spans, "
                                                       "next try in 1 s. No collector? Run: spanloom view");
    server *s = server_start_at(port, ROWS(rows));
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(server_acknowledged(s), 10);
    slm_pipeline_stats stats = stats_since(before, 0);
    CHECK_EQUAL(stats.delivered, 10);
    check_balance(&stats);
    server_stop(s);
}

static void zipkin_takes_its_own_form(void)
{
    const server_row rows[] = { { SERVER_ANSWER, 202, NULL, NULL, 0 } };
    char endpoint[80];
    server *s = server_start(ROWS(rows));
    snprintf(endpoint, sizeof endpoint, "http://127.0.0.1:%u/api/v2/spans", (unsigned)server_port(s));
    const slm_config config = { .exporters = SLM_EXPORTER_ZIPKIN, .zipkin_endpoint = endpoint };
    sdk_start(0, &config);
    fake_end(10);
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(server_acknowledged(s), 10);
    CHECK_CONTAINS(server_last_head(s), "POST /api/v2/spans HTTP/1.1\r\n");
    CHECK_CONTAINS(server_last_head(s), "\r\nb3: 0\r\n");
    server_stop(s);
}

static void tls_to_a_plain_port_is_named(void)
{
    const server_row rows[] = { { SERVER_RAW, 0, NULL, "HTTP/1.1 400 Bad Request\r\n\r\n", 0 } };
    char endpoint[80];
    server *s = server_start(ROWS(rows));
    snprintf(endpoint, sizeof endpoint, "https://127.0.0.1:%u/v1/traces", (unsigned)server_port(s));
    const slm_config config = { .endpoint = endpoint };
    slm_pipeline_stats before = fake_stats(0);
    sdk_start(0, &config);
    fake_end(10);
    while (fake_messages(SLM_DIAG_UNREACHABLE) == 0)
        CHECK_EQUAL(slm_flush(50), SLM_ERR_TIMED_OUT);
    server_stop(s);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_ERR_UNDELIVERED);
    CHECK_CONTAINS(fake_message(SLM_DIAG_UNREACHABLE),
                   "Does it speak plain HTTP? Then the endpoint begins with http://");
    CHECK_CONTAINS(fake_message(SLM_DIAG_UNDELIVERED), "spans not delivered (");
    slm_pipeline_stats stats = stats_since(before, 0);
    CHECK_EQUAL(stats.dropped[SLM_DROP_UNREACHABLE], 10);
    check_balance(&stats);
}

int main(void)
{
    for (size_t i = 0; i < sizeof final_cases / sizeof *final_cases; i++)
        an_answer_decides_what_becomes_of_the_batch(&final_cases[i]);
    for (size_t i = 0; i < sizeof passing_cases / sizeof *passing_cases; i++)
        what_may_pass_is_tried_again(&passing_cases[i]);
    a_request_looks_as_the_specification_wants_it();
    one_connection_serves_many_batches();
    spans_wait_for_a_collector_that_comes_later();
    zipkin_takes_its_own_form();
    tls_to_a_plain_port_is_named();
    return check_result();
}
