/* SPDX-License-Identifier: MIT */
/* What the two drives share: one state, and what is asked of the machine in between its steps.
 *
 * Locks: one mutex, over the requests and the state below it; never held while a pipeline, the registry or a handler of
 * the host's runs.
 *
 * The machine is its driver's. That is the thread of slmi_worker_start(), or under the host's drive whoever has the
 * turn (drive_host.c): one at a time, also when slm_flush() and slm_shutdown() are called on other threads than the
 * loop's. */
#ifndef SPANLOOM_EXPORTERS_DRIVE_STATE_H
#define SPANLOOM_EXPORTERS_DRIVE_STATE_H

#include "exporters/flush.h"
#include "exporters/machine.h"

enum {
    SLMI_DRIVE_MARGIN_MS = 10, /* the machine stops this much earlier than the caller, who then need not wait longer */
    SLMI_DRIVE_GRACE_MS = 40   /* how long a caller whose time is up still waits until things are put away */
};

typedef enum slmi_drive_stage {
    SLMI_DRIVE_NEVER, /* not started yet */
    SLMI_DRIVE_EMPTY, /* no pipeline: no thread, no machine, no consumer */
    SLMI_DRIVE_RUNNING,
    SLMI_DRIVE_FORKED, /* in a child that has not traced, or stepped, yet: no thread, no machine */
    SLMI_DRIVE_STOPPING,
    SLMI_DRIVE_STOPPED
} slmi_drive_stage;

typedef struct slmi_drive {
    pthread_mutex_t mutex; /* guards what follows, down to `finished` */
    pthread_cond_t changed;
    slmi_drive_stage stage;
    bool by_host; /* no thread */
    bool turn;    /* by_host: `thread` has it */
    int fd;       /* by_host: what the host watches, while there is a machine */
    slmi_flushes flushes;
    uint64_t stop_due_ns;
    bool abandoned; /* nobody waits for the machine's end any more */
    bool finished;  /* the machine is closed; `outcome` is there */
    slm_status outcome;

    pthread_t thread;        /* written before the thread runs and after it ended; by_host: with the mutex held */
    slmi_settings *settings; /* the same */
    bool torn;               /* in a forked child: a step may have been under way at the fork */
    slmi_machine machine;    /* the driver's */
    uint64_t lost_before;    /* the driver's: losses when it was asked to stop */
    slmi_machine parents;    /* in a forked child: what is left as it was, kept so that leak checkers see who has it */
    slmi_ledger ledgers[SLM_PIPELINES_MAX];
} slmi_drive;

extern slmi_drive slmi_the_drive;

void slmi_drive_lock(void);
void slmi_drive_unlock(void);
/* Until `due_ns` or a change, with the mutex held. False: the time is up. */
bool slmi_drive_await(uint64_t due_ns);

/* The driver's, without the mutex: */

/* One step of the machine, and then what others asked for since the last. */
void slmi_drive_advance(void);
/* After the machine is finished: the last of it. */
void slmi_drive_conclude(void);
/* In a forked child: makes the machine. False, and all is over, if it cannot. */
bool slmi_drive_open_again(void);

/* With the mutex held: frees what nobody uses any more. */
void slmi_drive_put_away(void);

/* Under the host's drive, with the mutex held: as slmi_drive_flush() and slmi_drive_shutdown(). */
slm_status slmi_drive_flush_by_host(slmi_flush *flush, uint64_t due_ns);
slm_status slmi_drive_stop_by_host(uint64_t due_ns);

#endif
