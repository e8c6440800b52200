/* SPDX-License-Identifier: MIT */
/** @file GLib: sources of the main loop, tasks, threads and pools in the span that they were set up in.
 *
 * Part of libspanloom-glib (on gio-2.0). What is current where a source, a task, a thread or a pool's item is set up is
 * captured; inside its callbacks that is current and nothing else, also if its span has ended since (then as a parent)
 * or there was none. A captured context takes a place in the pool of records until it is given back: with the source,
 * or just before what runs once. Where there is no room (counted), and where there is no memory for the few words that
 * carry it, the callback runs as without this library.
 *
 * Threads may call these as they may GLib's own. */
#ifndef SPANLOOM_GLIB_H
#define SPANLOOM_GLIB_H

#include <gio/gio.h>

#include <spanloom/context.h>

SLM_BEGIN_DECLS

/** As g_idle_add(). Find it by its id; g_idle_remove_by_data() does not. @since 0.1.0 */
SLM_API guint slm_g_idle_add(GSourceFunc callback, gpointer data);

/** As g_idle_add_full(). @since 0.1.0 */
SLM_API guint slm_g_idle_add_full(gint priority, GSourceFunc callback, gpointer data, GDestroyNotify notify);

/** As g_timeout_add(). @since 0.1.0 */
SLM_API guint slm_g_timeout_add(guint interval_ms, GSourceFunc callback, gpointer data);

/** As g_timeout_add_full(). @since 0.1.0 */
SLM_API guint slm_g_timeout_add_full(gint priority, guint interval_ms, GSourceFunc callback, gpointer data,
                                     GDestroyNotify notify);

/** Binds a source of any kind (a descriptor, a socket, a signal, a child) to what is current, before it is attached;
 * callbacks of any type, as g_source_set_callback() is given them. Returns `source`. Once; a second call changes the
 * context, if the source is not attached yet.
 *
 *     source = slm_g_source_bind(g_socket_create_source(socket, G_IO_IN, NULL));
 *     g_source_set_callback(source, G_SOURCE_FUNC(on_ready), connection, NULL);
 *     g_source_attach(source, context);
 *
 *  @since 0.1.0 */
SLM_API GSource *slm_g_source_bind(GSource *source);

/** A GAsyncReadyCallback and its context. Embed it in the operation; nothing is allocated. @since 0.1.0 */
typedef struct slm_g_ready {
    slm_context context;
    GAsyncReadyCallback callback;
    gpointer data;
} slm_g_ready;

/** For any asynchronous function of GIO's: slm_g_ready_run as the callback, and this as its data, which captures what
 * is current. Writes all of `*ready`; the callback may free it.
 *
 *     g_file_read_async(file, 0, NULL, slm_g_ready_run, slm_g_ready_bind(&operation->ready, on_open, operation));
 *
 *  @since 0.1.0 */
SLM_API gpointer slm_g_ready_bind(slm_g_ready *ready, GAsyncReadyCallback callback, gpointer data);

/** The callback of slm_g_ready_bind(). @since 0.1.0 */
SLM_API void slm_g_ready_run(GObject *source, GAsyncResult *result, gpointer ready);

/** As g_task_run_in_thread(): `run` is inside what is current here. A task that is never run gives its context back
 * with its last reference. Once per task. @since 0.1.0 */
SLM_API void slm_g_task_run_in_thread(GTask *task, GTaskThreadFunc run);

/** As g_thread_try_new(). @since 0.1.0 */
SLM_API GThread *slm_g_thread_new(const gchar *name, GThreadFunc run, gpointer data, GError **error);

/** A GThreadPool whose items carry their contexts. Embed it; it stays where it is until slm_g_pool_free(). @since 0.1.0
 */
typedef struct slm_g_pool {
    GThreadPool *pool;
    GFunc run;
    GDestroyNotify drop;
    gint dropping;
} slm_g_pool;

/** As g_thread_pool_new(): `run` is given the items, and `data`; `drop`, which may be NULL, the items that never run.
 *  @since 0.1.0 */
SLM_API gboolean slm_g_pool_init(slm_g_pool *pool, GFunc run, gpointer data, GDestroyNotify drop, gint max_threads,
                                 gboolean exclusive, GError **error);

/** As g_thread_pool_push(): `run(item, data)` is inside what is current here. FALSE, with G_THREAD_ERROR_AGAIN and
 *  nothing queued, if there is no memory. @since 0.1.0 */
SLM_API gboolean slm_g_pool_push(slm_g_pool *pool, gpointer item, GError **error);

/** Waits until every item has run, or, with `immediate`, those that are running: the others are dropped, each inside
 * its context, on a thread of the pool. Not from such a thread. A second call does nothing. @since 0.1.0 */
SLM_API void slm_g_pool_free(slm_g_pool *pool, gboolean immediate);

SLM_END_DECLS

#endif
