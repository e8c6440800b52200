/* SPDX-License-Identifier: MIT */
#include "exporters/drive.h"

#include "core/diagnostics.h"
#include "core/export.h"
#include "exporters/deadline.h"
#include "exporters/drive_state.h"
#include "exporters/host_transport.h"
#include "exporters/worker.h"

#include <errno.h>
#include <poll.h>

enum { EXIT_FLUSH_MS = 1000 };

static slmi_drive *const drive = &slmi_the_drive;

static void make_condition(void)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&drive->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

static void *run(void *unused)
{
    (void)unused;
    slmi_machine *machine = &drive->machine;
    struct pollfd entry = { .fd = slmi_machine_fd(machine), .events = POLLIN };
    while (!slmi_machine_finished(machine)) {
        poll(&entry, 1, slmi_machine_timeout_ms(machine));
        slmi_drive_advance();
    }
    slmi_drive_conclude();
    return NULL;
}

/* In a forked child the machine is made here, not on the host's thread that ended a span. */
static void *run_again(void *unused)
{
    return slmi_drive_open_again() ? run(unused) : NULL;
}

static void wake(void *user)
{
    (void)user;
    slmi_machine_wake(&drive->machine);
}

static void revive(void *user);

/* Nothing more is taken: neither ended spans nor shipped ones. */
static void close_entrances(void)
{
    slmi_export_close();
    slmi_foreign_close();
}

/* Nothing that the parent's threads may have held is unlocked or freed: it is made anew or left. */
static void fork_child(void *user)
{
    (void)user;
    drive->torn = drive->torn || !drive->by_host || drive->turn;
    /* A shutdown that another thread was waiting in is not this process's. */
    bool stopping = drive->stage == SLMI_DRIVE_STOPPING && !drive->finished && !drive->abandoned;
    bool lives = drive->stage == SLMI_DRIVE_RUNNING || drive->stage == SLMI_DRIVE_FORKED || stopping;
    drive->parents = drive->machine;
    drive->machine.inherited = drive->parents.names;
    slmi_names_fork_child();
    slmi_foreign_fork_child(lives ? revive : NULL);
    slmi_host_transport_fork_child();
    slmi_loop_leave(&drive->machine.loop);
    pthread_mutex_init(&drive->mutex, NULL);
    make_condition();
    for (unsigned i = 0; i < SLM_PIPELINES_MAX; i++)
        slmi_ledger_reset(&drive->ledgers[i]);
    drive->machine.count = 0;
    drive->flushes = (slmi_flushes){ .first = NULL };
    drive->finished = drive->abandoned = drive->turn = false;
    drive->stage = lives ? SLMI_DRIVE_FORKED : SLMI_DRIVE_STOPPED;
    if (!lives) /* what a shutdown had not closed yet nobody else will */
        close_entrances();
}

/* Under the host's drive the machine is made at its next step. */
static void revive(void *user)
{
    (void)user;
    int before = errno;
    slmi_drive_lock();
    int error = 0;
    if (drive->stage == SLMI_DRIVE_FORKED && !drive->by_host) {
        error = slmi_worker_start(&drive->thread, &drive->settings->worker, "", run_again, NULL);
        if (error == 0)
            drive->stage = SLMI_DRIVE_RUNNING;
    }
    slmi_drive_unlock();
    if (error != 0)
        slmi_diagnose(SLM_DIAG_NO_MEMORY, "this forked process has no thread to export its spans");
    errno = before;
}

static void read_ledger(void *user, unsigned pipeline, slm_pipeline_stats *stats)
{
    (void)user;
    slmi_ledger_read(&drive->ledgers[pipeline], stats);
    slmi_foreign_ledger(pipeline, stats);
}

/* With the mutex held. */
static slm_status start(slmi_settings *settings)
{
    const slmi_consumer consumer = { .wake = wake, .fork_child = fork_child, .revive = revive, .ledger = read_ledger };
    slm_status status = slmi_machine_open(&drive->machine, settings, drive->ledgers);
    if (status != SLM_OK)
        return status;
    status = slmi_export_open(&consumer, drive->machine.count);
    if (status == SLM_OK && !settings->by_host &&
        slmi_worker_start(&drive->thread, &settings->worker, "", run, NULL) != 0) {
        slmi_export_close();
        status = SLM_ERR_SYSTEM;
    }
    if (status != SLM_OK)
        slmi_machine_close(&drive->machine);
    return status;
}

slm_status slmi_drive_start(slmi_settings *settings)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    slm_status status = SLM_ERR_EXISTS;
    pthread_once(&once, make_condition);
    slmi_drive_lock();
    if (drive->stage == SLMI_DRIVE_NEVER || drive->stage == SLMI_DRIVE_STOPPED) {
        drive->finished = drive->abandoned = false;
        drive->by_host = settings->by_host;
        drive->machine.inherited = NULL;
        drive->torn = false;
        bool idle = slmi_machine_pipelines(settings) == 0;
        status = idle ? SLM_OK : start(settings);
        if (status == SLM_OK) {
            drive->fd = slmi_machine_fd(&drive->machine);
            drive->settings = settings;
            drive->stage = idle ? SLMI_DRIVE_EMPTY : SLMI_DRIVE_RUNNING;
        }
    }
    slmi_drive_unlock();
    return status;
}

/* Whether the caller is a callback of the driver's. With the mutex held. */
static bool is_driver(void)
{
    bool driven = drive->by_host ? drive->turn : drive->stage == SLMI_DRIVE_RUNNING;
    return driven && pthread_equal(pthread_self(), drive->thread);
}

