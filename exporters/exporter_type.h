/* SPDX-License-Identifier: MIT */
/* What an exporter is called in metrics. OpenTelemetry, Semantic conventions for SDK metrics, otel.component.type. */
#ifndef SPANLOOM_EXPORTERS_EXPORTER_TYPE_H
#define SPANLOOM_EXPORTERS_EXPORTER_TYPE_H

#include "exporters/config.h"

/* Of the exporter of `settings` that this bit stands for. Static. */
const char *slmi_exporter_type(const slmi_settings *settings, uint32_t bit);

#endif
