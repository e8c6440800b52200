/* SPDX-License-Identifier: MIT */
/* Threads share a rate-limiting sampler under a clock that stands still: together they take what is in the bucket, not
 * one more, however they meet; and a subscriber's sampler is used while subscribers are replaced. */
#include "tests/stress/stress.h"

#include <spanloom/sampler.h>

#include "core/clock.h"

enum { THREADS = 4, ASKED = 20000, RATE = 1000, REPLACEMENTS = 300 };

static slm_sampler *limit;
static _Atomic(uint64_t) taken;
static _Atomic(bool) done;

static void *ask(void *unused)
{
    slm_sampling_request request = { .size = sizeof request };
    (void)unused;
    for (int i = 0; i < ASKED; i++) {
        slm_sampling_result result;
        slm_sampler_decide(limit, &request, &result);
        if (result.decision == SLM_SAMPLING_RECORD_AND_SAMPLE)
            atomic_fetch_add_explicit(&taken, 1, memory_order_relaxed);
    }
    return NULL;
}

static void *trace(void *unused)
{
    (void)unused;
    while (!atomic_load(&done)) {
        SLM_SCOPE("root");
        SLM_SCOPE("child", ("k", 1));
    }
    return NULL;
}

static void run(void *(*body)(void *), void (*meanwhile)(void))
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        CHECK_EQUAL(pthread_create(&threads[i], NULL, body, NULL), 0);
    if (meanwhile)
        meanwhile();
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

static void use(void *self, const slm_view *span)
{
    (void)self;
    CHECK(slm_view_metadata(span)->name.len != 0);
}

static void replace(void)
{
    static const slm_layer_ops ops = { .size = sizeof ops, .on_end = use };
    const slm_layer layer = { .size = sizeof layer, .ops = &ops };
    for (int i = 0; i < REPLACEMENTS; i++) {
        slm_sampler *sampler = i % 3 == 0   ? slm_sampler_rate_limiting(RATE)
                               : i % 3 == 1 ? slm_sampler_probability(0.5, 0)
                                            : slm_sampler_always_on();
        slm_subscriber *subscriber = NULL;
        slm_status status = slm_subscriber_of_layers(&layer, 1, &subscriber);
        if (status == SLM_ERR_LIMIT) { /* the old ones are still in use */
            slm_sampler_release(sampler);
            sched_yield();
            continue;
        }
        CHECK_EQUAL(status, SLM_OK);
        slm_set_global_subscriber(subscriber);
        CHECK_EQUAL(slm_subscriber_set_sampler(subscriber, sampler), SLM_OK); /* while threads are told */
        slm_sampler_release(sampler);
        slm_subscriber_release(subscriber);
    }
    slm_set_global_subscriber(NULL);
    atomic_store(&done, true);
}

int main(void)
{
    uint64_t now = UINT64_C(1000000000000);
    slmi_clock_fix(now);
    limit = slm_sampler_rate_limiting(RATE);
    CHECK(limit != NULL);
    run(ask, NULL);
    CHECK_EQUAL(atomic_load(&taken), RATE);
    slmi_clock_fix(now + 250000000);
    run(ask, NULL);
    CHECK_EQUAL(atomic_load(&taken), RATE + RATE / 4);
    slm_sampler_release(limit);
    slmi_clock_fix(0);
    run(trace, replace);
    return EXIT_SUCCESS;
}
