/* SPDX-License-Identifier: MIT */
/* Pipelines that the code sets up one by one: each has settings of its own, those of the process with its overrides. */
#ifndef SPANLOOM_EXPORTERS_CONFIG_PIPELINES_H
#define SPANLOOM_EXPORTERS_CONFIG_PIPELINES_H

#include "exporters/config.h"
#include <spanloom/pipeline.h>

/* Fills in `settings->pipelines` from `config`, what the caller's library knew of it. One that makes no sense is
 * complained of and left out. */
SLM_NODISCARD slm_status slmi_config_pipelines_read(slmi_settings *settings, const slm_config *config,
                                                    slmi_complaints *complaints);

/* What the caller's library knew of one, whose `size` must be this. */
bool slmi_pipeline_adopt(const void *from, uint32_t size, slm_pipeline_config *known);
/* Makes of `config` what slm_init() would be told for this pipeline alone. */
void slmi_pipeline_derive(slm_config *config, const slm_pipeline_config *pipeline);

#endif
