/* SPDX-License-Identifier: MIT */
/* What subscribers say of callsites: asked once, kept in a table of each by the record's number, combined into the
 * callsite's interest. */
#include "core/dispatch.h"

#include <errno.h>

static unsigned ask_interest(slm_interest (*register_callsite)(void *, const slm_metadata *),
                             bool (*enabled)(void *, const slm_metadata *), void *self, const slm_metadata *meta)
{
    if (register_callsite)
        return register_callsite(self, meta);
    return enabled ? SLM_INTEREST_SOMETIMES : SLM_INTEREST_ALWAYS;
}

static void add(slmi_verdict *verdict, unsigned at, unsigned interest)
{
    if (interest == SLM_INTEREST_ALWAYS)
        verdict->takes |= UINT32_C(1) << at;
    else if (interest == SLM_INTEREST_SOMETIMES)
        verdict->ask |= UINT32_C(1) << at;
}

/* What layer `at` says. */
static unsigned judge_layer(const slmi_dispatch *d, unsigned at, const slm_metadata *meta)
{
    const slmi_layer *layer = &d->layers[at];
    if (d->raw)
        return ask_interest(d->ops->register_callsite, d->ops->enabled, d->self, meta);
    if (d->follows >> at & 1u)
        return SLM_INTEREST_NEVER; /* others decide; see slmi_layering */
    const slm_filter *filter = slmi_layer_filter(layer);
    unsigned interest = filter ? (unsigned)slmi_filter_interest(filter, meta) : SLM_INTEREST_ALWAYS;
    if (d->logs >> at & 1 && meta->is_span)
        interest = SLM_INTEREST_NEVER;
    if (layer->ops && layer->pipeline < 0 && !layer->ops->on_event && !meta->is_span)
        interest = SLM_INTEREST_NEVER; /* it would not be told */
    if (interest != SLM_INTEREST_NEVER && layer->ops) {
        unsigned own = ask_interest(layer->ops->register_callsite, layer->ops->enabled, layer->self, meta);
        interest = own < interest ? own : interest;
    }
    return interest;
}

/* Who traces while it is asked is not asked again meanwhile, about that callsite or another, which might not end: the
 * verdict leaves it out then, and is not whole. */
static slmi_verdict judge(slmi_thread *self, const slmi_dispatch *d, const slm_metadata *meta, bool *whole)
{
    slmi_verdict verdict = { 0, 0 };
    uint32_t asking = self->asking;
    for (unsigned i = 0; i < (d->raw ? 1 : d->count); i++) {
        uint32_t bit = UINT32_C(1) << i;
        if (asking & bit) {
            *whole = false;
            continue;
        }
        uint32_t inside = slmi_call_begin(self, d, i);
        self->asking = asking | bit;
        add(&verdict, i, judge_layer(d, i, meta));
        self->asking = asking;
        slmi_call_end(self, d, inside);
    }
    return verdict;
}

/* The verdict of a subscriber on a callsite, worked out once. Two threads that meet at a new callsite may both ask. */
static slmi_verdict verdict_of(slmi_thread *self, slmi_dispatch *d, const slmi_site_record *record, bool *whole)
{
    *whole = true;
    _Atomic(uint64_t) *place = d->verdicts ? &d->verdicts[record->meta.id] : NULL;
    uint64_t word = place ? atomic_load_explicit(place, memory_order_acquire) : 0;
    if (word & SLMI_VERDICT_KNOWN)
        return (slmi_verdict){ (uint32_t)word, (uint32_t)((word & ~SLMI_VERDICT_KNOWN) >> 32) };
    int saved = errno;
    uint32_t generation = atomic_load_explicit(&d->generation, memory_order_seq_cst);
    slmi_verdict verdict = judge(self, d, &record->meta, whole);
    uint64_t known = SLMI_VERDICT_KNOWN | (uint64_t)verdict.ask << 32 | verdict.takes;
    /* Another filter may be in force by now: then the place holds another generation, and nobody is to see this. */
    if (place && *whole &&
        !atomic_compare_exchange_strong_explicit(place, &word, known, memory_order_seq_cst, memory_order_seq_cst))
        *whole = word == known;
    uint32_t now = atomic_load_explicit(&d->generation, memory_order_seq_cst);
    if (place && now != generation) { /* or the callsite is too new for who replaced it */
        atomic_store_explicit(place, now, memory_order_seq_cst);
        *whole = false;
    }
    errno = saved;
    return verdict;
}

