/* SPDX-License-Identifier: MIT */
/* fork() while four threads trace: the child starts empty and delivers its own, what was open belongs to the parent
 * process and is the remote parent of what starts under it, and both ledgers add up; also ten forks deep, which is more
 * than the pool has regions, and fifty times in a row. */
#include <sys/wait.h>
#include <unistd.h>

#include "tests/stress/stress.h"

enum { TRACERS = 4, FORKS = 50, DEPTH = 10, CHILD_SPANS = 300 };

static stress_consumer consumer;
static _Atomic(bool) done;
static _Atomic(unsigned) forked, revived;
static uint64_t open_id, seen, seen_under_open; /* of this process */

/* What was open at the fork, in every process from then on. */
static slm_span open_span, entered_span, ended_span;
static slm_context open_context;

static void see(const slm_span_data *span, void *user)
{
    (void)user;
    seen++;
    CHECK(!stress_named(span, "before"));
    if (stress_named(span, "root"))
        CHECK_EQUAL(stress_id(span->parent_span_id), 0);
    if (!stress_named(span, "under open"))
        return;
    seen_under_open++;
    CHECK_EQUAL(stress_id(span->parent_span_id), open_id);
    CHECK(span->parent_is_remote == (stress_number(span, "depth") > 0));
}

static void on_fork(void *user)
{
    stress_consumer *c = user;
    atomic_fetch_add(&forked, 1);
    atomic_store(&c->delivered, 0);
    seen = seen_under_open = 0;
}

static void on_revive(void *user)
{
    (void)user;
    atomic_fetch_add(&revived, 1);
}

static uint64_t id_of(slm_span span)
{
    slm_span_context context;
    CHECK(slm_span_identity(span, &context));
    return stress_id(context.span_id);
}

static void work(unsigned depth, unsigned i)
{
    SLM_SCOPE_AS(outer, "work", ("depth", depth), ("i", i));
    SLM_INFO("at depth %u", depth);
    slm_context context = slm_context_capture();
    {
        SLM_SCOPE("inner");
        SLM_SET(outer, "late", i);
    }
    slm_token token = slm_context_attach(&context);
    slm_context_detach(token);
    slm_context_release(&context);
}

/* Spans under what the parent process has open, by each way to say so. */
static void under_open(unsigned depth)
{
    slm_span spans[5];
    CHECK_EQUAL(id_of(open_span), open_id);
    spans[0] = SLM_SPAN_WITH((.parent = slm_under(open_span)), "under open", ("depth", depth));
    spans[1] = SLM_SPAN_WITH((.parent = slm_under_context(&open_context)), "under open", ("depth", depth));
    slm_token token = slm_enter(open_span);
    CHECK(token.id != 0);
    spans[2] = SLM_SPAN("under open", ("depth", depth));
    slm_context context = slm_context_capture();
    slm_exit(token);
    spans[3] = SLM_SPAN_WITH((.parent = slm_under_context(&context)), "under open", ("depth", depth));
    slm_context_release(&context);
    slm_token attached = slm_context_attach(&open_context);
    slm_context_detach(attached);
    uint64_t gone = slm_diagnostic_count(SLM_DIAG_PARENT_GONE);
    spans[4] = SLM_SPAN_WITH((.parent = slm_under(ended_span)), "root");
    CHECK_EQUAL(slm_diagnostic_count(SLM_DIAG_PARENT_GONE), gone + 1);
    CHECK_EQUAL(slm_enter(ended_span).id, 0);
    slm_span_add_link(spans[4], (slm_link){ .span = open_span });
    for (unsigned i = 0; i < 5; i++)
        slm_span_end(spans[i]);
}

static void check_silence(void)
{
    for (int kind = 0; kind < SLM_DIAGNOSTIC_KINDS; kind++)
        CHECK(kind == SLM_DIAG_PARENT_GONE || kind == SLM_DIAG_STALE_SPAN ||
              slm_diagnostic_count((slm_diagnostic_kind)kind) == 0);
}

/* What is done to spans of the parent process changes nothing, and is not counted. */
static void touch_open(void)
{
    SLM_SET(open_span, "stray", 1);
    slm_span_set_status(open_span, SLM_SPAN_ERROR, "stray");
    SLM_EVENT_WITH((.parent = slm_under(open_span)), SLM_LEVEL_ERROR, "stray");
    slm_span_end(open_span);
    slm_span_end(entered_span);
    slm_context copy = open_context;
    slm_context_release(&copy);
}

static void *trace_in_child(void *user)
{
    for (unsigned i = 0; i < CHILD_SPANS; i++)
        work((unsigned)(uintptr_t)user, i);
    return NULL;
}

/* Eight forks later, this process's records lie where the first's lay: what was open there is gone, and handles of that
 * time are as stale as any. */
static bool remembers(unsigned depth)
{
    return depth < SLMI_POOL_REGIONS;
}

