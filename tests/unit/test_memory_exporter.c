/* SPDX-License-Identifier: MIT */
/* Finished spans as exporters get them, kept for a test to look at. */
#define SLM_TARGET "memory"
#include <spanloom/test.h>
#include <spanloom/trace.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include <spanloom/stats.h>

static slm_memory_exporter *exporter;
static slm_subscriber_scope scope;

static void begin(void)
{
    slm_test_clock(1700000000000000000);
    cr_assert(eq(int, slm_memory_exporter_new(NULL, &exporter), SLM_OK));
    scope = slm_thread_subscriber_push(slm_memory_exporter_subscriber(exporter));
}

static void end(void)
{
    slm_thread_subscriber_pop(scope);
    slm_memory_exporter_free(exporter);
}

TestSuite(memory_exporter, .init = begin, .fini = end);

static bool text_is(slm_string have, const char *want)
{
    return slm_string_equal(have, slm_string_from_c(want));
}

Test(memory_exporter, keeps_all_of_a_span)
{
    const char *const names[] = { "a", "bc" };
    slm_span linked = SLM_SPAN("linked");
    slm_link link = { .span = linked };
    {
        SLM_SCOPE_AS(s, "first", ("n", 1), ("names", slm_array(names, 2)), ("bytes", slm_bytes("\1\2", 2)));
        slm_span_add_link(s, link);
        slm_span_set_name(s, "renamed");
        SLM_INFO(("user", "ann"), "logged in %d", 7);
        slm_span_fail(s, 5, "went %s", "wrong");
        slm_test_clock(1700000000000000250);
    }
    cr_assert(eq(sz, slm_memory_exporter_count(exporter), 1));
    const slm_span_data *d = slm_memory_exporter_span(exporter, 0);
    slm_span_context other;
    slm_span_identity(linked, &other);
    slm_span_end(linked);
    cr_expect(text_is(d->name, "renamed"));
    cr_expect(eq(u64, d->start_ns, 1700000000000000000));
    cr_expect(eq(u64, d->end_ns, 1700000000000000250));
    cr_expect(eq(int, d->status, SLM_SPAN_ERROR));
    cr_expect(text_is(d->status_text, "went wrong"));
    cr_assert(eq(u32, d->field_count, 4));
    const slm_string *elements = d->fields[1].value.as.p;
    cr_expect(text_is(elements[0], "a") && text_is(elements[1], "bc"));
    cr_expect(eq(int, memcmp(d->fields[2].value.as.p, "\1\2", 2), 0));
    cr_assert(eq(u32, d->event_count, 1));
    cr_expect(text_is(d->events[0].name, "logged in %d"));
    cr_expect(text_is(d->events[0].fields[0].value.type == SLM_TYPE_STRING
                          ? slm_string_of(d->events[0].fields[0].value.as.s, d->events[0].fields[0].value.len)
                          : slm_string_of("", 0),
                      "logged in 7"));
    cr_assert(eq(u32, d->link_count, 1));
    cr_expect(eq(int, memcmp(d->links[0].context->span_id.bytes, other.span_id.bytes, 8), 0));
    cr_expect(text_is(d->scope->name, "memory"));
    cr_expect(slm_memory_exporter_find(exporter, "linked") != NULL, "ended since");
    cr_expect(slm_memory_exporter_find(exporter, "nobody") == NULL);
    slm_memory_exporter_clear(exporter);
    cr_expect(slm_memory_exporter_span(exporter, 0) == NULL);
}

Test(memory_exporter, accounts_for_what_it_took)
{
    for (int i = 0; i < 1000; i++)
        slm_span_end(SLM_SPAN("one of many"));
    cr_expect(eq(sz, slm_memory_exporter_count(exporter), 1000));
    slm_stats stats = { .size = sizeof stats };
    slm_stats_read(&stats);
    cr_expect(eq(u64, stats.pipelines[0].ended, 1000));
    cr_expect(eq(u64, stats.pipelines[0].delivered, 1000));
    cr_expect(eq(u64, stats.pipelines[0].queued, 0));
}

Test(memory_exporter, is_one_at_a_time)
{
    slm_memory_exporter *another = NULL;
    cr_expect(eq(int, slm_memory_exporter_new(NULL, &another), SLM_ERR_EXISTS));
    cr_expect(another == NULL);
}

Test(memory_exporter, may_be_made_again_and_its_ledger_stays)
{
    slm_span_end(SLM_SPAN("a"));
    end();
    slm_stats stats = { .size = sizeof stats };
    slm_stats_read(&stats);
    cr_expect(eq(u64, stats.pipelines[0].delivered, 1));
    begin();
    slm_span_end(SLM_SPAN("b"));
    cr_expect(eq(sz, slm_memory_exporter_count(exporter), 1));
}

Test(memory_exporter, exports_what_its_filter_takes)
{
    end();
    cr_assert(eq(int, slm_memory_exporter_new(slm_filter_level(SLM_LEVEL_INFO), &exporter), SLM_OK));
    scope = slm_thread_subscriber_push(slm_memory_exporter_subscriber(exporter));
    slm_span_end(SLM_SPAN_AT(SLM_LEVEL_DEBUG, "debug"));
    slm_span_end(SLM_SPAN("info"));
    cr_expect(eq(sz, slm_memory_exporter_count(exporter), 1));
    cr_expect(slm_memory_exporter_find(exporter, "info") != NULL);
}
