/* SPDX-License-Identifier: MIT */
/* GLib's main loop: a callback with its context, and sources whose dispatch is taken over. */
#include <spanloom/glib.h>

#include "core/alloc.h"

/* -- callbacks of type GSourceFunc
 * -------------------------------------------------------------------------------------
 */

struct closure {
    slm_context context;
    GSourceFunc callback;
    gpointer data;
    GDestroyNotify notify;
};

static gboolean call(gpointer closure)
{
    struct closure *c = closure; /* GLib keeps it for the call, even if the callback removes its source */
    slm_resumed in = slm_context_resume(&c->context);
    gboolean again = c->callback(c->data);
    slm_context_leave(&in);
    return again;
}

static void forget(gpointer closure)
{
    struct closure *c = closure;
    slm_resumed in = slm_context_resume_once(&c->context);
    if (c->notify)
        c->notify(c->data);
    slm_context_leave(&in);
    slmi_free(c);
}

static guint add(GSource *source, gint priority, GSourceFunc callback, gpointer data, GDestroyNotify notify)
{
    struct closure *c = slmi_alloc(sizeof *c);
    g_source_set_priority(source, priority);
    if (c) {
        *c = (struct closure){ slm_context_capture(), callback, data, notify };
        g_source_set_callback(source, call, c, forget);
    } else {
        g_source_set_callback(source, callback, data, notify);
    }
    guint id = g_source_attach(source, NULL);
    g_source_unref(source);
    return id;
}

guint slm_g_idle_add_full(gint priority, GSourceFunc callback, gpointer data, GDestroyNotify notify)
{
    g_return_val_if_fail(callback != NULL, 0);
    return add(g_idle_source_new(), priority, callback, data, notify);
}

guint slm_g_idle_add(GSourceFunc callback, gpointer data)
{
    return slm_g_idle_add_full(G_PRIORITY_DEFAULT_IDLE, callback, data, NULL);
}

guint slm_g_timeout_add_full(gint priority, guint interval_ms, GSourceFunc callback, gpointer data,
                             GDestroyNotify notify)
{
    g_return_val_if_fail(callback != NULL, 0);
    return add(g_timeout_source_new(interval_ms), priority, callback, data, notify);
}

guint slm_g_timeout_add(guint interval_ms, GSourceFunc callback, gpointer data)
{
    return slm_g_timeout_add_full(G_PRIORITY_DEFAULT, interval_ms, callback, data, NULL);
}

/* -- sources of any kind ----------------------------------------------------------------------------------------------
 */

/* In place of the source's functions; only its own kind knows the type of its callback. */
struct bound {
    GSourceFuncs funcs;
    const GSourceFuncs *kind;
    slm_context context;
};

static struct bound *bound_of(GSource *source)
{
    return (struct bound *)(void *)source->source_funcs;
}

static gboolean dispatch(GSource *source, GSourceFunc callback, gpointer data)
{
    struct bound *bound = bound_of(source);
    slm_resumed in = slm_context_resume(&bound->context);
    gboolean again = bound->kind->dispatch(source, callback, data);
    slm_context_leave(&in);
    return again;
}

static void finalize(GSource *source)
{
    struct bound *bound = bound_of(source);
    source->source_funcs = bound->kind;
    if (bound->kind->finalize)
        bound->kind->finalize(source);
    slm_context_release(&bound->context);
    slmi_free(bound);
}

GSource *slm_g_source_bind(GSource *source)
{
    g_return_val_if_fail(source != NULL && source->context == NULL, source);
    if (source->source_funcs->dispatch == dispatch) {
        slm_context_release(&bound_of(source)->context);
        bound_of(source)->context = slm_context_capture();
        return source;
    }
    struct bound *bound = slmi_alloc(sizeof *bound);
    if (!bound)
        return source;
    *bound = (struct bound){ *source->source_funcs, source->source_funcs, slm_context_capture() };
    bound->funcs.dispatch = dispatch;
    bound->funcs.finalize = finalize;
    g_source_set_funcs(source, &bound->funcs);
    return source;
}
