/* SPDX-License-Identifier: MIT */
#include "core/alloc.h"

#include <stdlib.h>

void *slmi_alloc(size_t size)
{
    return malloc(size);
}

void *slmi_alloc_zeroed(size_t size)
{
    return calloc(1, size);
}

void *slmi_realloc(void *memory, size_t size)
{
    return realloc(memory, size);
}

void slmi_free(void *memory)
{
    free(memory);
}
