/* SPDX-License-Identifier: MIT */
/* The one place that asks the system for memory. */
#ifndef SPANLOOM_CORE_ALLOC_H
#define SPANLOOM_CORE_ALLOC_H

#include <stddef.h>

/* As malloc, realloc and free; NULL when there is none. Cold paths only. */
void *slmi_alloc(size_t size);
void *slmi_alloc_zeroed(size_t size);
void *slmi_realloc(void *memory, size_t size);
void slmi_free(void *memory);

#endif
