/* SPDX-License-Identifier: MIT */
#ifndef SPANLOOM_EXPORTERS_UNSUPPORTED_H
#define SPANLOOM_EXPORTERS_UNSUPPORTED_H

#include "exporters/environment.h"

/* Names what OpenTelemetry's environment asks for and this library does not do: it is ignored. */
void slmi_unsupported_name(slmi_complaints *complaints);

#endif
