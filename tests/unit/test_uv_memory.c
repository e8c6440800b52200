/* SPDX-License-Identifier: MIT */
/* Carrying contexts through libuv asks for no memory beyond what libuv itself does: requests, timers and the thread
 * pool. Counted in malloc itself, so this is a program of its own; where a sanitizer has its own malloc there is
 * nothing to count. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include <spanloom/layer.h>
#include <spanloom/trace.h>
#include <spanloom/uv.h>

#include "core/pool.h"

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

enum { WARM = 50, ROUNDS = 2000 };

static struct {
    uv_loop_t loop;
    slm_uv_timer timer;
    slm_uv_idle idle;
    slm_uv_async async;
    slm_uv_work work;
    unsigned round, wrong;
    uint64_t before;
    uint32_t records;
} all;

static void next(void);

/* In what armed it, which may have ended. */
static bool astray(const void *data)
{
    slm_span_context parent;
    return data != &all || !slm_current_context(&parent);
}

static void worked(uv_work_t *work, int status)
{
    all.wrong += status != 0 || astray(work->data);
    if (++all.round == WARM) {
        all.before = atomic_load(&allocations);
        all.records = slmi_pool_in_use();
    }
    if (all.round < WARM + ROUNDS)
        next();
    else {
        slm_uv_close(&all.timer.bond, NULL);
        slm_uv_close(&all.idle.bond, NULL);
        slm_uv_close(&all.async.bond, NULL);
    }
}

static void work(uv_work_t *work)
{
    all.wrong += astray(work->data);
    SLM_SCOPE("work");
}

static void sent(uv_async_t *async)
{
    all.wrong += astray(async->data);
    SLM_SCOPE("sent");
    slm_uv_queue_work(&all.loop, &all.work, work, worked);
}

static void turn(uv_idle_t *idle)
{
    all.wrong += astray(idle->data);
    SLM_SCOPE("turn");
    slm_uv_stop(&all.idle.bond);
    slm_uv_async_send(&all.async);
}

static void fire(uv_timer_t *timer)
{
    all.wrong += astray(timer->data);
    SLM_SCOPE("fire");
    slm_uv_idle_start(&all.idle, turn);
}

static void next(void)
{
    SLM_SCOPE("round", ("number", all.round));
    slm_uv_timer_start(&all.timer, fire, 0, 0);
}

static void count(void *self, const slm_view *span)
{
    (void)span;
    atomic_fetch_add((_Atomic(uint64_t) *)self, 1);
}

int main(void)
{
    static const slm_layer_ops ops = { .size = sizeof ops, .on_end = count };
    static _Atomic(uint64_t) ended;
    slm_layer layer = { .size = sizeof layer, .ops = &ops, .self = &ended };
    slm_subscriber *subscriber;
    if (slm_subscriber_of_layers(&layer, 1, &subscriber) != SLM_OK)
        return 1;
    slm_set_global_subscriber(subscriber);
    slm_subscriber_release(subscriber);
    if (uv_loop_init(&all.loop) != 0 || uv_timer_init(&all.loop, &all.timer.uv) != 0 ||
        uv_idle_init(&all.loop, &all.idle.uv) != 0 || slm_uv_async_init(&all.loop, &all.async, sent) != 0)
        return 1;
    all.timer.uv.data = all.idle.uv.data = all.async.uv.data = all.work.uv.data = &all;
    next();
    uv_run(&all.loop, UV_RUN_DEFAULT);
    uint64_t asked = atomic_load(&allocations) - all.before;
    printf("%llu allocations before, %llu in %d rounds, %u wrong, %u records more\n", (unsigned long long)all.before,
           (unsigned long long)asked, ROUNDS, all.wrong, slmi_pool_in_use() - all.records);
    bool closed = uv_loop_close(&all.loop) == 0 && ended == 5 * (WARM + ROUNDS);
    bool counted = !COUNTS || all.before > 0;
    return closed && counted && asked == 0 && all.wrong == 0 ? 0 : 1;
}
