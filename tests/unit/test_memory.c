/* SPDX-License-Identifier: MIT */
/* A host's allocator and a limit. Each test is a process of its own, in which nothing was asked for before. */
#include <spanloom/memory.h>

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <spanloom/context.h>
#include <spanloom/diagnostic.h>
#include <spanloom/log.h>
#include <spanloom/stats.h>
#include <spanloom/trace.h>
#include <spanloom/writer.h>

#include "core/alloc.h"
#include "core/layering.h"

static _Atomic(unsigned) pieces, reservations;
static int user;

static void *take(void *self, size_t size)
{
    cr_assert(eq(ptr, self, &user));
    void *memory = malloc(size);
    if (memory)
        memset(memory, 0xa5, size); /* not zeroed by chance */
    pieces += memory != NULL;
    return memory;
}

static void *resize(void *self, void *memory, size_t size)
{
    cr_assert(eq(ptr, self, &user));
    void *bigger = realloc(memory, size);
    pieces += bigger && !memory;
    return bigger;
}

static void give(void *self, void *memory)
{
    cr_assert(eq(ptr, self, &user));
    cr_assert(ne(ptr, memory, NULL));
    pieces--;
    free(memory);
}

static void *keep(void *self, size_t size)
{
    cr_assert(eq(ptr, self, &user));
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    reservations += memory != MAP_FAILED;
    return memory == MAP_FAILED ? NULL : memory;
}

static slm_allocator ours(void)
{
    return (slm_allocator){
        .size = sizeof(slm_allocator), .alloc = take, .realloc = resize, .free = give, .reserve = keep, .user = &user
    };
}

static slm_memory memory(void)
{
    slm_memory m = { .size = sizeof m };
    slm_memory_read(&m);
    return m;
}

/* A program that logs to nowhere, from its set-up on. */
static slm_status begin(void)
{
    slm_log_config config = { .size = sizeof config, .directives = "info,db=debug", .fd = STDERR_FILENO };
    return slm_init_log(&config);
}

Test(memory, comes_from_the_hosts_allocator_and_goes_back_to_it)
{
    slm_allocator a = ours();
    cr_assert(eq(int, slm_set_allocator(&a), SLM_OK));
    cr_assert(eq(int, begin(), SLM_OK));
    {
        SLM_SCOPE("s", ("n", 1));
    }
    cr_expect(gt(uint, pieces, 0));
    cr_expect(gt(uint, reservations, 1));
    cr_expect(gt(u64, memory().heap, 0u));
    cr_expect(gt(u64, memory().reserved, 1u << 20));
    cr_assert(eq(int, slm_log_shutdown(1000), SLM_OK));
    {
        SLM_SCOPE("whoever leaves the library last frees what was replaced");
    }
    cr_expect(eq(u64, memory().heap == 0, pieces == 0));
    cr_expect(eq(u64, memory().refused, 0u));
}

Test(memory, has_one_allocator_from_the_first_request_on)
{
    slm_allocator a = ours(), bad = ours();
    bad.alloc = NULL;
    cr_expect(eq(int, slm_set_allocator(NULL), SLM_ERR_INVALID_ARGUMENT));
    cr_expect(eq(int, slm_set_allocator(&bad), SLM_ERR_INVALID_ARGUMENT));
    bad = ours();
    bad.size = 8;
    cr_expect(eq(int, slm_set_allocator(&bad), SLM_ERR_INVALID_ARGUMENT));
    slm_writer_release(slm_writer_fd(2));
    cr_expect(eq(int, slm_set_allocator(&a), SLM_ERR_EXISTS));
    cr_expect(eq(uint, pieces, 0));
}

Test(memory, has_no_second_allocator)
{
    slm_allocator a = ours();
    cr_expect(eq(int, slm_set_allocator(&a), SLM_OK));
    cr_expect(eq(int, slm_set_allocator(&a), SLM_ERR_EXISTS));
}

Test(memory, is_zeroed_where_that_was_asked_for_and_keeps_its_bytes_as_it_grows)
{
    slm_allocator a = ours();
    cr_assert(eq(int, slm_set_allocator(&a), SLM_OK));
    char *text = slmi_alloc_zeroed(100);
    for (int i = 0; i < 100; i++)
        cr_assert(eq(int, text[i], 0));
    cr_expect(eq(u64, (uintptr_t)text % 16, 0u));
    uint64_t before = memory().heap;
    text[99] = 7;
    text = slmi_realloc(text, 10000);
    cr_expect(eq(int, text[99], 7));
    cr_expect(eq(u64, memory().heap, before + 9900));
    text = slmi_realloc(text, 100);
    cr_expect(eq(u64, memory().heap, before));
    slmi_free(text);
    slmi_free(NULL);
    cr_expect(eq(u64, memory().heap, 0u));
    cr_expect(eq(ptr, slmi_alloc(SIZE_MAX - 3), NULL));
    cr_expect(eq(u64, memory().refused, 1u));
}

