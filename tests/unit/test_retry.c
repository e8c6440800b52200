/* SPDX-License-Identifier: MIT */
#include "exporters/retry.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

Test(retry, waits_grow_by_half_with_jitter_up_to_five_seconds)
{
    static const unsigned means[] = { 1000, 1500, 2250, 3375, 5000, 5000 };
    slmi_retry retry;
    for (uint64_t seed = 0; seed < 100; seed++) {
        slmi_retry_init(&retry, seed);
        for (size_t i = 0; i < sizeof means / sizeof *means; i++) {
            uint32_t wait = slmi_retry_next_ms(&retry);
            cr_expect(ge(uint, wait, means[i] - means[i] / 5));
            cr_expect(le(uint, wait, means[i] + means[i] / 5));
        }
        slmi_retry_reset(&retry);
        cr_expect(le(uint, slmi_retry_next_ms(&retry), 1200u));
    }
}

Test(retry, waits_of_different_seeds_differ)
{
    slmi_retry one, other;
    unsigned same = 0;
    slmi_retry_init(&one, 1);
    slmi_retry_init(&other, 2);
    for (unsigned i = 0; i < 10; i++)
        same += slmi_retry_next_ms(&one) == slmi_retry_next_ms(&other);
    cr_expect(lt(uint, same, 10u));
}

Test(retry, only_four_statuses_are_tried_again)
{
    for (long status = 100; status < 600; status++) {
        bool success = status >= 200 && status < 300;
        bool passing = status == 429 || status == 502 || status == 503 || status == 504;
        slmi_verdict expected = success ? SLMI_ACCEPTED : (passing ? SLMI_RETRYABLE : SLMI_FATAL);
        cr_expect(eq(int, (int)slmi_retry_verdict(status), (int)expected), "%ld", status);
    }
}
