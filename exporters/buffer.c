/* SPDX-License-Identifier: MIT */
#include "exporters/buffer.h"

#include "core/alloc.h"

#include <stdint.h>

enum { FIRST_ROOM = 4096 };

void slmi_buffer_init(slmi_buffer *buffer, size_t max)
{
    /* Keeps every sum of lengths below from wrapping. */
    const size_t limit = SIZE_MAX / 4;
    *buffer = (slmi_buffer){ .max = max < limit ? max : limit };
}

void slmi_buffer_free(slmi_buffer *buffer)
{
    if (!buffer)
        return;
    slmi_free(buffer->data);
    slmi_buffer_init(buffer, buffer->max);
}

void slmi_buffer_fail(slmi_buffer *buffer)
{
    buffer->failed = true;
}

char *slmi_buffer_grow(slmi_buffer *buffer, size_t used, size_t bytes)
{
    if (buffer->failed)
        return NULL;

    size_t limit = buffer->max + SLMI_BUFFER_SLACK;
    if (used > buffer->max || bytes > limit - used) {
        slmi_buffer_fail(buffer);
        return NULL;
    }

    size_t room = buffer->room < FIRST_ROOM / 2 ? FIRST_ROOM : 2 * buffer->room;
    if (room < used + bytes)
        room = used + bytes;
    if (room > limit)
        room = limit;

    char *data = slmi_realloc(buffer->data, room);
    if (!data) {
        slmi_buffer_fail(buffer);
        return NULL;
    }
    buffer->data = data;
    buffer->room = room;
    return data + used;
}
