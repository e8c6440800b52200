/* SPDX-License-Identifier: MIT */
#include "exporters/ledger.h"

#include <sched.h>

/* A mover holds the sequence odd for a few instructions. A reader that met it this often looks at a thread that does
 * not run, and may itself be the reason; it must not wait for it. */
enum { READS_MAX = 1000 };

/* Acquire: the terms' stores stay after it. */
static void begin(slmi_ledger *ledger)
{
    atomic_fetch_add_explicit(&ledger->sequence, 1, memory_order_acq_rel);
}

static void end(slmi_ledger *ledger)
{
    atomic_fetch_add_explicit(&ledger->sequence, 1, memory_order_release);
}

/* One thread moves, so load and store need not be one operation. Release pairs with the loads in snapshot(). */
static void change(slmi_ledger *ledger, slmi_term term, uint64_t by)
{
    uint64_t value = atomic_load_explicit(&ledger->terms[term], memory_order_relaxed);
    atomic_store_explicit(&ledger->terms[term], value + by, memory_order_release);
}

void slmi_ledger_add(slmi_ledger *ledger, slmi_term to, uint64_t spans)
{
    if (spans == 0)
        return;
    begin(ledger);
    change(ledger, to, spans);
    end(ledger);
}

void slmi_ledger_move(slmi_ledger *ledger, slmi_term from, slmi_term to, uint64_t spans)
{
    if (spans == 0)
        return;
    begin(ledger);
    change(ledger, from, 0 - spans);
    change(ledger, to, spans);
    end(ledger);
}

/* Whether no move came between the first load and the last. */
static bool snapshot(slmi_ledger *ledger, uint64_t *terms)
{
    uint64_t before = atomic_load_explicit(&ledger->sequence, memory_order_acquire);
    for (unsigned term = 0; term < SLMI_TERMS; term++)
        terms[term] = atomic_load_explicit(&ledger->terms[term], memory_order_acquire);
    uint64_t after = atomic_load_explicit(&ledger->sequence, memory_order_relaxed);
    return before == after && before % 2 == 0;
}

void slmi_ledger_describe(slmi_ledger *ledger, const char *exporter, uint64_t capacity, bool simple, bool logs)
{
    atomic_store_explicit(&ledger->exporter, exporter, memory_order_relaxed);
    atomic_store_explicit(&ledger->capacity, capacity, memory_order_relaxed);
    atomic_store_explicit(&ledger->simple, simple, memory_order_relaxed);
    atomic_store_explicit(&ledger->logs, logs, memory_order_relaxed);
}

void slmi_ledger_read(slmi_ledger *ledger, slm_pipeline_stats *stats)
{
    uint64_t terms[SLMI_TERMS];
    for (unsigned reads = 1; !snapshot(ledger, terms) && reads < READS_MAX; reads++)
        sched_yield();

    stats->held = terms[SLMI_TERM_HELD];
    stats->queued = terms[SLMI_TERM_QUEUED];
    stats->in_flight = terms[SLMI_TERM_IN_FLIGHT];
    stats->delivered = terms[SLMI_TERM_DELIVERED];
    stats->rejected = terms[SLMI_TERM_REJECTED];
    for (unsigned reason = 0; reason < SLM_DROP_REASONS; reason++)
        stats->dropped[reason] = terms[SLMI_TERM_DROPPED + reason];
    stats->exporter = atomic_load_explicit(&ledger->exporter, memory_order_relaxed);
    stats->capacity = atomic_load_explicit(&ledger->capacity, memory_order_relaxed);
    stats->simple = atomic_load_explicit(&ledger->simple, memory_order_relaxed);
    stats->logs = atomic_load_explicit(&ledger->logs, memory_order_relaxed);
}

uint64_t slmi_ledger_losses(const slm_pipeline_stats *stats)
{
    uint64_t lost = stats->rejected;
    for (unsigned reason = 0; reason < SLM_DROP_REASONS; reason++)
        lost += reason == SLM_DROP_TAIL ? 0 : stats->dropped[reason];
    return lost;
}

void slmi_ledger_reset(slmi_ledger *ledger)
{
    for (unsigned term = 0; term < SLMI_TERMS; term++)
        atomic_store_explicit(&ledger->terms[term], 0, memory_order_relaxed);
    atomic_store_explicit(&ledger->sequence, 0, memory_order_release);
}
