/* SPDX-License-Identifier: MIT */
/* OTLP over gRPC: what becomes of the connection between calls and amid them, and that waits and bounds are kept
 * whatever the peer does. */
#include "tests/wire/grpc.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

static void one_connection_serves_many_batches(uint32_t window)
{
    const grpc_server_options options = { .window = window };
    const slm_config config = { .batch_spans = 70 };
    grpc_server *s = grpc_server_start(ROWS(grpc_accepts), &options);
    slm_pipeline_stats before = fake_stats(0);
    grpc_start(s, &config);
    for (unsigned i = 0; i < 5; i++) {
        fake_end(200);
        CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    }
    CHECK_EQUAL(grpc_server_connections(s), 1);
    CHECK_EQUAL(grpc_server_requests(s), 15);
    grpc_finish(s, before, 1000);
    CHECK_EQUAL(fake_messages(SLM_DIAG_UNREACHABLE), 0);
}

static void a_server_that_pings_an_idle_client_is_answered(void)
{
    const grpc_row rows[] = { { .act = GRPC_PING } };
    grpc_server *s = grpc_server_start(ROWS(rows), NULL);
    slm_pipeline_stats before = fake_stats(0);
    grpc_start(s, NULL);
    fake_end(10);
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    grpc_await(s, grpc_server_pongs, 4);
    fake_end(10);
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    grpc_await(s, grpc_server_pongs, 8);
    CHECK_EQUAL(grpc_server_connections(s), 1);
    grpc_finish(s, before, 20);
}

/* The client closes it at once, instead of finding out by the next batch. */
static void a_server_that_goes_away_is_let_go_while_idle(void)
{
    const grpc_row rows[] = { { .act = GRPC_GOAWAY }, { .act = GRPC_ANSWER } };
    grpc_server *s = grpc_server_start(ROWS(rows), NULL);
    slm_pipeline_stats before = fake_stats(0);
    grpc_start(s, NULL);
    fake_end(10);
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    grpc_await(s, grpc_server_closed, 1);
    fake_end(10);
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(grpc_server_connections(s), 2);
    grpc_finish(s, before, 20);
    CHECK_EQUAL(fake_messages(SLM_DIAG_UNREACHABLE), 0);
}

static void a_server_that_restarted_is_found_again_without_a_word(void)
{
    grpc_server *s = grpc_server_start(ROWS(grpc_accepts), NULL);
    grpc_server_options options = { .port = grpc_server_port(s) };
    slm_pipeline_stats before = fake_stats(0);
    grpc_start(s, NULL);
    fake_end(10);
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(grpc_server_acknowledged(s), 10);
    grpc_server_stop(s);
    s = grpc_server_start(ROWS(grpc_accepts), &options);
    fake_end(10);
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(grpc_server_acknowledged(s), 10);
    slm_pipeline_stats stats = stats_since(before, 0);
    CHECK_EQUAL(stats.delivered, 20);
    check_balance(&stats);
    CHECK_EQUAL(fake_messages(SLM_DIAG_UNREACHABLE), 0);
    grpc_server_stop(s);
}

/* What the server surely did not look at goes out again in the same attempt. */
static void a_call_that_was_left_alone_is_sent_again_at_once(const grpc_row *first, unsigned connections)
{
    const grpc_row rows[] = { *first, *first, { .act = GRPC_ANSWER } };
    grpc_server *s = grpc_server_start(ROWS(rows), NULL);
    slm_pipeline_stats before = fake_stats(0);
    grpc_start(s, NULL);
    fake_end(10);
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(grpc_server_requests(s), 3);
    CHECK_EQUAL(grpc_server_connections(s), connections);
    grpc_finish(s, before, 10);
    CHECK_EQUAL(fake_messages(SLM_DIAG_UNREACHABLE), 0);
}

