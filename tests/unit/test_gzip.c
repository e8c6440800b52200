/* SPDX-License-Identifier: MIT */
/* Compression by pieces: what comes out inflates to what went in, within its bound. */
#include "exporters/gzip.h"

#include "tests/unit/encoding.h"

enum { BYTES = 3 << 20 };

static char *content(bool noise)
{
    static const char words[] = "{\"traceId\":\"0123456789abcdef\",\"name\":\"shave\"},";
    uint64_t seed = 7;
    char *bytes = malloc(BYTES);
    cr_assert(bytes != NULL);
    for (size_t i = 0; i < BYTES; i++)
        bytes[i] = noise ? (char)(next_random(&seed) >> 32) : words[(i + i / 1000) % (sizeof words - 1)];
    return bytes;
}

static unsigned compress_all(slmi_gzip *gzip, const char *from, size_t len, size_t max)
{
    unsigned steps = 1;
    slmi_gzip_state state;
    cr_assert(slmi_gzip_begin(gzip, from, len, max));
    while ((state = slmi_gzip_step(gzip)) == SLMI_GZIP_MORE)
        steps++;
    cr_assert(state == SLMI_GZIP_DONE);
    return steps;
}

static void expect_inflates_to(const slmi_buffer *packed, const char *expected, size_t len)
{
    char *out = malloc(len + 1);
    cr_assert(out != NULL);
    z_stream stream = { .next_in = (z_const Bytef *)(z_const void *)packed->data,
                        .avail_in = (uInt)packed->len,
                        .next_out = (Bytef *)out,
                        .avail_out = (uInt)len + 1 };
    cr_assert(inflateInit2(&stream, 15 + 16) == Z_OK);
    cr_assert(inflate(&stream, Z_FINISH) == Z_STREAM_END);
    cr_expect(eq(uint, stream.avail_in, 0u));
    cr_assert(eq(sz, (size_t)stream.total_out, len));
    cr_expect(memcmp(out, expected, len) == 0);
    inflateEnd(&stream);
    free(out);
}

Test(gzip, any_length_inflates_to_what_it_was_made_of)
{
    static const size_t lengths[] = { 0, 1, 100, 262143, 262144, 262145, 524288, 1000003, BYTES };
    slmi_gzip gzip = { .ready = false };
    for (unsigned noise = 0; noise < 2; noise++) {
        char *bytes = content(noise);
        for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
            size_t len = lengths[i];
            unsigned steps = compress_all(&gzip, bytes, len, len + len / 256 + 100);
            cr_expect(eq(uint, steps, (unsigned)(len == 0 ? 1 : (len + 262143) / 262144)), "%zu bytes", len);
            expect_inflates_to(&gzip.out, bytes, len);
        }
        free(bytes);
    }
    slmi_gzip_free(&gzip);
    slmi_gzip_free(&gzip);
}

Test(gzip, beyond_its_bound_it_fails_and_serves_again)
{
    slmi_gzip gzip = { .ready = false };
    char *bytes = content(true);
    for (size_t max = 0; max < 300000; max += 9973) {
        slmi_gzip_state state;
        cr_assert(slmi_gzip_begin(&gzip, bytes, 400000, max));
        while ((state = slmi_gzip_step(&gzip)) == SLMI_GZIP_MORE)
            cr_assert(gzip.out.len <= max);
        cr_assert(state == SLMI_GZIP_FAILED, "max %zu", max);
        cr_assert(gzip.out.len <= max);
    }
    compress_all(&gzip, bytes, 400000, 500000);
    expect_inflates_to(&gzip.out, bytes, 400000);
    size_t exact = gzip.out.len;
    compress_all(&gzip, bytes, 400000, exact);
    cr_expect(eq(sz, gzip.out.len, exact));
    slmi_gzip_free(&gzip);
    free(bytes);
}
