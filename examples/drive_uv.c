/* SPDX-License-Identifier: MIT */
/* The host drives, on libuv: a poll handle for the exporters' descriptor, a timer for their patience, and a prepare
 * handle that asks how long that is before each wait.
 *
 *     spanloom view & ./drive_uv
 */
#include <spanloom/drive.h>
#include <spanloom/sdk.h>
#include <spanloom/trace.h>

#include <stdlib.h>
#include <uv.h>

enum { YAKS = 20 };

static uv_poll_t readable;
static uv_timer_t patience;
static uv_prepare_t before_wait;

static void step_when_ready(uv_poll_t *handle, int status, int events)
{
    (void)handle, (void)status, (void)events;
    slm_drive_step();
}

static void step_in_time(uv_timer_t *handle)
{
    (void)handle;
    slm_drive_step();
}

static void set_timer(uv_prepare_t *handle)
{
    (void)handle;
    int wait_ms = slm_drive_timeout_ms();
    if (wait_ms >= 0)
        uv_timer_start(&patience, step_in_time, (uint64_t)wait_ms, 0);
    else
        uv_timer_stop(&patience);
}

/* None of the three keeps the loop alive when the host has nothing more to do. */
static void start_driving(uv_loop_t *loop)
{
    int fd = slm_drive_fd();
    if (fd < 0)
        return; /* nothing is exported */
    uv_poll_init(loop, &readable, fd);
    uv_poll_start(&readable, UV_READABLE, step_when_ready);
    uv_unref((uv_handle_t *)&readable);
    uv_timer_init(loop, &patience);
    uv_unref((uv_handle_t *)&patience);
    uv_prepare_init(loop, &before_wait);
    uv_prepare_start(&before_wait, set_timer);
    uv_unref((uv_handle_t *)&before_wait);
}

/* Before slm_shutdown() closes the descriptor. */
static void stop_driving(uv_loop_t *loop)
{
    if (slm_drive_fd() < 0)
        return;
    uv_close((uv_handle_t *)&readable, NULL);
    uv_close((uv_handle_t *)&patience, NULL);
    uv_close((uv_handle_t *)&before_wait, NULL);
    uv_run(loop, UV_RUN_DEFAULT);
}

static void shave(uv_timer_t *timer)
{
    int *shaved = timer->data;
    SLM_SCOPE("shave", ("yak", *shaved));
    if (++*shaved == YAKS)
        uv_close((uv_handle_t *)timer, NULL);
}

int main(void)
{
    uv_loop_t *loop = uv_default_loop();
    uv_timer_t timer;
    int shaved = 0;
    slm_config config = SLM_CONFIG_INIT;
    config.drive = SLM_DRIVE_HOST;
    if (slm_init(&config) != SLM_OK)
        return EXIT_FAILURE;

    start_driving(loop);
    uv_timer_init(loop, &timer);
    timer.data = &shaved;
    uv_timer_start(&timer, shave, 2, 2);
    uv_run(loop, UV_RUN_DEFAULT);
    stop_driving(loop);

    slm_status status = slm_shutdown(2000); /* steps here, until all is sent */
    uv_loop_close(loop);
    return status == SLM_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
