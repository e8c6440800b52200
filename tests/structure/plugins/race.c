/* SPDX-License-Identifier: MIT */
/* usage: race CYCLES PLUGIN PLUGIN
 *
 * One thread for each plugin loads it, lets it trace, and unloads it, over and over, while another replaces who
 * listens: lists of callsites change under the walk that renews their interest. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <spanloom/layer.h>
#include <spanloom/stats.h>

#include "tests/structure/plugins/plugin.h"

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                            \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

static unsigned long cycles;
static atomic_uint working, events;

static void on_event(void *self, slm_hit *hit)
{
    slm_field field;
    (void)self;
    for (size_t i = 0; slm_hit_field(hit, i, &field); i++)
        CHECK(slm_string_equal(field.key, slm_hit_metadata(hit)->keys[i]));
    (void)slm_hit_message(hit);
    atomic_fetch_add(&events, 1);
}

static const slm_layer_ops layer = { .size = (uint32_t)sizeof layer, .on_event = on_event };
static const slm_subscriber_ops raw = { .size = (uint32_t)sizeof raw, .event = on_event };

static void *come_and_go(void *path)
{
    for (unsigned long i = 0; i < cycles; i++) {
        plugin_work_function *work;
        void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        CHECK(handle);
        void *symbol = dlsym(handle, "plugin_work"); /* POSIX lets a function's address come as an object's */
        CHECK(symbol);
        memcpy(&work, &symbol, sizeof work);
        for (int n = 0; n < 10; n++)
            CHECK(work(n) == n + 1);
        CHECK(dlclose(handle) == 0);
    }
    atomic_fetch_sub(&working, 1);
    return NULL;
}

/* By turns a subscriber of layers, a raw one, and nobody. */
static void *replace(void *unused)
{
    (void)unused;
    for (unsigned turn = 0; atomic_load(&working); turn++) {
        slm_subscriber *subscriber = NULL;
        slm_layer layers[] = { { .size = (uint32_t)sizeof(slm_layer), .ops = &layer } };
        slm_status status = SLM_OK;
        if (turn % 3 == 0)
            status = slm_subscriber_of_layers(layers, 1, &subscriber);
        else if (turn % 3 == 1)
            status = slm_subscriber_new(&raw, NULL, &subscriber);
        CHECK(status == SLM_OK || status == SLM_ERR_LIMIT); /* those that threads are still inside count */
        slm_set_global_subscriber(subscriber);
        slm_subscriber_release(subscriber);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    enum { PLUGINS = 2 };
    pthread_t threads[PLUGINS], replacer;
    slm_stats stats = { .size = (uint32_t)sizeof stats };
    if (argc != 2 + PLUGINS)
        return 2;
    cycles = strtoul(argv[1], NULL, 10);
    atomic_store(&working, PLUGINS);
    for (size_t i = 0; i < PLUGINS; i++)
        CHECK(pthread_create(&threads[i], NULL, come_and_go, argv[2 + i]) == 0);
    CHECK(pthread_create(&replacer, NULL, replace, NULL) == 0);
    for (size_t i = 0; i < PLUGINS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK(pthread_join(replacer, NULL) == 0);
    slm_set_global_subscriber(NULL);
    slm_stats_read(&stats);
    CHECK(stats.started == stats.ended);
    printf("%lu cycles of %d plugins at once: %u events\n", cycles, PLUGINS, (unsigned)events);
    return 0;
}
