/* SPDX-License-Identifier: MIT */
#include "examples/demo/order.h"
#include <spanloom/trace.h>

static const struct yak_nature herd[ORDER_YAKS] = {
    { .id = 1, .coat = "short", .foam_l = 2, .lather_ms = 15, .wool_kg = 0.5, .cut_ms = 30 },
    { .id = 2, .coat = "woolly", .foam_l = 5, .lather_ms = 25, .shy = true },
    { .id = 3, .coat = "down to the ground", .foam_l = 12, .lather_ms = 40, .wool_kg = 9.5, .cut_ms = 260 },
};

static const struct {
    const char *name;
    unsigned ms;
} tools[ORDER_TOOLS] = { { "razor", 20 }, { "shears", 35 } };

static void one_done(struct order *order)
{
    if (--order->pending == 0)
        order->finished(order->owner);
}

static void yak_finished(void *owner, bool shaved)
{
    struct order *order = owner;
    order->shaved += shaved;
    one_done(order);
}

static void tool_finished(void *owner)
{
    one_done(owner);
}

void order_start(struct order *order, struct loop *loop, struct pool *pool, void (*finished)(void *owner), void *owner)
{
    *order = (struct order){ .pending = ORDER_TOOLS, .finished = finished, .owner = owner };
    for (int i = 0; i < ORDER_YAKS; i++) {
        if (yak_start(&order->yaks[i], &herd[i], loop, yak_finished, order))
            order->pending++;
        else
            SLM_ERROR(("yak", herd[i].id), "no timer for this one");
    }
    for (int i = 0; i < ORDER_TOOLS; i++)
        tool_sharpen(&order->tools[i], tools[i].name, tools[i].ms, pool, tool_finished, order);
}
