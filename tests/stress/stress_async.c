/* SPDX-License-Identifier: MIT */
/* Ten thousand tasks on four threads. Each is a coroutine that goes to another thread at every switch, with scopes open
 * over it; some are destroyed while they are suspended inside them. Every event's span, every span's parent, start, end
 * and busy time, and every task's polls, busy and idle time are compared with an oracle that the program keeps by hand.
 *
 * usage: stress_async [watched]     with a layer that is told of each enter and exit, and measures them */
#include <spanloom/layer.h>

#include "core/layers/busy.h"
#include "tests/stress/oracle.h"

/* LIVE: a sanitizer follows so many stacks only, and slowly. */
enum { THREADS = 4, TASKS = STRESS_SANITIZED ? 2500 : 10000, LIVE = STRESS_SANITIZED ? 200 : TASKS, LOOKS = 100 };

static stress_consumer consumer;

static struct task tasks[TASKS];
static _Atomic(unsigned) next_task, finished;
static _Atomic(uint64_t) resumed, migrated, measured;

/* -- what the library says --------------------------------------------------------------------------------------------
 */

static void see(const slm_span_data *span, void *user)
{
    if (stress_named(span, "scheduler") || stress_named(span, "main"))
        return;
    const struct task *t = &tasks[stress_number(span, "task")];
    const struct expected *e = &t->spans[stress_number(span, "at")];
    CHECK_EQUAL(stress_id(span->span_id), e->id);
    CHECK_EQUAL(stress_id(span->parent_span_id), e->parent);
    CHECK_EQUAL(span->start_ns, e->start);
    CHECK_EQUAL(span->end_ns, e->end);
    CHECK_EQUAL(span->event_count, e->events);
    for (uint32_t i = 0; i < span->event_count; i++)
        CHECK_EQUAL(stress_field(span->events[i].fields, span->events[i].field_count, "in")->value.as.u, e->id);
    if (e == t->spans) {
        CHECK_EQUAL(stress_number(span, "task.polls"), t->polls);
        CHECK_EQUAL(stress_number(span, "busy_ns"), t->busy);
        CHECK_EQUAL(stress_number(span, "idle_ns"), t->idle);
    }
    ++*(uint64_t *)user;
}

static uint32_t place;

static void on_enter(void *self, const slm_view *span)
{
    (void)self;
    slmi_busy_enter(slm_view_place(span, place), slm_now_ns());
}

static void on_exit_span(void *self, const slm_view *span)
{
    (void)self;
    slmi_busy_exit(slm_view_place(span, place), slm_now_ns());
}

struct numbers {
    uint64_t task, at;
};

static bool read_field(void *user, const slm_field *field)
{
    struct numbers *n = user;
    if (slm_string_equal(field->key, slm_string_from_c("task")))
        n->task = field->value.as.u;
    if (slm_string_equal(field->key, slm_string_from_c("at")))
        n->at = field->value.as.u;
    return true;
}

static void on_end(void *self, const slm_view *span)
{
    (void)self;
    struct numbers n = { TASKS, 0 };
    slm_view_fields(span, read_field, &n);
    if (n.task == TASKS)
        return;
    CHECK_EQUAL(slmi_busy_read(slm_view_place(span, place), slm_now_ns()), tasks[n.task].spans[n.at].busy);
    atomic_fetch_add(&measured, 1);
}

/* While the clock is held, what each task was doing all its life adds up. */
static void look_at_tasks(void)
{
    slm_task_info seen[16];
    hold();
    size_t count = slm_tasks_read(seen, 16);
    CHECK(count <= LIVE);
    for (size_t i = 0; i < count && i < 16; i++) {
        CHECK_EQUAL(seen[i].busy_ns + seen[i].idle_ns, now - seen[i].started_ns);
        CHECK(seen[i].state_ns <= seen[i].busy_ns + seen[i].idle_ns);
        CHECK(i == 0 || seen[i - 1].state < seen[i].state || seen[i - 1].state_ns >= seen[i].state_ns);
    }
    let_go();
}

/* -- the tasks --------------------------------------------------------------------------------------------------------
 */

static void event(struct task *t)
{
    innermost(t)->events++;
    SLM_INFO(("in", innermost(t)->id));
}

