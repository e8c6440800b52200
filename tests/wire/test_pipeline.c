/* SPDX-License-Identifier: MIT */
/* One pipeline on its own: a transport that answers what the test says, and a clock that the test turns. */
#include "exporters/deadline.h"
#include "exporters/pipeline.h"
#include "tests/wire/check.h"
#include "tests/wire/fake_core.h"

#include <stdlib.h>

enum { MS = 1000000 };

typedef struct script {
    slmi_transport base;
    unsigned begun, aborted;
    bool busy, ready;
    slmi_answer next;
    uint64_t deadline_ns;
    char body[1 << 16]; /* of the last attempt */
} script;

static void script_begin(slmi_transport *transport, const char *body, size_t len, uint64_t deadline_ns)
{
    script *s = (script *)(void *)transport;
    CHECK(!s->busy);
    s->busy = true;
    s->ready = false;
    s->begun++;
    s->deadline_ns = deadline_ns;
    CHECK(len < sizeof s->body);
    memcpy(s->body, body, len);
    s->body[len] = '\0';
}

static bool script_step(slmi_transport *transport, uint64_t now_ns, slmi_answer *answer)
{
    script *s = (script *)(void *)transport;
    (void)now_ns;
    if (!s->busy || !s->ready)
        return false;
    s->busy = false;
    *answer = s->next;
    return true;
}

static uint64_t script_due(const slmi_transport *transport)
{
    return ((const script *)(const void *)transport)->deadline_ns;
}

static void script_abort(slmi_transport *transport)
{
    script *s = (script *)(void *)transport;
    s->aborted += s->busy;
    s->busy = false;
}

static void script_free(slmi_transport *transport)
{
    (void)transport;
}

static const slmi_transport_ops script_ops = { script_begin, script_step, script_due, script_abort,
                                               NULL,         NULL,        script_free };

static script transport;
static slmi_pipeline pipeline;
static slmi_ledger ledger;
static slm_resource resource;
static uint64_t now;

static void take(void *user, unsigned number, uint32_t record)
{
    (void)user, (void)number;
    slmi_pipeline_take(&pipeline, slmi_parcel_of_record(record));
}

static void wake(void *user)
{
    (void)user;
}

/* A pipeline of 100 spans in batches of 10, every 1000 ms, 400 ms an attempt, 3000 ms a batch. */
static void start(const slmi_encoder *encoder, size_t request_max)
{
    const slmi_consumer consumer = { .wake = wake };
    const slmi_pipeline_options options = { .name = "test",
                                            .encoder = encoder,
                                            .resource = &resource,
                                            .ledger = &ledger,
                                            .queue_spans = 100,
                                            .batch_spans = 10,
                                            .schedule_delay_ms = 1000,
                                            .export_timeout_ms = 3000,
                                            .request_timeout_ms = 400,
                                            .request_max = request_max,
                                            .seed = 7 };
    transport = (script){ .base = { .ops = &script_ops, .target = "the script" } };
    slmi_ledger_reset(&ledger);
    fake_reset();
    CHECK_EQUAL(slmi_export_open(&consumer, 1), SLM_OK);
    CHECK_EQUAL(slmi_pipeline_init(&pipeline, &options, &transport.base), SLM_OK);
    now = slmi_deadline_now();
}

static void end(unsigned spans)
{
    fake_end(spans);
    slmi_export_drain(take, NULL);
}

static void step_after(uint64_t ms)
{
    now += ms * MS;
    slmi_pipeline_step(&pipeline, now);
}

static void answer(slmi_verdict verdict)
{
    transport.next = (slmi_answer){ .verdict = verdict, .text = "so it is" };
    transport.ready = true;
    step_after(0);
}

static slm_pipeline_stats stats(void)
{
    slm_pipeline_stats got = { .ended = 0 };
    slmi_ledger_read(&ledger, &got);
    return got;
}

static void stop(void)
{
    slmi_pipeline_finish(&pipeline, now, now);
    step_after(0);
    CHECK_EQUAL(pipeline.queue.count, 0);
    CHECK_EQUAL(fake_held(), 0);
    slmi_export_close();
    slmi_pipeline_destroy(&pipeline);
}

static void a_full_batch_goes_at_once_and_a_part_when_its_time_has_come(void)
{
    start(&slmi_encoder_otlp_json, 1 << 16);
    end(9);
    step_after(0);
    CHECK_EQUAL(transport.begun, 0);
    CHECK(slmi_pipeline_due(&pipeline) <= now + 1001ull * MS);
    end(1);
    CHECK_EQUAL(slmi_pipeline_due(&pipeline), 0);
    step_after(0);
    CHECK_EQUAL(transport.begun, 1);
    CHECK_EQUAL(stats().in_flight, 10);
    end(3);
    answer(SLMI_ACCEPTED);
    CHECK_EQUAL(stats().delivered, 10);
    CHECK_EQUAL(transport.begun, 1);
    step_after(1001);
    CHECK_EQUAL(transport.begun, 2);
    answer(SLMI_ACCEPTED);
    CHECK_EQUAL(stats().delivered, 13);
    stop();
}

