/* SPDX-License-Identifier: MIT */
#include "exporters/config_logs.h"

#include "core/alloc.h"
#include "exporters/choice.h"
#include "exporters/config_otlp.h"
#include "exporters/config_pipelines.h"

#include <strings.h>

enum { PATH_BYTES = 4096 };

/* What the code says; false if it says nothing. */
static bool logs_of_code(const slm_config *config, slm_pipeline_config *out, slmi_complaints *complaints)
{
    if (!config->logs)
        return false;
    bool known = slmi_pipeline_adopt(config->logs, config->logs->size, out);
    uint32_t exporter = known ? out->exporter : 0;
    bool to_file = known && exporter == 0 && out->file;
    bool good = exporter == SLM_EXPORTER_OTLP || exporter == SLM_EXPORTER_OTLP_STDOUT || exporter == SLM_EXPORTER_NONE;
    if (!known || out->custom || (!good && !to_file) || (good && out->file)) {
        slmi_complain(complaints, "config.logs must have otlp, otlp/stdout, none or a file, and is ignored");
        return false;
    }
    return true;
}

static uint32_t exporter_of_environment(slmi_complaints *complaints)
{
    static const char variable[] = "OTEL_LOGS_EXPORTER";
    const char *list = slmi_env(variable);
    uint32_t exporter = SLM_EXPORTER_NONE;
    slm_string name;
    while (slmi_list_next(&list, &name)) {
        if (slm_string_equal(name, slm_string_from_c("otlp")))
            exporter = SLM_EXPORTER_OTLP;
        else if (name.len > 0 && !slm_string_equal(name, slm_string_from_c("none")))
            slmi_complain(complaints, "%s: \"%.*s\" is not supported and is left out", variable,
                          (int)(name.len < 40 ? name.len : 40), name.data);
    }
    return exporter;
}

static uint32_t events_of(const slm_config *config, slmi_complaints *complaints)
{
    static const char variable[] = "SPANLOOM_EVENTS";
    static const char *const names[] = { "logs", "both", "spans" }; /* in slm_events's order */
    const char *text = slmi_env(variable);
    if (config->events > SLM_EVENTS_SPANS)
        slmi_complain(complaints, "config.events=%u is none", (unsigned)config->events);
    else if (config->events > 0)
        return config->events;
    for (uint32_t i = 0; text && i < sizeof names / sizeof *names; i++) {
        if (strcasecmp(text, names[i]) == 0)
            return i + 1;
    }
    if (text)
        slmi_complain(complaints, "%s=%.40s is none of logs, both and spans", variable, text);
    return 0;
}

/* What the machine asks of a pipeline's settings, and all of them have in common. */
static void share(slmi_settings *logs, const slmi_settings *settings)
{
    logs->by_host = settings->by_host;
    logs->resolver = settings->resolver;
    logs->worker = settings->worker;
    logs->transport = settings->transport;
    logs->who = settings->who;
}

static void read(slmi_settings *logs, const slm_config *config, const slm_pipeline_config *pipeline,
                 slmi_complaints *complaints)
{
    slm_config derived = *config;
    derived.endpoint = NULL; /* that of spans */
    slmi_pipeline_derive(&derived, pipeline);
    logs->logs = true;
    logs->simple = pipeline->processing == SLM_PROCESSING_SIMPLE;
    logs->exporters = pipeline->file ? SLMI_EXPORTER_FILE : pipeline->exporter;
    slmi_choose_text(&logs->file, pipeline->file, NULL, PATH_BYTES, complaints);
    slmi_choose_text(&logs->export_filter, pipeline->filter, NULL, SLMI_FILTER_BYTES, complaints);
    slmi_settings_leave_http(logs, config, complaints);
    slmi_signal_read_batching(&slmi_signal_logs, logs, &derived, complaints);
    if (logs->exporters & SLM_EXPORTER_OTLP)
        slmi_otlp_configure(&slmi_signal_logs, logs, &derived, complaints);
    slmi_settings_read_certificates(logs, complaints);
}

slm_status slmi_config_logs_read(slmi_settings *settings, const slm_config *config, slmi_complaints *complaints)
{
    slm_pipeline_config pipeline = { .size = (uint32_t)sizeof pipeline };
    uint32_t events = events_of(config, complaints);
    if (!logs_of_code(config, &pipeline, complaints))
        pipeline.exporter = exporter_of_environment(complaints);
    if (pipeline.exporter == SLM_EXPORTER_NONE) {
        if (events == SLM_EVENTS_LOGS || events == SLM_EVENTS_BOTH)
            slmi_complain(complaints, "events stay in their spans: OTEL_LOGS_EXPORTER exports none");
        return SLM_OK;
    }
    if (events == SLM_EVENTS_SPANS)
        return SLM_OK;
    if (settings->pipeline_count == SLM_PIPELINES_MAX) {
        slmi_complain(complaints, "logs are left out: there are %u pipelines already", (unsigned)SLM_PIPELINES_MAX);
        return SLM_OK;
    }
    slmi_settings *logs = slmi_alloc_zeroed(sizeof *logs);
    if (!logs)
        return SLM_ERR_NO_MEMORY;
    share(logs, settings);
    read(logs, config, &pipeline, complaints);
    if (logs->exporters == SLM_EXPORTER_NONE) {
        slmi_settings_free(logs); /* nothing in this build can carry it, which was complained of */
        return SLM_OK;
    }
    settings->logs_only = events != SLM_EVENTS_BOTH;
    if (config->max_records == 0 && !slmi_env("SPANLOOM_MAX_RECORDS"))
        settings->max_records +=
            logs->queue_spans; /* or a receiver of logs that is down would leave no room to spans */
    settings->pipelines[settings->pipeline_count++] = logs;
    return SLM_OK;
}
