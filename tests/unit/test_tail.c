/* SPDX-License-Identifier: MIT */
/* Tail keep: what goes on, what is let go, and what bounds hold. */
#include "exporters/tail.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

enum { SPANS = 8, OF_ONE = 4, SLOW = 1000, HOLD = 100 };

static slmi_tail *tail;
static char told[4096]; /* "+record" and "-record" in the order in which it was decided */
static uint64_t now;

static void verdict(void *user, uint32_t record, bool keep)
{
    (void)user;
    size_t used = strlen(told);
    snprintf(told + used, sizeof told - used, "%s%c%u", used ? " " : "", keep ? '+' : '-', record);
}

static void begin(void)
{
    const slmi_tail_options options = { SPANS, OF_ONE, SLOW, HOLD };
    tail = slmi_tail_new(&options, verdict, NULL);
    cr_assert(tail != NULL);
    told[0] = '\0';
    now = 0;
}

static void end(void)
{
    cr_expect(eq(u32, slmi_tail_held(tail), 0));
    slmi_tail_free(tail);
}

TestSuite(tail, .init = begin, .fini = end);

#define TAKE_AS(record_, trace_, ...)                                                                                  \
    slmi_tail_take(tail, &(slmi_tail_span){ .record = (record_), .trace_id = { (trace_), 1 }, __VA_ARGS__ }, now)
#define TAKE(record_, trace_) TAKE_AS(record_, trace_, .took_ns = 0)
#define TOLD(want)            cr_expect(eq(str, (char *)told, (char *)(want)))

Test(tail, a_local_root_decides_for_what_ended_before_it)
{
    static const struct {
        slmi_tail_span child, root;
        char verdict;
    } rows[] = {
        { { .took_ns = 1 }, { .is_local_root = true, .took_ns = SLOW - 1 }, '-' },
        { { .took_ns = 1 }, { .is_local_root = true, .took_ns = SLOW }, '+' },
        { { .failed = true }, { .is_local_root = true }, '+' },
        { { .took_ns = 1 }, { .is_local_root = true, .failed = true }, '+' },
        { { .took_ns = 1 }, { .is_local_root = true, .is_called = true }, '+' },
        { { .took_ns = SLOW }, { .is_local_root = true, .took_ns = SLOW - 1 }, '-' },
    };
    for (uint32_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        slmi_tail_span child = rows[i].child, root = rows[i].root;
        char want[32];
        child.record = 1;
        root.record = 2;
        child.trace_id[0] = root.trace_id[0] = i + 1;
        told[0] = '\0';
        slmi_tail_take(tail, &child, now);
        TOLD("");
        cr_expect(eq(u32, slmi_tail_held(tail), 1));
        slmi_tail_take(tail, &root, now);
        snprintf(want, sizeof want, "%c1 %c2", rows[i].verdict, rows[i].verdict);
        TOLD(want);
    }
}

Test(tail, traces_are_told_apart_by_both_halves_of_their_ids)
{
    slmi_tail_take(tail, &(slmi_tail_span){ .record = 1, .trace_id = { 5, 6 } }, now);
    slmi_tail_take(tail, &(slmi_tail_span){ .record = 2, .trace_id = { 6, 5 }, .failed = true }, now);
    slmi_tail_take(tail, &(slmi_tail_span){ .record = 3, .trace_id = { 5, 6 }, .is_local_root = true }, now);
    TOLD("-1 -3");
    slmi_tail_take(tail, &(slmi_tail_span){ .record = 4, .trace_id = { 6, 5 }, .is_local_root = true }, now);
    TOLD("-1 -3 +2 +4");
}

Test(tail, what_ends_after_its_root_follows_it)
{
    TAKE_AS(1, 7, .is_local_root = true);
    TAKE_AS(2, 7, .failed = true); /* its parent is gone: alone it would dangle */
    TAKE_AS(3, 8, .is_local_root = true, .failed = true);
    TAKE(4, 8);
    TOLD("-1 -2 +3 +4");
}

Test(tail, a_second_root_of_a_dropped_trace_stands_for_itself)
{
    TAKE_AS(1, 7, .is_local_root = true);
    TAKE_AS(2, 7, .is_local_root = true, .failed = true);
    TAKE(3, 7);
    TOLD("-1 +2 +3");
}

Test(tail, a_trace_that_is_too_large_goes_on_and_so_does_the_rest_of_it)
{
    for (uint32_t i = 1; i < OF_ONE; i++)
        TAKE(i, 7);
    TOLD("");
    TAKE(OF_ONE, 7);
    TOLD("+1 +2 +3 +4");
    TAKE(5, 7);
    TAKE_AS(6, 7, .is_local_root = true);
    TOLD("+1 +2 +3 +4 +5 +6");
}

Test(tail, the_oldest_trace_makes_room)
{
    for (uint32_t i = 1; i <= SPANS; i++)
        TAKE(i, 100 + i);
    TOLD("");
    TAKE(9, 200);
    TOLD("+1");
    TAKE(10, 102); /* whose turn it is: it goes on with what was held of it */
    TOLD("+1 +2 +10");
    slmi_tail_release(tail);
    TOLD("+1 +2 +10 +3 +4 +5 +6 +7 +8 +9");
}

Test(tail, what_was_held_too_long_goes_on)
{
    cr_expect(slmi_tail_due(tail) == UINT64_MAX);
    TAKE(1, 7);
    now = 50;
    TAKE(2, 8);
    cr_expect(eq(u64, slmi_tail_due(tail), HOLD));
    slmi_tail_step(tail, HOLD - 1);
    TOLD("");
    slmi_tail_step(tail, HOLD);
    TOLD("+1");
    cr_expect(eq(u64, slmi_tail_due(tail), HOLD + 50));
    slmi_tail_step(tail, HOLD + 50);
    TOLD("+1 +2");
    cr_expect(slmi_tail_due(tail) == UINT64_MAX);
}

/* Far more than are remembered. */
Test(tail, of_any_number_of_traces_each_span_is_decided_once)
{
    enum { TRACES = 10000 };
    static unsigned kept, dropped;
    for (uint32_t i = 0; i < TRACES; i++) {
        told[0] = '\0';
        TAKE_AS(1, i * UINT64_C(0x10001), .took_ns = 1);
        TAKE_AS(2, i * UINT64_C(0x10001), .is_local_root = true, .failed = i % 3 == 0);
        kept += strcmp(told, "+1 +2") == 0;
        dropped += strcmp(told, "-1 -2") == 0;
    }
    cr_expect(eq(uint, kept, (TRACES + 2) / 3));
    cr_expect(eq(uint, kept + dropped, TRACES));
    told[0] = '\0';
    TAKE(3, 0); /* forgotten: held like a new one */
    TOLD("");
    slmi_tail_release(tail);
    TOLD("+3");
}
