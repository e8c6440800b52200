/* SPDX-License-Identifier: MIT */
#include "viewer/memory.h"

#include "viewer/utf8.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CHUNK = 256, LARGEST_CHUNK = 8192 };

struct slmi_view_chunk {
    struct slmi_view_chunk *next;
    size_t size, used; /* Of `bytes`. */
    alignas(max_align_t) unsigned char bytes[];
};

void *slmi_view_alloc(size_t size)
{
    return calloc(1, size ? size : 1);
}

void *slmi_view_realloc(void *memory, size_t size)
{
    return realloc(memory, size ? size : 1);
}

void slmi_view_free(void *memory)
{
    free(memory);
}

static struct slmi_view_chunk *add_chunk(slmi_view_arena *arena, size_t wanted)
{
    size_t size = arena->chunks ? arena->chunks->size * 2 : FIRST_CHUNK;
    if (size > LARGEST_CHUNK)
        size = LARGEST_CHUNK;
    if (size < wanted)
        size = wanted;
    struct slmi_view_chunk *chunk = slmi_view_alloc(sizeof *chunk + size);
    if (!chunk)
        return NULL;
    chunk->size = size;
    chunk->next = arena->chunks;
    arena->chunks = chunk;
    arena->bytes += sizeof *chunk + size;
    return chunk;
}

void *slmi_view_arena_get(slmi_view_arena *arena, size_t size)
{
    const size_t grain = alignof(max_align_t);
    if (size > SIZE_MAX / 2)
        return NULL;
    size = (size + grain - 1) / grain * grain;

    struct slmi_view_chunk *chunk = arena->chunks;
    if (!chunk || chunk->size - chunk->used < size)
        chunk = add_chunk(arena, size);
    if (!chunk)
        return NULL;
    void *memory = chunk->bytes + chunk->used;
    chunk->used += size;
    return memory;
}

const char *slmi_view_arena_text(slmi_view_arena *arena, const char *text, size_t len)
{
    size_t needed = slmi_view_utf8_clean(NULL, text, len);
    char *copy = slmi_view_arena_get(arena, needed + 1);
    if (copy)
        slmi_view_utf8_clean(copy, text, len);
    return copy;
}

void slmi_view_arena_free(slmi_view_arena *arena)
{
    struct slmi_view_chunk *chunk = arena->chunks;
    while (chunk) {
        struct slmi_view_chunk *next = chunk->next;
        slmi_view_free(chunk);
        chunk = next;
    }
    *arena = (slmi_view_arena){ 0 };
}