/* With the mutex held: what a call answers that finds nothing running, or comes from inside of it. */
static slm_status refusal(void)
{
    switch (drive->stage) {
    case SLMI_DRIVE_NEVER:
        return SLM_ERR_NOT_FOUND;
    case SLMI_DRIVE_STOPPING:
    case SLMI_DRIVE_STOPPED:
        return SLM_ERR_SHUT_DOWN;
    case SLMI_DRIVE_EMPTY:
    case SLMI_DRIVE_RUNNING:
    case SLMI_DRIVE_FORKED:
        break;
    }
    return is_driver() ? SLM_ERR_INVALID_ARGUMENT : SLM_OK;
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
    slmi_drive_lock();
    slm_status status = refusal();
    bool running = drive->stage == SLMI_DRIVE_RUNNING || (drive->stage == SLMI_DRIVE_FORKED && drive->by_host);
    if (status != SLM_OK || !running) {
        slmi_drive_unlock();
        return status;
    }
    if (timeout_ms == 0) {
        drive->flushes.asked = true;
        slmi_drive_unlock();
        slmi_machine_wake(&drive->machine);
        return has_queued() ? SLM_ERR_TIMED_OUT : SLM_OK;
    }

    slmi_flush flush = { .stage = SLMI_FLUSH_ASKED };
    slmi_flushes_add(&drive->flushes, &flush);
    if (drive->by_host) {
        status = slmi_drive_flush_by_host(&flush, due_ns);
        slmi_flushes_remove(&drive->flushes, &flush);
        slmi_drive_unlock();
        return status;
    }
    slmi_machine_wake(&drive->machine);
    while (flush.stage != SLMI_FLUSH_DONE && slmi_drive_await(due_ns)) {
        /* Somebody else's change, or none at all. */
    }
    slmi_flushes_remove(&drive->flushes, &flush);
    slmi_drive_unlock();
    if (flush.stage != SLMI_FLUSH_DONE)
        return SLM_ERR_TIMED_OUT;
    return flush.lost ? SLM_ERR_UNDELIVERED : SLM_OK;
}

/* With the mutex held and the thread asked to stop: until it did, or a little past `due_ns`. */
static slm_status await_end(uint64_t due_ns)
{
    uint64_t last_ns = due_ns == SLMI_NEVER ? due_ns : slmi_deadline_after(due_ns, SLMI_DRIVE_GRACE_MS);
    while (!drive->finished && slmi_drive_await(last_ns)) {
        /* As above. */
    }
    return drive->finished ? drive->outcome : SLM_ERR_TIMED_OUT;
}

/* Without a thread there is nothing to wait for. With the mutex held. */
static void stop_threadless(void)
{
    bool consumer = drive->stage == SLMI_DRIVE_FORKED;
    drive->stage = SLMI_DRIVE_STOPPING; /* nobody starts anew, or frees the settings a second time, meanwhile */
    slmi_drive_unlock();
    if (consumer)
        close_entrances();
    slmi_drive_lock();
    slmi_drive_put_away();
    drive->outcome = SLM_OK;
    drive->finished = true;
    drive->stage = SLMI_DRIVE_STOPPED;
    pthread_cond_broadcast(&drive->changed);
}

/* With the mutex held. */
static slm_status stop_thread(uint32_t timeout_ms, uint64_t due_ns)
{
    uint32_t margin_ms = timeout_ms / 20 < SLMI_DRIVE_MARGIN_MS ? timeout_ms / 20 : SLMI_DRIVE_MARGIN_MS;
    drive->stage = SLMI_DRIVE_STOPPING;
    drive->stop_due_ns = due_ns == SLMI_NEVER ? due_ns : due_ns - (uint64_t)margin_ms * 1000000u;
    slmi_machine_wake(&drive->machine);
    slm_status status = await_end(due_ns);
    if (!drive->finished) {
        drive->abandoned = true; /* it ends by itself, and puts things away */
        pthread_detach(drive->thread);
        return status;
    }
    slmi_drive_unlock();
    pthread_join(drive->thread, NULL);
    slmi_drive_put_away();
    slmi_drive_lock();
    drive->stage = SLMI_DRIVE_STOPPED;
    return status;
}

slm_status slmi_drive_shutdown(uint32_t timeout_ms)
{
    uint64_t due_ns = slmi_deadline_after(slmi_deadline_now(), timeout_ms);
    slmi_drive_lock();
    slm_status status = refusal();
    if (status == SLM_OK && drive->by_host && drive->stage != SLMI_DRIVE_EMPTY)
        status = slmi_drive_stop_by_host(due_ns);
    else if (status == SLM_OK && drive->stage == SLMI_DRIVE_RUNNING)
        status = stop_thread(timeout_ms, due_ns);
    else if (status == SLM_OK)
        stop_threadless();
    slmi_drive_unlock();
    return status;
}

void slmi_drive_exit(void)
{
    slmi_drive_lock();
    bool own = drive->by_host ? is_driver() : pthread_equal(pthread_self(), drive->thread);
    bool stopping = drive->stage == SLMI_DRIVE_STOPPING && !own;
    if (stopping) {
        /* Another thread is in slm_shutdown(): the process must not go from under the machine's feet. */
        slm_status status = await_end(slmi_deadline_after(slmi_deadline_now(), EXIT_FLUSH_MS));
        (void)status;
    }
    slmi_drive_unlock();
    if (!stopping)
        slmi_drive_shutdown(EXIT_FLUSH_MS);
}
