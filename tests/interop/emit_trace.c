/* SPDX-License-Identifier: MIT */
/* What the trace holds; trace.py says what a reader must find of it. */
#define SLM_INSTRUMENTATION_NAME    "interop"
#define SLM_INSTRUMENTATION_VERSION "0.9-\"rc\""

#include "tests/interop/emit.h"

#include <spanloom/span_limits.h>
#include <spanloom/trace.h>

#include <errno.h>
#include <float.h>
#include <stdio.h>

enum { STEP_NS = 1000000, OVERFLOWING = 140 };

#define AT(base, n) .start_ns = (base) + (n) * (uint64_t)STEP_NS
#define UNDER(span) .parent = slm_under(span)

static size_t print_yak(const void *yak, char *out, size_t room)
{
    return (size_t)snprintf(out, room, "yak \"%s\"", (const char *)yak);
}

static void set_scalars(slm_span span)
{
    SLM_SET(span, "bool.true", (bool)true);
    SLM_SET(span, "bool.false", (bool)false);
    SLM_SET(span, "i64.min", INT64_MIN);
    SLM_SET(span, "i64.max", INT64_MAX);
    SLM_SET(span, "i64.zero", 0);
    SLM_SET(span, "i64.above_2_53", INT64_C(9007199254740993));
    SLM_SET(span, "u64.max", UINT64_MAX);
    SLM_SET(span, "u64.small", 7u);
    SLM_SET(span, "f64.tenth", 0.1);
    SLM_SET(span, "f64.whole", -3.0);
    SLM_SET(span, "f64.max", DBL_MAX);
    SLM_SET(span, "f64.least", DBL_TRUE_MIN);
    SLM_SET(span, "errno", slm_errno(ENOENT));
    SLM_SET(span, "pointer", (void *)(uintptr_t)0x1a2b); /* NOLINT(performance-no-int-to-ptr) */
    SLM_SET(span, "debug", slm_debug("Dri", print_yak));
}

static void set_texts(slm_span span)
{
    static const unsigned char bytes[] = { 0, 1, 0x7f, 0x80, 0xfe, 0xff, 'y' };
    static char long_text[3001];
    memset(long_text, 'w', sizeof long_text - 1);
    SLM_SET(span, "text.plain", "wool");
    SLM_SET(span, "text.empty", "");
    SLM_SET(span, "text.unicode", "\xd1\x8f\xd0\xba \xe7\x8a\x9b \xf0\x9f\x90\x82 e\xcc\x81");
    SLM_SET(span, "text.escapes", "\" \\ / \b \f \n \r \t \x01 \x1f \x7f <&>");
    SLM_SET(span, "text.not_utf8", "a\xff\xc0\xafz");
    SLM_SET(span, "text.nul", slm_strn("a\0z", 3));
    SLM_SET(span, "text.long", long_text);
    SLM_SET(span, "bytes", slm_bytes(bytes, sizeof bytes));
    SLM_SET(span, "bytes.empty", slm_bytes(bytes, 0));
    SLM_SET(span, "kl\xc3\xba\xc4\x8d \"key\"", "k");
    SLM_SET(span, "set.twice", "first");
    SLM_SET(span, "set.twice", "second");
}

static void set_arrays(slm_span span)
{
    static const bool bools[] = { true, false };
    static const int64_t numbers[] = { INT64_MIN, 0, INT64_MAX };
    static const uint64_t large[] = { 1, UINT64_MAX };
    static const double doubles[] = { 0.5, -1e-9 };
    static const char *const texts[] = { "", "\"q\"", "\xe7\x8a\x9b" };
    SLM_SET(span, "array.bool", slm_array(bools, 2));
    SLM_SET(span, "array.i64", slm_array(numbers, 3));
    SLM_SET(span, "array.u64", slm_array(large, 2));
    SLM_SET(span, "array.f64", slm_array(doubles, 2));
    SLM_SET(span, "array.text", slm_array(texts, 3));
    SLM_SET(span, "array.empty", slm_array(numbers, 0));
}

static void set_maps(slm_span span)
{
    const slm_field deep[] = { { slm_string_from_c("woolly"), slm_value_bool(true) },
                               { slm_string_from_c("none"), slm_value_empty() } };
    const slm_value mixed[] = { slm_value_i64(INT64_MIN), slm_value_string("\"", 1), slm_value_map(deep, 1) };
    const slm_field yak[] = { { slm_string_from_c("name"), slm_value_string("\xe7\x8a\x9b", 3) },
                              { slm_string_from_c("legs"), slm_value_i64(4) },
                              { slm_string_from_c("more"), slm_value_map(deep, 2) },
                              { slm_string_from_c("mixed"), slm_value_list(mixed, 3) } };
    SLM_SET(span, "map", slm_map(yak, 4));
    SLM_SET(span, "map.empty", slm_map(yak, 0));
}

static void add_events(slm_span span, uint64_t base_ns)
{
    static const int64_t numbers[] = { 1, 2 };
#define EVENT_AT(n) (UNDER(span), .time_ns = base_ns + (n))
    SLM_EVENT_WITH(EVENT_AT(1), SLM_LEVEL_INFO, "plain");
    SLM_EVENT_WITH(EVENT_AT(1001), SLM_LEVEL_WARN, ("i", INT64_MAX), ("t", "\"\n\xe7\x8a\x9b"), ("yes", (bool)true),
                   ("f", 1.5), ("a", slm_array(numbers, 2)), "yak \"%s\" has %d legs", "Dri", 4);
    SLM_EVENT_WITH(EVENT_AT(2001), SLM_LEVEL_INFO, ("only", "fields"));
    const slm_error error = { .size = sizeof error,
                              .type = "ENOENT",
                              .message = "no \"wool\"",
                              .stacktrace = "shear\n  main",
                              .time_ns = base_ns + 3001 };
    slm_span_record(span, &error);
#undef EVENT_AT
}

