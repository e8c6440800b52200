/* SPDX-License-Identifier: MIT */
/* GLib's sources, tasks, threads and pools: each callback runs where it was set up; what is captured is given back. */
#include <glib-unix.h>
#include <unistd.h>

#include <spanloom/glib.h>
#include <spanloom/layer.h>

#include "core/pool.h"
#include "tests/unit/spans.h"

struct request {
    slm_span span;
    int calls, notified, left;
};

static GMainLoop *loop;
static int running;

static void begin(void)
{
    recorded_begin(NULL, 0, NULL);
    loop = g_main_loop_new(NULL, FALSE);
}

static void end(void)
{
    g_main_loop_unref(loop);
}

TestSuite(glib, .init = begin, .fini = end);

static void check(struct request *r)
{
    r->calls++;
    cr_expect(eq(u64, slm_current().id, r->span.id));
}

static void done(void)
{
    if (--running == 0)
        g_main_loop_quit(loop);
}

static void run(void)
{
    SLM_SCOPE_AS(scope, "loop");
    g_main_loop_run(loop);
    cr_expect(eq(u64, slm_current().id, scope.id));
}

static gboolean on_turn(gpointer data)
{
    struct request *r = data;
    check(r);
    if (--r->left > 0)
        return G_SOURCE_CONTINUE;
    done();
    return G_SOURCE_REMOVE;
}

static void on_removed(gpointer data)
{
    struct request *r = data;
    r->notified++;
    cr_expect(eq(u64, slm_current().id, r->span.id));
}

static gboolean on_fd(gint fd, GIOCondition condition, gpointer data)
{
    char byte;
    cr_expect(eq(int, (int)condition, (int)G_IO_IN));
    cr_expect(eq(int, (int)read(fd, &byte, 1), 1));
    return on_turn(data);
}

Test(glib, interleaved_requests_each_have_their_own_span)
{
    enum { REQUESTS = 12, TURNS = 3 };
    static struct request requests[REQUESTS];
    int ends[2];
    cr_assert(eq(int, pipe(ends), 0));
    cr_assert(eq(int, (int)write(ends[1], "yak", TURNS), TURNS));
    running = REQUESTS;
    for (int i = 0; i < REQUESTS; i++) {
        struct request *r = &requests[i];
        r->left = TURNS;
        if (i != 5) /* one is outside any span */
            r->span = SLM_SPAN("request");
        SLM_ENTER(r->span);
        if (i == 0) {
            GSource *source = slm_g_source_bind(slm_g_source_bind(g_unix_fd_source_new(ends[0], G_IO_IN)));
            g_source_set_callback(source, G_SOURCE_FUNC(on_fd), r, NULL);
            g_source_attach(source, NULL);
            g_source_unref(source);
        } else if (i % 2) {
            slm_g_idle_add_full(G_PRIORITY_DEFAULT, on_turn, r, on_removed);
        } else {
            slm_g_timeout_add_full(G_PRIORITY_DEFAULT, 1, on_turn, r, on_removed);
        }
    }
    run();
    for (int i = 0; i < REQUESTS; i++) {
        cr_expect(eq(int, requests[i].calls, TURNS));
        cr_expect(eq(int, requests[i].notified, i == 0 ? 0 : 1));
        slm_span_end(requests[i].span);
    }
    close(ends[0]);
    close(ends[1]);
    MISUSE("");
}

/* -- memory -----------------------------------------------------------------------------------------------------------
 */

static struct {
    unsigned left;
    uint64_t ended;
    uint32_t in_use;
} again;

static void count(void *self, const slm_view *span)
{
    (void)self;
    (void)span;
    again.ended++;
}

static gboolean on_again(gpointer data)
{
    SLM_SCOPE("turn"); /* a child of the one before, which has ended */
    if (--again.left == 0)
        g_main_loop_quit(data);
    else
        slm_g_idle_add(on_again, data);
    if (again.left == 99000)
        again.in_use = slmi_pool_in_use();
    return G_SOURCE_REMOVE;
}

Test(glib, what_arms_itself_inside_its_span_takes_no_more_memory)
{
    static const slm_layer_ops ops = { .size = sizeof ops, .on_end = count };
    slm_layer layer = { .size = sizeof layer, .ops = &ops };
    slm_subscriber *subscriber;
    cr_assert(eq(int, slm_subscriber_of_layers(&layer, 1, &subscriber), SLM_OK));
    slm_set_global_subscriber(subscriber);
    slm_subscriber_release(subscriber);
    again.left = 100000; /* each is an allocation of GLib's */
    {
        SLM_SCOPE("first");
        slm_g_timeout_add(0, on_again, loop);
    }
    g_main_loop_run(loop);
    cr_expect(eq(u64, again.ended, 100001));
    cr_expect(le(u32, slmi_pool_in_use(), again.in_use));
    MISUSE("");
}

