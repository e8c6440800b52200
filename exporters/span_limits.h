/* SPDX-License-Identifier: MIT */
#ifndef SPANLOOM_EXPORTERS_SPAN_LIMITS_H
#define SPANLOOM_EXPORTERS_SPAN_LIMITS_H

#include "exporters/environment.h"
#include <spanloom/sdk.h>
#include <spanloom/span_limits.h>

/* What the code says, else the environment, variable by variable. */
void slmi_span_limits_read(slm_span_limits *out, const slm_config *config, slmi_complaints *complaints);

#endif
