/* SPDX-License-Identifier: MIT */
#include "core/filter.h"

#include <stdatomic.h>

#include <spanloom/subscriber.h>

#include "core/alloc.h"
#include "core/site.h"

slm_filter *slm_filter_new(const slm_filter_ops *ops, void *self)
{
    if (!ops || ops->size < sizeof *ops || ops->place_bytes > SLM_PLACE_BYTES_MAX)
        return NULL;
    static _Atomic(uint64_t) last_serial;
    slm_filter *f = slmi_alloc(sizeof *f);
    if (f)
        *f = (slm_filter){ ops,
                           self,
                           (ops->place_bytes + 7u) & ~7u,
                           ops->on_start != NULL,
                           ops->on_record != NULL,
                           ops->event != NULL,
                           false,
                           atomic_fetch_add_explicit(&last_serial, 1, memory_order_relaxed) + 1 };
    return f;
}

void slm_filter_free(slm_filter *filter)
{
    if (!filter)
        return;
    if (filter->ops->destroy)
        filter->ops->destroy(filter->self);
    slmi_free(filter);
}

bool slmi_filter_takes(const slm_filter *f, const slm_metadata *meta, const slm_view *current, const void *place)
{
    slm_interest interest = slmi_filter_interest(f, meta);
    if (interest != SLM_INTEREST_SOMETIMES)
        return interest == SLM_INTEREST_ALWAYS;
    return !f->ops->enabled || f->ops->enabled(f->self, meta, current, place);
}

bool slmi_filter_takes_event(const slm_filter *f, slm_hit *event, const slm_view *current, const void *place)
{
    const slm_metadata *meta = slm_hit_metadata(event);
    slm_interest interest = slmi_filter_interest(f, meta);
    if (interest != SLM_INTEREST_SOMETIMES)
        return interest == SLM_INTEREST_ALWAYS;
    if (f->events)
        return f->ops->event(f->self, event, current, place);
    return !f->ops->enabled || f->ops->enabled(f->self, meta, current, place);
}

bool slm_filter_takes(const slm_filter *filter, const slm_metadata *metadata)
{
    slm_metadata own = *metadata;
    uint32_t id = metadata->id;
    if (id < slmi_site_count() && &slmi_site_at(id)->meta == metadata)
        return slmi_filter_takes(filter, metadata, NULL, NULL);
    own.id = UINT32_MAX; /* the host's own: filters that keep something by ids keep nothing of it */
    return slmi_filter_takes(filter, &own, NULL, NULL);
}

/* -- by level, by function ---------------------------------------------------------------------------------------- */

static slm_interest level_callsite(void *self, const slm_metadata *meta)
{
    return meta->level <= (uintptr_t)self ? SLM_INTEREST_ALWAYS : SLM_INTEREST_NEVER;
}

slm_filter *slm_filter_level(unsigned level)
{
    static const slm_filter_ops ops = { .size = sizeof ops, .callsite = level_callsite };
    return slm_filter_new(&ops, (void *)(uintptr_t)level);
}

struct function {
    bool (*takes)(void *user, const slm_metadata *metadata);
    void *user;
};

static slm_interest function_callsite(void *self, const slm_metadata *meta)
{
    const struct function *f = self;
    return f->takes(f->user, meta) ? SLM_INTEREST_ALWAYS : SLM_INTEREST_NEVER;
}

slm_filter *slm_filter_function(bool (*takes)(void *user, const slm_metadata *metadata), void *user)
{
    static const slm_filter_ops ops = { .size = sizeof ops, .callsite = function_callsite, .destroy = slmi_free };
    struct function *f = takes ? slmi_alloc(sizeof *f) : NULL;
    if (!f)
        return NULL;
    *f = (struct function){ takes, user };
    slm_filter *filter = slm_filter_new(&ops, f);
    if (!filter)
        slmi_free(f);
    return filter;
}

/* -- combinations: the parts' places lie one after the other --------------------------------------------------------
 *
 * Where a part decides by an event's fields, the others are asked together with it, so that each is asked once: limits
 * count what they are asked. Until then all there is is a guess. */

struct pair {
    slm_filter *a, *b; /* of a negation, `b` is NULL */
};

static void *place_of_b(const struct pair *p, const void *place)
{
    return place ? (char *)(uintptr_t)place + p->a->place_bytes : NULL;
}

static bool waits(const struct pair *p, const slm_metadata *meta)
{
    return !meta->is_span && (p->a->events || (p->b && p->b->events));
}

static bool may_take(const slm_filter *f, const slm_metadata *meta, const slm_view *current, const void *place)
{
    return f->events ? slmi_filter_takes(f, meta, current, place) : slmi_filter_interest(f, meta) != SLM_INTEREST_NEVER;
}

static slm_interest and_callsite(void *self, const slm_metadata *meta)
{
    const struct pair *p = self;
    slm_interest a = slmi_filter_interest(p->a, meta);
    slm_interest b = a ? slmi_filter_interest(p->b, meta) : a;
    return a < b ? a : b;
}

