/* SPDX-License-Identifier: MIT */
/* What it costs to carry the current span into libuv's callbacks, beside libuv alone. */
#include <stdio.h>
#include <stdlib.h>

#include <spanloom/trace.h>
#include <spanloom/uv.h>

#include "bench/figure.h"
#include "core/install.h"

enum { OPS = 1 << 19, HANDLES = 16 /* a turn of the loop, so that its own system call weighs less */ };

static slm_span span;
static uint64_t left;

/* -- a handle that calls again and again
 * ------------------------------------------------------------------------------------------ */

static void turn(uv_idle_t *idle)
{
    if (--left == 0)
        uv_stop(idle->loop);
}

static double run(uv_loop_t *loop, uint64_t ops)
{
    left = ops;
    uint64_t start = figure_cpu_ns();
    uv_run(loop, UV_RUN_DEFAULT);
    return (double)(figure_cpu_ns() - start);
}

static double idle_plain(void *loop, uint64_t ops)
{
    uv_idle_t idle[HANDLES];
    for (int i = 0; i < HANDLES; i++) {
        uv_idle_init(loop, &idle[i]);
        uv_idle_start(&idle[i], turn);
    }
    double spent = run(loop, ops);
    for (int i = 0; i < HANDLES; i++)
        uv_close((uv_handle_t *)&idle[i], NULL);
    uv_run(loop, UV_RUN_DEFAULT);
    return spent;
}

static double idle_carried(void *loop, uint64_t ops)
{
    slm_uv_idle idle[HANDLES];
    slm_token inside = slm_enter(span);
    for (int i = 0; i < HANDLES; i++) {
        slm_uv_bond_init(&idle[i].bond);
        uv_idle_init(loop, &idle[i].uv);
        slm_uv_idle_start(&idle[i], turn);
    }
    slm_exit(inside);
    double spent = run(loop, ops);
    for (int i = 0; i < HANDLES; i++)
        slm_uv_close(&idle[i].bond, NULL);
    uv_run(loop, UV_RUN_DEFAULT);
    return spent;
}

/* -- a timer that is armed anew in each callback
 * ---------------------------------------------------------------------------------- */

static void rearm(uv_timer_t *timer)
{
    if (--left)
        uv_timer_start(timer, rearm, 0, 0);
}

static double timer_plain(void *loop, uint64_t ops)
{
    uv_timer_t timer;
    uv_timer_init(loop, &timer);
    left = ops;
    uv_timer_start(&timer, rearm, 0, 0);
    uint64_t start = figure_cpu_ns();
    uv_run(loop, UV_RUN_DEFAULT);
    double spent = (double)(figure_cpu_ns() - start);
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(loop, UV_RUN_DEFAULT);
    return spent;
}

static void rearm_carried(uv_timer_t *uv)
{
    if (--left)
        slm_uv_timer_start(SLM_UV_OUTER(slm_uv_timer, uv), rearm_carried, 0, 0);
}

static double timer_carried(void *loop, uint64_t ops)
{
    slm_uv_timer timer;
    slm_uv_bond_init(&timer.bond);
    uv_timer_init(loop, &timer.uv);
    left = ops;
    slm_token inside = slm_enter(span);
    slm_uv_timer_start(&timer, rearm_carried, 0, 0);
    slm_exit(inside);
    uint64_t start = figure_cpu_ns();
    uv_run(loop, UV_RUN_DEFAULT);
    double spent = (double)(figure_cpu_ns() - start);
    slm_uv_close(&timer.bond, NULL);
    uv_run(loop, UV_RUN_DEFAULT);
    return spent;
}

int main(void)
{
    slmi_installation in = { .export_directives = "trace", .export_name = "bench", .pipelines = 1 };
    uv_loop_t loop;
    if (slmi_install(&in) != SLM_OK || uv_loop_init(&loop) != 0)
        return EXIT_FAILURE;
    span = SLM_SPAN("entered");
    figure_calibrate("before");
    double plain = figure("an idle handle's callback, libuv alone", OPS, idle_plain, &loop);
    double carried = figure("the same, inside its span", OPS, idle_carried, &loop);
    printf("%-44s %8s %8.2f %8s  ns/op\n", "carrying a context through it", "", carried - plain, "");
    plain = figure("a timer that is armed anew, libuv alone", OPS, timer_plain, &loop);
    carried = figure("the same, captured and inside its span", OPS, timer_carried, &loop);
    printf("%-44s %8s %8.2f %8s  ns/op\n", "capturing and carrying a context", "", carried - plain, "");
    figure_calibrate("after");
    slm_span_end(span);
    (void)slmi_uninstall_flushed(0);
    return uv_loop_close(&loop) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
