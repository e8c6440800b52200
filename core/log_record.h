/* SPDX-License-Identifier: MIT */
/* Events as records of their own, for pipelines that export logs: a slot each, of type LOG, that is never open and goes
 * through the same rings, queues and ledgers as an ended span's. Its arena holds the event as a span's would. */
#ifndef SPANLOOM_CORE_LOG_RECORD_H
#define SPANLOOM_CORE_LOG_RECORD_H

#include "core/hit.h"

/* Queues what `hit` says for the pipelines of `layers`. Whose span it is in is held meanwhile. Inside a guard, outside
 * any busy section. */
void slmi_log_record(slmi_thread *self, const slmi_dispatch *d, slm_hit *hit, uint32_t layers);

#endif
