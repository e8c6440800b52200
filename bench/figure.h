/* SPDX-License-Identifier: MIT */
/* Figures: at least 7 runs each, printed as `NAME  min  median  max  ns/op`, with the machine's state before and after.
 */
#ifndef SPANLOOM_BENCH_FIGURE_H
#define SPANLOOM_BENCH_FIGURE_H

#include <stdint.h>

enum { FIGURE_RUNS = 15 };

/* Nanoseconds of this thread's CPU time. */
uint64_t figure_cpu_ns(void);

/* One run: returns the CPU nanoseconds that `ops` operations took, or a negative number if the run does not count. */
typedef double figure_run(void *user, uint64_t ops);

/* Runs, prints, and returns the median of nanoseconds an operation. */
double figure(const char *name, uint64_t ops, figure_run *run, void *user);

/* Says how a median stands to what is due, and what a peer takes for the same; nothing for a due of 0. */
void figure_against(double ns, double due, const char *peer);

/* A one-cycle operation and a cache-line round trip between two threads: compare only runs of one state. */
void figure_calibrate(const char *when);

#endif
