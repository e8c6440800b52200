/* SPDX-License-Identifier: MIT */
#include "core/layers/writer.h"

#include <string.h>

#include "core/alloc.h"
#include "core/diagnostics.h"

typedef _Atomic(uint64_t) counter;

struct slm_writer {
    const slm_writer_ops *ops;
    void *self;
    _Atomic(uint32_t) references;
    bool tells; /* what failed, itself */
    counter lines, dropped, failed, cut;
    const counter *failed_later; /* NULL: none */
};

static slm_writer *make(const slm_writer_ops *ops, void *self, bool tells)
{
    if (!ops || ops->size < sizeof *ops || !ops->write)
        return NULL;
    slm_writer *writer = slmi_alloc_zeroed(sizeof *writer);
    if (!writer)
        return NULL;
    writer->ops = ops;
    writer->self = self;
    writer->tells = tells;
    atomic_store_explicit(&writer->references, 1, memory_order_relaxed);
    return writer;
}

slm_writer *slm_writer_new(const slm_writer_ops *ops, void *self)
{
    return make(ops, self, false);
}

slm_writer *slmi_writer_new(const slm_writer_ops *ops, void *self)
{
    return make(ops, self, true);
}

slm_writer *slm_writer_retain(slm_writer *writer)
{
    if (writer)
        atomic_fetch_add_explicit(&writer->references, 1, memory_order_relaxed);
    return writer;
}

void slm_writer_release(slm_writer *writer)
{
    /* Release pairs with the acquire of whoever is last: all use of it comes before its end. */
    if (!writer || atomic_fetch_sub_explicit(&writer->references, 1, memory_order_acq_rel) != 1)
        return;
    if (writer->ops->destroy)
        writer->ops->destroy(writer->self);
    slmi_free(writer);
}

static void count(counter *which)
{
    atomic_fetch_add_explicit(which, 1, memory_order_relaxed);
}

static struct {
    counter dropped, failed, cut;
} lost; /* of the process */

slmi_writer_losses slmi_writers_lost(void)
{
    return (slmi_writer_losses){ .dropped = atomic_load_explicit(&lost.dropped, memory_order_relaxed),
                                 .failed = atomic_load_explicit(&lost.failed, memory_order_relaxed),
                                 .cut = atomic_load_explicit(&lost.cut, memory_order_relaxed) };
}

void slmi_writers_fork_child(void)
{
    atomic_store_explicit(&lost.dropped, 0, memory_order_relaxed);
    atomic_store_explicit(&lost.failed, 0, memory_order_relaxed);
    atomic_store_explicit(&lost.cut, 0, memory_order_relaxed);
}

slm_status slm_writer_write(slm_writer *writer, const slm_metadata *metadata, slm_string line)
{
    slm_status status = writer->ops->write(writer->self, metadata, line);
    if (__builtin_expect(status == SLM_OK, 1)) {
        count(&writer->lines);
        return status;
    }
    count(status == SLM_ERR_LIMIT ? &writer->dropped : &writer->failed);
    count(status == SLM_ERR_LIMIT ? &lost.dropped : &lost.failed);
    if (!writer->tells)
        slmi_diagnose(SLM_DIAG_WRITER, "a log line could not be written: %s", slm_status_text(status));
    return status;
}

slm_status slm_writer_flush(slm_writer *writer, uint32_t timeout_ms)
{
    return writer && writer->ops->flush ? writer->ops->flush(writer->self, timeout_ms) : SLM_OK;
}

void slm_writer_reopen(slm_writer *writer)
{
    if (writer && writer->ops->reopen)
        writer->ops->reopen(writer->self);
}

bool slmi_writer_is_terminal(slm_writer *writer)
{
    return writer->ops->is_terminal && writer->ops->is_terminal(writer->self);
}

void slmi_writer_count_cut(slm_writer *writer)
{
    count(&writer->cut);
    count(&lost.cut);
}

void slmi_writer_counts_later(slm_writer *writer, const _Atomic(uint64_t) *failed)
{
    writer->failed_later = failed;
}

void slm_writer_stats_read(const slm_writer *writer, slm_writer_stats *stats)
{
    slm_writer_stats now = { .size = stats->size };
    now.lines = atomic_load_explicit(&writer->lines, memory_order_relaxed);
    now.dropped = atomic_load_explicit(&writer->dropped, memory_order_relaxed);
    now.failed = atomic_load_explicit(&writer->failed, memory_order_relaxed);
    if (writer->failed_later)
        now.failed += atomic_load_explicit(writer->failed_later, memory_order_relaxed);
    now.cut = atomic_load_explicit(&writer->cut, memory_order_relaxed);
    memcpy(stats, &now, now.size < sizeof now ? now.size : sizeof now);
}
