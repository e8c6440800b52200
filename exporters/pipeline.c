/* SPDX-License-Identifier: MIT */
#include "exporters/pipeline.h"

#include "exporters/batch.h"
#include "exporters/deadline.h"
#include "exporters/report.h"

enum {
    BODY_KEPT_BYTES = 1 << 20, /* a larger one gives its memory back between batches */
    LAST_WAIT_MS = 20          /* a wait that leaves less than this before the end is not worth it */
};

/* A held span's trace was decided. */
static void tail_decided(void *user, uint32_t record, bool keep)
{
    slmi_pipeline *pipeline = user;
    slmi_parcel parcel = slmi_parcel_of_record(record);
    bool queued = keep && slmi_queue_push(&pipeline->queue, parcel);
    slmi_term lost_to = slmi_term_of_drop(keep ? SLM_DROP_QUEUE_FULL : SLM_DROP_TAIL);
    slmi_ledger_move(pipeline->options.ledger, SLMI_TERM_HELD, queued ? SLMI_TERM_QUEUED : lost_to, 1);
    if (!queued)
        slmi_parcel_release(parcel);
    if (keep && !queued)
        slmi_report_queue_full(pipeline);
}

slm_status slmi_pipeline_init(slmi_pipeline *pipeline, const slmi_pipeline_options *options, slmi_transport *transport)
{
    *pipeline = (slmi_pipeline){ .options = *options, .transport = transport };
    slm_status status = slmi_queue_init(&pipeline->queue, options->queue_spans);
    if (status == SLM_OK && options->tail.spans > 0) {
        pipeline->tail = slmi_tail_new(&options->tail, tail_decided, pipeline);
        status = pipeline->tail ? SLM_OK : SLM_ERR_NO_MEMORY;
    }
    if (status != SLM_OK) {
        slmi_queue_destroy(&pipeline->queue);
        transport->ops->free(transport);
        return status;
    }
    slmi_retry_init(&pipeline->retry, options->seed);
    slmi_ledger_read(options->ledger, &pipeline->opened);
    slmi_buffer_init(&pipeline->body, options->request_max);
    pipeline->schedule_due_ns = slmi_deadline_after(slmi_deadline_now(), options->schedule_delay_ms);
    return SLM_OK;
}

void slmi_pipeline_destroy(slmi_pipeline *pipeline)
{
    if (pipeline->finishing && pipeline->transport->ops->close)
        pipeline->transport->ops->close(pipeline->transport, pipeline->finish_due_ns);
    pipeline->transport->ops->free(pipeline->transport);
    slmi_tail_free(pipeline->tail);
    slmi_queue_destroy(&pipeline->queue);
    slmi_buffer_free(&pipeline->body);
    slmi_scratch_free(&pipeline->scratch);
}

static void hold(slmi_pipeline *pipeline, uint32_t record)
{
    slmi_brief brief = slmi_record_brief(record, pipeline->options.number);
    const slmi_tail_span span = { .record = record,
                                  .trace_id = { brief.trace_id[0], brief.trace_id[1] },
                                  .took_ns = brief.took_ns,
                                  .is_local_root = !brief.has_parent || brief.parent_is_remote,
                                  .is_called = brief.has_parent && brief.parent_is_remote,
                                  .failed = brief.failed };
    slmi_ledger_add(pipeline->options.ledger, SLMI_TERM_HELD, 1);
    slmi_tail_take(pipeline->tail, &span, slmi_deadline_now());
}

void slmi_pipeline_take(slmi_pipeline *pipeline, slmi_parcel parcel)
{
    if (pipeline->tail && !pipeline->finishing && !slmi_parcel_block(parcel)) {
        hold(pipeline, slmi_parcel_record(parcel));
        return;
    }
    if (slmi_queue_push(&pipeline->queue, parcel)) {
        slmi_ledger_add(pipeline->options.ledger, SLMI_TERM_QUEUED, 1);
        return;
    }
    slmi_ledger_add(pipeline->options.ledger, slmi_term_of_drop(SLM_DROP_QUEUE_FULL), 1);
    slmi_parcel_release(parcel);
    slmi_report_queue_full(pipeline);
}

