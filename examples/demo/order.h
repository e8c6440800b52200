/* SPDX-License-Identifier: MIT */
/* One order of the yak-shaving service: three yaks and two tools, all at the same time. */
#ifndef DEMO_ORDER_H
#define DEMO_ORDER_H

#include "examples/demo/tool.h"
#include "examples/demo/yak.h"

enum { ORDER_YAKS = 3, ORDER_TOOLS = 2 };

struct order {
    struct yak yaks[ORDER_YAKS];
    struct tool tools[ORDER_TOOLS];
    unsigned pending, shaved;
    void (*finished)(void *owner);
    void *owner;
};

/* Starts all of it, under what is current, and calls `finished` from the loop when the last of it is done: always, and
 * never before this returns. */
void order_start(struct order *order, struct loop *loop, struct pool *pool, void (*finished)(void *owner), void *owner);

#endif
