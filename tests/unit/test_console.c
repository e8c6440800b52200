/* SPDX-License-Identifier: MIT */
#include "exporters/console.h"
#include "exporters/deadline.h"
#include "exporters/sink.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <unistd.h>

static const slm_scope_data scope = { .name = { "yaks", 4 } };
static const slm_resource resource = { .fields = NULL };

static slm_span_data plain(void)
{
    slm_span_data span = { .size = sizeof span, .scope = &scope };
    memset(&span.trace_id, 0xab, sizeof span.trace_id);
    memset(&span.span_id, 0xcd, sizeof span.span_id);
    span.name = slm_string_from_c("shave");
    span.start_ns = 1700000000123456789;
    span.end_ns = span.start_ns + 1204567;
    return span;
}

/* What a span looks like; the caller frees the buffer. */
static char *show(slmi_buffer *body, const slm_span_data *span)
{
    slmi_encoding state;
    slmi_buffer_init(body, 1 << 20);
    slmi_encoder_console.begin(body, &state, &resource);
    cr_assert(slmi_encode_span(&slmi_encoder_console, body, &state, span));
    slmi_encoder_console.end(body, &state);
    slmi_buffer_add(body, "", 1);
    return body->data;
}

#define IDENTITY                                                                                                       \
    "    2023-11-14T22:13:20.123456Z trace=abababababababababababababababab span=cdcdcdcdcdcdcdcd kind=internal "      \
    "scope=yaks\n"

Test(console, a_span_is_two_lines)
{
    slmi_buffer body;
    slm_span_data span = plain();
    cr_expect(eq(str, show(&body, &span), (char *)"shave 1.204 ms\n" IDENTITY));
    slmi_buffer_free(&body);
}

Test(console, everything_about_a_span_is_shown)
{
    slmi_buffer body;
    slm_span_data span = plain();
    static const int64_t numbers[] = { 1, -2 };
    const slm_value list[] = { slm_value_bool(false), slm_value_string("x", 1) };
    const slm_field inner[] = { { { "n", 1 }, slm_value_i64(1) }, { { "l", 1 }, slm_value_list(list, 2) } };
    slm_field fields[] = {
        { { "yaks", 4 }, slm_value_i64(-3) },
        { { "ok", 2 }, slm_value_bool(true) },
        { { "wool", 4 }, slm_value_string("a \"b\"\n\x1b[31m", 11) },
        { { "error", 5 }, slm_value_errno(ENOENT) },
        { { "numbers", 7 }, slm_value_array(SLM_TYPE_I64, numbers, sizeof *numbers, 2) },
        { { "raw", 3 }, slm_value_bytes("\x01\x02", 2) },
        { { "map", 3 }, slm_value_map(inner, 2) },
    };
    slm_event_data event = {
        .name = { "snip", 4 }, .time_ns = span.start_ns + 500, .fields = fields, .field_count = 1
    };
    slm_span_context other = { .is_remote = true };
    memset(&other.trace_id, 0x11, sizeof other.trace_id);
    memset(&other.span_id, 0x22, sizeof other.span_id);
    slm_link_data link = { .context = &other };
    span.kind = SLM_KIND_CLIENT;
    span.status = SLM_SPAN_ERROR;
    span.status_text = slm_string_from_c("missing yak");
    span.parent_is_remote = true;
    memset(&span.parent_span_id, 0xef, sizeof span.parent_span_id);
    span.fields = fields;
    span.field_count = 7;
    span.dropped_events = 3;
    span.dropped_links = 4;
    span.dropped_fields = 2;
    span.events = &event;
    span.event_count = 1;
    span.links = &link;
    span.link_count = 1;
    static const char expected[] =
        "shave 1.204 ms ERROR \"missing yak\"\n"
        "    2023-11-14T22:13:20.123456Z trace=abababababababababababababababab span=cdcdcdcdcdcdcdcd "
        "parent=efefefefefefefef (remote) kind=client scope=yaks\n"
        "    yaks=-3 ok=true wool=\"a \\\"b\\\"\\n\\u001b[31m\" error=ENOENT numbers=[1, -2] raw=base64:AQI= "
        "map={n=1, l=[false, \"x\"]} fields_dropped=2 events_dropped=3 links_dropped=4\n"
        "    + 500 ns \"snip\" yaks=-3\n"
        "    link trace=11111111111111111111111111111111 span=2222222222222222\n";
    cr_expect(eq(str, show(&body, &span), (char *)expected));
    slmi_buffer_free(&body);
}

