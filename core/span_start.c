/* SPDX-License-Identifier: MIT */
/* A span's start: whose it is, under what, its slot, its ids, its fields; the word last. */
#include <string.h>

#include "core/clock.h"
#include "core/diagnostics.h"
#include "core/parent_table.h"
#include "core/sampling.h"
#include "core/span.h"
#include "core/view.h"

/* An unrecorded child stands for its nearest recorded ancestor; an unrecorded root has a stub with ids. */
static uint64_t start_unrecorded(slmi_thread *self, const slmi_parentage *parent, slmi_slot **stub)
{
    slmi_count(&self->unrecorded[SLM_UNRECORDED_NO_ROOM]);
    slmi_diagnose(SLM_DIAG_NO_RECORDS,
                  "all %u records are in use: spans are not recorded until some end and are "
                  "delivered (SPANLOOM_MAX_RECORDS)",
                  slmi_the_pool.records);
    if (parent->slot && parent->slot->type == SLMI_SLOT_SPAN && slmi_slot_is_ours(slmi_slot_index(parent->slot)))
        return slmi_id(slmi_slot_index(parent->slot),
                       atomic_load_explicit(&parent->slot->state, memory_order_relaxed)) |
               SLMI_ID_UNRECORDED;
    uint32_t at = slmi_pool_take_stub();
    *stub = at ? slmi_slot_at(at) : NULL;
    return 0;
}

/* `flags` are the sampling decision: SLM_FLAG_SAMPLED, or what a request without ids asked for. */
static void begin_trace(slmi_thread *self, slmi_slot *slot, unsigned flags)
{
    slot->trace_id[0] = slmi_random_next(&self->random);
    slot->trace_id[1] = slmi_random_id(&self->random);
    slot->parent_id = 0;
    slot->trace_flags = (flags & (SLM_FLAG_SAMPLED | SLMI_FLAG_DEBUG)) | SLM_FLAG_RANDOM;
}

static void inherit(slmi_thread *self, slmi_slot *slot, const slmi_parentage *parent, uint64_t now)
{
    if (__builtin_expect(parent->slot != NULL, 1)) {
        const slmi_slot *p = parent->slot;
        bool remote;
        slot->parent_id = slmi_parent_id(p, &remote);
        slmi_bits_add(slot, remote ? SLMI_BIT_REMOTE_PARENT : 0);
        slot->trace_id[0] = p->trace_id[0];
        slot->trace_id[1] = p->trace_id[1];
        slot->trace_flags = p->trace_flags;
        slot->anchor = p->anchor;
        /* A child never starts before its parent, whichever cores they are on. */
        slot->start = (int64_t)(now - p->start) < 0 ? p->start : now; /* signed: it may lie before the machine's boot */
        slot->carry = p->carry ? slmi_carry_of(self, p) : 0;
        if (__builtin_expect((p->trace_id[0] | p->trace_id[1]) == 0, 0)) { /* a context of baggage or a hint */
            slmi_bits_set(slot, slmi_bits(slot) & ~(unsigned)SLMI_BIT_REMOTE_PARENT);
            begin_trace(self, slot, p->trace_flags);
        }
        return;
    }
    if (now)
        slmi_clock_look(now);
    slot->anchor = slmi_wall_offset();
    slot->start = now;
    slot->carry = 0;
    if (parent->remote) {
        memcpy(slot->trace_id, parent->remote->trace_id.bytes, sizeof slot->trace_id);
        memcpy(&slot->parent_id, parent->remote->span_id.bytes, sizeof slot->parent_id);
        slot->trace_flags = parent->remote->flags & (SLM_FLAG_SAMPLED | SLM_FLAG_RANDOM);
        slmi_bits_add(slot, SLMI_BIT_REMOTE_PARENT);
        slm_string tracestate = { parent->remote->tracestate, parent->remote->tracestate_len };
        slot->carry = slmi_carry_make(self, tracestate, (slm_string){ NULL, 0 });
        return;
    }
    begin_trace(self, slot, SLM_FLAG_SAMPLED);
}

