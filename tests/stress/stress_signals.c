/* SPDX-License-Identifier: MIT */
/* A signal handler that traces, while threads are stormed with its signal: they trace, register callsites, format
 * lines, replace what is told, or are inside malloc(). Nothing deadlocks, nothing is corrupted, and what had to be
 * turned away is counted. */
#include <fcntl.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include "core/install.h"
#include "tests/stress/stress.h"

enum { TRACERS = 3, STORMS = STRESS_SANITIZED ? 2000 : 10000, SITES = 256 };

static stress_consumer consumer;
static _Atomic(bool) done;
static _Atomic(uint64_t) handled, completed;
static uint64_t handler_spans; /* the consumer's */

static void see(const slm_span_data *span, void *user)
{
    (void)user;
    if (stress_named(span, "handler")) {
        handler_spans++;
        CHECK_EQUAL(span->field_count, 2);
        CHECK(span->event_count >= 1); /* and those of a handler that interrupted this one */
    } else if (stress_named(span, "work")) {
        CHECK_EQUAL(stress_number(span, "late"), stress_number(span, "i") + 1);
    }
}

/* -- callsites that are met for the first time by whoever comes
 * ------------------------------------------------------------ */

#define SITE(n)                                                                                                        \
    case (n):                                                                                                          \
        SLM_INFO(("n", n), "site " #n);                                                                                \
        break;
#define SITES_4(n)  SITE(n) SITE((n) + 1) SITE((n) + 2) SITE((n) + 3)
#define SITES_16(n) SITES_4(n) SITES_4((n) + 4) SITES_4((n) + 8) SITES_4((n) + 12)
#define SITES_64(n) SITES_16(n) SITES_16((n) + 16) SITES_16((n) + 32) SITES_16((n) + 48)

static void hit_site(unsigned n)
{
    switch (n % SITES) {
        SITES_64(0) SITES_64(64) SITES_64(128) SITES_64(192) default : break;
    }
}

/* -- the handler
 * ------------------------------------------------------------------------------------------------------------ */

static size_t print(const void *object, char *out, size_t room)
{
    (void)object;
    if (room > 2)
        memcpy(out, "ok", 3);
    return 2;
}

static void handler(int signal)
{
    (void)signal;
    unsigned n = (unsigned)atomic_fetch_add(&handled, 1);
    slm_span before = slm_current();
    {
        SLM_SCOPE_AS(scope, "handler", ("n", n), ("late", SLM_EMPTY));
        SLM_INFO(("printed", slm_debug(&n, print)), "in the handler %u", n);
        SLM_SET(scope, "late", n);
        slm_span child = SLM_SPAN("child", ("printed", slm_debug(&n, print)));
        slm_context context = slm_context_capture();
        {
            SLM_ENTER(child);
            slm_token token = slm_context_attach(&context);
            slm_context_detach(token);
        }
        slm_context_release(&context);
        slm_span_end(child);
    }
    hit_site(n);
    CHECK_EQUAL(slm_current().id, before.id);
    atomic_fetch_add(&completed, 1);
}

/* -- who is interrupted
 * ------------------------------------------------------------------------------------------------------ */

static void throttle(void)
{
    while (slmi_pool_in_use() > slmi_the_pool.records / 4)
        sched_yield();
}

static void *trace(void *user)
{
    for (unsigned i = (unsigned)(uintptr_t)user; !atomic_load(&done); i++) {
        throttle();
        SLM_SCOPE_AS(work, "work", ("i", i), ("late", SLM_EMPTY));
        SLM_INFO("line %u", i);
        slm_unwind_mark mark = slm_mark();
        slm_span inner = SLM_SPAN("inner");
        (void)slm_enter(inner);
        (void)slm_enter(inner);
        slm_unwind(mark);
        for (unsigned visit = 0; visit < 4; visit++) /* each token is good for its exit, whoever came between */
            slm_exit(slm_enter(inner));
        slm_context context = slm_context_capture();
        for (unsigned visit = 0; visit < 4; visit++) {
            slm_resumed in = slm_context_resume(&context);
            slm_context_leave(&in);
        }
        slm_context_release(&context);
        CHECK_EQUAL(slm_current().id, work.id);
        slm_span_end(inner);
        SLM_SET(work, "late", i + 1);
        hit_site(i);
    }
    return NULL;
}

/* Never traces by itself: the handler registers the thread, in the middle of the host's own allocations. */
static void *allocate(void *user)
{
    (void)user;
    for (unsigned i = 0; !atomic_load(&done); i++) {
        char *large = malloc(200000 + i % 1000), *small = malloc(1 + i % 3000);
        CHECK(large != NULL && small != NULL);
        large[i % 200000] = small[i % (1 + i % 3000)] = 1;
        free(large);
        free(small);
    }
    return NULL;
}

static void install(void)
{
    slmi_installation both = { .log_directives = "trace",
                               .log_name = "here",
                               .log_fd = open("/dev/null", O_WRONLY),
                               .export_directives = "trace",
                               .export_name = "here",
                               .pipelines = 1 };
    CHECK(both.log_fd > 0);
    CHECK_EQUAL(slmi_install(&both), SLM_OK);
}

static void *replace(void *user)
{
    (void)user;
    for (unsigned i = 0; !atomic_load(&done); i++) {
        static const slm_subscriber_ops none = { .size = sizeof none };
        slm_subscriber *subscriber = NULL;
        if (slm_subscriber_new(&none, NULL, &subscriber) != SLM_OK)
            continue;
        slm_subscriber_scope scope = slm_thread_subscriber_push(subscriber);
        slm_subscriber_release(subscriber);
        hit_site(i);
        slm_thread_subscriber_pop(scope);
        sched_yield();
    }
    return NULL;
}

static void storm(const pthread_t *threads, unsigned count)
{
    struct itimerval often = { { 0, 300 }, { 0, 300 } }, never = { { 0, 0 }, { 0, 0 } };
    CHECK_EQUAL(setitimer(ITIMER_REAL, &often, NULL), 0);
    for (unsigned i = 0; i < STORMS; i++) {
        CHECK_EQUAL(pthread_kill(threads[i % count], SIGUSR1), 0);
        if (i % 16 == 0)
            sched_yield();
    }
    CHECK_EQUAL(setitimer(ITIMER_REAL, &never, NULL), 0);
}

int main(void)
{
    stress_open(&consumer, see, NULL);
    install();
    struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART };
    sigemptyset(&action.sa_mask);
    CHECK_EQUAL(sigaction(SIGUSR1, &action, NULL), 0);
    CHECK_EQUAL(sigaction(SIGALRM, &action, NULL), 0);

    stress_start(&consumer);
    pthread_t threads[TRACERS + 3];
    unsigned count = 0;
    for (unsigned i = 0; i < TRACERS; i++)
        CHECK_EQUAL(pthread_create(&threads[count++], NULL, trace, (void *)(uintptr_t)(i * 100)), 0);
    CHECK_EQUAL(pthread_create(&threads[count++], NULL, allocate, NULL), 0);
    CHECK_EQUAL(pthread_create(&threads[count++], NULL, replace, NULL), 0);
    threads[count++] = consumer.thread;
    storm(threads, count);
    atomic_store(&done, true);
    for (unsigned i = 0; i < count - 1; i++)
        CHECK_EQUAL(pthread_join(threads[i], NULL), 0);
    stress_stop(&consumer);
    CHECK_EQUAL(handled, completed);
    CHECK(handler_spans > 0);
    stress_check_idle(1);
    CHECK_EQUAL(slm_diagnostic_count(SLM_DIAG_EXIT_TWICE), 0);
    CHECK_EQUAL(slm_diagnostic_count(SLM_DIAG_EXIT_THREAD), 0);
    CHECK_EQUAL(slm_diagnostic_count(SLM_DIAG_STALE_SPAN), 0);
    stress_close(&consumer);
    return 0;
}