Test(glib, what_never_runs_gives_its_context_back)
{
    struct request r = { .calls = 0 };
    uint32_t in_use = 0;
    SLM_SCOPE_AS(scope, "request");
    r.span = scope;
    for (unsigned i = 0; i < 300; i++) {
        in_use = i == 100 ? slmi_pool_in_use() : in_use;
        g_source_remove(slm_g_timeout_add_full(0, 3600000, on_turn, &r, on_removed));
        g_source_unref(slm_g_source_bind(g_timeout_source_new(1)));
        GTask *task = g_task_new(NULL, NULL, NULL, NULL);
        g_task_return_boolean(task, TRUE);
        g_object_unref(task);
    }
    cr_expect(eq(u32, slmi_pool_in_use(), in_use));
    cr_expect(eq(int, r.notified, 300));
    cr_expect(eq(int, r.calls, 0));
    while (g_main_context_iteration(NULL, FALSE)) {
    }
    MISUSE("");
}

static gboolean on_late(gpointer data)
{
    cr_expect(eq(u64, slm_current().id, 0u));
    SLM_SCOPE("late");
    g_main_loop_quit(data);
    return G_SOURCE_REMOVE;
}

Test(glib, a_callback_outlives_its_span)
{
    {
        SLM_SCOPE("request");
        slm_g_timeout_add(1, on_late, loop);
    }
    TEXT("request\n");
    run();
    TEXT("late <request\nloop\n");
    MISUSE("");
}

/* -- tasks ------------------------------------------------------------------------------------------------------------
 */

static void on_ready(GObject *source, GAsyncResult *result, gpointer data)
{
    (void)source;
    check(data);
    cr_expect(g_task_propagate_boolean(G_TASK(result), NULL));
    done();
}

static void in_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    struct request *r = data;
    (void)source;
    (void)cancellable;
    check(r);
    {
        SLM_SCOPE("work");
    }
    g_task_return_boolean(task, TRUE);
}

Test(glib, a_task_and_its_callback_are_inside_the_span)
{
    enum { TASKS = 50 };
    static struct request requests[TASKS];
    static slm_g_ready ready[TASKS];
    running = TASKS;
    for (int i = 0; i < TASKS; i++) {
        requests[i].span = SLM_SPAN("request");
        SLM_ENTER(requests[i].span);
        gpointer bound = slm_g_ready_bind(&ready[i], on_ready, &requests[i]);
        GTask *task = g_task_new(NULL, NULL, slm_g_ready_run, bound);
        g_task_set_task_data(task, &requests[i], NULL); /* stays the user's */
        slm_g_task_run_in_thread(task, in_thread);
        g_object_unref(task);
    }
    run();
    for (int i = 0; i < TASKS; i++) {
        cr_expect(eq(int, requests[i].calls, 2));
        cr_expect(eq(u64, ready[i].context.id, 0u));
        slm_span_end(requests[i].span);
    }
    MISUSE("");
}

/* -- threads and pools ------------------------------------------------------------------------------------------------
 */

static gpointer in_new_thread(gpointer data)
{
    check(data);
    return data;
}

Test(glib, a_thread_starts_where_its_creator_stands)
{
    struct request r = { .span = SLM_SPAN("request") };
    slm_token token = slm_enter(r.span);
    GThread *thread = slm_g_thread_new("shearer", in_new_thread, &r, NULL);
    slm_exit(token);
    cr_expect(eq(ptr, g_thread_join(thread), (void *)&r));
    cr_expect(eq(int, r.calls, 1));
    slm_span_end(r.span);
    MISUSE("");
}

static gint held; /* running items wait for it to be 0 */

static void on_item(gpointer item, gpointer data)
{
    cr_expect(eq(ptr, data, (void *)&held));
    while (g_atomic_int_get(&held))
        g_thread_yield();
    check(item);
}

static gpointer let_go(gpointer pool)
{
    while (!g_atomic_int_get(&((slm_g_pool *)pool)->dropping))
        g_thread_yield();
    g_atomic_int_set(&held, 0);
    return NULL;
}

Test(glib, items_of_a_pool_run_in_their_spans)
{
    enum { ITEMS = 40 };
    static struct request items[ITEMS];
    slm_g_pool pool;
    cr_assert(slm_g_pool_init(&pool, on_item, &held, NULL, 2, TRUE, NULL));
    for (int i = 0; i < ITEMS; i++) {
        items[i].span = SLM_SPAN("item");
        SLM_ENTER(items[i].span);
        cr_expect(slm_g_pool_push(&pool, &items[i], NULL));
    }
    slm_g_pool_free(&pool, FALSE);
    slm_g_pool_free(&pool, FALSE);
    for (int i = 0; i < ITEMS; i++) {
        cr_expect(eq(int, items[i].calls, 1));
        slm_span_end(items[i].span);
    }
    MISUSE("");
}

Test(glib, items_that_never_run_are_dropped_in_their_spans)
{
    enum { ITEMS = 40, THREADS = 2 };
    static struct request items[ITEMS];
    slm_g_pool pool;
    cr_assert(slm_g_pool_init(&pool, on_item, &held, on_removed, THREADS, TRUE, NULL));
    g_atomic_int_set(&held, 1);
    for (int i = 0; i < ITEMS; i++) {
        items[i].span = SLM_SPAN("item");
        SLM_ENTER(items[i].span);
        cr_expect(slm_g_pool_push(&pool, &items[i], NULL));
    }
    GThread *thread = g_thread_new("let go", let_go, &pool);
    slm_g_pool_free(&pool, TRUE);
    g_thread_join(thread);
    for (int i = 0; i < ITEMS; i++) {
        cr_expect(eq(int, items[i].calls + items[i].notified, 1));
        slm_span_end(items[i].span);
    }
    MISUSE("");
}
