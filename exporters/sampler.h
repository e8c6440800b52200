/* SPDX-License-Identifier: MIT */
/* The sampler in force. OpenTelemetry Environment Variable Specification, OTEL_TRACES_SAMPLER. */
#ifndef SPANLOOM_EXPORTERS_SAMPLER_H
#define SPANLOOM_EXPORTERS_SAMPLER_H

#include <spanloom/sampler.h>
#include <spanloom/sdk.h>

#include "exporters/environment.h"

/* A reference to what the code gave, else to what the environment names; NULL for the default, ParentBased(AlwaysOn).
 */
slm_sampler *slmi_sampler_read(const slm_config *config, slmi_complaints *complaints);

/* A decimal number from 0 to 1, in every locale. */
bool slmi_ratio_parse(const char *text, double *out);

#endif
