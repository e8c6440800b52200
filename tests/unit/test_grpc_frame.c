/* SPDX-License-Identifier: MIT */
/* gRPC's prefix, and a reply that is anything at all. */
#include "exporters/grpc_frame.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

Test(grpc_frame, the_prefix_says_whether_and_how_long)
{
    static const unsigned char expected[] = { 1, 0x01, 0x23, 0x45, 0x67 };
    unsigned char prefix[SLMI_GRPC_PREFIX_BYTES];
    slmi_grpc_prefix(prefix, true, 0x01234567);
    cr_expect(memcmp(prefix, expected, sizeof expected) == 0);
    slmi_grpc_prefix(prefix, false, 0);
    cr_expect(memcmp(prefix, "\0\0\0\0\0", 5) == 0);
}

static slmi_grpc_reply read_reply(const char *data, size_t len, char *out, size_t room)
{
    slmi_buffer inflated;
    const char *body = NULL;
    size_t body_len = 0;
    slmi_buffer_init(&inflated, SLMI_GRPC_RESPONSE_MAX);
    slmi_grpc_reply result = slmi_grpc_reply_read(data, len, &inflated, &body, &body_len);
    if (result == SLMI_GRPC_REPLY_WHOLE)
        snprintf(out, room, "%.*s", (int)body_len, body ? body : "");
    slmi_buffer_free(&inflated);
    return result;
}

Test(grpc_frame, a_reply_is_whole_or_none)
{
    static const struct {
        const char *why, *data;
        size_t len;
        slmi_grpc_reply result;
        const char *body;
    } cases[] = {
        { "nothing", "", 0, SLMI_GRPC_REPLY_NONE, "" },
        { "not even a prefix", "\0\0\0\0", 4, SLMI_GRPC_REPLY_NONE, "" },
        { "an empty message", "\0\0\0\0\0", 5, SLMI_GRPC_REPLY_WHOLE, "" },
        { "a message", "\0\0\0\0\3abc", 8, SLMI_GRPC_REPLY_WHOLE, "abc" },
        { "one and more", "\0\0\0\0\3abcdef", 11, SLMI_GRPC_REPLY_WHOLE, "abc" },
        { "cut short", "\0\0\0\0\4abc", 8, SLMI_GRPC_REPLY_NONE, "" },
        { "compressed nonsense", "\1\0\0\0\3abc", 8, SLMI_GRPC_REPLY_NONE, "" },
        { "compressed nothing", "\1\0\0\0\0", 5, SLMI_GRPC_REPLY_NONE, "" },
        { "4 MiB and a byte", "\0\0\x40\0\1abc", 8, SLMI_GRPC_REPLY_TOO_LONG, "" },
        { "4 GiB", "\0\xff\xff\xff\xff", 5, SLMI_GRPC_REPLY_TOO_LONG, "" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char body[16] = "";
        slmi_grpc_reply result = read_reply(cases[i].data, cases[i].len, body, sizeof body);
        cr_expect(eq(int, (int)result, (int)cases[i].result), "%s", cases[i].why);
        cr_expect(eq(str, body, (char *)cases[i].body), "%s", cases[i].why);
    }
}

/* A compressed frame of `len` bytes 'x'. */
static size_t pack(size_t len, char *out, size_t room)
{
    char *plain = malloc(len + 1);
    cr_assert(ne(ptr, plain, NULL));
    memset(plain, 'x', len);
    z_stream stream = { .next_in = (Bytef *)plain,
                        .avail_in = (uInt)len,
                        .next_out = (Bytef *)out + SLMI_GRPC_PREFIX_BYTES,
                        .avail_out = (uInt)(room - SLMI_GRPC_PREFIX_BYTES) };
    cr_assert(eq(int, deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK));
    cr_assert(eq(int, deflate(&stream, Z_FINISH), Z_STREAM_END));
    size_t packed = room - SLMI_GRPC_PREFIX_BYTES - stream.avail_out;
    deflateEnd(&stream);
    free(plain);
    slmi_grpc_prefix((unsigned char *)out, true, packed);
    return packed + SLMI_GRPC_PREFIX_BYTES;
}

Test(grpc_frame, a_compressed_reply_is_unpacked_up_to_its_cap)
{
    static char frame[1 << 17];
    char body[16] = "";
    size_t len = pack(5, frame, sizeof frame);
    cr_expect(eq(int, (int)read_reply(frame, len, body, sizeof body), SLMI_GRPC_REPLY_WHOLE));
    cr_expect(eq(str, body, (char *)"xxxxx"));
    cr_expect(eq(int, (int)read_reply(frame, len - 1, body, sizeof body), SLMI_GRPC_REPLY_NONE));

    static char whole[SLMI_GRPC_RESPONSE_MAX + 1];
    len = pack(SLMI_GRPC_RESPONSE_MAX, frame, sizeof frame);
    cr_expect(eq(int, (int)read_reply(frame, len, whole, sizeof whole), SLMI_GRPC_REPLY_WHOLE));
    cr_expect(eq(sz, strlen(whole), SLMI_GRPC_RESPONSE_MAX));
    len = pack(SLMI_GRPC_RESPONSE_MAX + 1, frame, sizeof frame);
    cr_expect(eq(int, (int)read_reply(frame, len, body, sizeof body), SLMI_GRPC_REPLY_TOO_LONG));
    len = pack((size_t)64 << 20, frame, sizeof frame);
    cr_expect(eq(int, (int)read_reply(frame, len, body, sizeof body), SLMI_GRPC_REPLY_TOO_LONG));
}
