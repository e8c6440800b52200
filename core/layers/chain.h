/* SPDX-License-Identifier: MIT */
/* The spans around an event that a layer takes, each pinned while it is read. */
#ifndef SPANLOOM_CORE_LAYERS_CHAIN_H
#define SPANLOOM_CORE_LAYERS_CHAIN_H

#include "core/view.h"

enum { SLMI_CHAIN_MAX = 64 };

typedef struct slmi_chain {
    unsigned count;
    bool more;                              /* there are further ones outside */
    const slmi_slot *spans[SLMI_CHAIN_MAX]; /* innermost first */
    slmi_slot *pinned[SLMI_CHAIN_MAX];      /* NULL where the caller's own pin does */
} slmi_chain;

/* Who takes a span: the layer with this bit in the masks of that subscriber. */
typedef struct slmi_taker {
    uint32_t layer;
    uint8_t set;
} slmi_taker;

/* `innermost` may be NULL; its own pin is the caller's. */
void slmi_chain_open(slmi_chain *chain, const slmi_slot *innermost, slmi_taker taker);
void slmi_chain_close(slmi_chain *chain);

/* A span's fields, and room for what they point to. */
typedef struct slmi_span_fields {
    unsigned count, omitted;
    slm_field list[SLMI_VIEW_FIELDS_MAX];
    char bytes[SLMI_MESSAGE_BYTES_MAX];
} slmi_span_fields;

void slmi_span_fields_read(slmi_span_fields *fields, const slmi_slot *span);

#endif