static void one_that_is_always_left_alone_waits(void)
{
    const grpc_row refused = { .act = GRPC_RESET, .status = 7 };
    const grpc_row rows[] = { refused, refused, refused, { .act = GRPC_ANSWER } };
    grpc_server *s = grpc_server_start(ROWS(rows), NULL);
    slm_pipeline_stats before = fake_stats(0);
    grpc_start(s, NULL);
    fake_end(10);
    CHECK_EQUAL(flush_all(), SLM_OK);
    CHECK_CONTAINS(fake_message(SLM_DIAG_UNREACHABLE), "it ended the stream: REFUSED_STREAM; keeping");
    grpc_finish(s, before, 10);
}

static void an_early_refusal_of_a_large_body_ends_the_sending(void)
{
    const grpc_row rows[] = { { .act = GRPC_EARLY, .status = 8, .message = "too large" }, { .act = GRPC_ANSWER } };
    const grpc_server_options options = { .window = 65535 };
    const slm_config config = { .queue_spans = 4096, .batch_spans = 4096 };
    grpc_server *s = grpc_server_start(ROWS(rows), &options);
    slm_pipeline_stats before = fake_stats(0);
    grpc_start(s, &config);
    fake_payload(2000);
    fake_end(3000); /* 6 MB */
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_ERR_UNDELIVERED);
    CHECK_CONTAINS(fake_message(SLM_DIAG_REFUSED), "refused 3000 spans: RESOURCE_EXHAUSTED (8): too large");
    fake_end(10);
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    slm_pipeline_stats stats = stats_since(before, 0);
    CHECK_EQUAL(stats.rejected, 3000);
    CHECK_EQUAL(stats.delivered, 10);
    CHECK_EQUAL(grpc_server_connections(s), 1);
    check_balance(&stats);
    CHECK(grpc_server_well_formed(s));
    grpc_server_stop(s);
}

static void flush_and_shutdown_keep_their_time(const grpc_row *row, const grpc_server_options *options, size_t payload)
{
    grpc_server *s = grpc_server_start(row, 1, options);
    slm_pipeline_stats before = fake_stats(0);
    grpc_start(s, NULL);
    fake_payload(payload);
    fake_end(500);
    uint64_t start = slmi_deadline_now();
    CHECK_EQUAL(slm_flush(0), SLM_ERR_TIMED_OUT);
    CHECK_EQUAL(slm_flush(100), SLM_ERR_TIMED_OUT);
    CHECK(elapsed_ms(start) >= 90);
    CHECK(elapsed_ms(start) < 1000);
    start = slmi_deadline_now();
    CHECK_EQUAL(slm_shutdown(200), SLM_ERR_TIMED_OUT);
    CHECK(elapsed_ms(start) < 2000);

    await_drop();
    slm_pipeline_stats stats = stats_since(before, 0);
    CHECK_EQUAL(stats.dropped[SLM_DROP_TIMED_OUT], 500);
    check_balance(&stats);
    grpc_server_stop(s);
}

static void an_attempt_without_answer_is_tried_again(void)
{
    const grpc_row rows[] = { { .act = GRPC_HANG }, { .act = GRPC_ANSWER } };
    const slm_config config = { .request_timeout_ms = 50 };
    grpc_server *s = grpc_server_start(ROWS(rows), NULL);
    slm_pipeline_stats before = fake_stats(0);
    grpc_start(s, &config);
    fake_end(10);
    CHECK_EQUAL(flush_all(), SLM_OK);
    CHECK_CONTAINS(fake_message(SLM_DIAG_UNREACHABLE), "no answer in time; keeping up to 2048 spans");
    grpc_finish(s, before, 10);
}

static void shutdown_does_not_wait_for_a_collector_that_is_not_there(void)
{
    const slm_config config = { .protocol = "grpc" };
    slm_pipeline_stats before = fake_stats(0);
    sdk_start(server_free_port(), &config);
    fake_end(12);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_ERR_UNDELIVERED);
    CHECK_CONTAINS(fake_message(SLM_DIAG_UNREACHABLE), "cannot deliver to http://127.0.0.1:");
    CHECK_CONTAINS(fake_message(SLM_DIAG_UNREACHABLE), ": connection refused. No collector? Run: spanloom view");
    slm_pipeline_stats stats = stats_since(before, 0);
    CHECK_EQUAL(stats.dropped[SLM_DROP_UNREACHABLE], 12);
    check_balance(&stats);
}

