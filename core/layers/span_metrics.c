/* SPDX-License-Identifier: MIT */
/* Spans counted by name. The table of names only grows, so that a reader needs no lock: who finds no entry for a name
 * claims a free one by writing the name's hash, and only then the name; others count into it meanwhile.
 *
 *   who        does                                                   by
 *   claimer    takes a free entry                                     compare-and-swap of `hash`, 0 to the name's
 *   claimer    makes the name readable                                release store of `named`
 *   counters   add to an entry with their hash, named or not yet      relaxed additions
 *   scraper    reads entries that are named (acquire)                 relaxed loads; what it misses it sees next time
 */
#include "core/layers/span_metrics.h"

#include <math.h>
#include <string.h>

#include "core/alloc.h"
#include "core/layers/clean.h"
#include "core/layers/text.h"

enum { NAMES_DEFAULT = 256, IDS_CACHED = 4096 };

static const double default_buckets[] = { 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10 };

/* The registry marks the span of an ERROR event as failed, if anybody takes the event. */
static void on_event(void *layer, slm_hit *event)
{
    (void)layer;
    (void)event;
}

/* Events below ERROR say nothing of a span's success. */
static slm_interest register_callsite(void *layer, const slm_metadata *metadata)
{
    (void)layer;
    return metadata->is_span || metadata->level == SLM_LEVEL_ERROR ? SLM_INTEREST_ALWAYS : SLM_INTEREST_NEVER;
}

/* -- names ------------------------------------------------------------------------------------------------------------
 */

static uint64_t hash_of(slm_string name)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a, finished so that all of it depends on all of the name */
    for (size_t i = 0; i < name.len; i++)
        hash = (hash ^ (unsigned char)name.data[i]) * UINT64_C(0x100000001b3);
    hash ^= hash >> 32;
    hash *= UINT64_C(0x9e3779b97f4a7c15);
    hash ^= hash >> 29;
    return hash ? hash : 1;
}

/* The entry of a name, made if there is room; NULL if there is none. Two names of one hash count as one: of 4,096 names
 * that happens once in 10^12 processes. */
static slmi_metrics_entry *find(slm_span_metrics *m, slm_string name)
{
    uint64_t hash = hash_of(name);
    for (uint32_t probe = 0, at = (uint32_t)(hash % m->names); probe < m->names; probe++, at = (at + 1) % m->names) {
        slmi_metrics_entry *e = &m->entries[at];
        uint64_t seen = atomic_load_explicit(&e->hash, memory_order_relaxed);
        if (seen == 0 && atomic_compare_exchange_strong_explicit(&e->hash, &seen, hash, memory_order_relaxed,
                                                                 memory_order_relaxed)) {
            memcpy(e->name, name.data, name.len);
            e->name_len = (uint32_t)name.len;
            atomic_store_explicit(&e->named, true, memory_order_release);
            return e;
        }
        if (seen == hash)
            return e;
    }
    return NULL;
}

static slmi_metrics_entry *entry_of(slm_span_metrics *m, const slm_view *span)
{
    const slm_metadata *meta = slm_view_metadata(span);
    slm_string name = slm_view_name(span);
    bool own = name.data == meta->name.data && meta->id < IDS_CACHED; /* it was not renamed */
    uint16_t cached = own ? atomic_load_explicit(&m->by_id[meta->id], memory_order_relaxed) : 0;
    if (cached)
        return &m->entries[cached - 1];
    char clean[SLM_SPAN_METRICS_NAME_BYTES_MAX];
    slmi_metrics_entry *e = find(m, slm_string_of(clean, slmi_clean(clean, sizeof clean, name, NULL)));
    if (own && e)
        atomic_store_explicit(&m->by_id[meta->id], (uint16_t)(e - m->entries + 1), memory_order_relaxed);
    return e;
}