Test(console, durations_have_four_units)
{
    static const struct {
        uint64_t ns;
        const char *expected;
    } cases[] = {
        { 0, "shave 0 ns\n" },
        { 999, "shave 999 ns\n" },
        { 1000, "shave 1.000 us\n" },
        { 999999, "shave 999.999 us\n" },
        { 1000000, "shave 1.000 ms\n" },
        { 999999999, "shave 999.999 ms\n" },
        { 1000000000, "shave 1.000 s\n" },
        { 3600000000000, "shave 3600.000 s\n" },
        { UINT64_MAX - 1700000000123456789, "shave 16746744073.586 s\n" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slmi_buffer body;
        slm_span_data span = plain();
        span.end_ns = span.start_ns + cases[i].ns;
        char *text = show(&body, &span);
        cr_expect(strncmp(text, cases[i].expected, strlen(cases[i].expected)) == 0, "%s", text);
        slmi_buffer_free(&body);
    }
}

Test(console, a_huge_value_fills_the_buffer_to_its_bound_and_no_further)
{
    static char huge[100000];
    slmi_encoding state;
    slmi_buffer body;
    slm_span_data span = plain();
    memset(huge, '\n', sizeof huge);
    slm_field field = { { huge, sizeof huge }, slm_value_string(huge, sizeof huge) };
    span.fields = &field;
    span.field_count = 1;
    slmi_buffer_init(&body, 4096);
    slmi_encoder_console.begin(&body, &state, &resource);
    cr_expect(not(slmi_encode_span(&slmi_encoder_console, &body, &state, &span)));
    cr_expect(eq(sz, body.len, (size_t)0));
    slmi_buffer_free(&body);
}

static int ends[2];
static slmi_transport *sink;

static void open_sink(void)
{
    signal(SIGPIPE, SIG_IGN);
    cr_assert(eq(int, pipe(ends), 0));
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    sink = slmi_sink_new(ends[1], "a pipe");
}

static void close_sink(void)
{
    sink->ops->free(sink);
    close(ends[1]);
}

static size_t read_all(char *into, size_t room)
{
    size_t len = 0;
    ssize_t got;
    while (len < room && (got = read(ends[0], into + len, room - len)) > 0)
        len += (size_t)got;
    return len;
}

Test(sink, a_body_arrives_whole, .init = open_sink, .fini = close_sink)
{
    char got[64];
    slmi_answer answer;
    sink->ops->begin(sink, "shave\n", 6, SLMI_NEVER);
    cr_expect(sink->ops->step(sink, 1, &answer));
    cr_expect(eq(int, (int)answer.verdict, (int)SLMI_ACCEPTED));
    cr_expect(eq(sz, read_all(got, sizeof got), (size_t)6));
    close(ends[0]);
}

Test(sink, a_reader_that_does_not_read_is_waited_for_without_blocking, .init = open_sink, .fini = close_sink)
{
    static char body[1 << 20], got[1 << 20];
    slmi_answer answer;
    size_t len = 0;
    for (size_t i = 0; i < sizeof body; i++)
        body[i] = i % 100 == 99 ? '\n' : (char)('a' + i % 26);
    sink->ops->begin(sink, body, sizeof body, SLMI_NEVER);
    cr_expect(not(sink->ops->step(sink, 1000, &answer)));
    cr_expect(sink->ops->due(sink) > 1000);
    bool done = false;
    while (!done) {
        len += read_all(got + len, sizeof got - len);
        done = sink->ops->step(sink, 1000, &answer);
    }
    len += read_all(got + len, sizeof got - len);
    cr_expect(eq(sz, len, sizeof body));
    cr_expect(eq(int, memcmp(got, body, sizeof body), 0));
    close(ends[0]);
}

Test(sink, one_that_never_reads_costs_the_batch_at_its_deadline, .init = open_sink, .fini = close_sink)
{
    static char body[1 << 20];
    slmi_answer answer;
    sink->ops->begin(sink, body, sizeof body, 5000);
    cr_expect(not(sink->ops->step(sink, 4999, &answer)));
    cr_expect(sink->ops->step(sink, 5000, &answer));
    cr_expect(eq(int, (int)answer.verdict, (int)SLMI_FATAL));
    cr_expect(eq(str, answer.text, (char *)"nobody reads it"));
    close(ends[0]);
}

Test(sink, one_that_is_gone_is_said_so, .init = open_sink, .fini = close_sink)
{
    slmi_answer answer;
    close(ends[0]);
    sink->ops->begin(sink, "shave\n", 6, SLMI_NEVER);
    cr_expect(sink->ops->step(sink, 1, &answer));
    cr_expect(eq(int, (int)answer.verdict, (int)SLMI_FATAL));
    cr_expect(eq(str, answer.text, (char *)"Broken pipe"));
}
