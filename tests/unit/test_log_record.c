/* SPDX-License-Identifier: MIT */
/* Events as records of their own: what a pipeline of logs gets, and what spans still keep. */
#define SLM_TARGET "logs"
#include <spanloom/stats.h>
#include <spanloom/trace.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/export.h"
#include "core/install.h"

enum { SPANS = 0, LOGS = 1 };

static slmi_scratch scratch;
static char text[65536];
static unsigned span_events;
static slm_log_data last;

/* As much of it as there is room for. */
__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
    size_t used = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text + used, sizeof text - used, format, arguments);
    va_end(arguments);
}

static void take(void *user, unsigned pipeline, uint32_t record)
{
    (void)user;
    if (pipeline == SPANS) {
        const slm_span_data *span = slmi_record_data(record, pipeline, &scratch);
        span_events += span->event_count;
        say("span %.*s status=%u\n", (int)span->name.len, span->name.data, span->status);
    } else {
        const slm_log_data *log = slmi_log_record_data(record, &scratch);
        last = *log;
        say("%u %.*s '%.*s'", log->level, (int)log->scope->name.len, log->scope->name.data, (int)log->body.len,
            log->body.data);
        for (uint32_t i = 0; i < log->field_count; i++)
            say(" %.*s", (int)log->fields[i].key.len, log->fields[i].key.data);
        say("\n");
    }
    slmi_record_release(record);
}

static const char *drained(void)
{
    text[0] = '\0';
    span_events = 0;
    while (slmi_export_drain(take, NULL)) {
    }
    return text;
}

static void wake(void *user)
{
    (void)user;
}

static void begin(bool logs_only)
{
    slmi_installation in = {
        .export_directives = "debug", .export_name = "test", .pipelines = 2, .logs = 1u << LOGS, .logs_only = logs_only
    };
    slmi_consumer consumer = { .wake = wake };
    cr_assert(eq(int, slmi_install(&in), SLM_OK));
    cr_assert(eq(int, slmi_export_open(&consumer, 2), SLM_OK));
}

#define GOT(want) cr_expect(eq(str, (char *)drained(), (char *)(want)))

Test(log_record, an_event_is_a_record_with_its_spans_ids_and_the_span_keeps_none)
{
    begin(true);
    slm_span_context in;
    {
        SLM_SCOPE("shave", ("yak", 3));
        cr_assert(slm_current_context(&in));
        SLM_INFO(("n", 1), ("who", "Frieda"), "shaved %d of %s", 1, "many");
    }
    GOT("3 logs 'shaved 1 of many' n who\nspan shave status=0\n");
    cr_expect(eq(uint, span_events, 0));
    cr_expect(memcmp(last.trace_id.bytes, in.trace_id.bytes, 16) == 0);
    cr_expect(memcmp(last.span_id.bytes, in.span_id.bytes, 8) == 0);
    cr_expect(last.flags & SLM_FLAG_SAMPLED);
    cr_expect(last.time_ns > UINT64_C(1500000000000000000));
    cr_expect(eq(u64, last.observed_ns, last.time_ns));
}

Test(log_record, both_means_that_spans_keep_their_events_too)
{
    begin(false);
    {
        SLM_SCOPE("shave");
        SLM_INFO("shaved");
    }
    GOT("3 logs 'shaved'\nspan shave status=0\n");
    cr_expect(eq(uint, span_events, 1));
}

Test(log_record, an_event_outside_any_span_has_no_ids)
{
    begin(true);
    SLM_WARN("alone");
    GOT("2 logs 'alone'\n");
    cr_expect(eq(int, slm_trace_id_is_valid(last.trace_id) || slm_span_id_is_valid(last.span_id), 0));
}

Test(log_record, an_error_still_fails_its_span)
{
    begin(true);
    {
        SLM_SCOPE("shave");
        SLM_ERROR(("error", slm_errno(2)));
    }
    GOT("1 logs '' error\nspan shave status=2\n");
    cr_expect(last.body.data == NULL, "it has no text");
}

