/* SPDX-License-Identifier: MIT */
/* The host drives: a loop on epoll that has work of its own, and exports spans in between, with no thread at all.
 *
 *     spanloom view & ./drive_epoll
 */
#include <spanloom/drive.h>
#include <spanloom/sdk.h>
#include <spanloom/trace.h>

#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { YAKS = 20, EVENTS = 8 };

static void watch(int epoll_fd, int fd)
{
    struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };
    if (fd >= 0) /* it is -1 when nothing is exported */
        epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

static void shave(int timer_fd, int *shaved)
{
    uint64_t ticks;
    if (read(timer_fd, &ticks, sizeof ticks) != (ssize_t)sizeof ticks)
        return;
    SLM_SCOPE("shave", ("yak", *shaved), ("ticks", ticks));
    ++*shaved;
}

int main(void)
{
    const struct itimerspec each = { .it_interval.tv_nsec = 2000000, .it_value.tv_nsec = 2000000 };
    slm_config config = SLM_CONFIG_INIT;
    config.drive = SLM_DRIVE_HOST;
    if (slm_init(&config) != SLM_OK)
        return EXIT_FAILURE;

    int epoll_fd = epoll_create1(EPOLL_CLOEXEC), timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    int drive_fd = slm_drive_fd(), shaved = 0;
    timerfd_settime(timer_fd, 0, &each, NULL);
    watch(epoll_fd, timer_fd);
    watch(epoll_fd, drive_fd);

    while (shaved < YAKS) {
        struct epoll_event events[EVENTS];
        int count = epoll_wait(epoll_fd, events, EVENTS, slm_drive_timeout_ms());
        for (int i = 0; i < count; i++) {
            if (events[i].data.fd == timer_fd)
                shave(timer_fd, &shaved);
        }
        slm_drive_step(); /* its descriptor was ready, or its time is up, or there is nothing to do */
    }
    slm_status status = slm_shutdown(2000); /* steps here, until all is sent */
    close(timer_fd);
    close(epoll_fd);
    return status == SLM_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
