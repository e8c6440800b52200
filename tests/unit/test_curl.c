/* SPDX-License-Identifier: MIT */
/* libcurl's header lists as carriers, with and without memory. */
#include <spanloom/context.h>
#include <spanloom/curl.h>
#include <spanloom/propagator.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define T    "12345678901234567890123456789012"
#define P    "1234567890123456"
#define GOOD "00-" T "-" P "-01"

/* libcurl's memory: after `allowance` more allocations there is none; `living` finds leaks. */
static long allowance = -1, living;

static bool refused(void)
{
    if (allowance == 0)
        return true;
    allowance -= allowance > 0;
    living++;
    return false;
}

static void *limited_malloc(size_t size)
{
    return refused() ? NULL : malloc(size);
}

static void limited_free(void *memory)
{
    living -= memory != NULL;
    free(memory);
}

static void *limited_realloc(void *memory, size_t size)
{
    return memory ? realloc(memory, size) : limited_malloc(size);
}

static char *limited_strdup(const char *text)
{
    return refused() ? NULL : strdup(text);
}

static void *limited_calloc(size_t count, size_t size)
{
    return refused() ? NULL : calloc(count, size);
}

static void start_curl(void)
{
    cr_assert(eq(int,
                 (int)curl_global_init_mem(CURL_GLOBAL_DEFAULT, limited_malloc, limited_free, limited_realloc,
                                           limited_strdup, limited_calloc),
                 0));
    living = 0;
    unsetenv("OTEL_PROPAGATORS");
    (void)slm_propagators_from_environment(NULL, 0);
}

TestSuite(curl, .init = start_curl);

/* The lines of a list, each ended by '|'. */
static const char *lines_of(const struct curl_slist *list)
{
    static char text[4096];
    size_t len = 0;
    text[0] = '\0';
    for (; list; list = list->next)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s|", list->data);
    return text;
}

static struct curl_slist *list_of(const char *const *lines)
{
    struct curl_slist *list = NULL;
    for (; *lines; lines++)
        list = curl_slist_append(list, *lines);
    return list;
}

static slm_span_context example(const char *tracestate)
{
    slm_span_context context;
    cr_assert(eq(int, (int)slm_traceparent_parse(slm_string_from_c(GOOD), &context), (int)SLM_OK));
    slm_string line = slm_string_from_c(tracestate);
    cr_assert(eq(int, (int)slm_tracestate_parse(&line, 1, &context), (int)SLM_OK));
    return context;
}

static const struct {
    const char *why;
    const char *before[8];
    const char *tracestate, *after;
} cases[] = {
    { "an empty list", { NULL }, "a=1", "traceparent: " GOOD "|tracestate: a=1|" },
    { "a list of others", { "Host: x", "Accept:" }, "", "Host: x|Accept:|traceparent: " GOOD "|" },
    { "what it has is replaced in place",
      { "tracestate: b=2", "Host: x", "Traceparent: old", "TRACESTATE: c=3" },
      "a=1",
      "tracestate: a=1|Host: x|traceparent: " GOOD "|" },
    { "an old tracestate goes", { "Host: x", "tracestate: b=2", "Tracestate;" }, "", "Host: x|traceparent: " GOOD "|" },
    { "an old tracestate that is first goes", { "tracestate: b=2", "tracestate: c=3" }, "", "traceparent: " GOOD "|" },
    { "names that only start alike stay",
      { "traceparent2: x", "tracestat: y", "trace" },
      "",
      "traceparent2: x|tracestat: y|trace|traceparent: " GOOD "|" },
};

Test(curl, injects_into_lists_in_place_of_what_they_had)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct curl_slist *list = list_of(cases[i].before), *first = list;
        slm_span_context context = example(cases[i].tracestate);
        cr_expect(eq(int, (int)slm_inject(&context, slm_curl_setter(), &list), (int)SLM_OK));
        cr_expect(eq(str, (char *)lines_of(list), (char *)cases[i].after), "%s", cases[i].why);
        if (first)
            cr_expect(list == first, "%s: the first node moved", cases[i].why);
        slm_span_context got;
        cr_expect(eq(int, (int)slm_extract(slm_curl_getter(), &list, &got), (int)SLM_OK), "%s", cases[i].why);
        cr_expect(eq(int, got.tracestate_len, context.tracestate_len), "%s", cases[i].why);
        curl_slist_free_all(list);
    }
    cr_expect(eq(long, living, 0), "a leak");
}

Test(curl, adds_the_current_context_to_a_list)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct curl_slist *list = list_of(cases[i].before), *first = list;
        slm_span_context remote = example(cases[i].tracestate);
        slm_context context = slm_context_remote(&remote);
        slm_token token = slm_context_attach(&context);
        list = slm_curl_headers(list);
        slm_context_detach(token);
        slm_context_release(&context);
        cr_expect(eq(str, (char *)lines_of(list), (char *)cases[i].after), "%s", cases[i].why);
        if (first)
            cr_expect(list == first, "%s: the first node moved", cases[i].why);
        curl_slist_free_all(list);
    }
    cr_expect(eq(long, living, 0), "a leak");
}

Test(curl, leaves_a_list_alone_when_nothing_is_current)
{
    cr_expect(slm_curl_headers(NULL) == NULL);
    struct curl_slist *list = list_of((const char *const[]){ "Host: x", "traceparent: of another", NULL });
    cr_expect(slm_curl_headers(list) == list);
    cr_expect(eq(str, (char *)lines_of(list), "Host: x|traceparent: of another|"));
    curl_slist_free_all(list);
}

Test(curl, gives_a_list_back_unchanged_whichever_allocation_fails)
{
    slm_span_context remote = example("a=1");
    slm_context context = slm_context_remote(&remote);
    slm_token token = slm_context_attach(&context);
    for (long allowed = 0; allowed < 4; allowed++) {
        struct curl_slist *list = list_of((const char *const[]){ "Host: x", "Tracestate: b=2", NULL });
        allowance = allowed;
        cr_expect(slm_curl_headers(list) == list);
        cr_expect(slm_curl_headers(NULL) == NULL);
        allowance = -1;
        cr_expect(eq(str, (char *)lines_of(list), "Host: x|Tracestate: b=2|"), "%ld allocations", allowed);
        curl_slist_free_all(list);
    }
    slm_context_detach(token);
    slm_context_release(&context);
    cr_expect(eq(long, living, 0), "a leak");
}

Test(curl, refuses_a_line_that_is_too_long)
{
    static char value[SLM_CURL_LINE_MAX];
    memset(value, 'x', sizeof value);
    struct curl_slist *list = NULL;
    slm_string name = slm_string_from_c("baggage");
    size_t room = SLM_CURL_LINE_MAX - name.len - 3;
    cr_expect(eq(int, (int)slm_curl_setter()->set(&list, name, slm_string_of(value, room + 1)), (int)SLM_ERR_LIMIT));
    cr_expect(list == NULL);
    cr_expect(eq(int, (int)slm_curl_setter()->set(&list, name, slm_string_of(value, room)), (int)SLM_OK));
    cr_expect(eq(sz, strlen(list->data), SLM_CURL_LINE_MAX - 1));
    curl_slist_free_all(list);
}