/* Lets the `count` oldest go, whose terms are settled. */
static void let_go(slmi_pipeline *pipeline, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        slmi_parcel_release(slmi_queue_peek(&pipeline->queue, i));
    slmi_queue_pop(&pipeline->queue, count);
    pipeline->settled += count;
}

static void forget_body(slmi_pipeline *pipeline)
{
    pipeline->batch = 0;
    slmi_batch_forget(pipeline);
    if (pipeline->body.room > BODY_KEPT_BYTES)
        slmi_buffer_free(&pipeline->body);
}

/* The batch's fate is known: `lost` of it goes to `lost_to`, the rest was delivered. */
static void settle_batch(slmi_pipeline *pipeline, uint32_t lost, slmi_term lost_to)
{
    uint32_t batch = pipeline->batch;
    slmi_ledger_move(pipeline->options.ledger, SLMI_TERM_IN_FLIGHT, lost_to, lost);
    slmi_ledger_move(pipeline->options.ledger, SLMI_TERM_IN_FLIGHT, SLMI_TERM_DELIVERED, batch - lost);
    forget_body(pipeline);
    let_go(pipeline, batch);
    pipeline->state = SLMI_IDLE;
}

static void give_batch_back(slmi_pipeline *pipeline)
{
    slmi_ledger_move(pipeline->options.ledger, SLMI_TERM_IN_FLIGHT, SLMI_TERM_QUEUED, pipeline->batch);
    forget_body(pipeline);
}

/* Finishing: drops all that is left. */
static void give_up(slmi_pipeline *pipeline)
{
    uint32_t left = pipeline->queue.count;
    slm_drop_reason reason = pipeline->failing ? SLM_DROP_UNREACHABLE : SLM_DROP_TIMED_OUT;
    pipeline->transport->ops->abort(pipeline->transport);
    if (pipeline->batch > 0)
        give_batch_back(pipeline);
    slmi_ledger_move(pipeline->options.ledger, SLMI_TERM_QUEUED, slmi_term_of_drop(reason), left);
    let_go(pipeline, left);
    pipeline->given_up += left;
    pipeline->given_up_for = reason;
    pipeline->state = SLMI_IDLE;
}

static void begin_attempt(slmi_pipeline *pipeline, uint64_t now_ns)
{
    uint64_t due = slmi_deadline_after(now_ns, pipeline->options.request_timeout_ms);
    due = slmi_deadline_earlier(due, pipeline->batch_due_ns);
    if (pipeline->finishing)
        due = slmi_deadline_earlier(due, pipeline->finish_due_ns);
    pipeline->state = SLMI_FLIGHT;
    pipeline->transport->ops->begin(pipeline->transport, pipeline->body.data, pipeline->body.len, due);
}

/* Makes a batch of the oldest spans and sends it. */
static void begin_batch(slmi_pipeline *pipeline, uint64_t now_ns)
{
    slm_drop_reason why;
    pipeline->batch = slmi_batch_encode(pipeline, &why);
    if (pipeline->batch == 0) {
        slmi_ledger_move(pipeline->options.ledger, SLMI_TERM_QUEUED, slmi_term_of_drop(why), 1);
        let_go(pipeline, 1);
        if (why == SLM_DROP_TOO_LARGE)
            slmi_report_too_large(pipeline);
        return;
    }
    slmi_ledger_move(pipeline->options.ledger, SLMI_TERM_QUEUED, SLMI_TERM_IN_FLIGHT, pipeline->batch);
    pipeline->batch_due_ns = slmi_deadline_after(now_ns, pipeline->options.export_timeout_ms);
    begin_attempt(pipeline, now_ns);
}

