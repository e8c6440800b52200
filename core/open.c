/* SPDX-License-Identifier: MIT */
#include "core/open.h"

#include "core/view.h"

void slmi_open_each(slmi_thread *self, bool (*each)(void *user, slmi_slot *slot), void *user)
{
    const slmi_pool *pool = &slmi_the_pool;
    if (!pool->slots)
        return;
    uint32_t end = atomic_load_explicit(&pool->recorded.fresh, memory_order_acquire);
    for (uint32_t at = pool->first ? pool->first : 1; at < end; at++) {
        uint64_t word = atomic_load_explicit(&slmi_slot_at(at)->state, memory_order_acquire);
        if (!(word & SLMI_OPEN))
            continue;
        bool mine = slmi_busy_begin(self);
        slmi_slot *slot = slmi_pin(slmi_id(at, word), true);
        if (mine)
            slmi_busy_end(self);
        if (!slot)
            continue;
        bool more = slot->type != SLMI_SLOT_SPAN || each(user, slot);
        slmi_view_unpin(slot);
        if (!more)
            return;
    }
}
