/* SPDX-License-Identifier: MIT */
#include "core/sampling.h"

#include <string.h>

#include <spanloom/id_generator.h>

#include "core/alloc.h"
#include "core/hit.h"
#include "core/sampler.h"

/* -- a subscriber's --------------------------------------------------------------------------------------------------
 */

static unsigned asks_of(const slm_sampler *sampler)
{
    if (sampler->traits & SLMI_SAMPLER_USUAL)
        return 0;
    if (sampler->traits & SLMI_SAMPLER_ON)
        return SLMI_ASKS_ALWAYS_ON;
    return sampler->traits & SLMI_SAMPLER_COPIES ? SLMI_ASKS_ROOTS : SLMI_ASKS_EACH;
}

slm_status slm_subscriber_set_sampler(slm_subscriber *subscriber, slm_sampler *sampler)
{
    slmi_dispatch *d = (slmi_dispatch *)subscriber;
    struct slm_sampler *none = NULL;
    if (!d || d->raw || !sampler)
        return SLM_ERR_INVALID_ARGUMENT;
    slm_sampler_retain(sampler);
    if (!atomic_compare_exchange_strong_explicit(&d->sampler, &none, sampler, memory_order_release,
                                                 memory_order_relaxed)) {
        slm_sampler_release(sampler);
        return SLM_ERR_EXISTS;
    }
    /* Release, so that who sees this also sees the sampler. */
    atomic_fetch_or_explicit(&d->asks, (uint8_t)asks_of(sampler), memory_order_release);
    return SLM_OK;
}

slm_status slm_subscriber_set_id_generator(slm_subscriber *subscriber, const slm_id_generator *generator)
{
    slmi_dispatch *d = (slmi_dispatch *)subscriber;
    struct slm_id_generator *none = NULL;
    if (!d || d->raw || !generator || generator->size < sizeof *generator)
        return SLM_ERR_INVALID_ARGUMENT;
    slm_id_generator *copy = slmi_alloc(sizeof *copy);
    if (!copy)
        return SLM_ERR_NO_MEMORY;
    *copy = *generator;
    if (!atomic_compare_exchange_strong_explicit(&d->ids, &none, copy, memory_order_release, memory_order_relaxed)) {
        slmi_free(copy);
        return SLM_ERR_EXISTS;
    }
    atomic_fetch_or_explicit(&d->asks, SLMI_ASKS_IDS, memory_order_release);
    return SLM_OK;
}

void slmi_sampling_drop(slmi_dispatch *d)
{
    slm_id_generator *ids = atomic_load_explicit(&d->ids, memory_order_acquire);
    slm_sampler_release(atomic_load_explicit(&d->sampler, memory_order_acquire));
    if (ids && ids->destroy)
        ids->destroy(ids->self);
    slmi_free(ids);
}

/* -- a span's --------------------------------------------------------------------------------------------------------
 */

static unsigned hint_of(const slmi_slot *context)
{
    if (context->trace_flags & SLMI_FLAG_DEBUG)
        return SLM_HINT_DEBUG;
    if (!(context->trace_flags & SLM_FLAG_SAMPLED))
        return SLM_HINT_DENY;
    return context->trace_flags & SLMI_FLAG_ACCEPT ? SLM_HINT_ACCEPT : SLM_HINT_NONE;
}

void slmi_sampling_look(slmi_starting *s, const slmi_parentage *parent)
{
    const slmi_slot *p = parent->slot;
    s->hint = SLM_HINT_NONE;
    s->lineage = parent->remote ? SLMI_IS_REMOTE : SLMI_IS_ROOT;
    if (p && (p->trace_id[0] | p->trace_id[1]) == 0) { /* a context of baggage or a hint */
        s->hint = hint_of(p);
    } else if (p) {
        bool remote =
            !slmi_slot_is_ours(slmi_slot_index(p)) || (p->type == SLMI_SLOT_CONTEXT && slmi_bits(p) & SLMI_BIT_REMOTE);
        s->lineage = remote ? SLMI_IS_REMOTE : SLMI_IS_LOCAL;
    }
}

/* Foreign code: outside the busy section, and nothing that it traces is recorded. */
static uint32_t leave(slmi_thread *self)
{
    slmi_busy_end(self);
    return slmi_thread_mute();
}

static void come_back(slmi_thread *self, uint32_t inside)
{
    slmi_thread_unmute(inside);
    (void)slmi_busy_begin(self); /* it was just left: nobody is inside */
}

static void generate_ids(slmi_starting *s)
{
    const slm_id_generator *ids = atomic_load_explicit(&s->dispatch->ids, memory_order_acquire);
    slm_trace_id trace_id = { .bytes = { 0 } };
    slm_span_id span_id = { .bytes = { 0 } };
    bool root = s->lineage == SLMI_IS_ROOT;
    uint32_t inside = leave(s->self);
    if (root && ids->trace_id)
        ids->trace_id(ids->self, &trace_id);
    if (ids->span_id)
        ids->span_id(ids->self, &span_id);
    come_back(s->self, inside);
    if (slm_trace_id_is_valid(trace_id)) {
        memcpy(s->slot->trace_id, trace_id.bytes, sizeof s->slot->trace_id);
        if (!ids->random)
            s->slot->trace_flags &= SLM_FLAG_SAMPLED | SLMI_FLAG_DEBUG;
    }
    if (slm_span_id_is_valid(span_id))
        memcpy(&s->slot->span_id, span_id.bytes, sizeof s->slot->span_id);
}

