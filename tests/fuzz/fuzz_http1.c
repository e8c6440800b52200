/* SPDX-License-Identifier: MIT */
/* A context that is extracted from a header block, injected into another and extracted again is the same. */
#include <spanloom/carrier.h>

#include "tests/fuzz/fuzz.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    slm_string block = slm_string_of((const char *)data, size);
    slm_span_context first, second;
    if (slm_extract(slm_http1_getter(), &block, &first) != SLM_OK)
        return 0;

    char text[1024];
    slm_http1_lines lines = { text, 0, sizeof text };
    FUZZ_ASSERT(slm_inject(&first, slm_http1_setter(), &lines) == SLM_OK);
    block = slm_string_of(text, lines.len);
    FUZZ_ASSERT(slm_extract(slm_http1_getter(), &block, &second) == SLM_OK);
    FUZZ_ASSERT(memcmp(&first.trace_id, &second.trace_id, sizeof first.trace_id) == 0);
    FUZZ_ASSERT(memcmp(&first.span_id, &second.span_id, sizeof first.span_id) == 0);
    FUZZ_ASSERT(first.flags == second.flags && first.tracestate_len == second.tracestate_len);
    FUZZ_ASSERT(memcmp(first.tracestate, second.tracestate, first.tracestate_len) == 0);

    /* Once more, into lines that have them already: nothing is there twice. */
    size_t len = lines.len;
    FUZZ_ASSERT(slm_inject(&first, slm_http1_setter(), &lines) == SLM_OK && lines.len == len);
    return 0;
}
