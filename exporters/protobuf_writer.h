/* SPDX-License-Identifier: MIT */
/* How protobuf's wire format is written: behind json_writer.h's `at` and its rule of room, with the lengths of nested
 * messages put in when they are known. https://protobuf.dev/programming-guides/encoding/ */
#ifndef SPANLOOM_EXPORTERS_PROTOBUF_WRITER_H
#define SPANLOOM_EXPORTERS_PROTOBUF_WRITER_H

#include "exporters/json_writer.h"

/* No length takes more bytes, so no message is longer than 256 MiB; what would be fails its buffer. */
enum { SLMI_PROTO_LENGTH_BYTES = 4 };

/* A message whose length is not known yet. An offset, for the buffer may move. */
typedef struct slmi_frame {
    size_t from;    /* of the message's first byte */
    unsigned width; /* bytes left for its length */
} slmi_frame;

/* The number of bytes of `number` as a varint. */
static inline unsigned slmi_proto_width(uint64_t number)
{
    unsigned width = 1;
    while (number >= 0x80) {
        number >>= 7;
        width++;
    }
    return width;
}

static inline char *slmi_proto_varint(char *at, uint64_t number)
{
    while (number >= 0x80) {
        *at++ = (char)(number | 0x80);
        number >>= 7;
    }
    *at++ = (char)number;
    return at;
}

static inline char *slmi_proto_fixed32(char *at, uint32_t number)
{
    for (int i = 0; i < 4; i++)
        at[i] = (char)(number >> 8 * i);
    return at + 4;
}

static inline char *slmi_proto_fixed64(char *at, uint64_t number)
{
    for (int i = 0; i < 8; i++)
        at[i] = (char)(number >> 8 * i);
    return at + 8;
}

/* A length of `width` bytes, which may be more than it takes: readers of varints allow for that. */
static inline void slmi_proto_length(char *at, size_t len, unsigned width)
{
    for (unsigned i = 0; i + 1 < width; i++, len >>= 7)
        at[i] = (char)(len | 0x80);
    at[width - 1] = (char)(len & 0x7f);
}

/* Leaves room for the length of a message of at least `at_least` bytes; a message that turns out to be longer is moved
 * up, so the nearer the better. */
static inline char *slmi_proto_open(const slmi_buffer *buffer, char *at, size_t at_least, slmi_frame *frame)
{
    unsigned width = at_least < 0x80 ? 1 : (at_least < 0x4000 ? 2 : (at_least < 0x200000 ? 3 : 4));
    *frame = (slmi_frame){ .from = (size_t)(at - buffer->data) + width, .width = width };
    return at + width;
}

/* The slow half of slmi_proto_close(). */
char *slmi_proto_close_wide(slmi_buffer *buffer, char *at, const slmi_frame *frame);

/* The message ends at `at`: puts in its length. Takes up to three bytes of the room. */
static inline char *slmi_proto_close(slmi_buffer *buffer, char *at, const slmi_frame *frame)
{
    if (!at)
        return NULL;
    char *from = buffer->data + frame->from;
    size_t len = (size_t)(at - from);
    if (len >= 0x80 || frame->width != 1)
        return slmi_proto_close_wide(buffer, at, frame);
    from[-1] = (char)len;
    return at;
}

/* Length and bytes. */
char *slmi_proto_bytes(slmi_buffer *buffer, char *at, const void *bytes, size_t len);
/* Length and text, ill-formed UTF-8 replaced by U+FFFD. Reads exactly `text.len` bytes. */
char *slmi_proto_text(slmi_buffer *buffer, char *at, slm_string text);

#endif
