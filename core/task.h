/* SPDX-License-Identifier: MIT */
/* Tasks inside the library; spanloom/task.h is the other side. */
#ifndef SPANLOOM_CORE_TASK_H
#define SPANLOOM_CORE_TASK_H

/* In a forked child: none, and none were. Async-signal-safe. */
void slmi_tasks_fork_child(void);

#endif