Test(log_record, the_filter_applies)
{
    begin(true);
    SLM_TRACE("below");
    SLM_DEBUG("at");
    GOT("4 logs 'at'\n");
}

Test(log_record, of_a_given_time_and_parent_says_so)
{
    begin(true);
    slm_span s = SLM_SPAN("under");
    SLM_EVENT_WITH((.parent = slm_under(s), .time_ns = UINT64_C(1600000000000000000)), SLM_LEVEL_INFO, "then");
    GOT("3 logs 'then'\n");
    cr_expect(last.body.data != NULL);
    cr_expect(eq(u64, last.time_ns, UINT64_C(1600000000000000000)));
    cr_expect(last.observed_ns > last.time_ns, "when the library was told");
    cr_expect(slm_span_id_is_valid(last.span_id));
    slm_span_end(s);
}

Test(log_record, details_are_fields_unless_the_program_has_such_a_field)
{
    slmi_installation in = { .export_directives = "debug",
                             .export_name = "test",
                             .pipelines = 2,
                             .logs = 1u << LOGS,
                             .details = SLM_DETAIL_CODE | SLM_DETAIL_TARGET | SLM_DETAIL_TIMES };
    slmi_consumer consumer = { .wake = wake };
    cr_assert(eq(int, slmi_install(&in), SLM_OK));
    cr_assert(eq(int, slmi_export_open(&consumer, 2), SLM_OK));
    SLM_INFO(("n", 1), "here");
    GOT("3 logs 'here' n target code.file.path code.line.number\n");
    SLM_INFO(("target", "mine"));
    GOT("3 logs '' target code.file.path code.line.number\n");
    cr_expect(last.fields[0].value.len == 4 && memcmp(last.fields[0].value.as.s, "mine", 4) == 0);
}

static size_t print(const void *object, char *out, size_t room)
{
    return (size_t)snprintf(out, room, "printed %s", (const char *)object);
}

Test(log_record, values_of_any_kind_and_length_come_through)
{
    static char big[9000];
    memset(big, 'x', sizeof big - 1);
    begin(true);
    SLM_INFO(("debug", slm_debug("yak", print)), ("big", big), ("bytes", slm_bytes("a\0b", 3)), ("none", SLM_EMPTY),
             "%s", big);
    drained();
    cr_assert(eq(u32, last.field_count, 3), "what is declared and not recorded is none");
    cr_expect(last.fields[0].value.len == 11 && memcmp(last.fields[0].value.as.s, "printed yak", 11) == 0);
    cr_expect(eq(sz, last.fields[1].value.len, sizeof big - 1));
    cr_expect(eq(sz, last.fields[2].value.len, 3));
    cr_expect(eq(sz, last.body.len, 4095), "a text's own bound");
}

Test(log_record, every_one_is_counted_also_those_that_find_no_room)
{
    enum { MANY = 6000 };
    begin(true);
    for (int i = 0; i < MANY; i++)
        SLM_INFO("one of many");
    slm_stats stats = { .size = sizeof stats };
    slm_stats_read(&stats);
    const slm_pipeline_stats *p = &stats.pipelines[LOGS];
    cr_expect(eq(u64, p->ended, MANY));
    cr_expect(p->dropped[SLM_DROP_QUEUE_FULL] > 0);
    cr_expect(eq(u64, p->queued + p->dropped[SLM_DROP_QUEUE_FULL], MANY));
    cr_expect(eq(u64, stats.ended, 0), "which counts spans");
    cr_expect(eq(u64, stats.pipelines[SPANS].ended, 0));
    drained();
    SLM_INFO("there is room again");
    GOT("3 logs 'there is room again'\n");
    slmi_export_close();
    SLM_INFO("too late");
    slm_stats_read(&stats);
    cr_expect(eq(u64, stats.pipelines[LOGS].dropped[SLM_DROP_SHUT_DOWN], 1));
}
