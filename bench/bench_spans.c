/* SPDX-License-Identifier: MIT */
/* What recorded spans and events cost the thread that traces, through the shared library.
 *
 * Bursts of at most half the queue, then an untimed drain in which the consumer, on its own thread, reads every byte it
 * would encode. Cost is the thread's CPU time less the clock's own. Asserted: nothing unrecorded, nothing dropped,
 * everything made was received. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <spanloom/trace.h>

#include "bench/figure.h"
#include "core/export.h"
#include "core/install.h"

enum { BURST = 1024, OPS = 64 * BURST };

static struct {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    int drain, done, quit;
    uint64_t spans, bytes;
    slmi_scratch scratch;
} sink = { .mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

static uint64_t read_field(const slm_field *f)
{
    uint64_t sum = f->key.len + (unsigned char)f->key.data[0];
    if (f->value.type == SLM_TYPE_STRING)
        for (size_t i = 0; i < f->value.len; i++)
            sum += (unsigned char)f->value.as.s[i];
    return sum + f->value.as.u;
}

static void take(void *user, unsigned pipeline, uint32_t record)
{
    (void)user;
    const slm_span_data *span = slmi_record_data(record, pipeline, &sink.scratch);
    uint64_t sum = span->start_ns + span->end_ns + span->span_id.bytes[0] + (unsigned char)span->name.data[0];
    for (uint32_t i = 0; i < span->field_count; i++)
        sum += read_field(&span->fields[i]);
    for (uint32_t i = 0; i < span->event_count; i++)
        for (uint32_t j = 0; j < span->events[i].field_count; j++)
            sum += read_field(&span->events[i].fields[j]);
    sink.bytes += sum;
    sink.spans++;
    slmi_record_release(record);
}

static void *consume(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&sink.mutex);
    while (!sink.quit) {
        while (!sink.drain && !sink.quit)
            pthread_cond_wait(&sink.changed, &sink.mutex);
        while (slmi_export_drain(take, NULL)) {
        }
        sink.drain = 0;
        sink.done = 1;
        pthread_cond_broadcast(&sink.changed);
    }
    pthread_mutex_unlock(&sink.mutex);
    return NULL;
}

static uint64_t drain(void)
{
    pthread_mutex_lock(&sink.mutex);
    sink.drain = 1;
    sink.done = 0;
    pthread_cond_broadcast(&sink.changed);
    while (!sink.done)
        pthread_cond_wait(&sink.changed, &sink.mutex);
    uint64_t spans = sink.spans;
    sink.spans = 0;
    pthread_mutex_unlock(&sink.mutex);
    return spans;
}

static void no_wake(void *user)
{
    (void)user;
}

typedef void burst(unsigned ops);

static void root_2_fields(unsigned ops)
{
    for (unsigned i = 0; i < ops; i++) {
        SLM_SCOPE("root", ("yak", i), ("name", "Frieda"));
    }
}

static void root_0_fields(unsigned ops)
{
    for (unsigned i = 0; i < ops; i++) {
        SLM_SCOPE("root");
    }
}

static void root_8_fields(unsigned ops)
{
    for (unsigned i = 0; i < ops; i++) {
        SLM_SCOPE("root", ("a", i), ("b", "Frieda"), ("c", 1.5), ("d", true), ("e", i), ("f", "Berta"), ("g", 2u),
                  ("h", 'x'));
    }
}

static void handle_2_fields(unsigned ops)
{
    for (unsigned i = 0; i < ops; i++) {
        slm_span s = SLM_SPAN("root", ("yak", i), ("name", "Frieda"));
        slm_token t = slm_enter(s);
        slm_exit(t);
        slm_span_end(s);
    }
}

static void child_2_fields(unsigned ops)
{
    SLM_SCOPE("parent");
    for (unsigned i = 1; i < ops; i++) {
        SLM_SCOPE("child", ("yak", i), ("name", "Frieda"));
    }
}

/* One span for 4 events: what a span costs is subtracted by the reader of the figures. */
static void event_2_fields(unsigned ops)
{
    for (unsigned i = 0; i < ops; i += 4) {
        SLM_SCOPE("parent");
        for (unsigned j = 0; j < 4; j++)
            SLM_INFO(("yak", j), ("name", "Frieda"), "shaved");
    }
}