/* What is not known is the generation of filters under which nobody was asked yet. */
void slmi_verdicts_forget(slmi_dispatch *d)
{
    uint32_t generation = atomic_load_explicit(&d->generation, memory_order_seq_cst);
    for (uint32_t id = 0, count = d->verdicts ? slmi_site_count() : 0; id < count; id++)
        atomic_store_explicit(&d->verdicts[id], generation, memory_order_seq_cst);
}

/* Layer `at`, which said that it must be asked. */
static bool ask_layer(slmi_thread *self, slmi_dispatch *d, unsigned at, const slm_metadata *meta, const slmi_slot *span)
{
    const slmi_layer *layer = &d->layers[at];
    const slm_filter *filter = slmi_layer_filter(layer);
    const void *place = filter && span ? slmi_filter_place(layer, filter, span->arena) : NULL;
    uint32_t inside = slmi_call_begin(self, d, at);
    bool takes = !filter || (filter->whole ? filter->ops->enabled(filter->self, meta, (const slm_view *)span, place)
                                           : slmi_filter_takes(filter, meta, (const slm_view *)span, place));
    if (takes && layer->ops && layer->ops->enabled)
        takes = layer->ops->enabled(layer->self, meta);
    slmi_call_end(self, d, inside);
    return takes;
}

bool slmi_layer_takes(slmi_thread *self, slmi_dispatch *d, unsigned at, const slm_metadata *meta,
                      const slmi_slot *parent)
{
    bool whole;
    uint32_t bit = UINT32_C(1) << at;
    slmi_verdict verdict = verdict_of(self, d, slmi_record_of(meta), &whole);
    return verdict.takes & bit || (verdict.ask & bit && ask_layer(self, d, at, meta, parent));
}

void slmi_filter_start(slmi_thread *self, const slmi_dispatch *d, unsigned at, slmi_slot *slot,
                       const unsigned char *parent)
{
    const slmi_layer *layer = &d->layers[at];
    const slm_filter *filter = slmi_layer_filter(layer);
    if (layer->shares || !filter || !filter->ops->on_start || filter->place_bytes > layer->filter_bytes)
        return;
    uint64_t *place = (uint64_t *)(void *)(slot->arena + layer->filter_place), none = 0;
    void *own = layer->filter_bytes ? place + 1 : &none;
    if (layer->filter_bytes) {
        __atomic_store_n(place, 0, __ATOMIC_RELAXED);
        for (uint32_t i = 1; i <= layer->filter_bytes / sizeof *place; i++)
            __atomic_store_n(&place[i], 0, __ATOMIC_RELAXED);
    }
    uint32_t inside = slmi_call_begin(self, d, at);
    filter->ops->on_start(filter->self, (const slm_view *)slot, own,
                          parent ? slmi_filter_place(layer, filter, parent) : NULL);
    slmi_call_end(self, d, inside);
    if (layer->filter_bytes)
        __atomic_store_n(place, filter->serial, __ATOMIC_RELEASE); /* pairs with slmi_filter_place() */
}

/* The span that filters see a hit in: the thread's, if it is one of theirs. */
static const slmi_slot *span_of(slmi_thread *self, const slmi_dispatch *d)
{
    const slmi_slot *slot = self->current ? slmi_slot_at(slmi_id_slot(self->current)) : NULL;
    if (slot && slot->type == SLMI_SLOT_ENTRY)
        slot = slmi_slot_at((uint32_t)slot->start);
    bool theirs = slot && slot->type == SLMI_SLOT_SPAN && slmi_slot_is_ours(slmi_slot_index(slot)) &&
                  atomic_load_explicit(&slot->set, memory_order_relaxed) == d->slot;
    return theirs ? slot : NULL;
}

static uint32_t ask(slmi_thread *self, slmi_dispatch *d, const slm_metadata *meta, uint32_t whom)
{
    uint32_t takes = 0;
    int saved = *self->errno_at;
    if (d->raw) {
        uint32_t inside = slmi_call_begin(self, d, 0);
        takes = !d->ops->enabled || d->ops->enabled(d->self, meta);
        slmi_call_end(self, d, inside);
        whom = 0;
    }
    const slmi_slot *span = whom ? span_of(self, d) : NULL;
    for (; whom; whom &= whom - 1) {
        unsigned at = (unsigned)__builtin_ctz(whom);
        if (ask_layer(self, d, at, meta, span))
            takes |= UINT32_C(1) << at;
    }
    *self->errno_at = saved;
    return takes;
}

