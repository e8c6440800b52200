/* SPDX-License-Identifier: MIT */
#include "core/arena.h"

#include <string.h>

#include "core/span_limits.h"

/* Seals the part that is written now, and goes on in a new block. */
static bool move_on(slmi_writer *w)
{
    uint32_t chain = atomic_load_explicit(&w->slot->chain, memory_order_relaxed);
    slmi_block *first = chain ? slmi_block_at(chain) : NULL;
    uint32_t at = first && first->count >= SLMI_LIMIT(span_blocks) ? 0 : slmi_pool_take(w->self);
    if (!at) {
        w->cut = true;
        return false;
    }
    slmi_block *block = slmi_block_at(at);
    atomic_store_explicit(&block->next, 0, memory_order_relaxed);
    atomic_store_explicit(&block->used, 0, memory_order_relaxed);
    if (first) {
        atomic_store_explicit(&slmi_block_at(first->tail)->next, at, memory_order_release);
        first->count++;
    } else {
        first = block;
        first->count = 1;
        *slmi_tally_of(first) = (slmi_tally){ 0 };
        atomic_store_explicit(&block->used, (uint16_t)sizeof(slmi_tally), memory_order_relaxed);
        atomic_store_explicit(&w->slot->chain, at, memory_order_release);
    }
    first->tail = at;
    if (!w->moved)
        w->began_at = w->at; /* published at the end, by commit */
    else
        atomic_store_explicit(w->used, (uint16_t)(w->at | SLMI_SEALED), memory_order_relaxed);
    w->moved = true;
    w->used = &block->used;
    w->data = block->data;
    w->at = first == block ? (uint32_t)sizeof(slmi_tally) : 0;
    w->room = SLMI_BLOCK_BYTES;
    return true;
}

void *slmi_writer_reserve_more(slmi_writer *w, size_t size)
{
    if (size > SLMI_BLOCK_BYTES - sizeof(slmi_tally) || !move_on(w))
        return NULL;
    uint32_t at = w->at;
    w->at = at + (uint32_t)size;
    return w->data + at;
}

uint32_t slmi_writer_text(slmi_writer *w, const void *text, size_t len)
{
    const unsigned char *from = text;
    uint32_t stored = 0;
    while (len) {
        uint32_t room = w->room - w->at;
        if (room == 0) {
            if (!move_on(w))
                break;
            continue;
        }
        uint32_t part = len < room ? (uint32_t)len : room;
        memcpy(w->data + w->at, from, part);
        w->at += part;
        from += part;
        stored += part;
        len -= part;
    }
    return stored;
}

slmi_tally *slmi_tally_find(const slmi_slot *slot)
{
    uint32_t chain = atomic_load_explicit(&slot->chain, memory_order_relaxed);
    return chain ? slmi_tally_of(slmi_block_at(chain)) : NULL;
}

void slmi_dropped_field(slmi_slot *slot)
{
    slmi_tally *tally = slmi_tally_find(slot);
    if (tally)
        tally->dropped_fields++;
    else if (slot->dropped_fields < 4095)
        slot->dropped_fields++;
}

void slmi_dropped_event(slmi_slot *slot)
{
    slmi_tally *tally = slmi_tally_find(slot);
    if (tally)
        tally->dropped_events++;
    else if (slot->dropped_events < 4095)
        slot->dropped_events++;
}

void slmi_dropped_link(slmi_slot *slot)
{
    slmi_tally *tally = slmi_tally_find(slot);
    if (tally)
        tally->dropped_links++;
    else if (slot->dropped_links < 255)
        slot->dropped_links++;
}

/* -- reading ----------------------------------------------------------------------------------------------------------
 */

static void look(slmi_cursor *c, const unsigned char *data, const _Atomic(uint16_t) *used,
                 const _Atomic(uint32_t) *next)
{
    uint16_t word = atomic_load_explicit(used, memory_order_acquire);
    c->data = data;
    c->at = 0;
    c->end = word & ~(unsigned)SLMI_SEALED;
    c->next = word & SLMI_SEALED ? atomic_load_explicit(next, memory_order_acquire) : 0;
}

void slmi_cursor_open(slmi_cursor *c, const slmi_slot *slot)
{
    c->slot = slot;
    look(c, slot->arena, &slot->used, &slot->chain);
    c->at = slot->type == SLMI_SLOT_SPAN ? slmi_dispatch_of(slot)->places : 0;
}

static bool follow(slmi_cursor *c)
{
    if (!c->next)
        return false;
    const slmi_block *block = slmi_block_at(c->next);
    bool first = c->next == atomic_load_explicit(&c->slot->chain, memory_order_relaxed);
    look(c, block->data, &block->used, &block->next);
    c->at = first ? (uint32_t)sizeof(slmi_tally) : 0;
    return true;
}

/* Where a piece of at least `size` bytes begins: the writer went on to the next block where it did not fit. */
static bool settle(slmi_cursor *c, size_t size)
{
    c->at = slmi_arena_aligned(c->at);
    while (c->at + size > c->end)
        if (!follow(c))
            return false;
    return true;
}

const void *slmi_cursor_take(slmi_cursor *c, size_t size)
{
    if (!settle(c, size))
        return NULL;
    const void *piece = c->data + c->at;
    c->at += (uint32_t)size;
    return piece;
}

const slmi_item *slmi_cursor_peek(slmi_cursor *c)
{
    return settle(c, sizeof(slmi_item)) ? (const slmi_item *)(const void *)(c->data + c->at) : NULL;
}

slm_string slmi_cursor_text(slmi_cursor *c, size_t len, char *copy, size_t room)
{
    if (c->at == c->end && len)
        follow(c);
    if (c->end - c->at >= len) {
        slm_string whole = { (const char *)c->data + c->at, len };
        c->at += (uint32_t)len;
        return whole;
    }
    size_t copied = 0;
    while (len) {
        uint32_t here = c->end - c->at;
        if (here == 0) {
            if (!follow(c))
                break;
            continue;
        }
        uint32_t part = len < here ? (uint32_t)len : here;
        uint32_t keep = copy && room - copied >= part ? part : (uint32_t)(copy ? room - copied : 0);
        if (keep)
            memcpy(copy + copied, c->data + c->at, keep);
        copied += keep;
        c->at += part;
        len -= part;
    }
    return slm_string_of(copy, copied);
}
