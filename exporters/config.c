/* SPDX-License-Identifier: MIT */
#include "exporters/config.h"

#include "core/alloc.h"
#include "core/install.h"
#include "exporters/choice.h"
#include "exporters/config_logs.h"
#include "exporters/config_otlp.h"
#include "exporters/config_pipelines.h"
#include "exporters/deadline.h"
#include "exporters/endpoint.h"
#include "exporters/sampler.h"
#include "exporters/unsupported.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

enum { RECORDS_DEFAULT = 4096, RECORDS_MAX = 1 << 20, PATH_BYTES = 4096 };

static const char zipkin_path[] = "api/v2/spans";

static const struct {
    const char *name;
    uint32_t bit;
} exporter_names[] = {
    { "otlp", SLM_EXPORTER_OTLP }, { "zipkin", SLM_EXPORTER_ZIPKIN },           { "console", SLM_EXPORTER_CONSOLE },
    { "none", SLM_EXPORTER_NONE }, { "otlp/stdout", SLM_EXPORTER_OTLP_STDOUT },
};

static uint32_t exporter_named(slm_string name)
{
    for (size_t i = 0; i < sizeof exporter_names / sizeof *exporter_names; i++) {
        if (slm_string_equal(name, slm_string_from_c(exporter_names[i].name)))
            return exporter_names[i].bit;
    }
    return 0;
}

static void read_exporters(slmi_settings *settings, const slm_config *config, slmi_complaints *complaints)
{
    const char *list = slmi_env("OTEL_TRACES_EXPORTER");
    const uint32_t all = 2 * (uint32_t)SLM_EXPORTER_OTLP_STDOUT - 1;
    slm_string name;
    bool unknown = false;
    settings->exporters = config->exporters & all;
    if (config->exporters & ~all)
        slmi_complain(complaints, "config.exporters has bits that are no exporter");
    while (config->exporters == 0 && slmi_list_next(&list, &name)) {
        uint32_t bit = exporter_named(name);
        settings->exporters |= bit;
        if (bit == 0 && name.len > 0) {
            slmi_complain(complaints, "OTEL_TRACES_EXPORTER: no exporter is named \"%.*s\"",
                          (int)(name.len < 40 ? name.len : 40), name.data);
            unknown = true;
        }
    }
    if (unknown && settings->exporters == 0)
        slmi_complain(complaints, "using otlp");
    if (settings->exporters == 0)
        settings->exporters = SLM_EXPORTER_OTLP;
    slmi_settings_leave_http(settings, config, complaints);
    if (settings->exporters & SLM_EXPORTER_NONE && settings->exporters != SLM_EXPORTER_NONE) {
        slmi_complain(complaints, "exporter none stands beside others, which are used");
        settings->exporters &= ~(uint32_t)SLM_EXPORTER_NONE;
    }
}

static void read_zipkin(slmi_settings *settings, const slm_config *config, slmi_complaints *complaints)
{
    static const char endpoint[] = "OTEL_EXPORTER_ZIPKIN_ENDPOINT";
    slmi_url *url = &settings->zipkin_url;
    const char *in_code = config->zipkin_endpoint;
    if (!slmi_endpoint_try("config.zipkin_endpoint", in_code, NULL, zipkin_path, url, complaints) &&
        !slmi_endpoint_try(endpoint, slmi_env(endpoint), NULL, zipkin_path, url, complaints))
        slmi_endpoint_default("http://localhost:9411", zipkin_path, url);
    slmi_endpoint_proxy(url, &settings->zipkin_proxy, complaints);

    settings->zipkin_timeout_ms = 10000;
    slmi_env_timeout("OTEL_EXPORTER_ZIPKIN_TIMEOUT", &settings->zipkin_timeout_ms, complaints);
    if (config->request_timeout_ms > 0)
        settings->zipkin_timeout_ms = config->request_timeout_ms;
}

static void read_log_level(slmi_settings *settings, slmi_complaints *complaints)
{
    static const char *const others[] = { "error", "warn", "info" };
    const char *level = slmi_env("OTEL_LOG_LEVEL");
    if (!level)
        return;
    settings->quiet = strcasecmp(level, "none") == 0;
    settings->show = strcasecmp(level, "debug") == 0;
    bool known = settings->quiet || settings->show;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        known = known || strcasecmp(level, others[i]) == 0;
    if (!known)
        slmi_complain(complaints, "OTEL_LOG_LEVEL=%.40s is no level, using info", level);
}

