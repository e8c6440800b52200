/* SPDX-License-Identifier: MIT */
/* Zipkin's B3 in one header and in several. */
#include "tests/unit/formats.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#define ZERO16 "0000000000000000"

static const struct {
    const char *why, *block;
    slm_status expected;
    const char *carried; /* NULL: nothing */
} cases[] = {
    { "all parts", "b3: " TRACE "-" SPAN "-1-" PARENT "\n", SLM_OK, TRACE "-" SPAN "-01" },
    { "without a parent", "b3: " TRACE "-" SPAN "-1\n", SLM_OK, TRACE "-" SPAN "-01" },
    { "denied", "B3: " TRACE "-" SPAN "-0\n", SLM_OK, TRACE "-" SPAN "-00" },
    { "debug", "b3: " TRACE "-" SPAN "-d\n", SLM_OK, "debug " TRACE "-" SPAN "-01" },
    { "no decision", "b3: " TRACE "-" SPAN "\n", SLM_OK, "defer " TRACE "-" SPAN "-00" },
    { "64 bits", "b3: " TRACE8 "-" SPAN "-1\n", SLM_OK, ZERO16 TRACE8 "-" SPAN "-01" },
    { "64 bits and all parts", "b3: " TRACE8 "-" SPAN "-d-" PARENT "\n", SLM_OK,
      "debug " ZERO16 TRACE8 "-" SPAN "-01" },
    { "64 bits, no decision", "b3: " TRACE8 "-" SPAN "\n", SLM_OK, "defer " ZERO16 TRACE8 "-" SPAN "-00" },
    { "deny alone", "b3: 0\n", SLM_OK, "deny none" },
    { "accept alone", "b3: 1\n", SLM_OK, "accept none" },
    { "debug alone", "b3: d\n", SLM_OK, "debug none" },
    { "white space around", "b3: \t0 \n", SLM_OK, "deny none" },

    { "nothing", "Host: x\n", SLM_ERR_NOT_FOUND, NULL },
    { "empty", "b3:\n", SLM_ERR_MALFORMED, NULL },
    { "a dash", "b3: -\n", SLM_ERR_MALFORMED, NULL },
    { "a state that is none", "b3: 2\n", SLM_ERR_MALFORMED, NULL },
    { "debug in upper case", "b3: D\n", SLM_ERR_MALFORMED, NULL },
    { "a trace id alone", "b3: " TRACE "\n", SLM_ERR_MALFORMED, NULL },
    { "a trace id and a dash", "b3: " TRACE "-\n", SLM_ERR_MALFORMED, NULL },
    { "a trace id of 31 digits", "b3: 0f198ee56343ba864fe8b2a57d3eff7-" SPAN "-1\n", SLM_ERR_MALFORMED, NULL },
    { "a trace id of 33 digits", "b3: 0" TRACE "-" SPAN "-1\n", SLM_ERR_MALFORMED, NULL },
    { "a trace id of 15 digits", "b3: 4fe8b2a57d3eff7-" SPAN "-1\n", SLM_ERR_MALFORMED, NULL },
    { "a span id of 15 digits", "b3: " TRACE "-457b5a2e4d86bd1-1\n", SLM_ERR_MALFORMED, NULL },
    { "a span id of 17 digits", "b3: " TRACE "-0" SPAN "-1\n", SLM_ERR_MALFORMED, NULL },
    { "upper case", "b3: 80F198EE56343BA864FE8B2A57D3EFF7-" SPAN "-1\n", SLM_ERR_MALFORMED, NULL },
    { "a trace id of zeros", "b3: " ZERO16 ZERO16 "-" SPAN "-1\n", SLM_ERR_MALFORMED, NULL },
    { "a span id of zeros", "b3: " TRACE "-" ZERO16 "-1\n", SLM_ERR_MALFORMED, NULL },
    { "a state of two characters", "b3: " TRACE "-" SPAN "-11\n", SLM_ERR_MALFORMED, NULL },
    { "a state that is missing", "b3: " TRACE "-" SPAN "-\n", SLM_ERR_MALFORMED, NULL },
    { "a state that is a parent", "b3: " TRACE "-" SPAN "-" PARENT "\n", SLM_ERR_MALFORMED, NULL },
    { "a short parent", "b3: " TRACE "-" SPAN "-1-5e3ac9a4f6e3b90\n", SLM_ERR_MALFORMED, NULL },
    { "a parent that is missing", "b3: " TRACE "-" SPAN "-1-\n", SLM_ERR_MALFORMED, NULL },
    { "more than a parent", "b3: " TRACE "-" SPAN "-1-" PARENT "-\n", SLM_ERR_MALFORMED, NULL },

    { "several headers",
      "X-B3-TraceId: " TRACE "\nX-B3-SpanId: " SPAN "\nX-B3-ParentSpanId: " PARENT "\nX-B3-Sampled: 1\n", SLM_OK,
      TRACE "-" SPAN "-01" },
    { "several, 64 bits", "x-b3-traceid: " TRACE8 "\nx-b3-spanid: " SPAN "\nx-b3-sampled: 0\n", SLM_OK,
      ZERO16 TRACE8 "-" SPAN "-00" },
    { "several, no decision", "x-b3-traceid: " TRACE "\nx-b3-spanid: " SPAN "\n", SLM_OK,
      "defer " TRACE "-" SPAN "-00" },
    { "several, debug", "x-b3-traceid: " TRACE "\nx-b3-spanid: " SPAN "\nx-b3-flags: 1\n", SLM_OK,
      "debug " TRACE "-" SPAN "-01" },
    { "several, debug beats denied", "x-b3-traceid: " TRACE "\nx-b3-spanid: " SPAN "\nx-b3-sampled: 0\nx-b3-flags: 1\n",
      SLM_OK, "debug " TRACE "-" SPAN "-01" },
    { "several, flags that are none",
      "x-b3-traceid: " TRACE "\nx-b3-spanid: " SPAN "\nx-b3-sampled: 1\nx-b3-flags: 0\n", SLM_OK,
      TRACE "-" SPAN "-01" },
    { "several, true", "x-b3-traceid: " TRACE "\nx-b3-spanid: " SPAN "\nx-b3-sampled: true\n", SLM_OK,
      TRACE "-" SPAN "-01" },
    { "several, false", "x-b3-traceid: " TRACE "\nx-b3-spanid: " SPAN "\nx-b3-sampled: false\n", SLM_OK,
      TRACE "-" SPAN "-00" },
    { "several, the first value wins",
      "x-b3-traceid: " TRACE "\nx-b3-spanid: " SPAN "\nx-b3-spanid: " PARENT "\nx-b3-sampled: 1\nx-b3-sampled: 0\n",
      SLM_OK, TRACE "-" SPAN "-01" },
    { "sampled alone", "x-b3-sampled: 0\n", SLM_OK, "deny none" },
    { "flags alone", "x-b3-flags: 1\n", SLM_OK, "debug none" },
    { "several, a sampled that is none", "x-b3-traceid: " TRACE "\nx-b3-spanid: " SPAN "\nx-b3-sampled: yes\n",
      SLM_ERR_MALFORMED, NULL },
    { "several, no span id", "x-b3-traceid: " TRACE "\nx-b3-sampled: 1\n", SLM_ERR_MALFORMED, NULL },
    { "several, no trace id", "x-b3-spanid: " SPAN "\n", SLM_ERR_MALFORMED, NULL },
    { "several, a short trace id", "x-b3-traceid: 1234\nx-b3-spanid: " SPAN "\n", SLM_ERR_MALFORMED, NULL },

    { "the single header wins",
      "x-b3-traceid: " TRACE "\nx-b3-spanid: " PARENT "\nx-b3-sampled: 1\nb3: " TRACE "-" SPAN "-0\n", SLM_OK,
      TRACE "-" SPAN "-00" },
    { "several stand in for a malformed single one",
      "b3: x\nx-b3-traceid: " TRACE "\nx-b3-spanid: " SPAN "\nx-b3-sampled: 1\n", SLM_OK, TRACE "-" SPAN "-01" },
    { "both malformed", "b3: x\nx-b3-traceid: 1\n", SLM_ERR_MALFORMED, NULL },
};

