/* SPDX-License-Identifier: MIT */
/* What a request brings, as a context: up to the request that goes on, from wherever it is sent. */
#include "tests/unit/recording.h"
#include <spanloom/carrier.h>
#include <spanloom/propagator.h>
#include <spanloom/trace.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#define TRACE "12345678901234567890123456789012"
#define SPAN  "00f067aa0ba902b7"

static void use_propagators(const char *names)
{
    static slm_propagators list;
    cr_assert(eq(int, (int)slm_propagators_parse(slm_string_from_c(names), NULL, 0, &list), (int)SLM_OK));
    slm_set_propagators(&list);
}

static slm_context received(const char *block)
{
    slm_string text = slm_string_from_c(block);
    return slm_extract_context(slm_http1_getter(), &text);
}

/* The headers of a request that is sent now. */
static const char *sent(void)
{
    static char text[SLM_BAGGAGE_BYTES_MAX + 1024];
    slm_http1_lines lines = { text, 0, sizeof text - 1 };
    (void)slm_inject_current(slm_http1_setter(), &lines);
    text[lines.len] = '\0';
    return text;
}

struct callback {
    slm_span span;
    char headers[1024];
};

static void *send_from_callback(void *user)
{
    struct callback *callback = user;
    SLM_ENTER(callback->span);
    snprintf(callback->headers, sizeof callback->headers, "%.1023s", sent());
    return NULL;
}

Test(carried, baggage_of_a_request_reaches_one_that_another_thread_sends_after_only_entering_the_span)
{
    slm_subscriber *subscriber = recording_begin();
    use_propagators("tracecontext,baggage");
    slm_context context = received("traceparent: 00-" TRACE "-" SPAN "-01\r\ntracestate: a=1\r\n"
                                   "baggage: userId=Am%C3%A9lie;p=1\r\nbaggage: tenant=7\r\n");
    struct callback callback = { .span = SLM_SPAN_WITH((.parent = slm_under_context(&context)), "serve") };
    slm_context_release(&context);
    cr_assert(slm_span_is_enabled(callback.span));
    pthread_t thread;
    cr_assert(eq(int, pthread_create(&thread, NULL, send_from_callback, &callback), 0));
    pthread_join(thread, NULL);
    cr_expect(strstr(callback.headers, "traceparent: 00-" TRACE "-") == callback.headers, "%s", callback.headers);
    cr_expect(strstr(callback.headers, SPAN) == NULL, "the span's own id is sent");
    cr_expect(strstr(callback.headers, "tracestate: a=1\r\n") != NULL, "%s", callback.headers);
    cr_expect(strstr(callback.headers, "baggage: userId=Am%C3%A9lie;p=1,tenant=7\r\n") != NULL, "%s", callback.headers);
    slm_span_end(callback.span);
    recording_end(subscriber);
}

Test(carried, all_of_it_goes_on_when_nobody_records)
{
    use_propagators("tracecontext,baggage");
    slm_context context = received("traceparent: 00-" TRACE "-" SPAN "-01\r\nbaggage: k=v\r\n");
    slm_token token = slm_context_attach(&context);
    cr_expect(eq(str, (char *)sent(), "traceparent: 00-" TRACE "-" SPAN "-01\r\nbaggage: k=v\r\n"));
    slm_context_detach(token);
    slm_context_release(&context);
    cr_expect(eq(str, (char *)sent(), ""));
}

Test(carried, baggage_goes_on_without_a_trace)
{
    use_propagators("tracecontext,baggage");
    slm_context context = received("baggage: k=v\r\n");
    slm_token token = slm_context_attach(&context);
    cr_expect(eq(str, (char *)sent(), "baggage: k=v\r\n"));
    slm_context_detach(token);
    slm_context_release(&context);
}

