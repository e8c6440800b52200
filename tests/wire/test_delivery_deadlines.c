/* SPDX-License-Identifier: MIT */
/* usage: test_delivery_deadlines [host]      host: the exporters have no thread, the test drives them
 *
 * Time, bounds and threads: what flush and shutdown promise against a receiver that does not answer, what a full queue
 * does, and that the ledger balances at every moment. Waits are checked to hold within ten times: a machine may be
 * busy. */
#include "tests/wire/delivery.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROWS(rows) (rows), sizeof(rows) / sizeof *(rows)

static const server_row hangs[] = { { SERVER_HANG, 0, NULL, NULL, 0 } };
static const server_row deaf[] = { { SERVER_DEAF, 0, NULL, NULL, 0 } };
static const server_row accepts[] = { { SERVER_ANSWER, 200, NULL, "{}", 0 } };

static void flush_and_shutdown_keep_their_time(const server_row *rows, size_t payload)
{
    server *s = server_start(rows, 1);
    slm_pipeline_stats before = fake_stats(0);
    sdk_start(server_port(s), NULL);
    fake_payload(payload);
    fake_end(500);
    uint64_t start = slmi_deadline_now();
    CHECK_EQUAL(slm_flush(0), SLM_ERR_TIMED_OUT);
    CHECK_EQUAL(slm_flush(100), SLM_ERR_TIMED_OUT);
    CHECK(elapsed_ms(start) >= 100);
    CHECK(elapsed_ms(start) < 1000);
    start = slmi_deadline_now();
    CHECK_EQUAL(slm_shutdown(200), SLM_ERR_TIMED_OUT);
    CHECK(elapsed_ms(start) < 2000);

    await_drop();
    slm_pipeline_stats stats = stats_since(before, 0);
    CHECK_EQUAL(stats.dropped[SLM_DROP_TIMED_OUT], 500);
    check_balance(&stats);
    CHECK_CONTAINS(fake_message(SLM_DIAG_UNDELIVERED), "500 of 500 spans not delivered (timed out 500)");
    server_stop(s);
}

static void shutdown_does_not_wait_for_a_collector_that_is_not_there(void)
{
    slm_pipeline_stats before = fake_stats(0);
    sdk_start(server_free_port(), NULL);
    fake_end(12);
    uint64_t start = slmi_deadline_now();
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_ERR_UNDELIVERED);
    CHECK(elapsed_ms(start) < AMPLE_MS / 2);
    slm_pipeline_stats stats = stats_since(before, 0);
    CHECK_EQUAL(stats.dropped[SLM_DROP_UNREACHABLE], 12);
    check_balance(&stats);
    CHECK_CONTAINS(fake_message(SLM_DIAG_UNDELIVERED), "12 of 12 spans not delivered (unreachable 12)");
}

static void shutdown_of_nothing_is_immediate_and_final(void)
{
    sdk_start(server_free_port(), NULL);
    CHECK_EQUAL(slm_init(NULL), SLM_ERR_EXISTS);
    CHECK_EQUAL(slm_flush(0), SLM_OK);
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(slm_shutdown(0), SLM_OK);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_ERR_SHUT_DOWN);
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_ERR_SHUT_DOWN);
    CHECK_EQUAL(fake_messages(SLM_DIAG_UNDELIVERED), 0);
}

static void a_busy_collector_gets_another_chance_before_the_end(void)
{
    const server_row rows[] = { { SERVER_ANSWER, 503, NULL, NULL, 0 }, { SERVER_ANSWER, 200, NULL, "{}", 0 } };
    server *s = server_start(ROWS(rows));
    sdk_start(server_port(s), NULL);
    fake_end(10);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(server_acknowledged(s), 10);
    server_stop(s);
}

static void an_attempt_without_answer_is_tried_again(void)
{
    const server_row rows[] = { { SERVER_HANG, 0, NULL, NULL, 0 }, { SERVER_ANSWER, 200, NULL, "{}", 0 } };
    const slm_config config = { .request_timeout_ms = 50 };
    server *s = server_start(ROWS(rows));
    slm_pipeline_stats before = fake_stats(0);
    sdk_start(server_port(s), &config);
    fake_end(10);
    CHECK_EQUAL(flush_all(), SLM_OK);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    CHECK_CONTAINS(fake_message(SLM_DIAG_UNREACHABLE), "no answer in time; keeping up to 2048 spans");
    CHECK_EQUAL(server_acknowledged(s), 10);
    slm_pipeline_stats stats = stats_since(before, 0);
    CHECK_EQUAL(stats.delivered, 10);
    check_balance(&stats);
    server_stop(s);
}

