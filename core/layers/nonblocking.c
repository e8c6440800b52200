/* SPDX-License-Identifier: MIT */
/* A ring of lines before a writer, and a thread that empties it: the one thread that the core ever starts, and only
 * because a host asked for this writer.
 *
 * Sleep: the thread sets `sleeping`, looks once more, and waits; a producer that has put a line takes `sleeping` away
 * and posts. Both are sequentially consistent, so one of the two sees the other. Posts and takings are one to one.
 *
 * Life: who releases the writer does not wait. The thread, told by `stop`, writes what is left and then frees all; it
 * is detached, because nobody could join it without waiting.
 *
 * Fork: the ring of a child holds what its parent will write, and has no thread. Who comes first in the child empties
 * the ring and starts one; whoever comes while it does writes to the target at once. */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>

#include "core/alloc.h"
#include "core/diagnostics.h"
#include "core/fork.h"
#include "core/layers/patience.h"
#include "core/layers/ring.h"
#include "core/layers/writer.h"
#include "core/thread.h"

enum { CAPACITY_DEFAULT = 1 << 20, CAPACITY_MIN = 1 << 16, CAPACITY_MAX = 1 << 30 };

/* nonblocking.life: which process it serves, as slmi_forks() << 2, or-ed with one of these. */
enum { LIFE_CHANGING = 0, LIFE_THREAD = 1, LIFE_DIRECT = 2, LIFE_MASK = 3 };

struct nonblocking {
    slmi_ring ring;
    sem_t wake, left; /* `left`: who released the writer is out of here */
    _Atomic(bool) sleeping, stop;
    _Atomic(uint32_t) life;
    _Atomic(uint64_t) failed; /* lines that had been accepted */
    uint32_t wait_ms;
    slm_writer *target;
};

/* -- the thread -------------------------------------------------------------------------------------------------------
 */

static void wait_for(sem_t *post)
{
    while (sem_wait(post) != 0 && errno == EINTR) {
    }
}

static void wait_for_line(struct nonblocking *n)
{
    atomic_store_explicit(&n->sleeping, true, memory_order_seq_cst);
    bool due = slmi_ring_is_ready(&n->ring) || atomic_load_explicit(&n->stop, memory_order_seq_cst);
    /* Who took `sleeping` away posts, and that post is waited for, so that none is left over. */
    if (!due || !atomic_exchange_explicit(&n->sleeping, false, memory_order_seq_cst))
        wait_for(&n->wake);
}

static void wake(struct nonblocking *n)
{
    if (atomic_load_explicit(&n->sleeping, memory_order_seq_cst) &&
        atomic_exchange_explicit(&n->sleeping, false, memory_order_seq_cst))
        (void)sem_post(&n->wake);
}

static bool write_one(struct nonblocking *n)
{
    const slm_metadata *metadata;
    slm_string line;
    if (!slmi_ring_peek(&n->ring, &metadata, &line))
        return false;
    if (slm_writer_write(n->target, metadata, line) != SLM_OK)
        atomic_fetch_add_explicit(&n->failed, 1, memory_order_relaxed);
    slmi_ring_drop(&n->ring);
    return true;
}

static void free_all(struct nonblocking *n)
{
    slm_writer_release(n->target);
    slmi_free(n->ring.bytes);
    slmi_free(n);
}

static void *run(void *self)
{
    struct nonblocking *n = self;
    /* What a writer of the host's traces in here would come back here, for ever. */
    (void)slmi_thread_get();
    (void)slmi_thread_mute();
    for (;;) {
        if (write_one(n))
            continue;
        if (atomic_load_explicit(&n->stop, memory_order_acquire))
            break;
        wait_for_line(n);
    }
    wait_for(&n->left);
    sem_destroy(&n->wake);
    sem_destroy(&n->left);
    free_all(n);
    return NULL;
}

/* It begins with its maker's signal mask, so there is no moment in which it could take a signal. */
static bool start_thread(struct nonblocking *n)
{
    pthread_attr_t detached;
    pthread_t thread;
    sigset_t all, before;
    if (pthread_attr_init(&detached) != 0)
        return false;
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&thread, &detached, run, n);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&detached);
    if (error != 0)
        errno = error;
    return error == 0;
}

/* -- who writes -------------------------------------------------------------------------------------------------------
 */

static uint32_t life_now(unsigned how)
{
    return slmi_forks() << 2 | how;
}

static bool begin(struct nonblocking *n)
{
    bool threaded = sem_init(&n->wake, 0, 0) == 0 && sem_init(&n->left, 0, 0) == 0 && start_thread(n);
    atomic_store_explicit(&n->life, life_now(threaded ? LIFE_THREAD : LIFE_DIRECT), memory_order_release);
    return threaded;
}

static bool has_thread(struct nonblocking *n)
{
    return atomic_load_explicit(&n->life, memory_order_acquire) == life_now(LIFE_THREAD);
}

