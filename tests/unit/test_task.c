/* SPDX-License-Identifier: MIT */
/* Tasks: spans of jobs that run in pieces, and what can be asked of them. The clock stands until a test sets it. */
#define SLM_TARGET "task"
#include <spanloom/task.h>
#include <spanloom/test.h>

#include <pthread.h>
#include <setjmp.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/spans.h"

static uint64_t now = 1000000000;

static void pass(uint64_t ns)
{
    now += ns;
    slm_test_clock(now);
}

static void begin(void)
{
    slm_test_clock(now);
    recorded_begin(NULL, 0, NULL);
}

TestSuite(task, .init = begin);

static slm_task_totals totals(void)
{
    slm_task_totals t = { .size = sizeof t };
    slm_task_totals_read(&t);
    return t;
}

Test(task, is_entered_at_each_run_left_at_each_yield_and_ended_with_its_times)
{
    slm_task task = SLM_TASK("job", ("id", 7));
    pass(5);
    for (int i = 0; i < 3; i++) {
        slm_run run = slm_task_run(task);
        cr_expect(slm_current().id == task.span.id);
        pass(10);
        slm_task_yield(run);
        cr_expect(slm_current().id == 0);
        pass(100);
    }
    slm_task_end(task);
    TEXT("job {id=7 busy_ns=30u idle_ns=305u task.polls=3u}\n");
    MISUSE("");
}

Test(task, that_ends_inside_its_run_ends_when_the_run_does)
{
    slm_task task = SLM_TASK("job");
    {
        SLM_TASK_RUN(task);
        pass(4);
        slm_task_end(task);
        pass(4);
        SLM_INFO("still inside");
        TEXT("");
    }
    TEXT("job {busy_ns=8u idle_ns=0u task.polls=1u} *still inside{level='INFO'}\n");
    MISUSE("");
}

Test(task, that_never_ran_ends_like_any_other)
{
    slm_task task = SLM_TASK_WITH((.kind = SLM_KIND_CONSUMER), "job");
    pass(9);
    slm_task_end(task);
    TEXT("job kind=4 {busy_ns=0u idle_ns=9u task.polls=0u}\n");
}

Test(task, runs_while_any_of_its_nested_runs_does)
{
    slm_task task = SLM_TASK("job");
    slm_run outer = slm_task_run(task);
    pass(1);
    slm_run inner = slm_task_run(task);
    pass(1);
    slm_task_yield(inner);
    pass(1);
    cr_expect(eq(u32, totals().running, 1));
    slm_task_yield(outer);
    cr_expect(eq(u32, totals().running, 0));
    slm_task_end(task);
    TEXT("job {busy_ns=3u idle_ns=0u task.polls=2u}\n");
}

Test(task, misuse_is_counted_and_changes_nothing)
{
    slm_task task = SLM_TASK("job");
    slm_run run = slm_task_run(task);
    slm_task_yield(run);
    slm_task_yield(run); /* twice */
    slm_task_end(task);
    TEXT("job {busy_ns=0u idle_ns=0u task.polls=1u}\n");
    slm_task_end(task); /* again */
    run = slm_task_run(task);
    slm_task_yield(run);
    MISUSE("stale-span=2 exit-twice=1");
    cr_expect(eq(u64, totals().finished, 1));
    cr_expect(eq(u32, totals().running, 0));
}

Test(task, whose_run_was_jumped_out_of_still_ends)
{
    slm_task task = SLM_TASK("job");
    jmp_buf back;
    slm_unwind_mark mark = slm_mark();
    if (setjmp(back) == 0) {
        SLM_TASK_RUN(task);
        pass(6);
        longjmp(back, 1);
    }
    slm_unwind(mark);
    slm_task_end(task);
    TEXT("job {busy_ns=6u idle_ns=0u task.polls=1u}\n");
    cr_expect(eq(u64, totals().finished, 1));
}

Test(task, a_second_end_inside_a_run_is_counted)
{
    slm_task task = SLM_TASK("job");
    slm_run run = slm_task_run(task);
    slm_task_end(task);
    slm_task_end(task);
    slm_task_yield(run);
    TEXT("job {busy_ns=0u idle_ns=0u task.polls=1u}\n");
    MISUSE("stale-span=1");
}

Test(task, of_a_disabled_span_does_nothing)
{
    slm_task task = slm_task_start((slm_span){ 0 });
    slm_run run = slm_task_run(task);
    slm_task_yield(run);
    slm_task_end(task);
    cr_expect(eq(u64, totals().untracked, 0));
    cr_expect(eq(u64, totals().finished, 0));
    MISUSE("");
}

static void *yield_it(void *run)
{
    slm_task_yield(*(slm_run *)run);
    return NULL;
}

