/* SPDX-License-Identifier: MIT */
/* What delivery tells the host, each kind once. */
#ifndef SPANLOOM_EXPORTERS_REPORT_H
#define SPANLOOM_EXPORTERS_REPORT_H

#include "exporters/pipeline.h"

/* An attempt failed and the next follows after `wait_ms`; 0: there is none. */
void slmi_report_unreachable(const slmi_pipeline *pipeline, const slmi_answer *answer, uint32_t wait_ms);
/* The batch was refused for good. */
void slmi_report_refused(const slmi_pipeline *pipeline, const slmi_answer *answer);
/* `rejected` of the batch were; 0: the receiver only had something to say. */
void slmi_report_partial(const slmi_pipeline *pipeline, const slmi_answer *answer, uint32_t rejected);
void slmi_report_queue_full(const slmi_pipeline *pipeline);
void slmi_report_too_large(const slmi_pipeline *pipeline);

/* At the end, if anything of the `count` pipelines' spans was lost: how many, of how many, and why. */
void slmi_report_losses(slmi_pipeline *pipelines, unsigned count);

#endif
