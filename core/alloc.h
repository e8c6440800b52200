/* SPDX-License-Identifier: MIT */
/* The one place that asks the system for memory. SLM_API on an slmi_ name: libspanloom-exporters links it; it is no
 * promise to users. */
#ifndef SPANLOOM_CORE_ALLOC_H
#define SPANLOOM_CORE_ALLOC_H

#include <spanloom/detail/base.h>

/* As malloc, realloc and free; NULL when there is none. Cold paths only. */
SLM_API void *slmi_alloc(size_t size);
SLM_API void *slmi_alloc_zeroed(size_t size);
SLM_API void *slmi_realloc(void *memory, size_t size);
SLM_API void slmi_free(void *memory);

#endif
