/* SPDX-License-Identifier: MIT */
/* An event: into the record of its span where a pipeline exports it, then to the layers. */
#include <stdarg.h>

#include "core/clock.h"
#include "core/diagnostics.h"
#include "core/log_record.h"
#include "core/parent_table.h"
#include "core/span.h"
#include "core/span_limits.h"

struct event {
    slmi_thread *self;
    slmi_dispatch *d;
    uint32_t mask;
    const slm_event_options *options;
    slm_hit hit;
};

/* A span that is chained over several blocks keeps no more events than its limit, so that it takes no more of the pool;
 * what fits a slot is left to the reader, which keeps the limit exactly. */
static bool beyond_limit(slmi_slot *slot)
{
    slmi_tally *tally = slmi_tally_find(slot);
    if (__builtin_expect(!tally, 1))
        return false;
    if (tally->events >= SLMI_LIMIT(events))
        return true;
    tally->events++;
    return false;
}

/* Whether all of it had room. */
static bool append(const struct event *e, slmi_slot *slot, slm_string message)
{
    const slmi_site_record *record = e->hit.record;
    const slm_metadata *meta = &record->meta;
    slmi_writer w;
    slmi_event_item *item = NULL;
    slmi_writer_open(&w, e->self, slot);
    if (!beyond_limit(slot))
        item = slmi_writer_reserve(&w, sizeof *item + meta->field_count * sizeof item->words[0]);
    if (!item) {
        slmi_dropped_event(slot);
        return false;
    }
    item->time = e->hit.time;
    item->site = meta;
    for (unsigned i = 0; i < meta->field_count; i++)
        item->words[i] = slmi_writer_value(&w, meta->types[i], e->hit.words[i]);
    bool stored = !record->plain || e->hit.given;
    uint32_t len = stored ? slmi_writer_text(&w, message.data, message.len) : 0;
    uint16_t n =
        (uint16_t)(meta->field_count | (slmi_dispatch_of(slot) == e->d ? slmi_groups_of(e->d, e->mask) << 8 : 0));
    item->item = (slmi_item){ SLMI_ITEM_EVENT, stored, n, len };
    slmi_writer_commit(&w);
    return !w.cut;
}

/* An ERROR event sets its span's status, unless the program did; `exported`: the record keeps the event too. */
static void write_record(struct event *e, slmi_slot *slot, bool error, bool exported)
{
    slm_string message = { NULL, 0 };
    if (exported && (!e->hit.record->plain || e->hit.given))
        message = slm_hit_message(&e->hit);
    if (exported)
        (void)slmi_hit_now(&e->hit);
    if (!slmi_busy_begin(e->self))
        return;
    bool whole = true;
    uint64_t word;
    uint64_t id = slmi_id(slmi_slot_index(slot), atomic_load_explicit(&slot->state, memory_order_relaxed));
    slot = slmi_lock_to_write(e->self, id, &word);
    if (slot) {
        whole = !exported || append(e, slot, message);
        if (error && !(slmi_bits(slot) & SLMI_BIT_STATUS_SET))
            slmi_status_set(slot, SLM_SPAN_ERROR);
        slmi_unlock(slot, word);
    }
    slmi_busy_end(e->self);
    if (!whole)
        slmi_span_outgrown();
}

static void tell_layers(struct event *e)
{
    e->hit.set = e->d->slot;
    for (uint32_t left = e->mask & e->d->on_event; left; left &= left - 1) {
        unsigned at = (unsigned)__builtin_ctz(left);
        const slmi_layer *layer = &e->d->layers[at];
        uint32_t inside = slmi_call_begin(e->self, e->d, at);
        e->hit.layer = UINT32_C(1) << at;
        layer->ops->on_event(layer->self, &e->hit);
        slmi_call_end(e->self, e->d, inside);
    }
}

static void send_set(struct event *e)
{
    if (__builtin_expect((e->mask & e->d->filter_events) != 0, 0)) {
        e->mask = slmi_dispatch_mask_event(e->self, e->d, e->mask, &e->hit);
        if (!e->mask)
            return;
    }
    slmi_parentage parent = { NULL, NULL, false };
    bool busy = atomic_load_explicit(&e->self->busy, memory_order_relaxed);
    if (__builtin_expect(!e->options && !busy, 1)) {
        parent.slot = slmi_current_slot(e->self); /* which the entry keeps */
    } else if (slmi_busy_begin(e->self)) {
        parent = slmi_parentage_of(e->self, e->hit.parent);
        slmi_busy_end(e->self);
    } else {
        slmi_diagnose(SLM_DIAG_REENTRANT, "traced from a signal handler that interrupted the library; not recorded");
        return;
    }
    slmi_slot *slot = parent.slot;
    bool ours = slot && slmi_slot_is_ours(slmi_slot_index(slot));
    if (e->options && e->options->time_ns)
        e->hit.time = e->options->time_ns - (ours ? slot->anchor : slmi_wall_offset());
    e->hit.under = slot;
    e->hit.remote = parent.remote;
    if (ours && slot->type == SLMI_SLOT_SPAN) {
        e->hit.span = slot;
        bool exported =
            e->mask & e->d->exports && !e->d->logs_only && slmi_mask(slot) & slmi_dispatch_of(slot)->exports;
        bool theirs = exported || slmi_dispatch_of(slot) == e->d; /* not another subscriber's span */
        bool error = theirs && e->hit.record->meta.level == SLM_LEVEL_ERROR;
        if (exported || error)
            write_record(e, slot, error, exported);
    }
    if (__builtin_expect((e->mask & e->d->logs) != 0, 0))
        slmi_log_record(e->self, e->d, &e->hit, e->mask & e->d->logs);
    tell_layers(e);
    if (parent.pinned && slmi_busy_begin(e->self)) {
        slmi_parentage_done(e->self, &parent);
        slmi_busy_end(e->self);
    }
}

