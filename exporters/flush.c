/* SPDX-License-Identifier: MIT */
#include "exporters/flush.h"

void slmi_flushes_add(slmi_flushes *list, slmi_flush *flush)
{
    flush->next = list->first;
    list->first = flush;
}

void slmi_flushes_remove(slmi_flushes *list, const slmi_flush *flush)
{
    slmi_flush **at = &list->first;
    while (*at && *at != flush)
        at = &(*at)->next;
    if (*at)
        *at = flush->next;
}

bool slmi_flushes_see(slmi_flushes *list)
{
    bool any = list->asked;
    list->asked = false;
    for (slmi_flush *flush = list->first; flush; flush = flush->next) {
        if (flush->stage == SLMI_FLUSH_ASKED) {
            flush->stage = SLMI_FLUSH_SEEN;
            any = true;
        }
    }
    return any;
}

void slmi_flushes_mark(slmi_flushes *list, const slmi_mark *mark, uint64_t lost)
{
    for (slmi_flush *flush = list->first; flush; flush = flush->next) {
        if (flush->stage == SLMI_FLUSH_SEEN) {
            flush->stage = SLMI_FLUSH_MARKED;
            flush->mark = *mark;
            flush->lost_before = lost;
        }
    }
}

bool slmi_flushes_settle(slmi_flushes *list, const slmi_machine *machine, uint64_t lost, bool all)
{
    bool any = false;
    for (slmi_flush *flush = list->first; flush; flush = flush->next) {
        bool reached = flush->stage == SLMI_FLUSH_MARKED && slmi_machine_reached(machine, &flush->mark);
        if (flush->stage != SLMI_FLUSH_DONE && (reached || all)) {
            flush->stage = SLMI_FLUSH_DONE;
            flush->lost = lost != flush->lost_before;
            any = true;
        }
    }
    return any;
}