static void enter_exit(unsigned ops)
{
    slm_span s = SLM_SPAN("entered");
    for (unsigned i = 0; i < ops; i++) {
        slm_token t = slm_enter(s);
        slm_exit(t);
    }
    slm_span_end(s);
}

struct workload {
    burst *body;
    double spans_per_op;
};

static double clock_cost(void)
{
    uint64_t start = figure_cpu_ns();
    for (int i = 0; i < 1000; i++)
        (void)figure_cpu_ns();
    return (double)(figure_cpu_ns() - start) / 1000;
}

static double run_bursts(void *user, uint64_t ops)
{
    const struct workload *w = user;
    double spent = 0, own = clock_cost();
    slm_stats before = { .size = sizeof before }, after = { .size = sizeof after };
    slm_stats_read(&before);
    uint64_t received = 0;
    for (uint64_t done = 0; done < ops; done += BURST) {
        uint64_t start = figure_cpu_ns();
        w->body(BURST);
        spent += (double)(figure_cpu_ns() - start) - own;
        received += drain();
    }
    slm_stats_read(&after);
    bool whole = after.started - before.started == received && after.ended - before.ended == received &&
                 after.unrecorded[SLM_UNRECORDED_NO_ROOM] == before.unrecorded[SLM_UNRECORDED_NO_ROOM];
    if (!whole) {
        fprintf(stderr, "lost: made %llu, received %llu\n", (unsigned long long)(after.started - before.started),
                (unsigned long long)received);
        exit(EXIT_FAILURE);
    }
    return spent;
}

/* The physical limit: three cache lines written and a clock read twice, 1024 different ones. */
static double write_lines(void *user, uint64_t ops)
{
    static unsigned char slots[BURST][512] __attribute__((aligned(64)));
    (void)user;
    uint64_t start = figure_cpu_ns();
    for (uint64_t i = 0; i < ops; i++) {
        unsigned char *slot = slots[i % BURST];
        memset(slot, (int)i, 128);
        __asm__ volatile("" : : "r"(slot) : "memory");
#if defined(__x86_64__)
        uint64_t a = __builtin_ia32_rdtsc(), b = __builtin_ia32_rdtsc();
        __asm__ volatile("" : : "r"(a), "r"(b));
#endif
    }
    return (double)(figure_cpu_ns() - start);
}

static double read_system_clock(void *user, uint64_t ops)
{
    (void)user;
    struct timespec t;
    uint64_t start = figure_cpu_ns();
    for (uint64_t i = 0; i < ops; i++)
        clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)(figure_cpu_ns() - start);
}

int main(void)
{
    slmi_installation in = { .export_directives = "trace", .export_name = "bench", .pipelines = 1 };
    slmi_consumer consumer = { .wake = no_wake };
    pthread_t thread;
    if (slmi_install(&in) != SLM_OK || slmi_export_open(&consumer, 1) != SLM_OK ||
        pthread_create(&thread, NULL, consume, NULL) != 0)
        return EXIT_FAILURE;
    figure_calibrate("before");
    figure("limit: two lines written, two counter reads", OPS, write_lines, NULL);
    figure("for scale: one read of the system clock", OPS, read_system_clock, NULL);
    static const struct {
        const char *name;
        struct workload work;
    } workloads[] = {
        { "span, no fields, as a scope", { root_0_fields, 1 } },
        { "span, 2 fields, as a scope", { root_2_fields, 1 } },
        { "span, 2 fields: start, enter, exit, end", { handle_2_fields, 1 } },
        { "span, 8 fields, as a scope", { root_8_fields, 1 } },
        { "child span, 2 fields, as a scope", { child_2_fields, 1 } },
        { "event, 2 fields, and a quarter of a span", { event_2_fields, 0.25 } },
        { "enter and exit of an open span", { enter_exit, 0 } },
    };
    for (size_t i = 0; i < sizeof workloads / sizeof *workloads; i++) {
        struct workload w = workloads[i].work;
        figure(workloads[i].name, OPS, run_bursts, &w);
    }
    figure_calibrate("after");
    pthread_mutex_lock(&sink.mutex);
    sink.quit = 1;
    pthread_cond_broadcast(&sink.changed);
    pthread_mutex_unlock(&sink.mutex);
    pthread_join(thread, NULL);
    slmi_export_close();
    (void)slmi_uninstall_flushed(0);
    slmi_scratch_free(&sink.scratch);
    return EXIT_SUCCESS;
}
