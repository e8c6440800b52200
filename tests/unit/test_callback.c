/* SPDX-License-Identifier: MIT */
/* Events out to a function, with the ids under which they are found; and no circles. */
#include <spanloom/callback.h>
#include <spanloom/context.h>
#include <spanloom/log_bridge.h>
#include <spanloom/suppress.h>
#include <spanloom/test.h>
#include <spanloom/trace.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

#include "core/layering.h"

static struct {
    int count;
    char trace_id[40], span_id[20], message[5000], name[40];
    unsigned level;
    uint64_t time_ns;
    bool logs;
} told;

static void on_event(void *user, const slm_callback_event *event)
{
    slm_string name = event->span ? slm_view_name(event->span) : slm_string_of("", 0);
    cr_expect(eq(ptr, user, &told));
    told.count++;
    snprintf(told.trace_id, sizeof told.trace_id, "%s", event->trace_id);
    snprintf(told.span_id, sizeof told.span_id, "%s", event->span_id);
    snprintf(told.message, sizeof told.message, "%s", event->message.data);
    snprintf(told.name, sizeof told.name, "%.*s", (int)name.len, name.data);
    cr_expect(eq(sz, strlen(event->message.data), event->message.len));
    told.level = event->metadata->level;
    told.time_ns = event->time_ns;
    if (told.logs)
        slm_log_bridge_at(2, "a.c", 1, "told of %s", event->message.data);
}

static slm_subscriber *subscriber;

static void begin(void)
{
    slm_layer layer;
    cr_assert(eq(int, slm_layer_callback(on_event, &told, NULL, &layer), SLM_OK));
    cr_assert(eq(int, slm_subscriber_of_layers(&layer, 1, &subscriber), SLM_OK));
    slm_set_global_subscriber(subscriber);
}

static void end(void)
{
    slm_set_global_subscriber(NULL);
    slm_subscriber_release(subscriber);
}

TestSuite(callback, .init = begin, .fini = end);

static char *hex(char *out, const uint8_t *id, size_t len)
{
    for (size_t i = 0; i < len; i++)
        snprintf(out + 2 * i, 3, "%02x", id[i]);
    return out;
}

Test(callback, an_event_comes_with_the_ids_of_its_span)
{
    char trace_id[40], span_id[20];
    slm_span_context identity;
    SLM_SCOPE_AS(scope, "request");
    slm_span_identity(scope, &identity);
    SLM_WARN(("yak", 3), "got %d", 42);
    cr_expect(eq(str, told.message, "got 42"));
    cr_expect(eq(str, told.name, "request"));
    cr_expect(eq(str, told.trace_id, hex(trace_id, identity.trace_id.bytes, 16)));
    cr_expect(eq(str, told.span_id, hex(span_id, identity.span_id.bytes, 8)));
    cr_expect(eq(uint, told.level, SLM_LEVEL_WARN));
    cr_expect(told.time_ns > UINT64_C(1700000000000000000));
}

Test(callback, an_event_of_fields_alone_has_them_as_its_message)
{
    SLM_INFO(("yak", 3), ("name", "Frieda"));
    cr_expect(eq(str, told.message, "yak=3 name=\"Frieda\""));
}

Test(callback, outside_any_span_there_are_no_ids)
{
    SLM_INFO("alone");
    cr_expect(eq(int, told.count, 1));
    cr_expect(eq(str, told.trace_id, ""));
    cr_expect(eq(str, told.span_id, ""));
    cr_expect(eq(str, told.name, ""));
}

static const slm_span_context remote = { .trace_id = { { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 } },
                                         .span_id = { { 1, 2, 3, 4, 5, 6, 7, 8 } },
                                         .flags = SLM_FLAG_SAMPLED };

Test(callback, under_a_request_of_another_process_its_ids_are_there)
{
    slm_context context = slm_context_remote(&remote);
    slm_token token = slm_context_attach(&context);
    SLM_INFO("current");
    cr_expect(eq(str, told.trace_id, "0102030405060708090a0b0c0d0e0f10"));
    cr_expect(eq(str, told.span_id, "0102030405060708"));
    slm_context_detach(token);
    told.trace_id[0] = '\0';
    SLM_EVENT_WITH((.parent = slm_under_remote(&remote)), SLM_LEVEL_INFO, "given");
    cr_expect(eq(str, told.trace_id, "0102030405060708090a0b0c0d0e0f10"));
    cr_expect(eq(str, told.span_id, "0102030405060708"));
    slm_context_release(&context);
}

/* What is exported is INFO; the callback is told all. */
Test(callback, the_span_id_is_one_that_an_exporter_sends)
{
    char trace_id[40], span_id[20];
    slm_span_context identity;
    slm_layer layer;
    slm_subscriber *exporting;
    cr_assert(eq(int, slm_layer_callback(on_event, &told, NULL, &layer), SLM_OK));
    slmi_layering layering = {
        .layers = &layer, .count = 1, .exports = 1, .export_filters = { slm_filter_level(SLM_LEVEL_INFO) }
    };
    cr_assert(eq(int, slmi_subscriber_layered(&layering, &exporting), SLM_OK));
    slm_set_global_subscriber(exporting);
    slm_subscriber_release(exporting);
    {
        SLM_SCOPE_AS(request, "request");
        slm_span_identity(request, &identity);
        SLM_SCOPE_AT(SLM_LEVEL_DEBUG, "detail");
        SLM_INFO("inside");
    }
    cr_expect(eq(str, told.name, "detail"));
    cr_expect(eq(str, told.trace_id, hex(trace_id, identity.trace_id.bytes, 16)));
    cr_expect(eq(str, told.span_id, hex(span_id, identity.span_id.bytes, 8)));

    SLM_SCOPE_AT(SLM_LEVEL_DEBUG, "detail");
    SLM_INFO("in a trace of which nothing is exported");
    cr_expect(eq(sz, strlen(told.trace_id), 32));
    cr_expect(eq(str, told.span_id, ""));
}

Test(callback, what_it_logs_does_not_come_back_to_it)
{
    told.logs = true;
    SLM_INFO("once");
    cr_expect(eq(int, told.count, 1));
    slm_log_bridge_at(2, "a.c", 1, "twice");
    cr_expect(eq(int, told.count, 2));
    cr_expect(eq(str, told.message, "twice"));
}

Test(callback, a_suppressed_thread_tells_nothing)
{
    bool before = slm_suppress(true);
    cr_expect(not(before));
    SLM_INFO("suppressed");
    slm_log_bridge_at(2, "a.c", 1, "suppressed");
    cr_expect(not(slm_span_is_enabled(SLM_SPAN("suppressed"))));
    cr_expect(slm_suppress(true));
    slm_suppress(before);
    cr_expect(eq(int, told.count, 0));
    SLM_INFO("heard");
    cr_expect(eq(int, told.count, 1));
}

Test(callback, bad_arguments_are_refused)
{
    slm_layer layer;
    cr_expect(eq(int, slm_layer_callback(NULL, NULL, NULL, &layer), SLM_ERR_INVALID_ARGUMENT));
    cr_expect(eq(int, slm_layer_callback(on_event, NULL, NULL, NULL), SLM_ERR_INVALID_ARGUMENT));
}