static void a_flush_sends_what_is_there_in_batches_one_at_a_time(void)
{
    start(&slmi_encoder_otlp_json, 1 << 16);
    end(25);
    uint64_t mark = slmi_pipeline_flush(&pipeline, now);
    step_after(0);
    CHECK_EQUAL(transport.begun, 1);
    end(4);
    answer(SLMI_ACCEPTED);
    answer(SLMI_ACCEPTED);
    CHECK(pipeline.settled < mark);
    answer(SLMI_ACCEPTED);
    CHECK(pipeline.settled >= mark);
    CHECK_EQUAL(transport.begun, 3);
    CHECK_EQUAL(stats().queued, 0);
    stop();
}

static void an_attempt_that_fails_is_repeated_with_the_same_bytes_until_the_batch_runs_out_of_time(void)
{
    static char first[sizeof transport.body];
    start(&slmi_encoder_otlp_json, 1 << 16);
    end(10);
    step_after(0);
    memcpy(first, transport.body, sizeof first);
    CHECK_EQUAL(transport.deadline_ns, now + 400ull * MS);
    answer(SLMI_RETRYABLE);
    CHECK_EQUAL(pipeline.state, SLMI_BACKOFF);
    CHECK_EQUAL(stats().in_flight, 10);
    end(5);
    step_after(700);
    CHECK_EQUAL(transport.begun, 1);
    step_after(501);
    CHECK_EQUAL(transport.begun, 2);
    CHECK(strcmp(first, transport.body) == 0);
    answer(SLMI_RETRYABLE);
    /* The third would begin after more than 1200 ms, with at most 1800 left; the fourth after that is out of time. */
    step_after(1801);
    answer(SLMI_RETRYABLE);
    CHECK_EQUAL(stats().in_flight, 0);
    CHECK_EQUAL(stats().queued, 15);
    CHECK_EQUAL(pipeline.batch, 0);
    unsigned before = transport.begun;
    step_after(3000);
    CHECK_EQUAL(transport.begun, before + 1);
    CHECK_EQUAL(stats().in_flight, 10);
    answer(SLMI_ACCEPTED);
    answer(SLMI_ACCEPTED);
    CHECK_EQUAL(stats().delivered, 15);
    stop();
}

static void a_receivers_own_wish_is_kept_even_by_a_flush(void)
{
    start(&slmi_encoder_otlp_json, 1 << 16);
    end(10);
    step_after(0);
    transport.next = (slmi_answer){ .verdict = SLMI_RETRYABLE, .retry_after_ms = 2500 };
    transport.ready = true;
    step_after(0);
    slmi_pipeline_flush(&pipeline, now);
    step_after(2499);
    CHECK_EQUAL(transport.begun, 1);
    step_after(1);
    CHECK_EQUAL(transport.begun, 2);
    /* One beyond the batch's time sends it back, and is kept all the same. */
    transport.next = (slmi_answer){ .verdict = SLMI_RETRYABLE, .retry_after_ms = 60000 };
    transport.ready = true;
    step_after(0);
    CHECK_EQUAL(stats().queued, 10);
    slmi_pipeline_flush(&pipeline, now);
    step_after(59999);
    CHECK_EQUAL(transport.begun, 2);
    step_after(1);
    CHECK_EQUAL(transport.begun, 3);
    answer(SLMI_ACCEPTED);
    stop();
}

static void a_flush_cuts_a_back_off_short(void)
{
    start(&slmi_encoder_otlp_json, 1 << 16);
    end(10);
    step_after(0);
    answer(SLMI_RETRYABLE);
    slmi_pipeline_flush(&pipeline, now);
    step_after(0);
    CHECK_EQUAL(transport.begun, 2);
    answer(SLMI_ACCEPTED);
    stop();
}

static void finishing_drops_at_its_time_and_says_why(void)
{
    start(&slmi_encoder_otlp_json, 1 << 16);
    end(25);
    step_after(0);
    slmi_pipeline_finish(&pipeline, now, now + 100ull * MS);
    step_after(99);
    CHECK_EQUAL(stats().in_flight, 10);
    step_after(1);
    CHECK_EQUAL(stats().dropped[SLM_DROP_TIMED_OUT], 25);
    CHECK_EQUAL(transport.aborted, 1);
    stop();

    start(&slmi_encoder_otlp_json, 1 << 16);
    end(25);
    step_after(0);
    answer(SLMI_RETRYABLE);
    slmi_pipeline_finish(&pipeline, now, now + 100ull * MS);
    step_after(0);
    CHECK_EQUAL(transport.begun, 2);
    transport.next = (slmi_answer){ .verdict = SLMI_RETRYABLE, .nobody_listens = true };
    transport.ready = true;
    step_after(0);
    CHECK_EQUAL(stats().dropped[SLM_DROP_UNREACHABLE], 25);
    stop();

    /* A wish that lies beyond the end is not waited for. */
    start(&slmi_encoder_otlp_json, 1 << 16);
    end(10);
    step_after(0);
    transport.next = (slmi_answer){ .verdict = SLMI_RETRYABLE, .retry_after_ms = 5000 };
    transport.ready = true;
    step_after(0);
    slmi_pipeline_finish(&pipeline, now, now + 1000ull * MS);
    CHECK_EQUAL(stats().dropped[SLM_DROP_UNREACHABLE], 10);
    stop();
}

