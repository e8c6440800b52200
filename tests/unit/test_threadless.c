/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <pthread.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "tests/unit/recorded.h"

static void *trace(void *count)
{
    for (int i = 0; i < 3; i++) {
        SLM_SCOPE("not recorded");
        SLM_INFO("not told");
        errno = 4242;
        slm_span s = SLM_SPAN("not recorded either");
        cr_expect(eq(int, errno, 4242));
        slm_span_end(s);
        *(unsigned *)count += 2;
    }
    return NULL;
}

/* Without a key of pthread's nobody would clean up after the thread. */
Test(threadless, spans_are_counted)
{
    pthread_key_t key;
    unsigned count = 0;
    while (pthread_key_create(&key, NULL) == 0)
        ;
    slm_set_diagnostic_handler(NULL, NULL);
    recorded_begin(NULL, 0, NULL);
    pthread_t thread;
    cr_assert(eq(int, pthread_create(&thread, NULL, trace, &count), 0));
    cr_assert(eq(int, pthread_join(thread, NULL), 0));
    slm_stats stats = { .size = sizeof stats };
    slm_stats_read(&stats);
    cr_expect(eq(u64, stats.unrecorded[SLM_UNRECORDED_NO_THREAD], count));
    cr_expect(eq(u64, stats.started, count));
    cr_expect(eq(u64, stats.ended, 0u));
    cr_expect(ge(u64, slm_diagnostic_count(SLM_DIAG_NO_MEMORY), 1u));
}