/* The wait before the next attempt, 0 if there is to be none. */
static uint32_t next_wait_ms(slmi_pipeline *pipeline, const slmi_answer *answer, uint64_t now_ns)
{
    uint32_t wait_ms = slmi_retry_next_ms(&pipeline->retry);
    if (answer->retry_after_ms > 0)
        wait_ms = answer->retry_after_ms;
    if (!pipeline->finishing)
        return wait_ms;

    /* At the end waiting for a collector to appear helps nobody; one that is only busy gets another chance in time. */
    int left_ms = slmi_deadline_poll_ms(now_ns, pipeline->finish_due_ns);
    if (answer->nobody_listens || left_ms < LAST_WAIT_MS)
        return 0;
    if (answer->retry_after_ms > 0)
        return wait_ms < (uint32_t)left_ms ? wait_ms : 0;
    return wait_ms < (uint32_t)left_ms / 2 ? wait_ms : (uint32_t)left_ms / 2;
}

static void retry_later(slmi_pipeline *pipeline, const slmi_answer *answer, uint64_t now_ns)
{
    uint32_t wait_ms = next_wait_ms(pipeline, answer, now_ns);
    /* An attempt that our own last deadline cut off says nothing about the receiver. */
    if (!pipeline->finishing || now_ns < pipeline->finish_due_ns)
        pipeline->failing = true;
    slmi_report_unreachable(pipeline, answer, wait_ms);
    if (wait_ms == 0) {
        give_up(pipeline);
        return;
    }
    pipeline->state = SLMI_BACKOFF;
    pipeline->told_when = answer->retry_after_ms > 0;
    pipeline->retry_due_ns = slmi_deadline_after(now_ns, wait_ms);
    if (pipeline->retry_due_ns >= pipeline->batch_due_ns)
        give_batch_back(pipeline);
}

static void take_answer(slmi_pipeline *pipeline, const slmi_answer *answer, uint64_t now_ns)
{
    uint32_t batch = pipeline->batch;
    uint32_t lost = answer->rejected < batch ? (uint32_t)answer->rejected : batch;
    if (answer->verdict == SLMI_RETRYABLE) {
        retry_later(pipeline, answer, now_ns);
        return;
    }
    pipeline->failing = false;
    slmi_retry_reset(&pipeline->retry);
    switch (answer->verdict) {
    case SLMI_ACCEPTED:
        settle_batch(pipeline, 0, SLMI_TERM_REJECTED);
        break;
    case SLMI_PARTIAL:
        slmi_report_partial(pipeline, answer, lost);
        settle_batch(pipeline, lost, SLMI_TERM_REJECTED);
        break;
    case SLMI_FATAL:
        slmi_report_refused(pipeline, answer);
        settle_batch(pipeline, batch, SLMI_TERM_REJECTED);
        break;
    case SLMI_RETRYABLE:
        break;
    }
}

/* Whether an idle pipeline is to make a batch. */
static bool is_due(const slmi_pipeline *pipeline)
{
    if (pipeline->queue.count == 0)
        return false;
    return pipeline->finishing || pipeline->options.simple || pipeline->queue.count >= pipeline->options.batch_spans ||
           pipeline->settled < pipeline->send_until;
}

/* One move of the machine above; false when there is none. */
static bool move(slmi_pipeline *pipeline, uint64_t now_ns)
{
    slmi_answer answer;
    switch (pipeline->state) {
    case SLMI_IDLE:
        if (!is_due(pipeline))
            return false;
        begin_batch(pipeline, now_ns);
        return true;
    case SLMI_FLIGHT:
        if (!pipeline->transport->ops->step(pipeline->transport, now_ns, &answer))
            return false;
        take_answer(pipeline, &answer, now_ns);
        return true;
    case SLMI_BACKOFF:
        if (now_ns < pipeline->retry_due_ns)
            return false;
        if (pipeline->batch > 0)
            begin_attempt(pipeline, now_ns);
        else
            pipeline->state = SLMI_IDLE;
        pipeline->send_until = pipeline->queue.taken;
        return true;
    }
    return false;
}

