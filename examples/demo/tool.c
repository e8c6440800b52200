/* SPDX-License-Identifier: MIT */
#include "examples/demo/tool.h"
#include <spanloom/trace.h>

#include <time.h>

/* On a thread of the pool, where it may take its time. */
static void sharpen(struct job *job)
{
    struct tool *tool = (struct tool *)job;
    SLM_SCOPE("sharpen", ("tool", tool->name));
    struct timespec grinding = { .tv_nsec = (long)tool->ms * 1000000 };
    nanosleep(&grinding, NULL);
    SLM_INFO("sharp");
}

static void finished(struct job *job)
{
    struct tool *tool = (struct tool *)job;
    tool->finished(tool->owner);
}

void tool_sharpen(struct tool *tool, const char *name, unsigned ms, struct pool *pool, void (*on_finished)(void *owner),
                  void *owner)
{
    *tool = (struct tool){ .job = { .work = sharpen, .finished = finished },
                           .name = name,
                           .ms = ms,
                           .finished = on_finished,
                           .owner = owner };
    pool_submit(pool, &tool->job);
}
