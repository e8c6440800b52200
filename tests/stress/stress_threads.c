/* SPDX-License-Identifier: MIT */
/* Spans that start on one thread and end on another, five hundred threads that live shortly, threads that end inside
 * what they entered, and ones that are cancelled while they trace. */
#include <fcntl.h>
#include <unistd.h>

#include <spanloom/log.h>

#include "tests/stress/stress.h"

enum { PAIRS = 2, HANDED = 20000, SHORT_LIVED = 500, AT_ONCE = 10, CANCELLED = 40, QUEUE = 64 };

static stress_consumer consumer;
static uint64_t handed_seen, short_seen; /* the consumer's */

static void see(const slm_span_data *span, void *user)
{
    (void)user;
    if (stress_named(span, "handed")) {
        handed_seen++;
        CHECK_EQUAL(stress_number(span, "finished"), stress_number(span, "begun") + 1);
        CHECK_EQUAL(span->event_count, 1);
    }
    short_seen += stress_named(span, "short");
}

/* -- start on A, end on B
 * --------------------------------------------------------------------------------------------------- */

struct queue {
    _Atomic(uint64_t) cells[QUEUE];
};
static struct queue queues[PAIRS];

static void *begin(void *user)
{
    struct queue *q = user;
    for (unsigned i = 0; i < HANDED; i++) {
        slm_span span = SLM_SPAN("handed", ("begun", i));
        while (atomic_load_explicit(&q->cells[i % QUEUE], memory_order_relaxed))
            sched_yield();
        atomic_store_explicit(&q->cells[i % QUEUE], span.id, memory_order_relaxed);
    }
    return NULL;
}

static void *finish(void *user)
{
    struct queue *q = user;
    for (unsigned i = 0; i < HANDED; i++) {
        slm_span span = { 0 };
        while ((span.id = atomic_load_explicit(&q->cells[i % QUEUE], memory_order_relaxed)) == 0)
            sched_yield();
        atomic_store_explicit(&q->cells[i % QUEUE], 0, memory_order_relaxed);
        {
            SLM_ENTER(span);
            SLM_INFO("on the other side");
        }
        SLM_SET(span, "finished", i + 1);
        slm_span_end(span);
        while (slmi_pool_in_use() > slmi_the_pool.records / 2)
            sched_yield();
    }
    return NULL;
}

static void hand_over(void)
{
    pthread_t threads[2 * PAIRS];
    for (unsigned i = 0; i < PAIRS; i++) {
        CHECK_EQUAL(pthread_create(&threads[2 * i], NULL, begin, &queues[i]), 0);
        CHECK_EQUAL(pthread_create(&threads[2 * i + 1], NULL, finish, &queues[i]), 0);
    }
    for (unsigned i = 0; i < 2 * PAIRS; i++)
        CHECK_EQUAL(pthread_join(threads[i], NULL), 0);
}

/* -- threads that live shortly
 * -------------------------------------------------------------------------------------------- */

static slm_span parent;
static pthread_key_t late_key;

/* Another library's, which traces as the thread ends, maybe after this library has left the thread. */
static void trace_late(void *value)
{
    SLM_SCOPE("short", ("late", (uint64_t)(uintptr_t)value));
}

static void *live_shortly(void *user)
{
    unsigned i = (unsigned)(uintptr_t)user;
    CHECK_EQUAL(pthread_setspecific(late_key, (void *)1), 0);
    SLM_SCOPE("short", ("i", i));
    SLM_ENTER(parent);
    if (i % 2)
        pthread_exit(NULL); /* unwinds in C++ only: what was entered is still current when the thread ends */
    SLM_INFO("still here");
    return NULL;
}

static void many_short_lives(void)
{
    CHECK_EQUAL(pthread_key_create(&late_key, trace_late), 0);
    parent = SLM_SPAN("parent");
    for (unsigned from = 0; from < SHORT_LIVED; from += AT_ONCE) {
        pthread_t threads[AT_ONCE];
        for (unsigned i = 0; i < AT_ONCE; i++)
            CHECK_EQUAL(pthread_create(&threads[i], NULL, live_shortly, (void *)(uintptr_t)(from + i)), 0);
        for (unsigned i = 0; i < AT_ONCE; i++)
            CHECK_EQUAL(pthread_join(threads[i], NULL), 0);
    }
    slm_span_end(parent);
    unsigned blocks = 0;
    for (slmi_thread *t = slmi_thread_list(); t; t = t->next)
        blocks++;
    CHECK(blocks <= AT_ONCE + 2 * PAIRS + 2);
}

/* -- cancellation
 * ----------------------------------------------------------------------------------------------------------- */

static _Atomic(unsigned) survived;

static void *trace_cancelled(void *user)
{
    (void)user;
    CHECK_EQUAL(pthread_cancel(pthread_self()), 0);
    SLM_SCOPE("cancelled");
    SLM_INFO("a line, written to a descriptor");
    atomic_fetch_add(&survived, 1);
    return NULL;
}

/* Nothing that traces is a cancellation point: neither a thread's first span nor a line of the log. */
static void cancel(void)
{
    stress_close(&consumer);
    slm_set_global_subscriber(NULL);
    int fd = open("/dev/null", O_WRONLY);
    CHECK(fd > 0);
    slm_log_config config = { .size = (uint32_t)sizeof config, .fd = fd, .directives = "trace" };
    CHECK_EQUAL(slm_init_log(&config), SLM_OK);
    for (unsigned i = 0; i < CANCELLED; i++) {
        pthread_t thread;
        CHECK_EQUAL(pthread_create(&thread, NULL, trace_cancelled, NULL), 0);
        CHECK_EQUAL(pthread_join(thread, NULL), 0);
    }
    CHECK_EQUAL(survived, CANCELLED);
    CHECK_EQUAL(slm_log_shutdown(0), SLM_OK);
    close(fd);
}

int main(void)
{
    stress_open(&consumer, see, NULL);
    stress_install(NULL, 0);
    stress_start(&consumer);
    hand_over();
    many_short_lives();
    stress_stop(&consumer);
    CHECK_EQUAL(handed_seen, PAIRS * HANDED);
    CHECK_EQUAL(short_seen, 2 * SHORT_LIVED);
    CHECK_EQUAL(stress_check_balance().abandoned, SHORT_LIVED / 2); /* by pthread_exit() */
    stress_check_idle(1);
    cancel();
    return 0;
}
