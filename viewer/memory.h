/* SPDX-License-Identifier: MIT */
/* The viewer's memory: the one place that asks the system, and an arena that a span keeps its parts in. */
#ifndef SPANLOOM_VIEWER_MEMORY_H
#define SPANLOOM_VIEWER_MEMORY_H

#include <stddef.h>

/* Zeroed; NULL when there is none. */
void *slmi_view_alloc(size_t size);
/* As realloc: what is new is not zeroed. */
void *slmi_view_realloc(void *memory, size_t size);
void slmi_view_free(void *memory);

/* Things that are freed together. Starts as all zero. */
typedef struct slmi_view_arena {
    struct slmi_view_chunk *chunks;
    size_t bytes; /* Asked of the system so far. */
} slmi_view_arena;

/* Zeroed and aligned for anything; NULL when there is no memory. */
void *slmi_view_arena_get(slmi_view_arena *arena, size_t size);
/* A terminated copy in which each byte that is not UTF-8 has become U+FFFD; NULL when there is no memory. */
const char *slmi_view_arena_text(slmi_view_arena *arena, const char *text, size_t len);
void slmi_view_arena_free(slmi_view_arena *arena);

#endif
