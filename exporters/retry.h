/* SPDX-License-Identifier: MIT */
/* When to try again: exponential back-off with jitter, or when the receiver said. */
#ifndef SPANLOOM_EXPORTERS_RETRY_H
#define SPANLOOM_EXPORTERS_RETRY_H

#include "exporters/transport.h"

/* Wishes beyond this are cut: a receiver must not silence its senders for good. */
enum { SLMI_RETRY_AFTER_MAX_MS = 3600 * 1000 };

typedef struct slmi_retry {
    uint32_t interval_ms; /* of the next wait, before jitter; 0: no failure since the last success */
    uint64_t random;      /* state of xorshift, not 0 */
} slmi_retry;

/* `seed`: any number; waits of retries with different seeds differ. */
void slmi_retry_init(slmi_retry *retry, uint64_t seed);
/* After a success. */
void slmi_retry_reset(slmi_retry *retry);
/* The wait after a failure: 1 s, then 1.5 times the one before, at most 5 s, each within a fifth of that. */
uint32_t slmi_retry_next_ms(slmi_retry *retry);

/* What an HTTP status means for the batch. OTLP/HTTP Response: 2xx is success; 429, 502, 503 and 504 are retryable;
 * every other status is final. */
slmi_verdict slmi_retry_verdict(long http_status);

#endif
