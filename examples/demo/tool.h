/* SPDX-License-Identifier: MIT */
/* Sharpening a tool: work that blocks, so a thread of the pool does it. */
#ifndef DEMO_TOOL_H
#define DEMO_TOOL_H

#include "examples/demo/pool.h"

struct tool {
    struct job job; /* first: a job that is a tool's */
    const char *name;
    unsigned ms;
    void (*finished)(void *owner);
    void *owner;
};

/* Calls `finished` from the loop. The span is a child of what is current. */
void tool_sharpen(struct tool *tool, const char *name, unsigned ms, struct pool *pool, void (*finished)(void *owner),
                  void *owner);

#endif
