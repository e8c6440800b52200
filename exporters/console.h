/* SPDX-License-Identifier: MIT */
/* Finished spans as text for people. */
#ifndef SPANLOOM_EXPORTERS_CONSOLE_H
#define SPANLOOM_EXPORTERS_CONSOLE_H

#include "exporters/encoder.h"

extern const slmi_encoder slmi_encoder_console;

#endif
