/* SPDX-License-Identifier: MIT */
#include "exporters/retry.h"

enum { FIRST_MS = 1000, LONGEST_MS = 5000 };

void slmi_retry_init(slmi_retry *retry, uint64_t seed)
{
    retry->interval_ms = 0;
    retry->random = seed != 0 ? seed : 1;
}

void slmi_retry_reset(slmi_retry *retry)
{
    retry->interval_ms = 0;
}

static uint64_t next_random(slmi_retry *retry)
{
    uint64_t x = retry->random;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    retry->random = x;
    return x;
}

uint32_t slmi_retry_next_ms(slmi_retry *retry)
{
    uint32_t interval = retry->interval_ms == 0 ? FIRST_MS : retry->interval_ms + retry->interval_ms / 2;
    if (interval > LONGEST_MS)
        interval = LONGEST_MS;
    retry->interval_ms = interval;

    uint32_t fifth = interval / 5;
    return interval - fifth + (uint32_t)(next_random(retry) % (2u * fifth + 1u));
}

slmi_verdict slmi_retry_verdict(long http_status)
{
    if (http_status >= 200 && http_status < 300)
        return SLMI_ACCEPTED;
    if (http_status == 429 || (http_status >= 502 && http_status <= 504))
        return SLMI_RETRYABLE;
    return SLMI_FATAL;
}
