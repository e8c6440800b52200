/* SPDX-License-Identifier: MIT */
/* The calls of slm_flush() that wait, each on its caller's stack, in a list. Whoever owns the list keeps callers apart,
 * by a mutex. */
#ifndef SPANLOOM_EXPORTERS_FLUSH_H
#define SPANLOOM_EXPORTERS_FLUSH_H

#include "exporters/machine.h"

typedef enum slmi_flush_stage {
    SLMI_FLUSH_ASKED,
    SLMI_FLUSH_SEEN,   /* its spans are among what the machine drains next */
    SLMI_FLUSH_MARKED, /* `mark` says how far the machine has to come */
    SLMI_FLUSH_DONE
} slmi_flush_stage;

typedef struct slmi_flush {
    struct slmi_flush *next;
    slmi_flush_stage stage;
    slmi_mark mark;
    uint64_t lost_before; /* spans lost when it was marked */
    bool lost;            /* DONE: some were lost since */
} slmi_flush;

typedef struct slmi_flushes {
    slmi_flush *first;
    bool asked; /* by somebody who does not wait */
} slmi_flushes;

void slmi_flushes_add(slmi_flushes *list, slmi_flush *flush);
void slmi_flushes_remove(slmi_flushes *list, const slmi_flush *flush);

/* Whether the machine is to begin one; those who asked by now are seen. */
bool slmi_flushes_see(slmi_flushes *list);
/* Marks those seen. */
void slmi_flushes_mark(slmi_flushes *list, const slmi_mark *mark, uint64_t lost);
/* Ends those whose mark is reached; with `all`, every one. True if it ended any. */
bool slmi_flushes_settle(slmi_flushes *list, const slmi_machine *machine, uint64_t lost, bool all);

#endif
