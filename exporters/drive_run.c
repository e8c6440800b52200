/* SPDX-License-Identifier: MIT */
#include "exporters/drive_state.h"

#include "core/diagnostics.h"
#include "core/export.h"
#include "exporters/deadline.h"
#include "exporters/detectors.h"
#include "exporters/report.h"

#include <errno.h>
#include <time.h>

slmi_drive slmi_the_drive = { .mutex = PTHREAD_MUTEX_INITIALIZER };
static slmi_drive *const drive = &slmi_the_drive;

void slmi_drive_lock(void)
{
    pthread_mutex_lock(&drive->mutex);
}

void slmi_drive_unlock(void)
{
    pthread_mutex_unlock(&drive->mutex);
}

bool slmi_drive_await(uint64_t due_ns)
{
    if (due_ns == SLMI_NEVER) {
        pthread_cond_wait(&drive->changed, &drive->mutex);
        return true;
    }
    const struct timespec due = { .tv_sec = (time_t)(due_ns / 1000000000), .tv_nsec = (long)(due_ns % 1000000000) };
    return pthread_cond_timedwait(&drive->changed, &drive->mutex, &due) != ETIMEDOUT;
}

static uint64_t losses(void)
{
    uint64_t lost = 0;
    for (unsigned i = 0; i < drive->machine.count; i++) {
        slm_pipeline_stats stats = { .ended = 0 };
        slmi_ledger_read(&drive->ledgers[i], &stats);
        lost += slmi_ledger_losses(&stats);
    }
    return lost;
}

static void begin_flush(void)
{
    uint64_t lost = losses();
    slmi_mark mark = slmi_machine_flush(&drive->machine);
    slmi_drive_lock();
    slmi_flushes_mark(&drive->flushes, &mark, lost);
    slmi_drive_unlock();
}

static void settle_flushes(bool all)
{
    uint64_t lost = losses();
    slmi_drive_lock();
    if (slmi_flushes_settle(&drive->flushes, &drive->machine, lost, all))
        pthread_cond_broadcast(&drive->changed);
    slmi_drive_unlock();
}

/* What others asked for since the last step. */
static void serve(void)
{
    slmi_machine *machine = &drive->machine;
    slmi_drive_lock();
    bool stop = drive->stage == SLMI_DRIVE_STOPPING && !machine->finishing;
    uint64_t stop_due_ns = drive->stop_due_ns;
    bool flush = slmi_flushes_see(&drive->flushes);
    bool waited_for = drive->flushes.first != NULL;
    slmi_drive_unlock();

    if (flush)
        begin_flush();
    if (waited_for)
        settle_flushes(false);
    if (stop) {
        /* The registry first, so that its last spans are among what is drained. */
        slmi_export_close();
        drive->lost_before = losses();
        slmi_machine_finish(machine, stop_due_ns);
    }
}

void slmi_drive_advance(void)
{
    slmi_machine_step(&drive->machine);
    serve();
}

static slm_status outcome(void)
{
    slm_status status = slmi_machine_outcome(&drive->machine);
    if (status != SLM_OK)
        return status;
    return losses() == drive->lost_before ? SLM_OK : SLM_ERR_UNDELIVERED;
}

void slmi_drive_put_away(void)
{
    slmi_settings_free(drive->settings);
    drive->settings = NULL;
}

static void finish(slm_status status)
{
    slmi_drive_lock();
    drive->outcome = status;
    drive->finished = true;
    if (drive->abandoned || drive->by_host) {
        slmi_drive_put_away();
        drive->stage = SLMI_DRIVE_STOPPED;
    }
    pthread_cond_broadcast(&drive->changed);
    slmi_drive_unlock();
}

void slmi_drive_conclude(void)
{
    slmi_machine *machine = &drive->machine;
    slm_status status = outcome();
    slmi_machine_sweep(machine);
    slmi_report_losses(machine->pipelines, machine->count);
    settle_flushes(true);
    slmi_machine_close(machine);
    finish(status);
}

bool slmi_drive_open_again(void)
{
    if (drive->torn)
        slmi_settings_trust(drive->settings);
    drive->torn = false;
    slmi_detectors_forked(&drive->settings->resource);
    if (slmi_machine_open(&drive->machine, drive->settings, drive->ledgers) == SLM_OK)
        return true;
    slmi_diagnose(SLM_DIAG_NO_MEMORY, "this forked process cannot export its spans");
    slmi_export_close();
    settle_flushes(true);
    finish(SLM_ERR_UNDELIVERED);
    return false;
}
