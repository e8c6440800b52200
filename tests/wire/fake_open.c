/* SPDX-License-Identifier: MIT */
/* The rest of the core that fake_core.c plays: nothing is ever open. */
#include "core/open_export.h"

#include <string.h>
#include <time.h>

uint32_t slmi_open_walk(unsigned pipeline, uint32_t from, uint32_t count, slmi_open_each_span *each, void *user)
{
    (void)pipeline, (void)from, (void)count, (void)each, (void)user;
    return 0;
}

bool slmi_open_look(unsigned pipeline, slm_span span, slmi_open_each_span *each, void *user)
{
    (void)pipeline, (void)span, (void)each, (void)user;
    return false;
}

uint32_t slmi_tasks_walk(unsigned pipeline, uint32_t from, uint32_t count, slmi_task_look *look, void *user)
{
    (void)pipeline, (void)from, (void)count, (void)look, (void)user;
    return 0;
}

void slm_task_totals_read(slm_task_totals *totals)
{
    uint32_t size = totals->size;
    memset(totals, 0, sizeof *totals);
    totals->size = size;
}

void slm_view_identity(const slm_view *view, slm_span_context *out)
{
    (void)view;
    memset(out, 0, sizeof *out);
}

slm_string slm_view_name(const slm_view *view)
{
    (void)view;
    return slm_string_of("", 0);
}

uint64_t slm_view_start_ns(const slm_view *view)
{
    (void)view;
    return 0;
}

uint64_t slm_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
