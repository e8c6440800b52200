/* SPDX-License-Identifier: MIT */
/* Values that no program should have: broken UTF-8, embedded NULs, a mebibyte, printers that lie. Whatever shows or
 * keeps them stays whole, and what is cut is counted and marked. */
#define SLM_TARGET "values"
#include <spanloom/diagnostic.h>
#include <spanloom/format.h>
#include <spanloom/span_limits.h>
#include <spanloom/test.h>
#include <spanloom/trace.h>

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { MEBIBYTE = 1 << 20 };

static size_t claims_all(const void *object, char *out, size_t room)
{
    (void)object;
    memset(out, 'x', room); /* and no terminator */
    return SIZE_MAX;
}

static size_t claims_one_more(const void *object, char *out, size_t room)
{
    (void)object;
    memset(out, 'x', room);
    return room + 1;
}

static size_t claims_the_room(const void *object, char *out, size_t room)
{
    (void)object;
    memset(out, 'x', room);
    return room;
}

static size_t writes_and_claims_none(const void *object, char *out, size_t room)
{
    (void)object;
    memset(out, 'x', room);
    return 0;
}

static size_t writes_nothing_and_claims_some(const void *object, char *out, size_t room)
{
    (void)object;
    (void)out;
    return room / 2;
}

static size_t writes_garbage(const void *object, char *out, size_t room)
{
    (void)object;
    for (size_t i = 0; i < room; i++)
        out[i] = (char)(i * 37);
    return room - 1;
}

static slm_printer *const printers[] = {
    claims_all, claims_one_more, claims_the_room, writes_and_claims_none, writes_nothing_and_claims_some, writes_garbage
};

static char big[MEBIBYTE + 1];

/* Lengths of what is not there, and elements of no size. */
static void trace_what_is_not_there(void)
{
    slm_value map = slm_value_map(NULL, 0), list = slm_value_list(NULL, 0);
    map.len = list.len = 3;
    SLM_INFO(("map", SLM_VALUE(map)), ("list", SLM_VALUE(list)), "members");
    SLM_INFO(("numbers", SLM_VALUE(slm_value_array(SLM_TYPE_I64, NULL, 4, 3))),
             ("strings", SLM_VALUE(slm_value_array(SLM_TYPE_STRING, NULL, sizeof(char *), 3))), "elements");
    SLM_INFO(("of no size", SLM_VALUE(slm_value_array(SLM_TYPE_I64, big, 0, 3))), "elements of no size");
}

static void trace_all(void)
{
    static const char nul[] = "before\0after", broken[] = "\xff\xc0\x80\xed\xa0\x80\xf5\x80 end \xe2\x82";
    SLM_SCOPE("bad", ("nul", slm_strn(nul, sizeof nul)), ("broken", broken), ("big", slm_strn(big, MEBIBYTE)));
    SLM_INFO(("nul", slm_strn(nul, sizeof nul)), ("broken", broken), "%s", broken);
    SLM_INFO(("big", slm_strn(big, MEBIBYTE)), ("after", 1), "%s", big);
    SLM_INFO(("bytes", slm_bytes(big, MEBIBYTE)), "bytes");
    for (size_t i = 0; i < sizeof printers / sizeof *printers; i++)
        SLM_INFO(("printed", slm_debug(big, printers[i])), ("after", 1), "printed");
    trace_what_is_not_there();
}

/* -- shown ------------------------------------------------------------------------------------------------------------
 */

static unsigned lines;
static bool json;

static slm_status check_line(void *self, const slm_metadata *metadata, slm_string line)
{
    (void)self;
    (void)metadata;
    lines++;
    cr_expect(line.len <= SLM_LINE_MAX && line.len && line.data[line.len - 1] == '\n');
    for (size_t i = 0; i + 1 < line.len; i++) {
        unsigned char c = (unsigned char)line.data[i];
        bool plain = (c >= 0x20 && c != 0x7f) || c == '\n';
        cr_expect(plain, "byte %02x at %zu", c, i);
    }
    if (!json)
        return SLM_OK;
    cJSON *parsed = cJSON_ParseWithLength(line.data, line.len);
    cr_expect(parsed != NULL, "%.*s", (int)line.len, line.data);
    cJSON_Delete(parsed);
    return SLM_OK;
}

