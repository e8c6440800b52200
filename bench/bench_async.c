/* SPDX-License-Identifier: MIT */
/* What it costs to carry a context to another callback, coroutine or job, through the shared library. */
#include <stdio.h>
#include <stdlib.h>

#include <spanloom/job.h>
#include <spanloom/task.h>

#include "bench/figure.h"
#include "core/install.h"

enum { OPS = 1 << 20 };

static slm_span span;

static double enter_exit(void *user, uint64_t ops)
{
    (void)user;
    uint64_t start = figure_cpu_ns();
    for (uint64_t i = 0; i < ops; i++) {
        slm_token t = slm_enter(span);
        slm_exit(t);
    }
    return (double)(figure_cpu_ns() - start);
}

/* A chain of callbacks: each runs in the context that the one before captured. */
static double carry(void *user, uint64_t ops)
{
    (void)user;
    slm_token inside = slm_enter(span);
    slm_context context = slm_context_capture();
    slm_exit(inside);
    uint64_t start = figure_cpu_ns();
    for (uint64_t i = 0; i < ops; i++) {
        slm_token t = slm_context_attach(&context);
        slm_context next = slm_context_capture();
        slm_context_detach(t);
        slm_context_release(&context);
        context = next;
    }
    double spent = (double)(figure_cpu_ns() - start);
    slm_context_release(&context);
    return spent;
}

/* The span is entered already, so that each attach takes a slot of its own. */
static double carry_inside(void *user, uint64_t ops)
{
    (void)user;
    slm_token inside = slm_enter(span);
    uint64_t start = figure_cpu_ns();
    for (uint64_t i = 0; i < ops; i++) {
        slm_context context = slm_context_capture();
        slm_token t = slm_context_attach(&context);
        slm_context_detach(t);
        slm_context_release(&context);
    }
    double spent = (double)(figure_cpu_ns() - start);
    slm_exit(inside);
    return spent;
}

static double capture_release(void *user, uint64_t ops)
{
    (void)user;
    slm_token inside = slm_enter(span);
    uint64_t start = figure_cpu_ns();
    for (uint64_t i = 0; i < ops; i++) {
        slm_context context = slm_context_capture();
        slm_context_release(&context);
    }
    double spent = (double)(figure_cpu_ns() - start);
    slm_exit(inside);
    return spent;
}

static double attach_detach(void *user, uint64_t ops)
{
    (void)user;
    slm_token inside = slm_enter(span);
    slm_context context = slm_context_capture();
    slm_exit(inside);
    uint64_t start = figure_cpu_ns();
    for (uint64_t i = 0; i < ops; i++) {
        slm_token t = slm_context_attach(&context);
        slm_context_detach(t);
    }
    double spent = (double)(figure_cpu_ns() - start);
    slm_context_release(&context);
    return spent;
}

static double swap(void *user, uint64_t ops)
{
    (void)user;
    slm_token inside = slm_enter(span);
    slm_context_slot slot = { 0 };
    uint64_t start = figure_cpu_ns();
    for (uint64_t i = 0; i < ops; i++)
        slm_context_swap(&slot);
    double spent = (double)(figure_cpu_ns() - start);
    slm_exit(inside);
    return spent;
}

static void run(void *argument)
{
    ++*(uint64_t *)argument;
}

static double job(void *user, uint64_t ops)
{
    slm_token inside = slm_enter(span);
    uint64_t start = figure_cpu_ns();
    for (uint64_t i = 0; i < ops; i++) {
        slm_job j;
        slm_job_bind(&j, run, user);
        slm_job_run(&j);
    }
    double spent = (double)(figure_cpu_ns() - start);
    slm_exit(inside);
    return spent;
}

/* Enter and exit, and the time of each. */
static double run_yield(void *user, uint64_t ops)
{
    slm_task task = *(slm_task *)user;
    uint64_t start = figure_cpu_ns();
    for (uint64_t i = 0; i < ops; i++) {
        slm_run in = slm_task_run(task);
        slm_task_yield(in);
    }
    return (double)(figure_cpu_ns() - start);
}

int main(void)
{
    slmi_installation in = { .export_directives = "trace", .export_name = "bench", .pipelines = 1 };
    uint64_t ran = 0;
    if (slmi_install(&in) != SLM_OK)
        return EXIT_FAILURE;
    span = SLM_SPAN("entered");
    slm_task task = SLM_TASK("task");
    figure_calibrate("before");
    figure("enter and exit of an open span", OPS, enter_exit, NULL);
    figure("task: run and yield", OPS, run_yield, &task);
    figure("capture, attach, detach, release", OPS, carry, NULL);
    figure("the same, the span being entered already", OPS, carry_inside, NULL);
    figure("capture and release", OPS, capture_release, NULL);
    figure("attach and detach", OPS, attach_detach, NULL);
    figure("swap, each of the two around a resume", OPS, swap, NULL);
    figure("job: bind and run", OPS, job, &ran);
    figure_calibrate("after");
    slm_task_end(task);
    slm_span_end(span);
    (void)slmi_uninstall_flushed(0);
    return ran ? EXIT_SUCCESS : EXIT_FAILURE;
}
