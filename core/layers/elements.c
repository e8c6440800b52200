/* SPDX-License-Identifier: MIT */
#include "core/layers/elements.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/alloc.h"
#include "core/diagnostics.h"

#define SEALED (UINT64_C(1) << 63)

enum { SUFFIX_ROOM = 24, FILE_MODE = 0644 };

static const char tail[] = "\n]}\n";
enum { TAIL_BYTES = sizeof tail - 1 };

static uint32_t used(uint64_t word)
{
    return (uint32_t)(word >> 32) & 0x7fffffffu;
}

/* Nobody is copying into it any more, and nobody will begin to. */
static bool is_ready(uint64_t word)
{
    return word & SEALED && used(word) == (uint32_t)word;
}

/* -- the file ---------------------------------------------------------------------------------------------------------
 */

/* The whole of it, or nothing that stays: what follows the tail is no JSON. */
static bool put(int fd, const char *bytes, size_t len, uint64_t at)
{
    while (len) {
        ssize_t n = pwrite(fd, bytes, len, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        bytes += n;
        len -= (size_t)n;
        at += (uint64_t)n;
    }
    return true;
}

static bool open_file(slmi_elements *e)
{
    char head[SLMI_ELEMENTS_HEAD_MAX + TAIL_BYTES];
    if (e->forked)
        snprintf(e->path + e->path_len, SUFFIX_ROOM, ".%ld", (long)getpid());
    e->fd = open(e->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, FILE_MODE);
    if (e->fd < 0)
        return false;
    size_t len = e->head(head, SLMI_ELEMENTS_HEAD_MAX);
    memcpy(head + len, tail, TAIL_BYTES);
    e->at = len;
    if (put(e->fd, head, len + TAIL_BYTES, 0))
        return true;
    int why = errno;
    (void)close(e->fd);
    e->fd = -1;
    errno = why;
    return false;
}

/* Puts the tail back where it was. */
static void restore(slmi_elements *e)
{
    if (ftruncate(e->fd, (off_t)e->at) == 0)
        (void)put(e->fd, tail, TAIL_BYTES, e->at);
}

static uint64_t count_elements(const char *bytes, size_t len)
{
    uint64_t count = 0;
    for (const char *end = bytes + len; (bytes = memchr(bytes, '\n', (size_t)(end - bytes))); bytes++)
        count++;
    return count;
}

/* The buffer is the writer's; there is room for the tail after it. */
static void write_buffer(slmi_elements *e, char *bytes, uint32_t len)
{
    bool opened = e->fd >= 0 || open_file(e);
    bool fits = opened && e->at + len + TAIL_BYTES <= e->max_bytes;
    memcpy(bytes + len, tail, TAIL_BYTES);
    if (fits && put(e->fd, bytes, len + TAIL_BYTES, e->at)) {
        e->at += len;
        return;
    }
    int why = opened ? errno : 0;
    slmi_elements_lose(e, count_elements(bytes, len));
    atomic_store_explicit(&e->failed, true, memory_order_relaxed);
    if (!opened || fits)
        slmi_diagnose(SLM_DIAG_WRITER, "the trace file %s cannot be written (error %d); its events are lost", e->path,
                      why);
    if (fits)
        restore(e);
}

/* Sealed buffers, until there is none that is ready. */
static void write_ready(slmi_elements *e)
{
    if (atomic_fetch_add_explicit(&e->writing, 1, memory_order_acq_rel) != 0)
        return;
    uint32_t asked;
    do {
        asked = atomic_load_explicit(&e->writing, memory_order_acquire);
        for (unsigned i = 0; i < 2; i++) {
            slmi_elements_buffer *b = &e->buffers[i];
            uint64_t word = atomic_load_explicit(&b->word, memory_order_acquire);
            if (!is_ready(word))
                continue;
            write_buffer(e, b->bytes, used(word));
            atomic_fetch_add_explicit(&b->written, 1, memory_order_relaxed);
            atomic_store_explicit(&b->word, 0, memory_order_release);
        }
    } while (atomic_fetch_sub_explicit(&e->writing, asked, memory_order_acq_rel) != asked);
}

/* -- appending --------------------------------------------------------------------------------------------------------
 */

static void seal(slmi_elements *e, unsigned at)
{
    uint64_t word = atomic_fetch_or_explicit(&e->buffers[at].word, SEALED, memory_order_acq_rel);
    if (word & SEALED)
        return;
    atomic_store_explicit(&e->open, 1 - at, memory_order_relaxed);
    if (is_ready(word | SEALED))
        write_ready(e);
}

static bool append_to(slmi_elements *e, slmi_elements_buffer *b, const char *element, uint32_t len)
{
    uint64_t word = atomic_load_explicit(&b->word, memory_order_acquire);
    do {
        if (word & SEALED || used(word) + len > e->room)
            return false;
    } while (!atomic_compare_exchange_weak_explicit(&b->word, &word, word + ((uint64_t)len << 32), memory_order_acq_rel,
                                                    memory_order_acquire));
    memcpy(b->bytes + used(word), element, len);
    word = atomic_fetch_add_explicit(&b->word, len, memory_order_acq_rel) + len;
    if (is_ready(word))
        write_ready(e);
    return true;
}

/* Goes on to the other buffer, if nothing is in it; true: try again. */
static bool turn_over(slmi_elements *e, uint32_t at)
{
    if (atomic_load_explicit(&e->buffers[1 - at].word, memory_order_acquire) == 0)
        atomic_compare_exchange_strong_explicit(&e->open, &at, 1 - at, memory_order_relaxed, memory_order_relaxed);
    else if (atomic_load_explicit(&e->open, memory_order_relaxed) == at)
        return false;
    return true;
}

void slmi_elements_append(slmi_elements *e, const char *element, size_t len)
{
    for (int i = 0; i < 3; i++) {
        uint32_t at = atomic_load_explicit(&e->open, memory_order_relaxed);
        if (append_to(e, &e->buffers[at], element, (uint32_t)len))
            return;
        if (!e->write_on_flush)
            seal(e, at);
        else if (!turn_over(e, at))
            break;
    }
    slmi_elements_lose(e, 1);
}

void slmi_elements_lose(slmi_elements *e, uint64_t count)
{
    atomic_fetch_add_explicit(&e->lost, count, memory_order_relaxed);
}

/* -- flushing ---------------------------------------------------------------------------------------------------------
 */

static uint64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static bool wait_written(slmi_elements *e, unsigned at, uint64_t before, uint64_t deadline)
{
    static const struct timespec pause = { .tv_nsec = 1000000 };
    while (atomic_load_explicit(&e->buffers[at].written, memory_order_relaxed) == before ||
           atomic_load_explicit(&e->writing, memory_order_acquire) != 0) {
        if (now_ms() >= deadline)
            return false;
        (void)nanosleep(&pause, NULL);
    }
    return true;
}

slm_status slmi_elements_flush(slmi_elements *e, uint32_t timeout_ms)
{
    uint64_t deadline = now_ms() + timeout_ms;
    bool in_time = true;
    unsigned first = atomic_load_explicit(&e->open, memory_order_relaxed);
    for (unsigned i = 0; i < 2; i++) {
        unsigned at = first ^ i ^ 1u; /* the older one first */
        uint64_t before = atomic_load_explicit(&e->buffers[at].written, memory_order_acquire);
        uint64_t word = atomic_load_explicit(&e->buffers[at].word, memory_order_acquire);
        if (used(word) == 0)
            continue;
        seal(e, at);
        in_time = wait_written(e, at, before, deadline) && in_time;
    }
    bool failed = atomic_exchange_explicit(&e->failed, false, memory_order_relaxed);
    return failed ? SLM_ERR_SYSTEM : in_time ? SLM_OK : SLM_ERR_TIMED_OUT;
}

/* -- life -------------------------------------------------------------------------------------------------------------
 */

slm_status slmi_elements_init(slmi_elements *e, const char *path, uint32_t buffer_bytes, size_t (*head)(char *, size_t))
{
    e->head = head;
    e->room = buffer_bytes - TAIL_BYTES;
    e->fd = -1;
    e->path_len = strlen(path);
    e->path = slmi_alloc(e->path_len + SUFFIX_ROOM);
    e->buffers[0].bytes = slmi_alloc(buffer_bytes);
    e->buffers[1].bytes = slmi_alloc(buffer_bytes);
    slm_status status = SLM_ERR_NO_MEMORY;
    if (e->path && e->buffers[0].bytes && e->buffers[1].bytes) {
        memcpy(e->path, path, e->path_len + 1);
        status = open_file(e) ? SLM_OK : SLM_ERR_SYSTEM;
    }
    if (status != SLM_OK)
        slmi_elements_destroy(e);
    return status;
}

void slmi_elements_destroy(slmi_elements *e)
{
    int why = errno;
    if (e->fd >= 0 || e->forked) {
        (void)slmi_elements_flush(e, 0);
        if (e->fd >= 0)
            (void)close(e->fd);
    }
    slmi_free(e->buffers[0].bytes);
    slmi_free(e->buffers[1].bytes);
    slmi_free(e->path);
    errno = why;
}

/* The parent's descriptor is closed in the child only; its file and its offset are not touched. */
void slmi_elements_forget(slmi_elements *e)
{
    if (e->fd >= 0)
        (void)close(e->fd);
    e->fd = -1;
    e->forked = true;
    for (unsigned i = 0; i < 2; i++)
        atomic_store_explicit(&e->buffers[i].word, 0, memory_order_relaxed);
    atomic_store_explicit(&e->open, 0, memory_order_relaxed);
    atomic_store_explicit(&e->writing, 0, memory_order_relaxed);
    atomic_store_explicit(&e->lost, 0, memory_order_relaxed);
    atomic_store_explicit(&e->failed, false, memory_order_relaxed);
}
