/* SPDX-License-Identifier: MIT */
/* What has not ended yet as the exporters see it, taken in pieces: a process may have a million. */
#ifndef SPANLOOM_CORE_OPEN_EXPORT_H
#define SPANLOOM_CORE_OPEN_EXPORT_H

#include <spanloom/layer.h>
#include <spanloom/task.h>

/* A span that is open, and will be the pipeline's unless filters change. Borrowed for the call. */
typedef struct slmi_open_span {
    const slm_view *view;
    slm_span_id parent;      /* that the pipeline exports; zero for a root */
    const slm_field *fields; /* of slmi_open_look() */
    unsigned field_count;
} slmi_open_span;

typedef void slmi_open_each_span(void *user, const slmi_open_span *span);

/* Looks at `count` places from `from` on, 0 for the first. Returns where to go on; 0: that was all. Any thread. */
SLM_API uint32_t slmi_open_walk(unsigned pipeline, uint32_t from, uint32_t count, slmi_open_each_span *each,
                                void *user);
/* At one span and its fields. False: it has ended. Any thread. */
SLM_API bool slmi_open_look(unsigned pipeline, slm_span span, slmi_open_each_span *each, void *user);
/* As slmi_open_walk(), of tasks. */
typedef void slmi_task_look(void *user, const slm_task_info *task);
SLM_API uint32_t slmi_tasks_walk(unsigned pipeline, uint32_t from, uint32_t count, slmi_task_look *look, void *user);

#endif
