/* SPDX-License-Identifier: MIT */
#include "exporters/config_pipelines.h"

#include "core/alloc.h"
#include "exporters/custom.h"
#include <spanloom/pipeline.h>

bool slmi_pipeline_adopt(const void *from, uint32_t size, slm_pipeline_config *known)
{
    *known = (slm_pipeline_config){ .size = (uint32_t)sizeof *known };
    if (size < 2 * sizeof(uint32_t) || size % sizeof(void *) != 0)
        return false;
    memcpy(known, from, size < sizeof *known ? size : sizeof *known);
    return known->size == size;
}

static bool adopt(const slm_config *config, uint32_t at, slm_pipeline_config *known)
{
    uint32_t size = config->pipelines->size;
    return slmi_pipeline_adopt((const char *)config->pipelines + (size_t)at * size, size, known);
}

/* Where it exports to: one of three ways. */
static bool has_one_way(const slm_pipeline_config *pipeline)
{
    const uint32_t all = 2 * (uint32_t)SLM_EXPORTER_OTLP_STDOUT - 1;
    uint32_t bit = pipeline->exporter;
    bool one_bit = bit != 0 && (bit & (bit - 1)) == 0 && (bit & all) == bit && bit != SLM_EXPORTER_NONE;
    unsigned ways = (bit != 0 ? 1u : 0u) + (pipeline->file ? 1u : 0u) + (pipeline->custom ? 1u : 0u);
    return ways == 1 && (bit == 0 || one_bit);
}

#define OVERRIDE(member)                                                                                               \
    if (pipeline->member)                                                                                              \
    config->member = pipeline->member

void slmi_pipeline_derive(slm_config *config, const slm_pipeline_config *pipeline)
{
    config->size = (uint32_t)sizeof *config;
    config->exporters = pipeline->exporter ? pipeline->exporter : (uint32_t)SLM_EXPORTER_NONE;
    config->file = pipeline->file;
    config->pipelines = NULL;
    config->pipeline_count = 0;
    config->resource_count = 0;
    config->sampler = NULL;
    config->id_generator = NULL;
    config->log_filter = NULL;
    OVERRIDE(queue_spans);
    OVERRIDE(batch_spans);
    OVERRIDE(schedule_delay_ms);
    OVERRIDE(export_timeout_ms);
    OVERRIDE(request_timeout_ms);
    OVERRIDE(protocol);
    OVERRIDE(compression);
    OVERRIDE(headers);
    OVERRIDE(ca_file);
    OVERRIDE(certificate_file);
    OVERRIDE(key_file);
    if (pipeline->endpoint && pipeline->exporter == SLM_EXPORTER_ZIPKIN)
        config->zipkin_endpoint = pipeline->endpoint;
    else if (pipeline->endpoint)
        config->endpoint = pipeline->endpoint;
    if (pipeline->filter)
        config->export_filter = pipeline->filter;
}

static slm_status read_one(slmi_settings *settings, const slm_config *config, const slm_pipeline_config *pipeline,
                           slmi_complaints *complaints)
{
    static const slm_pipeline_config no_logs = { .size = (uint32_t)sizeof no_logs, .exporter = SLM_EXPORTER_NONE };
    slm_status status;
    slm_config derived = *config;
    slmi_pipeline_derive(&derived, pipeline);
    derived.events = SLM_EVENTS_SPANS;
    derived.logs = &no_logs; /* they are not a pipeline's */
    slmi_settings *one = slmi_settings_read(&derived, complaints, &status);
    if (!one)
        return status;
    if (one->exporters == SLM_EXPORTER_NONE && !pipeline->custom) {
        slmi_settings_free(one); /* nothing in this build can carry it, which was complained of */
        return SLM_OK;
    }
    settings->pipelines[settings->pipeline_count++] = one;
    one->simple = pipeline->processing == SLM_PROCESSING_SIMPLE;
    one->who = settings->who;
    if (!pipeline->custom)
        return SLM_OK;

    const char *name = pipeline->name && *pipeline->name ? pipeline->name : "custom";
    one->exporters = SLMI_EXPORTER_CUSTOM;
    one->custom_self = pipeline->custom_self;
    one->name = slmi_alloc(strlen(name) + 1);
    if (!one->name)
        return SLM_ERR_NO_MEMORY;
    memcpy(one->name, name, strlen(name) + 1);
    return slmi_exporter_adopt(pipeline->custom, &one->custom) ? SLM_OK : SLM_ERR_INVALID_ARGUMENT;
}

slm_status slmi_config_pipelines_read(slmi_settings *settings, const slm_config *config, slmi_complaints *complaints)
{
    slm_pipeline_config pipeline;
    uint32_t count = config->pipelines ? config->pipeline_count : 0;
    slm_status status = count > SLM_PIPELINES_MAX ? SLM_ERR_LIMIT : SLM_OK;
    for (uint32_t i = 0; i < count && status == SLM_OK; i++) {
        if (!adopt(config, i, &pipeline))
            return SLM_ERR_INVALID_ARGUMENT;
        if (pipeline.processing > SLM_PROCESSING_SIMPLE)
            slmi_complain(complaints, "config.pipelines[%u].processing is none, using batches", (unsigned)i);
        if (has_one_way(&pipeline))
            status = read_one(settings, config, &pipeline, complaints);
        else
            slmi_complain(complaints, "config.pipelines[%u] must have one exporter, file or custom, and is left out",
                          (unsigned)i);
    }
    return status;
}
