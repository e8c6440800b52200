/* SPDX-License-Identifier: MIT */
#include "exporters/config.h"

#include <spanloom/sampler.h>

#include "exporters/deadline.h"

#include <inttypes.h>
#include <stdio.h>

static void show_ms(char *text, size_t room, uint32_t wait_ms)
{
    if (wait_ms == SLMI_ENDLESS_MS)
        snprintf(text, room, "endless");
    else
        snprintf(text, room, "%" PRIu32 " ms", wait_ms);
}

static const char *text_of(const slmi_settings *settings, const char *key, size_t *len)
{
    const slm_resource *resource = &settings->resource.resource;
    for (uint32_t i = 0; i < resource->field_count; i++) {
        const slm_value *value = &resource->fields[i].value;
        if (slm_string_equal(resource->fields[i].key, slm_string_from_c(key)) && value->type == SLM_TYPE_STRING) {
            *len = value->len;
            return value->as.s;
        }
    }
    *len = 0;
    return "";
}

static void show_otlp(char *text, size_t room, const slmi_settings *settings)
{
    char timeout[24];
    show_ms(timeout, sizeof timeout, settings->otlp_timeout_ms);
    snprintf(text, room, " otlp (%s%s to %.80s%s, headers %zu, timeout %s)",
             settings->otlp_grpc       ? "grpc"
             : settings->otlp_protobuf ? "http/protobuf"
                                       : "http/json",
             settings->otlp_gzip ? " gzip" : "", settings->otlp_url.shown,
             settings->otlp_proxy.text[0] ? " by proxy" : "", settings->header_count, timeout);
}

static void show_logs(char *text, size_t room, const slmi_settings *settings)
{
    unsigned count = settings->pipeline_count;
    const slmi_settings *logs =
        count > 0 && settings->pipelines[count - 1]->logs ? settings->pipelines[count - 1] : NULL;
    char otlp[200] = " otlp/stdout";
    if (logs && logs->exporters & SLM_EXPORTER_OTLP)
        show_otlp(otlp, sizeof otlp, logs);
    snprintf(text, room, "%s%s%s", logs ? ", logs" : "", logs ? (logs->file ? " file" : otlp) : "",
             logs && !settings->logs_only ? " and spans" : "");
}

void slmi_settings_show(const slmi_settings *settings, char *line, size_t room)
{
    char otlp[200] = "", zipkin[160] = "", logs[220], export_timeout[24], zipkin_timeout[24];
    size_t service_len;
    const char *service = text_of(settings, "service.name", &service_len);
    show_ms(export_timeout, sizeof export_timeout, settings->export_timeout_ms);
    show_ms(zipkin_timeout, sizeof zipkin_timeout, settings->zipkin_timeout_ms);
    if (settings->exporters & SLM_EXPORTER_OTLP)
        show_otlp(otlp, sizeof otlp, settings);
    show_logs(logs, sizeof logs, settings);
    if (settings->exporters & SLM_EXPORTER_ZIPKIN)
        snprintf(zipkin, sizeof zipkin, " zipkin (to %.80s%s, timeout %s)", settings->zipkin_url.shown,
                 settings->zipkin_proxy.text[0] ? " by proxy" : "", zipkin_timeout);
    snprintf(line, room,
             "service.name %.*s; export%s%s%s%s%s%s%s; queue %" PRIu32 ", batch %" PRIu32 ", delay %" PRIu32
             " ms, export timeout %s; print %.40s, export filter %.40s, sampler %.80s",
             (int)(service_len < 60 ? service_len : 60), service, otlp, zipkin,
             settings->exporters & SLM_EXPORTER_CONSOLE ? " console" : "",
             settings->exporters & SLM_EXPORTER_OTLP_STDOUT ? " otlp/stdout" : "", settings->file ? " file" : "",
             settings->disabled ? " nothing (OTEL_SDK_DISABLED)"
                                : (settings->exporters & SLM_EXPORTER_NONE ? " none" : ""),
             logs, settings->queue_spans, settings->batch_spans, settings->schedule_delay_ms, export_timeout,
             settings->log_filter ? settings->log_filter : "nothing",
             settings->export_filter ? settings->export_filter : "info",
             settings->sampler ? slm_sampler_description(settings->sampler) : "ParentBased{root:AlwaysOnSampler}");
}
