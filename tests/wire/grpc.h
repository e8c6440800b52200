/* SPDX-License-Identifier: MIT */
/* What the tests of OTLP over gRPC share. */
#ifndef SPANLOOM_TESTS_GRPC_H
#define SPANLOOM_TESTS_GRPC_H

#include "tests/wire/delivery.h"
#include "tests/wire/grpc_server.h"

#define ROWS(rows) (rows), sizeof(rows) / sizeof *(rows)

static const grpc_row grpc_accepts[] = { { .act = GRPC_ANSWER } };

/* Starts the SDK with OTLP over gRPC to the server; `given` says everything else, or NULL. */
static inline void grpc_start(const grpc_server *s, const slm_config *given)
{
    slm_config config = SLM_CONFIG_INIT;
    if (given)
        config = *given;
    config.protocol = "grpc";
    sdk_start(grpc_server_port(s), &config);
}

/* Waits until the server's number is `count`, while the exporters get on. */
static inline void grpc_await(grpc_server *s, unsigned (*number)(grpc_server *s), unsigned count)
{
    while (number(s) < count) {
        struct pollfd entry = { .fd = by_host ? slm_drive_fd() : -1, .events = POLLIN };
        poll(&entry, 1, 1);
        if (by_host)
            slm_drive_step();
    }
}

/* Ends the SDK; all of `spans` must have been delivered since `before`, and nothing else may have happened. */
static inline void grpc_finish(grpc_server *s, slm_pipeline_stats before, unsigned spans)
{
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    slm_pipeline_stats stats = stats_since(before, 0);
    CHECK_EQUAL(stats.delivered, spans);
    CHECK_EQUAL(grpc_server_acknowledged(s), spans);
    check_balance(&stats);
    CHECK(grpc_server_well_formed(s));
    CHECK_EQUAL(fake_messages(SLM_DIAG_CONFIGURATION), 0);
    grpc_server_stop(s);
}

#endif
