/* SPDX-License-Identifier: MIT */
/* OTLP over gRPC against a receiver that answers in every way there is: the verdicts, the words, the ledger. */
#include "tests/wire/grpc.h"

static const char tls_alert[] = { 0x15, 0x03, 0x01, 0, 2, 2, 40 };
static const char three_rejected[] = "\x0a\x0e\x08\x03\x12\x0atoo woolly";
/* The same, compressed by gzip(1). */
static const unsigned char three_rejected_packed[] = {
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xe3, 0xe2, 0xe3, 0x60, 0x16, 0xe2, 0x2a, 0xc9,
    0xcf, 0x57, 0x28, 0xcf, 0xcf, 0xcf, 0xc9, 0xa9, 0x04, 0x00, 0xc8, 0xb5, 0x36, 0x0c, 0x10, 0x00, 0x00, 0x00,
};
/* A google.rpc.Status with a RetryInfo of 20 ms. */
#define RETRY_IN_20_MS "CAgaMwoodHlwZS5nb29nbGVhcGlzLmNvbS9nb29nbGUucnBjLlJldHJ5SW5mbxIHCgUQgNrECQ"

typedef struct outcome_case {
    const char *why;
    grpc_row row;
    unsigned delivered, rejected; /* of 10 */
    const char *message;          /* part of the one diagnostic; "": there is none */
} outcome_case;

static const outcome_case final_cases[] = {
    { "a success", { .act = GRPC_ANSWER }, 10, 0, "" },
    { "a success without a reply", { .act = GRPC_TRAILERS }, 10, 0, "" },
    { "an unreadable reply", { .act = GRPC_ANSWER, .reply = "\x01{{{" }, 10, 0, "" },
    { "a partial success",
      { .act = GRPC_ANSWER, .reply = three_rejected },
      7,
      3,
      "rejected 3 of 10 spans: too woolly" },
    { "more rejected than sent", { .act = GRPC_ANSWER, .reply = "\x0a\x02\x08\x63" }, 0, 10, "rejected 10 of 10" },
    { "a warning only",
      { .act = GRPC_ANSWER, .reply = "\x0a\x10\x12\x0eplease upgrade" },
      10,
      0,
      "accepted all spans, but says: please upgrade" },
    { "a bad request",
      { .act = GRPC_TRAILERS, .status = 3, .message = "no%20such%0Afield" },
      0,
      10,
      "refused 10 spans: INVALID_ARGUMENT (3): no such field" },
    { "an error after a reply", { .act = GRPC_ANSWER, .status = 13, .reply = "" }, 0, 10, "INTERNAL (13)" },
    { "another service",
      { .act = GRPC_TRAILERS, .status = 12 },
      0,
      10,
      "UNIMPLEMENTED (12). Does it take traces over gRPC?" },
    { "no leave", { .act = GRPC_TRAILERS, .status = 16 }, 0, 10, "UNAUTHENTICATED (16). Are the credentials" },
    { "exhausted, and not saying until when",
      { .act = GRPC_TRAILERS, .status = 8, .message = "too large" },
      0,
      10,
      "RESOURCE_EXHAUSTED (8): too large. A smaller OTEL_BSP_MAX_EXPORT_BATCH_SIZE" },
    { "no such code", { .act = GRPC_TRAILERS, .status = 99 }, 0, 10, "grpc-status 99" },
    { "a web page", { .act = GRPC_MUTE, .status = 200 }, 0, 10, "HTTP 200 without a grpc-status. Is that a port" },
    { "a path that is not there", { .act = GRPC_MUTE, .status = 404 }, 0, 10, "HTTP 404 without a grpc-status" },
    { "a success that does not say so",
      { .act = GRPC_MUTE, .status = 200, .message = "application/grpc" },
      0,
      10,
      "it answered without a grpc-status" },
    { "a stream that ends by INTERNAL_ERROR",
      { .act = GRPC_RESET, .status = 2 },
      0,
      10,
      "it ended the stream: INTERNAL_ERROR" },
    { "a reply of 5 MiB", { .act = GRPC_BIG }, 0, 10, "its answer is longer than 4 MiB" },
    { "headers that grow when unpacked",
      { .act = GRPC_HEADERS, .status = 3000 },
      0,
      10,
      "its headers are longer than 256 KiB" },
    { "headers without end", { .act = GRPC_HEADERS, .status = 4000 }, 0, 10, "its headers are longer than 256 KiB" },
    { "interim answers without end", { .act = GRPC_INTERIM }, 0, 10, "its headers are longer than 256 KiB" },
    { "a compressed partial success",
      { .act = GRPC_ANSWER,
        .reply = (const char *)three_rejected_packed,
        .reply_len = sizeof three_rejected_packed,
        .compressed_reply = true },
      7,
      3,
      "rejected 3 of 10 spans: too woolly" },
};

