/* SPDX-License-Identifier: MIT */
/* What leaves the process: behaviours 84 to 92. */
#define SLM_TARGET "export"
#include <spanloom/diagnostic.h>
#include <spanloom/dynamic.h>
#include <spanloom/propagation.h>
#include <spanloom/test.h>
#include <spanloom/trace.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <pthread.h>
#include <string.h>

#include <spanloom/stats.h>

static slm_memory_exporter *exporter;
static slm_subscriber_scope scope;

static void begin_with(slm_filter *filter)
{
    cr_assert(eq(int, slm_memory_exporter_new(filter, &exporter), SLM_OK));
    scope = slm_thread_subscriber_push(slm_memory_exporter_subscriber(exporter));
}

static void begin(void)
{
    begin_with(NULL);
}

static void end(void)
{
    slm_thread_subscriber_pop(scope);
    slm_memory_exporter_free(exporter);
}

TestSuite(export, .init = begin, .fini = end);

static const slm_span_data *span(const char *name)
{
    const slm_span_data *found = slm_memory_exporter_find(exporter, name);
    cr_assert(found != NULL, "no span is called %s", name);
    return found;
}

static bool same_trace(const slm_span_data *a, const slm_span_data *b)
{
    return memcmp(&a->trace_id, &b->trace_id, sizeof a->trace_id) == 0;
}

static bool is_child_of(const slm_span_data *child, const slm_span_data *parent)
{
    return same_trace(child, parent) && memcmp(&child->parent_span_id, &parent->span_id, sizeof parent->span_id) == 0;
}

static bool is_root(const slm_span_data *s)
{
    static const slm_span_id none;
    return memcmp(&s->parent_span_id, &none, sizeof none) == 0;
}

static slm_span_context remote_context(const char *traceparent)
{
    slm_span_context remote;
    memset(&remote, 0, sizeof remote);
    cr_assert(eq(int, slm_traceparent_parse(slm_string_from_c(traceparent), &remote), SLM_OK));
    return remote;
}

#define TRACE_ID "0af7651916cd43dd8448eb211c80319c"
#define SPAN_ID  "b7ad6b7169203331"

/* -- 84 -------------------------------------------------------------------------------------------------------------
 */

Test(export, a_trace_is_inherited_from_here_or_from_afar) /* 84 */
{
    slm_span_context remote = remote_context("00-" TRACE_ID "-" SPAN_ID "-01");
    {
        SLM_SCOPE("root");
        SLM_SCOPE("child");
    }
    {
        SLM_SCOPE_WITH((.parent = slm_under_remote(&remote)), "server");
        SLM_SCOPE("inside");
    }
    cr_expect(is_root(span("root")) && is_child_of(span("child"), span("root")));
    cr_expect(eq(int, memcmp(&span("server")->trace_id, &remote.trace_id, 16), 0));
    cr_expect(eq(int, memcmp(&span("server")->parent_span_id, &remote.span_id, 8), 0));
    cr_expect(span("server")->parent_is_remote && !span("inside")->parent_is_remote);
    cr_expect(is_child_of(span("inside"), span("server")));
}

Test(export, an_invalid_remote_parent_makes_a_new_trace_for_all_below) /* 84 */
{
    slm_span_context invalid;
    memset(&invalid, 0, sizeof invalid);
    {
        SLM_SCOPE("around");
        SLM_SCOPE_WITH((.parent = slm_under_remote(&invalid)), "server");
        SLM_SCOPE("inside");
    }
    cr_expect(is_root(span("server")) && !same_trace(span("server"), span("around")));
    cr_expect(is_child_of(span("inside"), span("server")));
}

/* -- 85 -------------------------------------------------------------------------------------------------------------
 */

Test(export, a_parent_that_is_not_sampled_keeps_all_below_it_from_export) /* 85 */
{
    slm_span_context off = remote_context("00-" TRACE_ID "-" SPAN_ID "-00"), sent;
    {
        SLM_SCOPE_WITH((.parent = slm_under_remote(&off)), "server");
        SLM_SCOPE_AS(inside, "inside");
        SLM_ERROR("also with an error");
        cr_expect(slm_span_is_enabled(inside), "it exists, for logs");
        cr_expect(slm_current_context(&sent) && (sent.flags & SLM_FLAG_SAMPLED) == 0, "and says so to others");
        slm_span_end(SLM_SPAN_WITH((.parent = SLM_ROOT), "another trace"));
    }
    cr_expect(eq(sz, slm_memory_exporter_count(exporter), 1));
    cr_expect(is_root(span("another trace")));
    slm_stats stats = { .size = sizeof stats };
    slm_stats_read(&stats);
    cr_expect(eq(u64, stats.pipelines[0].unsampled, 2));
}

