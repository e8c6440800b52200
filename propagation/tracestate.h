/* SPDX-License-Identifier: MIT */
/* A tracestate while it is read or changed: slices of text that belongs to others. */
#ifndef SPANLOOM_PROPAGATION_TRACESTATE_H
#define SPANLOOM_PROPAGATION_TRACESTATE_H

#include <spanloom/propagation.h>

#include "propagation/scan.h"

typedef struct slmi_tracestate_member {
    const char *text; /* KEY=VALUE */
    uint16_t len, key_len;
    bool follows; /* Stands right behind the member before it, a comma between them: both are copied as one. */
} slmi_tracestate_member;

typedef struct slmi_tracestate {
    slmi_tracestate_member members[SLM_TRACESTATE_MEMBERS_MAX];
    size_t count;
    size_t bytes;       /* Of the members, with a comma each. */
    size_t seen;        /* Members read, repeated keys included. */
    slmi_hashes hashes; /* Of the keys. */
} slmi_tracestate;

static inline void slmi_tracestate_init(slmi_tracestate *list)
{
    list->count = 0;
    list->bytes = 0;
    list->seen = 0;
    list->hashes = (slmi_hashes){ { 0 } };
}

/* Appends the members of one header line, which must outlive `list`. False: malformed. */
bool slmi_tracestate_read(slmi_tracestate *list, slm_string line);

/* Cuts `list` to SLM_TRACESTATE_MAX bytes and copies it to the tracestate of `context`. No member may point into
 * `context`. */
void slmi_tracestate_store(slmi_tracestate *list, slm_span_context *context);

/* The tracestate as it may be sent, absent if there is none. A host can have filled in the struct by hand: a length
 * beyond the storage is cut, and what is not printable ASCII (a line end above all) is not sent at all. */
slm_string slmi_tracestate_text(const slm_span_context *context);

#endif
