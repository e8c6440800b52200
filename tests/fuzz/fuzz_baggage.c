/* SPDX-License-Identifier: MIT */
/* What is kept of a header is well formed, and is kept as it is when it is read again; each member can be found,
 * decoded, set to what it is, and removed. */
#include <spanloom/baggage.h>

#include "tests/fuzz/fuzz.h"

#include <string.h>

static void check_member(const slm_baggage *baggage, const slm_baggage_member *member)
{
    static char decoded[3 * SLM_BAGGAGE_BYTES_MAX + 1], text[SLM_BAGGAGE_BYTES_MAX];
    slm_baggage_member found;
    FUZZ_ASSERT(slm_baggage_find(baggage, member->key, &found) && found.value.data == member->value.data);
    size_t len = slm_baggage_decode(member->value, decoded, sizeof decoded);
    FUZZ_ASSERT(len < sizeof decoded && len <= 3 * member->value.len && decoded[len] == '\0');

    slm_baggage changed = SLM_BAGGAGE_IN(text);
    memcpy(text, baggage->text, baggage->len);
    changed.len = baggage->len;
    slm_status status = slm_baggage_set(&changed, member->key, slm_string_of(decoded, len), member->properties);
    FUZZ_ASSERT(status == SLM_OK || status == SLM_ERR_LIMIT);
    if (status == SLM_OK) {
        static char again[3 * SLM_BAGGAGE_BYTES_MAX + 1];
        FUZZ_ASSERT(slm_baggage_find(&changed, member->key, &found));
        FUZZ_ASSERT(slm_baggage_decode(found.value, again, sizeof again) == len && memcmp(again, decoded, len) == 0);
        FUZZ_ASSERT(slm_string_equal(found.properties, member->properties));
    }
    FUZZ_ASSERT(slm_baggage_remove(&changed, member->key));
    FUZZ_ASSERT(!slm_baggage_find(&changed, member->key, &found));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char first_text[SLM_BAGGAGE_BYTES_MAX], second_text[SLM_BAGGAGE_BYTES_MAX];
    slm_baggage first = SLM_BAGGAGE_IN(first_text), second = SLM_BAGGAGE_IN(second_text);
    slm_string lines[2] = { slm_string_of((const char *)data, size), { NULL, 0 } };
    const char *lf = size > 0 ? memchr(data, '\n', size) : NULL;
    if (lf) {
        lines[0].len = (size_t)(lf - lines[0].data);
        lines[1] = slm_string_of(lf + 1, size - lines[0].len - 1);
    }
    (void)slm_baggage_parse(lines, 2, &first);
    FUZZ_ASSERT(first.len <= SLM_BAGGAGE_BYTES_MAX);
    slm_string line = slm_string_of(first.text, first.len);
    FUZZ_ASSERT(slm_baggage_parse(&line, 1, &second) == SLM_OK);
    FUZZ_ASSERT(first.len == second.len && memcmp(first.text, second.text, first.len) == 0);

    size_t cursor = 0, members = 0, bytes = 0;
    for (slm_baggage_member member; slm_baggage_next(&first, &cursor, &member); members++) {
        bytes += member.key.len + 1 + member.value.len + 1 + (member.properties.data ? 1 + member.properties.len : 0);
        check_member(&first, &member);
    }
    FUZZ_ASSERT(members <= SLM_BAGGAGE_MEMBERS_MAX && bytes == first.len + (members > 0 ? 1u : 0u));
    return 0;
}
