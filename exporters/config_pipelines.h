/* SPDX-License-Identifier: MIT */
/* Pipelines that the code sets up one by one: each has settings of its own, those of the process with its overrides. */
#ifndef SPANLOOM_EXPORTERS_CONFIG_PIPELINES_H
#define SPANLOOM_EXPORTERS_CONFIG_PIPELINES_H

#include "exporters/config.h"

/* Fills in `settings->pipelines` from `config`, what the caller's library knew of it. One that makes no sense is
 * complained of and left out. */
SLM_NODISCARD slm_status slmi_config_pipelines_read(slmi_settings *settings, const slm_config *config,
                                                    slmi_complaints *complaints);

#endif