static void an_answer_decides_what_becomes_of_the_batch(const outcome_case *c)
{
    grpc_server *s = grpc_server_start(&c->row, 1, NULL);
    slm_pipeline_stats before = fake_stats(0);
    int failures = check_failures;
    grpc_start(s, NULL);
    fake_end(10);
    CHECK_EQUAL(slm_flush(AMPLE_MS), c->rejected > 0 ? SLM_ERR_UNDELIVERED : SLM_OK);
    CHECK_EQUAL(grpc_server_requests(s), 1);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);

    slm_pipeline_stats stats = stats_since(before, 0);
    CHECK_EQUAL(stats.delivered, c->delivered);
    CHECK_EQUAL(stats.rejected, c->rejected);
    check_balance(&stats);
    CHECK_CONTAINS(fake_message(SLM_DIAG_REFUSED), c->message);
    CHECK_EQUAL(fake_messages(SLM_DIAG_REFUSED), c->message[0] ? 1 : 0);
    CHECK_EQUAL(fake_messages(SLM_DIAG_UNREACHABLE), 0);
    CHECK_EQUAL(fake_messages(SLM_DIAG_UNDELIVERED), c->rejected > 0 ? 1 : 0);
    CHECK(grpc_server_well_formed(s));
    grpc_server_stop(s);
    if (check_failures != failures)
        fprintf(stderr, "  ... in the case of %s\n", c->why);
}

static const outcome_case passing_cases[] = {
    { "unavailable",
      { .act = GRPC_TRAILERS, .status = 14, .message = "shearing" },
      0,
      0,
      "UNAVAILABLE (14): shearing; keeping up to 2048 spans, next try in 1 s" },
    { "cancelled", { .act = GRPC_TRAILERS, .status = 1 }, 0, 0, "CANCELLED (1); keeping" },
    { "too late", { .act = GRPC_TRAILERS, .status = 4 }, 0, 0, "DEADLINE_EXCEEDED (4); keeping" },
    { "aborted", { .act = GRPC_TRAILERS, .status = 10 }, 0, 0, "ABORTED (10); keeping" },
    { "lost", { .act = GRPC_TRAILERS, .status = 15 }, 0, 0, "DATA_LOSS (15); keeping" },
    { "exhausted for a while",
      { .act = GRPC_TRAILERS, .status = 8, .details = RETRY_IN_20_MS },
      0,
      0,
      "RESOURCE_EXHAUSTED (8); keeping up to 2048 spans, next try in 1 s" },
    { "unavailable for a while",
      { .act = GRPC_ANSWER, .status = 14, .details = RETRY_IN_20_MS },
      0,
      0,
      "UNAVAILABLE (14); keeping" },
    { "a proxy whose server is away",
      { .act = GRPC_MUTE, .status = 503 },
      0,
      0,
      "HTTP 503 without a grpc-status; keeping" },
    { "a stream that ends by CANCEL", { .act = GRPC_RESET, .status = 8 }, 0, 0, "it ended the stream: CANCEL; keep" },
    { "an answer cut short", { .act = GRPC_CUT }, 0, 0, "the connection was closed without an answer; keeping" },
    { "no answer", { .act = GRPC_CLOSE }, 0, 0, "the connection was closed without an answer; keeping" },
    { "garbage", { .act = GRPC_RAW, .reply = "yakyakyakyakyakyak" }, 0, 0, "what it answered is not HTTP/2; keeping" },
    { "an HTTP/1 port",
      { .act = GRPC_RAW, .reply = "HTTP/1.1 400 Bad Request\r\n\r\n" },
      0,
      0,
      "next try in 1 s. Is that a port for OTLP over HTTP? gRPC is usually on port 4317" },
    { "a TLS port",
      { .act = GRPC_RAW, .reply = tls_alert, .reply_len = sizeof tls_alert },
      0,
      0,
      "Does it expect TLS? Then the endpoint begins with https://" },
};

static void what_may_pass_is_tried_again(const outcome_case *c)
{
    const grpc_row rows[] = { c->row, { .act = GRPC_ANSWER } };
    grpc_server *s = grpc_server_start(ROWS(rows), NULL);
    slm_pipeline_stats before = fake_stats(0);
    int failures = check_failures;
    grpc_start(s, NULL);
    fake_end(10);
    CHECK_EQUAL(flush_all(), SLM_OK);
    CHECK_CONTAINS(fake_message(SLM_DIAG_UNREACHABLE), c->message);
    CHECK_EQUAL(fake_messages(SLM_DIAG_REFUSED), 0);
    grpc_finish(s, before, 10);
    CHECK_EQUAL(fake_messages(SLM_DIAG_UNDELIVERED), 0);
    if (check_failures != failures)
        fprintf(stderr, "  ... in the case of %s\n", c->why);
}

