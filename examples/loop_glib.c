/* SPDX-License-Identifier: MIT */
/* GLib's main loop: a timeout, a task on another thread and its callback, all inside the request that set them up. */
#include <spanloom/glib.h>
#include <spanloom/log.h>
#include <spanloom/trace.h>

#include <stdlib.h>

struct request {
    slm_g_ready ready;
    slm_span span;
    GMainLoop *loop;
    int turns;
};

static void shear(GTask *task, gpointer source, gpointer data, GCancellable *cancellable) /* on another thread */
{
    (void)source;
    (void)data;
    (void)cancellable;
    {
        SLM_SCOPE("shear");
        SLM_INFO("wool!");
    }
    g_task_return_boolean(task, TRUE);
}

static void sheared(GObject *source, GAsyncResult *result, gpointer data) /* back on the loop */
{
    struct request *r = data;
    (void)source;
    SLM_INFO(("ok", (bool)g_task_propagate_boolean(G_TASK(result), NULL)), "sheared");
    g_main_loop_quit(r->loop);
}

static gboolean on_turn(gpointer data)
{
    struct request *r = data;
    SLM_INFO(("turn", ++r->turns));
    if (r->turns < 2)
        return G_SOURCE_CONTINUE;
    GTask *task = g_task_new(NULL, NULL, slm_g_ready_run, slm_g_ready_bind(&r->ready, sheared, r));
    slm_g_task_run_in_thread(task, shear);
    g_object_unref(task);
    return G_SOURCE_REMOVE;
}

int main(void)
{
    struct request r = { .loop = g_main_loop_new(NULL, FALSE) };

    slm_init_log(NULL);
    r.span = SLM_SPAN("request", ("yak", "Frieda"));
    {
        SLM_ENTER(r.span);
        slm_g_timeout_add(1, on_turn, &r);
    }
    {
        SLM_SCOPE("loop"); /* nothing falls into this one */
        g_main_loop_run(r.loop);
    }
    slm_span_end(r.span);
    g_main_loop_unref(r.loop);
    slm_log_shutdown(0);
    return EXIT_SUCCESS;
}