Test(bad_values, every_format_shows_a_whole_line_and_counts_what_it_cuts)
{
    static const slm_writer_ops ops = { .size = sizeof ops, .write = check_line };
    memset(big, 'b', MEBIBYTE);
    for (int style = SLM_FORMAT_FULL; style <= SLM_FORMAT_TREE; style++) {
        slm_format_options options = { .size = sizeof options,
                                       .style = (slm_format_style)style,
                                       .span_events = SLM_SPAN_EVENT_FULL,
                                       .writer = slm_writer_new(&ops, NULL) };
        slm_writer *writer = slm_writer_retain(options.writer);
        slm_layer layer;
        slm_subscriber *subscriber;
        json = style == SLM_FORMAT_JSON;
        lines = 0;
        cr_assert(eq(int, (int)slm_layer_format(&options, NULL, &layer), (int)SLM_OK));
        cr_assert(eq(int, (int)slm_subscriber_of_layers(&layer, 1, &subscriber), (int)SLM_OK));
        slm_subscriber_scope scope = slm_thread_subscriber_push(subscriber);
        trace_all();
        slm_thread_subscriber_pop(scope);
        slm_subscriber_release(subscriber);
        slm_writer_stats stats = { .size = sizeof stats };
        slm_writer_stats_read(writer, &stats);
        cr_expect(eq(uint, lines, 4 + 3 + 3 + sizeof printers / sizeof *printers), "style %d", style);
        cr_expect(gt(u64, stats.cut, 0u), "style %d", style);
        slm_writer_release(writer);
    }
}

/* -- kept -------------------------------------------------------------------------------------------------------------
 */

static size_t longest(const slm_field *fields, size_t count)
{
    size_t most = 0;
    for (size_t i = 0; i < count; i++)
        if (fields[i].value.type == SLM_TYPE_STRING && fields[i].value.len > most)
            most = fields[i].value.len;
    return most;
}

static void keep(const slm_span_limits *limits, size_t *value, size_t *events)
{
    slm_memory_exporter *exporter;
    slm_set_span_limits(limits);
    cr_assert(eq(int, (int)slm_memory_exporter_new(NULL, &exporter), (int)SLM_OK));
    slm_subscriber_scope scope = slm_thread_subscriber_push(slm_memory_exporter_subscriber(exporter));
    trace_all();
    slm_thread_subscriber_pop(scope);
    const slm_span_data *s = slm_memory_exporter_find(exporter, "bad");
    cr_assert(s != NULL);
    *value = longest(s->fields, s->field_count);
    *events = s->event_count + s->dropped_events;
    slm_memory_exporter_free(exporter);
}

Test(bad_values, a_record_keeps_what_its_bounds_allow_and_counts_the_rest)
{
    size_t value, events;
    memset(big, 'b', MEBIBYTE);
    keep(NULL, &value, &events);
    cr_expect(eq(sz, value, 65536), "64 KiB a value, if nothing is said");
    cr_expect(eq(sz, events, 3 + 3 + sizeof printers / sizeof *printers), "each is there, or counted");
    cr_expect(gt(u64, slm_diagnostic_count(SLM_DIAG_SPAN_LIMIT), 0u));

    slm_span_limits limits = SLM_SPAN_LIMITS_INIT;
    limits.value_bytes = 1000;
    limits.span_bytes = 2048;
    keep(&limits, &value, &events);
    cr_expect(eq(sz, value, 1000));
    cr_expect(eq(sz, events, 3 + 3 + sizeof printers / sizeof *printers));
}
