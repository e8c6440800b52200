/* SPDX-License-Identifier: MIT */
/* What writers and formats share. */
#ifndef SPANLOOM_CORE_LAYERS_WRITER_H
#define SPANLOOM_CORE_LAYERS_WRITER_H

#include <stdatomic.h>

#include <spanloom/writer.h>

/* As slm_writer_new(), of a writer that tells the diagnostic handler itself. */
slm_writer *slmi_writer_new(const slm_writer_ops *ops, void *self);
void slmi_writer_count_cut(slm_writer *writer);
/* Where the writer counts lines that it accepted and could not write after all; lives as long as the writer. */
void slmi_writer_counts_later(slm_writer *writer, const _Atomic(uint64_t) *failed);
/* What all writers of the process lost since it began or forked, each counting the lines that it passes on as well. */
typedef struct slmi_writer_losses {
    uint64_t dropped, failed, cut;
} slmi_writer_losses;
slmi_writer_losses slmi_writers_lost(void);
/* In a forked child: from zero. Async-signal-safe. */
void slmi_writers_fork_child(void);
bool slmi_writer_is_terminal(slm_writer *writer);

/* Writes all of the line to the descriptor, in one call if the system takes it whole. `guarded`: signals that a write
 * may raise (SIGPIPE, SIGXFSZ) are not delivered. Not a cancellation point. Returns the bytes written; fewer than the
 * line's: errno says why. */
size_t slmi_write_line(int fd, bool guarded, slm_string line);
/* Whether a write there may raise a signal. */
bool slmi_write_needs_guard(int fd);
/* Tells, once a process, that a line could not be written to `where` because of errno. */
void slmi_write_failed(const char *where, bool partly);

#endif
