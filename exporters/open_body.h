/* SPDX-License-Identifier: MIT */
/* What is open now, as JSON: spans and tasks, the longest first, at most so many. It is made a piece a step, for a
 * process may have a million; what ends meanwhile is left out. One thread, the machine's. */
#ifndef SPANLOOM_EXPORTERS_OPEN_BODY_H
#define SPANLOOM_EXPORTERS_OPEN_BODY_H

#include "exporters/buffer.h"
#include <spanloom/span_data.h>

enum {
    SLMI_OPEN_SPANS_MAX = 1000,
    SLMI_OPEN_TASKS_MAX = 1000,
    SLMI_OPEN_BYTES_MAX = 1 << 20,
    SLMI_OPEN_STEP_US = 2000 /* what a step takes, about */
};

typedef enum slmi_open_verdict {
    SLMI_OPEN_MORE, /* step again */
    SLMI_OPEN_DONE,
    SLMI_OPEN_NONE,  /* nothing is open */
    SLMI_OPEN_FAILED /* no memory */
} slmi_open_verdict;

typedef struct slmi_open_body slmi_open_body;

/* Of one pipeline's spans. `resource` is borrowed. NULL without memory. */
slmi_open_body *slmi_open_body_new(unsigned pipeline, const slm_resource *resource);
void slmi_open_body_free(slmi_open_body *body);

void slmi_open_body_begin(slmi_open_body *body);
slmi_open_verdict slmi_open_body_step(slmi_open_body *body);
/* Once it is done, until the next begin. */
const slmi_buffer *slmi_open_body_text(const slmi_open_body *body);

#endif