/* -- 86 -------------------------------------------------------------------------------------------------------------
 */

Test(export, what_came_in_goes_out_but_for_the_span_id) /* 86 */
{
    static const char baggage[] = "user=ann,tenant=7;ttl=1";
    char out[SLM_TRACEPARENT_SIZE], carried[64] = "";
    slm_span_context remote = remote_context("00-" TRACE_ID "-" SPAN_ID "-01"), sent;
    const slm_string state = slm_string_from_c("vendor=opaque,other=1");
    cr_assert(eq(int, slm_tracestate_parse(&state, 1, &remote), SLM_OK));
    slm_context context = slm_context_with_baggage(slm_under_remote(&remote), slm_string_from_c(baggage));
    {
        SLM_SCOPE_WITH((.parent = slm_under_context(&context)), "server");
        SLM_SCOPE_AS(client, "client");
        cr_expect(slm_span_is_enabled(client));
        cr_expect(slm_current_context(&sent));
        cr_expect(eq(sz, slm_current_baggage(carried, sizeof carried), sizeof baggage - 1));
    }
    slm_context_release(&context);
    cr_expect(eq(sz, slm_traceparent_format(&sent, out), SLM_TRACEPARENT_SIZE - 1));
    cr_expect(eq(int, memcmp(out, "00-" TRACE_ID "-", 36), 0), "%s", out);
    cr_expect(ne(int, memcmp(out + 36, SPAN_ID, 16), 0));
    cr_expect(eq(str, out + 52, (char *)"-01"));
    cr_expect(eq(int, memcmp(&sent.span_id, &span("client")->span_id, 8), 0));
    cr_expect(eq(sz, (size_t)sent.tracestate_len, state.len));
    cr_expect(eq(int, memcmp(sent.tracestate, state.data, state.len), 0));
    cr_expect(slm_string_equal(span("client")->tracestate, state));
    cr_expect(eq(int, memcmp(carried, baggage, sizeof baggage - 1), 0));
}

/* -- 87 -------------------------------------------------------------------------------------------------------------
 */