static void a_batch_whose_time_is_up_goes_back_and_counts(void)
{
    const slm_config config = { .export_timeout_ms = 50, .queue_spans = 20, .batch_spans = 10 };
    server *s = server_start(ROWS(hangs));
    uint16_t port = server_port(s);
    slm_pipeline_stats before = fake_stats(0);
    sdk_start(port, &config);
    fake_end(10);
    while (fake_messages(SLM_DIAG_UNREACHABLE) == 0)
        CHECK_EQUAL(slm_flush(10), SLM_ERR_TIMED_OUT);
    fake_end(15);
    while (fake_messages(SLM_DIAG_QUEUE_FULL) < 5)
        CHECK_EQUAL(slm_flush(10), SLM_ERR_TIMED_OUT);
    server_stop(s);

    s = server_start_at(port, ROWS(accepts));
    CHECK_EQUAL(flush_all(), SLM_OK);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    slm_pipeline_stats stats = stats_since(before, 0);
    CHECK_EQUAL(stats.delivered, 20);
    CHECK_EQUAL(stats.dropped[SLM_DROP_QUEUE_FULL], 5);
    CHECK_EQUAL(server_acknowledged(s), 20);
    check_balance(&stats);
    server_stop(s);
}

static void the_queue_keeps_its_bound_exactly_and_drops_the_newest(void)
{
    const server_row rows[] = { { SERVER_HANG, 0, NULL, NULL, 0 }, { SERVER_ANSWER, 200, NULL, "{}", 0 } };
    const slm_config config = { .queue_spans = 100, .batch_spans = 10, .request_timeout_ms = 300 };
    server *s = server_start(ROWS(rows));
    slm_pipeline_stats before = fake_stats(0);
    sdk_start(server_port(s), &config);
    fake_end(150);
    while (server_requests(s) < 1)
        pass_time();
    while (fake_messages(SLM_DIAG_QUEUE_FULL) < 50)
        CHECK_EQUAL(slm_flush(1), SLM_ERR_TIMED_OUT);
    CHECK_EQUAL(fake_held(), 100);
    CHECK_CONTAINS(fake_message(SLM_DIAG_QUEUE_FULL), "is full (100 spans): new spans are dropped");
    slm_status status = flush_all();
    CHECK(status == SLM_OK || status == SLM_ERR_UNDELIVERED);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    slm_pipeline_stats stats = stats_since(before, 0);
    CHECK_EQUAL(stats.delivered, 100);
    CHECK_EQUAL(stats.dropped[SLM_DROP_QUEUE_FULL], 50);
    CHECK_EQUAL(server_acknowledged(s), 100);
    check_balance(&stats);
    CHECK_CONTAINS(fake_message(SLM_DIAG_UNDELIVERED), "50 of 150 spans not delivered (queue full 50)");
    server_stop(s);
}

static void one_pipeline_that_hangs_does_not_hold_up_another(void)
{
    char zipkin[80];
    server *slow = server_start(ROWS(hangs)), *quick = server_start(ROWS(accepts));
    snprintf(zipkin, sizeof zipkin, "http://127.0.0.1:%u/api/v2/spans", (unsigned)server_port(quick));
    const slm_config config = { .exporters = SLM_EXPORTER_OTLP | SLM_EXPORTER_ZIPKIN, .zipkin_endpoint = zipkin };
    slm_pipeline_stats before[2] = { fake_stats(0), fake_stats(1) };
    sdk_start(server_port(slow), &config);
    fake_end(1000);
    while (server_acknowledged(quick) < 1000)
        CHECK_EQUAL(slm_flush(10), SLM_ERR_TIMED_OUT);
    CHECK_EQUAL(slm_shutdown(50), SLM_ERR_TIMED_OUT);
    await_drop();
    slm_pipeline_stats stats[2] = { stats_since(before[0], 0), stats_since(before[1], 1) };
    CHECK_EQUAL(stats[0].dropped[SLM_DROP_TIMED_OUT], 1000);
    CHECK_EQUAL(stats[1].delivered, 1000);
    check_balance(&stats[0]);
    check_balance(&stats[1]);
    CHECK_CONTAINS(fake_message(SLM_DIAG_UNDELIVERED), "otlp: 1000 of 1000 spans not delivered (timed out 1000)");
    server_stop(slow);
    server_stop(quick);
}

enum { TRACERS = 4, SPANS_EACH = 5000 };

static void *trace(void *unused)
{
    (void)unused;
    for (unsigned i = 0; i < SPANS_EACH; i++)
        fake_end(1);
    return NULL;
}

