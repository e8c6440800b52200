/* SPDX-License-Identifier: MIT */
/* Propagators together, by name, of users' own, and those of the process. */
#include "tests/unit/formats.h"
#include "tests/unit/guard_page.h"
#include <spanloom/diagnostic.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

static const char *names_of(const slm_propagators *list)
{
    static char text[256];
    size_t len = 0;
    text[0] = '\0';
    for (uint32_t i = 0; i < list->count; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%s", i > 0 ? "," : "", list->items[i]->name);
    return text;
}

static slm_status own_extract(const slm_getter *getter, const void *carrier, slm_carried *out)
{
    uintptr_t cursor = 0;
    slm_string value;
    if (!getter->get(carrier, slm_string_from_c("x-own"), &cursor, &value))
        return SLM_ERR_NOT_FOUND;
    return slm_traceparent_parse(value, &out->span);
}

static slm_status own_inject(const slm_carried *carried, const slm_setter *setter, void *carrier)
{
    char text[SLM_TRACEPARENT_SIZE];
    size_t len = slm_traceparent_format(&carried->span, text);
    return setter->set(carrier, slm_string_from_c("x-own"), slm_string_of(text, len));
}

static const slm_propagator own = { sizeof own, "own", own_extract, own_inject, NULL };
static const slm_propagator own_b3 = { sizeof own, "b3", own_extract, own_inject, NULL };

static const struct {
    const char *names, *found;
    slm_status expected;
} lists[] = {
    { "tracecontext,baggage", "tracecontext,baggage", SLM_OK },
    { " b3 ,\tb3multi,jaeger,", "b3,b3multi,jaeger", SLM_OK },
    { "baggage,tracecontext,baggage", "baggage,tracecontext", SLM_OK },
    { "none", "", SLM_OK },
    { "", "", SLM_OK },
    { "own,tracecontext", "own,tracecontext", SLM_OK },
    { "tracecontext,xray,b3", "tracecontext,b3", SLM_ERR_UNSUPPORTED },
    { "TraceContext", "", SLM_ERR_UNSUPPORTED },
    { "trace context", "", SLM_ERR_UNSUPPORTED },
};

Test(propagators, are_listed_by_the_names_of_the_specification)
{
    const slm_propagator *const mine[] = { &own };
    struct guard_page page = guard_page_new(4096);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        slm_propagators got;
        uint64_t before = slm_diagnostic_count(SLM_DIAG_CONFIGURATION);
        slm_string names = guard_page_put(&page, lists[i].names, strlen(lists[i].names));
        cr_expect(eq(int, (int)slm_propagators_parse(names, mine, 1, &got), (int)lists[i].expected), "%s",
                  lists[i].names);
        cr_expect(eq(str, (char *)names_of(&got), (char *)lists[i].found), "%s", lists[i].names);
        cr_expect(eq(u64, slm_diagnostic_count(SLM_DIAG_CONFIGURATION) - before, lists[i].expected != SLM_OK));
    }
    guard_page_free(&page);
    const slm_propagator *const instead[] = { &own_b3 };
    slm_propagators got;
    cr_expect(eq(int, (int)slm_propagators_parse(slm_string_from_c("b3"), instead, 1, &got), (int)SLM_OK));
    cr_expect(got.items[0] == &own_b3, "one's own comes before the library's");
}

Test(propagators, are_no_more_than_eight)
{
    slm_propagator many[10];
    const slm_propagator *mine[10];
    static const char names[10][2] = { "0", "1", "2", "3", "4", "5", "6", "7", "8", "9" };
    for (size_t i = 0; i < 10; i++) {
        many[i] = own;
        many[i].name = names[i];
        mine[i] = &many[i];
    }
    slm_propagators got;
    slm_status status = slm_propagators_parse(slm_string_from_c("0,1,2,3,4,5,6,7,8,9"), mine, 10, &got);
    cr_expect(eq(int, (int)status, (int)SLM_ERR_LIMIT));
    cr_expect(eq(str, (char *)names_of(&got), "0,1,2,3,4,5,6,7"));
}

