/* SPDX-License-Identifier: MIT */
/* The spans that a pipeline holds, oldest first, as records and blocks. The bound counts all of them, those in flight
 * included: a batch that comes back without an answer finds its place still its own. One thread, the machine's. */
#ifndef SPANLOOM_EXPORTERS_QUEUE_H
#define SPANLOOM_EXPORTERS_QUEUE_H

#include "exporters/parcel.h"
#include <spanloom/status.h>

typedef struct slmi_queue {
    slmi_parcel *parcels; /* a ring of `capacity` */
    uint32_t capacity;
    uint32_t head;  /* where the oldest lies */
    uint32_t count; /* at most `capacity` */
    uint64_t taken; /* ever pushed */
} slmi_queue;

/* A queue of at most `capacity` (at least 1) records, memory for all of them taken now. */
SLM_NODISCARD slm_status slmi_queue_init(slmi_queue *queue, uint32_t capacity);
void slmi_queue_destroy(slmi_queue *queue);

/* False if it is full; the parcel stays the caller's then. */
bool slmi_queue_push(slmi_queue *queue, slmi_parcel parcel);
/* The `at`th oldest of `count`. */
slmi_parcel slmi_queue_peek(const slmi_queue *queue, uint32_t at);
/* Puts `parcel` in that place. */
void slmi_queue_replace(slmi_queue *queue, uint32_t at, slmi_parcel parcel);
/* Takes the `count` oldest out. */
void slmi_queue_pop(slmi_queue *queue, uint32_t count);

#endif
