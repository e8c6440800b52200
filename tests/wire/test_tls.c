/* SPDX-License-Identifier: MIT */
/* usage: test_tls [host]      host: the exporters have no thread, the test drives them
 *
 * OTLP over TLS: whom it trusts, who it says it is, and that both are settled at slm_init(). */
#include "tests/wire/delivery.h"
#include "tests/wire/tls_server.h"

#include <signal.h>
#include <unistd.h>

static char folder[] = "/tmp/spanloom-XXXXXX";

/* Where a certificate and its key lie. */
typedef struct identity {
    char certificate[64], key[64];
} identity;

/* A self-signed certificate, which is its own CA, for `name`, a subjectAltName. */
static identity make(const char *file, const char *name)
{
    identity made;
    char command[512];
    snprintf(made.certificate, sizeof made.certificate, "%s/%s.crt", folder, file);
    snprintf(made.key, sizeof made.key, "%s/%s.key", folder, file);
    snprintf(command, sizeof command,
             OPENSSL_PROGRAM " req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=%s "
                             "-addext subjectAltName=%s -keyout %s -out %s 2>/dev/null",
             file, name, made.key, made.certificate);
    CHECK_EQUAL(system(command), 0);
    return made;
}

static void forget(const identity *made)
{
    unlink(made->certificate);
    unlink(made->key);
}

/* The files are gone when the first span is sent, as after a chroot(). */
static void start_and_forget(tls_server *s, const identity *trusted, const identity *own)
{
    char endpoint[80], gone[80];
    snprintf(endpoint, sizeof endpoint, "https://127.0.0.1:%u/v1/traces", (unsigned)tls_server_port(s));
    slm_config config = { .endpoint = endpoint, .ca_file = trusted ? trusted->certificate : NULL };
    if (own) {
        config.certificate_file = own->certificate;
        config.key_file = own->key;
    }
    sdk_start(0, &config);
    snprintf(gone, sizeof gone, "%s-gone", folder);
    CHECK_EQUAL(rename(folder, gone), 0);
}

static void put_back(void)
{
    char gone[80];
    snprintf(gone, sizeof gone, "%s-gone", folder);
    CHECK_EQUAL(rename(gone, folder), 0);
}

static void spans_arrive(const identity *serving, const identity *trusted, const identity *own)
{
    tls_server *s = tls_server_start(serving->certificate, serving->key, own ? own->certificate : NULL);
    slm_pipeline_stats before = fake_stats(0);
    start_and_forget(s, trusted, own);
    fake_end(100);
    CHECK_EQUAL(flush_all(), SLM_OK);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    put_back();
    slm_pipeline_stats stats = stats_since(before, 0);
    CHECK_EQUAL(stats.delivered, 100);
    check_balance(&stats);
    CHECK(tls_server_requests(s) > 0);
    tls_server_stop(s);
}

/* Not one byte of a span leaves. */
static void nothing_is_sent(const identity *serving, const identity *trusted, const char *client_ca, const char *why)
{
    tls_server *s = tls_server_start(serving->certificate, serving->key, client_ca);
    slm_pipeline_stats before = fake_stats(0);
    start_and_forget(s, trusted, NULL);
    fake_end(10);
    CHECK_EQUAL(slm_flush(0), SLM_ERR_TIMED_OUT);
    while (fake_messages(SLM_DIAG_UNREACHABLE) == 0)
        pass_time();
    uint64_t start = slmi_deadline_now();
    CHECK(slm_shutdown(20) != SLM_OK);
    CHECK(elapsed_ms(start) < 1000);
    await_drop();
    put_back();
    slm_pipeline_stats stats = stats_since(before, 0);
    CHECK_EQUAL(stats.delivered, 0);
    check_balance(&stats);
    CHECK_CONTAINS(fake_message(SLM_DIAG_UNREACHABLE), why);
    CHECK_EQUAL(tls_server_requests(s), 0);
    tls_server_stop(s);
}

int main(int argc, char **argv)
{
    by_host = argc > 1 && strcmp(argv[1], "host") == 0;
    signal(SIGPIPE, SIG_IGN); /* the server's own writes */
    CHECK(mkdtemp(folder) != NULL);
    identity serving = make("server", "IP:127.0.0.1"), other = make("other", "DNS:other.example");
    identity client = make("client", "DNS:client");
    spans_arrive(&serving, &serving, NULL);
    spans_arrive(&serving, &serving, &client);
    nothing_is_sent(&serving, NULL, NULL, "certificate");
    nothing_is_sent(&serving, &other, NULL, "certificate");
    nothing_is_sent(&other, &other, NULL, "127.0.0.1");
    nothing_is_sent(&serving, &serving, client.certificate, "");
    forget(&serving);
    forget(&other);
    forget(&client);
    rmdir(folder);
    return check_result();
}
