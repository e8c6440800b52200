/* SPDX-License-Identifier: MIT */
/* The one place that asks for memory, so that a host's allocator and a limit hold for all of it. SLM_API on an slmi_
 * name: libspanloom-exporters links it; it is no promise to users.
 *
 * In front of each piece of the heap stands its size, since a host's free() is not told and the limit has to know. */
#ifndef SPANLOOM_CORE_ALLOC_H
#define SPANLOOM_CORE_ALLOC_H

#include <spanloom/detail/base.h>

#include <stdbool.h>

/* As malloc, realloc and free; NULL when there is none. Cold paths only. */
SLM_API void *slmi_alloc(size_t size);
SLM_API void *slmi_alloc_zeroed(size_t size);
SLM_API void *slmi_realloc(void *memory, size_t size);
SLM_API void slmi_free(void *memory);

/* `size` bytes of zeroed memory that cost nothing until touched, or NULL. Never given back. `counted` of them will be
 * touched at most in one process; the rest is for its forked children. Async-signal-safe. */
void *slmi_reserve(size_t size, size_t counted);

/* SPANLOOM_MEMORY_LIMIT, unless the program said otherwise. False: it is no number. */
SLM_API bool slmi_memory_limit_read(void);

/* In a forked child. Async-signal-safe. */
void slmi_alloc_fork_child(void);

#endif
