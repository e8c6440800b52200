/* SPDX-License-Identifier: MIT */
/* nghttp2's header arrays as carriers, up to a peer that inflates what was sent. */
#include <spanloom/nghttp2.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#define GOOD "00-12345678901234567890123456789012-1234567890123456-01"

static nghttp2_nv header_of(const char *name, const char *value)
{
    return (nghttp2_nv){ (uint8_t *)(uintptr_t)name, (uint8_t *)(uintptr_t)value, strlen(name), strlen(value), 0 };
}

static slm_span_context example(const char *tracestate)
{
    slm_span_context context;
    slm_string line = slm_string_from_c(tracestate);
    cr_assert(eq(int, (int)slm_traceparent_parse(slm_string_from_c(GOOD), &context), (int)SLM_OK));
    cr_assert(eq(int, (int)slm_tracestate_parse(&line, 1, &context), (int)SLM_OK));
    return context;
}

static bool is(const uint8_t *data, size_t len, const char *expected)
{
    return slm_string_equal(slm_string_of((const char *)data, len), slm_string_from_c(expected));
}

Test(nghttp2, headers_are_read_all_of_a_name)
{
    nghttp2_nv items[] = { header_of(":path", "/"), header_of("tracestate", "a=1"), header_of("traceparent", GOOD),
                           header_of("tracestate", "b=2"), header_of("traceparent", GOOD) };
    slm_nghttp2_headers headers = { .items = items, .count = 4 };
    slm_span_context got;
    cr_expect(eq(int, (int)slm_extract(slm_nghttp2_getter(), &headers, &got), (int)SLM_OK));
    cr_expect(slm_string_equal(slm_string_of(got.tracestate, got.tracestate_len), slm_string_from_c("a=1,b=2")));
    headers.count = 5;
    cr_expect(eq(int, (int)slm_extract(slm_nghttp2_getter(), &headers, &got), (int)SLM_ERR_MALFORMED));
    headers.count = 1;
    cr_expect(eq(int, (int)slm_extract(slm_nghttp2_getter(), &headers, &got), (int)SLM_ERR_NOT_FOUND));
}

Test(nghttp2, headers_that_are_set_replace_old_ones_and_are_not_indexed)
{
    uint8_t bytes[256];
    nghttp2_nv items[4] = { header_of("tracestate", "old=1"), header_of(":path", "/"),
                            header_of("tracestate", "old=2") };
    slm_nghttp2_headers headers = { items, 3, 4, bytes, 0, sizeof bytes };
    slm_span_context context = example("a=1");
    cr_expect(eq(int, (int)slm_inject(&context, slm_nghttp2_setter(), &headers), (int)SLM_OK));
    cr_assert(eq(sz, headers.count, 3));
    cr_expect(is(items[0].value, items[0].valuelen, "a=1"));
    cr_expect(is(items[1].name, items[1].namelen, ":path"));
    cr_expect(is(items[2].name, items[2].namelen, "traceparent") && is(items[2].value, items[2].valuelen, GOOD));
    cr_expect(eq(int, items[0].flags, NGHTTP2_NV_FLAG_NO_INDEX));
    cr_expect(eq(int, items[1].flags, 0));
    cr_expect(eq(int, items[2].flags, NGHTTP2_NV_FLAG_NO_INDEX));

    context = example("");
    cr_expect(eq(int, (int)slm_inject(&context, slm_nghttp2_setter(), &headers), (int)SLM_OK));
    cr_expect(eq(sz, headers.count, 2), "the tracestate of another trace is gone");
}

Test(nghttp2, headers_without_room_stay_as_they_were)
{
    uint8_t bytes[66];
    nghttp2_nv items[2] = { header_of(":path", "/") };
    slm_span_context context = example("");
    slm_nghttp2_headers full = { items, 1, 1, bytes, 0, sizeof bytes }, small = { items, 1, 2, bytes, 0, 65 };
    cr_expect(eq(int, (int)slm_inject(&context, slm_nghttp2_setter(), &full), (int)SLM_ERR_LIMIT));
    cr_expect(eq(int, (int)slm_inject(&context, slm_nghttp2_setter(), &small), (int)SLM_ERR_LIMIT));
    cr_expect(eq(sz, full.count, 1));
    cr_expect(eq(sz, small.count, 1));
    small.bytes_capacity = 66;
    cr_expect(eq(int, (int)slm_inject(&context, slm_nghttp2_setter(), &small), (int)SLM_OK));
}

Test(nghttp2, headers_reach_a_peer_that_inflates_them)
{
    uint8_t bytes[256], wire[512];
    nghttp2_nv items[4] = { header_of(":path", "/") }, inflated[4];
    slm_nghttp2_headers headers = { items, 1, 4, bytes, 0, sizeof bytes };
    slm_span_context context = example("a=1"), got;
    cr_assert(eq(int, (int)slm_inject(&context, slm_nghttp2_setter(), &headers), (int)SLM_OK));

    nghttp2_hd_deflater *deflater;
    nghttp2_hd_inflater *inflater;
    cr_assert(eq(int, nghttp2_hd_deflate_new(&deflater, 4096), 0));
    cr_assert(eq(int, nghttp2_hd_inflate_new(&inflater), 0));
    ssize_t len = nghttp2_hd_deflate_hd(deflater, wire, sizeof wire, headers.items, headers.count);
    cr_assert(len > 0);
    cr_expect(eq(sz, nghttp2_hd_deflate_get_num_table_entries(deflater), 61),
              "the static table's: nothing was indexed");

    /* What the inflater gives is valid until its next call only. */
    uint8_t copies[256];
    slm_nghttp2_headers read = { inflated, 0, 4, copies, 0, sizeof copies };
    int flags = 0;
    for (const uint8_t *at = wire, *end = wire + len; !(flags & NGHTTP2_HD_INFLATE_FINAL);) {
        nghttp2_nv header;
        ssize_t used = nghttp2_hd_inflate_hd2(inflater, &header, &flags, at, (size_t)(end - at), 1);
        cr_assert(used >= 0);
        at += used;
        slm_string name = slm_string_of((const char *)header.name, header.namelen);
        slm_string value = slm_string_of((const char *)header.value, header.valuelen);
        if (flags & NGHTTP2_HD_INFLATE_EMIT)
            cr_assert(eq(int, (int)slm_nghttp2_setter()->set(&read, name, value), (int)SLM_OK));
    }
    cr_expect(eq(int, (int)slm_extract(slm_nghttp2_getter(), &read, &got), (int)SLM_OK));
    cr_expect(memcmp(&got.trace_id, &context.trace_id, 16) == 0 && got.tracestate_len == 3);
    nghttp2_hd_deflate_del(deflater);
    nghttp2_hd_inflate_del(inflater);
}
