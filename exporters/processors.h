/* SPDX-License-Identifier: MIT */
/* The host's processors as layers that follow the exporting ones. */
#ifndef SPANLOOM_EXPORTERS_PROCESSORS_H
#define SPANLOOM_EXPORTERS_PROCESSORS_H

#include <spanloom/sdk.h>

struct slm_layer;

/* As many layers as `config` has processors, in `*out`, which the next call overwrites: one call at a time. None on
 * failure. The one who is given them calls their destroy(). */
SLM_NODISCARD slm_status slmi_processors_make(const slm_config *config, const struct slm_layer **out, size_t *count);
/* They are in force: their shutdown is called from now on. */
void slmi_processors_commit(void);

/* Flushes those that live, one after the other. Any thread. */
slm_status slmi_processors_flush(uint32_t timeout_ms);

#endif
