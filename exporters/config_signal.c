/* SPDX-License-Identifier: MIT */
#include "exporters/config_signal.h"

#include <stdio.h>

enum { QUEUE_MAX = 1 << 20 };

const slmi_signal slmi_signal_traces = {
    .name = "TRACES",
    .path = "v1/traces",
    .endpoint = "config.endpoint",
    .batching = "OTEL_BSP_",
    .schedule_delay_ms = 5000,
};
const slmi_signal slmi_signal_logs = {
    .name = "LOGS",
    .path = "v1/logs",
    .endpoint = "config.logs.endpoint",
    .batching = "OTEL_BLRP_",
    .schedule_delay_ms = 1000,
};

const char *slmi_signal_env_of(const slmi_signal *signal, bool own, const char *what, char name[SLMI_VARIABLE_BYTES])
{
    snprintf(name, SLMI_VARIABLE_BYTES, "OTEL_EXPORTER_OTLP_%s%s%s", own ? signal->name : "", own ? "_" : "", what);
    return slmi_env(name);
}

const char *slmi_signal_env(const slmi_signal *signal, const char *what, char name[SLMI_VARIABLE_BYTES])
{
    const char *value = slmi_signal_env_of(signal, true, what, name);
    return value ? value : slmi_signal_env_of(signal, false, what, name);
}

static const char *batching_name(const slmi_signal *signal, const char *what, char name[SLMI_VARIABLE_BYTES])
{
    snprintf(name, SLMI_VARIABLE_BYTES, "%s%s", signal->batching, what);
    return name;
}

void slmi_signal_read_batching(const slmi_signal *signal, slmi_settings *settings, const slm_config *config,
                               slmi_complaints *complaints)
{
    char name[SLMI_VARIABLE_BYTES];
    settings->queue_spans = 2048;
    settings->batch_spans = 512;
    settings->schedule_delay_ms = signal->schedule_delay_ms;
    settings->export_timeout_ms = 30000;
    slmi_env_number(batching_name(signal, "MAX_QUEUE_SIZE", name), 1, QUEUE_MAX, &settings->queue_spans, complaints);
    slmi_env_number(batching_name(signal, "MAX_EXPORT_BATCH_SIZE", name), 1, QUEUE_MAX, &settings->batch_spans,
                    complaints);
    slmi_env_number(batching_name(signal, "SCHEDULE_DELAY", name), 1, INT32_MAX, &settings->schedule_delay_ms,
                    complaints);
    slmi_env_timeout(batching_name(signal, "EXPORT_TIMEOUT", name), &settings->export_timeout_ms, complaints);
    if (config->queue_spans > 0)
        settings->queue_spans = config->queue_spans < QUEUE_MAX ? config->queue_spans : QUEUE_MAX;
    if (config->batch_spans > 0)
        settings->batch_spans = config->batch_spans;
    if (config->schedule_delay_ms > 0)
        settings->schedule_delay_ms = config->schedule_delay_ms;
    if (config->export_timeout_ms > 0)
        settings->export_timeout_ms = config->export_timeout_ms;
    if (settings->batch_spans > settings->queue_spans)
        settings->batch_spans = settings->queue_spans;
}
