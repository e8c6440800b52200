/* SPDX-License-Identifier: MIT */
/* A forked child starts empty: one child handler, no lock taken before the fork, nothing inherited unlocked or freed.
 */
#ifndef SPANLOOM_CORE_FORK_H
#define SPANLOOM_CORE_FORK_H

#include <stdint.h>

/* Registers the child handler, once. */
void slmi_fork_prepare(void);

/* How many forks lie between this process and the first one: differs from what it was once one has happened. */
uint32_t slmi_forks(void);

#endif
