/* SPDX-License-Identifier: MIT */
/** @file Reading back what is open: fields, the chain of spans around a failure, every open span of the process. */
#ifndef SPANLOOM_READ_H
#define SPANLOOM_READ_H

#include <spanloom/layer.h>

SLM_BEGIN_DECLS

/** Reads the last value recorded for `key` in the span. Text is copied to `text`, cut to `room`, and the value points
 *  there. False: the span is disabled or has ended, or has no such field. Any thread. @since 0.1.0 */
SLM_API bool slm_span_get(slm_span span, slm_string key, slm_value *out, char *text, size_t room);

/** As slm_span_get(), of the current span, and where that has no such field, of its nearest ancestor that has;
 * ancestors only where the subscriber has a layer with SLM_LAYER_SCOPES. Any thread. @since 0.1.0 */
SLM_API bool slm_current_get(slm_string key, slm_value *out, char *text, size_t room);

/** Writes the chain of open spans around this point as text, innermost first, a line each, such as
 *  `  0: shave{current_yak=3} at yaks.c:12`: to keep in an error and print later. Terminated; returns its length, at
 * most `room` - 1. Any thread. @since 0.1.0 */
SLM_API size_t slm_span_trace(char *text, size_t room);

/** Calls `each` for every open span of the process, until it returns false; the view is good for the call. Spans that
 *  start or end meanwhile may or may not be included. Any thread; not async-signal-safe. @since 0.1.0 */
SLM_API void slm_open_spans(bool (*each)(void *user, const slm_view *span), void *user);

SLM_END_DECLS

#endif
