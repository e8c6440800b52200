/* SPDX-License-Identifier: MIT */
#include "exporters/drive.h"

#include "core/diagnostics.h"
#include "core/export.h"
#include "exporters/deadline.h"
#include "exporters/flush.h"
#include "exporters/machine.h"
#include "exporters/report.h"
#include "exporters/worker.h"

#include <errno.h>
#include <poll.h>
#include <time.h>

enum {
    EXIT_FLUSH_MS = 1000,
    MARGIN_MS = 10, /* the machine stops this much earlier than the caller, who then need not wait beyond his time */
    GRACE_MS = 40   /* how long a caller whose time is up still waits for the thread to put things away */
};

typedef enum drive_state {
    DRIVE_NEVER, /* not started yet */
    DRIVE_IDLE,  /* no pipeline: no thread, no machine, no consumer */
    DRIVE_RUNNING,
    DRIVE_FORKED, /* in a child that has not traced yet: no thread, no machine */
    DRIVE_STOPPING,
    DRIVE_STOPPED
} drive_state;

static struct {
    pthread_mutex_t mutex; /* guards what follows, down to `finished` */
    pthread_cond_t changed;
    drive_state state;
    slmi_flushes flushes;
    uint64_t stop_due_ns;
    bool abandoned; /* nobody waits for the thread any more */
    bool finished;  /* the thread is done; `outcome` is there */
    slm_status outcome;

    pthread_t thread;        /* written before the thread runs and after it ended */
    slmi_settings *settings; /* the same */
    slmi_machine machine;    /* the thread's */
    uint64_t lost_before;    /* the thread's: losses when it was asked to stop */
    slmi_machine parents;    /* in a forked child: what is left as it was, kept so that leak checkers see who has it */
    slmi_ledger ledgers[SLM_PIPELINES_MAX];
} drive = { .mutex = PTHREAD_MUTEX_INITIALIZER };

static void lock(void)
{
    pthread_mutex_lock(&drive.mutex);
}

static void unlock(void)
{
    pthread_mutex_unlock(&drive.mutex);
}

static void make_condition(void)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&drive.changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

static uint64_t losses(void)
{
    uint64_t lost = 0;
    for (unsigned i = 0; i < drive.machine.count; i++) {
        slm_pipeline_stats stats = { .ended = 0 };
        slmi_ledger_read(&drive.ledgers[i], &stats);
        lost += stats.rejected;
        for (unsigned reason = 0; reason < SLM_DROP_REASONS; reason++)
            lost += stats.dropped[reason];
    }
    return lost;
}

static void begin_flush(void)
{
    uint64_t lost = losses();
    slmi_mark mark = slmi_machine_flush(&drive.machine);
    lock();
    slmi_flushes_mark(&drive.flushes, &mark, lost);
    unlock();
}

static void settle_flushes(bool all)
{
    uint64_t lost = losses();
    lock();
    if (slmi_flushes_settle(&drive.flushes, &drive.machine, lost, all))
        pthread_cond_broadcast(&drive.changed);
    unlock();
}

/* What others asked for since the last step. */
static void serve(void)
{
    slmi_machine *machine = &drive.machine;
    lock();
    bool stop = drive.state == DRIVE_STOPPING && !machine->finishing;
    uint64_t stop_due_ns = drive.stop_due_ns;
    bool flush = slmi_flushes_see(&drive.flushes);
    bool waited_for = drive.flushes.first != NULL;
    unlock();

    if (flush)
        begin_flush();
    if (waited_for)
        settle_flushes(false);
    if (stop) {
        /* The registry first, so that its last spans are among what is drained. */
        slmi_export_close();
        drive.lost_before = losses();
        slmi_machine_finish(machine, stop_due_ns);
    }
}

static slm_status outcome(void)
{
    slm_status status = slmi_machine_outcome(&drive.machine);
    if (status != SLM_OK)
        return status;
    return losses() == drive.lost_before ? SLM_OK : SLM_ERR_UNDELIVERED;
}

/* What nobody uses any more. */
static void put_away(void)
{
    slmi_settings_free(drive.settings);
    drive.settings = NULL;
}

static void finish(slm_status status)
{
    lock();
    drive.outcome = status;
    drive.finished = true;
    if (drive.abandoned) {
        put_away();
        drive.state = DRIVE_STOPPED;
    }
    pthread_cond_broadcast(&drive.changed);
    unlock();
}

