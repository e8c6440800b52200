/* SPDX-License-Identifier: MIT */
/* What values are made of. */
#ifndef SPANLOOM_CORE_LAYERS_VALUE_H
#define SPANLOOM_CORE_LAYERS_VALUE_H

#include "core/layers/text.h"

/* How deep maps and lists are shown in lines; what lies deeper is left empty. */
enum { SLMI_SHOWN_DEPTH_MAX = 8 };

/* Element `at` of an array as it is read back, or as a caller passes it. */
slm_value slmi_value_element(const slm_value *array, size_t at);
/* ENOENT, else the number. */
void slmi_text_errno(slmi_text *text, int64_t number);

#endif
