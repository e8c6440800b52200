/* SPDX-License-Identifier: MIT */
/* Where events go: into their spans, or out as log records, or both. OpenTelemetry SDK environment variables,
 * OTEL_LOGS_EXPORTER. */
#ifndef SPANLOOM_EXPORTERS_CONFIG_LOGS_H
#define SPANLOOM_EXPORTERS_CONFIG_LOGS_H

#include "exporters/config.h"

/* Adds the pipeline of log records, as the last one, if there is to be one. `config->size` is ours. */
SLM_NODISCARD slm_status slmi_config_logs_read(slmi_settings *settings, const slm_config *config,
                                               slmi_complaints *complaints);

#endif
