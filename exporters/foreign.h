/* SPDX-License-Identifier: MIT */
/* Spans that the host filled in itself, on their way to the pipelines: copied by whoever ships them, handed over in a
 * list without a lock, and counted apart from what ended here.
 *
 *   ship (any thread)      -> list -> drain (the machine's thread) -> the pipelines' queues
 *   shipped, then pushed              popped, then the pipeline's own ledger
 *
 * A reader takes these in the reverse order, so that a span is never in two terms, and in none only while it moves. */
#ifndef SPANLOOM_EXPORTERS_FOREIGN_H
#define SPANLOOM_EXPORTERS_FOREIGN_H

#include "exporters/loop.h"
#include "exporters/span_block.h"
#include <spanloom/stats.h>

/* What all of them may hold, queued and in flight ones included. */
enum { SLMI_FOREIGN_BYTES_MAX = 16 << 20 };

/* From now on spans may be shipped to `pipelines` pipelines; the loop is woken for them. */
void slmi_foreign_open(slmi_loop *loop, unsigned pipelines);
/* No wake after this returns; what was shipped before is to be drained. */
void slmi_foreign_close(void);

/* Hands over what was shipped, oldest first, with a pin for each pipeline. */
typedef void slmi_foreign_take(void *user, slmi_span_block *block);
void slmi_foreign_drain(slmi_foreign_take *take, void *user);
/* One pin less. */
void slmi_foreign_release(slmi_span_block *block);

/* Adds its terms to those of the pipeline's own ledger, which was read before. */
void slmi_foreign_ledger(unsigned pipeline, slm_pipeline_stats *stats);

/* In a forked child: counts from zero, and calls `revive` at the first span that is shipped. Async-signal-safe. */
void slmi_foreign_fork_child(void (*revive)(void *user));

#endif
