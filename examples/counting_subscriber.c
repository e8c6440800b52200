/* SPDX-License-Identifier: MIT */
/* A raw subscriber: it implements the table itself, and pays only for what it does. This one counts by callsite level,
 * so it needs no clock, no fields and no record of a span: an id is all that it hands out. */
#include <spanloom/subscriber.h>
#include <spanloom/trace.h>

#include <stdatomic.h>
#include <stdio.h>

struct counts {
    _Atomic(uint64_t) spans, open, by_level[SLM_LEVEL_TRACE + 1];
};

/* Asked once for each callsite. What is never of interest costs one load at each hit from then on. */
static slm_interest interest(void *self, const slm_metadata *metadata)
{
    (void)self;
    return metadata->level <= SLM_LEVEL_DEBUG ? SLM_INTEREST_ALWAYS : SLM_INTEREST_NEVER;
}

static uint64_t new_span(void *self, slm_hit *hit)
{
    struct counts *counts = self;
    (void)hit; /* what it says is worked out when asked for: nobody asks */
    atomic_fetch_add(&counts->open, 1);
    return atomic_fetch_add(&counts->spans, 1) + 1;
}

static void count_event(void *self, slm_hit *hit)
{
    struct counts *counts = self;
    atomic_fetch_add(&counts->by_level[slm_hit_metadata(hit)->level], 1);
}

static void count_end(void *self, uint64_t span)
{
    struct counts *counts = self;
    (void)span;
    atomic_fetch_sub(&counts->open, 1);
}

static const slm_subscriber_ops counting = {
    .size = sizeof counting,
    .register_callsite = interest,
    .new_span = new_span,
    .event = count_event,
    .end = count_end,
};

static void shear(unsigned yaks)
{
    SLM_SCOPE("shear", ("yaks", yaks));
    for (unsigned i = 0; i < yaks; i++) {
        SLM_SCOPE("yak", ("number", i));
        SLM_DEBUG("yak %u has wool", i);
        SLM_TRACE("not counted");
    }
    SLM_WARN("no yaks left");
}

int main(void)
{
    struct counts counts = { 0 };
    slm_subscriber *subscriber;
    if (slm_subscriber_new(&counting, &counts, &subscriber) != SLM_OK)
        return 1;
    slm_set_global_subscriber(subscriber);
    shear(3);
    printf("%d spans, %d of them open; %d warnings, %d debug events, %d trace events\n", (int)counts.spans,
           (int)counts.open, (int)counts.by_level[SLM_LEVEL_WARN], (int)counts.by_level[SLM_LEVEL_DEBUG],
           (int)counts.by_level[SLM_LEVEL_TRACE]);
    slm_set_global_subscriber(NULL);
    slm_subscriber_release(subscriber);
    return 0;
}