Test(b3, accepts_and_refuses_what_the_specification_says)
{
    static const char *const names[] = { "b3", "b3multi" };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (size_t n = 0; n < 2; n++) {
            slm_carried got = { .size = sizeof got };
            slm_status status = read_block(names[n], cases[i].block, &got);
            cr_expect(eq(int, (int)status, (int)cases[i].expected), "%s, %s", names[n], cases[i].why);
            const char *expected = cases[i].carried ? cases[i].carried : "none";
            cr_expect(eq(str, (char *)describe(&got), (char *)expected), "%s, %s", names[n], cases[i].why);
            cr_expect(eq(int, got.span.is_remote, slm_span_context_is_valid(&got.span)), "%s", cases[i].why);
        }
    }
}

static const struct {
    const char *why, *traceparent;
    slm_sampling_hint hint;
    const char *single, *multi;
} sent[] = {
    { "sampled", "00-" TRACE "-" SPAN "-01", SLM_HINT_NONE, "b3: " TRACE "-" SPAN "-1\r\n",
      "x-b3-traceid: " TRACE "\r\nx-b3-spanid: " SPAN "\r\nx-b3-sampled: 1\r\n" },
    { "not sampled", "00-" TRACE "-" SPAN "-02", SLM_HINT_NONE, "b3: " TRACE "-" SPAN "-0\r\n",
      "x-b3-traceid: " TRACE "\r\nx-b3-spanid: " SPAN "\r\nx-b3-sampled: 0\r\n" },
    { "debug", "00-" TRACE "-" SPAN "-01", SLM_HINT_DEBUG, "b3: " TRACE "-" SPAN "-d\r\n",
      "x-b3-traceid: " TRACE "\r\nx-b3-spanid: " SPAN "\r\nx-b3-flags: 1\r\n" },
    { "64 bits stay 128", "00-" ZERO16 TRACE8 "-" SPAN "-01", SLM_HINT_NONE, "b3: " ZERO16 TRACE8 "-" SPAN "-1\r\n",
      "x-b3-traceid: " ZERO16 TRACE8 "\r\nx-b3-spanid: " SPAN "\r\nx-b3-sampled: 1\r\n" },
    { "deny alone", "", SLM_HINT_DENY, "b3: 0\r\n", "x-b3-sampled: 0\r\n" },
    { "accept alone", "", SLM_HINT_ACCEPT, "b3: 1\r\n", "x-b3-sampled: 1\r\n" },
    { "debug alone", "", SLM_HINT_DEBUG, "b3: d\r\n", "x-b3-flags: 1\r\n" },
    { "nothing", "", SLM_HINT_NONE, "", "" },
};

Test(b3, sends_ids_and_state_and_never_a_parent)
{
    for (size_t i = 0; i < sizeof sent / sizeof *sent; i++) {
        slm_carried carried = carried_of(sent[i].traceparent, sent[i].hint);
        cr_expect(eq(str, (char *)written("b3", &carried), (char *)sent[i].single), "%s", sent[i].why);
        cr_expect(eq(str, (char *)written("b3multi", &carried), (char *)sent[i].multi), "%s", sent[i].why);
    }
}