static void a_unix_socket_leads_there_too(void)
{
    char path[64], endpoint[80];
    snprintf(path, sizeof path, "/tmp/spanloom-grpc-%ld", (long)getpid());
    snprintf(endpoint, sizeof endpoint, "unix:%s", path);
    const grpc_server_options options = { .unix_path = path };
    const slm_config config = { .endpoint = endpoint };
    grpc_server *s = grpc_server_start(ROWS(grpc_accepts), &options);
    slm_pipeline_stats before = fake_stats(0);
    grpc_start(s, &config);
    fake_end(10);
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    CHECK_CONTAINS(grpc_server_last_head(s), ":authority: localhost\n");
    grpc_finish(s, before, 10);
    unlink(path);
}

static void http_and_grpc_go_side_by_side(void)
{
    const server_row taken[] = { { SERVER_ANSWER, 202, NULL, NULL, 0 } };
    char zipkin[80];
    server *other = server_start(ROWS(taken));
    grpc_server *s = grpc_server_start(ROWS(grpc_accepts), NULL);
    snprintf(zipkin, sizeof zipkin, "http://127.0.0.1:%u/api/v2/spans", (unsigned)server_port(other));
    const slm_config config = { .exporters = SLM_EXPORTER_OTLP | SLM_EXPORTER_ZIPKIN, .zipkin_endpoint = zipkin };
    slm_pipeline_stats before = fake_stats(0);
    grpc_start(s, &config);
    for (unsigned i = 0; i < 10; i++) {
        fake_end(100);
        CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    }
    CHECK_EQUAL(server_acknowledged(other), 1000);
    CHECK_EQUAL(grpc_server_connections(s), 1);
    grpc_finish(s, before, 1000);
    server_stop(other);
}

enum { TRACERS = 4, SPANS_EACH = 4000 };

static void *trace(void *unused)
{
    (void)unused;
    for (unsigned i = 0; i < SPANS_EACH; i++)
        fake_end(1);
    return NULL;
}

static void *flush_often(void *unused)
{
    (void)unused;
    while (fake_ended() < TRACERS * SPANS_EACH) {
        slm_status status = slm_flush(5);
        CHECK(status == SLM_OK || status == SLM_ERR_TIMED_OUT || status == SLM_ERR_UNDELIVERED);
    }
    return NULL;
}

static void no_span_is_lost_or_counted_twice_by_servers_that_go_away(void)
{
    const grpc_row goes = { .act = GRPC_GOAWAY }, turns = { .act = GRPC_TURN_AWAY }, stays = { .act = GRPC_ANSWER };
    const grpc_row rows[] = { stays, goes,  turns, goes,  goes,  stays, turns, stays, goes,  stays,
                              turns, turns, goes,  stays, stays, turns, goes,  turns, stays, goes };
    const grpc_server_options options = { .window = 65535 };
    const slm_config config = { .queue_spans = 20000, .batch_spans = 100 };
    pthread_t threads[TRACERS + 1];
    grpc_server *s = grpc_server_start(ROWS(rows), &options);
    slm_pipeline_stats before = fake_stats(0);
    grpc_start(s, &config);
    for (unsigned i = 0; i < TRACERS; i++)
        pthread_create(&threads[i], NULL, trace, NULL);
    pthread_create(&threads[TRACERS], NULL, flush_often, NULL);
    for (unsigned i = 0; i < TRACERS + 1; i++)
        pthread_join(threads[i], NULL);
    slm_status status = slm_shutdown(AMPLE_MS);
    CHECK(status == SLM_OK || status == SLM_ERR_UNDELIVERED);
    slm_pipeline_stats stats = stats_since(before, 0);
    check_balance(&stats);
    CHECK_EQUAL(stats.ended, TRACERS * SPANS_EACH);
    CHECK_EQUAL(stats.delivered, grpc_server_acknowledged(s));
    CHECK_EQUAL(stats.delivered + stats.dropped[SLM_DROP_QUEUE_FULL], stats.ended);
    CHECK(grpc_server_requests(s) > sizeof rows / sizeof *rows);
    CHECK(grpc_server_well_formed(s));
    CHECK_EQUAL(fake_messages(SLM_DIAG_UNREACHABLE), 0);
    grpc_server_stop(s);
}

