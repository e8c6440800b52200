/* SPDX-License-Identifier: MIT */
#include "exporters/protobuf_writer.h"

#include "exporters/utf8.h"

#define HIGHS        0x8080808080808080u
#define REPLACEMENT  "\xef\xbf\xbd"
#define LENGTH_LIMIT ((size_t)1 << 7 * SLMI_PROTO_LENGTH_BYTES)

char *slmi_proto_close_wide(slmi_buffer *buffer, char *at, const slmi_frame *frame)
{
    size_t len = (size_t)(at - (buffer->data + frame->from));
    if (len >= LENGTH_LIMIT) {
        slmi_buffer_fail(buffer);
        return NULL;
    }
    unsigned width = slmi_proto_width(len);
    if (width <= frame->width) {
        slmi_proto_length(buffer->data + frame->from - frame->width, len, frame->width);
        return at;
    }
    unsigned more = width - frame->width;
    at = slmi_json_room(buffer, at, more);
    if (!at)
        return NULL;
    char *from = buffer->data + frame->from;
    memmove(from + more, from, len);
    slmi_proto_length(from - frame->width, len, width);
    return at + more;
}

char *slmi_proto_bytes(slmi_buffer *buffer, char *at, const void *bytes, size_t len)
{
    at = slmi_json_room(buffer, at, len);
    if (!at)
        return NULL;
    if (len >= LENGTH_LIMIT) {
        slmi_buffer_fail(buffer);
        return NULL;
    }
    at = slmi_proto_varint(at, len);
    if (len > 0)
        memcpy(at, bytes, len);
    return slmi_json_room(buffer, at + len, 0);
}

/* Copies `len` bytes and returns the top bits of all of them, in whatever place. */
static inline uint64_t copy_and_look(char *at, const char *from, size_t len)
{
    uint64_t seen = 0, word;
    if (len < 8) {
        for (size_t i = 0; i < len; i++) {
            at[i] = from[i];
            seen |= (unsigned char)from[i];
        }
        return seen & HIGHS;
    }
    for (size_t i = 0; i + 8 < len; i += 8) {
        memcpy(&word, from + i, sizeof word);
        memcpy(at + i, &word, sizeof word);
        seen |= word;
    }
    /* The last eight may overlap the ones before. */
    memcpy(&word, from + len - 8, sizeof word);
    memcpy(at + len - 8, &word, sizeof word);
    return (seen | word) & HIGHS;
}

/* The length of `text` once it is repaired; `*clean` if there is nothing to repair. */
static size_t repaired_length(slm_string text, bool *clean)
{
    size_t len = 0;
    *clean = true;
    for (size_t i = 0; i < text.len;) {
        bool well_formed;
        size_t step = slmi_utf8_next(text.data + i, text.len - i, &well_formed);
        len += well_formed ? step : sizeof REPLACEMENT - 1;
        *clean = *clean && well_formed;
        i += step;
    }
    return len;
}

/* Not all of `text` is ASCII. */
static char *text_repaired(slmi_buffer *buffer, char *at, slm_string text)
{
    bool clean;
    size_t len = repaired_length(text, &clean);
    if (clean)
        return slmi_proto_bytes(buffer, at, text.data, text.len);
    at = slmi_json_room(buffer, at, len);
    if (!at)
        return NULL;
    if (len >= LENGTH_LIMIT) {
        slmi_buffer_fail(buffer);
        return NULL;
    }
    at = slmi_proto_varint(at, len);
    for (size_t i = 0; i < text.len;) {
        bool well_formed;
        size_t step = slmi_utf8_next(text.data + i, text.len - i, &well_formed);
        if (well_formed) {
            memcpy(at, text.data + i, step);
            at += step;
        } else {
            at = SLMI_PUT(at, REPLACEMENT);
        }
        i += step;
    }
    return slmi_json_room(buffer, at, 0);
}

char *slmi_proto_text(slmi_buffer *buffer, char *at, slm_string text)
{
    at = slmi_json_room(buffer, at, text.len);
    if (!at || text.len >= LENGTH_LIMIT)
        return at ? text_repaired(buffer, at, text) : NULL;
    char *start = slmi_proto_varint(at, text.len);
    /* No text becomes shorter, so all of this room is sure to be used. */
    if (text.len > 0 && copy_and_look(start, text.data, text.len))
        return text_repaired(buffer, at, text);
    return slmi_json_room(buffer, start + text.len, 0);
}
