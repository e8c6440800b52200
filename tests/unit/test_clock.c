/* SPDX-License-Identifier: MIT */
#include "core/clock.h"

#include <time.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "tests/unit/recorded.h"

enum { READINGS = 200000 };

static const uint64_t second = 1000000000;

static uint64_t system_ns(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * second + (uint64_t)t.tv_nsec;
}

static uint64_t apart(uint64_t a, uint64_t b)
{
    return a > b ? a - b : b - a;
}

/* Whatever it is made of, and while it is measured anew; a turn of the system clock may stand between two readings. */
Test(clock, never_goes_back_on_a_thread_but_for_what_two_clocks_differ)
{
    slmi_clock_init();
    slmi_clock_init();
    uint64_t last = slmi_now();
    for (unsigned i = 0; i < READINGS; i++) {
        uint64_t now = slmi_now();
        cr_assert(le(u64, last, now + 1000), "reading %u", i);
        last = now > last ? now : last;
        if (i % 1000 == 0)
            slmi_clock_refresh();
    }
}

Test(clock, tells_the_time_of_the_system)
{
    slmi_clock_init();
    for (unsigned i = 0; i < 100; i++) {
        uint64_t before = system_ns(CLOCK_REALTIME);
        uint64_t now = slmi_now() + slmi_wall_offset();
        uint64_t after = system_ns(CLOCK_REALTIME);
        cr_expect(le(u64, before, now + second / 2));
        cr_expect(le(u64, now, after + second / 2));
        slmi_clock_refresh();
    }
    cr_expect(lt(u64, apart(slmi_now(), system_ns(CLOCK_MONOTONIC)), second / 2));
}

Test(clock, stands_where_a_test_puts_it)
{
    slmi_clock_init();
    slmi_clock_fix(5 * second);
    cr_expect(eq(u64, slmi_now(), 5 * second));
    cr_expect(eq(u64, slmi_wall_offset(), 0u));
    slmi_clock_refresh();
    slmi_clock_look(UINT64_MAX);
    cr_expect(eq(u64, slmi_now(), 5 * second));
    slmi_clock_fix(0);
    cr_expect(lt(u64, apart(slmi_now(), system_ns(CLOCK_MONOTONIC)), second / 2));
}

/* Another thread of the parent was drawing the line: the child reads the system's clock until it draws its own. */
Test(clock, is_whole_after_a_fork)
{
    slmi_clock_init();
    slmi_clock_refresh();
    slmi_clock_fork_child();
    cr_expect(lt(u64, apart(slmi_now(), system_ns(CLOCK_MONOTONIC)), second / 2));
    slmi_clock_refresh();
    cr_expect(lt(u64, apart(slmi_now(), system_ns(CLOCK_MONOTONIC)), second / 2));
}

/* A trace keeps the offset of its root: durations and order within it never see a step of the wall clock. */
Test(clock, of_a_tree_does_not_step)
{
    recorded_begin(NULL, 0, NULL);
    for (unsigned i = 0; i < 1000; i++) {
        SLM_SCOPE("outer");
        SLM_SCOPE("inner");
        slmi_clock_refresh();
    }
    for (unsigned i = 0; i < 3; i++) {
        SLM_SCOPE("root");
        slm_span child = SLM_SPAN("child");
        slmi_clock_refresh();
        slm_span_end(child);
    }
    (void)recorded_find("root");
    const recorded_span *root = recorded_find("root"), *child = recorded_find("child");
    cr_expect(le(u64, root->start_ns, child->start_ns));
    cr_expect(le(u64, child->start_ns, child->end_ns));
    cr_expect(le(u64, child->end_ns, root->end_ns + 1000));
}
