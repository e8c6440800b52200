/* SPDX-License-Identifier: MIT */
/* Times as text. */
#ifndef SPANLOOM_CORE_LAYERS_STAMP_H
#define SPANLOOM_CORE_LAYERS_STAMP_H

#include "core/layers/text.h"

/* Nanoseconds since 1970 as 2026-11-23T02:14:52.123456Z. */
void slmi_stamp_utc(slmi_text *text, uint64_t ns);
/* With the process's time zone: 2026-11-23T03:14:52.123456+01:00. */
void slmi_stamp_local(slmi_text *text, uint64_t ns);
/* Seconds, in four columns, with nanoseconds: "   1.500000000s". */
void slmi_stamp_uptime(slmi_text *text, uint64_t ns);
/* With 3 significant digits: 1.23µs. */
void slmi_stamp_duration(slmi_text *text, uint64_t ns);

#endif
