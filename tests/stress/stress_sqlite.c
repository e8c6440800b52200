/* SPDX-License-Identifier: MIT */
/* Threads with connections of their own, threads that share one, and one that attaches and detaches meanwhile: every
 * statement that started has ended, and each is in its thread's own span. */
#include <spanloom/layer.h>
#include <spanloom/sqlite.h>
#include <spanloom/trace.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/stress/stress.h"

enum { THREADS = 4, ROUNDS = 300 };

static sqlite3 *shared;
static _Atomic(bool) done;
static _Atomic(uint64_t) rounds, started, ended, inserts;

static void on_start(void *self, const slm_view *span)
{
    (void)self;
    slm_string name = slm_view_metadata(span)->name;
    bool is_round = slm_string_equal(name, slm_string_of("round", 5));
    atomic_fetch_add(is_round ? &rounds : &started, 1);
}

static void on_end(void *self, const slm_view *span)
{
    (void)self;
    slm_string name = slm_view_name(span);
    if (!slm_string_equal(name, slm_string_of("round", 5)))
        atomic_fetch_add(&ended, 1);
    if (slm_string_equal(name, slm_string_from_c("INSERT :memory:")))
        atomic_fetch_add(&inserts, 1);
}

static const slm_layer_ops ops = { .size = sizeof ops, .on_start = on_start, .on_end = on_end };

static void *use(void *arg)
{
    sqlite3 *own;
    (void)arg;
    CHECK(sqlite3_open(":memory:", &own) == SQLITE_OK);
    CHECK(slm_sqlite_attach(own, NULL) == SLM_OK);
    sqlite3_exec(own, "create table t(a)", NULL, NULL, NULL);
    for (int i = 0; i < ROUNDS; i++) {
        SLM_SCOPE("round", ("i", i));
        sqlite3_exec(own, "insert into t values(1); select * from t limit 2", NULL, NULL, NULL);
        sqlite3_exec(shared, "insert into t values(1)", NULL, NULL, NULL);
        sqlite3_exec(shared, "insert into t values(1, 2, 3)", NULL, NULL, NULL); /* refused when prepared */
    }
    CHECK(sqlite3_close(own) == SQLITE_OK);
    return NULL;
}

static void *attach_and_detach(void *arg)
{
    (void)arg;
    while (!atomic_load(&done)) {
        CHECK(slm_sqlite_attach(shared, NULL) == SLM_OK);
        slm_sqlite_detach(shared);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS], restless;
    slm_layer layer = { .size = sizeof layer, .ops = &ops };
    slm_subscriber *subscriber;
    CHECK(slm_subscriber_of_layers(&layer, 1, &subscriber) == SLM_OK);
    slm_set_global_subscriber(subscriber);
    CHECK(sqlite3_config(SQLITE_CONFIG_LOG, slm_sqlite_log, NULL) == SQLITE_OK);
    CHECK(sqlite3_open(":memory:", &shared) == SQLITE_OK);
    CHECK(sqlite3_exec(shared, "create table t(a)", NULL, NULL, NULL) == SQLITE_OK);
    CHECK(pthread_create(&restless, NULL, attach_and_detach, NULL) == 0);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, use, NULL) == 0);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    atomic_store(&done, true);
    CHECK(pthread_join(restless, NULL) == 0);
    CHECK(sqlite3_close(shared) == SQLITE_OK);

    slm_sqlite_stats stats = { .size = sizeof stats };
    slm_sqlite_stats_read(&stats);
    CHECK_EQUAL(atomic_load(&rounds), THREADS * ROUNDS);
    CHECK_EQUAL(stats.statements, atomic_load(&started));
    CHECK_EQUAL(atomic_load(&ended), atomic_load(&started));
    CHECK(atomic_load(&inserts) >= THREADS * ROUNDS); /* those of the own connections, and some of the shared one */
    CHECK(atomic_load(&inserts) <= 2 * THREADS * ROUNDS);
    CHECK_EQUAL(stats.failed, 0);
    slm_set_global_subscriber(NULL);
    slm_subscriber_release(subscriber);
    return EXIT_SUCCESS;
}