Test(task, yielded_on_another_thread_still_runs)
{
    slm_task task = SLM_TASK("job");
    slm_run run = slm_task_run(task);
    pthread_t thread;
    int error = pthread_create(&thread, NULL, yield_it, &run);
    cr_assert(eq(int, error, 0));
    pthread_join(thread, NULL);
    cr_expect(eq(u32, totals().running, 1));
    slm_task_yield(run);
    slm_task_end(task);
    MISUSE("exit-thread=1");
}

Test(task, the_longest_waiting_come_first_then_the_longest_running)
{
    static const char *const order[] = { "waits long", "waits", "runs long", "runs" };
    slm_task waits_long = SLM_TASK("waits long");
    pass(10);
    slm_task runs_long = SLM_TASK("runs long");
    slm_run first = slm_task_run(runs_long);
    pass(10);
    slm_task runs = SLM_TASK("runs"), waits = SLM_TASK("waits");
    slm_run second = slm_task_run(runs);
    pass(10);

    slm_task_info seen[4];
    cr_assert(eq(sz, slm_tasks_read(seen, 4), 4));
    for (size_t i = 0; i < 4; i++)
        cr_expect(seen[i].name.len == strlen(order[i]) && memcmp(seen[i].name.data, order[i], seen[i].name.len) == 0,
                  "%zu is %.*s", i, (int)seen[i].name.len, seen[i].name.data);
    cr_expect(eq(u64, seen[0].idle_ns, 30));
    cr_expect(eq(u64, seen[0].state_ns, 30));
    cr_expect(eq(u64, seen[2].busy_ns, 20));
    cr_expect(eq(u64, seen[2].polls, 1));
    cr_expect(eq(u64, seen[3].started_ns, now - 10));
    cr_expect(seen[3].task.id == runs.id && seen[3].task.span.id == runs.span.id);
    cr_expect(eq(int, seen[0].state, SLM_TASK_WAITING));
    cr_expect(eq(int, seen[2].state, SLM_TASK_RUNNING));

    slm_task_info few[2];
    cr_expect(eq(sz, slm_tasks_read(few, 2), 4), "it says how many there are");
    cr_expect(few[1].task.id == waits.id);
    cr_expect(eq(sz, slm_tasks_read(NULL, 0), 4));

    slm_task_totals t = totals();
    cr_expect(t.waiting == 2 && t.running == 2 && t.finished == 0);
    slm_task_yield(second);
    slm_task_yield(first);
    const slm_task all[] = { waits_long, runs_long, runs, waits };
    for (size_t i = 0; i < 4; i++)
        slm_task_end(all[i]);
    t = totals();
    cr_expect(t.waiting == 0 && t.running == 0 && t.finished == 4 && t.polls == 2);
    cr_expect(eq(u64, t.busy_ns, 30));
    cr_expect(eq(u64, t.idle_ns, 40));
}

/* The records are far fewer than the places for tasks. */
Test(task, without_a_record_is_counted_as_untracked)
{
    enum { MANY = 6000 };
    static slm_task tasks[MANY];
    SLM_SCOPE("what the unrecorded ones stand for");
    for (size_t i = 0; i < MANY; i++)
        tasks[i] = SLM_TASK("job");
    slm_task_totals t = totals();
    cr_expect(eq(u64, t.waiting + t.untracked, MANY));
    cr_expect(t.untracked > 0);
    for (size_t i = 0; i < MANY; i++) {
        slm_run run = slm_task_run(tasks[i]);
        slm_task_yield(run);
        slm_task_end(tasks[i]);
    }
    cr_expect(eq(u64, totals().finished, t.waiting));
    cr_expect(eq(u32, totals().waiting, 0));
}

Test(task, a_forked_child_has_none_and_the_parents_end_silently_there)
{
    slm_task task = SLM_TASK("job"), other = SLM_TASK("other");
    slm_run run = slm_task_run(task);
    pid_t child = fork();
    if (child == 0) {
        slm_task_totals t = totals();
        bool none = t.waiting == 0 && t.running == 0 && t.finished == 0;
        slm_task_yield(run);
        slm_task_end(task);
        slm_task_end(other);
        slm_task own = SLM_TASK("own");
        none = none && totals().waiting == 1;
        slm_task_end(own);
        _exit(none && totals().finished == 1 ? 0 : 1);
    }
    int status;
    pid_t ended = waitpid(child, &status, 0);
    bool fine = ended == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    cr_expect(fine);
    cr_expect(eq(u32, totals().running, 1));
    slm_task_yield(run);
    slm_task_end(task);
    slm_task_end(other);
    MISUSE("");
}
