/* SPDX-License-Identifier: MIT */
/* Links: one piece of work that many others asked for. A span has one parent; what else it comes from, it links to. */
#include <spanloom/sdk.h>
#include <spanloom/trace.h>

#include <stdlib.h>

enum { ORDERS = 3 };

/* Each order is a trace of its own, and has ended when its wool is sent: its identity outlives it. */
static slm_span_context take_order(int number)
{
    slm_span_context identity;
    slm_span order = SLM_SPAN_WITH((.parent = SLM_ROOT, .kind = SLM_KIND_PRODUCER), "order", ("number", number));
    slm_span_identity(order, &identity);
    slm_span_end(order);
    return identity;
}

static void send_batch(const slm_span_context *orders, size_t count)
{
    slm_link links[ORDERS];
    for (size_t i = 0; i < count; i++)
        links[i] = (slm_link){ .context = &orders[i] };

    SLM_SCOPE_WITH((.parent = SLM_ROOT, .kind = SLM_KIND_CONSUMER, .links = links, .link_count = count), "send",
                   ("orders", count));
    SLM_INFO("the wool is on its way");
}

int main(void)
{
    slm_span_context orders[ORDERS];

    if (slm_init(NULL) != SLM_OK)
        return EXIT_FAILURE;
    for (int i = 0; i < ORDERS; i++)
        orders[i] = take_order(i);
    send_batch(orders, ORDERS);
    slm_shutdown(2000);
    return EXIT_SUCCESS;
}
