/* SPDX-License-Identifier: MIT */
/* Events as records of their own, for pipelines that export logs: a slot each, of type LOG, that is never open and goes
 * through the same rings, queues and ledgers as an ended span's. Its arena holds the event as a span's would. */
#ifndef SPANLOOM_CORE_LOG_RECORD_H
#define SPANLOOM_CORE_LOG_RECORD_H

#include <spanloom/log_data.h>

#include "core/export.h"
#include "core/hit.h"

/* Queues what `hit` says for the pipelines of `layers`. Whose span it is in is held meanwhile. Inside a guard, outside
 * any busy section. */
void slmi_log_record(slmi_thread *self, const slmi_dispatch *d, slm_hit *hit, uint32_t layers);

/* The record as plain data. Valid until the next call with the same scratch or the release of the record. NULL if
 * memory ran out. */
SLM_API const slm_log_data *slmi_log_record_data(uint32_t record, slmi_scratch *scratch);

#endif
