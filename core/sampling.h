/* SPDX-License-Identifier: MIT */
/* What a subscriber's sampler and id generator do to a span that starts. */
#ifndef SPANLOOM_CORE_SAMPLING_H
#define SPANLOOM_CORE_SAMPLING_H

#include "core/parent.h"

/* slmi_dispatch.asks; 0 is ParentBased(AlwaysOn), where nothing is to be done. */
enum {
    SLMI_ASKS_ALWAYS_ON = 1, /* the flag is set, and nobody asked */
    SLMI_ASKS_ROOTS = 2,     /* the sampler, but for local children */
    SLMI_ASKS_EACH = 4,      /* the sampler, for each span */
    SLMI_ASKS_IDS = 8        /* the generator */
};
SLMI_ASSERT(SLMI_ASKS_ALWAYS_ON == SLM_FLAG_SAMPLED, "it is or-ed into a record's flags");

/* Whose child a span is. */
typedef enum slmi_lineage { SLMI_IS_ROOT, SLMI_IS_LOCAL, SLMI_IS_REMOTE } slmi_lineage;

/* A span that starts: its record has everything but its word. */
typedef struct slmi_starting {
    slmi_thread *self;
    slmi_dispatch *dispatch;
    slmi_slot *slot;
    const slmi_site_record *record;
    const slm_word *words; /* resolved */
    const slm_span_options *options;
    slmi_lineage lineage;
    unsigned hint; /* slm_sampling_hint, of a root */
} slmi_starting;

/* Looks at the parent while it is there. */
void slmi_sampling_look(slmi_starting *starting, const slmi_parentage *parent);
/* Gives the span its generator's ids and its sampler's decision. Inside a busy section, which is left where it runs
 * code that is not the library's. */
void slmi_sampling_apply(slmi_starting *starting);

/* Releases what the subscriber has of these. */
void slmi_sampling_drop(slmi_dispatch *dispatch);

#endif
