/* SPDX-License-Identifier: MIT */
/* A receiver of gRPC calls in a process of its own, so that its time is nobody else's. It takes everything. */
#ifndef SPANLOOM_BENCH_GRPC_SINK_H
#define SPANLOOM_BENCH_GRPC_SINK_H

#include <stdint.h>
#include <sys/types.h>

typedef struct grpc_sink {
    pid_t process;
    uint16_t port;
    struct grpc_sink_counts *counts; /* shared with the process */
} grpc_sink;

/* Aborts if it cannot. Before the program has threads. */
grpc_sink grpc_sink_start(void);
void grpc_sink_stop(grpc_sink *sink);

/* What came so far. */
uint64_t grpc_sink_requests(const grpc_sink *sink);
uint64_t grpc_sink_body_bytes(const grpc_sink *sink);

#endif
