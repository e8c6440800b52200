/* SPDX-License-Identifier: MIT */
#include "core/layers/ring.h"

static slmi_ring_record *record_at(slmi_ring *ring, uint64_t position)
{
    return (slmi_ring_record *)(void *)(ring->bytes + (position & (ring->size - 1)));
}

static uint64_t grains(uint64_t bytes)
{
    return (bytes + SLMI_RING_GRAIN - 1) & ~(uint64_t)(SLMI_RING_GRAIN - 1);
}

void slmi_ring_init(slmi_ring *ring, unsigned char *bytes, uint64_t size)
{
    ring->bytes = bytes;
    ring->size = size;
    atomic_store_explicit(&ring->head, 0, memory_order_relaxed);
    atomic_store_explicit(&ring->tail, 0, memory_order_relaxed);
}

bool slmi_ring_put(slmi_ring *ring, const slm_metadata *metadata, slm_string line)
{
    uint64_t need = SLMI_RING_GRAIN + grains(line.len), head = slmi_ring_head(ring), skip;
    if (line.len == 0 || line.len > slmi_ring_longest(ring))
        return false;
    do {
        uint64_t to_end = ring->size - (head & (ring->size - 1));
        skip = to_end < need ? to_end : 0; /* a line lies in one piece */
        /* An old head only makes the room look larger than the exchange then allows. */
        uint64_t used = head - atomic_load_explicit(&ring->tail, memory_order_acquire);
        if ((int64_t)used >= 0 && used + skip + need > ring->size)
            return false;
    } while (!atomic_compare_exchange_weak_explicit(&ring->head, &head, head + skip + need, memory_order_relaxed,
                                                    memory_order_relaxed));
    if (skip) {
        slmi_ring_record *end = record_at(ring, head);
        end->skips = (uint32_t)skip;
        atomic_store_explicit(&end->len, (uint32_t)skip, memory_order_release);
        head += skip;
    }
    slmi_ring_record *record = record_at(ring, head);
    record->metadata = metadata;
    memcpy((unsigned char *)record + SLMI_RING_GRAIN, line.data, line.len);
    atomic_store_explicit(&record->len, (uint32_t)line.len, memory_order_seq_cst);
    return true;
}

bool slmi_ring_is_ready(slmi_ring *ring)
{
    uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    return atomic_load_explicit(&record_at(ring, tail)->len, memory_order_seq_cst) != 0;
}

static void free_bytes(slmi_ring *ring, uint64_t tail, uint64_t bytes)
{
    slmi_ring_record *record = record_at(ring, tail);
    atomic_store_explicit(&record->len, 0, memory_order_relaxed);
    memset((unsigned char *)record + sizeof record->len, 0, bytes - sizeof record->len);
    atomic_store_explicit(&ring->tail, tail + bytes, memory_order_release);
}

bool slmi_ring_peek(slmi_ring *ring, const slm_metadata **metadata, slm_string *line)
{
    uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    slmi_ring_record *record = record_at(ring, tail);
    uint32_t len = atomic_load_explicit(&record->len, memory_order_seq_cst);
    if (len && record->skips) {
        free_bytes(ring, tail, record->skips);
        tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
        record = record_at(ring, tail);
        len = atomic_load_explicit(&record->len, memory_order_seq_cst);
    }
    if (!len)
        return false;
    *metadata = record->metadata;
    *line = slm_string_of((const char *)record + SLMI_RING_GRAIN, len);
    return true;
}

void slmi_ring_drop(slmi_ring *ring)
{
    uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    uint32_t len = atomic_load_explicit(&record_at(ring, tail)->len, memory_order_relaxed);
    free_bytes(ring, tail, SLMI_RING_GRAIN + grains(len));
}

void slmi_ring_reset(slmi_ring *ring)
{
    memset(ring->bytes, 0, ring->size);
    slmi_ring_init(ring, ring->bytes, ring->size);
}
