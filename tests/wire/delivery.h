/* SPDX-License-Identifier: MIT */
/* What the delivery tests share: an SDK that points at a scripted server, and the ledger's balance. */
#ifndef SPANLOOM_TESTS_DELIVERY_H
#define SPANLOOM_TESTS_DELIVERY_H

#include "exporters/deadline.h"
#include "tests/wire/check.h"
#include "tests/wire/fake_core.h"
#include "tests/wire/server.h"
#include <spanloom/drive.h>
#include <spanloom/sdk.h>

#include <poll.h>
#include <sched.h>
#include <stdlib.h>

/* Long enough for any machine: no test waits for it unless it fails. */
enum { AMPLE_MS = 30000 };

/* Whether the test is the host that drives. */
static bool by_host;

/* Lets the exporters get on. */
static inline void pass_time(void)
{
    if (!by_host) {
        sched_yield();
        return;
    }
    struct pollfd entry = { .fd = slm_drive_fd(), .events = POLLIN };
    poll(&entry, 1, slm_drive_timeout_ms());
    slm_drive_step();
}

/* Starts the SDK with OTLP to `port` on loopback; `config` gives everything else, or NULL. */
static inline void sdk_start(uint16_t port, const slm_config *given)
{
    static char endpoint[80];
    slm_config config = SLM_CONFIG_INIT;
    if (given)
        config = *given;
    config.size = (uint32_t)sizeof config;
    snprintf(endpoint, sizeof endpoint, "http://127.0.0.1:%u/v1/traces", (unsigned)port);
    if (by_host)
        config.drive = SLM_DRIVE_HOST;
    if (!config.endpoint)
        config.endpoint = endpoint;
    fake_reset();
    /* The thread of a shutdown that ran out of time may still be putting things away. */
    slm_status status;
    while ((status = slm_init(&config)) == SLM_ERR_EXISTS)
        sched_yield();
    CHECK_EQUAL(status, SLM_OK);
}

static inline uint64_t sum_of(const slm_pipeline_stats *stats)
{
    uint64_t sum = stats->queued + stats->in_flight + stats->delivered + stats->rejected;
    for (unsigned reason = 0; reason < SLM_DROP_REASONS; reason++)
        sum += stats->dropped[reason];
    return sum;
}

/* The ledger since `before`, which an earlier test left behind: terms only grow. */
static inline slm_pipeline_stats stats_since(slm_pipeline_stats before, unsigned pipeline)
{
    slm_pipeline_stats stats = fake_stats(pipeline);
    stats.delivered -= before.delivered;
    stats.rejected -= before.rejected;
    for (unsigned reason = 0; reason < SLM_DROP_REASONS; reason++)
        stats.dropped[reason] -= before.dropped[reason];
    return stats;
}

/* Every span is accounted for, and every record was given back. */
static inline void check_balance(const slm_pipeline_stats *stats)
{
    CHECK_EQUAL(sum_of(stats), stats->ended);
    CHECK_EQUAL(stats->queued, 0);
    CHECK_EQUAL(stats->in_flight, 0);
    CHECK_EQUAL(fake_held(), 0);
}

/* Flushes until all is delivered. Each new flush cuts a back-off short, so this takes less time than one long flush. */
static inline slm_status flush_all(void)
{
    slm_status status;
    do
        status = slm_flush(50);
    while (status == SLM_ERR_TIMED_OUT);
    return status;
}

/* After a shutdown that ran out of time: until its thread has dropped what was left, which on a busy machine may be
 * after the call. */
static inline void await_drop(void)
{
    while (fake_messages(SLM_DIAG_UNDELIVERED) == 0)
        sched_yield();
}

static inline uint64_t elapsed_ms(uint64_t since_ns)
{
    return (slmi_deadline_now() - since_ns) / 1000000;
}

#endif
