/* SPDX-License-Identifier: MIT */
#include <spanloom/stats.h>

#include <string.h>

#include "core/ended.h"
#include "core/export.h"

static uint64_t read(const slmi_counter *counter)
{
    return atomic_load_explicit(counter, memory_order_acquire);
}

/* What follows is counted first, so that what moves meanwhile is at most missing from it: a span on one thread may end
 * on another. */
static void add_process(slm_stats *stats)
{
    for (const slmi_thread *t = slmi_thread_list(); t; t = t->next)
        stats->abandoned += read(&t->abandoned);
    for (const slmi_thread *t = slmi_thread_list(); t; t = t->next)
        stats->ended += read(&t->ended);
    for (const slmi_thread *t = slmi_thread_list(); t; t = t->next)
        for (unsigned i = 0; i < SLM_UNRECORDED_REASONS; i++)
            stats->unrecorded[i] += read(&t->unrecorded[i]);
    stats->unrecorded[SLM_UNRECORDED_NO_THREAD] += atomic_load_explicit(&slmi_threadless, memory_order_acquire);
    for (const slmi_thread *t = slmi_thread_list(); t; t = t->next)
        stats->started += read(&t->started);
    /* Those did not come so far as to be counted there: it would have been in the middle of counting another. Those of
     * before the fork were counted as started by the parent process. */
    stats->started += stats->unrecorded[SLM_UNRECORDED_REENTRANT] + stats->unrecorded[SLM_UNRECORDED_NO_THREAD] +
                      stats->unrecorded[SLM_UNRECORDED_FORKED];
}

/* Terms before their sum, likewise. */
static void add_pipeline(slm_pipeline_stats *p, unsigned at)
{
    uint64_t popped = 0, pushed = 0;
    for (const slmi_thread *t = slmi_thread_list(); t; t = t->next)
        popped += read(&t->popped[at]);
    for (const slmi_thread *t = slmi_thread_list(); t; t = t->next) {
        p->filtered += read(&t->pipelines[at].filtered);
        p->unsampled += read(&t->pipelines[at].unsampled);
        p->dropped[SLM_DROP_SHUT_DOWN] += read(&t->pipelines[at].late);
        p->dropped[SLM_DROP_QUEUE_FULL] += read(&t->pipelines[at].homeless);
        pushed += read(&t->pipelines[at].pushed);
    }
    p->queued += pushed - popped;
    for (const slmi_thread *t = slmi_thread_list(); t; t = t->next)
        p->ended += read(&t->pipelines[at].ended);
}

void slm_stats_read(slm_stats *stats)
{
    uint32_t size = stats->size;
    if (size < sizeof *stats)
        return;
    memset(stats, 0, sizeof *stats);
    stats->size = size;
    stats->pipeline_count = slmi_export_ledger(stats->pipelines);
    for (unsigned i = 0; i < stats->pipeline_count; i++)
        add_pipeline(&stats->pipelines[i], i);
    add_process(stats);
    stats->records_in_use = slmi_pool_in_use();
    stats->records_limit = slmi_the_pool.records;
}
