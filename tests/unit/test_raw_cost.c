/* SPDX-License-Identifier: MIT */
/* What a raw subscriber does not ask for is not paid for. The linker puts a counter before each function that reads the
 * clock, takes a slot, copies a field, prints one or asks for memory. */
#define SLM_TARGET "cost"
#include <spanloom/stats.h>
#include <spanloom/subscriber.h>
#include <spanloom/trace.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "core/hit.h"
#include "tests/unit/raw.h"

static unsigned clocks, slots, copies, prints, allocations;

/* `passed` are the arguments in parentheses. */
#define COUNTED(type, name, count, parameters, passed)                                                                 \
    type __real_##name parameters;                                                                                     \
    type __wrap_##name parameters;                                                                                     \
    type __wrap_##name parameters                                                                                      \
    {                                                                                                                  \
        (count)++;                                                                                                     \
        return __real_##name passed;                                                                                   \
    }

COUNTED(uint64_t, slmi_now_of_the_system, clocks, (void), ())
COUNTED(uint32_t, slmi_pool_take, slots, (slmi_thread * self), (self))
COUNTED(uint64_t, slmi_writer_long_value, copies, (slmi_writer * w, uint32_t type, slm_word word), (w, type, word))
COUNTED(void *, slmi_alloc, allocations, (size_t size), (size))
COUNTED(void *, slmi_alloc_zeroed, allocations, (size_t size), (size))
COUNTED(void *, slmi_realloc, allocations, (void *memory, size_t size), (memory, size))

static size_t print(const void *object, char *out, size_t room)
{
    (void)object;
    prints++;
    return (size_t)snprintf(out, room, "printed");
}

/* Everything once. */
static void trace(void)
{
    SLM_SCOPE_AS(scope, "scope", ("n", 1), ("text", "text"), ("debug", slm_debug("", print)));
    SLM_SET(scope, "later", 1);
    SLM_INFO(("n", 1), ("bytes", slm_bytes("abc", 3)), ("debug", slm_debug("", print)), "event %d", 1);
    slm_span s = SLM_SPAN_WITH((.kind = SLM_KIND_CLIENT, .parent = slm_under(scope)), "span", ("e", slm_errno(ENOENT)));
    slm_exit(slm_enter(s));
    slm_span_end(s);
    (void)slm_current();
}

static slm_subscriber_scope begin(slm_subscriber *subscriber)
{
    slmi_clock_fix(
        UINT64_C(1600000000000000000)); /* else most readings are of the processor's counter, which nothing wraps */
    slm_subscriber_scope scope = slm_thread_subscriber_push(subscriber);
    trace(); /* registers the callsites */
    clocks = slots = copies = prints = allocations = 0;
    return scope;
}

static void no_slot_no_copy_no_id(const slmi_random *before)
{
    slm_stats stats = { .size = sizeof stats };
    slm_stats_read(&stats);
    cr_expect(eq(uint, slots, 0));
    cr_expect(eq(uint, copies, 0));
    cr_expect(eq(uint, allocations, 0));
    cr_expect(eq(u32, slmi_pool_in_use(), 0));
    cr_expect(eq(u64, stats.started, 0));
    cr_expect(eq(u64, stats.records_limit, 0), "not even a pool");
    cr_expect(eq(int, memcmp(before, &slmi_self->random, sizeof *before), 0), "no id was drawn");
}

Test(raw_cost, a_counting_subscriber_pays_for_no_clock_id_copy_printer_or_slot)
{
    raw *counting = raw_new();
    slm_subscriber_scope scope = begin(counting->subscriber);
    const slmi_random before = slmi_self->random;
    const unsigned events = counting->events;
    for (int i = 0; i < 10; i++)
        trace();
    cr_expect(eq(uint, counting->events, events + 10));
    cr_expect(eq(uint, clocks, 0));
    cr_expect(eq(uint, prints, 0));
    no_slot_no_copy_no_id(&before);
    slm_thread_subscriber_pop(scope);
    cr_expect(raw_done(counting));
}

