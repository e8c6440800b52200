/* SPDX-License-Identifier: MIT */
/* A receiver of HTTP requests in a process of its own, so that its time is nobody else's. It takes everything. */
#ifndef SPANLOOM_BENCH_SINK_H
#define SPANLOOM_BENCH_SINK_H

#include <stdint.h>
#include <sys/types.h>

typedef struct sink {
    pid_t process; /* 0: nobody accepts, so that who connects waits in vain */
    int listener;
    uint16_t port;
    struct sink_counts *counts; /* shared with the process */
} sink;

/* Aborts if it cannot. Before the program has threads. */
sink sink_start(void);
/* A port that accepts connections, and then says nothing. */
sink sink_start_silent(void);
void sink_stop(sink *sink);

/* What came so far. */
uint64_t sink_requests(const sink *sink);
uint64_t sink_body_bytes(const sink *sink);

#endif
