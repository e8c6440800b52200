/* SPDX-License-Identifier: MIT */
/* A finished span of its own, with all it points to. */
#ifndef SPANLOOM_CORE_TESTING_SPAN_COPY_H
#define SPANLOOM_CORE_TESTING_SPAN_COPY_H

#include <spanloom/span_data.h>

/* In one piece of memory, for slmi_free(); NULL without memory. The scope is not copied: it lives for good. */
slm_span_data *slmi_span_copy(const slm_span_data *span);

#endif