/* The fields given at the start: their words, then their texts. Whether all of it had room. */
static bool put_fields(slmi_thread *self, slmi_slot *slot, const slmi_site_record *record, const slm_word *words)
{
    const slm_metadata *meta = &record->meta;
    slmi_writer w;
    slmi_writer_open(&w, self, slot);
    uint64_t *stored = slmi_writer_reserve(&w, meta->field_count * sizeof *stored);
    for (unsigned i = 0; i < meta->field_count; i++)
        stored[i] = slmi_writer_value(&w, meta->types[i], words[i]);
    slmi_writer_commit(&w);
    return !w.cut;
}

/* The parent's record stays until the child's end where a layer prints scopes. */
static uint32_t keep_parent(const slmi_dispatch *d, uint32_t mask, const slmi_parentage *parent)
{
    if (!(mask & d->scopes) || !parent->slot || parent->slot->type != SLMI_SLOT_SPAN ||
        !slmi_slot_is_ours(slmi_slot_index(parent->slot)))
        return 0;
    uint64_t word = atomic_load_explicit(&parent->slot->state, memory_order_relaxed);
    slmi_slot *kept = slmi_pin(slmi_id(slmi_slot_index(parent->slot), word), false);
    return kept ? slmi_slot_index(kept) : 0;
}

static void add_links(slm_span span, const slm_span_options *options)
{
    for (size_t i = 0; i < options->link_count; i++)
        slmi_span_add_link(span, &options->links[i]);
}

struct start {
    slmi_thread *self;
    slmi_dispatch *d;
    const slmi_site_record *record;
    const slm_word *words;
    const slm_span_options *options;
    uint32_t mask;
    bool scope, cut;
    bool inherited;         /* `places` holds the parent's */
    slmi_starting starting; /* where somebody decides */
    unsigned char places[SLM_PLACE_BYTES_MAX];
};

/* What the filters have in the parent, for their places in the child. */
static void copy_places(struct start *s, const slmi_parentage *parent)
{
    const slmi_slot *p = parent->slot;
    s->inherited = p && p->type == SLMI_SLOT_SPAN && slmi_slot_is_ours(slmi_slot_index(p)) &&
                   atomic_load_explicit(&p->set, memory_order_relaxed) == s->d->slot;
    for (uint32_t at = 0; s->inherited && at < s->d->filter_places; at += 8) {
        uint64_t word = __atomic_load_n((const uint64_t *)(const void *)(p->arena + at), __ATOMIC_RELAXED);
        memcpy(s->places + at, &word, sizeof word);
    }
}

/* The subscriber has a sampler or makes ids: while the parent is there. */
static __attribute__((noinline)) void look(struct start *s, slmi_slot *slot, const slmi_parentage *parent)
{
    s->starting = (slmi_starting){
        .self = s->self, .dispatch = s->d, .slot = slot, .record = s->record, .words = s->words, .options = s->options
    };
    slmi_sampling_look(&s->starting, parent);
}

/* The word last: from here on it is anybody's. */
static uint64_t publish(struct start *s, slmi_slot *slot)
{
    uint64_t word = atomic_load_explicit(&slot->state, memory_order_relaxed) & ~(SLMI_GENERATION - 1);
    uint64_t id = slmi_id(slmi_slot_index(slot), word);
    if (s->scope) {
        slmi_entry_claim_new(s->self, slot, id);
        word |= SLMI_PIN | SLMI_ENTERED;
    }
    atomic_store_explicit(&slot->state, word | SLMI_OPEN, memory_order_release);
    return id;
}