static const struct {
    const char *why, *names, *block;
    slm_status expected;
    const char *carried, *baggage;
} blocks[] = {
    { "both found", "tracecontext,baggage", "traceparent: 00-" TRACE "-" SPAN "-01\nbaggage: k=v\n", SLM_OK,
      TRACE "-" SPAN "-01", "k=v" },
    { "baggage alone", "tracecontext,baggage", "baggage: k=v\n", SLM_OK, "none", "k=v" },
    { "baggage beside a malformed traceparent", "tracecontext,baggage", "traceparent: x\nbaggage: k=v\n", SLM_OK,
      "none", "k=v" },
    { "a malformed traceparent alone", "tracecontext,baggage", "traceparent: x\n", SLM_ERR_MALFORMED, "none", "" },
    { "nothing", "tracecontext,baggage,b3,jaeger", "Host: x\n", SLM_ERR_NOT_FOUND, "none", "" },
    { "no propagators", "none", "traceparent: 00-" TRACE "-" SPAN "-01\n", SLM_ERR_NOT_FOUND, "none", "" },
    { "the last that finds one wins", "b3,tracecontext",
      "b3: " TRACE "-" PARENT "-d\ntraceparent: 00-" TRACE "-" SPAN "-01\n", SLM_OK, TRACE "-" SPAN "-01", "" },
    { "a later one that finds nothing changes nothing", "b3,tracecontext", "b3: " TRACE "-" PARENT "-d\n", SLM_OK,
      "debug " TRACE "-" PARENT "-01", "" },
    { "a later one that is malformed changes nothing", "tracecontext,b3",
      "b3: x\ntraceparent: 00-" TRACE "-" SPAN "-01\n", SLM_OK, TRACE "-" SPAN "-01", "" },
    { "one's own", "own", "X-Own: 00-" TRACE "-" SPAN "-01\n", SLM_OK, TRACE "-" SPAN "-01", "" },
    { "malformed baggage", "baggage", "baggage: \"\n", SLM_ERR_MALFORMED, "none", "" },
};

Test(propagators, extract_in_their_order)
{
    const slm_propagator *const mine[] = { &own };
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        char text[64] = "old=1";
        slm_propagators list;
        slm_carried got = carried_of("00-" TRACE "-1111111111111111-01", SLM_HINT_DENY);
        got.baggage = (slm_baggage){ text, 5, sizeof text };
        cr_expect(eq(int, (int)slm_propagators_parse(slm_string_from_c(blocks[i].names), mine, 1, &list), (int)SLM_OK));
        slm_string block = slm_string_from_c(blocks[i].block);
        slm_status status = slm_propagators_extract(&list, slm_http1_getter(), &block, &got);
        cr_expect(eq(int, (int)status, (int)blocks[i].expected), "%s", blocks[i].why);
        cr_expect(eq(str, (char *)describe(&got), (char *)blocks[i].carried), "%s", blocks[i].why);
        text[got.baggage.len] = '\0';
        cr_expect(eq(str, text, (char *)blocks[i].baggage), "%s", blocks[i].why);
    }
}

Test(propagators, write_what_they_read_in_every_format)
{
    static const char *const names[] = { "tracecontext,baggage", "b3,baggage", "b3multi,baggage", "jaeger",
                                         "tracecontext,baggage,b3,b3multi,jaeger" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char text[64] = "user=Am%C3%A9lie,k=v", copy[64], lines_text[1024];
        slm_propagators list;
        slm_carried sent = carried_of("00-" TRACE "-" SPAN "-01", SLM_HINT_NONE);
        sent.baggage = (slm_baggage){ text, strlen(text), sizeof text };
        slm_carried got = { .size = sizeof got, .baggage = SLM_BAGGAGE_IN(copy) };
        slm_http1_lines lines = { lines_text, 0, sizeof lines_text };
        cr_assert(eq(int, (int)slm_propagators_parse(slm_string_from_c(names[i]), NULL, 0, &list), (int)SLM_OK));
        cr_expect(eq(int, (int)slm_propagators_inject(&list, &sent, slm_http1_setter(), &lines), (int)SLM_OK));
        slm_string block = slm_string_of(lines_text, lines.len);
        cr_expect(eq(int, (int)slm_propagators_extract(&list, slm_http1_getter(), &block, &got), (int)SLM_OK));
        cr_expect(eq(str, (char *)describe(&got), TRACE "-" SPAN "-01"), "%s", names[i]);
        cr_expect(eq(sz, got.baggage.len, sent.baggage.len), "%s", names[i]);
        cr_expect(memcmp(copy, text, got.baggage.len) == 0, "%s", names[i]);
    }
}

