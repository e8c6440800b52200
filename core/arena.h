/* SPDX-License-Identifier: MIT */
/* A record's arena: what was recorded, in the order it came, as one stream of bytes over the slot's first part and the
 * blocks chained to it. It only grows, and only under the record's lock; readers that have the record pinned follow it
 * without.
 *
 *   places   of filters and layers that asked for some bytes of each span; fixed, zeroed at the start
 *   stream   the words of the fields given at the start, their texts; then items
 *   item     header, words, texts; headers and words lie within one block, texts may run over its end
 *   used     how far a part is filled; SEALED says that the stream goes on in the next block. What an item touched is
 *            published by one release store to the part where it began. */
#ifndef SPANLOOM_CORE_ARENA_H
#define SPANLOOM_CORE_ARENA_H

#include <spanloom/value.h>

#include "core/record.h"

enum { SLMI_SEALED = 0x8000, SLMI_SPAN_BLOCKS = 537 /* 256 KiB */, SLMI_KEY_BYTES_MAX = 255 };
enum { SLMI_MESSAGE_BYTES_MAX = 4096 };

enum slmi_item_type {
    SLMI_ITEM_EVENT = 1,
    SLMI_ITEM_SET,
    SLMI_ITEM_LINK,
    SLMI_ITEM_LINK_FIELD, /* as SET, of the link before it */
    SLMI_ITEM_NAME,
    SLMI_ITEM_STATUS
};

typedef struct slmi_item {
    uint8_t type;
    uint8_t flags; /* SET: the value's type; LINK: trace flags; EVENT: 1 if a text is stored */
    uint16_t n;    /* EVENT: fields, and in the upper byte the groups of pipelines that take it, 0 for all; LINK: fields
                      that were given; SET: bytes of the key */
    uint32_t len;  /* bytes of the text at the end */
} slmi_item;

typedef struct slmi_event_item {
    slmi_item item;
    uint64_t time; /* monotonic */
    const slm_metadata *site;
    uint64_t words[];
} slmi_event_item;

static inline unsigned slmi_event_fields(const slmi_item *item)
{
    return item->n & 0xffu;
}

/* Whether the event is for this group of pipelines. */
static inline bool slmi_event_is_for(const slmi_item *item, unsigned group)
{
    return item->n < 0x100u || (item->n >> 8 >> group & 1u) != 0;
}

typedef struct slmi_set_item {
    slmi_item item;
    uint64_t word;
} slmi_set_item;

typedef struct slmi_link_item {
    slmi_item item;
    slm_trace_id trace_id;
    slm_span_id span_id;
} slmi_link_item;

/* How a value is stored: a word, and after the words its text. Of a string, the low byte is its length up to 7 with the
 * bytes above it, or one of: */
enum { SLMI_TEXT_ABSENT = 0xfe, SLMI_TEXT_LONG = 0xff }; /* LONG: length in the upper half, bit 8 set if it was cut */
/* Of a SLM_TYPE_VALUE, the low byte is its type, bit 8 as above, the upper half the length, the error number or 0. */
#define SLMI_CUT UINT64_C(0x100)

/* -- writing: under the record's lock, or before it is published ------------------------------------------------------
 */
typedef struct slmi_writer {
    slmi_thread *self;
    slmi_slot *slot;
    _Atomic(uint16_t) *began; /* the `used` that publishes */
    _Atomic(uint16_t) *used;  /* of the part that is written now */
    unsigned char *data;
    uint32_t at, room;
    uint32_t began_at; /* where the first part ends, once sealed */
    bool moved;        /* on to another block */
    bool cut;
} slmi_writer;

static inline void slmi_writer_open(slmi_writer *w, slmi_thread *self, slmi_slot *slot)
{
    w->self = self;
    w->slot = slot;
    w->moved = w->cut = false;
    uint32_t chain = atomic_load_explicit(&slot->chain, memory_order_relaxed);
    if (chain) {
        slmi_block *tail = slmi_block_at(slmi_block_at(chain)->tail);
        w->used = &tail->used;
        w->data = tail->data;
        w->room = SLMI_BLOCK_BYTES;
    } else {
        w->used = &slot->used;
        w->data = slot->arena;
        w->room = SLMI_ARENA_BYTES;
    }
    w->began = w->used;
    w->at = atomic_load_explicit(w->used, memory_order_relaxed);
}

static inline uint32_t slmi_arena_aligned(uint32_t at)
{
    return (at + 7u) & ~7u;
}

void *slmi_writer_reserve_more(slmi_writer *w, size_t size);

/* `size` bytes, aligned to 8, in one piece; NULL if the span is at its bound or the pool is empty. */
static inline void *slmi_writer_reserve(slmi_writer *w, size_t size)
{
    uint32_t at = slmi_arena_aligned(w->at);
    if (__builtin_expect(at + size > w->room, 0))
        return slmi_writer_reserve_more(w, size);
    w->at = at + (uint32_t)size;
    return w->data + at;
}

/* Appends text; returns how much of it there was room for. */
uint32_t slmi_writer_text(slmi_writer *w, const void *text, size_t len);
/* Appends the text of a value and returns its word. No SLM_TYPE_DEBUG: resolve it first. */
uint64_t slmi_writer_long_value(slmi_writer *w, uint32_t type, slm_word word);

static inline uint64_t slmi_writer_value(slmi_writer *w, uint32_t type, slm_word word)
{
    return type == SLM_TYPE_STRING || type == SLM_TYPE_VALUE ? slmi_writer_long_value(w, type, word) : word.u;
}

/* The tally of a span that is chained over several blocks; NULL of one that is not. */
slmi_tally *slmi_tally_find(const slmi_slot *slot);
/* Count what was left out: up to 4095, 4095 and 255 while the span is not chained. Under the lock. */
void slmi_dropped_field(slmi_slot *slot);
void slmi_dropped_event(slmi_slot *slot);
void slmi_dropped_link(slmi_slot *slot);
/* Makes all that was written visible. */
static inline void slmi_writer_commit(slmi_writer *w)
{
    if (w->cut)
        slmi_dropped_field(w->slot);
    if (!w->moved) {
        atomic_store_explicit(w->used, (uint16_t)w->at, memory_order_release);
        return;
    }
    atomic_store_explicit(w->used, (uint16_t)w->at, memory_order_relaxed);
    atomic_store_explicit(w->began, (uint16_t)(w->began_at | SLMI_SEALED), memory_order_release);
}

/* -- reading: the record is pinned, or ended
 * --------------------------------------------------------------------------- */
typedef struct slmi_cursor {
    const slmi_slot *slot;
    const unsigned char *data;
    uint32_t at, end;
    uint32_t next; /* block, if sealed */
} slmi_cursor;

void slmi_cursor_open(slmi_cursor *c, const slmi_slot *slot);
/* `size` bytes that were reserved in one piece; NULL at the end of what is published. */
const void *slmi_cursor_take(slmi_cursor *c, size_t size);
/* The text's bytes where they lie, if in one piece; else copied into `room` bytes at `copy`, cut to that (NULL:
 * skipped). */
slm_string slmi_cursor_text(slmi_cursor *c, size_t len, char *copy, size_t room);
/* The header of the next item, not yet taken; NULL at the end. */
const slmi_item *slmi_cursor_peek(slmi_cursor *c);

#endif
