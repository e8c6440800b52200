/* SPDX-License-Identifier: MIT */
/* Buffers that threads borrow for the length of a callback: allocated once, as many as callbacks may run at the same
 * time. */
#ifndef SPANLOOM_CORE_LAYERS_LOANS_H
#define SPANLOOM_CORE_LAYERS_LOANS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SLMI_LOANS = 32 };

typedef struct slmi_loans {
    char *memory;
    size_t bytes;            /* of each */
    _Atomic(uint32_t) taken; /* a bit each */
} slmi_loans;

/* False: no memory. */
bool slmi_loans_init(slmi_loans *loans, size_t bytes);
void slmi_loans_destroy(slmi_loans *loans);
/* In a forked child: all are back. Async-signal-safe. */
void slmi_loans_forget(slmi_loans *loans);

/* A buffer that is this thread's until it gives it back; NULL if all are taken. */
char *slmi_loans_take(slmi_loans *loans);
void slmi_loans_give(slmi_loans *loans, char *buffer);

#endif