uint32_t slmi_dispatch_ask(slmi_thread *self, slmi_dispatch *d, const slmi_site_record *record)
{
    bool whole;
    if (self->suppressed)
        return 0;
    slmi_verdict verdict = verdict_of(self, d, record, &whole);
    uint32_t inside = slmi_deaf(self, d);
    uint32_t mask = verdict.takes & ~inside;
    if (verdict.ask & ~inside)
        mask |= ask(self, d, &record->meta, verdict.ask & ~inside);
    return mask;
}

uint32_t slmi_dispatch_mask_event(slmi_thread *self, slmi_dispatch *d, uint32_t layers, slm_hit *event)
{
    bool whole;
    uint32_t asks = verdict_of(self, d, slmi_record_of(slm_hit_metadata(event)), &whole).ask;
    const slmi_slot *span = span_of(self, d);
    int saved = *self->errno_at;
    for (uint32_t left = layers & d->filter_events & asks; left; left &= left - 1) {
        unsigned at = (unsigned)__builtin_ctz(left);
        const slmi_layer *layer = &d->layers[at];
        const slm_filter *filter = slmi_layer_filter(layer);
        uint32_t inside = slmi_call_begin(self, d, at);
        const void *place = filter && span ? slmi_filter_place(layer, filter, span->arena) : NULL;
        if (filter && filter->events && !slmi_filter_takes_event(filter, event, (const slm_view *)span, place))
            layers &= ~(UINT32_C(1) << at);
        slmi_call_end(self, d, inside);
    }
    *self->errno_at = saved;
    return layers;
}

/* -- interest -------------------------------------------------------------------------------------------------------
 */

static unsigned interest_of(slmi_verdict verdict)
{
    return verdict.ask ? SLMI_SOMETIMES : verdict.takes ? SLMI_ALWAYS : SLMI_NEVER;
}

static bool listens(slmi_dispatch *d)
{
    return atomic_load_explicit(&slmi_global, memory_order_relaxed) == d ||
           atomic_load_explicit(&d->scoped_threads, memory_order_relaxed) != 0;
}

/* Over all subscribers that anybody is told through: the same answer, or "sometimes", also if somebody could not be
 * asked now. Inside a guard. */
static unsigned combined_interest(slmi_thread *self, const slmi_site_record *record, bool *whole)
{
    unsigned all = 0, first = SLMI_NEVER;
    bool mixed = false;
    for (unsigned i = 0; i < SLMI_SETS; i++) {
        slmi_dispatch *d = atomic_load_explicit(&slmi_sets[i], memory_order_acquire);
        if (!d || !listens(d))
            continue;
        bool whole_one;
        unsigned one = interest_of(verdict_of(self, d, record, &whole_one));
        *whole &= whole_one;
        mixed |= (all++ != 0 && one != first) || !whole_one;
        first = one;
    }
    return mixed ? SLMI_SOMETIMES : first;
}

void slmi_dispatch_consider(slmi_thread *self, slmi_site *site, slmi_site_record *record)
{
    uint64_t outer = slmi_guard(self);
    /* Pairs with the one in slmi_dispatch_reconsider(): either that finds this record, or this sees its epoch. */
    atomic_thread_fence(memory_order_seq_cst);
    uint64_t epoch = atomic_load_explicit(&slmi_epoch, memory_order_acquire);
    bool whole = true;
    unsigned interest = combined_interest(self, record, &whole);
    if (whole) { /* else the next hit finds it unregistered still, and asks again */
        atomic_store_explicit(&record->interest, epoch << 2 | interest, memory_order_relaxed);
        slmi_site_publish(site, epoch, interest);
    }
    slmi_unguard(self, outer);
}

void slmi_dispatch_reconsider(void)
{
    uint64_t epoch = atomic_fetch_add_explicit(&slmi_epoch, 1, memory_order_acq_rel) + 1;
    atomic_thread_fence(memory_order_seq_cst); /* pairs with slmi_dispatch_consider() */
    slmi_thread *self = slmi_thread_get();
    if (!self)
        return;
    uint64_t outer = slmi_guard(self);
    uint32_t count = slmi_site_count();
    for (uint32_t id = 0; id < count; id++) {
        slmi_site_record *record = slmi_site_at(id);
        bool whole = true;
        uint64_t word = epoch << 2 | combined_interest(self, record, &whole);
        uint64_t old = atomic_load_explicit(&record->interest, memory_order_relaxed);
        while (((old & 3) == SLMI_UNREGISTERED || old >> 2 <= epoch) &&
               !atomic_compare_exchange_weak_explicit(&record->interest, &old, word, memory_order_relaxed,
                                                      memory_order_relaxed)) {
        }
    }
    slmi_unguard(self, outer);
    slmi_sites_publish_all();
}