/* Reads the ledger all the while: no span is ever counted twice. */
static void *audit(void *stop)
{
    const slm_pipeline_stats *before = stop;
    while (fake_ended() < TRACERS * SPANS_EACH) {
        slm_pipeline_stats stats = stats_since(*before, 0);
        /* Spans that ended after the terms were read only make `ended` larger. */
        stats.ended = fake_ended();
        CHECK(sum_of(&stats) <= stats.ended);
    }
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

/* The host's loop, if there is one, has its own thread. */
static void *step_often(void *unused)
{
    while (by_host && fake_ended() < TRACERS * SPANS_EACH)
        pass_time();
    return unused;
}

static void everything_is_accounted_for_while_threads_trace(void)
{
    const server_row rows[] = { { SERVER_ANSWER, 503, NULL, NULL, 0 },
                                { SERVER_ANSWER, 200, NULL, "{\"partialSuccess\":{\"rejectedSpans\":\"2\"}}", 0 },
                                { SERVER_CLOSE, 0, NULL, NULL, 0 },
                                { SERVER_ANSWER, 200, NULL, "{}", 0 } };
    const slm_config config = { .queue_spans = 1000, .batch_spans = 100 };
    pthread_t threads[TRACERS + 3];
    server *s = server_start(ROWS(rows));
    slm_pipeline_stats before = fake_stats(0);
    sdk_start(server_port(s), &config);
    for (unsigned i = 0; i < TRACERS; i++)
        pthread_create(&threads[i], NULL, trace, NULL);
    pthread_create(&threads[TRACERS], NULL, audit, &before);
    pthread_create(&threads[TRACERS + 1], NULL, flush_often, NULL);
    pthread_create(&threads[TRACERS + 2], NULL, step_often, NULL);
    for (unsigned i = 0; i < TRACERS + 3; i++)
        pthread_join(threads[i], NULL);
    slm_status status = slm_shutdown(AMPLE_MS);
    CHECK(status == SLM_OK || status == SLM_ERR_UNDELIVERED);
    slm_pipeline_stats stats = stats_since(before, 0);
    check_balance(&stats);
    CHECK_EQUAL(stats.ended, TRACERS * SPANS_EACH);
    /* A partial success does not say which spans it rejected. */
    CHECK_EQUAL(stats.delivered + stats.rejected, server_acknowledged(s));
    CHECK(server_bodies_well_formed(s));
    server_stop(s);
}

/* In the child: an SDK that starts empty, on its own. Never returns. */
static void child(unsigned spans)
{
    fake_fork_child();
    slm_pipeline_stats stats = fake_stats(0);
    bool empty = sum_of(&stats) == 0;
    bool nothing_to_flush = slm_flush(AMPLE_MS) == SLM_OK;
    if (spans > 0)
        fake_end(spans);
    bool delivered = slm_flush(AMPLE_MS) == SLM_OK;
    stats = fake_stats(0);
    bool counted = stats.delivered == spans && sum_of(&stats) == spans;
    bool ended = slm_shutdown(AMPLE_MS) == SLM_OK;
    _exit(empty && nothing_to_flush && delivered && counted && ended ? 0 : 1);
}

static void a_forked_child_starts_empty_and_delivers_its_own(unsigned spans)
{
    server *s = server_start(ROWS(accepts));
    int status = -1;
    slm_pipeline_stats before = fake_stats(0);
    sdk_start(server_port(s), NULL);
    fake_end(100);
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    fake_end(50);
    pid_t pid = fork();
    if (pid == 0)
        child(spans);
    CHECK_EQUAL(waitpid(pid, &status, 0), pid);
    CHECK_EQUAL(status, 0);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    slm_pipeline_stats stats = stats_since(before, 0);
    CHECK_EQUAL(stats.delivered, 150);
    CHECK_EQUAL(server_acknowledged(s), 150);
    check_balance(&stats);
    /* The parent's connection outlived its copy in the child. */
    CHECK_EQUAL(server_connections(s), spans > 0 ? 2 : 1);
    server_stop(s);
}

int main(int argc, char **argv)
{
    by_host = argc > 1 && strcmp(argv[1], "host") == 0;
    flush_and_shutdown_keep_their_time(hangs, 10);
    flush_and_shutdown_keep_their_time(deaf, 2000);
    shutdown_does_not_wait_for_a_collector_that_is_not_there();
    shutdown_of_nothing_is_immediate_and_final();
    a_busy_collector_gets_another_chance_before_the_end();
    an_attempt_without_answer_is_tried_again();
    a_batch_whose_time_is_up_goes_back_and_counts();
    the_queue_keeps_its_bound_exactly_and_drops_the_newest();
    one_pipeline_that_hangs_does_not_hold_up_another();
    everything_is_accounted_for_while_threads_trace();
    if (CHECK_FORKS) {
        a_forked_child_starts_empty_and_delivers_its_own(0);
        a_forked_child_starts_empty_and_delivers_its_own(20);
    }
    return check_result();
}
