/* SPDX-License-Identifier: MIT */
/* What is open goes to a receiver that asked for it, at most once a second and only while something is:
 *
 *              announced            made               answered, a second ago
 *      SILENT ----------> RESTING --------> SENDING ----------> RESTING
 *         ^                  |                 |
 *         +--- withdrawn ----+-----------------+
 *
 * An announcement is withdrawn by three answers without it, by one that is no success, and by any trouble with sending.
 * It is for people who look on: nothing is queued or tried again, and no flush waits for it. One thread, the
 * machine's. */
#ifndef SPANLOOM_EXPORTERS_OPEN_SPANS_H
#define SPANLOOM_EXPORTERS_OPEN_SPANS_H

#include "exporters/announcement.h"
#include "exporters/http.h"
#include <spanloom/span_data.h>

typedef struct slmi_open_spans slmi_open_spans;

/* For the spans of one pipeline, whose transport `http` are the options of: they are told to call this one, and what
 * they borrow is borrowed for good, as `resource` is. `loop` and `names` outlive it. NULL without memory. */
slmi_open_spans *slmi_open_spans_new(slmi_loop *loop, slmi_names *names, slmi_http_options *http, unsigned pipeline,
                                     const slm_resource *resource);
void slmi_open_spans_free(slmi_open_spans *open);

/* Goes on as far as it can without waiting. */
void slmi_open_spans_step(slmi_open_spans *open, uint64_t now_ns);
/* When to step at the latest, if no descriptor reports anything before. */
uint64_t slmi_open_spans_due(const slmi_open_spans *open);
/* Nothing is sent any more, whatever is announced. */
void slmi_open_spans_stop(slmi_open_spans *open);

#endif
