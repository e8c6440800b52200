/* SPDX-License-Identifier: MIT */
#include "exporters/gzip.h"

#include "core/alloc.h"

enum {
    LEVEL = 1,               /* 6 makes a body a tenth smaller for three times the time */
    WINDOW_BITS = 15 + 16,   /* 16: the gzip wrapper. zlib.h, deflateInit2() */
    MEMORY_LEVEL = 8,        /* zlib's default */
    PIECE_BYTES = 256 * 1024 /* of input, in a step */
};

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

bool slmi_gzip_begin(slmi_gzip *gzip, const char *from, size_t len, size_t max)
{
    z_stream *stream = &gzip->stream;
    slmi_buffer_free(&gzip->out);
    slmi_buffer_init(&gzip->out, max);
    gzip->from = from;
    gzip->left = len;
    if (gzip->ready)
        return deflateReset(stream) == Z_OK;
    *stream = (z_stream){ .zalloc = take_memory, .zfree = give_memory };
    gzip->ready = deflateInit2(stream, LEVEL, Z_DEFLATED, WINDOW_BITS, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) == Z_OK;
    return gzip->ready;
}

slmi_gzip_state slmi_gzip_step(slmi_gzip *gzip)
{
    z_stream *stream = &gzip->stream;
    size_t piece = gzip->left < PIECE_BYTES ? gzip->left : PIECE_BYTES;
    int result = Z_OK;
    stream->next_in = (z_const Bytef *)(z_const void *)gzip->from;
    stream->avail_in = (uInt)piece;
    gzip->from += piece;
    gzip->left -= piece;
    do {
        /* How much of it will be written nobody knows; so much more than the maximum may be asked for. */
        char *at = slmi_buffer_reserve(&gzip->out, SLMI_BUFFER_SLACK);
        if (!at)
            return SLMI_GZIP_FAILED;
        size_t room = gzip->out.room - gzip->out.len;
        stream->next_out = (Bytef *)at;
        stream->avail_out = room < PIECE_BYTES ? (uInt)room : (uInt)PIECE_BYTES;
        result = deflate(stream, gzip->left > 0 ? Z_NO_FLUSH : Z_FINISH);
        slmi_buffer_commit(&gzip->out, (char *)stream->next_out);
        if (gzip->out.failed || (result != Z_OK && result != Z_STREAM_END))
            return SLMI_GZIP_FAILED;
    } while (stream->avail_in > 0 || (gzip->left == 0 && result != Z_STREAM_END));
    return result == Z_STREAM_END ? SLMI_GZIP_DONE : SLMI_GZIP_MORE;
}

void slmi_gzip_forget(slmi_gzip *gzip)
{
    slmi_buffer_free(&gzip->out);
}

void slmi_gzip_free(slmi_gzip *gzip)
{
    slmi_buffer_free(&gzip->out);
    if (gzip->ready)
        deflateEnd(&gzip->stream);
    gzip->ready = false;
}
