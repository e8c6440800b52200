/* SPDX-License-Identifier: MIT */
/* One pipeline's part of the ledger: where each span that it has taken is, or how it ended. One thread at a time moves
 * spans, any thread reads, and a reader sees every move whole: a span is in one term, never in two.
 *
 *              move, add      read
 *   move, add  X              -         X: the caller keeps them apart
 *   read       -              -
 *
 * It is a sequence lock without fences: `sequence` is odd while a move is under way; terms are stored with release and
 * loaded with acquire, so a reader that saw a term of a later move also sees that move's sequence number. */
#ifndef SPANLOOM_EXPORTERS_LEDGER_H
#define SPANLOOM_EXPORTERS_LEDGER_H

#include <spanloom/stats.h>

#include <stdatomic.h>
#include <stdbool.h>

typedef enum slmi_term {
    SLMI_TERM_HELD,
    SLMI_TERM_QUEUED,
    SLMI_TERM_IN_FLIGHT,
    SLMI_TERM_DELIVERED,
    SLMI_TERM_REJECTED,
    SLMI_TERM_DROPPED, /* the first slm_drop_reason; the others follow */
    SLMI_TERMS = SLMI_TERM_DROPPED + SLM_DROP_REASONS
} slmi_term;

typedef struct slmi_ledger {
    _Atomic(const char *) exporter;
    _Atomic uint64_t capacity;
    _Atomic bool simple, logs;
    _Atomic uint64_t sequence;
    _Atomic uint64_t terms[SLMI_TERMS];
} slmi_ledger;

/* What the pipeline is, for those who read its ledger; `exporter` is static. */
void slmi_ledger_describe(slmi_ledger *ledger, const char *exporter, uint64_t capacity, bool simple, bool logs);

/* Spans that came into the pipeline, into `to`. */
void slmi_ledger_add(slmi_ledger *ledger, slmi_term to, uint64_t spans);
/* Spans that go from one term into another. */
void slmi_ledger_move(slmi_ledger *ledger, slmi_term from, slmi_term to, uint64_t spans);
/* Fills in all terms but `ended`, `filtered` and `unsampled`, which it leaves alone. */
void slmi_ledger_read(slmi_ledger *ledger, slm_pipeline_stats *stats);
/* All zero but for the description, in a forked child. Async-signal-safe. */
void slmi_ledger_reset(slmi_ledger *ledger);

/* How many were lost of those that were to be delivered. */
uint64_t slmi_ledger_losses(const slm_pipeline_stats *stats);

/* The term of a reason. */
static inline slmi_term slmi_term_of_drop(slm_drop_reason reason)
{
    return (slmi_term)((unsigned)SLMI_TERM_DROPPED + (unsigned)reason);
}

#endif
