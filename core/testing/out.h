/* SPDX-License-Identifier: MIT */
/* Text that grows, for what tests print. */
#ifndef SPANLOOM_CORE_TESTING_OUT_H
#define SPANLOOM_CORE_TESTING_OUT_H

#include <spanloom/value.h>

enum { SLMI_OUT_BYTES_MAX = 16 * 1024 * 1024 };

/* Zero is empty. Terminated once it holds something; cut at its maximum or when memory runs out. */
typedef struct slmi_out {
    char *data;
    size_t len, room;
} slmi_out;

void slmi_out_put(slmi_out *out, slm_string text);
void slmi_out_format(slmi_out *out, const char *format, ...) SLM_PRINTF(2, 3);
/* The value as expectations write it. */
void slmi_out_value(slmi_out *out, const slm_value *value);
const char *slmi_out_text(const slmi_out *out);
void slmi_out_free(slmi_out *out);

#endif