/* Whether this process's thread serves the ring; in a child that just learns of the fork, makes it so. */
static bool is_served(struct nonblocking *n)
{
    if (__builtin_expect(has_thread(n), 1))
        return true;
    uint32_t life = atomic_load_explicit(&n->life, memory_order_acquire);
    if (life >> 2 == life_now(0) >> 2)
        return false;
    if (!atomic_compare_exchange_strong_explicit(&n->life, &life, life_now(LIFE_CHANGING), memory_order_acquire,
                                                 memory_order_relaxed))
        return false;
    slmi_ring_reset(&n->ring);
    atomic_store_explicit(&n->sleeping, false, memory_order_relaxed);
    return begin(n);
}

/* -- the writer -------------------------------------------------------------------------------------------------------
 */

static bool put(struct nonblocking *n, const slm_metadata *metadata, slm_string line)
{
    if (slmi_ring_put(&n->ring, metadata, line))
        return true;
    if (n->wait_ms == 0 || line.len == 0 || line.len > slmi_ring_longest(&n->ring))
        return false;
    slmi_patience patience = slmi_patience_of(n->wait_ms);
    while (slmi_patience_nap(&patience))
        if (slmi_ring_put(&n->ring, metadata, line))
            return true;
    return false;
}

static slm_status nonblocking_write(void *self, const slm_metadata *metadata, slm_string line)
{
    struct nonblocking *n = self;
    if (!is_served(n))
        return slm_writer_write(n->target, metadata, line);
    if (!put(n, metadata, line)) {
        slmi_diagnose(SLM_DIAG_WRITER, "a log line was dropped: the %llu bytes that may wait for the writer are full",
                      (unsigned long long)n->ring.size);
        return SLM_ERR_LIMIT;
    }
    wake(n);
    return SLM_OK;
}

static slm_status nonblocking_flush(void *self, uint32_t timeout_ms)
{
    struct nonblocking *n = self;
    slmi_patience patience = slmi_patience_of(timeout_ms);
    if (has_thread(n)) { /* else nothing waits, or it is a parent process's */
        uint64_t until = slmi_ring_head(&n->ring);
        while ((int64_t)(slmi_ring_tail(&n->ring) - until) < 0)
            if (!slmi_patience_nap(&patience))
                return SLM_ERR_TIMED_OUT;
    }
    return slm_writer_flush(n->target, slmi_patience_left_ms(&patience));
}

static void nonblocking_destroy(void *self)
{
    struct nonblocking *n = self;
    if (!has_thread(n)) {
        free_all(n); /* nobody's but ours; of another process's semaphore nothing is left to destroy */
        return;
    }
    atomic_store_explicit(&n->stop, true, memory_order_seq_cst);
    wake(n);
    (void)sem_post(&n->left); /* after which it may be gone */
}

static void nonblocking_reopen(void *self)
{
    slm_writer_reopen(((const struct nonblocking *)self)->target);
}

static bool nonblocking_is_terminal(void *self)
{
    return slmi_writer_is_terminal(((const struct nonblocking *)self)->target);
}

static const slm_writer_ops ops = {
    .size = sizeof ops,
    .write = nonblocking_write,
    .flush = nonblocking_flush,
    .destroy = nonblocking_destroy,
    .reopen = nonblocking_reopen,
    .is_terminal = nonblocking_is_terminal,
};

static uint64_t capacity_of(const slm_nonblocking_options *o)
{
    uint64_t wanted = o->capacity_bytes ? o->capacity_bytes : CAPACITY_DEFAULT, size = CAPACITY_MIN;
    while (size < wanted && size < CAPACITY_MAX)
        size *= 2;
    return size;
}

static struct nonblocking *make(const slm_nonblocking_options *o, slm_writer *target)
{
    struct nonblocking *n = slmi_alloc_zeroed(sizeof *n);
    uint64_t size = capacity_of(o);
    unsigned char *bytes = slmi_alloc_zeroed(size);
    if (!n || !bytes) {
        slmi_free(n);
        slmi_free(bytes);
        return NULL;
    }
    slmi_ring_init(&n->ring, bytes, size);
    n->wait_ms = o->wait_ms;
    n->target = target;
    return n;
}

slm_status slm_writer_nonblocking(const slm_nonblocking_options *options, slm_writer *target, slm_writer **out)
{
    slm_nonblocking_options o = { .size = sizeof o };
    bool valid = target && out && (!options || options->size >= sizeof options->size);
    if (!valid) {
        slm_writer_release(target);
        return SLM_ERR_INVALID_ARGUMENT;
    }
    if (options)
        memcpy(&o, options, options->size < sizeof o ? options->size : sizeof o);
    (void)slmi_thread_get(); /* which prepares for forks */
    struct nonblocking *n = make(&o, target);
    slm_writer *writer = n ? slmi_writer_new(&ops, n) : NULL;
    if (!writer) {
        if (n)
            free_all(n);
        else
            slm_writer_release(target);
        return SLM_ERR_NO_MEMORY;
    }
    slmi_writer_counts_later(writer, &n->failed);
    if (!begin(n)) {
        slm_writer_release(writer); /* which finds no thread, and frees all */
        return SLM_ERR_SYSTEM;
    }
    *out = writer;
    return SLM_OK;
}
