/* SPDX-License-Identifier: MIT */
#include "viewer/inflate.h"

#include <limits.h>
#include <zlib.h>

enum { GZIP_ONLY = 16 }; /* Added to the window bits: inflateInit2() in zlib.h. */

bool slmi_view_inflate(const char *data, size_t len, slmi_view_text *out, slmi_view_refusal *refusal)
{
    z_stream stream = { 0 };
    if (len > UINT_MAX)
        return slmi_view_refuse(refusal, 413, "the gzip body is too large");
    if (inflateInit2(&stream, MAX_WBITS + GZIP_ONLY) != Z_OK)
        return slmi_view_refuse(refusal, 503, "out of memory");

    stream.next_in = (Bytef *)(uintptr_t)data; /* zlib does not write there. */
    stream.avail_in = (uInt)len;
    int status = Z_OK;
    while (status == Z_OK && !out->truncated) {
        unsigned char block[16384];
        stream.next_out = block;
        stream.avail_out = sizeof block;
        status = inflate(&stream, Z_NO_FLUSH);
        slmi_view_text_add(out, (const char *)block, sizeof block - stream.avail_out);
    }
    bool whole = status == Z_STREAM_END && stream.avail_in == 0;
    (void)inflateEnd(&stream);
    if (out->truncated)
        return slmi_view_refuse(refusal, 413, "the body inflates to more than %zu bytes", out->max);
    return whole || slmi_view_refuse(refusal, 400, "the body is not one whole gzip member");
}