/* What is printed, and what an exported span says of itself. */
static void read_appearance(slmi_settings *settings, const slm_config *config, slmi_complaints *complaints)
{
    static const char *const details[] = { "code", "level", "target", "thread", "times" }; /* in slm_detail's order */
    const uint32_t count = sizeof details / sizeof *details, all = (UINT32_C(1) << count) - 1;
    const char *style = slmi_env("SPANLOOM_LOG_FORMAT"), *list = slmi_env("SPANLOOM_EXPORT_DETAILS");
    settings->log_format = config->log_format;
    if (!config->log_format && style && !slmi_style_named(style, &settings->log_style))
        slmi_complain(complaints, "SPANLOOM_LOG_FORMAT: no format is named \"%.40s\", using full", style);

    slm_string name;
    settings->details = config->export_details & all;
    if (config->export_details & ~all)
        slmi_complain(complaints, "config.export_details has bits that are no detail");
    while (config->export_details == 0 && slmi_list_next(&list, &name)) {
        uint32_t at = 0;
        while (at < count && !slm_string_equal(name, slm_string_from_c(details[at])))
            at++;
        settings->details |= at < count ? UINT32_C(1) << at : 0;
        if (at == count && name.len > 0)
            slmi_complain(complaints, "SPANLOOM_EXPORT_DETAILS: no detail is named \"%.*s\"",
                          (int)(name.len < 40 ? name.len : 40), name.data);
    }
}

/* What the caller's library knew of the struct. */
static bool adopt(const slm_config *config, slm_config *known)
{
    *known = (slm_config)SLM_CONFIG_INIT;
    if (!config)
        return true;
    if (config->size < 2 * sizeof(uint32_t))
        return false;
    memcpy(known, config, config->size < sizeof *known ? config->size : sizeof *known);
    if (!known->resource)
        known->resource_count = 0;
    return true;
}

slmi_settings *slmi_settings_read(const slm_config *config, slmi_complaints *complaints, slm_status *status)
{
    slm_config known;
    if (!adopt(config, &known)) {
        *status = SLM_ERR_INVALID_ARGUMENT;
        return NULL;
    }
    slmi_settings *settings = slmi_alloc_zeroed(sizeof *settings);
    if (!settings) {
        *status = SLM_ERR_NO_MEMORY;
        return NULL;
    }
    *status = SLM_OK;
    if (!slmi_memory_limit_read())
        slmi_complain(complaints, "SPANLOOM_MEMORY_LIMIT is not a number of bytes, there is no limit");
    read_log_level(settings, complaints);
    settings->disabled = slmi_env_bool("OTEL_SDK_DISABLED", complaints);
    slmi_choose_text(&settings->log_filter, known.log_filter, slmi_env("SPANLOOM_LOG"), SLMI_FILTER_BYTES, complaints);
    slmi_choose_text(&settings->export_filter, known.export_filter, slmi_env("SPANLOOM_EXPORT"), SLMI_FILTER_BYTES,
                     complaints);
    read_appearance(settings, &known, complaints);
    settings->max_records = RECORDS_DEFAULT;
    slmi_env_number("SPANLOOM_MAX_RECORDS", 1, RECORDS_MAX, &settings->max_records, complaints);
    if (known.max_records > 0)
        settings->max_records = known.max_records;
    settings->ids = known.id_generator;
    slmi_span_limits_read(&settings->limits, &known, complaints);
    slmi_settings_read_drive(settings, &known, complaints);
    if (settings->disabled) {
        settings->exporters = SLM_EXPORTER_NONE;
        return settings;
    }
    slmi_unsupported_name(complaints);
    settings->sampler = slmi_sampler_read(&known, complaints);
    if (known.pipelines) {
        known.exporters = SLM_EXPORTER_NONE;
        known.file = NULL;
    }
    read_exporters(settings, &known, complaints);
    slmi_choose_text(&settings->file, known.file, NULL, PATH_BYTES, complaints);
    if (settings->file)
        settings->exporters = (settings->exporters & ~(uint32_t)SLM_EXPORTER_NONE) | SLMI_EXPORTER_FILE;
    slmi_signal_read_batching(&slmi_signal_traces, settings, &known, complaints);
    slmi_settings_read_tail(settings, &known, complaints);
    if (settings->exporters & SLM_EXPORTER_OTLP)
        slmi_otlp_configure(&slmi_signal_traces, settings, &known, complaints);
    if (settings->exporters & SLM_EXPORTER_ZIPKIN)
        read_zipkin(settings, &known, complaints);
    slmi_settings_read_certificates(settings, complaints);
    slmi_resource_build(&settings->resource, &known, complaints);
    settings->who = &settings->resource.resource;
    *status = slmi_config_pipelines_read(settings, &known, complaints);
    if (*status == SLM_OK)
        *status = slmi_config_logs_read(settings, &known, complaints);
    if (*status == SLM_OK)
        return settings;
    slmi_settings_free(settings);
    return NULL;
}

void slmi_settings_free(slmi_settings *settings)
{
    if (!settings)
        return;
    for (size_t i = 0; i < settings->header_count; i++)
        slmi_free(settings->headers[i]);
    slmi_pem_free(&settings->ca);
    slmi_pem_free(&settings->certificate);
    slmi_pem_free(&settings->key);
    slmi_pem_free(&settings->system_ca);
    slmi_free(settings->ca_file);
    slmi_free(settings->certificate_file);
    slmi_free(settings->key_file);
    slmi_free(settings->file);
    slmi_free(settings->log_filter);
    slmi_free(settings->export_filter);
    slm_sampler_release(settings->sampler);
    for (unsigned i = 0; i < settings->pipeline_count; i++)
        slmi_settings_free(settings->pipelines[i]);
    slmi_free(settings->name);
    slmi_free(settings);
}
