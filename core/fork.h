/* SPDX-License-Identifier: MIT */
/* A forked child starts empty: one child handler, no lock taken before the fork, nothing inherited unlocked or freed.
 */
#ifndef SPANLOOM_CORE_FORK_H
#define SPANLOOM_CORE_FORK_H

/* Registers the child handler, once. */
void slmi_fork_prepare(void);

#endif
