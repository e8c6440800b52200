/* SPDX-License-Identifier: MIT */
/* A header block is read by one propagator after the other; what each reads it writes in a way that it, and all of them
 * together, read as the same. */
#include <spanloom/carrier.h>
#include <spanloom/propagator.h>

#include "tests/fuzz/fuzz.h"

#include <string.h>

static void check_same(const slm_carried *first, const slm_carried *second)
{
    FUZZ_ASSERT(memcmp(&first->span.trace_id, &second->span.trace_id, sizeof first->span.trace_id) == 0);
    FUZZ_ASSERT(memcmp(&first->span.span_id, &second->span.span_id, sizeof first->span.span_id) == 0);
    FUZZ_ASSERT((first->span.flags & SLM_FLAG_SAMPLED) == (second->span.flags & SLM_FLAG_SAMPLED));
}

static void check_format(const char *name, const slm_string *block)
{
    static char first_text[SLM_BAGGAGE_BYTES_MAX], second_text[SLM_BAGGAGE_BYTES_MAX], text[4 * SLM_BAGGAGE_BYTES_MAX];
    slm_propagators one = { 1, { slm_propagator_find(slm_string_from_c(name)) } };
    slm_carried first = { .size = sizeof first, .baggage = SLM_BAGGAGE_IN(first_text) };
    slm_carried second = { .size = sizeof second, .baggage = SLM_BAGGAGE_IN(second_text) };
    if (slm_propagators_extract(&one, slm_http1_getter(), block, &first) != SLM_OK) {
        FUZZ_ASSERT(!slm_span_context_is_valid(&first.span) && first.hint == SLM_HINT_NONE);
        return;
    }
    slm_http1_lines lines = { text, 0, sizeof text };
    FUZZ_ASSERT(slm_propagators_inject(&one, &first, slm_http1_setter(), &lines) == SLM_OK);
    slm_string again = slm_string_of(text, lines.len);
    slm_status status = slm_propagators_extract(&one, slm_http1_getter(), &again, &second);
    FUZZ_ASSERT(status == SLM_OK || lines.len == 0);
    check_same(&first, &second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = { "tracecontext", "baggage", "b3", "b3multi", "jaeger" };
    slm_string block = slm_string_of((const char *)data, size);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        check_format(names[i], &block);
    slm_propagators list;
    (void)slm_propagators_parse(block, NULL, 0, &list);
    FUZZ_ASSERT(list.count <= SLM_PROPAGATORS_MAX);
    return 0;
}