/* In the child: an SDK that starts empty, on its own. Never returns. */
static void child(void)
{
    fake_fork_child();
    fake_end(20);
    bool delivered = slm_flush(AMPLE_MS) == SLM_OK;
    bool ended = slm_shutdown(AMPLE_MS) == SLM_OK;
    _exit(delivered && ended ? 0 : 1);
}

static void a_forked_child_has_a_connection_of_its_own(void)
{
    grpc_server *s = grpc_server_start(ROWS(grpc_accepts), NULL);
    int status = -1;
    slm_pipeline_stats before = fake_stats(0);
    grpc_start(s, NULL);
    fake_end(100);
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    pid_t pid = fork();
    if (pid == 0)
        child();
    CHECK_EQUAL(waitpid(pid, &status, 0), pid);
    CHECK_EQUAL(status, 0);
    fake_end(50);
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    /* The parent's connection outlived its copy in the child. */
    CHECK_EQUAL(grpc_server_connections(s), 2);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    slm_pipeline_stats stats = stats_since(before, 0);
    CHECK_EQUAL(stats.delivered, 150);
    check_balance(&stats);
    grpc_server_stop(s);
}

int main(int argc, char **argv)
{
    by_host = argc > 1 && strcmp(argv[1], "host") == 0;
    static const grpc_row hangs = { .act = GRPC_HANG }, accepts = { .act = GRPC_ANSWER };
    static const grpc_row refuses = { .act = GRPC_RESET, .status = 7 }, turns_away = { .act = GRPC_TURN_AWAY };
    static const grpc_row silent = { .act = GRPC_RAW_OPEN, .reply = "" };
    static const grpc_row begins = { .act = GRPC_RAW_OPEN, .reply = "\0\0\x12\4\0", .reply_len = 5 };
    static const grpc_server_options full = { .streams = 1 }, narrow = { .window = 65535 };
    one_connection_serves_many_batches(0);
    one_connection_serves_many_batches(1000);
    a_server_that_pings_an_idle_client_is_answered();
    a_server_that_goes_away_is_let_go_while_idle();
    a_server_that_restarted_is_found_again_without_a_word();
    a_call_that_was_left_alone_is_sent_again_at_once(&refuses, 1);
    a_call_that_was_left_alone_is_sent_again_at_once(&turns_away, 3);
    one_that_is_always_left_alone_waits();
    an_early_refusal_of_a_large_body_ends_the_sending();
    flush_and_shutdown_keep_their_time(&hangs, NULL, 10);
    flush_and_shutdown_keep_their_time(&silent, NULL, 2000);
    flush_and_shutdown_keep_their_time(&begins, NULL, 10);
    flush_and_shutdown_keep_their_time(&accepts, &full, 10);
    flush_and_shutdown_keep_their_time(&hangs, &narrow, 2000);
    an_attempt_without_answer_is_tried_again();
    shutdown_does_not_wait_for_a_collector_that_is_not_there();
    a_unix_socket_leads_there_too();
    http_and_grpc_go_side_by_side();
    no_span_is_lost_or_counted_twice_by_servers_that_go_away();
    if (CHECK_FORKS)
        a_forked_child_has_a_connection_of_its_own();
    return check_result();
}