static void read_time(void *self, slm_hit *event)
{
    uint64_t *time = self;
    *time = slm_hit_time_ns(event);
    *time = slm_hit_time_ns(event);
}

Test(raw_cost, one_that_asks_for_the_clock_alone_gets_the_clock_alone)
{
    static const slm_subscriber_ops ops = { .size = sizeof ops, .event = read_time };
    uint64_t time = 0;
    slm_subscriber *subscriber;
    cr_assert(eq(int, slm_subscriber_new(&ops, &time, &subscriber), SLM_OK));
    slm_subscriber_scope scope = begin(subscriber);
    const slmi_random before = slmi_self->random;
    for (int i = 0; i < 10; i++)
        trace();
    cr_expect(eq(uint, clocks, 10), "once for each event, however often it asks");
    cr_expect(time > 1500000000000000000);
    cr_expect(eq(uint, prints, 0));
    no_slot_no_copy_no_id(&before);
    slm_thread_subscriber_pop(scope);
    slm_subscriber_release(subscriber);
}

static void read_fields(void *self, slm_hit *event)
{
    unsigned *fields = self;
    slm_field field;
    for (size_t i = 0; slm_hit_field(event, i, &field); i++)
        ++*fields;
}

Test(raw_cost, one_that_reads_fields_has_them_printed_and_not_copied)
{
    static const slm_subscriber_ops ops = { .size = sizeof ops, .event = read_fields };
    unsigned fields = 0;
    slm_subscriber *subscriber;
    cr_assert(eq(int, slm_subscriber_new(&ops, &fields, &subscriber), SLM_OK));
    slm_subscriber_scope scope = begin(subscriber);
    const slmi_random before = slmi_self->random;
    fields = 0;
    for (int i = 0; i < 10; i++)
        trace();
    cr_expect(eq(uint, fields, 30));
    cr_expect(eq(uint, prints, 10), "the events' fields, not the spans'");
    cr_expect(eq(uint, clocks, 0));
    no_slot_no_copy_no_id(&before);
    slm_thread_subscriber_pop(scope);
    slm_subscriber_release(subscriber);
}

Test(raw_cost, layers_that_read_no_times_have_the_clock_not_read)
{
    static const slm_layer_ops ops = { .size = sizeof ops };
    for (unsigned flags = 0; flags <= SLM_LAYER_TIMELESS; flags += SLM_LAYER_TIMELESS) {
        slm_layer layers[2] = { { .size = sizeof *layers, .ops = &ops, .flags = SLM_LAYER_TIMELESS },
                                { .size = sizeof *layers, .ops = &ops, .flags = flags } };
        slm_subscriber *subscriber;
        cr_assert(eq(int, slm_subscriber_of_layers(layers, 2, &subscriber), SLM_OK));
        slm_subscriber_scope scope = begin(subscriber);
        trace();
        cr_expect(eq(uint, clocks, flags ? 0 : 4), "two spans' starts and ends");
        cr_expect(eq(uint, slots, 2));
        slm_thread_subscriber_pop(scope);
        slm_subscriber_release(subscriber);
    }
}

Test(raw_cost, the_counters_count)
{
    static const slm_layer_ops ops = { .size = sizeof ops };
    slm_layer layer = { .size = sizeof layer, .ops = &ops };
    slm_subscriber *subscriber;
    cr_assert(eq(int, slm_subscriber_of_layers(&layer, 1, &subscriber), SLM_OK));
    slm_subscriber_scope scope = begin(subscriber);
    trace();
    cr_expect(eq(uint, slots, 2));
    cr_expect(clocks >= 2 && copies >= 3);
    cr_expect(eq(uint, prints, 1), "an event that no layer is told of is not printed");
    slm_thread_subscriber_pop(scope);
    slm_subscriber_release(subscriber);
}
