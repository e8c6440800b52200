/* SPDX-License-Identifier: MIT */
/* Whether threads that trace hinder each other: what a span costs a thread in CPU time while another one does the same
 * with spans of its own, relative to what it costs alone. A span's record goes back to the pool when it ends. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include <spanloom/layer.h>
#include <spanloom/trace.h>

#include "bench/figure.h"

enum { OPS = 400000 };

static void on_end(void *self, const slm_view *span)
{
    (void)self;
    (void)span;
}

static const slm_layer_ops ops = { .size = sizeof ops, .on_end = on_end };

static void trace(uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        SLM_SCOPE("shave", ("yak", i), ("name", "Frieda"));
        SLM_INFO("shaved");
    }
}

static double alone(void *user, uint64_t count)
{
    (void)user;
    uint64_t start = figure_cpu_ns();
    trace(count);
    return (double)(figure_cpu_ns() - start);
}

static _Atomic(bool) stop;
static _Atomic(uint64_t) others;

static void *keep_tracing(void *unused)
{
    (void)unused;
    while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
        trace(1000);
        atomic_fetch_add_explicit(&others, 1000, memory_order_relaxed);
    }
    return NULL;
}

/* A run counts if the other thread got something done meanwhile. */
static double beside_another(void *user, uint64_t count)
{
    uint64_t before = atomic_load(&others);
    double ns = alone(user, count);
    return atomic_load(&others) - before > count / 10 ? ns : -1;
}

int main(void)
{
    slm_layer layer = { .size = sizeof layer, .ops = &ops };
    slm_subscriber *subscriber;
    pthread_t thread;
    if (slm_subscriber_of_layers(&layer, 1, &subscriber) != SLM_OK)
        return EXIT_FAILURE;
    slm_set_global_subscriber(subscriber);
    slm_subscriber_release(subscriber);
    figure_calibrate("before");
    double one = figure("scope and event, one thread", OPS, alone, NULL);
    if (pthread_create(&thread, NULL, keep_tracing, NULL) != 0)
        return EXIT_FAILURE;
    double two = figure("scope and event, each of two threads", OPS, beside_another, NULL);
    atomic_store(&stop, true);
    pthread_join(thread, NULL);
    double again = figure("scope and event, one thread, again", OPS, alone, NULL);
    double base = again < one ? again : one;
    printf("#   two threads: %.2f of one: %s 1.15\n", two / base, two / base <= 1.15 ? "within" : "ABOVE");
    figure_calibrate("after");
    slm_set_global_subscriber(NULL);
    return EXIT_SUCCESS;
}
