/* SPDX-License-Identifier: MIT */
#include "core/fork.h"

#include <pthread.h>
#include <stdatomic.h>

#include "core/alloc.h"
#include "core/clock.h"
#include "core/diagnostics.h"
#include "core/dispatch.h"
#include "core/ended.h"
#include "core/layers/writer.h"
#include "core/pool.h"
#include "core/site.h"
#include "core/task.h"
#include "core/thread.h"

static _Atomic(uint32_t) forks;

/* In the child, single-threaded, inside fork(). The survivor's open spans stay where they are, in memory that is the
 * child's own copy: ending or leaving them is silent, and they still parent what starts here. */
static void child(void)
{
    slmi_alloc_fork_child();
    slmi_clock_fork_child();
    slmi_pool_fork_child();
    slmi_dispatch_fork_count();
    slmi_thread_fork_child();
    slmi_sites_fork_child();
    slmi_dispatch_fork_child();
    slmi_diagnostics_fork_child();
    slmi_ended_fork_child();
    slmi_tasks_fork_child();
    slmi_writers_fork_child();
    atomic_fetch_add_explicit(&forks, 1, memory_order_relaxed);
}

uint32_t slmi_forks(void)
{
    return atomic_load_explicit(&forks, memory_order_relaxed);
}

void slmi_fork_prepare(void)
{
    pthread_atfork(NULL, NULL, child);
}
