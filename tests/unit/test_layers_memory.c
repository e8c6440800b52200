/* SPDX-License-Identifier: MIT */
/* Once warm, no layer asks for memory, whatever is traced. Counted in malloc itself, so this is a program of its own;
 * where a sanitizer has its own malloc there is nothing to count. */
#include <spanloom/chrome_trace.h>
#include <spanloom/flame.h>
#include <spanloom/journald.h>
#include <spanloom/span_metrics.h>
#include <spanloom/syslog.h>
#include <spanloom/trace.h>

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define COUNTS 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define COUNTS 0
#endif
#endif
#if !defined(COUNTS) && defined(__GLIBC__)
#define COUNTS 1
#elif !defined(COUNTS)
#define COUNTS 0
#endif

static _Atomic(uint64_t) allocations;

#if COUNTS
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);

void *malloc(size_t size)
{
    atomic_fetch_add(&allocations, 1);
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    atomic_fetch_add(&allocations, 1);
    return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    atomic_fetch_add(&allocations, 1);
    return __libc_realloc(memory, size);
}
#endif

static void request(int number)
{
    SLM_SCOPE_AS(request, "request", ("number", number), ("path", "/yaks/7"), ("late", SLM_EMPTY));
    slm_span task = SLM_SPAN("task");
    {
        SLM_ENTER(task);
        SLM_SCOPE("query", ("table", "yaks"));
        SLM_INFO(("rows", 3), "found %d", number);
        SLM_ERROR(("error", slm_errno(2)));
    }
    slm_span_set_name(request, "GET /yaks/{id}");
    SLM_SET(request, "late", 0.5);
    slm_span_end(task);
}

int main(void)
{
    enum { LAYERS = 5, WARM = 10, ROUNDS = 5000 };
    int pair[2];
    slm_layer layers[LAYERS];
    slm_subscriber *subscriber;
    slm_span_metrics *metrics;
    slm_flame *flame;
    slm_chrome_trace *chrome;
    slm_journald *journald;
    slm_syslog *sys;
    if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair) != 0)
        return 1;
    slm_chrome_trace_options chrome_options = { .size = sizeof chrome_options,
                                                .path = "test_layers_memory.json",
                                                .buffer_bytes = 1 << 16 };
    slm_journald_options journald_options = { .size = sizeof journald_options, .path = "no/such/journal" };
    slm_syslog_options syslog_options = { .size = sizeof syslog_options, .fd = pair[0] };
    if (slm_span_metrics_new(NULL, NULL, &layers[0], &metrics) != SLM_OK ||
        slm_flame_new(NULL, NULL, &layers[1], &flame) != SLM_OK ||
        slm_chrome_trace_new(&chrome_options, NULL, &layers[2], &chrome) != SLM_OK ||
        slm_journald_new(&journald_options, NULL, &layers[3], &journald) != SLM_OK ||
        slm_syslog_new(&syslog_options, NULL, &layers[4], &sys) != SLM_OK ||
        slm_subscriber_of_layers(layers, LAYERS, &subscriber) != SLM_OK)
        return 1;
    slm_set_global_subscriber(subscriber);
    for (int i = 0; i < WARM; i++)
        request(i);
    uint64_t before = atomic_load(&allocations);
    for (int i = 0; i < ROUNDS; i++)
        request(i);
    uint64_t asked = atomic_load(&allocations) - before;
    printf("%llu allocations before, %llu in %d requests\n", (unsigned long long)before, (unsigned long long)asked,
           ROUNDS);
    bool counted = !COUNTS || before > 0;
    (void)unlink(chrome_options.path);
    return counted && asked == 0 ? 0 : 1;
}
