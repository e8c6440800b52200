/* SPDX-License-Identifier: MIT */
/* Subscribers made of layers, the exporting ones included. */
#ifndef SPANLOOM_CORE_LAYERING_H
#define SPANLOOM_CORE_LAYERING_H

#include <spanloom/layer.h>
#include <spanloom/stats.h>

/* Layers in the order in which they are told. */
typedef struct slmi_layering {
    const slm_layer *layers;
    size_t count;
    unsigned exports; /* exporting layers, which hand ended spans to pipelines 0, 1, ... */
    /* Of each of them; taken on success; NULL takes all. The same pointer may stand several times. */
    slm_filter *export_filters[SLM_PIPELINES_MAX];
    /* Told of the spans that any exporting layer takes; without filters of their own. While they are told of an end,
     * nobody else writes to the span. */
    const slm_layer *followers;
    size_t follower_count;
    uint32_t logs;  /* those of them that take events as log records, a bit each, and no spans */
    bool logs_only; /* events go there only, not into their spans as well */
} slmi_layering;

/* As slm_subscriber_of_layers(). */
SLM_API slm_status slmi_subscriber_layered(const slmi_layering *layering, slm_subscriber **out);

/* The same with `exports` layers that are filtered alike by `export_filter`. */
SLM_API slm_status slmi_subscriber_make(const slm_layer *layers, size_t count, unsigned exports,
                                        slm_filter *export_filter, slm_subscriber **out);

#endif