/* Inside a busy section. */
static uint64_t start_record(struct start *s)
{
    slmi_thread *self = s->self;
    slmi_parentage parent = slmi_parentage_of(self, s->options ? s->options->parent : (slm_parent){ 0 });
    uint32_t at = slmi_pool_take(self);
    slmi_slot *slot = at ? slmi_slot_at(at) : NULL;
    uint64_t id = 0;
    slmi_count(&self->started);
    if (__builtin_expect(!slot, 0)) {
        id = start_unrecorded(self, &parent, &slot);
        if (!slot) {
            slmi_parentage_done(self, &parent);
            return id;
        }
    }
    uint64_t now = __builtin_expect(s->d->timeless, 0) ? 0 : slmi_now();
    slot->site = &s->record->meta;
    slot->span_id = slmi_random_id(&self->random);
    bool explicit = s->options && s->options->parent.how != SLMI_UNDER_CURRENT;
    slmi_bits_set(slot,
                  (s->scope ? SLMI_BIT_SCOPE : 0u) | (at ? 0u : SLMI_BIT_STUB) | (explicit ? SLMI_BIT_EXPLICIT : 0u));
    inherit(self, slot, &parent, now);
    unsigned asks = atomic_load_explicit(&s->d->asks, memory_order_relaxed);
    if (__builtin_expect(asks & ~(unsigned)SLMI_ASKS_ALWAYS_ON, 0))
        look(s, slot, &parent);
    else
        slot->trace_flags = (slot->trace_flags | asks) & 0xfu; /* SLMI_ASKS_ALWAYS_ON is SLM_FLAG_SAMPLED */
    slmi_mask_set(slot, at ? s->mask : 0);
    atomic_store_explicit(&slot->set, s->d->slot, memory_order_relaxed);
    slot->type = SLMI_SLOT_SPAN;
    slot->kind = s->options ? s->options->kind & 7u : SLM_KIND_INTERNAL;
    slmi_status_set(slot, SLM_SPAN_UNSET);
    slot->queued = 0;
    slot->dropped_fields = slot->dropped_events = slot->dropped_links = 0;
    slot->parent = keep_parent(s->d, slmi_mask(slot), &parent);
    if (__builtin_expect(s->d->places != 0, 0)) {
        memset(slot->arena, 0, s->d->places);
        if (s->d->filter_starts)
            copy_places(s, &parent);
        if (s->d->groups > 1)
            slmi_parent_table_start(s->d, slot, parent.slot);
    }
    atomic_store_explicit(&slot->used, (uint16_t)s->d->places, memory_order_relaxed);
    atomic_store_explicit(&slot->chain, 0, memory_order_relaxed);
    if (s->options && s->options->start_ns)
        slot->start = s->options->start_ns - slot->anchor;
    slmi_count(&self->set_started[s->d->slot]);
    if (s->record->meta.field_count && at)
        s->cut = !put_fields(self, slot, s->record, s->words);
    slmi_parentage_done(self, &parent);
    if (__builtin_expect(asks & ~(unsigned)SLMI_ASKS_ALWAYS_ON, 0))
        slmi_sampling_apply(&s->starting);
    return publish(s, slot);
}

static slm_span start_raw(const struct start *s)
{
    slmi_resolved room; /* touched only if a printer is called */
    slm_hit hit = { .self = s->self, .record = s->record, .words = s->words, .room = &room };
    if (s->options) {
        hit.parent = s->options->parent;
        hit.kind = s->options->kind;
        hit.given_ns = s->options->start_ns;
    }
    if (!s->d->ops->new_span)
        return (slm_span){ 0 };
    uint32_t inside = slmi_call_begin(s->self, s->d, 0);
    uint64_t id = s->d->ops->new_span(s->d->self, &hit);
    if (id)
        slmi_dispatch_count_start(s->self, s->d);
    if (id && s->scope && s->d->ops->enter)
        s->d->ops->enter(s->d->self, id);
    slmi_call_end(s->self, s->d, inside);
    return (slm_span){ id ? slmi_raw_id(s->d, id) : 0 };
}

/* A handler may interrupt another one here, so this counts in one step. */
static uint64_t refuse_reentrant(slmi_thread *self)
{
    atomic_fetch_add_explicit(&self->unrecorded[SLM_UNRECORDED_REENTRANT], 1, memory_order_release);
    slmi_diagnose(SLM_DIAG_REENTRANT, "traced from a signal handler that interrupted the library; not recorded");
    return 0;
}

