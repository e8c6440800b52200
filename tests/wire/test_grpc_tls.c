/* SPDX-License-Identifier: MIT */
/* OTLP over gRPC over TLS: h2 is what is offered, whom it trusts is settled at slm_init(), and the connection lives on
 * between calls. */
#include "tests/wire/grpc.h"
#include "tests/wire/grpc_tls.h"

#include <signal.h>
#include <unistd.h>

static char folder[] = "/tmp/spanloom-XXXXXX";
static char certificate[64], key[64];

/* A self-signed certificate, which is its own CA. */
static void make_identity(void)
{
    char command[512];
    CHECK(mkdtemp(folder) != NULL);
    snprintf(certificate, sizeof certificate, "%s/server.crt", folder);
    snprintf(key, sizeof key, "%s/server.key", folder);
    snprintf(command, sizeof command,
             OPENSSL_PROGRAM " req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=yak "
                             "-addext subjectAltName=IP:127.0.0.1 -keyout %s -out %s 2>/dev/null",
             key, certificate);
    CHECK_EQUAL(system(command), 0);
}

static void forget_identity(void)
{
    unlink(certificate);
    unlink(key);
    rmdir(folder);
}

static void start(const grpc_server *s, const char *ca_file)
{
    char endpoint[80];
    snprintf(endpoint, sizeof endpoint, "https://127.0.0.1:%u", (unsigned)grpc_server_port(s));
    const slm_config config = { .endpoint = endpoint, .ca_file = ca_file, .queue_spans = 4096, .batch_spans = 4096 };
    grpc_start(s, &config);
}

static void spans_arrive(bool h2)
{
    const grpc_row rows[] = { { .act = GRPC_PING } };
    grpc_io io = grpc_tls_new(certificate, key, h2);
    const grpc_server_options options = { .io = &io };
    grpc_server *s = grpc_server_start(ROWS(rows), &options);
    slm_pipeline_stats before = fake_stats(0);
    start(s, certificate);
    fake_payload(1000);
    fake_end(2000); /* 2 MB */
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    grpc_await(s, grpc_server_pongs, 4);
    fake_end(10);
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    CHECK_CONTAINS(grpc_server_last_head(s), ":scheme: https\n");
    CHECK_EQUAL(grpc_server_connections(s), 1);
    grpc_finish(s, before, 2010);
    CHECK_EQUAL(fake_messages(SLM_DIAG_UNREACHABLE), 0);
    grpc_tls_free(&io);
}

/* Not one byte of a span leaves. */
static void nothing_is_sent_to_whom_nobody_vouches_for(void)
{
    grpc_io io = grpc_tls_new(certificate, key, true);
    const grpc_server_options options = { .io = &io };
    grpc_server *s = grpc_server_start(ROWS(grpc_accepts), &options);
    slm_pipeline_stats before = fake_stats(0);
    start(s, NULL);
    fake_end(10);
    CHECK_EQUAL(slm_flush(0), SLM_ERR_TIMED_OUT);
    while (fake_messages(SLM_DIAG_UNREACHABLE) == 0)
        pass_time();
    CHECK(slm_shutdown(20) != SLM_OK);
    await_drop();
    CHECK_CONTAINS(fake_message(SLM_DIAG_UNREACHABLE), "certificate");
    slm_pipeline_stats stats = stats_since(before, 0);
    CHECK_EQUAL(stats.delivered, 0);
    check_balance(&stats);
    CHECK_EQUAL(grpc_server_requests(s), 0);
    grpc_server_stop(s);
    grpc_tls_free(&io);
}

static void tls_to_a_plain_port_is_named(void)
{
    grpc_server *s = grpc_server_start(ROWS(grpc_accepts), NULL);
    slm_pipeline_stats before = fake_stats(0);
    start(s, certificate);
    fake_end(10);
    CHECK_EQUAL(slm_flush(0), SLM_ERR_TIMED_OUT);
    while (fake_messages(SLM_DIAG_UNREACHABLE) == 0)
        pass_time();
    CHECK(slm_shutdown(20) != SLM_OK);
    await_drop();
    CHECK_CONTAINS(fake_message(SLM_DIAG_UNREACHABLE), "no TLS connection: ");
    slm_pipeline_stats stats = stats_since(before, 0);
    CHECK_EQUAL(stats.delivered, 0);
    check_balance(&stats);
    grpc_server_stop(s);
}

int main(int argc, char **argv)
{
    by_host = argc > 1 && strcmp(argv[1], "host") == 0;
    signal(SIGPIPE, SIG_IGN); /* the server's own writes */
    make_identity();
    spans_arrive(true);
    spans_arrive(false);
    nothing_is_sent_to_whom_nobody_vouches_for();
    tls_to_a_plain_port_is_named();
    forget_identity();
    return check_result();
}
