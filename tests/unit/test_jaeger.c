/* SPDX-License-Identifier: MIT */
/* Jaeger's headers, baggage included. */
#include "tests/unit/formats.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#define ZERO16 "0000000000000000"

static const struct {
    const char *why, *block;
    slm_status expected;
    const char *carried, *baggage;
} cases[] = {
    { "all parts", "uber-trace-id: " TRACE ":" SPAN ":" PARENT ":1\n", SLM_OK, TRACE "-" SPAN "-01", "" },
    { "no parent", "Uber-Trace-Id: " TRACE ":" SPAN ":0:0\n", SLM_OK, TRACE "-" SPAN "-00", "" },
    { "an empty parent", "uber-trace-id: " TRACE ":" SPAN "::1\n", SLM_OK, TRACE "-" SPAN "-01", "" },
    { "debug", "uber-trace-id: " TRACE ":" SPAN ":0:3\n", SLM_OK, "debug " TRACE "-" SPAN "-01", "" },
    { "debug implies sampled", "uber-trace-id: " TRACE ":" SPAN ":0:2\n", SLM_OK, "debug " TRACE "-" SPAN "-01", "" },
    { "other flags", "uber-trace-id: " TRACE ":" SPAN ":0:fc\n", SLM_OK, TRACE "-" SPAN "-00", "" },
    { "flags of two digits", "uber-trace-id: " TRACE ":" SPAN ":0:09\n", SLM_OK, TRACE "-" SPAN "-01", "" },
    { "short ids", "uber-trace-id: abc:1:0:1\n", SLM_OK, ZERO16 "0000000000000abc-0000000000000001-01", "" },
    { "64 bits", "uber-trace-id: " TRACE8 ":" SPAN ":0:1\n", SLM_OK, ZERO16 TRACE8 "-" SPAN "-01", "" },
    { "upper case", "uber-trace-id: ABC:F:0:1\n", SLM_OK, ZERO16 "0000000000000abc-000000000000000f-01", "" },
    { "encoded colons", "uber-trace-id: " TRACE "%3A" SPAN "%3a0%3A1\n", SLM_OK, TRACE "-" SPAN "-01", "" },

    { "nothing", "Host: x\n", SLM_ERR_NOT_FOUND, "none", "" },
    { "empty", "uber-trace-id:\n", SLM_ERR_MALFORMED, "none", "" },
    { "three parts", "uber-trace-id: " TRACE ":" SPAN ":1\n", SLM_ERR_MALFORMED, "none", "" },
    { "five parts", "uber-trace-id: " TRACE ":" SPAN ":0:1:\n", SLM_ERR_MALFORMED, "none", "" },
    { "a trace id of zeros", "uber-trace-id: 0:" SPAN ":0:1\n", SLM_ERR_MALFORMED, "none", "" },
    { "a span id of zeros", "uber-trace-id: " TRACE ":0:0:1\n", SLM_ERR_MALFORMED, "none", "" },
    { "an empty trace id", "uber-trace-id: :" SPAN ":0:1\n", SLM_ERR_MALFORMED, "none", "" },
    { "a trace id of 33 digits", "uber-trace-id: 1" TRACE ":" SPAN ":0:1\n", SLM_ERR_MALFORMED, "none", "" },
    { "a span id of 17 digits", "uber-trace-id: " TRACE ":1" SPAN ":0:1\n", SLM_ERR_MALFORMED, "none", "" },
    { "no digits", "uber-trace-id: xyz:1:0:1\n", SLM_ERR_MALFORMED, "none", "" },
    { "flags of three digits", "uber-trace-id: " TRACE ":" SPAN ":0:001\n", SLM_ERR_MALFORMED, "none", "" },
    { "no flags", "uber-trace-id: " TRACE ":" SPAN ":0:\n", SLM_ERR_MALFORMED, "none", "" },

    { "a debug id", "jaeger-debug-id: find me\n", SLM_OK, "debug none", "" },
    { "an empty debug id", "jaeger-debug-id:\n", SLM_ERR_NOT_FOUND, "none", "" },
    { "ids beat a debug id", "jaeger-debug-id: x\nuber-trace-id: " TRACE ":" SPAN ":0:0\n", SLM_OK,
      TRACE "-" SPAN "-00", "" },

    { "baggage", "uber-trace-id: " TRACE ":" SPAN ":0:1\nuberctx-user: Am%C3%A9lie\nUberCtx-Node: DF 28\n", SLM_OK,
      TRACE "-" SPAN "-01", "user=Am%C3%A9lie,Node=DF%2028" },
    { "baggage alone", "uberctx-k: v\n", SLM_OK, "none", "k=v" },
    { "baggage by hand", "jaeger-baggage: k1=v1, k2 = v2\nuberctx-k1: w\n", SLM_OK, "none", "k2=v2,k1=w" },
    { "baggage without a key", "uberctx-: v\n", SLM_ERR_NOT_FOUND, "none", "" },
    { "baggage beside malformed ids", "uber-trace-id: x\nuberctx-k: v\n", SLM_OK, "none", "k=v" },
};

