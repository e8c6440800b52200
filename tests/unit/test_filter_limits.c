/* SPDX-License-Identifier: MIT */
/* Filters that count: rates of each callsite, and every nth event. */
#define SLM_TARGET "limits"
#include <spanloom/dynamic.h>
#include <spanloom/test.h>
#include <spanloom/trace.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <pthread.h>
#include <stdio.h>

static const uint64_t second = 1000000000, start = 1700000000000000000;

static slm_mock *begin(slm_filter *filter)
{
    slm_mock_options options = { .size = sizeof options, .filter = filter };
    slm_test_clock(start);
    slm_mock *m = slm_mock_begin(&options);
    cr_assert(m != NULL);
    return m;
}

static void hit(void)
{
    SLM_INFO("hit");
}

static void hit_times(int count)
{
    for (int i = 0; i < count; i++)
        hit();
}

Test(limits, a_rate_takes_a_burst_and_then_evenly)
{
    slm_mock *m = begin(slm_filter_rate(10, 3));
    hit_times(100);
    cr_expect(eq(sz, slm_mock_count(m, SLM_MOCK_EVENT, NULL), 3));
    slm_test_clock(start + second / 10 - 1);
    hit_times(100);
    cr_expect(eq(sz, slm_mock_count(m, SLM_MOCK_EVENT, NULL), 3));
    slm_test_clock(start + second / 10);
    hit_times(100);
    cr_expect(eq(sz, slm_mock_count(m, SLM_MOCK_EVENT, NULL), 4));
    slm_test_clock(start + 100 * second);
    hit_times(100);
    cr_expect(eq(sz, slm_mock_count(m, SLM_MOCK_EVENT, NULL), 7), "what was not used is a burst, not more");
    slm_mock_end(m);
}

Test(limits, a_steady_stream_below_the_rate_is_taken_whole)
{
    slm_mock *m = begin(slm_filter_rate(1000, 1));
    for (uint64_t i = 0; i < 100; i++) {
        slm_test_clock(start + i * second / 1000);
        hit();
    }
    cr_expect(eq(sz, slm_mock_count(m, SLM_MOCK_EVENT, NULL), 100));
    slm_mock_end(m);
}

Test(limits, a_clock_that_goes_back_does_not_silence)
{
    slm_mock *m = begin(slm_filter_rate(1, 1));
    hit();
    slm_test_clock(start - second);
    hit();
    cr_expect(eq(sz, slm_mock_count(m, SLM_MOCK_EVENT, NULL), 1));
    slm_test_clock(start + second);
    hit();
    cr_expect(eq(sz, slm_mock_count(m, SLM_MOCK_EVENT, NULL), 2));
    slm_mock_end(m);
}

Test(limits, callsites_are_counted_on_their_own)
{
    slm_mock *m = begin(slm_filter_rate(1, 1));
    hit();
    SLM_INFO("another");
    for (int i = 0; i < 300; i++) { /* in several chunks */
        char name[16];
        (void)snprintf(name, sizeof name, "event %d", i);
        slm_callsite callsite = { .size = sizeof callsite, .level = SLM_LEVEL_INFO, .name = slm_string_from_c(name) };
        slm_event(&callsite, (slm_string){ NULL, 0 }, NULL, 0, NULL);
        slm_event(&callsite, (slm_string){ NULL, 0 }, NULL, 0, NULL);
    }
    cr_expect(eq(sz, slm_mock_count(m, SLM_MOCK_EVENT, NULL), 302));
    slm_mock_end(m);
}

Test(limits, every_nth_event_is_taken_from_the_first_on)
{
    static const struct {
        uint32_t n;
        size_t taken; /* of 100 */
    } cases[] = { { 0, 100 }, { 1, 100 }, { 2, 50 }, { 3, 34 }, { 100, 1 }, { 101, 1 }, { UINT32_MAX, 1 } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slm_mock *m = begin(slm_filter_every(cases[i].n));
        hit_times(100);
        cr_expect(eq(sz, slm_mock_count(m, SLM_MOCK_EVENT, NULL), cases[i].taken), "%u", (unsigned)cases[i].n);
        slm_mock_end(m);
    }
}

Test(limits, rates_at_their_ends)
{
    static const struct {
        uint32_t per_second, burst;
        size_t taken; /* of 100 at once */
    } cases[] = { { 0, 0, 0 },
                  { 0, 9, 0 },
                  { 1, 0, 1 },
                  { 1, 100, 100 },
                  { 1, UINT32_MAX, 100 },
                  { UINT32_MAX, 1, 100 },
                  { 1000000000, 1, 1 },
                  { 1000000000, 2, 2 } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        slm_mock *m = begin(slm_filter_rate(cases[i].per_second, cases[i].burst));
        hit_times(100);
        cr_expect(eq(sz, slm_mock_count(m, SLM_MOCK_EVENT, NULL), cases[i].taken), "case %zu", i);
        slm_mock_end(m);
    }
}

Test(limits, spans_are_not_limited)
{
    slm_mock *m = begin(slm_filter_and(slm_filter_rate(0, 0), slm_filter_every(UINT32_MAX)));
    for (int i = 0; i < 10; i++)
        slm_span_end(SLM_SPAN("s"));
    hit();
    cr_expect(eq(sz, slm_mock_count(m, SLM_MOCK_NEW, NULL), 10));
    cr_expect(eq(sz, slm_mock_count(m, SLM_MOCK_EVENT, NULL), 0));
    slm_mock_end(m);
}

static bool odd;

static bool is_odd(void *self, const slm_metadata *meta, const slm_view *current, const void *place)
{
    (void)self;
    (void)meta;
    (void)current;
    (void)place;
    odd = !odd;
    return odd;
}

Test(limits, only_what_reaches_it_is_counted)
{
    static const slm_filter_ops ops = { .size = sizeof ops, .enabled = is_odd };
    slm_mock *m = begin(slm_filter_and(slm_filter_new(&ops, NULL), slm_filter_every(5)));
    hit_times(100);
    cr_expect(eq(sz, slm_mock_count(m, SLM_MOCK_EVENT, NULL), 10), "half of them, then a fifth");
    slm_mock_end(m);
}

static void *hit_10000_times(void *unused)
{
    (void)unused;
    hit_times(10000);
    return NULL;
}

Test(limits, threads_share_a_callsites_count)
{
    slm_mock_options options = { .size = sizeof options, .filter = slm_filter_every(100), .process_wide = true };
    slm_mock *m = slm_mock_begin(&options);
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        cr_assert(eq(int, pthread_create(&threads[i], NULL, hit_10000_times, NULL), 0));
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    cr_expect(eq(sz, slm_mock_count(m, SLM_MOCK_EVENT, NULL), 400));
    slm_mock_end(m);
}
