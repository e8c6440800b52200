/* SPDX-License-Identifier: MIT */
/* Ended spans on their way to the consumer: a ring for each thread, and its overflow list. export.h is the other end.
 */
#ifndef SPANLOOM_CORE_ENDED_H
#define SPANLOOM_CORE_ENDED_H

#include "core/record.h"

/* Counts the end of a record in the ledger of each pipeline of its set, and returns the pipelines that it will be
 * queued for, a bit each: it needs a pin for each before it is pushed. */
uint8_t slmi_ended_count(slmi_thread *self, const slmi_slot *slot);
/* The same of an event that is to be a log record of its own in the pipelines of `layers`; `room`: there is a slot. */
uint8_t slmi_ended_count_log(slmi_thread *self, const slmi_dispatch *d, uint32_t layers, bool room);
/* Queues an ended record that has those pins. */
void slmi_ended_push(slmi_thread *self, uint32_t slot);
/* The consumer's part of the ledger, by pipeline; returns how many there are, or were. */
unsigned slmi_export_ledger(slm_pipeline_stats *stats);
/* In a forked child. Async-signal-safe. */
void slmi_ended_fork_child(void);

#endif