static bool and_enabled(void *self, const slm_metadata *meta, const slm_view *current, const void *place)
{
    const struct pair *p = self;
    if (waits(p, meta))
        return may_take(p->a, meta, current, place) && may_take(p->b, meta, current, place_of_b(p, place));
    return slmi_filter_takes(p->a, meta, current, place) &&
           slmi_filter_takes(p->b, meta, current, place_of_b(p, place));
}

static bool and_event(void *self, slm_hit *event, const slm_view *current, const void *place)
{
    const struct pair *p = self;
    return slmi_filter_takes_event(p->a, event, current, place) &&
           slmi_filter_takes_event(p->b, event, current, place_of_b(p, place));
}

static slm_interest or_callsite(void *self, const slm_metadata *meta)
{
    const struct pair *p = self;
    slm_interest a = slmi_filter_interest(p->a, meta);
    slm_interest b = slmi_filter_interest(p->b, meta);
    return a > b ? a : b;
}

static bool or_enabled(void *self, const slm_metadata *meta, const slm_view *current, const void *place)
{
    const struct pair *p = self;
    if (waits(p, meta))
        return may_take(p->a, meta, current, place) || may_take(p->b, meta, current, place_of_b(p, place));
    return slmi_filter_takes(p->a, meta, current, place) ||
           slmi_filter_takes(p->b, meta, current, place_of_b(p, place));
}

static bool or_event(void *self, slm_hit *event, const slm_view *current, const void *place)
{
    const struct pair *p = self;
    return slmi_filter_takes_event(p->a, event, current, place) ||
           slmi_filter_takes_event(p->b, event, current, place_of_b(p, place));
}

static slm_interest not_callsite(void *self, const slm_metadata *meta)
{
    const struct pair *p = self;
    return (slm_interest)(SLM_INTEREST_ALWAYS - slmi_filter_interest(p->a, meta));
}

static bool not_enabled(void *self, const slm_metadata *meta, const slm_view *current, const void *place)
{
    const struct pair *p = self;
    return waits(p, meta) || !slmi_filter_takes(p->a, meta, current, place);
}

static bool not_event(void *self, slm_hit *event, const slm_view *current, const void *place)
{
    const struct pair *p = self;
    return !slmi_filter_takes_event(p->a, event, current, place);
}

static void pair_start(void *self, const slm_view *span, void *place, const void *parent_place)
{
    const struct pair *p = self;
    if (p->a->ops->on_start)
        p->a->ops->on_start(p->a->self, span, place, parent_place);
    if (p->b && p->b->ops->on_start)
        p->b->ops->on_start(p->b->self, span, place_of_b(p, place), place_of_b(p, parent_place));
}

static void pair_record(void *self, const slm_view *span, const slm_field *field, void *place)
{
    const struct pair *p = self;
    if (p->a->ops->on_record)
        p->a->ops->on_record(p->a->self, span, field, place);
    if (p->b && p->b->ops->on_record)
        p->b->ops->on_record(p->b->self, span, field, place_of_b(p, place));
}

static void pair_destroy(void *self)
{
    struct pair *p = self;
    slm_filter_free(p->a);
    slm_filter_free(p->b);
    slmi_free(p);
}

static slm_filter *combine(const slm_filter_ops *ops, slm_filter *a, slm_filter *b, bool binary)
{
    struct pair *p = a && (b || !binary) ? slmi_alloc(sizeof *p) : NULL;
    slm_filter *filter = p ? slm_filter_new(ops, p) : NULL;
    if (!filter) {
        slm_filter_free(a);
        slm_filter_free(b);
        slmi_free(p);
        return NULL;
    }
    *p = (struct pair){ a, b };
    filter->place_bytes = a->place_bytes + (b ? b->place_bytes : 0);
    filter->starts = a->starts || (b && b->starts);
    filter->records = a->records || (b && b->records);
    filter->events = a->events || (b && b->events);
    return filter;
}

#define PAIR_OPS(which)                                                                                                \
    {                                                                                                                  \
        .size = sizeof(slm_filter_ops), .callsite = which##_callsite, .enabled = which##_enabled,                      \
        .on_start = pair_start, .on_record = pair_record, .destroy = pair_destroy, .event = which##_event              \
    }

slm_filter *slm_filter_and(slm_filter *a, slm_filter *b)
{
    static const slm_filter_ops ops = PAIR_OPS(and);
    return combine(&ops, a, b, true);
}

slm_filter *slm_filter_or(slm_filter *a, slm_filter *b)
{
    static const slm_filter_ops ops = PAIR_OPS(or);
    return combine(&ops, a, b, true);
}

slm_filter *slm_filter_not(slm_filter *a)
{
    static const slm_filter_ops ops = PAIR_OPS(not );
    return combine(&ops, a, NULL, false);
}
