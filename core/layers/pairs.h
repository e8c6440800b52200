/* SPDX-License-Identifier: MIT */
/* An event's fields as text, for an event that has no other. */
#ifndef SPANLOOM_CORE_LAYERS_PAIRS_H
#define SPANLOOM_CORE_LAYERS_PAIRS_H

#include <spanloom/subscriber.h>

#include "core/layers/text.h"

/* `key=value key=value`, control bytes escaped. */
void slmi_pairs(slmi_text *text, slm_hit *event);

#endif
