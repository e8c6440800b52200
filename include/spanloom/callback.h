/* SPDX-License-Identifier: MIT */
/** @file The layer that hands each event to a function: to a logging library that a program has already, with the ids
 *  of the trace and span that it belongs to. */
#ifndef SPANLOOM_CALLBACK_H
#define SPANLOOM_CALLBACK_H

#include <spanloom/layer.h>

SLM_BEGIN_DECLS

/** An event as the function gets it: borrowed for the call, as all that it points to. @since 0.1.0 */
typedef struct slm_callback_event {
    uint32_t size;                /**< sizeof(slm_callback_event), as the library was built. */
    const slm_metadata *metadata; /**< Level, target, file, line. */
    uint64_t time_ns;             /**< Since 1970. */
    /** Terminated. An event without text has its fields here, as `key=value`; those of one with text are in `event`. */
    slm_string message;
    const char *trace_id; /**< 32 hexadecimal digits, or "": it is in no trace. */
    const char *span_id;  /**< 16, or "": no span around it is exported. See slm_hit_identity(). */
    const slm_view *span; /**< The span it is in; NULL for none. Its name: slm_view_name(). */
    slm_hit *event;       /**< For its fields: slm_hit_field(). */
} slm_callback_event;

/** Any thread, several at once, with no lock held. What it traces is not told to this layer, so a library whose records
 *  come back through a bridge makes no circle. @since 0.1.0 */
typedef void slm_event_callback(void *user, const slm_callback_event *event);

/**
 * Makes a layer that calls `callback` for each event.
 *
 *     static void to_log_c(void *user, const slm_callback_event *e)
 *     {
 *         log_log(5 - e->metadata->level, e->metadata->file.data, (int)e->metadata->line, "[%s] %.*s", e->span_id,
 *                 (int)e->message.len, e->message.data);
 *     }
 *
 * @param callback  Not NULL.
 * @param user      Given to it; borrowed for the layer's life.
 * @param filter    Put into `*out`: slm_subscriber_of_layers() takes it. NULL takes all.
 * @param out       Written on success. For one subscriber; one that gets none calls `out->ops->destroy(out->self)`.
 * @retval SLM_OK, SLM_ERR_INVALID_ARGUMENT, SLM_ERR_NO_MEMORY.
 * @threadsafety Any thread.    @since 0.1.0
 */
SLM_API SLM_NODISCARD slm_status slm_layer_callback(slm_event_callback *callback, void *user, slm_filter *filter,
                                                    slm_layer *out);

SLM_END_DECLS

#endif