Test(memory, is_never_more_than_the_limit)
{
    slm_set_memory_limit(10000);
    void *first = slmi_alloc(9000);
    cr_assert(ne(ptr, first, NULL));
    cr_expect(eq(ptr, slmi_alloc(1000), NULL));
    cr_expect(eq(ptr, slmi_realloc(first, 10000), NULL));
    cr_expect(eq(ptr, slmi_reserve(4096, 4096), NULL));
    cr_expect(eq(u64, memory().refused, 3u));
    void *second = slmi_alloc(500);
    cr_expect(ne(ptr, second, NULL));
    slm_set_memory_limit(100); /* takes nothing back */
    cr_expect(gt(u64, memory().heap, 9500u));
    cr_expect(eq(ptr, slmi_alloc(1), NULL));
    slm_set_memory_limit(0);
    void *third = slmi_alloc(1 << 20);
    cr_expect(ne(ptr, third, NULL));
    slmi_free(first);
    slmi_free(second);
    slmi_free(third);
}

static _Atomic(bool) stop;

static void *watch(void *most)
{
    while (!atomic_load(&stop)) {
        slm_memory m = memory();
        if (m.heap + m.reserved > *(uint64_t *)most)
            return most;
    }
    return NULL;
}

static void *ask(void *unused)
{
    void *all[16] = { NULL };
    for (unsigned i = 0; i < 20000; i++) {
        void **at = &all[i % 16];
        slmi_free(*at);
        *at = slmi_alloc(500 + i % 3000);
    }
    for (unsigned i = 0; i < 16; i++)
        slmi_free(all[i]);
    return unused;
}

Test(memory, is_within_the_limit_also_while_threads_race_for_it)
{
    uint64_t most = 50000;
    void *broke = NULL;
    pthread_t watcher, threads[4];
    slm_set_memory_limit(most);
    cr_assert(eq(int, pthread_create(&watcher, NULL, watch, &most), 0));
    for (int i = 0; i < 4; i++)
        cr_assert(eq(int, pthread_create(&threads[i], NULL, ask, NULL), 0));
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    atomic_store(&stop, true);
    pthread_join(watcher, &broke);
    cr_expect(eq(ptr, broke, NULL));
    cr_expect(eq(u64, memory().heap, 0u));
    cr_expect(gt(u64, memory().refused, 0u));
}

Test(memory, refuses_a_set_up_beyond_the_limit)
{
    slm_set_memory_limit(200000); /* the records alone are more */
    cr_expect(eq(int, begin(), SLM_ERR_NO_MEMORY));
    SLM_SCOPE("nobody listens");
    slm_set_memory_limit(0);
    cr_expect(eq(int, begin(), SLM_OK));
}

static void *trace(void *unused)
{
    SLM_SCOPE("s");
    SLM_INFO("e");
    return unused;
}

Test(memory, without_more_of_it_a_new_thread_is_not_traced_and_counted)
{
    slm_stats stats = { .size = sizeof stats };
    pthread_t thread;
    cr_assert(eq(int, begin(), SLM_OK));
    trace(NULL);
    slm_memory now = memory();
    slm_set_memory_limit(now.heap + now.reserved);
    cr_assert(eq(int, pthread_create(&thread, NULL, trace, NULL), 0));
    pthread_join(thread, NULL);
    slm_stats_read(&stats);
    cr_expect(eq(u64, stats.unrecorded[SLM_UNRECORDED_NO_THREAD], 1u));
    cr_expect(gt(u64, slm_diagnostic_count(SLM_DIAG_NO_MEMORY), 0u));
    trace(NULL); /* goes on */
    slm_stats_read(&stats);
    cr_expect(eq(u64, stats.ended, 2u));
}

Test(memory, limit_may_come_from_the_environment)
{
    setenv("SPANLOOM_MEMORY_LIMIT", "12345678", 1);
    cr_expect(slmi_memory_limit_read());
    cr_expect(eq(u64, memory().limit, 12345678u));
    slm_set_memory_limit(0); /* what the program says holds */
    cr_expect(slmi_memory_limit_read());
    cr_expect(eq(u64, memory().limit, 0u));
}

Test(memory, limit_that_is_no_number_is_told_and_none)
{
    static const char *const bad[] = { "12k", "-1", "+1", " 1", "x", "99999999999999999999999" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        setenv("SPANLOOM_MEMORY_LIMIT", bad[i], 1);
        errno = 4242;
        cr_expect(not(slmi_memory_limit_read()), "%s", bad[i]);
        cr_expect(eq(int, errno, 4242));
    }
    cr_expect(eq(u64, memory().limit, 0u));
    cr_assert(eq(int, begin(), SLM_OK));
    cr_expect(eq(u64, slm_diagnostic_count(SLM_DIAG_CONFIGURATION), 1u));
}

Test(memory, refusals_are_counted_from_zero_in_a_forked_child)
{
    cr_assert(eq(int, begin(), SLM_OK));
    trace(NULL);
    cr_expect(eq(ptr, slmi_alloc(SIZE_MAX), NULL));
    pid_t child = fork();
    if (child == 0)
        _exit(memory().refused == 0 && memory().heap > 0 ? 0 : 1);
    int status = -1;
    cr_assert(eq(int, waitpid(child, &status, 0), child));
    cr_expect(eq(int, status, 0));
    cr_expect(eq(u64, memory().refused, 1u));
}
