/* SPDX-License-Identifier: MIT */
/* The exporter machine: every pipeline, one loop, and three calls by which anything drives it: a descriptor to poll for
 * reading, how long at most, and a step that never waits.
 *
 *     struct pollfd entry = { .fd = slmi_machine_fd(machine), .events = POLLIN };
 *     for (;;) {
 *         poll(&entry, 1, slmi_machine_timeout_ms(machine));
 *         slmi_machine_step(machine);
 *     }
 *
 * One thread drives. From any other, and from a signal handler: slmi_machine_wake(). */
#ifndef SPANLOOM_EXPORTERS_MACHINE_H
#define SPANLOOM_EXPORTERS_MACHINE_H

#include "exporters/config.h"
#include "exporters/loop.h"
#include "exporters/names.h"
#include "exporters/open_spans.h"
#include "exporters/pipeline.h"

typedef struct slmi_machine {
    slmi_loop loop;
    slmi_names *names;           /* NULL without HTTP */
    const slmi_names *inherited; /* in a forked child: its parent's, or NULL */
    slmi_ledger *ledgers;        /* borrowed */
    slmi_pipeline pipelines[SLM_PIPELINES_MAX];
    unsigned count;
    slmi_open_spans *open[SLM_PIPELINES_MAX]; /* by pipeline; NULL: it sends none */
    bool finishing;
} slmi_machine;

/* One pipeline for each exporter of `settings`, in the order of their bits, and then those set up one by one. Settings
 * and `ledgers` (SLM_PIPELINES_MAX) are borrowed until slmi_machine_close(). curl_global_init() came first. */
SLM_NODISCARD slm_status slmi_machine_open(slmi_machine *machine, const slmi_settings *settings, slmi_ledger *ledgers);
/* Nothing may be queued. */
void slmi_machine_close(slmi_machine *machine);
/* How many pipelines `settings` ask for. */
unsigned slmi_machine_pipelines(const slmi_settings *settings);

int slmi_machine_fd(const slmi_machine *machine);
/* Milliseconds, for poll(); -1: no end. Tells the registry that the consumer is about to wait. */
int slmi_machine_timeout_ms(slmi_machine *machine);
void slmi_machine_step(slmi_machine *machine);
void slmi_machine_wake(slmi_machine *machine);

/* How far each pipeline has to come. */
typedef struct slmi_mark {
    uint64_t until[SLM_PIPELINES_MAX];
} slmi_mark;

/* Sends all that has ended by now; it is done when slmi_machine_reached() the mark. */
slmi_mark slmi_machine_flush(slmi_machine *machine);
bool slmi_machine_reached(const slmi_machine *machine, const slmi_mark *mark);
/* After slmi_export_close(): takes the last spans and sends all until `due_ns`. Done when slmi_machine_finished(). */
void slmi_machine_finish(slmi_machine *machine, uint64_t due_ns);
bool slmi_machine_finished(const slmi_machine *machine);
/* After it is finished: drops what ended too late for its last look, as SLM_DROP_SHUT_DOWN. */
void slmi_machine_sweep(slmi_machine *machine);
/* Whether finishing dropped spans: SLM_ERR_TIMED_OUT if because of its time, SLM_ERR_UNDELIVERED if otherwise. */
slm_status slmi_machine_outcome(const slmi_machine *machine);

#endif