static __attribute__((noinline)) void send_resolved(struct event *e)
{
    slmi_resolved room;
    slmi_hit_resolve(&e->hit, &room);
    send_set(e);
}

/* Not inlined: its room would lie on every event's stack. */
static __attribute__((noinline)) void send_raw(struct event *e)
{
    slmi_resolved room; /* touched only if a printer is called */
    if (!e->d->ops->event)
        return;
    e->hit.room = &room;
    uint32_t inside = slmi_call_begin(e->self, e->d, 0);
    e->d->ops->event(e->d->self, &e->hit);
    slmi_call_end(e->self, e->d, inside);
}

static void send(struct event *e)
{
    if (e->d->raw) {
        send_raw(e);
    } else if (e->hit.record->has_values) {
        send_resolved(e);
    } else {
        send_set(e);
    }
}

static void emit(slmi_site *site, uint64_t answer, const slm_word *words, const slm_event_options *options,
                 const char *format, va_list *args, const slm_string *given)
{
    slmi_thread *self = slmi_self; /* slmi_enabled() has registered it */
    if (!self)
        return;
    int saved = *self->errno_at;
    uint64_t outer = slmi_guard(self);
    char text[SLMI_MESSAGE_BYTES_MAX];
    struct event e = { .self = self, .d = slmi_dispatch_current(self), .options = options };
    e.hit.self = self;
    e.hit.error = saved;
    e.hit.record = slmi_record_of(__atomic_load_n(&site->record, __ATOMIC_ACQUIRE));
    e.hit.words = words;
    e.hit.format = format;
    e.hit.args = args;
    e.hit.text = text;
    e.hit.message = slm_string_of("", 0);
    e.hit.given = format && e.hit.record->is_dynamic;
    if (given) {
        e.hit.given = given->data != NULL;
        e.hit.formatted = true;
        e.hit.message = given->data ? *given : e.hit.record->meta.name;
    }
    if (options) {
        e.hit.parent = options->parent;
        e.hit.given_ns = options->time_ns;
    }
    if (e.d)
        e.mask = slmi_unmask(self, e.d, e.hit.record, answer);
    if (e.mask)
        send(&e);
    slmi_unguard(self, outer);
    *self->errno_at = saved;
}

void slmi_event(slmi_site *site, uint64_t mask, const slm_word *words, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    emit(site, mask, words, NULL, format, &args, NULL);
    va_end(args);
}

void slmi_event_with(slmi_site *site, uint64_t mask, const slm_word *words, const slm_event_options *options,
                     const char *format, ...)
{
    va_list args;
    va_start(args, format);
    emit(site, mask, words, options, format, &args, NULL);
    va_end(args);
}

void slmi_event_silent(slmi_site *site, uint64_t mask, const slm_word *words)
{
    emit(site, mask, words, NULL, NULL, NULL, NULL);
}

void slmi_event_silent_with(slmi_site *site, uint64_t mask, const slm_word *words, const slm_event_options *options)
{
    emit(site, mask, words, options, NULL, NULL, NULL);
}

void slmi_event_given(slmi_site *site, uint64_t mask, const slm_word *words, const slm_event_options *options,
                      slm_string message)
{
    emit(site, mask, words, options, NULL, NULL, &message);
}

void slmi_event_formatted(slmi_site *site, uint64_t mask, const slm_word *words, const slm_event_options *options,
                          const char *format, va_list *args)
{
    emit(site, mask, words, options, format, args, NULL);
}

/* Somebody might have listened. */
static uint64_t threadless(const slmi_site *site)
{
    bool is_span = site->kind == SLMI_SITE_SPAN || site->kind == SLMI_SITE_FUNCTION;
    if (is_span && atomic_load_explicit(&slmi_global, memory_order_relaxed))
        atomic_fetch_add_explicit(&slmi_threadless, 1, memory_order_release);
    return 0;
}

uint64_t slmi_enabled(slmi_site *site)
{
    slmi_thread *self = slmi_thread_get();
    if (__builtin_expect(!self, 0))
        return threadless(site);
    if (__builtin_expect(self->muted, 0)) /* muted: nobody is told, nor asked */
        return 0;
    slmi_site_record *record = (slmi_site_record *)(uintptr_t)__atomic_load_n(&site->record, __ATOMIC_ACQUIRE);
    uint64_t interest = __atomic_load_n(&site->interest, __ATOMIC_RELAXED);
    if (__builtin_expect(!record || (interest & 3) == SLMI_UNREGISTERED, 0)) {
        if (!record)
            record = slmi_site_register(self, site);
        if (!record)
            return 0;
        slmi_dispatch_consider(self, site, record);
    }
    uint64_t outer = slmi_guard(self);
    slmi_dispatch *d = slmi_dispatch_current(self);
    uint32_t mask = d ? slmi_dispatch_mask(self, d, record) : 0;
    uint64_t answer = mask ? slmi_masked(d, mask) : 0;
    slmi_unguard(self, outer);
    return answer;
}
