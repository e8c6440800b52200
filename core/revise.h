/* SPDX-License-Identifier: MIT */
/* Open spans, after a reload. */
#ifndef SPANLOOM_CORE_REVISE_H
#define SPANLOOM_CORE_REVISE_H

#include "core/dispatch.h"

/* Tells the filter that layer `at` has now of the spans that are open, each after its parent, and decides anew which of
 * them the layer takes. Without memory it takes each for a root. Inside a guard. */
void slmi_revise_open(slmi_thread *self, slmi_dispatch *d, unsigned at);

#endif
