/* SPDX-License-Identifier: MIT */
/* The host's drive. Whoever calls has the turn for the time of its call: nobody waits for it but slm_flush() and
 * slm_shutdown(), up to their deadlines. */
#include <spanloom/drive.h>
#include <spanloom/suppress.h>

#include "exporters/drive_state.h"

#include "exporters/deadline.h"
#include "exporters/sigpipe.h"

#include <errno.h>
#include <poll.h>

enum { BUSY_MS = 1 }; /* while another thread has the turn */

static slmi_drive *const drive = &slmi_the_drive;

/* What of the calling thread is the library's for the time of a turn. */
typedef struct turn {
    slmi_sigpipe sigpipe;
    bool suppressed;
    int error;
} turn;

/* With the mutex held: whether there is anything to drive. */
static bool is_driven(void)
{
    return drive->by_host && (drive->stage == SLMI_DRIVE_RUNNING || drive->stage == SLMI_DRIVE_FORKED ||
                              drive->stage == SLMI_DRIVE_STOPPING);
}

/* With the mutex held, which it lets go of. False, and it is still held: nobody is to wait beyond `due_ns`. */
static bool take_turn(turn *taken, uint64_t due_ns)
{
    while (drive->turn) {
        bool own = pthread_equal(pthread_self(), drive->thread);
        if (own || slmi_deadline_now() >= due_ns || !is_driven())
            return false;
        slmi_drive_await(due_ns);
    }
    if (!is_driven())
        return false;
    drive->turn = true;
    drive->thread = pthread_self();
    slmi_drive_unlock();
    taken->error = errno;
    taken->suppressed = slm_suppress(true);
    slmi_sigpipe_hold(&taken->sigpipe);
    return true;
}

/* Takes the mutex. */
static void end_turn(const turn *taken)
{
    slmi_sigpipe_release(&taken->sigpipe);
    slm_suppress(taken->suppressed);
    errno = taken->error;
    slmi_drive_lock();
    drive->turn = false;
    pthread_cond_broadcast(&drive->changed);
}

/* With the turn: whether there is a machine, which in a forked child is made now. */
static bool has_machine(void)
{
    slmi_drive_lock();
    bool forked = drive->stage == SLMI_DRIVE_FORKED;
    bool running = drive->stage == SLMI_DRIVE_RUNNING || (drive->stage == SLMI_DRIVE_STOPPING && !drive->finished);
    slmi_drive_unlock();
    if (!forked)
        return running;
    if (!slmi_drive_open_again())
        return false;
    slmi_drive_lock();
    drive->stage = SLMI_DRIVE_RUNNING;
    drive->fd = slmi_machine_fd(&drive->machine);
    slmi_drive_unlock();
    return true;
}

static void step(void)
{
    slmi_drive_advance();
    if (slmi_machine_finished(&drive->machine))
        slmi_drive_conclude();
}

static bool is_overdue(void)
{
    slmi_drive_lock();
    bool overdue = drive->stage == SLMI_DRIVE_STOPPING && !drive->finished && slmi_deadline_now() >= drive->stop_due_ns;
    slmi_drive_unlock();
    return overdue;
}

/* With the turn, at its end: whoever asked for a shutdown may have stopped waiting for a step that took too long, and
 * nobody needs to step any more. One step begins the end, if none did, and one drops what is left. */
static void end_overdue(void)
{
    for (unsigned steps = 0; steps < 2 && is_overdue(); steps++)
        step();
}

/* With the turn: waits for something to do, but not beyond `due_ns`, and does it. */
static void wait_and_step(uint64_t due_ns)
{
    struct pollfd entry = { .fd = slmi_machine_fd(&drive->machine), .events = POLLIN };
    int wait_ms = slmi_machine_timeout_ms(&drive->machine);
    int most_ms = slmi_deadline_poll_ms(slmi_deadline_now(), due_ns);
    if (wait_ms < 0 || (most_ms >= 0 && most_ms < wait_ms))
        wait_ms = most_ms;
    poll(&entry, 1, wait_ms);
    step();
}

int slm_drive_fd(void)
{
    turn taken;
    slmi_drive_lock();
    if (drive->stage == SLMI_DRIVE_FORKED && take_turn(&taken, 0)) {
        has_machine();
        end_turn(&taken);
    }
    bool there = is_driven() && drive->stage != SLMI_DRIVE_FORKED;
    int fd = there ? drive->fd : -1;
    slmi_drive_unlock();
    return fd;
}

int slm_drive_timeout_ms(void)
{
    int before = errno, wait_ms = -1;
    slmi_drive_lock();
    bool running = is_driven() && drive->stage != SLMI_DRIVE_FORKED;
    if (is_driven())
        wait_ms = drive->stage == SLMI_DRIVE_FORKED ? 0 : BUSY_MS;
    bool mine = running && !drive->turn;
    if (mine) {
        drive->turn = true;
        drive->thread = pthread_self();
    }
    slmi_drive_unlock();
    if (mine) {
        wait_ms = slmi_machine_timeout_ms(&drive->machine);
        slmi_drive_lock();
        drive->turn = false;
        pthread_cond_broadcast(&drive->changed);
        slmi_drive_unlock();
    }
    errno = before;
    return wait_ms;
}

void slm_drive_step(void)
{
    turn taken;
    slmi_drive_lock();
    if (take_turn(&taken, 0)) {
        if (has_machine())
            step();
        end_overdue();
        end_turn(&taken);
    }
    slmi_drive_unlock();
}

slm_status slmi_drive_flush_by_host(slmi_flush *flush, uint64_t due_ns)
{
    turn taken;
    if (!take_turn(&taken, due_ns))
        return SLM_ERR_TIMED_OUT;
    bool alive = has_machine();
    if (alive)
        step();
    /* Only who has the turn settles a flush. */
    while (flush->stage != SLMI_FLUSH_DONE && has_machine() && slmi_deadline_now() < due_ns)
        wait_and_step(due_ns);
    end_overdue();
    end_turn(&taken);
    if (flush->stage != SLMI_FLUSH_DONE)
        return alive ? SLM_ERR_TIMED_OUT : SLM_ERR_UNDELIVERED;
    return flush->lost ? SLM_ERR_UNDELIVERED : SLM_OK;
}

slm_status slmi_drive_stop_by_host(uint64_t due_ns)
{
    turn taken;
    uint64_t last_ns = due_ns == SLMI_NEVER ? due_ns : slmi_deadline_after(due_ns, SLMI_DRIVE_GRACE_MS);
    drive->stop_due_ns = due_ns;
    if (drive->stage != SLMI_DRIVE_FORKED)
        drive->stage = SLMI_DRIVE_STOPPING;
    /* Whoever has the turn goes on towards the end, which comes by `due_ns`. */
    if (!take_turn(&taken, last_ns))
        return drive->finished ? drive->outcome : SLM_ERR_TIMED_OUT;
    if (has_machine()) {
        slmi_drive_lock();
        drive->stage = SLMI_DRIVE_STOPPING;
        slmi_drive_unlock();
        step();
        while (has_machine() && slmi_deadline_now() < last_ns)
            wait_and_step(due_ns);
        end_overdue();
    }
    end_turn(&taken);
    return drive->finished ? drive->outcome : SLM_ERR_TIMED_OUT;
}
