/* SPDX-License-Identifier: MIT */
/* What the layer of span metrics counts into, and its text is written from. */
#ifndef SPANLOOM_CORE_LAYERS_SPAN_METRICS_H
#define SPANLOOM_CORE_LAYERS_SPAN_METRICS_H

#include <stdatomic.h>

#include <spanloom/span_metrics.h>

typedef struct slmi_metrics_entry {
    _Atomic(uint64_t) hash; /* of the name; 0: free */
    _Atomic(bool) named;
    uint32_t name_len;
    char name[SLM_SPAN_METRICS_NAME_BYTES_MAX];
    _Atomic(uint64_t) errors, sum_ns;
    _Atomic(uint64_t) buckets[SLM_SPAN_METRICS_BUCKETS_MAX + 1]; /* each by itself; the last is beyond all bounds */
} slmi_metrics_entry;

struct slm_span_metrics {
    _Atomic(uint32_t) references;
    uint32_t names, bucket_count;
    double bounds_s[SLM_SPAN_METRICS_BUCKETS_MAX];
    uint64_t bounds_ns[SLM_SPAN_METRICS_BUCKETS_MAX];
    char prefix[65];
    slmi_metrics_entry *entries;
    _Atomic(uint16_t) *by_id; /* the entry's number plus 1, by the callsite's id */
    _Atomic(uint64_t) lost;
};

#endif
