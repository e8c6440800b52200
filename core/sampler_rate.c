/* SPDX-License-Identifier: MIT */
/* A sampler that lets so many through each second: a token bucket kept as one number, the time at which the next token
 * would be due if they were taken evenly. It may lie ahead of now by what a full bucket is worth.
 *
 * Synchronization: `due` is all there is; a compare-and-swap takes a token, relaxed, for nothing else is published by
 * it. */
#include "core/sampler.h"

#include "core/clock.h"

static const uint64_t second = UINT64_C(1000000000);

static void by_rate(void *self, const slm_sampling_request *request, slm_sampling_result *result)
{
    slm_sampler *sampler = self;
    (void)request;
    uint64_t now = slmi_now();
    uint64_t due = atomic_load_explicit(&sampler->due, memory_order_relaxed);
    uint64_t from;
    do {
        from = due > now ? due : now;
        if (from - now > sampler->tolerance)
            return;
    } while (!atomic_compare_exchange_weak_explicit(&sampler->due, &due, from + sampler->interval, memory_order_relaxed,
                                                    memory_order_relaxed));
    result->decision = SLM_SAMPLING_RECORD_AND_SAMPLE;
}

slm_sampler *slm_sampler_rate_limiting(double per_second)
{
    static const slm_sampler_ops ops = { .size = sizeof ops, .decide = by_rate };
    if (!(per_second >= 1e-6 && per_second <= 1e6))
        return NULL;
    char text[SLMI_RATIO_BYTES];
    slmi_ratio_text(per_second, text);
    slmi_clock_init();
    slm_sampler *sampler = slmi_sampler_make(&ops, 0, "RateLimitingSampler{%s}", text);
    if (sampler) {
        sampler->interval = (uint64_t)(1e9 / per_second);
        sampler->tolerance = sampler->interval < second ? second - sampler->interval : 0;
    }
    return sampler;
}
