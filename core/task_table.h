/* SPDX-License-Identifier: MIT */
/* Where tasks are followed: 64 bytes each, in one reserved range, found by index and generation.
 *
 *   state   generation 32 | turn 16 | depth 12 | flags 4
 *
 * Whoever changes an entry holds its lock for some stores, and advances the turn; who reads takes it as it is if the
 * word is the same before and after. */
#ifndef SPANLOOM_CORE_TASK_TABLE_H
#define SPANLOOM_CORE_TASK_TABLE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define SLMI_TASK_LOCK     UINT64_C(1)
#define SLMI_TASK_ENDING   UINT64_C(2) /* the job has ended; its last run has not */
#define SLMI_TASK_USED     UINT64_C(4)
#define SLMI_TASK_DEPTH    UINT64_C(0x10)
#define SLMI_TASK_DEPTHS   UINT64_C(0xfff0)
#define SLMI_TASK_TURN     UINT64_C(0x10000)
#define SLMI_TASK_OF(word) ((word) >> 32)

typedef struct slmi_task_entry {
    _Atomic(uint64_t) state;
    _Atomic(uint64_t) span;                         /* handle */
    _Atomic(uint64_t) started, changed, busy, idle; /* monotonic nanoseconds */
    _Atomic(uint64_t) polls;
    _Atomic(uint32_t) next; /* of the free ones */
} slmi_task_entry;

/* A free entry, its fields zeroed and its word not stored yet; 0 for none. Inside a busy section. */
uint32_t slmi_task_take(void);
slmi_task_entry *slmi_task_at(uint32_t at);
/* Ends the entry's generation. */
void slmi_task_give(uint32_t at);
/* One more than the highest that was ever taken. */
uint32_t slmi_task_end_of_table(void);

/* NULL if the task has ended. Inside a busy section. */
slmi_task_entry *slmi_task_lock(uint64_t id, uint64_t *word);
void slmi_task_unlock(slmi_task_entry *entry, uint64_t word);

/* In a forked child: no tasks. Async-signal-safe. */
void slmi_task_table_fork_child(void);

#endif
