/* SPDX-License-Identifier: MIT */
/* Callbacks that do what they should not: a subscriber that traces, sleeps, gives itself up and installs another while
 * eight threads trace and a filter is replaced ten thousand times, as fast as it can be. Nobody waits for the sleeper,
 * nothing is told to what is destroyed, each is destroyed once, and what the others are told is whole. */
#define SLM_TARGET "callbacks"
#include <time.h>

#include "tests/stress/stress.h"

enum {
    TRACERS = 8,
    RELOADS = STRESS_SANITIZED ? 500 : 10000,
    SLEEPS = 20,
    SLEEP_NS = 20000000,
    INSTALLS = 200,
    LIVE = 0x11fe
};

static _Atomic(bool) stop;

/* -- a filter is replaced while threads trace -------------------------------------------------------------------------
 */

static _Atomic(uint64_t) heard, made;

static void on_event(void *self, slm_hit *hit)
{
    (void)self;
    slm_field field;
    CHECK(slm_hit_field(hit, 0, &field));
    CHECK_EQUAL(field.value.as.u % 2, 0); /* every filter here refuses the odd ones */
    atomic_fetch_add_explicit(&heard, 1, memory_order_relaxed);
}

static void *trace_pairs(void *unused)
{
    (void)unused;
    uint64_t i = 0;
    while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
        SLM_SCOPE("work", ("i", i));
        SLM_INFO(("parity", i), "event");
        SLM_DEBUG(("parity", 1), "never");
        i += 2;
        atomic_fetch_add_explicit(&made, 1, memory_order_relaxed);
    }
    return NULL;
}

static slm_filter *filter_number(unsigned i)
{
    static const char *const texts[] = { "info", "callbacks=info,[other]=info", "info,[{parity=7}]=off",
                                         "warn,[work]=info" };
    slm_filter *filter = NULL;
    CHECK_EQUAL(slm_filter_parse(slm_string_from_c(texts[i % 4]), &filter, NULL), SLM_OK);
    return filter;
}

static void a_filter_is_replaced_ten_thousand_times_while_eight_threads_trace(void)
{
    static const slm_layer_ops ops = { .size = sizeof ops, .on_event = on_event };
    slm_layer layer = { .size = sizeof layer, .ops = &ops, .filter = filter_number(1) };
    slm_subscriber *subscriber;
    pthread_t threads[TRACERS];
    CHECK_EQUAL(slm_subscriber_of_layers(&layer, 1, &subscriber), SLM_OK);
    slm_set_global_subscriber(subscriber);
    atomic_store(&stop, false);
    for (int i = 0; i < TRACERS; i++)
        CHECK_EQUAL(pthread_create(&threads[i], NULL, trace_pairs, NULL), 0);
    while (atomic_load(&made) < 100)
        sched_yield();
    for (unsigned i = 0; i < RELOADS; i++)
        CHECK_EQUAL(slm_subscriber_reload(subscriber, 0, filter_number(i)), SLM_OK);
    uint64_t before = atomic_load(&heard), made_before = atomic_load(&made);
    while (atomic_load(&made) < made_before + 100)
        sched_yield();
    CHECK(atomic_load(&heard) > before); /* the last filter takes them */
    atomic_store(&stop, true);
    for (int i = 0; i < TRACERS; i++)
        pthread_join(threads[i], NULL);
    slm_set_global_subscriber(NULL);
    slm_subscriber_release(subscriber);
}

/* -- a subscriber that sleeps -----------------------------------------------------------------------------------------
 */

static _Atomic(uint64_t) slept, awake;
static _Thread_local bool sleeper;

static void on_event_slowly(void *self, slm_hit *hit)
{
    static const struct timespec while_others_work = { 0, SLEEP_NS };
    (void)self;
    (void)hit;
    if (sleeper) {
        nanosleep(&while_others_work, NULL);
        atomic_fetch_add(&slept, 1);
    } else {
        atomic_fetch_add(&awake, 1);
    }
}

static void *sleep_in_callbacks(void *unused)
{
    (void)unused;
    sleeper = true;
    for (int i = 0; i < SLEEPS; i++)
        SLM_INFO("slowly");
    return NULL;
}