static void *run(void *unused)
{
    (void)unused;
    slmi_machine *machine = &drive.machine;
    struct pollfd entry = { .fd = slmi_machine_fd(machine), .events = POLLIN };
    while (!slmi_machine_finished(machine)) {
        poll(&entry, 1, slmi_machine_timeout_ms(machine));
        slmi_machine_step(machine);
        serve();
    }
    slm_status status = outcome();
    slmi_machine_sweep(machine);
    slmi_report_losses(machine->pipelines, machine->count);
    settle_flushes(true);
    slmi_machine_close(machine);
    finish(status);
    return NULL;
}

/* In a forked child the machine is made here, not on the host's thread that ended a span. */
static void *run_again(void *unused)
{
    if (slmi_machine_open(&drive.machine, drive.settings, drive.ledgers) == SLM_OK)
        return run(unused);
    slmi_diagnose(SLM_DIAG_NO_MEMORY, "this forked process cannot export its spans");
    slmi_export_close();
    settle_flushes(true);
    finish(SLM_ERR_UNDELIVERED);
    return NULL;
}

static void wake(void *user)
{
    (void)user;
    slmi_machine_wake(&drive.machine);
}

/* Nothing that the parent's threads may have held is unlocked or freed: it is made anew or left. */
static void fork_child(void *user)
{
    (void)user;
    drive.parents = drive.machine;
    slmi_loop_leave(&drive.machine.loop);
    pthread_mutex_init(&drive.mutex, NULL);
    make_condition();
    for (unsigned i = 0; i < SLM_PIPELINES_MAX; i++)
        slmi_ledger_reset(&drive.ledgers[i]);
    drive.machine.count = 0;
    drive.flushes = (slmi_flushes){ .first = NULL };
    drive.finished = drive.abandoned = false;
    drive.state = drive.state == DRIVE_RUNNING || drive.state == DRIVE_FORKED ? DRIVE_FORKED : DRIVE_STOPPED;
}

static void revive(void *user)
{
    (void)user;
    int before = errno;
    lock();
    int error = 0;
    if (drive.state == DRIVE_FORKED) {
        error = slmi_worker_start(&drive.thread, "spanloom", run_again, NULL);
        if (error == 0)
            drive.state = DRIVE_RUNNING;
    }
    unlock();
    if (error != 0)
        slmi_diagnose(SLM_DIAG_NO_MEMORY, "this forked process has no thread to export its spans");
    errno = before;
}

static void read_ledger(void *user, unsigned pipeline, slm_pipeline_stats *stats)
{
    (void)user;
    slmi_ledger_read(&drive.ledgers[pipeline], stats);
}

/* With the mutex held. */
static slm_status start(slmi_settings *settings)
{
    const slmi_consumer consumer = { .wake = wake, .fork_child = fork_child, .revive = revive, .ledger = read_ledger };
    slm_status status = slmi_machine_open(&drive.machine, settings, drive.ledgers);
    if (status != SLM_OK)
        return status;
    status = slmi_export_open(&consumer, drive.machine.count);
    if (status == SLM_OK && slmi_worker_start(&drive.thread, "spanloom", run, NULL) != 0) {
        slmi_export_close();
        status = SLM_ERR_SYSTEM;
    }
    if (status != SLM_OK)
        slmi_machine_close(&drive.machine);
    return status;
}

slm_status slmi_drive_start(slmi_settings *settings)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    slm_status status = SLM_ERR_EXISTS;
    pthread_once(&once, make_condition);
    lock();
    if (drive.state == DRIVE_NEVER || drive.state == DRIVE_STOPPED) {
        drive.finished = drive.abandoned = false;
        bool idle = slmi_machine_pipelines(settings) == 0;
        status = idle ? SLM_OK : start(settings);
        if (status == SLM_OK) {
            drive.settings = settings;
            drive.state = idle ? DRIVE_IDLE : DRIVE_RUNNING;
        }
    }
    unlock();
    return status;
}

/* Until `due_ns` or a change, with the mutex held. False: the time is up. */
static bool wait_for_change(uint64_t due_ns)
{
    if (due_ns == SLMI_NEVER) {
        pthread_cond_wait(&drive.changed, &drive.mutex);
        return true;
    }
    const struct timespec due = { .tv_sec = (time_t)(due_ns / 1000000000), .tv_nsec = (long)(due_ns % 1000000000) };
    return pthread_cond_timedwait(&drive.changed, &drive.mutex, &due) != ETIMEDOUT;
}