static void put_field(slmi_starting *s, slmi_writer *w, const slm_field *field)
{
    slmi_set_item *item = slmi_writer_reserve(w, sizeof *item);
    if (!item) {
        slmi_dropped_field(s->slot);
        return;
    }
    size_t len = field->key.len < SLMI_KEY_BYTES_MAX ? field->key.len : SLMI_KEY_BYTES_MAX;
    uint16_t n = (uint16_t)slmi_writer_text(w, field->key.data, len);
    item->item = (slmi_item){ SLMI_ITEM_SET, SLM_TYPE_VALUE, n, 0 };
    item->word = slmi_writer_value(w, SLM_TYPE_VALUE, (slm_word){ .p = &field->value });
    slmi_bits_add(s->slot, SLMI_BIT_LATER);
    slmi_writer_commit(w);
}

static void obey(slmi_starting *s, const slm_sampling_result *result)
{
    slmi_slot *slot = s->slot;
    slot->trace_flags &= (unsigned)~SLM_FLAG_SAMPLED & 0xfu;
    if (result->decision == SLM_SAMPLING_RECORD_AND_SAMPLE)
        slot->trace_flags |= SLM_FLAG_SAMPLED;
    if (result->has_tracestate && result->tracestate_len <= sizeof result->tracestate) {
        uint32_t old = slot->carry;
        slm_string tracestate = slm_string_of(result->tracestate, result->tracestate_len);
        slot->carry = slmi_carry_with_tracestate(s->self, old, tracestate);
        slmi_carry_drop(s->self, old);
    }
    if (result->decision == SLM_SAMPLING_DROP || slmi_mask(slot) == 0)
        return;
    slmi_writer w;
    for (unsigned i = 0; i < result->field_count && i < SLM_SAMPLING_FIELDS_MAX; i++) {
        slmi_writer_open(&w, s->self, slot);
        put_field(s, &w, &result->fields[i]);
    }
}

static void describe_parent(const slmi_starting *s, bool reads, slm_span_context *out)
{
    const slmi_slot *slot = s->slot;
    memcpy(out->trace_id.bytes, slot->trace_id, sizeof out->trace_id.bytes);
    memcpy(out->span_id.bytes, &slot->parent_id, sizeof out->span_id.bytes);
    out->flags = slot->trace_flags & (SLM_FLAG_SAMPLED | SLM_FLAG_RANDOM);
    out->is_remote = s->lineage == SLMI_IS_REMOTE;
    out->tracestate_len = reads ? (uint16_t)slmi_carry_tracestate(slot->carry, out->tracestate) : 0;
}

static void ask(slmi_starting *s)
{
    slm_sampler *sampler = atomic_load_explicit(&s->dispatch->sampler, memory_order_acquire);
    const slm_span_options *options = s->options;
    slm_span_context parent; /* its tracestate is long, and mostly not there */
    slm_sampling_result result;
    slm_hit hit = { .self = s->self, .record = s->record, .words = s->words, .resolved = true };
    slm_sampling_request request = { .size = sizeof request,
                                     .kind = (slm_kind)s->slot->kind,
                                     .random = (s->slot->trace_flags & SLM_FLAG_RANDOM) != 0,
                                     .hint = s->hint,
                                     .name = s->record->meta.name,
                                     .metadata = &s->record->meta,
                                     .hit = &hit,
                                     .links = options ? options->links : NULL,
                                     .link_count = options ? options->link_count : 0 };
    memcpy(request.trace_id.bytes, s->slot->trace_id, sizeof request.trace_id.bytes);
    if (s->lineage != SLMI_IS_ROOT) {
        describe_parent(s, sampler->traits & SLMI_SAMPLER_READS, &parent);
        request.parent = &parent;
    }
    if (sampler->traits & SLMI_SAMPLER_FOREIGN) {
        uint32_t inside = leave(s->self);
        slm_sampler_decide(sampler, &request, &result);
        come_back(s->self, inside);
    } else {
        slm_sampler_decide(sampler, &request, &result);
    }
    obey(s, &result);
}

void slmi_sampling_apply(slmi_starting *s)
{
    unsigned asks = atomic_load_explicit(&s->dispatch->asks, memory_order_acquire);
    if (asks & SLMI_ASKS_IDS)
        generate_ids(s);
    if (s->slot->trace_flags & SLMI_FLAG_DEBUG || asks & SLMI_ASKS_ALWAYS_ON) /* debug: whatever samplers say */
        s->slot->trace_flags |= SLM_FLAG_SAMPLED;
    else if (asks & SLMI_ASKS_EACH || (asks & SLMI_ASKS_ROOTS && s->lineage != SLMI_IS_LOCAL))
        ask(s);
}
