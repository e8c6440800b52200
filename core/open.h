/* SPDX-License-Identifier: MIT */
/* All open spans of the process: a walk over the pool. */
#ifndef SPANLOOM_CORE_OPEN_H
#define SPANLOOM_CORE_OPEN_H

#include "core/record.h"

/* Calls `each` with every open span, pinned for the call, until it returns false. Not in a busy section. */
void slmi_open_each(slmi_thread *self, bool (*each)(void *user, slmi_slot *slot), void *user);

/* Whether a pinned record will be this pipeline's when it ends. */
bool slmi_open_is_for(const slmi_slot *slot, unsigned pipeline);

#endif
