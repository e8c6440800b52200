/* SPDX-License-Identifier: MIT */
/* What OTLP's requests look like: JSON or protobuf, plain or compressed; and the answers to protobuf. */
#include "tests/wire/delivery.h"

#include <unistd.h>

static const struct {
    const char *protocol, *compression;
    const char *type;
} formats[] = {
    { NULL, NULL, "application/json" },
    { "http/protobuf", NULL, "application/x-protobuf" },
    { NULL, "gzip", "application/json" },
    { "http/protobuf", "gzip", "application/x-protobuf" },
};
enum { FORMATS = sizeof formats / sizeof *formats };

static void every_span_arrives_in_each_format(unsigned i)
{
    /* The first attempt fails: the second must send the same. */
    static const server_row rows[] = { { SERVER_ANSWER, 503, NULL, NULL, 0 }, { SERVER_ANSWER, 200, NULL, NULL, 0 } };
    enum { SPANS = 2000 };
    server *s = server_start(rows, 2);
    slm_pipeline_stats before = fake_stats(0);
    slm_config config = { .protocol = formats[i].protocol, .compression = formats[i].compression };
    char line[80];
    sdk_start(server_port(s), &config);
    fake_end(SPANS);
    CHECK_EQUAL(flush_all(), SLM_OK);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(server_acknowledged(s), SPANS);
    CHECK(server_bodies_well_formed(s));

    slm_pipeline_stats stats = stats_since(before, 0);
    CHECK_EQUAL(stats.delivered, SPANS);
    check_balance(&stats);
    snprintf(line, sizeof line, "\r\nContent-Type: %s\r\n", formats[i].type);
    CHECK_CONTAINS(server_last_head(s), line);
    bool compressed = strstr(server_last_head(s), "\r\nContent-Encoding: gzip\r\n") != NULL;
    CHECK_EQUAL(compressed, formats[i].compression != NULL);
    server_stop(s);
}

#define PROTOBUF "Content-Type: application/x-protobuf\r\n"

static const struct {
    server_row row;
    uint64_t rejected; /* of 10 */
    const char *message;
} answers[] = {
    { { SERVER_ANSWER, 200, PROTOBUF, "\x0a\x00", 2 }, 0, "" },
    { { SERVER_ANSWER, 200, PROTOBUF,
        "\x0a\x0c\x08\x03\x12\x08"
        "too wool",
        14 },
      3,
      "rejected 3 of 10 spans: too wool" },
    { { SERVER_ANSWER, 200, PROTOBUF,
        "\x0a\x06\x12\x04"
        "hmmm",
        8 },
      0,
      "accepted all spans, but says: hmmm" },
    { { SERVER_ANSWER, 200, PROTOBUF, "\x0a\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 13 }, 0, "" },
    { { SERVER_ANSWER, 200, PROTOBUF, "\xff\xff\xff", 3 }, 0, "" },
    { { SERVER_ANSWER, 400, PROTOBUF,
        "\x08\x03\x12\x05"
        "no go",
        9 },
      10,
      "400 Bad Request: no go" },
    { { SERVER_ANSWER, 400, NULL, "{\"message\":\"as JSON\"}", 0 }, 10, "400 Bad Request: as JSON" },
    { { SERVER_ANSWER, 415, NULL, NULL, 0 }, 10, "Does it take protobuf?" },
};

static void an_answer_in_protobuf_is_understood(unsigned i)
{
    server *s = server_start(&answers[i].row, 1);
    slm_pipeline_stats before = fake_stats(0);
    slm_config config = { .protocol = "http/protobuf" };
    sdk_start(server_port(s), &config);
    fake_end(10);
    CHECK_EQUAL(slm_flush(AMPLE_MS), answers[i].rejected > 0 ? SLM_ERR_UNDELIVERED : SLM_OK);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    slm_pipeline_stats stats = stats_since(before, 0);
    CHECK_EQUAL(stats.rejected, answers[i].rejected);
    CHECK_EQUAL(stats.delivered, 10 - answers[i].rejected);
    check_balance(&stats);
    CHECK_CONTAINS(fake_message(SLM_DIAG_REFUSED), answers[i].message);
    CHECK_EQUAL(fake_messages(SLM_DIAG_REFUSED), answers[i].message[0] ? 1 : 0);
    server_stop(s);
}

static void spans_go_through_a_unix_socket(const char *scheme)
{
    static const server_row row = { SERVER_ANSWER, 200, NULL, NULL, 0 };
    char folder[] = "/tmp/spanloom-XXXXXX", path[64], endpoint[80];
    CHECK(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/socket", folder);
    snprintf(endpoint, sizeof endpoint, "%s%s", scheme, path);
    slm_pipeline_stats before = fake_stats(0);
    slm_config config = { .endpoint = endpoint };
    /* A proxy leads nowhere from a socket. */
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    server *s = server_start_unix(path, &row, 1);
    sdk_start(0, &config);
    fake_end(100);
    CHECK_EQUAL(flush_all(), SLM_OK);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    unsetenv("http_proxy");
    CHECK_EQUAL(server_acknowledged(s), 100);
    CHECK_CONTAINS(server_last_head(s), "POST /v1/traces HTTP/1.1\r\nHost: localhost\r\n");
    slm_pipeline_stats stats = stats_since(before, 0);
    check_balance(&stats);
    server_stop(s);

    /* Nobody listens there any more. */
    sdk_start(0, &config);
    fake_end(3);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_ERR_UNDELIVERED);
    CHECK_CONTAINS(fake_message(SLM_DIAG_UNREACHABLE), path);
    unlink(path);
    rmdir(folder);
}

/* Whichever allocation of a compressed delivery is refused, each span is delivered or counted as dropped. */
static void without_memory_nothing_is_lost_uncounted(void)
{
    static const server_row row = { SERVER_ANSWER, 200, NULL, NULL, 0 };
    for (unsigned nth = 1; nth <= 12; nth++) {
        server *s = server_start(&row, 1);
        slm_pipeline_stats before = fake_stats(0);
        slm_config config = { .compression = "gzip", .protocol = "http/protobuf" };
        sdk_start(server_port(s), &config);
        fake_fail_allocation(nth);
        fake_end(100);
        slm_status status = flush_all();
        fake_fail_allocation(0);
        CHECK(status == SLM_OK || status == SLM_ERR_UNDELIVERED);
        CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
        slm_pipeline_stats stats = stats_since(before, 0);
        check_balance(&stats);
        CHECK_EQUAL(server_acknowledged(s), stats.delivered);
        CHECK_EQUAL(stats.delivered + stats.dropped[SLM_DROP_NO_MEMORY], 100);
        server_stop(s);
    }
}

int main(void)
{
    for (unsigned i = 0; i < FORMATS; i++)
        every_span_arrives_in_each_format(i);
    for (unsigned i = 0; i < sizeof answers / sizeof *answers; i++)
        an_answer_in_protobuf_is_understood(i);
    without_memory_nothing_is_lost_uncounted();
    spans_go_through_a_unix_socket("unix:");
    spans_go_through_a_unix_socket("unix://");
    return check_result();
}
