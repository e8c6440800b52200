/* SPDX-License-Identifier: MIT */
#ifndef SPANLOOM_CORE_VALUE_LENGTH_H
#define SPANLOOM_CORE_VALUE_LENGTH_H

#include <spanloom/value.h>

/* Cuts texts to `limit` characters and bytes to `limit` bytes, also those within arrays, maps and lists, whose elements
 * are the caller's to change. */
void slmi_value_shorten(slm_value *value, uint32_t limit);

#endif
