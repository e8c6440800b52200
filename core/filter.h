/* SPDX-License-Identifier: MIT */
/* Filters as their layers use them. */
#ifndef SPANLOOM_CORE_FILTER_H
#define SPANLOOM_CORE_FILTER_H

#include <spanloom/filter.h>

struct slm_filter {
    const slm_filter_ops *ops;
    void *self;
    uint32_t place_bytes; /* of each span; a combination's are its parts' */
    bool starts, records; /* it, or a part, wants on_start, on_record */
    bool events;          /* it, or a part, decides once an event's fields are there */
    bool whole;           /* `enabled` answers for every callsite, whatever its interest */
    uint64_t serial;      /* never used twice: a place says which filter wrote it */
};

static inline slm_interest slmi_filter_interest(const slm_filter *f, const slm_metadata *meta)
{
    if (f->ops->callsite)
        return f->ops->callsite(f->self, meta);
    return f->ops->enabled ? SLM_INTEREST_SOMETIMES : SLM_INTEREST_ALWAYS;
}

/* One hit, the callsite's interest included; of a filter with `events`, and before an event's fields are there, whether
 * it might be taken. */
bool slmi_filter_takes(const slm_filter *f, const slm_metadata *meta, const slm_view *current, const void *place);
/* An event whose fields are there. */
bool slmi_filter_takes_event(const slm_filter *f, slm_hit *event, const slm_view *current, const void *place);

#endif
