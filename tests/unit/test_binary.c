/* SPDX-License-Identifier: MIT */
/* The binary form, for protocols without headers. */
#include <spanloom/propagation.h>

#include "tests/unit/guard_page.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

Test(binary, gives_back_ids_and_known_flags)
{
    slm_span_context context = { .flags = 0xff }, got;
    uint8_t bytes[SLM_BINARY_SIZE];
    for (uint8_t i = 0; i < 16; i++)
        context.trace_id.bytes[i] = (uint8_t)(i + 1);
    for (uint8_t i = 0; i < 8; i++)
        context.span_id.bytes[i] = (uint8_t)(i + 0xa0);
    cr_expect(eq(sz, slm_binary_format(&context, bytes), SLM_BINARY_SIZE));
    cr_assert(eq(int, (int)slm_binary_parse(bytes, sizeof bytes, &got), (int)SLM_OK));
    cr_expect(memcmp(&got.trace_id, &context.trace_id, 16) == 0);
    cr_expect(memcmp(&got.span_id, &context.span_id, 8) == 0);
    cr_expect(eq(int, got.flags, SLM_FLAG_SAMPLED | SLM_FLAG_RANDOM));
    cr_expect(got.is_remote && got.tracestate_len == 0);
}

Test(binary, refuses_other_lengths_and_ids_of_zeros)
{
    struct guard_page page = guard_page_new(4096);
    slm_span_context got, before;
    memset(&got, 0x5a, sizeof got);
    before = got;
    char bytes[64];
    memset(bytes, 7, sizeof bytes);
    for (size_t len = 0; len <= sizeof bytes; len++) {
        slm_string input = guard_page_put(&page, bytes, len);
        if (len != SLM_BINARY_SIZE)
            cr_expect(eq(int, (int)slm_binary_parse(input.data, len, &got), (int)SLM_ERR_MALFORMED), "%zu", len);
    }
    memset(bytes, 0, 16);
    cr_expect(eq(int, (int)slm_binary_parse(bytes, SLM_BINARY_SIZE, &got), (int)SLM_ERR_MALFORMED));
    memset(bytes, 7, 16);
    memset(bytes + 16, 0, 8);
    cr_expect(eq(int, (int)slm_binary_parse(bytes, SLM_BINARY_SIZE, &got), (int)SLM_ERR_MALFORMED));
    cr_expect(memcmp(&got, &before, sizeof got) == 0);
    cr_expect(eq(int, (int)slm_binary_parse(bytes, SLM_BINARY_SIZE, NULL), (int)SLM_ERR_INVALID_ARGUMENT));
    guard_page_free(&page);
}

Test(binary, writes_nothing_for_an_invalid_context)
{
    slm_span_context context = { .span_id = { { 1 } } };
    uint8_t bytes[SLM_BINARY_SIZE] = { 9 };
    cr_expect(eq(sz, slm_binary_format(&context, bytes), 0));
    cr_expect(eq(int, bytes[0], 9));
}
