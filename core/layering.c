/* SPDX-License-Identifier: MIT */
#include "core/layering.h"

#include "core/alloc.h"
#include "core/dispatch.h"
#include "core/parent_table.h"

static uint32_t aligned(uint32_t bytes)
{
    return (bytes + 7u) & ~7u;
}

void slmi_dispatch_set_filter(slmi_dispatch *d, unsigned at, slm_filter *filter)
{
    uint32_t bit = UINT32_C(1) << at;
    bool told = filter && !d->layers[at].shares;
    uint32_t starts = told && filter->starts ? bit : 0, records = told && filter->records ? bit : 0;
    atomic_store_explicit(&d->layers[at].filter, filter, memory_order_release);
    atomic_store_explicit(&d->filter_starts, (d->filter_starts & ~bit) | starts, memory_order_relaxed);
    atomic_store_explicit(&d->filter_records, (d->filter_records & ~bit) | records, memory_order_relaxed);
    atomic_store_explicit(&d->filter_events, (d->filter_events & ~bit) | (filter && filter->events ? bit : 0),
                          memory_order_relaxed);
}

/* The filter's place: its own, or that of the layer which has the same filter. */
static void add_filter(slmi_dispatch *d, slmi_layer *layer, slm_filter *filter, const slmi_layer *same)
{
    layer->filter_bytes = filter ? filter->place_bytes : 0;
    layer->filter_place = same ? same->filter_place : d->filter_places;
    layer->shares = same != NULL;
    if (!same)
        d->filter_places += layer->filter_bytes ? layer->filter_bytes + (uint32_t)sizeof(uint64_t) : 0;
    slmi_dispatch_set_filter(d, (unsigned)(layer - d->layers), filter);
}

static void add_layer(slmi_dispatch *d, const slm_layer *layer)
{
    uint32_t bit = UINT32_C(1) << d->count;
    slmi_layer *l = &d->layers[d->count++];
    l->pipeline = -1;
    add_filter(d, l, layer->filter, NULL);
    l->ops = layer->ops;
    l->self = layer->self;
    d->on_start |= layer->ops->on_start ? bit : 0;
    d->on_record |= layer->ops->on_record ? bit : 0;
    d->on_event |= layer->ops->on_event ? bit : 0;
    d->on_enter |= layer->ops->on_enter ? bit : 0;
    d->on_exit |= layer->ops->on_exit ? bit : 0;
    bool has_ending = layer->ops->size >= offsetof(slm_layer_ops, on_ending) + sizeof layer->ops->on_ending;
    d->on_ending |= has_ending && layer->ops->on_ending ? bit : 0;
    d->on_end |= layer->ops->on_end ? bit : 0;
    d->scopes |= layer->flags & SLM_LAYER_SCOPES ? bit : 0;
    d->timeless &= (layer->flags & SLM_LAYER_TIMELESS) != 0;
}

static void add_pipeline(slmi_dispatch *d, unsigned pipeline, slm_filter *filter, bool logs)
{
    uint32_t bit = UINT32_C(1) << d->count;
    slmi_layer *l = &d->layers[d->count++];
    const slmi_layer *same = NULL;
    uint8_t group = d->groups;
    for (unsigned i = 0; i < pipeline && !same; i++) {
        const slmi_layer *earlier = l - pipeline + i;
        if (slmi_layer_filter(earlier) == filter) {
            same = earlier;
            group = d->group[i];
        }
    }
    l->pipeline = (int)pipeline;
    add_filter(d, l, filter, same);
    *(logs ? &d->logs : &d->exports) |= bit;
    if (!same)
        d->groups++;
    d->group[pipeline] = group;
    d->group_layers[group] |= bit;
}

static slm_status check(const slmi_layering *in, slm_subscriber *const *out)
{
    if (in->count + in->exports + in->follower_count > SLM_LAYERS_MAX || in->exports > SLM_PIPELINES_MAX)
        return SLM_ERR_LIMIT;
    if (!out || (in->count && !in->layers))
        return SLM_ERR_INVALID_ARGUMENT;
    for (size_t i = 0; i < in->count; i++) {
        const slm_layer *layer = &in->layers[i];
        if (layer->size < sizeof *layer || !layer->ops || layer->ops->size < offsetof(slm_layer_ops, on_ending) ||
            layer->place_bytes > SLM_PLACE_BYTES_MAX)
            return SLM_ERR_INVALID_ARGUMENT;
    }
    return SLM_OK;
}

/* Where each has its place in a record: filters, layers, and then the table of parents if there is one. */
static slm_status add_all(slmi_dispatch *d, const slmi_layering *in)
{
    d->timeless = in->exports == 0;
    for (size_t i = 0; i < in->count; i++)
        add_layer(d, &in->layers[i]);
    for (unsigned i = 0; i < in->exports; i++)
        add_pipeline(d, i, in->export_filters[i], in->logs >> i & 1);
    d->logs_only = in->logs_only;
    for (size_t i = 0; i < in->follower_count; i++) {
        d->follows |= UINT32_C(1) << d->count;
        add_layer(d, &in->followers[i]);
    }
    d->places = d->filter_places;
    for (size_t i = 0; i < in->count; i++) {
        d->layers[i].place = d->places;
        d->places += aligned(in->layers[i].place_bytes);
    }
    if (d->places > SLM_PLACE_BYTES_MAX)
        return SLM_ERR_LIMIT;
    d->parents = d->places;
    d->places += slmi_parent_table_bytes(d);
    return slmi_dispatch_enlist(d);
}

slm_status slmi_subscriber_layered(const slmi_layering *in, slm_subscriber **out)
{
    slm_status status = check(in, out);
    if (status != SLM_OK)
        return status;
    slmi_dispatch *d = slmi_dispatch_create();
    if (!d || !slmi_pool_init(0)) {
        slmi_free(d);
        return SLM_ERR_NO_MEMORY;
    }
    status = add_all(d, in);
    if (status != SLM_OK) {
        slmi_free(d);
        return status;
    }
    for (size_t i = 0; i < in->count; i++)
        if (in->layers[i].place)
            *in->layers[i].place = d->layers[i].place;
    if (d->on_enter | d->on_exit)
        atomic_fetch_add_explicit(&slmi_watchers, 1, memory_order_relaxed);
    *out = (slm_subscriber *)d;
    return SLM_OK;
}

slm_status slmi_subscriber_make(const slm_layer *layers, size_t count, unsigned exports, slm_filter *export_filter,
                                slm_subscriber **out)
{
    slmi_layering layering = { .layers = layers, .count = count, .exports = exports };
    for (unsigned i = 0; i < exports && i < SLM_PIPELINES_MAX; i++)
        layering.export_filters[i] = export_filter;
    return slmi_subscriber_layered(&layering, out);
}

slm_status slm_subscriber_of_layers(const slm_layer *layers, size_t count, slm_subscriber **out)
{
    return slmi_subscriber_make(layers, count, 0, NULL, out);
}
