/* SPDX-License-Identifier: MIT */
/* Stackful coroutines made of ucontext, which may be resumed on any thread, one at a time. The sanitizers are told of
 * each switch, so these run under them too. */
#ifndef SPANLOOM_TESTS_STRESS_COROUTINE_H
#define SPANLOOM_TESTS_STRESS_COROUTINE_H

#include <ucontext.h>

#include <spanloom/context.h>

#include "tests/stress/stress.h"

#if defined(__SANITIZE_ADDRESS__)
#define COROUTINE_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define COROUTINE_ASAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define COROUTINE_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define COROUTINE_TSAN 1
#endif
#endif

#ifdef COROUTINE_ASAN
void __sanitizer_start_switch_fiber(void **save, const void *bottom, size_t size);
void __sanitizer_finish_switch_fiber(void *save, const void **bottom, size_t *size);
#else
#define __sanitizer_start_switch_fiber(save, bottom, size)  ((void)(bottom), (void)(size))
#define __sanitizer_finish_switch_fiber(save, bottom, size) ((void)0)
#endif
#ifdef COROUTINE_TSAN
void *__tsan_get_current_fiber(void);
void *__tsan_create_fiber(unsigned flags);
void __tsan_destroy_fiber(void *fiber);
void __tsan_switch_to_fiber(void *fiber, unsigned flags);
#else
#define __tsan_get_current_fiber()           NULL
#define __tsan_create_fiber(flags)           NULL
#define __tsan_destroy_fiber(fiber)          ((void)(fiber))
#define __tsan_switch_to_fiber(fiber, flags) ((void)(fiber))
#endif

enum { COROUTINE_STACK = 64 * 1024 };

typedef struct coroutine {
    ucontext_t own, resumer;
    slm_context_slot slot;
    void (*body)(struct coroutine *self);
    void *user;
    char *stack;
    bool done;
    /* the sanitizers' */
    void *save_own, *save_resumer, *fiber, *resumer_fiber;
    const void *resumer_bottom;
    size_t resumer_size;
} coroutine;

/* Out of line, so that nothing of the thread is kept in a register over the switch. */
static __attribute__((noinline)) void coroutine_yield(coroutine *self)
{
    __sanitizer_start_switch_fiber(self->done ? NULL : &self->save_own, self->resumer_bottom, self->resumer_size);
    __tsan_switch_to_fiber(self->resumer_fiber, 0);
    swapcontext(&self->own, &self->resumer);
    __sanitizer_finish_switch_fiber(self->save_own, &self->resumer_bottom, &self->resumer_size);
}

static void coroutine_start(unsigned high, unsigned low)
{
    coroutine *self = (coroutine *)((uintptr_t)high << 32 | low);
    __sanitizer_finish_switch_fiber(NULL, &self->resumer_bottom, &self->resumer_size);
    self->body(self);
    self->done = true;
    coroutine_yield(self);
}

static inline void coroutine_make(coroutine *self, void (*body)(coroutine *), void *user)
{
    memset(self, 0, sizeof *self);
    self->body = body;
    self->user = user;
    self->stack = malloc(COROUTINE_STACK);
    CHECK(self->stack != NULL && getcontext(&self->own) == 0);
    self->own.uc_stack.ss_sp = self->stack;
    self->own.uc_stack.ss_size = COROUTINE_STACK;
    self->fiber = __tsan_create_fiber(0);
    uintptr_t at = (uintptr_t)self;
    makecontext(&self->own, (void (*)(void))coroutine_start, 2, (unsigned)(at >> 32), (unsigned)at);
}

/* Until it yields or is done. For who exchanges what is current himself. */
static __attribute__((noinline)) void coroutine_switch(coroutine *self)
{
    self->resumer_fiber = __tsan_get_current_fiber();
    __sanitizer_start_switch_fiber(&self->save_resumer, self->stack, COROUTINE_STACK);
    __tsan_switch_to_fiber(self->fiber, 0);
    swapcontext(&self->resumer, &self->own);
    __sanitizer_finish_switch_fiber(self->save_resumer, NULL, NULL);
}

static inline void coroutine_resume(coroutine *self)
{
    slm_context_swap(&self->slot);
    coroutine_switch(self);
    slm_context_swap(&self->slot);
}

/* Done or suspended. */
static inline void coroutine_destroy(coroutine *self)
{
    slm_context_abandon(&self->slot);
    __tsan_destroy_fiber(self->fiber);
    free(self->stack);
    self->stack = NULL;
}

#endif
