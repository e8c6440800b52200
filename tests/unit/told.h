/* SPDX-License-Identifier: MIT */
/* What the tests of misuse share: what the diagnostic handler was told, a line each. */
#ifndef SPANLOOM_TESTS_UNIT_TOLD_H
#define SPANLOOM_TESTS_UNIT_TOLD_H

#include <spanloom/context.h>

#include <pthread.h>
#include <stdio.h>

#include "tests/unit/spans.h"

static char told[1024];

static inline void hear(void *user, slm_diagnostic_kind kind, const char *message)
{
    size_t used = strlen(told);
    (void)user;
    snprintf(told + used, sizeof told - used, "%s: %s\n", slm_diagnostic_name(kind), message);
}

static inline void begin(void)
{
    slm_set_diagnostic_handler(hear, NULL);
    recorded_begin(NULL, 0, NULL);
}

#define TOLD(want) cr_expect(eq(str, told, (char *)(want)))

static inline void on_a_thread(void *(*run)(void *), void *argument)
{
    pthread_t thread;
    int error = pthread_create(&thread, NULL, run, argument);
    cr_assert(eq(int, error, 0));
    pthread_join(thread, NULL);
}

static inline slm_context captured_in(slm_span span)
{
    slm_token token = slm_enter(span);
    slm_context context = slm_context_capture();
    slm_exit(token);
    return context;
}

#endif
