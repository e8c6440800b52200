/* SPDX-License-Identifier: MIT */
#include "core/layers/chain.h"

/* Ancestors that are looked at, the layer's or not. */
enum { WALK_MAX = 1024 };

/* Around an event there may be spans of another subscriber, whose masks mean other layers. */
static bool takes(slmi_taker taker, const slmi_slot *span)
{
    return atomic_load_explicit(&span->set, memory_order_relaxed) == taker.set && slmi_mask(span) & taker.layer;
}

void slmi_chain_open(slmi_chain *chain, const slmi_slot *innermost, slmi_taker taker)
{
    const slmi_slot *at = innermost;
    slmi_slot *pin = NULL;
    chain->count = 0;
    for (unsigned walked = 0; at && walked < WALK_MAX && chain->count < SLMI_CHAIN_MAX; walked++) {
        slmi_slot *parent = slmi_view_pin_parent(at);
        if (takes(taker, at)) {
            chain->spans[chain->count] = at;
            chain->pinned[chain->count++] = pin;
        } else if (pin) {
            slmi_view_unpin(pin);
        }
        at = pin = parent;
    }
    chain->more = at != NULL;
    if (pin)
        slmi_view_unpin(pin);
}

void slmi_chain_close(slmi_chain *chain)
{
    for (unsigned i = 0; i < chain->count; i++)
        if (chain->pinned[i])
            slmi_view_unpin(chain->pinned[i]);
}

void slmi_span_fields_read(slmi_span_fields *fields, const slmi_slot *span)
{
    slmi_text_room room = { fields->bytes, sizeof fields->bytes, 0 };
    fields->count = slmi_view_read(span, fields->list, SLMI_VIEW_FIELDS_MAX, &room, &fields->omitted);
}
