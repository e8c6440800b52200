/* SPDX-License-Identifier: MIT */
/* From a queue's oldest spans to a body. */
#ifndef SPANLOOM_EXPORTERS_BATCH_H
#define SPANLOOM_EXPORTERS_BATCH_H

#include "exporters/pipeline.h"

/* Puts the oldest spans, at most a batch's worth, next to others of their scope, in the queue itself, encodes them from
 * the front until the body is full, and returns how many are in it: 0 if not even the first is, for the reason `why`.
 */
uint32_t slmi_batch_encode(slmi_pipeline *pipeline, slm_drop_reason *why);
/* What the body holds on to is given back. */
void slmi_batch_forget(slmi_pipeline *pipeline);

#endif
