/* SPDX-License-Identifier: MIT */
/* A slot of the pool: 512 bytes that are a span's record, an entry, a context or a block of an arena, and whose first
 * word, of the same meaning in each, outlives them all.
 *
 *   state word   generation 32 | pins 16 | flags 16
 *
 *   who             does                              by
 *   creator         writes all, then the word         a release store: nobody has the handle yet
 *   mutator         copies into the record            one compare-and-swap that takes LOCK and proves generation and
 *                                                     OPEN; then it owns the whole word, and stores it to unlock
 *   end             makes it immutable                the same lock, then one store without OPEN
 *   pin, unpin      keeps it from being recycled      compare-and-swap while nobody holds LOCK
 *   last unpin      recycles                          a store of the next generation
 *   reader          follows a handle                  pins; what it reads is append-only (`used`, `chain`: acquire)
 *
 * The lock is held for copies only, never over user code, so waiting for it is short; a thread that is interrupted by a
 * signal while it holds one has `busy` set, and the handler's tracing is turned away before it gets here. */
#ifndef SPANLOOM_CORE_SLOT_H
#define SPANLOOM_CORE_SLOT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <spanloom/detail/base.h>

struct slm_metadata;

enum { SLMI_SLOT_BYTES = 512, SLMI_ARENA_AT = 112, SLMI_ARENA_BYTES = SLMI_SLOT_BYTES - SLMI_ARENA_AT };
enum { SLMI_BLOCK_AT = 24, SLMI_BLOCK_BYTES = SLMI_SLOT_BYTES - SLMI_BLOCK_AT };

/* Flags of the state word. */
#define SLMI_LOCK       UINT64_C(1)
#define SLMI_OPEN       UINT64_C(2)
#define SLMI_ENTERED    UINT64_C(4)  /* the entry in the slot is claimed; it holds one pin */
#define SLMI_ENDING     UINT64_C(8)  /* its layers are being told of its end */
#define SLMI_CLOSED     UINT64_C(16) /* nobody writes but its processors, while they are asked */
#define SLMI_CARRIED    UINT64_C(32) /* a context claimed it: whose callback may end the span inside */
#define SLMI_PIN        (UINT64_C(1) << 16)
#define SLMI_PINS       (UINT64_C(0xffff) << 16)
#define SLMI_GENERATION (UINT64_C(1) << 32)

enum slmi_slot_type { SLMI_SLOT_SPAN, SLMI_SLOT_ENTRY, SLMI_SLOT_CONTEXT, SLMI_SLOT_LOG };

/* slmi_slot.bits */
enum {
    SLMI_BIT_SCOPE = 1,         /* a scope made it: an exit that skips it ends it */
    SLMI_BIT_REMOTE_PARENT = 2, /* parent_id is of another process */
    SLMI_BIT_STUB = 4,          /* ids only: from the pool of stubs */
    SLMI_BIT_STATUS_SET = 8,    /* the program set the status; events no longer do */
    SLMI_BIT_EXPLICIT = 16,     /* its parent was given, or that it has none */
    SLMI_BIT_ABANDONED = 32,
    SLMI_BIT_REMOTE = 64,  /* of a CONTEXT: span_id itself is of another process */
    SLMI_BIT_LATER = 64,   /* of a SPAN: it was given fields or a name after its start */
    SLMI_BIT_PARENTS = 128 /* it has a table of parents; see parent_table.h */
};

/* slmi_slot.trace_flags, beside those of W3C: the caller asked for the trace whatever samplers say. Never in a
 * traceparent. */
#define SLMI_FLAG_DEBUG 0x8u
/* Of a context without ids: the caller asked that the trace be sampled. */
#define SLMI_FLAG_ACCEPT 0x4u

