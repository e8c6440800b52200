/* SPDX-License-Identifier: MIT */
/* What a line in a span costs does not depend on how many events the span has had. */
#include <spanloom/read.h>
#include <spanloom/span_limits.h>
#include <spanloom/test.h>
#include <spanloom/trace.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/view.h"

static unsigned skipped;

void __real_slmi_skip_item(slmi_cursor *c, const slmi_item *item);
void __wrap_slmi_skip_item(slmi_cursor *c, const slmi_item *item);

void __wrap_slmi_skip_item(slmi_cursor *c, const slmi_item *item)
{
    skipped++;
    __real_slmi_skip_item(c, item);
}

static slm_value n;

static void read_back(slm_span span)
{
    char text[16];
    skipped = 0;
    cr_expect(slm_span_get(span, slm_string_from_c("n"), &n, text, sizeof text));
}

Test(view_cost, the_events_of_a_span_are_not_walked_for_the_fields_of_its_start)
{
    slm_memory_exporter *exporter;
    slm_span_limits limits = SLM_SPAN_LIMITS_INIT;
    limits.events = SLM_UNLIMITED;
    slm_set_span_limits(&limits);
    cr_assert(eq(int, slm_memory_exporter_new(NULL, &exporter), SLM_OK));
    slm_subscriber_scope scope = slm_thread_subscriber_push(slm_memory_exporter_subscriber(exporter));
    {
        SLM_SCOPE_AS(span, "long", ("n", 7));
        for (int i = 0; i < 1000; i++)
            SLM_INFO(("i", i), "event");
        read_back(span);
        cr_expect(eq(u64, n.as.u, 7u));
        cr_expect(eq(uint, skipped, 0));
        SLM_SET(span, "n", 8); /* one that is set later lies behind the events */
        read_back(span);
        cr_expect(eq(u64, n.as.u, 8u));
        cr_expect(gt(uint, skipped, 0));
    }
    const slm_span_data *s = slm_memory_exporter_find(exporter, "long");
    cr_assert(s != NULL);
    cr_expect(eq(uint, s->event_count, 1000u));
    slm_thread_subscriber_pop(scope);
    slm_memory_exporter_free(exporter);
}
