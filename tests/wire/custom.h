/* SPDX-License-Identifier: MIT */
/* What the tests of custom exporters and processors share: set-up, and the ledger since then. */
#ifndef SPANLOOM_TESTS_WIRE_CUSTOM_H
#define SPANLOOM_TESTS_WIRE_CUSTOM_H

#include <spanloom/drive.h>
#include <spanloom/pipeline.h>
#include <spanloom/processor.h>
#include <spanloom/sdk.h>

#include "tests/wire/check.h"

#include <sched.h>

enum { AMPLE_MS = 30000 };

static slm_stats custom_before;
static bool custom_by_host;

/* Waits for the thread of a set-up that ran out of time. */
static inline void custom_start(const slm_config *config)
{
    slm_status status;
    custom_before.size = (uint32_t)sizeof custom_before;
    while ((status = slm_init(config)) == SLM_ERR_EXISTS)
        sched_yield();
    CHECK_EQUAL(status, SLM_OK);
    slm_stats_read(&custom_before);
}

/* One pipeline, to these functions. */
static inline void custom_start_one(const slm_exporter_ops *ops, void *self, uint32_t batch_spans)
{
    const slm_pipeline_config pipeline = { .size = (uint32_t)sizeof pipeline, .custom = ops, .custom_self = self };
    slm_config config = SLM_CONFIG_INIT;
    config.pipelines = &pipeline;
    config.pipeline_count = 1;
    config.batch_spans = batch_spans;
    config.drive = custom_by_host ? SLM_DRIVE_HOST : SLM_DRIVE_THREAD;
    custom_start(&config);
}

/* The first pipeline's ledger since then; whether its terms make up what ended. */
static inline slm_pipeline_stats custom_stats(void)
{
    slm_stats now = { .size = (uint32_t)sizeof now };
    slm_stats_read(&now);
    slm_pipeline_stats *p = &now.pipelines[0];
    const slm_pipeline_stats *b = &custom_before.pipelines[0];
    uint64_t sum = p->filtered + p->unsampled + p->held + p->queued + p->in_flight + p->delivered + p->rejected;
    for (unsigned reason = 0; reason < SLM_DROP_REASONS; reason++) {
        sum += p->dropped[reason];
        p->dropped[reason] -= b->dropped[reason];
    }
    CHECK_EQUAL(sum, p->ended);
    p->ended -= b->ended;
    p->delivered -= b->delivered;
    p->rejected -= b->rejected;
    return *p;
}

#endif