Test(propagators, go_on_when_one_cannot_write)
{
    char text[80];
    slm_http1_lines lines = { text, 0, 40 };
    slm_propagators list;
    slm_carried sent = carried_of("00-" TRACE "-" SPAN "-01", SLM_HINT_NONE);
    char baggage[] = "k=v";
    sent.baggage = (slm_baggage){ baggage, 3, 3 };
    cr_assert(
        eq(int, (int)slm_propagators_parse(slm_string_from_c("tracecontext,baggage"), NULL, 0, &list), (int)SLM_OK));
    cr_expect(eq(int, (int)slm_propagators_inject(&list, &sent, slm_http1_setter(), &lines), (int)SLM_ERR_LIMIT));
    cr_expect(slm_string_equal(slm_string_of(text, lines.len), slm_string_from_c("baggage: k=v\r\n")));
}

Test(propagators, of_the_process_are_none_until_they_are_set)
{
    static slm_propagators b3;
    cr_expect(eq(str, (char *)names_of(slm_get_propagators()), ""));
    cr_assert(eq(int, (int)slm_propagators_parse(slm_string_from_c("b3"), NULL, 0, &b3), (int)SLM_OK));
    slm_set_propagators(&b3);
    cr_expect(slm_get_propagators() == &b3);
    slm_set_propagators(NULL);
    cr_expect(eq(str, (char *)names_of(slm_get_propagators()), ""));
}

Test(propagators, of_the_process_come_from_the_environment)
{
    static const struct {
        const char *names, *found;
        slm_status expected;
    } steps[] = {
        { NULL, "tracecontext,baggage", SLM_OK },
        { "", "tracecontext,baggage", SLM_OK },
        { "b3,own", "b3,own", SLM_OK },
        { "none", "", SLM_OK },
        { "xray,jaeger", "jaeger", SLM_ERR_UNSUPPORTED },
        { NULL, "tracecontext,baggage", SLM_OK },
    };
    const slm_propagator *const mine[] = { &own };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        if (steps[i].names)
            setenv("OTEL_PROPAGATORS", steps[i].names, 1);
        else
            unsetenv("OTEL_PROPAGATORS");
        cr_expect(eq(int, (int)slm_propagators_from_environment(mine, 1), (int)steps[i].expected), "step %zu", i);
        cr_expect(eq(str, (char *)names_of(slm_get_propagators()), (char *)steps[i].found), "step %zu", i);
    }
}

Test(propagators, of_the_process_change_no_list_that_was_published)
{
    static const char *const names[] = { "b3",   "b3multi",   "jaeger",    "baggage",   "tracecontext",
                                         "none", "b3,jaeger", "jaeger,b3", "baggage,b3" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        setenv("OTEL_PROPAGATORS", names[i], 1);
        const slm_propagators *before = slm_get_propagators();
        slm_propagators kept = *before;
        slm_status expected = i < SLM_PROPAGATORS_MAX ? SLM_OK : SLM_ERR_LIMIT;
        cr_expect(eq(int, (int)slm_propagators_from_environment(NULL, 0), (int)expected), "%s", names[i]);
        cr_expect(memcmp(before, &kept, sizeof kept) == 0, "%s", names[i]);
    }
}

Test(propagators, refuse_arguments_that_they_cannot_use)
{
    slm_propagators list = { 2, { NULL, &(slm_propagator){ .size = sizeof(slm_propagator), .name = "empty" } } };
    slm_carried carried = carried_of("00-" TRACE "-" SPAN "-01", SLM_HINT_NONE), small = { .size = 8 };
    slm_string block = slm_string_from_c("");
    const int bad = (int)SLM_ERR_INVALID_ARGUMENT;
    cr_expect(eq(int, (int)slm_propagators_extract(NULL, slm_http1_getter(), &block, &carried), bad));
    cr_expect(eq(int, (int)slm_propagators_extract(&list, NULL, &block, &carried), bad));
    cr_expect(eq(int, (int)slm_propagators_extract(&list, slm_http1_getter(), &block, NULL), bad));
    cr_expect(eq(int, (int)slm_propagators_extract(&list, slm_http1_getter(), &block, &small), bad));
    cr_expect(eq(int, (int)slm_propagators_inject(NULL, &carried, slm_http1_setter(), &block), bad));
    cr_expect(eq(int, (int)slm_propagators_inject(&list, &small, slm_http1_setter(), &block), bad));
    cr_expect(eq(int, (int)slm_propagators_inject(&list, &carried, NULL, &block), bad));
    cr_expect(
        eq(int, (int)slm_propagators_extract(&list, slm_http1_getter(), &block, &carried), (int)SLM_ERR_NOT_FOUND));
}