/* Printers run here, before anything is locked. */
static __attribute__((noinline)) uint64_t start_resolved(struct start *s)
{
    slmi_resolved room;
    slm_hit hit = { .self = s->self, .record = s->record, .words = s->words };
    slmi_hit_resolve(&hit, &room);
    s->words = hit.words;
    if (!slmi_busy_begin(s->self))
        return refuse_reentrant(s->self);
    uint64_t id = start_record(s);
    slmi_busy_end(s->self);
    return id;
}

static slmi_slot *hold(slmi_thread *self, uint64_t id)
{
    bool mine = slmi_busy_begin(self);
    slmi_slot *slot = slmi_pin(id, false);
    if (mine)
        slmi_busy_end(self);
    return slot;
}

/* Held meanwhile: whoever is told, or gets the handle from them, may end it. */
static void tell_started(const struct start *s, uint64_t id)
{
    slmi_slot *slot = slmi_slot_at(slmi_id_slot(id));
    uint32_t whom = s->d->on_start & slmi_mask(slot);
    slmi_slot *held = whom | s->d->filter_starts ? hold(s->self, id) : NULL;
    for (uint32_t left = s->d->filter_starts; left; left &= left - 1)
        slmi_filter_start(s->self, s->d, (unsigned)__builtin_ctz(left), slot, s->inherited ? s->places : NULL);
    SLMI_TELL(s->self, slot, s->d, on_start);
    if (s->scope)
        SLMI_TELL_VISIT(s->self, slot, on_enter);
    if (held)
        slmi_view_unpin(held);
}

static slm_span start_set(struct start *s)
{
    uint64_t id;
    if (s->record->has_values) {
        id = start_resolved(s);
    } else if (slmi_busy_begin(s->self)) {
        id = start_record(s);
        slmi_busy_end(s->self);
    } else {
        id = refuse_reentrant(s->self);
    }
    if (__builtin_expect(s->cut, 0))
        slmi_span_outgrown();
    if (id && !(id & SLMI_ID_UNRECORDED)) {
        if (__builtin_expect(s->options && s->options->link_count, 0))
            add_links((slm_span){ id }, s->options);
        tell_started(s, id);
    }
    return (slm_span){ id };
}

static inline __attribute__((always_inline)) slm_span start(slmi_site *site, uint64_t answer, const slm_word *words,
                                                            const slm_span_options *options, bool scope)
{
    slmi_thread *self = slmi_self; /* slmi_enabled() has registered it */
    if (__builtin_expect(!self, 0))
        return (slm_span){ 0 };
    int saved = *self->errno_at;
    uint64_t outer = slmi_guard(self);
    slm_span span = { 0 };
    struct start s; /* not all of it: `places` is for those who have some */
    s.self = self;
    s.d = slmi_dispatch_current(self);
    s.record = slmi_record_of(__atomic_load_n(&site->record, __ATOMIC_ACQUIRE));
    s.words = words;
    s.options = options;
    s.mask = 0;
    s.cut = false;
    s.scope = scope;
    s.inherited = false;
    if (s.d)
        s.mask = slmi_unmask(self, s.d, s.record, answer);
    if (s.mask && __builtin_expect(s.d->follows != 0, 0) && s.mask & s.d->exports)
        s.mask |= s.d->follows & ~slmi_deaf(self, s.d);
    if (s.mask)
        span = s.d->raw ? start_raw(&s) : start_set(&s);
    slmi_unguard(self, outer);
    *self->errno_at = saved;
    return span;
}

slm_span slmi_span(slmi_site *site, uint64_t mask, const slm_word *words)
{
    return start(site, mask, words, NULL, false);
}

slm_span slmi_scope(slmi_site *site, uint64_t mask, const slm_word *words)
{
    return start(site, mask, words, NULL, true);
}

slm_span slmi_span_with(slmi_site *site, uint64_t mask, const slm_word *words, const slm_span_options *options)
{
    return start(site, mask, words, options, false);
}

slm_span slmi_scope_with(slmi_site *site, uint64_t mask, const slm_word *words, const slm_span_options *options)
{
    return start(site, mask, words, options, true);
}
