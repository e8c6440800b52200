/* SPDX-License-Identifier: MIT */
/* What stress_async knows of its tasks without asking the library, and the clock that both read.
 *
 * The clock stands but where a thread moves it, and nobody does while a thread holds it: so what the library reads and
 * what the oracle reads is the same number, though the threads run at once. */
#ifndef SPANLOOM_TESTS_STRESS_ORACLE_H
#define SPANLOOM_TESTS_STRESS_ORACLE_H

#include <spanloom/task.h>

#include "core/clock.h"
#include "tests/stress/coroutine.h"

enum { STEPS = 3, SPANS = 1 + 2 * STEPS, DEEPEST = 5 };

/* -- the clock: held by readers, moved by one writer ------------------------------------------------------------------
 */

static pthread_rwlock_t lock;
static uint64_t now = 1000000000;

static inline void hold(void)
{
    CHECK_EQUAL(pthread_rwlock_rdlock(&lock), 0);
}

static inline void let_go(void)
{
    CHECK_EQUAL(pthread_rwlock_unlock(&lock), 0);
}

static inline void pass(uint64_t ns)
{
    CHECK_EQUAL(pthread_rwlock_wrlock(&lock), 0);
    now += ns;
    slmi_clock_fix(now);
    let_go();
}

/* -- the oracle -------------------------------------------------------------------------------------------------------
 */

struct expected {
    uint64_t id, parent, start, end;
    uint64_t busy, since; /* while it is entered: since when */
    unsigned entered, events;
};

struct task {
    coroutine c;
    slm_task handle;
    unsigned number, steps, thread;
    bool destroy; /* while suspended inside its scopes */
    bool deep;    /* it is */
    bool ends_inside;
    struct expected spans[SPANS];
    unsigned stack[DEEPEST], depth, made;
    uint64_t polls, busy, idle, changed;
};

static inline uint64_t id_of(slm_span span)
{
    slm_span_context context;
    CHECK(slm_span_identity(span, &context));
    return stress_id(context.span_id);
}

static inline uint64_t current_id(void)
{
    slm_span_context context;
    return slm_current_context(&context) ? stress_id(context.span_id) : 0;
}

static inline struct expected *innermost(struct task *t)
{
    return &t->spans[t->stack[t->depth - 1]];
}

static inline void enters(struct task *t, unsigned at)
{
    CHECK(t->depth < DEEPEST);
    t->stack[t->depth++] = at;
    if (t->spans[at].entered++ == 0)
        t->spans[at].since = now;
}

static inline void leaves(struct task *t)
{
    struct expected *e = innermost(t);
    t->depth--;
    if (--e->entered == 0)
        e->busy += now - e->since;
}

/* A scope has begun in what was the innermost. */
static inline void begins(struct task *t, slm_span span)
{
    unsigned at = t->made++;
    t->spans[at] = (struct expected){ .id = id_of(span), .parent = innermost(t)->id, .start = now };
    enters(t, at);
}

static inline void ends(struct task *t)
{
    innermost(t)->end = now;
    leaves(t);
}

/* The coroutine is switched to, or from. */
static inline void goes_on(struct task *t)
{
    for (unsigned i = 0; i < t->made; i++)
        t->spans[i].since = now;
}

static inline void stops(struct task *t)
{
    for (unsigned i = 0; i < t->made; i++)
        if (t->spans[i].entered)
            t->spans[i].busy += now - t->spans[i].since;
}

#endif