static const struct {
    const char *why, *names, *block;
    bool empty, sampled, debug, same_trace;
} hints[] = {
    { "nothing", "tracecontext,baggage,b3", "Host: x\r\n", true, true, false, false },
    { "malformed", "tracecontext", "traceparent: x\r\n", true, true, false, false },
    { "B3 denies without ids", "b3", "b3: 0\r\n", false, false, false, false },
    { "B3 accepts without ids", "b3", "b3: 1\r\n", false, true, false, false },
    { "B3 debugs without ids", "b3", "b3: d\r\n", false, true, true, false },
    { "B3 leaves it to us", "b3", "b3: " TRACE "-" SPAN "\r\n", false, true, false, true },
    { "B3 denies", "b3", "b3: " TRACE "-" SPAN "-0\r\n", false, false, false, true },
    { "B3 debugs", "b3", "b3: " TRACE "-" SPAN "-d\r\n", false, true, true, true },
    { "Jaeger debugs", "jaeger", "uber-trace-id: " TRACE ":" SPAN ":0:3\r\n", false, true, true, true },
    { "W3C, not sampled", "tracecontext", "traceparent: 00-" TRACE "-" SPAN "-00\r\n", false, false, false, true },
};

Test(carried, roots_and_children_obey_what_the_request_says_of_sampling)
{
    slm_subscriber *subscriber = recording_begin();
    for (size_t i = 0; i < sizeof hints / sizeof *hints; i++) {
        use_propagators(hints[i].names);
        slm_context context = received(hints[i].block);
        cr_expect(eq(int, context.id == 0, hints[i].empty), "%s", hints[i].why);
        slm_span span = SLM_SPAN_WITH((.parent = slm_under_context(&context)), "serve");
        slm_span child = SLM_SPAN_WITH((.parent = slm_under(span)), "call");
        slm_span_context identity;
        cr_assert(slm_span_identity(child, &identity), "%s", hints[i].why);
        cr_expect(eq(int, identity.flags &SLM_FLAG_SAMPLED, hints[i].sampled), "%s", hints[i].why);
        cr_expect(identity.flags <= (SLM_FLAG_SAMPLED | SLM_FLAG_RANDOM), "%s", hints[i].why);
        char text[SLM_TRACEPARENT_SIZE];
        slm_traceparent_format(&identity, text);
        cr_expect(eq(int, strstr(text, TRACE) != NULL, hints[i].same_trace), "%s: %s", hints[i].why, text);
        use_propagators("b3");
        slm_token token = slm_enter(child);
        const char *headers = sent();
        cr_expect(eq(int, strstr(headers, "-d\r\n") != NULL, hints[i].debug), "%s: %s", hints[i].why, headers);
        cr_expect(eq(int, strstr(headers, "-0\r\n") != NULL, !hints[i].sampled), "%s: %s", hints[i].why, headers);
        slm_exit(token);
        slm_span_end(child);
        slm_span_end(span);
        slm_context_release(&context);
    }
    recording_end(subscriber);
}

Test(carried, chosen_baggage_is_copied_onto_a_span)
{
    static const char *const keys[] = { "tenant", "absent", "user", NULL };
    slm_subscriber *subscriber = recording_begin();
    char text[] = "secret=1,user=Am%C3%A9lie,tenant=a%20b";
    slm_baggage baggage = { text, sizeof text - 1, sizeof text };
    slm_span span = SLM_SPAN("serve");
    slm_span_set_baggage(span, &baggage, keys);
    slm_span_set_baggage(span, NULL, keys);
    slm_span_set_baggage((slm_span){ 0 }, &baggage, keys);
    slm_span_end(span);
    cr_expect(eq(str, (char *)recording_take(), "serve kind=0 status=0 tenant=a b user=Amélie\n"));
    recording_end(subscriber);
}

Test(carried, nonsense_makes_no_context)
{
    slm_carried small = { .size = 8 };
    cr_expect(slm_context_of_carried(NULL).id == 0);
    cr_expect(slm_context_of_carried(&small).id == 0);
    cr_expect(slm_extract_context(NULL, NULL).id == 0);
}