static unsigned occurrences(const char *text, const char *part)
{
    unsigned count = 0;
    for (const char *at = text; (at = strstr(at, part)) != NULL; at++)
        count++;
    return count;
}

static void spans_of_one_scope_travel_together(void)
{
    start(&slmi_encoder_otlp_json, 1 << 16);
    end(10);
    step_after(0);
    CHECK_EQUAL(occurrences(transport.body, "\"scope\":"), 3);
    CHECK_EQUAL(occurrences(transport.body, "\"spanId\":"), 10);
    answer(SLMI_ACCEPTED);
    stop();
}

static void a_batch_is_cut_where_the_request_is_full(void)
{
    start(&slmi_encoder_otlp_json, 3000);
    fake_payload(500);
    end(10);
    slmi_pipeline_flush(&pipeline, now);
    step_after(0);
    CHECK(strlen(transport.body) <= 3000);
    unsigned first = (unsigned)stats().in_flight;
    CHECK(first > 0 && first < 10);
    CHECK_EQUAL(occurrences(transport.body, "\"spanId\":"), first);
    while (stats().in_flight > 0)
        answer(SLMI_ACCEPTED);
    CHECK_EQUAL(stats().delivered, 10);
    stop();
}

static void a_span_that_fits_no_request_is_dropped_alone(void)
{
    start(&slmi_encoder_otlp_json, 3000);
    fake_payload(5000);
    end(2);
    slmi_pipeline_flush(&pipeline, now);
    step_after(0);
    CHECK_EQUAL(transport.begun, 0);
    CHECK_EQUAL(stats().dropped[SLM_DROP_TOO_LARGE], 2);
    fake_payload(5);
    end(1);
    slmi_pipeline_flush(&pipeline, now);
    step_after(0);
    answer(SLMI_ACCEPTED);
    CHECK_EQUAL(stats().delivered, 1);
    stop();
}

static void the_queue_wraps_and_keeps_its_order(void)
{
    start(&slmi_encoder_zipkin_json, 1 << 16);
    for (unsigned round = 0; round < 50; round++) {
        end(7);
        slmi_pipeline_flush(&pipeline, now);
        step_after(0);
        answer(SLMI_ACCEPTED);
    }
    CHECK_EQUAL(stats().delivered, 350);
    end(130);
    CHECK_EQUAL(stats().queued, 100);
    CHECK_EQUAL(stats().dropped[SLM_DROP_QUEUE_FULL], 30);
    CHECK_EQUAL(fake_held(), 100);
    stop();
}

/* Whatever allocation fails, every span finds its end and nothing leaks. */
static void no_allocation_is_indispensable(void)
{
    for (unsigned nth = 1; nth < 12; nth++) {
        start(&slmi_encoder_otlp_json, 1 << 16);
        end(20);
        fake_fail_allocation(nth);
        slmi_pipeline_flush(&pipeline, now);
        step_after(0);
        while (transport.busy)
            answer(SLMI_ACCEPTED);
        fake_fail_allocation(0);
        slm_pipeline_stats got = stats();
        CHECK_EQUAL(got.queued + got.in_flight, 0);
        CHECK_EQUAL(got.delivered + got.dropped[SLM_DROP_TOO_LARGE] + got.dropped[SLM_DROP_NO_MEMORY], 20);
        stop();
    }
}

int main(void)
{
    a_full_batch_goes_at_once_and_a_part_when_its_time_has_come();
    a_flush_sends_what_is_there_in_batches_one_at_a_time();
    an_attempt_that_fails_is_repeated_with_the_same_bytes_until_the_batch_runs_out_of_time();
    a_receivers_own_wish_is_kept_even_by_a_flush();
    a_flush_cuts_a_back_off_short();
    finishing_drops_at_its_time_and_says_why();
    spans_of_one_scope_travel_together();
    a_batch_is_cut_where_the_request_is_full();
    a_span_that_fits_no_request_is_dropped_alone();
    the_queue_wraps_and_keeps_its_order();
    no_allocation_is_indispensable();
    return check_result();
}