typedef struct slmi_slot {
    _Atomic(uint64_t) state;
    const struct slm_metadata *site;
    uint64_t start, end; /* monotonic nanoseconds; of an ENTRY `start` is the slot it enters, of a CONTEXT the span */
    uint64_t span_id, parent_id; /* as the bytes stand in memory */
    uint64_t trace_id[2];
    /* second line */
    uint64_t displaced;      /* the entry that was current before this slot's; the owner's */
    _Atomic(uint32_t) owner; /* the thread that claimed the entry */
    uint32_t carry;          /* slot of what it travels with, tracestate and baggage, pinned; 0 for none */
    uint64_t anchor;         /* wall time minus monotonic */
    _Atomic(uint32_t) mask;  /* layers that take it; a reload changes it, under the lock */
    _Atomic(uint8_t) set;    /* the subscriber it was started under; may be read through a stale handle */
    uint8_t type;
    uint8_t queued; /* once ended: the pipelines that hold it */
    _Atomic(uint8_t) status;
    uint8_t trace_flags : 4, kind : 4;
    _Atomic(uint8_t) bits;   /* changed under the lock; see slmi_bits() */
    _Atomic(uint16_t) used;  /* of the arena's first part; its tail's when there is a chain */
    uint32_t parent;         /* slot of the parent's record, pinned; 0 for none */
    _Atomic(uint32_t) chain; /* slot of the arena's next block; 0 for none */
    uint32_t dropped_fields : 12, dropped_events : 12, dropped_links : 8; /* while there is no chain */
    unsigned char arena[SLMI_ARENA_BYTES];
} slmi_slot;

SLMI_ASSERT(sizeof(slmi_slot) == SLMI_SLOT_BYTES, "a slot is 512 bytes");
SLMI_ASSERT(offsetof(slmi_slot, displaced) == 64, "the first line is full");
SLMI_ASSERT(offsetof(slmi_slot, arena) == SLMI_ARENA_AT, "two fields end with the second line");

static inline uint32_t slmi_mask(const slmi_slot *slot)
{
    return atomic_load_explicit(&slot->mask, memory_order_relaxed);
}

static inline void slmi_mask_set(slmi_slot *slot, uint32_t mask)
{
    atomic_store_explicit(&slot->mask, mask, memory_order_relaxed);
}

static inline uint8_t slmi_bits(const slmi_slot *slot)
{
    return atomic_load_explicit(&slot->bits, memory_order_relaxed);
}

static inline void slmi_bits_set(slmi_slot *slot, unsigned bits)
{
    atomic_store_explicit(&slot->bits, (uint8_t)bits, memory_order_relaxed);
}

static inline void slmi_bits_add(slmi_slot *slot, unsigned bits)
{
    slmi_bits_set(slot, slmi_bits(slot) | bits);
}

static inline void slmi_status_set(slmi_slot *slot, unsigned status)
{
    atomic_store_explicit(&slot->status, (uint8_t)status, memory_order_relaxed);
}

/* A slot that lengthens an arena. Its state word is closed, so that no handle fits it. */
typedef struct slmi_block {
    _Atomic(uint64_t) state;
    _Atomic(uint32_t) next;
    uint32_t tail; /* of the first block: the last one */
    _Atomic(uint16_t) used;
    uint16_t count; /* of the first block: how many there are */
    uint32_t split; /* of what is carried: where tracestate ends and baggage begins */
    unsigned char data[SLMI_BLOCK_BYTES];
} slmi_block;

SLMI_ASSERT(sizeof(slmi_block) == SLMI_SLOT_BYTES, "a block is a slot");

/* What stands first in the data of an arena's first block. */
typedef struct slmi_tally {
    uint32_t events, links; /* that were written since */
    uint32_t dropped_fields, dropped_events, dropped_links;
    uint32_t reserved;
} slmi_tally;

SLMI_ASSERT(sizeof(slmi_tally) % 8 == 0, "items after it are aligned");

static inline slmi_tally *slmi_tally_of(slmi_block *first)
{
    return (slmi_tally *)(void *)first->data;
}

/* Handles: slot 24 bits, serial of an entry 6 bits, two flags, generation 32. */
#define SLMI_ID_UNRECORDED (UINT64_C(1) << 30) /* stands for its nearest recorded ancestor */
#define SLMI_ID_RAW        (UINT64_C(1) << 31) /* a raw subscriber's; see dispatch.h */
#define SLMI_ID_SLOT       UINT64_C(0xffffff)

static inline uint32_t slmi_id_slot(uint64_t id)
{
    return (uint32_t)(id & SLMI_ID_SLOT);
}

static inline uint64_t slmi_id(uint32_t slot, uint64_t state)
{
    return (state & ~(SLMI_GENERATION - 1)) | slot;
}

static inline bool slmi_same_generation(uint64_t a, uint64_t b)
{
    return ((a ^ b) >> 32) == 0;
}

#endif