static void add(_Atomic(uint64_t) *counter, uint64_t n)
{
    atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

static void on_end(void *layer, const slm_view *span)
{
    slm_span_metrics *m = layer;
    slmi_metrics_entry *e = entry_of(m, span);
    if (!e) {
        add(&m->lost, 1);
        return;
    }
    uint64_t took = slm_view_end_ns(span) - slm_view_start_ns(span);
    if (slm_view_status(span) == SLM_SPAN_ERROR)
        add(&e->errors, 1);
    add(&e->sum_ns, took);
    uint32_t at = 0;
    while (at < m->bucket_count && took > m->bounds_ns[at])
        at++;
    add(&e->buckets[at], 1);
}

/* -- life -------------------------------------------------------------------------------------------------------------
 */

/* Only plain stores: a signal handler may run between any two. */
static void on_fork(void *layer)
{
    slm_span_metrics *m = layer;
    memset((void *)m->entries, 0, m->names * sizeof *m->entries);
    memset((void *)m->by_id, 0, IDS_CACHED * sizeof *m->by_id);
    atomic_store_explicit(&m->lost, 0, memory_order_relaxed);
}

void slm_span_metrics_release(slm_span_metrics *m)
{
    if (!m || atomic_fetch_sub_explicit(&m->references, 1, memory_order_acq_rel) != 1)
        return;
    slmi_free(m->entries);
    slmi_free(m->by_id);
    slmi_free(m);
}

static void destroy(void *layer)
{
    slm_span_metrics_release(layer);
}

static const slm_layer_ops ops = { .size = sizeof ops,
                                   .register_callsite = register_callsite,
                                   .on_event = on_event,
                                   .on_end = on_end,
                                   .destroy = destroy,
                                   .on_fork = on_fork };

static bool take_buckets(slm_span_metrics *m, const double *buckets, size_t count)
{
    if (!buckets) {
        buckets = default_buckets;
        count = sizeof default_buckets / sizeof *default_buckets;
    }
    if (count > SLM_SPAN_METRICS_BUCKETS_MAX)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(buckets[i]) || buckets[i] < 0 || buckets[i] > 1e9 || (i && buckets[i] <= buckets[i - 1]))
            return false;
        m->bounds_s[i] = buckets[i];
        m->bounds_ns[i] = (uint64_t)(buckets[i] * 1e9 + 0.5);
    }
    m->bucket_count = (uint32_t)count;
    return true;
}

static bool take_prefix(slm_span_metrics *m, const char *prefix)
{
    if (!prefix)
        prefix = "spanloom";
    size_t len = strlen(prefix);
    if (len == 0 || len >= sizeof m->prefix || (prefix[0] >= '0' && prefix[0] <= '9'))
        return false;
    for (size_t i = 0; i < len; i++) {
        char c = prefix[i], lower = (char)(c | 0x20);
        if (!(lower >= 'a' && lower <= 'z') && !(c >= '0' && c <= '9') && c != '_' && c != ':')
            return false;
    }
    memcpy(m->prefix, prefix, len + 1);
    return true;
}

slm_status slm_span_metrics_new(const slm_span_metrics_options *options, slm_filter *filter, slm_layer *layer,
                                slm_span_metrics **out)
{
    static const slm_span_metrics_options defaults = { .size = sizeof defaults };
    const slm_span_metrics_options *o = options ? options : &defaults;
    if (!layer || !out || o->size < sizeof *o || o->names > SLM_SPAN_METRICS_NAMES_MAX)
        return SLM_ERR_INVALID_ARGUMENT;
    slm_span_metrics *m = slmi_alloc_zeroed(sizeof *m);
    if (!m)
        return SLM_ERR_NO_MEMORY;
    atomic_store_explicit(&m->references, 2, memory_order_relaxed);
    m->names = o->names ? o->names : NAMES_DEFAULT;
    slm_status status = SLM_ERR_INVALID_ARGUMENT;
    if (!take_buckets(m, o->buckets, o->bucket_count) || !take_prefix(m, o->prefix))
        goto fail;
    m->entries = slmi_alloc_zeroed(m->names * sizeof *m->entries);
    m->by_id = slmi_alloc_zeroed(IDS_CACHED * sizeof *m->by_id);
    status = SLM_ERR_NO_MEMORY;
    if (!m->entries || !m->by_id)
        goto fail;
    *layer = (slm_layer){ .size = sizeof *layer, .ops = &ops, .self = m, .filter = filter };
    *out = m;
    return SLM_OK;
fail:
    slmi_free(m->entries);
    slmi_free(m->by_id);
    slmi_free(m);
    return status;
}
