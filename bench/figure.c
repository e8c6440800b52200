/* SPDX-License-Identifier: MIT */
#include "bench/figure.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { CYCLE_OPS = 20000000, TRIPS = 100000 };

static uint64_t read_clock(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t figure_cpu_ns(void)
{
    return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double figure(const char *name, uint64_t ops, figure_run *run, void *user)
{
    double ns[FIGURE_RUNS];
    int counted = 0;
    (void)run(user, ops); /* warms up */
    for (int i = 0; i < FIGURE_RUNS; i++) {
        double total = run(user, ops);
        if (total >= 0)
            ns[counted++] = total / (double)ops;
    }
    if (counted < 7) {
        printf("%-44s only %d runs counted\n", name, counted);
        return -1;
    }
    qsort(ns, (size_t)counted, sizeof *ns, compare);
    printf("%-44s %8.2f %8.2f %8.2f  ns/op\n", name, ns[0], ns[counted / 2], ns[counted - 1]);
    fflush(stdout);
    return ns[counted / 2];
}

void figure_against(double ns, double due, const char *peer)
{
    if (due > 0)
        printf("#   due %.0f, tracing's %s: %s\n", due, peer, ns <= due ? "within" : "ABOVE");
}

static double cycle(void *user, uint64_t ops)
{
    (void)user;
    uint64_t start = figure_cpu_ns(), x = start;
    for (uint64_t i = 0; i < ops; i++)
        __asm__ volatile("add $1, %0" : "+r"(x));
    return (double)(figure_cpu_ns() - start);
}

static _Atomic(uint32_t) ball;

static void *answer(void *trips)
{
    for (uint32_t i = 1; i < 2 * (uint32_t)(uintptr_t)trips; i += 2) {
        while (atomic_load_explicit(&ball, memory_order_acquire) != i) {
        }
        atomic_store_explicit(&ball, i + 1, memory_order_release);
    }
    return NULL;
}

static double round_trip(void *user, uint64_t ops)
{
    (void)user;
    pthread_t thread;
    atomic_store(&ball, 0);
    if (pthread_create(&thread, NULL, answer, (void *)(uintptr_t)ops) != 0)
        return -1;
    uint64_t start = read_clock(CLOCK_MONOTONIC);
    for (uint32_t i = 0; i < 2 * (uint32_t)ops; i += 2) {
        atomic_store_explicit(&ball, i + 1, memory_order_release);
        while (atomic_load_explicit(&ball, memory_order_acquire) != i + 2) {
        }
    }
    uint64_t end = read_clock(CLOCK_MONOTONIC);
    pthread_join(thread, NULL);
    return (double)(end - start);
}

void figure_calibrate(const char *when)
{
    printf("# machine, %s\n", when);
    figure("#   one-cycle operation", CYCLE_OPS, cycle, NULL);
    figure("#   cache line there and back", TRIPS, round_trip, NULL);
}
