/* SPDX-License-Identifier: MIT */
/* GLib's asynchronous functions, tasks, threads and pools of threads: what runs once, somewhere else. */
#include <spanloom/glib.h>

#include "core/alloc.h"

gpointer slm_g_ready_bind(slm_g_ready *ready, GAsyncReadyCallback callback, gpointer data)
{
    *ready = (slm_g_ready){ slm_context_capture(), callback, data };
    return ready;
}

void slm_g_ready_run(GObject *source, GAsyncResult *result, gpointer ready)
{
    slm_g_ready *bound = ready;
    GAsyncReadyCallback callback = bound->callback;
    gpointer data = bound->data;
    slm_resumed in = slm_context_resume_once(&bound->context);
    if (callback)
        callback(source, result, data);
    slm_context_leave(&in);
}

/* -- tasks ------------------------------------------------------------------------------------------------------------
 */

struct thread_task {
    slm_context context;
    GTaskThreadFunc run;
};

static GQuark quark(void)
{
    return g_quark_from_static_string("spanloom-task");
}

static void run_task(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    struct thread_task *bound = g_object_get_qdata(G_OBJECT(task), quark());
    GTaskThreadFunc run = bound->run;
    slm_resumed in = slm_context_resume_once(&bound->context);
    run(task, source, data, cancellable); /* its return to the loop may free the task, and `bound` with it */
    slm_context_leave(&in);
}

static void forget_task(gpointer bound)
{
    slm_context_release(&((struct thread_task *)bound)->context);
    slmi_free(bound);
}

void slm_g_task_run_in_thread(GTask *task, GTaskThreadFunc run)
{
    struct thread_task *bound = slmi_alloc(sizeof *bound);
    if (!bound) {
        g_task_run_in_thread(task, run);
        return;
    }
    *bound = (struct thread_task){ slm_context_capture(), run };
    g_object_set_qdata_full(G_OBJECT(task), quark(), bound, forget_task);
    g_task_run_in_thread(task, run_task);
}

/* -- threads ----------------------------------------------------------------------------------------------------------
 */

struct beginning {
    slm_context context;
    GThreadFunc run;
    gpointer data;
};

static gpointer begin(gpointer allocated)
{
    struct beginning here = *(struct beginning *)allocated;
    slmi_free(allocated);
    slm_resumed in = slm_context_resume_once(&here.context);
    gpointer result = here.run(here.data);
    slm_context_leave(&in);
    return result;
}

GThread *slm_g_thread_new(const gchar *name, GThreadFunc run, gpointer data, GError **error)
{
    struct beginning *kept = slmi_alloc(sizeof *kept);
    if (!kept)
        return g_thread_try_new(name, run, data, error);
    *kept = (struct beginning){ slm_context_capture(), run, data };
    GThread *thread = g_thread_try_new(name, begin, kept, error);
    if (!thread) {
        slm_context_release(&kept->context);
        slmi_free(kept);
    }
    return thread;
}

/* -- pools ------------------------------------------------------------------------------------------------------------
 */

struct item {
    slm_context context;
    slm_g_pool *pool;
    gpointer item;
};

static void run_item(gpointer allocated, gpointer data)
{
    struct item item = *(struct item *)allocated;
    slmi_free(allocated);
    slm_resumed in = slm_context_resume_once(&item.context);
    if (!g_atomic_int_get(&item.pool->dropping))
        item.pool->run(item.item, data);
    else if (item.pool->drop)
        item.pool->drop(item.item);
    slm_context_leave(&in);
}

gboolean slm_g_pool_init(slm_g_pool *pool, GFunc run, gpointer data, GDestroyNotify drop, gint max_threads,
                         gboolean exclusive, GError **error)
{
    pool->run = run;
    pool->drop = drop;
    pool->dropping = 0;
    pool->pool = g_thread_pool_new(run_item, data, max_threads, exclusive, error);
    return pool->pool != NULL;
}

gboolean slm_g_pool_push(slm_g_pool *pool, gpointer item, GError **error)
{
    struct item *kept = slmi_alloc(sizeof *kept);
    if (!kept) {
        g_set_error_literal(error, G_THREAD_ERROR, G_THREAD_ERROR_AGAIN, "out of memory");
        return FALSE;
    }
    *kept = (struct item){ slm_context_capture(), pool, item };
    return g_thread_pool_push(pool->pool, kept, error);
}

/* Every item goes through the threads, also to be dropped: g_thread_pool_free() loses some when it is not to run them,
 * and gives others, which are its own, to the function that frees items. */
void slm_g_pool_free(slm_g_pool *pool, gboolean immediate)
{
    if (!pool->pool)
        return;
    g_atomic_int_set(&pool->dropping, immediate ? 1 : 0);
    g_thread_pool_free(pool->pool, FALSE, TRUE);
    pool->pool = NULL;
}
