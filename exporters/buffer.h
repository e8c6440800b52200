/* SPDX-License-Identifier: MIT */
/* A growable run of bytes with a maximum. Once it fails, for want of memory or because its content would pass the
 * maximum, it stays failed and further writes do nothing, so that a writer need only look at the end. Content is then a
 * prefix of what was meant. One thread at a time. */
#ifndef SPANLOOM_EXPORTERS_BUFFER_H
#define SPANLOOM_EXPORTERS_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

typedef struct slmi_buffer {
    char *data; /* NULL until something is written; not terminated */
    size_t len; /* never above `max` */
    size_t room;
    size_t max;
    bool failed;
} slmi_buffer;

/* A writer may reserve up to this much more than it turns out to write and still use the buffer up to its very
 * maximum: that much more memory may be held. */
enum { SLMI_BUFFER_SLACK = 1024 };

/* An empty buffer that will hold at most `max` bytes. Takes no memory yet. */
void slmi_buffer_init(slmi_buffer *buffer, size_t max);
/* Gives its memory back; the buffer is empty then and may be used again. NULL is ignored. */
void slmi_buffer_free(slmi_buffer *buffer);

/* Forgets what was written after the first `len` bytes (at most the present length), and any failure. Keeps the
 * memory. */
static inline void slmi_buffer_rewind(slmi_buffer *buffer, size_t len)
{
    buffer->len = len;
    buffer->failed = false;
}

/* Makes the buffer fail. */
void slmi_buffer_fail(slmi_buffer *buffer);
/* The slow half of slmi_buffer_reserve(), which also moves what was written but is no content yet: room for `bytes`
 * bytes after the first `used`, which is not below `len`. */
char *slmi_buffer_grow(slmi_buffer *buffer, size_t used, size_t bytes);

/* Where the next `bytes` bytes may be written, or NULL if the buffer failed. Nothing is content before
 * slmi_buffer_commit(). All but SLMI_BUFFER_SLACK bytes of a reservation must be sure to be written. */
static inline char *slmi_buffer_reserve(slmi_buffer *buffer, size_t bytes)
{
    if (!buffer->failed && buffer->room - buffer->len >= bytes)
        return buffer->data + buffer->len;
    return slmi_buffer_grow(buffer, buffer->len, bytes);
}

/* Everything before `end`, which lies in the room reserved last, is content now. NULL is ignored. */
static inline void slmi_buffer_commit(slmi_buffer *buffer, const char *end)
{
    if (!end)
        return;
    size_t len = (size_t)(end - buffer->data);
    if (len <= buffer->max)
        buffer->len = len;
    else
        slmi_buffer_fail(buffer);
}

/* Appends a copy of `len` bytes. */
static inline void slmi_buffer_add(slmi_buffer *buffer, const void *bytes, size_t len)
{
    char *at = len > 0 ? slmi_buffer_reserve(buffer, len) : NULL;
    if (!at)
        return;
    memcpy(at, bytes, len);
    slmi_buffer_commit(buffer, at + len);
}

#endif
