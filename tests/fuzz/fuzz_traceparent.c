/* SPDX-License-Identifier: MIT */
/* What is accepted is formatted to what is accepted as the same; what is refused writes nothing. */
#include <spanloom/propagation.h>

#include "tests/fuzz/fuzz.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    slm_span_context first, untouched;
    memset(&first, 0x5a, sizeof first);
    untouched = first;
    if (slm_traceparent_parse(slm_string_of((const char *)data, size), &first) != SLM_OK) {
        FUZZ_ASSERT(memcmp(&first, &untouched, sizeof first) == 0);
        return 0;
    }
    FUZZ_ASSERT(slm_span_context_is_valid(&first) && first.is_remote && first.tracestate_len == 0);

    char text[SLM_TRACEPARENT_SIZE];
    size_t len = slm_traceparent_format(&first, text);
    FUZZ_ASSERT(len == SLM_TRACEPARENT_SIZE - 1 && strlen(text) == len);
    slm_span_context second;
    FUZZ_ASSERT(slm_traceparent_parse(slm_string_of(text, len), &second) == SLM_OK);
    FUZZ_ASSERT(memcmp(&first.trace_id, &second.trace_id, sizeof first.trace_id) == 0);
    FUZZ_ASSERT(memcmp(&first.span_id, &second.span_id, sizeof first.span_id) == 0);
    FUZZ_ASSERT(first.flags == second.flags);

    /* The ids stand in the input as they are in the output. */
    FUZZ_ASSERT(memmem(data, size, text + 2, 1 + 32 + 1 + 16 + 1) != NULL);
    return 0;
}
