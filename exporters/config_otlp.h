/* SPDX-License-Identifier: MIT */
/* Where OTLP goes, and how. OpenTelemetry Protocol Exporter, configuration options. */
#ifndef SPANLOOM_EXPORTERS_CONFIG_OTLP_H
#define SPANLOOM_EXPORTERS_CONFIG_OTLP_H

#include "exporters/config_signal.h"

/* Reads what `settings` have for OTLP, of this signal; names of files, not yet what is in them. */
void slmi_otlp_configure(const slmi_signal *signal, slmi_settings *settings, const slm_config *config,
                         slmi_complaints *complaints);

#endif
