/* SPDX-License-Identifier: MIT */
/* What log calls under other names cost: the macros of the facade beside SLM_INFO() where nobody listens, and a record
 * of another library, whose place is known only at run time, to a layer that does nothing. */
#include <stdio.h>
#include <stdlib.h>

#include <spanloom/layer.h>
#include <spanloom/log_facade.h>
#include <spanloom/trace.h>

#include "bench/figure.h"

enum { DISABLED_OPS = 50000000, OPS = 2000000 };

#define LOOP(name, ...)                                                                                                \
    static double name(void *user, uint64_t ops)                                                                       \
    {                                                                                                                  \
        const char *text = user;                                                                                       \
        uint64_t start = figure_cpu_ns();                                                                              \
        for (uint64_t i = 0; i < ops; i++) {                                                                           \
            __VA_ARGS__                                                                                                \
            __asm__ volatile("" : "+r"(i), "+r"(text));                                                                \
        }                                                                                                              \
        return (double)(figure_cpu_ns() - start);                                                                      \
    }

LOOP(macro, SLM_INFO("shaved %s", text);)
LOOP(facade, log_info("shaved %s", text);)
LOOP(capitals, LOG_INFO("shaved %s", text);)
LOOP(bridged, slm_log_bridge_at(LOG_INFO, "src/yaks/shave.c", 117, "shaved %s", text);)

static uint64_t told;
static size_t bytes;

static void on_event(void *self, slm_hit *event)
{
    (void)self;
    (void)event;
    told++;
}

static void on_text(void *self, slm_hit *event)
{
    (void)self;
    bytes += slm_hit_message(event).len;
}

static void listen(const slm_layer_ops *ops)
{
    slm_layer layer = { .size = sizeof layer, .ops = ops };
    slm_subscriber *subscriber;
    if (slm_subscriber_of_layers(&layer, 1, &subscriber) != SLM_OK)
        exit(EXIT_FAILURE);
    slm_set_global_subscriber(subscriber);
    slm_subscriber_release(subscriber);
}

/* The same code: at most a tenth of a nanosecond or half as much again. */
static int judge(const char *what, double ours, double theirs)
{
    int good = ours <= 1.5 * theirs || ours <= theirs + 0.1;
    printf("#   %-40s %+.2f ns beside SLM_INFO: %s\n", what, ours - theirs, good ? "within" : "ABOVE");
    return good;
}

int main(void)
{
    static const slm_layer_ops nothing = { .size = sizeof nothing, .on_event = on_event };
    static const slm_layer_ops texts = { .size = sizeof texts, .on_event = on_text };
    static char text[] = "Frieda";
    figure_calibrate("before");
    double event = figure("disabled SLM_INFO, a format", DISABLED_OPS, macro, text);
    double small = figure("disabled log_info, a format", DISABLED_OPS, facade, text);
    double large = figure("disabled LOG_INFO, a format", DISABLED_OPS, capitals, text);
    int good = judge("log_info", small, event) & judge("LOG_INFO", large, event);
    figure("bridged record, nobody listens", OPS, bridged, text);
    listen(&nothing);
    figure("SLM_INFO to a layer that does nothing", OPS, macro, text);
    figure("bridged record to a layer that does nothing", OPS, bridged, text);
    listen(&texts);
    figure("SLM_INFO to a layer that takes its text", OPS, macro, text);
    figure("bridged record to a layer that takes its text", OPS, bridged, text);
    slm_set_global_subscriber(NULL);
    figure_calibrate("after");
    return good && told && bytes ? EXIT_SUCCESS : EXIT_FAILURE;
}
