/* SPDX-License-Identifier: MIT */
/* A trace that has everything that a span can have, with ids and times that a reader can foretell. */
#ifndef SPANLOOM_TESTS_EMIT_H
#define SPANLOOM_TESTS_EMIT_H

#include <spanloom/span_context.h>

/* Makes the trace under `remote`, its first span at `base_ns`, each later one a millisecond after the one before. */
void emit_trace(const slm_span_context *remote, uint64_t base_ns);

/* As the last of the spans: one of another scope, which has no version. */
void emit_other_scope(const slm_span_context *remote, uint64_t base_ns);

#endif