/* Whether all that the flush is for has found its end, and nothing else is under way. */
static bool may_flush(const slmi_pipeline *pipeline)
{
    return pipeline->flushing && pipeline->settled >= pipeline->flush_at && pipeline->state != SLMI_FLIGHT;
}

static void flush_transport(slmi_pipeline *pipeline, uint64_t now_ns)
{
    uint64_t due_ns = slmi_deadline_after(now_ns, pipeline->options.export_timeout_ms);
    pipeline->flushing = false;
    pipeline->transport->ops->flush(pipeline->transport, pipeline->finishing ? pipeline->finish_due_ns : due_ns);
}

void slmi_pipeline_step(slmi_pipeline *pipeline, uint64_t now_ns)
{
    if (pipeline->tail)
        slmi_tail_step(pipeline->tail, now_ns);
    if (now_ns >= pipeline->schedule_due_ns) {
        pipeline->schedule_due_ns = slmi_deadline_after(now_ns, pipeline->options.schedule_delay_ms);
        pipeline->send_until = pipeline->queue.taken;
    }
    while (move(pipeline, now_ns)) {
        /* Each move brings a wait or a span's end nearer. */
    }
    if (pipeline->finishing && pipeline->queue.count > 0 && now_ns >= pipeline->finish_due_ns)
        give_up(pipeline);
    if (may_flush(pipeline))
        flush_transport(pipeline, now_ns);
}

uint64_t slmi_pipeline_due(const slmi_pipeline *pipeline)
{
    uint64_t due = pipeline->schedule_due_ns;
    if (pipeline->tail)
        due = slmi_deadline_earlier(due, slmi_tail_due(pipeline->tail));
    if ((pipeline->state == SLMI_IDLE && is_due(pipeline)) || may_flush(pipeline))
        return 0;
    if (pipeline->finishing)
        due = slmi_deadline_earlier(due, pipeline->finish_due_ns);
    if (pipeline->state == SLMI_FLIGHT)
        due = slmi_deadline_earlier(due, pipeline->transport->ops->due(pipeline->transport));
    if (pipeline->state == SLMI_BACKOFF)
        due = slmi_deadline_earlier(due, pipeline->retry_due_ns);
    return due;
}

static void hurry(slmi_pipeline *pipeline, uint64_t now_ns)
{
    pipeline->send_until = pipeline->queue.taken;
    pipeline->flushing = pipeline->transport->ops->flush != NULL;
    pipeline->flush_at = pipeline->queue.taken;
    if (pipeline->state == SLMI_BACKOFF && !pipeline->told_when)
        pipeline->retry_due_ns = now_ns;
}

uint64_t slmi_pipeline_flush(slmi_pipeline *pipeline, uint64_t now_ns)
{
    hurry(pipeline, now_ns);
    return pipeline->queue.taken;
}

bool slmi_pipeline_flushed(const slmi_pipeline *pipeline, uint64_t until)
{
    return pipeline->settled >= until && !pipeline->flushing;
}

void slmi_pipeline_finish(slmi_pipeline *pipeline, uint64_t now_ns, uint64_t due_ns)
{
    if (pipeline->tail)
        slmi_tail_release(pipeline->tail);
    hurry(pipeline, now_ns);
    pipeline->finishing = true;
    pipeline->finish_due_ns = due_ns;
    bool hopeless = pipeline->state == SLMI_BACKOFF && pipeline->retry_due_ns >= due_ns;
    if (hopeless)
        give_up(pipeline);
}

bool slmi_pipeline_finished(const slmi_pipeline *pipeline)
{
    return pipeline->finishing && pipeline->queue.count == 0 && !pipeline->flushing;
}
