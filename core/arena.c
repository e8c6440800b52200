/* SPDX-License-Identifier: MIT */
#include "core/arena.h"

#include <string.h>

static uint32_t aligned(uint32_t at)
{
    return (at + 7u) & ~7u;
}

void slmi_writer_open(slmi_writer *w, slmi_thread *self, slmi_slot *slot)
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

/* Seals the part that is written now, and goes on in a new block. */
static bool move_on(slmi_writer *w)
{
    uint32_t chain = atomic_load_explicit(&w->slot->chain, memory_order_relaxed);
    slmi_block *first = chain ? slmi_block_at(chain) : NULL;
    uint32_t at = first && first->count >= SLMI_SPAN_BLOCKS_MAX ? 0 : slmi_pool_take(w->self);
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
    w->at = 0;
    w->room = SLMI_BLOCK_BYTES;
    return true;
}

void *slmi_writer_reserve(slmi_writer *w, size_t size)
{
    uint32_t at = aligned(w->at);
    if (at + size > w->room) {
        if (size > SLMI_BLOCK_BYTES || !move_on(w))
            return NULL;
        at = 0;
    }
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

void slmi_writer_commit(slmi_writer *w)
{
    if (w->cut && w->slot->dropped_fields != UINT16_MAX)
        w->slot->dropped_fields++;
    if (!w->moved) {
        atomic_store_explicit(w->used, (uint16_t)w->at, memory_order_release);
        return;
    }
    atomic_store_explicit(w->used, (uint16_t)w->at, memory_order_relaxed);
    atomic_store_explicit(w->began, (uint16_t)(w->began_at | SLMI_SEALED), memory_order_release);
}

/* -- values -----------------------------------------------------------------------------------------------------------
 */

static uint64_t put_string(slmi_writer *w, const char *text, size_t len)
{
    if (!text)
        return SLMI_TEXT_ABSENT;
    if (len <= 7) {
        uint64_t word = 0;
        memcpy(&word, text, len);
        return word << 8 | len;
    }
    bool cut = len > SLMI_VALUE_BYTES_MAX;
    size_t want = cut ? SLMI_VALUE_BYTES_MAX : len;
    uint32_t stored = slmi_writer_text(w, text, want);
    cut |= stored < want;
    w->cut |= cut;
    return (uint64_t)stored << 32 | (cut ? SLMI_CUT : 0) | SLMI_TEXT_LONG;
}

/* An element of a caller's array as the 8 bytes that are stored. */
static uint64_t element(const slm_value *v, size_t at)
{
    const char *p = (const char *)v->as.p + at * v->element_bytes;
    unsigned type = v->type & ~(unsigned)SLM_TYPE_ARRAY;
    uint64_t u = 0;
    if (type == SLM_TYPE_F64) {
        double d = 0;
        float f;
        if (v->element_bytes == sizeof f) {
            memcpy(&f, p, sizeof f);
            d = (double)f;
        } else {
            memcpy(&d, p, sizeof d);
        }
        memcpy(&u, &d, sizeof u);
        return u;
    }
    memcpy(&u, p, v->element_bytes < sizeof u ? v->element_bytes : sizeof u); /* little-endian, as all platforms here */
    if (type == SLM_TYPE_I64 && v->element_bytes < sizeof u) {
        unsigned shift = (unsigned)(64 - 8 * v->element_bytes);
        u = (uint64_t)((int64_t)(u << shift) >> shift);
    }
    return u;
}

/* Eight bytes or none: half a word that is left behind would be read as something else. */
static bool put_word(slmi_writer *w, uint64_t word)
{
    uint32_t stored = slmi_writer_text(w, &word, sizeof word);
    if (stored < sizeof word)
        w->at -= stored; /* all in one part: there was no other */
    return stored == sizeof word;
}

/* A string of an array: its length as it was stored, then its text. */
static bool put_element(slmi_writer *w, const char *text, size_t len)
{
    uint64_t *stored = slmi_writer_reserve(w, sizeof *stored);
    if (!stored)
        return false;
    *stored = slmi_writer_text(w, text, len);
    return true;
}

static uint64_t put_array(slmi_writer *w, const slm_value *v)
{
    uint32_t stored = 0;
    bool strings = (v->type & ~(unsigned)SLM_TYPE_ARRAY) == SLM_TYPE_STRING;
    if (!strings && (v->element_bytes == 0 || v->element_bytes > sizeof(uint64_t)))
        return SLM_TYPE_EMPTY;
    size_t budget = SLMI_VALUE_BYTES_MAX;
    for (size_t i = 0; i < v->len; i++) {
        const char *text = strings ? ((const char *const *)v->as.p)[i] : NULL;
        size_t len = text ? strnlen(text, SLMI_VALUE_BYTES_MAX) : 0;
        if (budget < len + sizeof(uint64_t))
            break;
        if (!(strings ? put_element(w, text, len) : put_word(w, element(v, i))))
            break;
        budget -= len + sizeof(uint64_t);
        stored++;
    }
    bool cut = stored < v->len;
    w->cut |= cut;
    return (uint64_t)stored << 32 | (cut ? SLMI_CUT : 0) | v->type;
}

static uint64_t put_value(slmi_writer *w, const slm_value *v)
{
    switch (v->type) {
    case SLM_TYPE_BOOL:
        return (uint64_t)(v->as.u != 0) << 32 | v->type;
    case SLM_TYPE_ERRNO:
        return (uint64_t)(uint32_t)v->as.i << 32 | v->type;
    case SLM_TYPE_I64:
    case SLM_TYPE_U64:
    case SLM_TYPE_F64:
    case SLM_TYPE_POINTER:
        return put_word(w, v->as.u) ? v->type : SLM_TYPE_EMPTY;
    case SLM_TYPE_STRING:
    case SLM_TYPE_BYTES:
    case SLM_TYPE_DEBUG: {
        size_t want = v->len < SLMI_VALUE_BYTES_MAX ? v->len : SLMI_VALUE_BYTES_MAX;
        uint32_t stored = slmi_writer_text(w, v->as.p, want);
        bool cut = stored < v->len;
        w->cut |= cut;
        return (uint64_t)stored << 32 | (cut ? SLMI_CUT : 0) | v->type;
    }
    default:
        return v->type & SLM_TYPE_ARRAY && v->as.p ? put_array(w, v) : SLM_TYPE_EMPTY;
    }
}

uint64_t slmi_writer_value(slmi_writer *w, uint32_t type, slm_word word)
{
    if (type == SLM_TYPE_STRING)
        return put_string(w, word.s, word.s ? strlen(word.s) : 0);
    if (type == SLM_TYPE_VALUE)
        return put_value(w, word.p);
    return word.u;
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
    look(c, block->data, &block->used, &block->next);
    return true;
}

/* Where a piece of at least `size` bytes begins: the writer went on to the next block where it did not fit. */
static bool settle(slmi_cursor *c, size_t size)
{
    c->at = aligned(c->at);
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
