/* SPDX-License-Identifier: MIT */
/* What an exported span says beside what the program recorded, if the host asks for it: where it is in the code, its
 * level and target, the thread that started it, and for how long a thread was inside.
 *
 * What is static is read from the site. The rest is kept in a place of the span, by callbacks that layers of pipelines
 * have then: a process that does not ask pays for none of it. */
#ifndef SPANLOOM_CORE_DETAILS_H
#define SPANLOOM_CORE_DETAILS_H

#include "core/dispatch.h"

enum { SLMI_DETAILS_MAX = 8, SLMI_EVENT_DETAILS_MAX = 3 };

/* Asks for slm_detail bits. The subscriber exports, and is nobody's yet. */
SLM_API void slmi_details_ask(slm_subscriber *subscriber, uint32_t details);

/* Those of an ended span, and of an event in it; how many. Texts lie in the record and its site. */
unsigned slmi_details_of(const slmi_slot *slot, slm_field out[SLMI_DETAILS_MAX]);
unsigned slmi_details_of_event(const slmi_slot *slot, const slm_metadata *event, slm_field out[SLMI_EVENT_DETAILS_MAX]);
/* What these bits ask for of a site alone. */
unsigned slmi_details_of_site(uint32_t details, const slm_metadata *site, slm_field out[SLMI_EVENT_DETAILS_MAX]);

#endif