static void a_request_looks_as_the_specification_wants_it(void)
{
    const slm_config config = { .headers = "X-Flock=blue%20faced,authorization=Bearer%20w001",
                                .request_timeout_ms = 9000 };
    grpc_server *s = grpc_server_start(ROWS(grpc_accepts), NULL);
    slm_pipeline_stats before = fake_stats(0);
    char authority[40];
    grpc_start(s, &config);
    fake_end(1);
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    const char *head = grpc_server_last_head(s);
    snprintf(authority, sizeof authority, ":authority: 127.0.0.1:%u\n", (unsigned)grpc_server_port(s));
    CHECK_CONTAINS(head, ":method: POST\n");
    CHECK_CONTAINS(head, ":scheme: http\n");
    CHECK_CONTAINS(head, ":path: /opentelemetry.proto.collector.trace.v1.TraceService/Export\n");
    CHECK_CONTAINS(head, authority);
    CHECK_CONTAINS(head, "te: trailers\n");
    CHECK_CONTAINS(head, "content-type: application/grpc\n");
    CHECK_CONTAINS(head, "user-agent: OTel-OTLP-Exporter-C/0.1.0\n");
    CHECK_CONTAINS(head, "grpc-accept-encoding: identity,gzip\n");
    CHECK_CONTAINS(head, "x-flock: blue faced\n");
    CHECK_CONTAINS(head, "authorization: Bearer w001\n");
    CHECK(!strstr(head, "grpc-encoding:"));
    unsigned timeout_ms = 0;
    const char *timeout = strstr(head, "grpc-timeout: ");
    CHECK(timeout && sscanf(timeout, "grpc-timeout: %um\n", &timeout_ms) == 1);
    CHECK(timeout_ms > 0 && timeout_ms <= 9000);
    slm_pipeline_stats stats = stats_since(before, 0);
    check_balance(&stats);
    grpc_server_stop(s);
}

static void a_header_that_is_grpcs_own_is_left_out_and_named(void)
{
    const slm_config config = { .headers = "x-flock=blue,grpc-timeout=1S" };
    grpc_server *s = grpc_server_start(ROWS(grpc_accepts), NULL);
    grpc_start(s, &config);
    fake_end(1);
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    CHECK_CONTAINS(fake_message(SLM_DIAG_CONFIGURATION), "header number 2 cannot go over gRPC");
    CHECK(!strstr(grpc_server_last_head(s), "1S"));
    CHECK_CONTAINS(grpc_server_last_head(s), "x-flock: blue\n");
    grpc_server_stop(s);
}

static void bodies_go_compressed_if_asked_for(void)
{
    const slm_config config = { .compression = "gzip" };
    grpc_server *s = grpc_server_start(ROWS(grpc_accepts), NULL);
    slm_pipeline_stats before = fake_stats(0);
    grpc_start(s, &config);
    fake_payload(500);
    fake_end(500);
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    CHECK_CONTAINS(grpc_server_last_head(s), "grpc-encoding: gzip\n");
    CHECK(grpc_server_read(s) < 500u * 500u / 2);
    grpc_finish(s, before, 500);
}

/* Whichever allocation of a delivery is refused, nghttp2's among them, each span is delivered or counted as dropped. */
static void without_memory_nothing_is_lost_uncounted(void)
{
    const slm_config config = { .compression = "gzip" };
    for (unsigned nth = 1; nth <= 30; nth++) {
        grpc_server *s = grpc_server_start(ROWS(grpc_accepts), NULL);
        slm_pipeline_stats before = fake_stats(0);
        grpc_start(s, &config);
        fake_fail_allocation(nth);
        fake_end(100);
        slm_status status = flush_all();
        fake_fail_allocation(0);
        CHECK(status == SLM_OK || status == SLM_ERR_UNDELIVERED);
        CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
        slm_pipeline_stats stats = stats_since(before, 0);
        check_balance(&stats);
        CHECK_EQUAL(grpc_server_acknowledged(s), stats.delivered);
        CHECK_EQUAL(stats.delivered + stats.dropped[SLM_DROP_NO_MEMORY], 100);
        grpc_server_stop(s);
    }
}

int main(int argc, char **argv)
{
    by_host = argc > 1 && strcmp(argv[1], "host") == 0; /* the exporters have no thread, the test drives them */
    for (size_t i = 0; i < sizeof final_cases / sizeof *final_cases; i++)
        an_answer_decides_what_becomes_of_the_batch(&final_cases[i]);
    for (size_t i = 0; i < sizeof passing_cases / sizeof *passing_cases; i++)
        what_may_pass_is_tried_again(&passing_cases[i]);
    a_request_looks_as_the_specification_wants_it();
    a_header_that_is_grpcs_own_is_left_out_and_named();
    bodies_go_compressed_if_asked_for();
    without_memory_nothing_is_lost_uncounted();
    return check_result();
}
