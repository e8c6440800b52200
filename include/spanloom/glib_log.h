/* SPDX-License-Identifier: MIT */
/** @file GLib's structured log, as events of the current span.
 *
 *      g_log_set_writer_func(slm_glib_log_writer, NULL, NULL);
 *
 *  The target is the log domain, or "glib". G_LOG_LEVEL_ERROR and CRITICAL are ERROR events with the field `severity`,
 *  WARNING is WARN, MESSAGE and INFO are INFO, DEBUG is DEBUG, a level of the program's own is INFO. CODE_FILE and
 *  CODE_LINE say where, CODE_FUNC is the field code.function.name, PRIORITY is left out, and any other field becomes
 * one of the event, under its own name. Places are bounded as log_bridge.h says.
 *
 *  Nothing of GLib is linked: who includes this finds GLib on their own. GLib ends a program on a fatal record after
 * the writer has returned, as before. */
#ifndef SPANLOOM_GLIB_LOG_H
#define SPANLOOM_GLIB_LOG_H

#include <glib.h>

#include <spanloom/detail/base.h>

SLM_BEGIN_DECLS

/** What slm_glib_log_writer() may be given as its user data; borrowed for good. @since 0.1.0 */
typedef struct slm_glib_log_options {
    uint32_t size;       /**< sizeof(slm_glib_log_options). */
    GLogWriterFunc next; /**< Called after it with the same record, such as g_log_writer_default(); NULL: nobody. */
    gpointer next_user;
} slm_glib_log_options;

/** A GLogWriterFunc. `user` is NULL or a slm_glib_log_options. Any thread.
 *  @return What the next writer returns; without one, G_LOG_WRITER_HANDLED. @since 0.1.0 */
SLM_API GLogWriterOutput slm_glib_log_writer(GLogLevelFlags level, const GLogField *fields, gsize field_count,
                                             gpointer user);

SLM_END_DECLS

#endif