/* While one thread is always in a callback, others trace, subscribers and filters are replaced, and nobody waits. */
static void nobody_waits_for_a_callback_that_sleeps(void)
{
    static const slm_layer_ops ops = { .size = sizeof ops, .on_event = on_event_slowly };
    slm_layer layer = { .size = sizeof layer, .ops = &ops };
    slm_subscriber *subscriber;
    pthread_t thread;
    CHECK_EQUAL(slm_subscriber_of_layers(&layer, 1, &subscriber), SLM_OK);
    slm_set_global_subscriber(subscriber);
    CHECK_EQUAL(pthread_create(&thread, NULL, sleep_in_callbacks, NULL), 0);
    uint64_t last;
    while ((last = atomic_load(&slept)) < SLEEPS / 2) {
        SLM_INFO("meanwhile");
        CHECK_EQUAL(slm_subscriber_reload(subscriber, 0, slm_filter_level(SLM_LEVEL_INFO)), SLM_OK);
        slm_set_global_subscriber(subscriber);
    }
    CHECK(atomic_load(&awake) > SLEEPS); /* in the time of some sleeps, many events of this thread */
    slm_set_global_subscriber(NULL);
    slm_subscriber_release(subscriber);
    pthread_join(thread, NULL);
}

/* -- a subscriber that gives itself up and installs another -----------------------------------------------------------
 */

static _Atomic(uint64_t) installed, destroyed, told;

static slm_subscriber *successor(void);

struct one {
    _Atomic(unsigned) state;
    _Atomic(bool) replaced;
};

static void replace_itself(void *self, slm_hit *hit)
{
    struct one *one = self;
    (void)hit;
    CHECK_EQUAL(atomic_load(&one->state), LIVE);
    atomic_fetch_add(&told, 1);
    if (atomic_load(&installed) < INSTALLS && !atomic_exchange(&one->replaced, true)) {
        slm_subscriber *next = successor();
        slm_set_global_subscriber(next); /* and so gives itself up */
        slm_subscriber_release(next);
    }
    CHECK_EQUAL(atomic_load(&one->state), LIVE); /* not destroyed under its own callback */
    SLM_INFO("told to the other");
}

static void destroy_one(void *self)
{
    struct one *one = self;
    CHECK_EQUAL(atomic_exchange(&one->state, 0), LIVE);
    free(one);
    atomic_fetch_add(&destroyed, 1);
}

/* NULL, which silences the process, if all places are taken by those that wait to be destroyed. */
static slm_subscriber *successor(void)
{
    static const slm_layer_ops ops = { .size = sizeof ops, .on_event = replace_itself, .destroy = destroy_one };
    static const slm_subscriber_ops raw = { .size = sizeof raw, .event = replace_itself, .destroy = destroy_one };
    struct one *one = calloc(1, sizeof *one);
    CHECK(one);
    atomic_store(&one->state, LIVE);
    slm_layer layer = { .size = sizeof layer, .ops = &ops, .self = one };
    slm_subscriber *subscriber = NULL;
    slm_status status = atomic_load(&installed) % 2 ? slm_subscriber_new(&raw, one, &subscriber)
                                                    : slm_subscriber_of_layers(&layer, 1, &subscriber);
    if (status != SLM_OK) {
        free(one);
        return NULL;
    }
    atomic_fetch_add(&installed, 1);
    return subscriber;
}

static void *trace_events(void *unused)
{
    (void)unused;
    while (!atomic_load_explicit(&stop, memory_order_relaxed))
        SLM_INFO("event");
    return NULL;
}

static void install_if_silenced(void)
{
    if (atomic_load(&slmi_global))
        return;
    slm_subscriber *next = successor();
    if (next)
        slm_set_global_subscriber(next);
    slm_subscriber_release(next);
}

static void a_subscriber_may_give_itself_up_and_install_another(void)
{
    pthread_t threads[TRACERS];
    atomic_store(&stop, false);
    for (int i = 0; i < TRACERS; i++)
        CHECK_EQUAL(pthread_create(&threads[i], NULL, trace_events, NULL), 0);
    while (atomic_load(&installed) < INSTALLS) {
        install_if_silenced();
        sched_yield();
    }
    atomic_store(&stop, true);
    for (int i = 0; i < TRACERS; i++)
        pthread_join(threads[i], NULL);
    slm_set_global_subscriber(NULL);
    slmi_dispatch_collect();
    slmi_dispatch_collect(); /* unlisted by the first, destroyed by the second */
    CHECK_EQUAL(atomic_load(&destroyed), atomic_load(&installed));
    CHECK(atomic_load(&told) > 0);
}

int main(void)
{
    a_filter_is_replaced_ten_thousand_times_while_eight_threads_trace();
    nobody_waits_for_a_callback_that_sleeps();
    a_subscriber_may_give_itself_up_and_install_another();
    return EXIT_SUCCESS;
}
