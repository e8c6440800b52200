/* SPDX-License-Identifier: MIT */
/** @file Suppression: code that ships telemetry is not itself a source of it. */
#ifndef SPANLOOM_SUPPRESS_H
#define SPANLOOM_SUPPRESS_H

#include <spanloom/detail/base.h>

SLM_BEGIN_DECLS

/** With true, nothing that this thread traces is recorded any more, spans and events, until it is called with what it
 *  returned, which is how it was before. For code that ships telemetry itself, whose own requests and log lines would
 *  otherwise be telemetry to ship; the library's exporters do so. Spans that are open stay so. Any thread. @since 0.1.0
 */
SLM_API bool slm_suppress(bool on);

SLM_END_DECLS

#endif