/* With the mutex held: what a call answers that finds no running thread, or its own. */
static slm_status refusal(void)
{
    switch (drive.state) {
    case DRIVE_NEVER:
        return SLM_ERR_NOT_FOUND;
    case DRIVE_STOPPING:
    case DRIVE_STOPPED:
        return SLM_ERR_SHUT_DOWN;
    case DRIVE_IDLE:
    case DRIVE_RUNNING:
    case DRIVE_FORKED:
        break;
    }
    bool own = drive.state == DRIVE_RUNNING && pthread_equal(pthread_self(), drive.thread);
    return own ? SLM_ERR_INVALID_ARGUMENT : SLM_OK;
}

static bool has_queued(void)
{
    slm_stats stats = { .size = (uint32_t)sizeof stats };
    slm_stats_read(&stats);
    for (uint32_t i = 0; i < stats.pipeline_count; i++) {
        if (stats.pipelines[i].queued > 0 || stats.pipelines[i].in_flight > 0)
            return true;
    }
    return false;
}

slm_status slmi_drive_flush(uint32_t timeout_ms)
{
    uint64_t due_ns = slmi_deadline_after(slmi_deadline_now(), timeout_ms);
    lock();
    slm_status status = refusal();
    bool running = drive.state == DRIVE_RUNNING;
    if (status != SLM_OK || !running) {
        unlock();
        return status;
    }
    if (timeout_ms == 0) {
        drive.flushes.asked = true;
        unlock();
        slmi_machine_wake(&drive.machine);
        return has_queued() ? SLM_ERR_TIMED_OUT : SLM_OK;
    }

    slmi_flush flush = { .stage = SLMI_FLUSH_ASKED };
    slmi_flushes_add(&drive.flushes, &flush);
    slmi_machine_wake(&drive.machine);
    while (flush.stage != SLMI_FLUSH_DONE && wait_for_change(due_ns)) {
        /* Somebody else's change, or none at all. */
    }
    slmi_flushes_remove(&drive.flushes, &flush);
    unlock();
    if (flush.stage != SLMI_FLUSH_DONE)
        return SLM_ERR_TIMED_OUT;
    return flush.lost ? SLM_ERR_UNDELIVERED : SLM_OK;
}

/* With the mutex held and the thread asked to stop: until it did, or a little past `due_ns`. */
static slm_status await_end(uint64_t due_ns)
{
    uint64_t last_ns = due_ns == SLMI_NEVER ? due_ns : slmi_deadline_after(due_ns, GRACE_MS);
    while (!drive.finished && wait_for_change(last_ns)) {
        /* As above. */
    }
    return drive.finished ? drive.outcome : SLM_ERR_TIMED_OUT;
}

/* Without a thread there is nothing to wait for. With the mutex held. */
static void stop_threadless(void)
{
    bool consumer = drive.state == DRIVE_FORKED;
    drive.state = DRIVE_STOPPED;
    unlock();
    if (consumer)
        slmi_export_close();
    put_away();
    lock();
}

/* With the mutex held. */
static slm_status stop_thread(uint32_t timeout_ms, uint64_t due_ns)
{
    uint32_t margin_ms = timeout_ms / 20 < MARGIN_MS ? timeout_ms / 20 : MARGIN_MS;
    drive.state = DRIVE_STOPPING;
    drive.stop_due_ns = due_ns == SLMI_NEVER ? due_ns : due_ns - (uint64_t)margin_ms * 1000000u;
    slmi_machine_wake(&drive.machine);
    slm_status status = await_end(due_ns);
    if (!drive.finished) {
        drive.abandoned = true; /* it ends by itself, and puts things away */
        pthread_detach(drive.thread);
        return status;
    }
    unlock();
    pthread_join(drive.thread, NULL);
    put_away();
    lock();
    drive.state = DRIVE_STOPPED;
    return status;
}

slm_status slmi_drive_shutdown(uint32_t timeout_ms)
{
    uint64_t due_ns = slmi_deadline_after(slmi_deadline_now(), timeout_ms);
    lock();
    slm_status status = refusal();
    if (status == SLM_OK && drive.state == DRIVE_RUNNING)
        status = stop_thread(timeout_ms, due_ns);
    else if (status == SLM_OK)
        stop_threadless();
    unlock();
    return status;
}

void slmi_drive_exit(void)
{
    lock();
    bool stopping = drive.state == DRIVE_STOPPING && !pthread_equal(pthread_self(), drive.thread);
    if (stopping) {
        /* Another thread is in slm_shutdown(): the process must not go from under the machine's feet. */
        slm_status status = await_end(slmi_deadline_after(slmi_deadline_now(), EXIT_FLUSH_MS));
        (void)status;
    }
    unlock();
    if (!stopping)
        slmi_drive_shutdown(EXIT_FLUSH_MS);
}
