/* SPDX-License-Identifier: MIT */
/** @file A job that runs in pieces, and the span that it is: entered at each run, left at each yield, ended when the
 * job ends. For callbacks on a loop, jobs on a pool, state machines and coroutines alike; what runs, what waits, and
 * for how long can be asked for at any time. */
#ifndef SPANLOOM_TASK_H
#define SPANLOOM_TASK_H

#include <spanloom/trace.h>

SLM_BEGIN_DECLS

/** The most tasks that are followed at once. A task beyond it is its span and nothing more, and counted
 *  (slm_task_totals.untracked). @since 0.1.0 */
#define SLM_TASKS_MAX 65536

/** A task. Copy it freely, store it anywhere: a copy whose task has ended is recognised. Zero is the disabled one.
 *  @since 0.1.0 */
typedef struct slm_task {
    slm_span span; /**< Set fields and links, or record a failure, as of any span. Not to be ended by itself. */
    uint64_t id;
} slm_task;

/** A run of a task: what slm_task_run() gives and slm_task_yield() takes. @since 0.1.0 */
typedef struct slm_run {
    slm_task task;
    slm_token token;
} slm_run;

/** What a task does. @since 0.1.0 */
typedef enum slm_task_state { SLM_TASK_WAITING = 1, SLM_TASK_RUNNING = 2 } slm_task_state;

/** A task that has not ended. Times in nanoseconds. @since 0.1.0 */
typedef struct slm_task_info {
    slm_string name; /**< Its span's, static. */
    slm_span_id span_id;
    slm_trace_id trace_id;
    slm_task task;
    slm_task_state state;
    uint64_t polls;      /**< How often it was run. */
    uint64_t state_ns;   /**< For how long it has been in its state. */
    uint64_t busy_ns;    /**< For how long it ran, up to now. */
    uint64_t idle_ns;    /**< For how long it waited, up to now. */
    uint64_t started_ns; /**< Since 1970. */
} slm_task_info;

/** All tasks of the process. @since 0.1.0 */
typedef struct slm_task_totals {
    uint32_t size;      /**< sizeof(slm_task_totals); required. */
    uint32_t waiting;   /**< Now. */
    uint32_t running;   /**< Now. */
    uint64_t finished;  /**< Ever, as the rest. */
    uint64_t untracked; /**< Those that had no room, or whose span no layer records. */
    uint64_t polls;     /**< Of finished tasks, */
    uint64_t busy_ns;   /**< for how long they ran, */
    uint64_t idle_ns;   /**< and for how long they waited. */
} slm_task_totals;

SLM_API SLM_COLD slm_task slmi_task_start(slm_span span);
SLM_API SLM_COLD slm_run slmi_task_run(slm_task task);
SLM_API SLM_COLD void slmi_task_yield(slm_run run);
SLM_API SLM_COLD void slmi_task_end(slm_task task);

/** Makes a task of a span, which it ends. The span is not entered yet, and waits. Of a disabled span, the disabled
 *  task. Any thread. @since 0.1.0 */
static inline slm_task slm_task_start(slm_span span)
{
    slm_task task;
    task.span = span;
    task.id = 0;
    SLMI_IF_ON(if (SLMI_LIVE(span)) task = slmi_task_start(span);)
    return task;
}

/** A piece of the job begins: its span is current on this thread until slm_task_yield(), on this thread too. Runs may
 *  nest, and may overlap on several threads; the task runs while any does. Any thread. @since 0.1.0 */
static inline slm_run slm_task_run(slm_task task)
{
    slm_run run;
    run.task = task;
    run.token.id = 0;
    SLMI_IF_ON(if (SLMI_LIVE(task.span)) run = slmi_task_run(task);)
    return run;
}

/** The piece ends: what was current before is so again. If the job has ended in it, its span ends now. Once,
 *  on the thread of the run. @since 0.1.0 */
static inline void slm_task_yield(slm_run run)
{
    (void)run;
    SLMI_IF_ON(if (SLMI_LIVE(run.task.span)) slmi_task_yield(run);)
}

/** The job has ended, or will never run: the span gets `busy_ns`, `idle_ns` and `task.polls`, and ends. Within a run it
 *  does so at the run's end, so that a callback may say it where it knows. A second call is counted
 *  (SLM_DIAG_STALE_SPAN). Any thread. @since 0.1.0 */
static inline void slm_task_end(slm_task task)
{
    (void)task;
    SLMI_IF_ON(if (SLMI_LIVE(task.span)) slmi_task_end(task);)
}

static inline void slmi_task_run_end(const slm_run *run)
{
    slm_task_yield(*run);
}

/** A task with a new span: its name, and fields; _WITH takes a tuple of slm_span_options first. Somebody ends it with
 *  slm_task_end(), once. @since 0.1.0 */
#define SLM_TASK(...)               slm_task_start(SLM_SPAN(__VA_ARGS__))
#define SLM_TASK_WITH(options, ...) slm_task_start(SLM_SPAN_WITH(options, __VA_ARGS__))

/** Runs a task until the end of the enclosing block. @since 0.1.0 */
#define SLM_TASK_RUN(task)                                                                                             \
    SLMI_GUARD(SLMI_CAT(slmi_run_, __COUNTER__), SLMI_OURS, slm_run, slmi_task_run_end, slm_task_run(task))

/** Fills in `out` with the tasks that have not ended, at most `room`: those that wait before those that run, each the
 *  longest first, so that a stuck one is the first. Returns how many there are. Those that change meanwhile are seen as
 *  they were, or not at all. Any thread; not async-signal-safe. @since 0.1.0 */
SLM_API size_t slm_tasks_read(slm_task_info *out, size_t room);

/** Fills in `*totals`, whose `size` is set. Any thread. @since 0.1.0 */
SLM_API void slm_task_totals_read(slm_task_totals *totals);

SLM_END_DECLS

#endif