/* The clock is not held. The work that comes before a switch takes time, and so may others' meanwhile. */
static void work_and_yield(struct task *t)
{
    event(t);
    pass(1 + (t->number * 7 + t->steps) % 100);
    coroutine_yield(&t->c);
    CHECK_EQUAL(slm_current().id ? current_id() : 0, innermost(t)->id);
}

static void step(struct task *t)
{
    work_and_yield(t);
    hold();
    {
        SLM_SCOPE_AS(outer, "outer", ("task", t->number), ("at", t->made));
        begins(t, outer);
        let_go();
        work_and_yield(t);
        hold();
        {
            SLM_SCOPE_AS(inner, "inner", ("task", t->number), ("at", t->made));
            begins(t, inner);
            let_go();
            t->deep = true;
            work_and_yield(t); /* here some are destroyed */
            t->deep = false;
            hold();
            {
                SLM_ENTER(outer);
                enters(t, t->stack[1]);
                let_go();
                work_and_yield(t);
                hold();
                leaves(t);
            }
            ends(t);
        }
        let_go();
        event(t);
        hold();
        ends(t);
    }
    let_go();
}

static void body(coroutine *c)
{
    struct task *t = c->user;
    CHECK_EQUAL(slm_current().id, 0);
    hold();
    {
        SLM_ENTER(t->handle.span);
        enters(t, 0);
        let_go();
        for (; t->steps < STEPS; t->steps++)
            step(t);
        hold();
        if (t->ends_inside)
            slm_task_end(t->handle);
        leaves(t);
    }
    let_go();
    CHECK_EQUAL(slm_current().id, 0);
}

/* -- the threads, each with a queue -----------------------------------------------------------------------------------
 */

static struct {
    pthread_mutex_t mutex;
    struct task *tasks[LIVE];
    unsigned head, count;
} queues[THREADS];

static void put(unsigned thread, struct task *t)
{
    pthread_mutex_lock(&queues[thread].mutex);
    CHECK(queues[thread].count < LIVE);
    queues[thread].tasks[(queues[thread].head + queues[thread].count++) % LIVE] = t;
    pthread_mutex_unlock(&queues[thread].mutex);
}

static struct task *take(unsigned thread)
{
    struct task *t = NULL;
    pthread_mutex_lock(&queues[thread].mutex);
    if (queues[thread].count) {
        t = queues[thread].tasks[queues[thread].head++ % LIVE];
        queues[thread].count--;
    }
    pthread_mutex_unlock(&queues[thread].mutex);
    return t;
}

/* In what is current, if there is one left. */
static void begin_next(unsigned thread)
{
    unsigned number = atomic_fetch_add(&next_task, 1);
    if (number >= TASKS)
        return;
    struct task *t = &tasks[number];
    coroutine_make(&t->c, body, t);
    t->number = number;
    t->thread = THREADS;
    t->destroy = number % 5 == 0;
    t->ends_inside = number % 2 == 0;
    hold();
    t->handle = SLM_TASK("task", ("task", number), ("at", 0u));
    t->spans[0] = (struct expected){ .id = id_of(t->handle.span), .parent = current_id(), .start = now };
    t->made = 1;
    t->changed = now;
    let_go();
    put(thread, t);
}

static void run(struct task *t)
{
    hold();
    t->idle += now - t->changed;
    t->changed = now;
    t->polls++;
    slm_run in = slm_task_run(t->handle);
    slm_context_swap(&t->c.slot);
    goes_on(t);
    let_go();
    coroutine_switch(&t->c);
    hold();
    stops(t);
    slm_context_swap(&t->c.slot);
    t->busy += now - t->changed;
    t->changed = now;
    if (t->c.done && t->ends_inside)
        t->spans[0].end = now;
    slm_task_yield(in);
    let_go();
}

/* Whether there is nothing left of it. */
static bool is_over(struct task *t)
{
    bool destroyed = t->destroy && t->deep && t->steps == STEPS - 1;
    if (!t->c.done && !destroyed)
        return false;
    hold();
    if (destroyed)
        for (unsigned i = 1; i < t->depth; i++)
            t->spans[t->stack[i]].end = now;
    coroutine_destroy(&t->c);
    if (destroyed || !t->ends_inside) {
        t->idle += now - t->changed;
        t->spans[0].end = now;
        slm_task_end(t->handle);
    }
    let_go();
    return true;
}