static void touch_forgotten(void)
{
    slm_span_context none;
    CHECK(!slm_span_identity(open_span, &none));
    CHECK_EQUAL(slm_enter(open_span).id, 0);
    CHECK_EQUAL(slm_context_attach(&open_context).id, 0);
    slm_span root = SLM_SPAN_WITH((.parent = slm_under(open_span)), "root");
    slm_span_end(root);
    touch_open();
    CHECK_EQUAL(slm_diagnostic_count(SLM_DIAG_PARENT_GONE), 2); /* the root, and an event */
}

/* In a child: empty at first, then all of its own. */
static void be_a_child(unsigned depth)
{
    slm_stats stats = stress_stats();
    CHECK_EQUAL(stats.started, 0);
    CHECK_EQUAL(stats.ended, 0);
    CHECK_EQUAL(stats.records_in_use, 0);
    CHECK_EQUAL(stats.pipelines[0].ended, 0);
    CHECK_EQUAL(stress_sum(&stats.pipelines[0]), 0);
    CHECK_EQUAL(stress_drain(&consumer), 0);
    CHECK_EQUAL(revived, 0);
    check_silence();

    if (remembers(depth)) {
        under_open(depth);
        touch_open();
        check_silence();
    } else {
        touch_forgotten();
    }
    for (unsigned i = 0; i < CHILD_SPANS; i++)
        work(depth, i);
    unsigned threads = 1;
    if (!STRESS_SANITIZED) {
        pthread_t thread;
        CHECK_EQUAL(pthread_create(&thread, NULL, trace_in_child, (void *)(uintptr_t)depth), 0);
        CHECK_EQUAL(pthread_join(thread, NULL), 0);
        threads = 2;
    }
    stress_drain(&consumer);
    CHECK_EQUAL(revived, 1);
    CHECK_EQUAL(seen_under_open, remembers(depth) ? 4 : 0);
    CHECK_EQUAL(seen, (remembers(depth) ? 5 : 1) + threads * 2u * CHILD_SPANS);
    stress_check_idle(1);
}

static void wait_for(pid_t child)
{
    int status;
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void descend(unsigned depth)
{
    atomic_store(&revived, 0);
    pid_t child = fork();
    if (child) {
        wait_for(child);
        return;
    }
    be_a_child(depth);
    if (depth < DEPTH)
        descend(depth + 1);
    _exit(0);
}

static void *trace(void *user)
{
    (void)user;
    SLM_SCOPE("before");
    for (unsigned i = 0; !atomic_load(&done); i++) {
        while (slmi_pool_in_use() > slmi_the_pool.records / 2)
            sched_yield();
        work(0, i);
    }
    return NULL;
}

static void see_parent(const slm_span_data *span, void *user)
{
    if (!stress_named(span, "before"))
        see(span, user);
}

/* Fifty children, each with the open scopes of this frame behind it, which it leaves as if they were its own. */
static void fork_often(void)
{
    for (unsigned i = 0; i < FORKS; i++) {
        slm_stats before = stress_stats();
        pid_t child;
        {
            SLM_SCOPE("around the fork");
            {
                SLM_ENTER(entered_span);
                atomic_store(&revived, 0);
                child = fork();
                if (child == 0)
                    under_open(1);
            }
            if (child == 0) {
                CHECK(slm_current().id != 0);
                CHECK(slm_current().id != entered_span.id);
            }
        }
        if (child == 0) {
            CHECK_EQUAL(slm_current().id, 0);
            stress_drain(&consumer);
            CHECK_EQUAL(seen, 5);
            stress_check_idle(1);
            check_silence();
            _exit(0);
        }
        wait_for(child);
        CHECK(stress_stats().started > before.started);
    }
}

int main(void)
{
    slmi_consumer given = {
        .wake = stress_wake, .fork_child = on_fork, .revive = on_revive, .ledger = stress_ledger, .user = &consumer
    };
    consumer.see = see_parent;
    CHECK_EQUAL(slmi_export_open(&given, 1), SLM_OK);
    stress_install(NULL, 0);
    open_span = SLM_SPAN("open", ("field", "value"));
    entered_span = SLM_SPAN("before");
    ended_span = SLM_SPAN("before");
    slm_span_end(ended_span); /* still in its ring, and so in its slot, at the first forks */
    open_id = id_of(open_span);
    slm_token token = slm_enter(open_span);
    open_context = slm_context_capture();
    slm_exit(token);

    stress_start(&consumer);
    pthread_t threads[TRACERS];
    for (unsigned i = 0; i < TRACERS; i++)
        CHECK_EQUAL(pthread_create(&threads[i], NULL, trace, NULL), 0);
    fork_often();
    {
        SLM_SCOPE("around all of them");
        descend(1);
    }
    under_open(0);
    atomic_store(&done, true);
    for (unsigned i = 0; i < TRACERS; i++)
        CHECK_EQUAL(pthread_join(threads[i], NULL), 0);
    slm_context_release(&open_context);
    slm_span_end(open_span);
    slm_span_end(entered_span);
    stress_stop(&consumer);
    CHECK_EQUAL(forked, 0);
    CHECK_EQUAL(seen_under_open, 4);
    stress_check_idle(1);
    check_silence();
    stress_close(&consumer);
    return 0;
}
