/* SPDX-License-Identifier: MIT */
/* Who drives the machine, a thread or the host, and how others ask it for things. One a process. */
#ifndef SPANLOOM_EXPORTERS_DRIVE_H
#define SPANLOOM_EXPORTERS_DRIVE_H

#include "exporters/config.h"

/* Opens the machine and the registry's consumer side, and starts the thread if there is to be one; without a pipeline
 * none of it. Takes `settings` on success. curl_global_init() came first. SLM_ERR_EXISTS if it runs. */
SLM_NODISCARD slm_status slmi_drive_start(slmi_settings *settings);
/* As slm_flush() and slm_shutdown(). */
SLM_NODISCARD slm_status slmi_drive_flush(uint32_t timeout_ms);
slm_status slmi_drive_shutdown(uint32_t timeout_ms);
/* At exit(): as slm_shutdown() for at most a second, unless somebody did. On the drive's own thread it does nothing. */
void slmi_drive_exit(void);

#endif
