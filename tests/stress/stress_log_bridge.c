/* SPDX-License-Identifier: MIT */
/* Threads log from places that none has seen before, more than there is room for: no record is lost, and the share of
 * callsites holds. */
#include <spanloom/layer.h>
#include <spanloom/log_bridge.h>

#include <string.h>

#include "core/site.h"
#include "tests/stress/stress.h"

enum { THREADS = 4, PLACES = 6000 };

static _Atomic(uint64_t) told, with_place;

static void on_event(void *self, slm_hit *event)
{
    (void)self;
    atomic_fetch_add(&told, 1);
    if (slm_hit_metadata(event)->file.len)
        atomic_fetch_add(&with_place, 1);
}

static const slm_layer_ops ops = { .size = sizeof ops, .on_event = on_event };

/* All threads meet most places at once; each has some of its own. */
static void *log_from_everywhere(void *user)
{
    int thread = (int)(intptr_t)user;
    char file[64];
    for (int i = 0; i < PLACES; i++) {
        snprintf(file, sizeof file, "src/part_%d.c", i % 16 ? i : 100000 + 10 * i + thread);
        slm_log_bridge_at(i % 6, file, i, "%s says %d", file, i);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    slm_layer layer = { .size = sizeof layer, .ops = &ops };
    slm_subscriber *subscriber;
    CHECK(slm_subscriber_of_layers(&layer, 1, &subscriber) == SLM_OK);
    slm_set_global_subscriber(subscriber);
    uint32_t before = slmi_site_count();
    for (intptr_t i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, log_from_everywhere, (void *)i) == 0);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);

    slm_log_stats stats = { .size = sizeof stats };
    slm_log_stats_read(&stats);
    CHECK_EQUAL(atomic_load(&told), THREADS * PLACES);
    CHECK_EQUAL(stats.places, SLM_LOG_PLACES_MAX);
    CHECK_EQUAL(atomic_load(&with_place) + stats.unplaced, atomic_load(&told));
    CHECK(slmi_site_count() - before <= SLM_LOG_PLACES_MAX + 5); /* and one a level for all the rest */
    slm_set_global_subscriber(NULL);
    slm_subscriber_release(subscriber);
    return EXIT_SUCCESS;
}