/* More of everything than the limits let through. */
static void overflow(slm_span span, uint64_t base_ns)
{
    char key[16];
    for (int i = 0; i < OVERFLOWING; i++) {
        int len = snprintf(key, sizeof key, "key.%03d", i);
        slm_span_set(span, slm_string_of(key, (size_t)len), slm_value_i64(i));
    }
    SLM_EVENT_WITH((UNDER(span), .time_ns = base_ns), SLM_LEVEL_INFO, ("a", 1), ("b", 2), ("c", 3), ("d", 4), ("e", 5),
                   ("f", 6), ("g", 7), ("h", 8), ("i", 9), ("j", 10), "wide");
    for (uint64_t i = 1; i <= 5; i++)
        SLM_EVENT_WITH((UNDER(span), .time_ns = base_ns + 1000 * i), SLM_LEVEL_INFO, "many");
    for (int i = 0; i < 4; i++)
        slm_span_add_link(span, (slm_link){ .span = span });
}

/* After slm_init(), which sets its own. */
static void set_limits(void)
{
    slm_span_limits limits = SLM_SPAN_LIMITS_INIT;
    limits.events = 4;
    limits.links = 2;
    limits.event_attributes = 8;
    limits.link_attributes = 2;
    slm_set_span_limits(&limits);
}

static void add_links(slm_span from, slm_span to)
{
    slm_span_context elsewhere = { .trace_id = { { 0xa1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 } },
                                   .span_id = { { 0xc1, 2, 3, 4, 5, 6, 7, 8 } },
                                   .flags = SLM_FLAG_SAMPLED | SLM_FLAG_RANDOM,
                                   .is_remote = true,
                                   .tracestate_len = 7,
                                   .tracestate = "far=far" };
    const slm_field why[] = { { slm_string_from_c("why"), slm_value_string("\"batch\"", 7) },
                              { slm_string_from_c("n"), slm_value_i64(-3) },
                              { slm_string_from_c("beyond the limit"), slm_value_bool(true) } };
    slm_span_add_link(from, (slm_link){ .span = to });
    slm_span_add_link(from, (slm_link){ .context = &elsewhere, .fields = why, .field_count = 3 });
}

void emit_trace(const slm_span_context *remote, uint64_t base_ns)
{
    set_limits();
    slm_span serve = SLM_SPAN_WITH((.kind = SLM_KIND_SERVER, .parent = slm_under_remote(remote), AT(base_ns, 0)),
                                   "serve yaks", ("http.request.method", "GET"), ("http.response.status_code", 200));
    slm_span values = SLM_SPAN_WITH((UNDER(serve), AT(base_ns, 1)), "values", ("given.at.start", 1),
                                    ("given.and.set", "old"), ("never.set", SLM_EMPTY));
    SLM_SET(values, "given.and.set", "new");
    set_scalars(values);
    set_texts(values);
    set_arrays(values);
    set_maps(values);
    slm_span_end_at(values, base_ns + 1 * STEP_NS + 500001);

    slm_span get = SLM_SPAN_WITH((.kind = SLM_KIND_CLIENT, UNDER(serve), AT(base_ns, 2)), "GET /yaks/{id}",
                                 ("network.peer.address", "2001:db8::7"), ("network.peer.port", 8443));
    slm_span_fail(get, ETIMEDOUT, "no answer in %d ms: \"%s\"", 20, "\xe7\x8a\x9b");
    slm_span_end_at(get, base_ns + 2 * STEP_NS + 20000000);

    slm_span send = SLM_SPAN_WITH((.kind = SLM_KIND_PRODUCER, UNDER(serve), AT(base_ns, 3)), "send wool",
                                  ("server.address", "Wool.example"));
    add_links(send, serve);
    slm_span receive = SLM_SPAN_WITH((.kind = SLM_KIND_CONSUMER, UNDER(send), AT(base_ns, 4)), "receive wool");
    slm_span_set_status(receive, SLM_SPAN_OK, "ignored with OK");
    slm_span_end_at(receive, base_ns + 4 * STEP_NS + 2000000000);
    slm_span_end_at(send, base_ns + 3 * STEP_NS + 1001);

    slm_span events = SLM_SPAN_WITH((UNDER(serve), AT(base_ns, 5)), "events");
    add_events(events, base_ns + 5 * STEP_NS);
    slm_span_end_at(events, base_ns + 5 * STEP_NS + 10000);

    slm_span full = SLM_SPAN_WITH((UNDER(serve), AT(base_ns, 6)), "overflow");
    overflow(full, base_ns + 6 * STEP_NS);
    slm_span_end_at(full, base_ns + 6 * STEP_NS + 1);

    slm_span renamed = SLM_SPAN_WITH((UNDER(serve), AT(base_ns, 7)), "first name");
    slm_span_set_name(renamed, "\"jalape\xc3\xb1o\"\n\\ \xf0\x9f\x8c\xb6");
    slm_span_end_at(renamed, base_ns + 7 * STEP_NS);

    slm_span_end_at(serve, base_ns + 8 * STEP_NS + 123);
}
