/* SPDX-License-Identifier: MIT */
/* Filters that were replaced. */
#ifndef SPANLOOM_CORE_RELOAD_H
#define SPANLOOM_CORE_RELOAD_H

#include "core/record.h"

/* Frees those that no thread is inside any more. Cold paths. */
void slmi_reload_collect(void);

#endif
