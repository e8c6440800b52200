/* SPDX-License-Identifier: MIT */
#include "exporters/grpc_frame.h"

#include "core/alloc.h"

#include <zlib.h>

enum { WINDOW_BITS = 15 + 16, PIECE_BYTES = 64 * 1024 };

void slmi_grpc_prefix(unsigned char *out, bool compressed, size_t len)
{
    out[0] = compressed;
    for (unsigned i = 0; i < 4; i++)
        out[1 + i] = (unsigned char)(len >> (24 - 8 * i));
}

static size_t read_length(const char *data)
{
    const unsigned char *at = (const unsigned char *)data + 1;
    return (size_t)at[0] << 24 | (size_t)at[1] << 16 | (size_t)at[2] << 8 | at[3];
}

bool slmi_grpc_reply_is_too_long(const char *data, size_t len)
{
    return len >= SLMI_GRPC_PREFIX_BYTES && read_length(data) > SLMI_GRPC_RESPONSE_MAX;
}

static void *take_memory(void *unused, uInt items, uInt size)
{
    (void)unused;
    return slmi_alloc_zeroed((size_t)items * size);
}

static void give_memory(void *unused, void *memory)
{
    (void)unused;
    slmi_free(memory);
}

/* A few bytes can say megabytes: the output's maximum ends it. */
static slmi_grpc_reply inflate_all(const char *from, size_t len, slmi_buffer *out)
{
    z_stream stream = { .zalloc = take_memory,
                        .zfree = give_memory,
                        .next_in = (z_const Bytef *)(z_const void *)from,
                        .avail_in = (uInt)len };
    if (inflateInit2(&stream, WINDOW_BITS) != Z_OK)
        return SLMI_GRPC_REPLY_NONE;
    int result = Z_OK;
    while (result == Z_OK && !out->failed) {
        char *at = slmi_buffer_reserve(out, SLMI_BUFFER_SLACK);
        if (!at)
            break;
        size_t room = out->room - out->len;
        stream.next_out = (Bytef *)at;
        stream.avail_out = room < PIECE_BYTES ? (uInt)room : (uInt)PIECE_BYTES;
        result = inflate(&stream, Z_NO_FLUSH);
        slmi_buffer_commit(out, (char *)stream.next_out);
    }
    inflateEnd(&stream);
    if (out->failed)
        return SLMI_GRPC_REPLY_TOO_LONG;
    return result == Z_STREAM_END ? SLMI_GRPC_REPLY_WHOLE : SLMI_GRPC_REPLY_NONE;
}

slmi_grpc_reply slmi_grpc_reply_read(const char *data, size_t len, slmi_buffer *room, const char **body,
                                     size_t *body_len)
{
    if (slmi_grpc_reply_is_too_long(data, len))
        return SLMI_GRPC_REPLY_TOO_LONG;
    if (len < SLMI_GRPC_PREFIX_BYTES || len - SLMI_GRPC_PREFIX_BYTES < read_length(data))
        return SLMI_GRPC_REPLY_NONE;
    *body = data + SLMI_GRPC_PREFIX_BYTES;
    *body_len = read_length(data);
    if (data[0] == 0)
        return SLMI_GRPC_REPLY_WHOLE;
    slmi_grpc_reply result = inflate_all(*body, *body_len, room);
    *body = room->data;
    *body_len = room->len;
    return result;
}
