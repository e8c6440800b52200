/* SPDX-License-Identifier: MIT */
/* What it costs to read and write the headers of a request, through the shared library. Every operation's result is
 * asserted, so that nothing quick and wrong is measured. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <spanloom/baggage.h>
#include <spanloom/carrier.h>

#include "bench/figure.h"

#define PARENT_TEXT "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

/* Makes the compiler believe that the memory is read and written here, so that no work is hoisted or dropped. */
static inline void observe(void *memory)
{
    __asm__ volatile("" : : "r"(memory) : "memory");
}

static double run(void (*once)(void *), void *user, uint64_t ops)
{
    uint64_t start = figure_cpu_ns();
    for (uint64_t i = 0; i < ops; i++) {
        observe(user);
        once(user);
    }
    return (double)(figure_cpu_ns() - start);
}

static void require(bool holds)
{
    if (!holds)
        abort();
}

struct input {
    slm_string header;
    slm_span_context context;
    char text[SLM_BAGGAGE_BYTES_MAX];
};

static void parse_traceparent(void *user)
{
    struct input *input = user;
    require(slm_traceparent_parse(input->header, &input->context) == SLM_OK);
}

static void format_traceparent(void *user)
{
    struct input *input = user;
    require(slm_traceparent_format(&input->context, input->text) == SLM_TRACEPARENT_SIZE - 1);
}

static void inject_headers(void *user)
{
    struct input *input = user;
    slm_header items[4];
    slm_headers headers = { items, 0, 4, input->text, 0, sizeof input->text };
    require(slm_inject(&input->context, slm_headers_setter(), &headers) == SLM_OK);
}

static void extract_http1(void *user)
{
    struct input *input = user;
    require(slm_extract(slm_http1_getter(), &input->header, &input->context) == SLM_OK);
}

static void parse_tracestate(void *user)
{
    struct input *input = user;
    require(slm_tracestate_parse(&input->header, 1, &input->context) == SLM_OK);
}

static void set_tracestate(void *user)
{
    struct input *input = user;
    slm_string key = slm_string_of("key15", 5), value = slm_string_of("value", 5);
    require(slm_tracestate_set(&input->context, key, value) == SLM_OK);
}

static void parse_baggage(void *user)
{
    struct input *input = user;
    slm_baggage baggage = SLM_BAGGAGE_IN(input->text);
    require(slm_baggage_parse(&input->header, 1, &baggage) == SLM_OK);
}

#define FIGURE(once)                                                                                                   \
    static double run_##once(void *user, uint64_t ops)                                                                 \
    {                                                                                                                  \
        return run(once, user, ops);                                                                                   \
    }
FIGURE(parse_traceparent)
FIGURE(format_traceparent)
FIGURE(inject_headers)
FIGURE(extract_http1)
FIGURE(parse_tracestate)
FIGURE(set_tracestate)
FIGURE(parse_baggage)

/* KEY00=VALUE00,KEY01=… of so many members. */
static slm_string list_of(char *out, size_t room, int members, const char *value)
{
    size_t len = 0;
    for (int i = 0; i < members; i++)
        len += (size_t)snprintf(out + len, room - len, "%skey%02d=%s%02d", i > 0 ? "," : "", i, value, i);
    return slm_string_of(out, len);
}

int main(void)
{
    static const char request[] = "GET /a HTTP/1.1\r\nHost: example.com\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\n"
                                  "Accept-Encoding: gzip\r\ntraceparent: " PARENT_TEXT "\r\nContent-Length: 0\r\n\r\n";
    static struct input input;
    static char lists[3][4096];

    figure_calibrate("before");
    input.header = slm_string_from_c(PARENT_TEXT);
    figure("traceparent parse", 1000000, run_parse_traceparent, &input);
    figure("traceparent format", 1000000, run_format_traceparent, &input);
    figure("inject into a header array", 1000000, run_inject_headers, &input);
    input.header = slm_string_from_c(request);
    figure("extract from an HTTP/1.1 request", 500000, run_extract_http1, &input);
    input.header = list_of(lists[0], sizeof lists[0], 32, "vendor");
    figure("tracestate parse, 32 members", 100000, run_parse_tracestate, &input);
    figure("tracestate set, 32 members", 100000, run_set_tracestate, &input);
    input.header = list_of(lists[1], sizeof lists[1], 64, "some-value");
    figure("baggage parse, 64 members", 50000, run_parse_baggage, &input);
    input.header = list_of(lists[2], sizeof lists[2], 64, "a%20longer;property=and-its-value;key");
    figure("baggage parse, 64 with properties", 50000, run_parse_baggage, &input);
    figure_calibrate("after");
    return 0;
}
