/* SPDX-License-Identifier: MIT */
/* Where pipelines have different filters, each names another nearest ancestor as a span's parent. A record of such a
 * subscriber has a table of them behind the places in its arena, filled in at its start and never changed, and so has a
 * context that is captured in one: what is copied from parent to child outlives the ancestors. */
#ifndef SPANLOOM_CORE_PARENT_TABLE_H
#define SPANLOOM_CORE_PARENT_TABLE_H

#include "core/dispatch.h"

typedef struct slmi_parent_table {
    uint32_t serial; /* of the subscriber whose groups these are */
    uint8_t remote;  /* groups whose parent is of another process, a bit each */
    uint8_t count;   /* groups */
    uint16_t unused;
    uint64_t ids[SLM_PIPELINES_MAX]; /* as far as there are groups */
} slmi_parent_table;

/* How much of a record it takes: nothing if the pipelines agree. */
static inline uint32_t slmi_parent_table_bytes(const slmi_dispatch *d)
{
    return d->groups > 1 ? (uint32_t)(offsetof(slmi_parent_table, ids) + d->groups * sizeof(uint64_t)) : 0;
}

/* Fills in that of a new span of `d`, which has inherited from `parent` (NULL: no slot) and has its places. */
void slmi_parent_table_start(const slmi_dispatch *d, slmi_slot *slot, const slmi_slot *parent);
/* Fills in that of a context which is captured in `from`, whose bits are set. */
void slmi_parent_table_capture(slmi_slot *context, const slmi_slot *from);

/* The id that `pipeline` exports as the parent of an ended record. */
uint64_t slmi_parent_table_id(const slmi_slot *slot, unsigned pipeline, bool *remote);

/* The groups that take an event, a bit each; 0 where they agree. */
uint8_t slmi_groups_of(const slmi_dispatch *d, uint32_t mask);

#endif
