/* SPDX-License-Identifier: MIT */
/* How long a raw subscriber stays: until nobody has it, and each of its spans has been ended. */
#include "tests/unit/raw.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <spanloom/trace.h>

#include "core/thread.h"

static raw *begin(void)
{
    raw *r = raw_new();
    slm_set_global_subscriber(r->subscriber);
    return r;
}

static void give_up(raw *r)
{
    slm_set_global_subscriber(NULL);
    slm_subscriber_release(r->subscriber);
}

/* What is due is destroyed where a subscriber is made or released. */
static void a_cold_path(void)
{
    cr_assert(raw_done(raw_new()));
}

Test(subscriber_life, goes_on_with_its_open_spans_and_goes_with_the_last)
{
    raw *r = begin();
    slm_span first = SLM_SPAN("first"), second = SLM_SPAN("second");
    give_up(r);
    slm_exit(slm_enter(first));
    slm_span_end(first);
    a_cold_path();
    cr_expect(eq(uint, r->destroyed, 0));
    SLM_SET(second, "late", 1);
    slm_span_end(second);
    cr_expect(eq(str, r->calls, "new 1, new 2, enter 1, exit 1, end 1, record 2, end 2"));
    a_cold_path();
    cr_expect(eq(uint, r->destroyed, 1));
    slm_span_end(second);
    cr_expect(eq(uint, r->ended, 2));
    free(r);
}

Test(subscriber_life, goes_on_until_the_end_of_a_scope)
{
    raw *r = begin();
    {
        SLM_SCOPE("scope");
        give_up(r);
        a_cold_path();
        cr_expect(eq(uint, r->destroyed, 0));
    }
    cr_expect(eq(str, r->calls, "new 1, enter 1, exit 1, end 1"));
    a_cold_path();
    cr_expect(eq(uint, r->destroyed, 1));
    free(r);
}

Test(subscriber_life, is_not_longer_for_spans_that_end_twice_nor_is_that_of_the_next)
{
    for (unsigned i = 0; i < 2 * SLMI_SETS; i++) {
        raw *r = begin();
        slm_span span = SLM_SPAN("span"), other = SLM_SPAN("other");
        slm_span_end(span);
        slm_span_end(span);
        slm_span_end(span);
        slm_span_end(other);
        slm_set_global_subscriber(NULL);
        cr_expect(raw_done(r), "%u", i);
    }
}

static void *start_one(void *out)
{
    *(slm_span *)out = SLM_SPAN("of a thread");
    return NULL;
}

Test(subscriber_life, goes_on_with_a_span_of_a_thread_that_is_gone)
{
    raw *r = begin();
    pthread_t thread;
    slm_span span;
    cr_assert(eq(int, pthread_create(&thread, NULL, start_one, &span), 0));
    pthread_join(thread, NULL);
    give_up(r);
    a_cold_path();
    cr_expect(eq(uint, r->destroyed, 0));
    slm_span_end(span);
    cr_expect(eq(str, r->calls, "new 1, end 1"));
    a_cold_path();
    cr_expect(eq(uint, r->destroyed, 1));
    free(r);
}

Test(subscriber_life, goes_on_in_a_forked_child_with_the_spans_it_inherited)
{
    raw *r = begin();
    slm_span span = SLM_SPAN("inherited");
    pid_t child = fork();
    if (child == 0) {
        slm_span own = SLM_SPAN("own");
        give_up(r);
        slm_span_end(own);
        a_cold_path();
        bool kept = r->destroyed == 0;
        slm_span_end(span);
        a_cold_path();
        _exit(kept && r->destroyed == 1 && strcmp(r->calls, "new 1, new 2, end 2, end 1") == 0 ? 0 : 1);
    }
    int status = 1;
    cr_assert(eq(int, waitpid(child, &status, 0), child));
    cr_expect(eq(int, status, 0));
    slm_span_end(span);
    slm_set_global_subscriber(NULL);
    cr_expect(raw_done(r));
}