Test(jaeger, accepts_and_refuses_what_its_clients_send)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[256];
        slm_carried got = { .size = sizeof got, .baggage = SLM_BAGGAGE_IN(text) };
        slm_status status = read_block("jaeger", cases[i].block, &got);
        cr_expect(eq(int, (int)status, (int)cases[i].expected), "%s", cases[i].why);
        cr_expect(eq(str, (char *)describe(&got), (char *)cases[i].carried), "%s", cases[i].why);
        text[got.baggage.len] = '\0';
        cr_expect(eq(str, text, (char *)cases[i].baggage), "%s", cases[i].why);
    }
}

Test(jaeger, sends_ids_without_a_parent_and_baggage_by_key)
{
    slm_carried carried = carried_of("00-" TRACE "-" SPAN "-01", SLM_HINT_NONE);
    cr_expect(eq(str, (char *)written("jaeger", &carried), "uber-trace-id: " TRACE ":" SPAN ":0:1\r\n"));
    carried.hint = SLM_HINT_DEBUG;
    cr_expect(eq(str, (char *)written("jaeger", &carried), "uber-trace-id: " TRACE ":" SPAN ":0:3\r\n"));
    carried = carried_of("00-" TRACE "-" SPAN "-02", SLM_HINT_NONE);
    cr_expect(eq(str, (char *)written("jaeger", &carried), "uber-trace-id: " TRACE ":" SPAN ":0:0\r\n"));

    char text[] = "User=Am%C3%A9lie;p=q,b=,c=1";
    carried = (slm_carried){ .size = sizeof carried, .baggage = { text, strlen(text), sizeof text } };
    cr_expect(
        eq(str, (char *)written("jaeger", &carried), "uberctx-user: Am%C3%A9lie\r\nuberctx-b: \r\nuberctx-c: 1\r\n"));
    memcpy(text, "a=1\rX,b=2", 9);
    carried.baggage.len = 9;
    cr_expect(eq(str, (char *)written("jaeger", &carried), "uberctx-b: 2\r\n"), "what would break a header stays out");
}

Test(jaeger, bounds_the_baggage_that_it_reads)
{
    static char block[200000], text[SLM_BAGGAGE_BYTES_MAX];
    size_t len = 0;
    for (int i = 0; i < 10000; i++)
        len += (size_t)snprintf(block + len, sizeof block - len, "uberctx-k%d: v\n", i);
    slm_carried got = { .size = sizeof got, .baggage = SLM_BAGGAGE_IN(text) };
    cr_expect(eq(int, (int)read_block("jaeger", block, &got), (int)SLM_OK));
    size_t cursor = 0, members = 0;
    for (slm_baggage_member member; slm_baggage_next(&got.baggage, &cursor, &member);)
        members++;
    cr_expect(eq(sz, members, SLM_BAGGAGE_MEMBERS_MAX));
}
