/* SPDX-License-Identifier: MIT */
/* Slots in one reserved range of addresses, whose size is the memory cap, type-stable until the process ends.
 *
 * Free slots travel in magazines of 16. A thread holds at most two and takes and gives without sharing; a magazine
 * moves through one stack for all, by one compare-and-swap of {slot, tag}. Who recycles gives to the stack, never to a
 * home thread, so "A starts, B ends" balances. A second, small stack of the same kind holds the slots for stubs. */
#ifndef SPANLOOM_CORE_POOL_H
#define SPANLOOM_CORE_POOL_H

#include "core/slot.h"

enum { SLMI_MAGAZINE = 16, SLMI_RECORDS_DEFAULT = 4096, SLMI_RECORDS_MAX = 1 << 20, SLMI_POOL_REGIONS = 8 };

struct slmi_thread;

typedef struct slmi_stack {
    _Atomic(uint64_t) head;  /* first slot of the top magazine, and a tag against ABA */
    _Atomic(uint32_t) fresh; /* the next slot that was never used */
    uint32_t end;
} slmi_stack;

/* The pool of this process; a forked child has the next region of the range and leaves its parent's untouched. */
typedef struct slmi_pool {
    unsigned char *slots;
    uint32_t *links;      /* by slot: the next of its magazine; of an ended span's, of its overflow list */
    uint32_t *magazines;  /* by first slot: the next magazine's first, then its length */
    uint32_t first, size; /* this process's slots */
    uint32_t records;     /* of which for records; the rest are for stubs */
    slmi_stack recorded, stubs;
} slmi_pool;

extern slmi_pool slmi_the_pool;

/* Reserves room for `records` slots at once. Once; later calls keep the first size. False: no memory. */
bool slmi_pool_init(uint32_t records);
/* In a forked child: an empty pool in the next region. Async-signal-safe. */
void slmi_pool_fork_child(void);

static inline slmi_slot *slmi_slot_at(uint32_t slot)
{
    return (slmi_slot *)(void *)(slmi_the_pool.slots + (size_t)slot * SLMI_SLOT_BYTES);
}

static inline slmi_block *slmi_block_at(uint32_t slot)
{
    return (slmi_block *)(void *)(slmi_the_pool.slots + (size_t)slot * SLMI_SLOT_BYTES);
}

static inline uint32_t slmi_slot_index(const slmi_slot *slot)
{
    return (uint32_t)(((const unsigned char *)slot - slmi_the_pool.slots) / SLMI_SLOT_BYTES);
}

/* Whether the slot belongs to this process and not to the one it was forked from. */
static inline bool slmi_slot_is_ours(uint32_t slot)
{
    return slot - slmi_the_pool.first < slmi_the_pool.size;
}

/* A free slot, or 0. Its state word holds its generation and nothing else. */
uint32_t slmi_pool_take(struct slmi_thread *self);
/* A free slot for a root's ids when there is no other, or 0. */
uint32_t slmi_pool_take_stub(void);
/* Advances the generation and gives the slot back. */
void slmi_pool_give(struct slmi_thread *self, uint32_t slot);
/* Gives back all that a thread holds: it ends. */
void slmi_pool_leave(struct slmi_thread *self);
/* How many record slots are out of the stack, threads' magazines included. */
uint32_t slmi_pool_in_use(void);

#endif
