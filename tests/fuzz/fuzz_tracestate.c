/* SPDX-License-Identifier: MIT */
/* Lines, split at line ends, that are accepted become a list that is accepted and stays the same; each member of it can
 * be found, set to what it is, and deleted. */
#include <spanloom/propagation.h>

#include "tests/fuzz/fuzz.h"

#include <string.h>

enum { LINES = 4 };

static size_t split(const uint8_t *data, size_t size, slm_string lines[LINES])
{
    const char *at = (const char *)data, *end = at + size;
    size_t count = 0;
    for (; count < LINES - 1; count++) {
        const char *lf = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
        if (!lf)
            break;
        lines[count] = slm_string_of(at, (size_t)(lf - at));
        at = lf + 1;
    }
    lines[count] = slm_string_of(at, (size_t)(end - at));
    return count + 1;
}

static bool same(const slm_span_context *a, const slm_span_context *b)
{
    return a->tracestate_len == b->tracestate_len && memcmp(a->tracestate, b->tracestate, a->tracestate_len) == 0;
}

static void check_members(const slm_span_context *context)
{
    size_t cursor = 0, members = 0, bytes = 0;
    slm_string key, value;
    while (slm_tracestate_next(context, &cursor, &key, &value)) {
        members++;
        bytes += key.len + 1 + value.len + 1;
        slm_string found = slm_tracestate_get(context, key);
        FUZZ_ASSERT(found.data == value.data && found.len == value.len);

        slm_span_context changed = *context;
        FUZZ_ASSERT(slm_tracestate_set(&changed, key, value) == SLM_OK);
        FUZZ_ASSERT(changed.tracestate_len == context->tracestate_len);
        FUZZ_ASSERT(memcmp(changed.tracestate, key.data, key.len) == 0);
        FUZZ_ASSERT(slm_tracestate_delete(&changed, key));
        FUZZ_ASSERT(slm_tracestate_get(&changed, key).data == NULL);
    }
    FUZZ_ASSERT(members <= SLM_TRACESTATE_MEMBERS_MAX);
    FUZZ_ASSERT(bytes == context->tracestate_len + (members > 0 ? 1u : 0u));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    slm_string lines[LINES];
    size_t count = split(data, size, lines);
    slm_span_context first = { .tracestate_len = 3, .tracestate = "k=v" }, untouched = first;
    if (slm_tracestate_parse(lines, count, &first) != SLM_OK) {
        FUZZ_ASSERT(memcmp(&first, &untouched, sizeof first) == 0);
        return 0;
    }
    FUZZ_ASSERT(first.tracestate_len <= SLM_TRACESTATE_MAX);
    slm_span_context second = { .tracestate_len = 0 };
    slm_string line = slm_string_of(first.tracestate, first.tracestate_len);
    FUZZ_ASSERT(slm_tracestate_parse(&line, 1, &second) == SLM_OK);
    FUZZ_ASSERT(same(&first, &second));
    check_members(&first);
    return 0;
}