static void *schedule(void *argument)
{
    unsigned thread = (unsigned)(uintptr_t)argument;
    SLM_SCOPE_AS(scheduler, "scheduler");
    while (atomic_load(&finished) < TASKS) {
        struct task *t = take(thread);
        if (!t) {
            sched_yield();
            continue;
        }
        atomic_fetch_add(&resumed, 1);
        if (t->thread != THREADS)
            atomic_fetch_add(&migrated, t->thread != thread);
        t->thread = thread;
        run(t);
        CHECK_EQUAL(slm_current().id, scheduler.id);
        if (is_over(t)) {
            CHECK_EQUAL(slm_current().id, scheduler.id);
            begin_next(thread);
            atomic_fetch_add(&finished, 1);
        } else {
            pass(1);
            put((thread + 1 + t->number % (THREADS - 1)) % THREADS, t);
        }
    }
    return NULL;
}

static void check_totals(void)
{
    slm_task_totals totals = { .size = sizeof totals };
    uint64_t polls = 0, busy = 0, idle = 0;
    slm_task_totals_read(&totals);
    for (unsigned i = 0; i < TASKS; i++) {
        CHECK(tasks[i].c.stack == NULL);
        polls += tasks[i].polls;
        busy += tasks[i].busy;
        idle += tasks[i].idle;
    }
    CHECK_EQUAL(totals.finished, TASKS);
    CHECK_EQUAL(totals.untracked + totals.waiting + totals.running, 0);
    CHECK_EQUAL(totals.polls, polls);
    CHECK_EQUAL(totals.busy_ns, busy);
    CHECK_EQUAL(totals.idle_ns, idle);
    CHECK_EQUAL(resumed, polls);
    CHECK_EQUAL(migrated, polls - TASKS);
}

static void set_up(bool watched, uint64_t *seen)
{
    static const slm_layer_ops ops = {
        .size = sizeof ops, .on_enter = on_enter, .on_exit = on_exit_span, .on_end = on_end
    };
    slm_layer layer = { .size = sizeof layer, .ops = &ops, .place_bytes = sizeof(slmi_busy), .place = &place };
    pthread_rwlockattr_t attributes;
    CHECK_EQUAL(pthread_rwlockattr_init(&attributes), 0);
    CHECK_EQUAL(pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP), 0);
    CHECK_EQUAL(pthread_rwlock_init(&lock, &attributes), 0);
    for (unsigned i = 0; i < THREADS; i++)
        CHECK_EQUAL(pthread_mutex_init(&queues[i].mutex, NULL), 0);
    CHECK(slmi_pool_init(1 << 18));
    slmi_clock_fix(now);
    stress_open(&consumer, see, seen);
    stress_install(&layer, watched);
    stress_start(&consumer);
}

int main(int argc, char **argv)
{
    bool watched = argc > 1 && strcmp(argv[1], "watched") == 0;
    uint64_t seen = 0, spans = 0;
    pthread_t threads[THREADS];
    set_up(watched, &seen);
    {
        SLM_SCOPE("main");
        for (unsigned i = 0; i < LIVE; i++)
            begin_next(i % THREADS);
        for (unsigned i = 0; i < THREADS; i++)
            CHECK_EQUAL(pthread_create(&threads[i], NULL, schedule, (void *)(uintptr_t)i), 0);
        for (unsigned i = 0; i < LOOKS; i++) {
            look_at_tasks();
            sched_yield();
        }
        for (unsigned i = 0; i < THREADS; i++)
            CHECK_EQUAL(pthread_join(threads[i], NULL), 0);
    }
    stress_stop(&consumer);
    check_totals();
    for (unsigned i = 0; i < TASKS; i++)
        spans += tasks[i].made;
    CHECK_EQUAL(seen, spans);
    CHECK_EQUAL(spans, TASKS * SPANS);
    CHECK_EQUAL(measured, watched ? spans : 0);
    CHECK_EQUAL(stress_check_balance().abandoned, TASKS / 5 * 2);
    stress_check_idle(1);
    for (int kind = 0; kind < SLM_DIAGNOSTIC_KINDS; kind++)
        CHECK_EQUAL(slm_diagnostic_count((slm_diagnostic_kind)kind), 0);
    stress_close(&consumer);
    return 0;
}
