/* SPDX-License-Identifier: MIT */
/* One exporter's way: its queue, its batch, its transport. OpenTelemetry Trace SDK, Batching processor.
 *
 *            enough spans, the schedule, a flush            the transport answers
 *      IDLE ------------------------------------> FLIGHT ---------------------------> IDLE
 *        ^                                          ^  |  not now
 *        |  nothing is left to try                  |  v
 *        +---------------------------------------  BACKOFF
 *
 * A batch is encoded once and keeps its bytes through its attempts. When its time is up it goes back to the queue,
 * whose bound counted it all along, and a batch is made anew after a pause. One thread, the machine's; the ledger alone
 * is read by others. */
#ifndef SPANLOOM_EXPORTERS_PIPELINE_H
#define SPANLOOM_EXPORTERS_PIPELINE_H

#include "core/export.h"
#include "exporters/encoder.h"
#include "exporters/ledger.h"
#include "exporters/queue.h"
#include "exporters/retry.h"
#include "exporters/tail.h"
#include "exporters/transport.h"

/* Waits in milliseconds; SLMI_ENDLESS_MS has no end. */
typedef struct slmi_pipeline_options {
    const char *name; /* such as "otlp"; static */
    unsigned number;  /* the registry's */
    const slmi_encoder *encoder;
    const slm_resource *resource; /* borrowed, for good */
    slmi_ledger *ledger;          /* borrowed, for good */
    uint32_t queue_spans, batch_spans;
    uint32_t schedule_delay_ms;  /* longest wait of a queued span */
    uint32_t export_timeout_ms;  /* of a batch, all attempts */
    uint32_t request_timeout_ms; /* of one attempt */
    size_t request_max;          /* of a body, in bytes */
    bool simple;                 /* whatever is queued is due */
    uint64_t seed;               /* of the jitter */
    slmi_tail_options tail;      /* `spans` 0: none */
} slmi_pipeline_options;

typedef enum slmi_pipeline_state { SLMI_IDLE, SLMI_FLIGHT, SLMI_BACKOFF } slmi_pipeline_state;

typedef struct slmi_pipeline {
    slmi_pipeline_options options;
    slmi_transport *transport; /* owned */
    slmi_tail *tail;           /* NULL: none */
    slmi_queue queue;
    slmi_pipeline_state state;
    slmi_retry retry;
    slmi_scratch scratch;
    slmi_buffer body;      /* of the batch; empty without one */
    uint32_t batch;        /* spans of it, the queue's oldest; 0: none */
    uint64_t batch_due_ns; /* when it goes back to the queue */
    uint64_t retry_due_ns; /* of BACKOFF */
    bool told_when;        /* the receiver itself asked for that wait: a flush does not cut it short */
    bool failing;          /* the last attempt was not answered for good */
    uint64_t schedule_due_ns;
    uint64_t settled;    /* spans that left the queue, ever; the counterpart of queue.taken */
    uint64_t send_until; /* batches go out, full or not, until `settled` is this */
    bool flushing;       /* the transport is to be flushed once `settled` is `flush_at` */
    uint64_t flush_at;
    bool finishing;               /* nothing more comes */
    uint64_t finish_due_ns;       /* everything is over then */
    uint32_t given_up;            /* spans dropped by finishing, */
    slm_drop_reason given_up_for; /* for this reason */
    slm_pipeline_stats opened;    /* the ledger at the start: it is the process's, and outlives the pipeline */
} slmi_pipeline;

/* Takes `transport`, on failure too. */
SLM_NODISCARD slm_status slmi_pipeline_init(slmi_pipeline *pipeline, const slmi_pipeline_options *options,
                                            slmi_transport *transport);
/* The queue must be empty. */
void slmi_pipeline_destroy(slmi_pipeline *pipeline);

/* The parcel is the pipeline's, which releases it when its fate is known. */
void slmi_pipeline_take(slmi_pipeline *pipeline, slmi_parcel parcel);
/* Goes on as far as it can without waiting. */
void slmi_pipeline_step(slmi_pipeline *pipeline, uint64_t now_ns);
/* When to step at the latest, if no descriptor reports anything before. */
uint64_t slmi_pipeline_due(const slmi_pipeline *pipeline);

/* Sends everything that is queued now, at once; done when slmi_pipeline_flushed() says so of what this returns. */
uint64_t slmi_pipeline_flush(slmi_pipeline *pipeline, uint64_t now_ns);
bool slmi_pipeline_flushed(const slmi_pipeline *pipeline, uint64_t until);
/* Sends everything, and at `due_ns`, or when nobody listens, drops what is left. Nothing is taken from then on; done
 * when slmi_pipeline_finished(). */
void slmi_pipeline_finish(slmi_pipeline *pipeline, uint64_t now_ns, uint64_t due_ns);
bool slmi_pipeline_finished(const slmi_pipeline *pipeline);

#endif
