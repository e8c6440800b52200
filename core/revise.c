/* SPDX-License-Identifier: MIT */
/* A filter's places travel from parent to child, so parents come first: the spans are gathered, pinned, and sorted by
 * id, and from each one its ancestors are climbed as far as they are not done. */
#include "core/revise.h"

#include <stdlib.h>

#include "core/alloc.h"
#include "core/open.h"
#include "core/view.h"

struct span {
    uint64_t span_id;
    slmi_slot *slot;
    uint32_t below; /* while climbing: the one that it was come from; its number plus one */
    bool done;
};

struct revision {
    slmi_thread *self;
    slmi_dispatch *d;
    unsigned at;
    struct span *spans;
    size_t count, room;
};

static void revise(const struct revision *r, slmi_slot *slot, const slmi_slot *parent)
{
    bool takes = slmi_layer_takes(r->self, r->d, r->at, slot->site, parent);
    slmi_filter_start(r->self, r->d, r->at, slot, parent ? parent->arena : NULL);
    uint64_t word, id = slmi_id(slmi_slot_index(slot), atomic_load_explicit(&slot->state, memory_order_relaxed));
    if (!slmi_busy_begin(r->self))
        return;
    if (slmi_lock(id, &word)) {
        uint32_t bit = UINT32_C(1) << r->at, mask = slmi_mask(slot);
        slmi_mask_set(slot, takes ? mask | bit : mask & ~bit);
        slmi_unlock(slot, word);
    }
    slmi_busy_end(r->self);
}

static bool is_theirs(const struct revision *r, const slmi_slot *slot)
{
    return atomic_load_explicit(&slot->set, memory_order_relaxed) == r->d->slot;
}

static slmi_slot *pin(slmi_thread *self, const slmi_slot *slot)
{
    uint64_t word = atomic_load_explicit(&slot->state, memory_order_relaxed);
    bool mine = slmi_busy_begin(self);
    slmi_slot *pinned = slmi_pin(slmi_id(slmi_slot_index(slot), word), false);
    if (mine)
        slmi_busy_end(self);
    return pinned;
}

static bool gather(void *user, slmi_slot *slot)
{
    struct revision *r = user;
    if (!is_theirs(r, slot))
        return true;
    if (r->count == r->room) {
        size_t room = r->room ? 2 * r->room : 64;
        struct span *spans = slmi_realloc(r->spans, room * sizeof *spans);
        if (!spans) {
            revise(r, slot, NULL);
            return true;
        }
        r->spans = spans;
        r->room = room;
    }
    if (pin(r->self, slot))
        r->spans[r->count++] = (struct span){ slot->span_id, slot, 0, false };
    return true;
}

static int by_id(const void *a, const void *b)
{
    const struct span *x = a, *y = b;
    return (x->span_id > y->span_id) - (x->span_id < y->span_id);
}

static struct span *find(const struct revision *r, uint64_t span_id)
{
    const struct span key = { .span_id = span_id };
    return span_id ? bsearch(&key, r->spans, r->count, sizeof key, by_id) : NULL;
}

/* Its parent, if that is open: known by its record where it is kept, else by its id. The span may end meanwhile, and
 * then keeps it no longer. */
static struct span *parent_of(const struct revision *r, const struct span *span)
{
    uint64_t span_id = span->slot->parent_id;
    slmi_slot *kept = slmi_view_pin_parent(span->slot);
    if (kept) {
        span_id = kept->span_id;
        slmi_view_unpin(kept);
    }
    return find(r, span_id);
}

static void revise_from_the_top(const struct revision *r, size_t at)
{
    struct span *span = &r->spans[at], *parent = parent_of(r, span);
    while (parent && !parent->done && !parent->below && parent != span) { /* `below` is set: ids that go in a circle */
        parent->below = (uint32_t)(span - r->spans) + 1;
        span = parent;
        parent = parent_of(r, span);
    }
    for (;;) {
        if (!span->done)
            revise(r, span->slot, parent ? parent->slot : NULL);
        span->done = true;
        uint32_t below = span->below;
        span->below = 0;
        if (!below)
            return;
        parent = span;
        span = &r->spans[below - 1];
    }
}

void slmi_revise_open(slmi_thread *self, slmi_dispatch *d, unsigned at)
{
    struct revision r = { self, d, at, NULL, 0, 0 };
    slmi_open_each(self, gather, &r);
    if (r.count)
        qsort(r.spans, r.count, sizeof *r.spans, by_id);
    for (size_t i = 0; i < r.count; i++)
        revise_from_the_top(&r, i);
    for (size_t i = 0; i < r.count; i++)
        slmi_view_unpin(r.spans[i].slot);
    slmi_free(r.spans);
}
