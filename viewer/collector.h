/* SPDX-License-Identifier: MIT */
/* The HTTP server of one protocol. It runs in the caller's loop: no thread, no blocking. */
#ifndef SPANLOOM_VIEWER_COLLECTOR_H
#define SPANLOOM_VIEWER_COLLECTOR_H

#include "viewer/open.h"

enum {
    SLMI_VIEW_MAX_BODY_BYTES = 8 << 20,     /* Of one body, and of what it inflates to. */
    SLMI_VIEW_MAX_OPEN_BYTES = 2 << 20,     /* The same of a body that says what is open. */
    SLMI_VIEW_MAX_BODIES_BYTES = 32 << 20,  /* Of all bodies that are on their way in. */
    SLMI_VIEW_MAX_DRAINED_BYTES = 64 << 20, /* Of a refused body, read so that the sender gets to see why. */
    SLMI_VIEW_MAX_CONNECTIONS = 256,
    SLMI_VIEW_CONNECTION_TIMEOUT_S = 15
};

/* What a collector tells. The callbacks run inside slmi_view_collector_step(). */
typedef struct slmi_view_receiver {
    void (*receive)(void *context, slmi_view_batch *batch, slmi_view_protocol via); /* May take spans out. */
    void (*refused)(void *context, const slmi_view_refusal *refusal, slmi_view_protocol via);
    /* NULL: senders are not told that what is open is taken, and it is not. May empty it. */
    void (*open)(void *context, slmi_view_open *open);
    void *context;
} slmi_view_receiver;

typedef struct slmi_view_collector slmi_view_collector;

/* "/v1/traces" or "/api/v2/spans". */
const char *slmi_view_collector_path(slmi_view_protocol via);

/* A socket that listens on 127.0.0.1; *port 0 takes any free one and says which. -1 with errno. */
int slmi_view_listen(uint16_t *port);

/* Takes the socket, also on failure; NULL then. */
slmi_view_collector *slmi_view_collector_start(slmi_view_protocol via, int socket, const slmi_view_receiver *receiver);
void slmi_view_collector_stop(slmi_view_collector *collector);

int slmi_view_collector_fd(const slmi_view_collector *collector);          /* Readable when there is something to do. */
int64_t slmi_view_collector_wait_ms(const slmi_view_collector *collector); /* After which to step anyway; -1: never. */
void slmi_view_collector_step(slmi_view_collector *collector);

#endif
