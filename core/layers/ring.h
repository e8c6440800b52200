/* SPDX-License-Identifier: MIT */
/* Lines that wait: many threads put them in, one takes them out, nobody waits for anybody.
 *
 * A producer claims its bytes by moving `head`, copies, and then stores the record's length, which tells the consumer
 * that it is there. The consumer zeroes what it has read before it moves `tail`, so a record that is claimed but not
 * yet complete has length 0.
 *
 *   who        does              order                    pairs with
 *   producer   reads tail        acquire                  the consumer's store: what it frees is zeroed
 *   producer   moves head        compare-and-swap         other producers; nothing is published by it
 *   producer   stores the length sequentially consistent  the consumer's load: the bytes; see nonblocking.c for sleep
 *   consumer   loads the length  sequentially consistent
 *   consumer   moves tail        release                  the producers' load */
#ifndef SPANLOOM_CORE_LAYERS_RING_H
#define SPANLOOM_CORE_LAYERS_RING_H

#include <stdatomic.h>

#include <spanloom/metadata.h>

enum { SLMI_RING_GRAIN = 16 };

typedef struct slmi_ring_record {
    _Atomic(uint32_t) len; /* 0: not there yet */
    uint32_t skips;        /* nothing but the end of the buffer, of that many bytes */
    const slm_metadata *metadata;
} slmi_ring_record;

SLMI_ASSERT(sizeof(slmi_ring_record) <= SLMI_RING_GRAIN, "a record's head is a grain");

typedef struct slmi_ring {
    unsigned char *bytes;
    uint64_t size;    /* a power of two */
    char apart_1[64]; /* so that producers and the consumer do not write the same line */
    _Atomic(uint64_t) head;
    char apart_2[64];
    _Atomic(uint64_t) tail;
    char apart_3[64];
} slmi_ring;

/* `bytes`: zeroed, aligned to a grain. */
void slmi_ring_init(slmi_ring *ring, unsigned char *bytes, uint64_t size);
/* The longest line that goes in. */
static inline uint64_t slmi_ring_longest(const slmi_ring *ring)
{
    return ring->size / 2 - SLMI_RING_GRAIN;
}

/* False: there is no room now, or there will never be for that length. */
bool slmi_ring_put(slmi_ring *ring, const slm_metadata *metadata, slm_string line);

/* The consumer's. */
bool slmi_ring_is_ready(slmi_ring *ring);
/* The oldest line; borrowed until slmi_ring_drop(). False: none is complete. */
bool slmi_ring_peek(slmi_ring *ring, const slm_metadata **metadata, slm_string *line);
void slmi_ring_drop(slmi_ring *ring);

/* How far producers and the consumer have come: a line that was put before head was read has gone once tail is there.
 */
static inline uint64_t slmi_ring_head(slmi_ring *ring)
{
    return atomic_load_explicit(&ring->head, memory_order_relaxed);
}
static inline uint64_t slmi_ring_tail(slmi_ring *ring)
{
    return atomic_load_explicit(&ring->tail, memory_order_acquire);
}

/* Nobody else is at it: empties it, whatever state it was left in. */
void slmi_ring_reset(slmi_ring *ring);

#endif
