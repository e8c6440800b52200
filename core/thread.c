/* SPDX-License-Identifier: MIT */
#include "core/thread.h"

#include <spanloom/suppress.h>

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>

#include "core/alloc.h"
#include "core/current.h"
#include "core/diagnostics.h"
#include "core/dispatch.h"
#include "core/fork.h"
#include "core/output.h"

_Thread_local slmi_thread *slmi_self __attribute__((tls_model("initial-exec")));
_Atomic(uint64_t) slmi_threadless;
static _Thread_local volatile sig_atomic_t registering __attribute__((tls_model("initial-exec")));

static _Atomic(slmi_thread *) blocks;
static _Atomic(uint32_t) block_count;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static bool key_made;

/* A thread ends. Destructors of other keys may trace after this: they register anew, and this runs again. */
static void leave(void *block)
{
    slmi_thread *self = block;
    /* Whatever called pthread_exit(), a callback of ours even, none of our frames is left. */
    atomic_store_explicit(&self->busy, 0, memory_order_relaxed);
    atomic_store_explicit(&self->epoch, 0, memory_order_release);
    memset(self->inside, 0, sizeof self->inside);
    self->muted = self->asking = 0;
    self->printing = 0;
    self->suppressed = false;
    self->line_taken = false;
    slmi_unwind_thread(self);
    slmi_dispatch_thread_leave(self);
    if (slmi_busy_begin(self)) {
        slmi_pool_leave(self);
        slmi_busy_end(self);
    }
    slmi_self = NULL;
    atomic_store_explicit(&self->owned, 0, memory_order_release); /* pairs with the acquire in adopt() */
}

static void make_key(void)
{
    key_made = pthread_key_create(&key, leave) == 0;
    slmi_fork_prepare();
}

static slmi_thread *adopt(void)
{
    for (slmi_thread *t = slmi_thread_list(); t; t = t->next) {
        uint32_t free = 0;
        if (atomic_load_explicit(&t->owned, memory_order_relaxed) == 0 &&
            atomic_compare_exchange_strong_explicit(&t->owned, &free, 1, memory_order_acquire, memory_order_relaxed))
            return t;
    }
    return NULL;
}

static void enlist(slmi_thread *self)
{
    self->index = atomic_fetch_add_explicit(&block_count, 1, memory_order_relaxed) + 1;
    atomic_store_explicit(&self->owned, 1, memory_order_relaxed);
    slmi_random_seed(&self->random);
    slmi_thread *head = atomic_load_explicit(&blocks, memory_order_relaxed);
    do
        self->next = head;
    while (!atomic_compare_exchange_weak_explicit(&blocks, &head, self, memory_order_release, memory_order_relaxed));
}

static slmi_thread *make(void)
{
    /* Not from malloc(), which a signal handler that traces first on its thread may have interrupted. */
    slmi_thread *self = slmi_reserve(sizeof *self, sizeof *self);
    if (self)
        enlist(self);
    return self;
}

static slmi_thread spare;

slmi_thread *slmi_thread_spare(void)
{
    if (!spare.index)
        enlist(&spare);
    return &spare;
}

slmi_thread *slmi_thread_register(void)
{
    if (registering)
        return NULL;
    int saved = errno, cancel = slmi_cancel_hold();
    registering = 1;
    pthread_once(&once, make_key);
    slmi_thread *self = NULL;
    if (key_made) {
        self = adopt();
        if (self && slmi_ids_are_fixed())
            slmi_random_seed(&self->random); /* a block that was another thread's goes on where that left off */
        if (!self)
            self = make();
        if (self && pthread_setspecific(key, self) != 0) {
            atomic_store_explicit(&self->owned, 0, memory_order_release);
            self = NULL;
        }
    }
    if (self) {
        self->current = 0;
        self->errno_at = &errno;
    }
    slmi_self = self;
    registering = 0;
    if (!self)
        slmi_diagnose(SLM_DIAG_NO_MEMORY, "a thread cannot be registered: out of memory; it is not traced");
    slmi_cancel_restore(cancel);
    errno = saved;
    return self;
}

slmi_thread *slmi_thread_list(void)
{
    return atomic_load_explicit(&blocks, memory_order_acquire);
}

void slmi_thread_fork_child(void)
{
    slmi_thread *self = slmi_self;
    memset((void *)&spare, 0, sizeof spare);
    atomic_store_explicit(&blocks, self, memory_order_relaxed);
    atomic_store_explicit(&slmi_threadless, 0, memory_order_relaxed);
    if (!self)
        return;
    self->next = NULL;
    slmi_current_fork_child(self);
    self->free_count = 0;
    self->tail_seen = 0;
    self->until_look = 0;
    atomic_store_explicit(&self->head, 0, memory_order_relaxed);
    atomic_store_explicit(&self->tail, 0, memory_order_relaxed);
    atomic_store_explicit(&self->overflow, 0, memory_order_relaxed);
    memset((void *)&self->started, 0, offsetof(slmi_thread, head) - offsetof(slmi_thread, started));
    memset((void *)&self->popped, 0, sizeof self->popped);
    slmi_random_seed(&self->random);
}

bool slm_suppress(bool on)
{
    slmi_thread *self = slmi_thread_get();
    if (!self)
        return false;
    bool before = self->suppressed;
    self->suppressed = on;
    return before;
}

uint32_t slmi_thread_mute(void)
{
    slmi_thread *self = slmi_self;
    if (!self)
        return 0;
    uint32_t before = self->muted;
    self->muted = UINT32_MAX;
    return before;
}

void slmi_thread_unmute(uint32_t before)
{
    if (slmi_self)
        slmi_self->muted = before;
}

char *slmi_thread_line(slmi_thread *self, size_t room)
{
    if (self->line_taken)
        return NULL;
    self->line_taken = true; /* first: a signal handler that formats meanwhile finds it so */
    atomic_signal_fence(memory_order_seq_cst);
    if (self->line_room < room) {
        char *bigger =
            slmi_reserve(room, room); /* the block's for good, as the block is; not from malloc(), likewise */
        if (!bigger) {
            self->line_taken = false;
            return NULL;
        }
        self->line = bigger;
        self->line_room = room;
    }
    return self->line;
}

void slmi_thread_line_done(slmi_thread *self)
{
    self->line_taken = false;
}
