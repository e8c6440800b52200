/* SPDX-License-Identifier: MIT */
/* longjmp over scopes and over SLM_ENTER, on several threads at once: the next enclosing exit, whichever kind it is, or
 * slm_unwind() leaves what was skipped, ends what a scope made, and marks it as abandoned; nothing stays behind. */
#include <setjmp.h>

#include "tests/stress/stress.h"

enum { THREADS = 4, TURNS = 1500, NESTED = 4 };

static stress_consumer consumer;
static uint64_t scopes_seen, innermost_parents_right; /* the consumer's */
static _Atomic(uint64_t) skipped;

static void see(const slm_span_data *span, void *user)
{
    (void)user;
    if (stress_named(span, "skipped"))
        scopes_seen++;
    if (stress_named(span, "after"))
        innermost_parents_right += stress_id(span->parent_span_id) == stress_number(span, "parent");
}

static uint64_t id_of(slm_span span)
{
    slm_span_context context;
    CHECK(slm_span_identity(span, &context));
    return stress_id(context.span_id);
}

static void dive(jmp_buf *back, unsigned depth, slm_span entered)
{
    SLM_SCOPE("skipped", ("depth", depth));
    SLM_ENTER(entered);
    if (depth < NESTED)
        dive(back, depth + 1, entered);
    if (depth == NESTED) {
        atomic_fetch_add(&skipped, NESTED);
        longjmp(*back, 1);
    }
}

static void over_enter(jmp_buf *back, slm_span entered)
{
    SLM_ENTER(entered);
    longjmp(*back, 1);
}

/* Comes back out of what is entered here, without leaving it. */
static void jump_out(slm_span entered, bool through_scopes)
{
    jmp_buf back;
    if (setjmp(back) == 0) {
        if (through_scopes)
            dive(&back, 1, entered);
        else
            over_enter(&back, entered);
    }
}

/* What is current again is told by the parent that the next span gets. */
static void check_current(slm_span want)
{
    CHECK_EQUAL(slm_current().id, want.id);
    slm_span after = SLM_SPAN("after", ("parent", want.id ? id_of(want) : 0));
    slm_span_end(after);
}

static void under_scope(slm_span other)
{
    SLM_SCOPE_AS(outer, "outer");
    {
        SLM_SCOPE("inner");
        jump_out(other, true);
    }
    check_current(outer);
}

static void under_token(slm_span other)
{
    slm_span outer = SLM_SPAN("outer");
    slm_span inner = SLM_SPAN("inner");
    slm_token first = slm_enter(outer), second = slm_enter(inner);
    jump_out(other, true);
    slm_exit(second);
    check_current(outer);
    slm_exit(first);
    check_current((slm_span){ 0 });
    slm_span_end(inner);
    slm_span_end(outer);
}

static void under_attach(slm_span other)
{
    slm_span outer = SLM_SPAN("outer");
    slm_token entered = slm_enter(outer);
    slm_context context = slm_context_capture();
    slm_token attached = slm_context_attach(&context);
    jump_out(other, true);
    slm_context_detach(attached);
    slm_context_release(&context);
    check_current(outer);
    slm_exit(entered);
    slm_span_end(outer);
}

static void under_mark(slm_span other)
{
    SLM_SCOPE_AS(outer, "outer");
    slm_unwind_mark mark = slm_mark();
    jump_out(other, true);
    slm_unwind(mark);
    check_current(outer);
}

static void under_nothing(slm_span other)
{
    slm_unwind_mark mark = slm_mark();
    jump_out(other, true);
    slm_unwind(mark);
    check_current((slm_span){ 0 });
}

/* The same span entered twice, nested, and on other threads too, with a jump over the inner entry. */
static void twice(slm_span shared)
{
    SLM_SCOPE_AS(outer, "outer");
    {
        SLM_ENTER(shared);
        jump_out(shared, false);
        CHECK_EQUAL(slm_current().id, shared.id);
    }
    check_current(outer);
}

static void *run(void *user)
{
    static void (*const ways[])(
        slm_span) = { under_scope, under_token, under_attach, under_mark, under_nothing, twice };
    slm_span shared = *(const slm_span *)user;
    for (unsigned i = 0; i < TURNS; i++) {
        while (slmi_pool_in_use() > slmi_the_pool.records / 2)
            sched_yield();
        ways[i % (sizeof ways / sizeof *ways)](shared);
    }
    return NULL;
}

int main(void)
{
    stress_open(&consumer, see, NULL);
    stress_install(NULL, 0);
    stress_start(&consumer);
    slm_span shared = SLM_SPAN("shared");
    pthread_t threads[THREADS];
    for (unsigned i = 0; i < THREADS; i++)
        CHECK_EQUAL(pthread_create(&threads[i], NULL, run, &shared), 0);
    for (unsigned i = 0; i < THREADS; i++)
        CHECK_EQUAL(pthread_join(threads[i], NULL), 0);
    slm_span_end(shared);
    stress_stop(&consumer);

    slm_stats stats = stress_stats();
    CHECK_EQUAL(stats.abandoned, skipped);
    CHECK_EQUAL(scopes_seen, skipped);
    /* One after each jump, and a second one in under_token(), whose "parent" is 0 as its own. */
    CHECK_EQUAL(innermost_parents_right, THREADS * TURNS / 6 * 7);
    stress_check_idle(1);
    CHECK_EQUAL(slm_diagnostic_count(SLM_DIAG_STALE_SPAN), 0);
    CHECK_EQUAL(slm_diagnostic_count(SLM_DIAG_EXIT_TWICE), 0);
    CHECK_EQUAL(slm_diagnostic_count(SLM_DIAG_EXIT_THREAD), 0);
    CHECK_EQUAL(slm_diagnostic_count(SLM_DIAG_REENTRANT), 0);
    stress_close(&consumer);
    return 0;
}
