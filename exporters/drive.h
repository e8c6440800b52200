/* SPDX-License-Identifier: MIT */
/* The machine's own thread, and how others ask it for things. One a process.
 *
 * Locks: one mutex, over the requests and the state below it; never held while a pipeline, the registry or a handler of
 * the host's runs. */
#ifndef SPANLOOM_EXPORTERS_DRIVE_H
#define SPANLOOM_EXPORTERS_DRIVE_H

#include "exporters/config.h"

/* Opens the machine and the registry's consumer side, and starts the thread; without a pipeline none of it. Takes
 * `settings` on success. curl_global_init() came first. SLM_ERR_EXISTS if it runs. */
SLM_NODISCARD slm_status slmi_drive_start(slmi_settings *settings);
/* As slm_flush() and slm_shutdown(). */
SLM_NODISCARD slm_status slmi_drive_flush(uint32_t timeout_ms);
slm_status slmi_drive_shutdown(uint32_t timeout_ms);
/* At exit(): as slm_shutdown() for at most a second, unless somebody did. On the drive's own thread it does nothing. */
void slmi_drive_exit(void);

#endif