Test(export, kind_name_and_status_are_typed_and_a_description_comes_with_an_error) /* 87 */
{
    static const char *const names[] = { "0", "1", "2", "3", "4" };
    for (int kind = SLM_KIND_INTERNAL; kind <= SLM_KIND_CONSUMER; kind++) {
        slm_span s = SLM_SPAN_WITH((.kind = (slm_kind)kind), "first name");
        slm_span_set_name(s, names[kind]);
        slm_span_end(s);
        cr_expect(eq(int, span(names[kind])->kind, kind));
    }
    static const struct {
        slm_span_status first, then, want;
        const char *text;
    } cases[] = {
        { SLM_SPAN_ERROR, SLM_SPAN_UNSET, SLM_SPAN_ERROR, "why" },
        { SLM_SPAN_OK, SLM_SPAN_ERROR, SLM_SPAN_OK, "" },
        { SLM_SPAN_ERROR, SLM_SPAN_OK, SLM_SPAN_OK, "" },
        { SLM_SPAN_UNSET, SLM_SPAN_UNSET, SLM_SPAN_UNSET, "" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slm_memory_exporter_clear(exporter);
        slm_span s = SLM_SPAN("status");
        slm_span_set_status(s, cases[i].first, "why");
        slm_span_set_status(s, cases[i].then, NULL);
        slm_span_end(s);
        cr_expect(eq(int, span("status")->status, cases[i].want), "case %zu", i);
        cr_expect(eq(sz, span("status")->status_text.len, strlen(cases[i].text)), "case %zu", i);
    }
}

/* -- 88 -------------------------------------------------------------------------------------------------------------
 */

static size_t events_named(const char *span_name, const char *event)
{
    const slm_span_data *s = span(span_name);
    size_t count = 0;
    for (uint32_t i = 0; i < s->event_count; i++)
        count += slm_string_equal(s->events[i].name, slm_string_from_c(event));
    return count;
}

Test(export, an_event_lands_on_its_span_and_on_no_other) /* 88 */
{
    for (int inside = 0; inside < 2; inside++) {
        slm_memory_exporter_clear(exporter);
        slm_span current = SLM_SPAN("current"), given = SLM_SPAN("given");
        slm_token t = { 0 };
        if (inside)
            t = slm_enter(current);
        SLM_INFO("contextual");
        SLM_EVENT_WITH((.parent = slm_under(given)), SLM_LEVEL_INFO, "explicit");
        SLM_EVENT_WITH((.parent = slm_under(current)), SLM_LEVEL_INFO, "of current");
        SLM_EVENT_WITH((.parent = SLM_ROOT), SLM_LEVEL_INFO, "of none");
        slm_exit(t);
        slm_span_end(given);
        slm_span_end(current);
        cr_expect(eq(sz, events_named("current", "contextual"), (size_t)inside));
        cr_expect(eq(sz, events_named("current", "of current"), 1));
        cr_expect(eq(u32, span("current")->event_count, (uint32_t)inside + 1));
        cr_expect(eq(sz, events_named("given", "explicit"), 1));
        cr_expect(eq(u32, span("given")->event_count, 1));
    }
}

Test(export, an_error_event_fails_its_span_unless_the_program_said) /* 88 */
{
    {
        SLM_SCOPE("failed");
        SLM_ERROR("broken");
    }
    {
        SLM_SCOPE("warned");
        SLM_WARN("nearly");
    }
    {
        SLM_SCOPE_AS(s, "fine");
        slm_span_set_status(s, SLM_SPAN_OK, NULL);
        SLM_ERROR("broken, but never mind");
    }
    cr_expect(eq(int, span("failed")->status, SLM_SPAN_ERROR));
    cr_expect(eq(int, span("warned")->status, SLM_SPAN_UNSET));
    cr_expect(eq(int, span("fine")->status, SLM_SPAN_OK));
}

/* -- 89 -------------------------------------------------------------------------------------------------------------
 */

Test(export, a_link_to_a_span_that_ended_is_by_its_identity) /* 89 */
{
    slm_span_context identity;
    slm_span first = SLM_SPAN("first");
    slm_span_identity(first, &identity);
    slm_span_end(first);
    slm_span second = SLM_SPAN("second");
    slm_span_add_link(second, (slm_link){ .span = first });
    cr_expect(eq(u64, slm_diagnostic_count(SLM_DIAG_STALE_SPAN), 1), "a stale handle says nothing any more");
    slm_span_add_link(second, (slm_link){ .context = &identity });
    slm_span_end(second);
    cr_assert(eq(u32, span("second")->link_count, 1));
    cr_expect(eq(int, memcmp(&span("second")->links[0].context->span_id, &span("first")->span_id, 8), 0));
}

/* -- 91 -------------------------------------------------------------------------------------------------------------
 */

static bool is_not_middle(void *user, const slm_metadata *meta)
{
    (void)user;
    return !meta->is_span || !slm_string_equal(meta->name, slm_string_from_c("middle"));
}

Test(exported_in_part, children_of_what_is_filtered_out_hang_on_its_parent) /* 91 */
{
    begin_with(slm_filter_function(is_not_middle, NULL));
    {
        SLM_SCOPE("outer");
        SLM_SCOPE("middle");
        SLM_SCOPE("inner");
    }
    {
        SLM_SCOPE("middle");
        SLM_SCOPE("inner root");
    }
    cr_expect(eq(sz, slm_memory_exporter_count(exporter), 3));
    cr_expect(is_child_of(span("inner"), span("outer")));
    cr_expect(is_root(span("inner root")));
    end();
}

Test(exported_in_part, what_a_log_alone_takes_is_no_parent_in_the_export) /* 91 */
{
    begin_with(slm_filter_level(SLM_LEVEL_INFO));
    {
        SLM_SCOPE("outer");
        SLM_SCOPE_AT(SLM_LEVEL_DEBUG, "debug");
        SLM_SCOPE("inner");
        SLM_INFO("event");
    }
    cr_expect(eq(sz, slm_memory_exporter_count(exporter), 2));
    cr_expect(is_child_of(span("inner"), span("outer")));
    cr_expect(eq(sz, events_named("inner", "event"), 1));
    end();
}

/* -- 92 -------------------------------------------------------------------------------------------------------------
 */

static void *work(void *context)
{
    for (int i = 0; i < 100; i++) {
        slm_token t = slm_context_attach(context);
        {
            SLM_SCOPE("work");
            SLM_INFO("step");
        }
        slm_context_detach(t);
    }
    return NULL;
}

Test(export, threads_share_a_trace_and_none_of_it_is_lost) /* 92 */
{
    slm_set_global_subscriber(slm_memory_exporter_subscriber(exporter));
    pthread_t threads[4];
    slm_span root = SLM_SPAN("root");
    slm_token t = slm_enter(root);
    slm_context context = slm_context_capture();
    slm_exit(t);
    for (int i = 0; i < 4; i++)
        cr_assert(eq(int, pthread_create(&threads[i], NULL, work, &context), 0));
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    slm_context_release(&context);
    slm_span_end(root);
    slm_set_global_subscriber(NULL);
    cr_assert(eq(sz, slm_memory_exporter_count(exporter), 401));
    for (size_t i = 0; i < 401; i++) {
        const slm_span_data *s = slm_memory_exporter_span(exporter, i);
        cr_expect(same_trace(s, span("root")));
        cr_expect(s == span("root") || (is_child_of(s, span("root")) && s->event_count == 1));
    }
}
