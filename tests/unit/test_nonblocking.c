/* SPDX-License-Identifier: MIT */
/* The writer with a thread of its own. A gate stands before the target, so that nothing here depends on who is faster.
 */
#define SLM_TARGET "yaks"
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/wait.h>

#include <spanloom/diagnostic.h>
#include <spanloom/log.h>

#include "tests/unit/lines.h"

enum { CAPACITY = 1 << 16 };

/* The target: each line waits for a pass, then is taken. */
static struct {
    sem_t passes, taken, destroyed;
    bool fails, traces;
    sigset_t blocked;
} gate;

static slm_status gate_write(void *self, const slm_metadata *metadata, slm_string line)
{
    while (sem_wait(&gate.passes) != 0) {
    }
    pthread_sigmask(SIG_BLOCK, NULL, &gate.blocked);
    if (gate.traces)
        SLM_ERROR("traced by the target");
    slm_status status = gate.fails ? SLM_ERR_SYSTEM : lines_write(self, metadata, line);
    sem_post(&gate.taken);
    return status;
}

static void gate_destroy(void *self)
{
    (void)self;
    sem_post(&gate.destroyed);
}

static const slm_writer_ops gate_ops = { .size = sizeof gate_ops, .write = gate_write, .destroy = gate_destroy };

static void open_gate(unsigned lines_to_come)
{
    while (lines_to_come--)
        sem_post(&gate.passes);
}

static slm_writer *gated(uint32_t wait_ms)
{
    const slm_nonblocking_options options = { .size = sizeof options, .capacity_bytes = CAPACITY, .wait_ms = wait_ms };
    slm_writer *writer = NULL;
    sem_init(&gate.passes, 0, 0);
    sem_init(&gate.taken, 0, 0);
    sem_init(&gate.destroyed, 0, 0);
    cr_assert(eq(int, (int)slm_writer_nonblocking(&options, slm_writer_new(&gate_ops, NULL), &writer), (int)SLM_OK));
    return writer;
}

static void wait_for(sem_t *semaphore)
{
    while (sem_wait(semaphore) != 0) {
    }
}

static void finish(slm_writer *writer)
{
    slm_writer_release(writer);
    wait_for(&gate.destroyed);
}

static slm_status say(slm_writer *writer, const char *line)
{
    return slm_writer_write(writer, NULL, slm_string_from_c(line));
}

static slm_writer_stats stats_of(const slm_writer *writer)
{
    slm_writer_stats stats = { .size = sizeof stats };
    slm_writer_stats_read(writer, &stats);
    return stats;
}

Test(nonblocking, lines_wait_and_come_out_in_order)
{
    slm_writer *writer = gated(0);
    for (int i = 0; i < 100; i++) {
        char line[16];
        snprintf(line, sizeof line, "%d\n", i);
        cr_expect(eq(int, (int)say(writer, line), (int)SLM_OK));
    }
    cr_expect(eq(sz, lines.len, 0));
    cr_expect(eq(int, (int)slm_writer_flush(writer, 0), (int)SLM_ERR_TIMED_OUT));
    open_gate(100);
    cr_expect(eq(int, (int)slm_writer_flush(writer, UINT32_MAX), (int)SLM_OK));
    cr_expect(eq(uint, lines.writes, 100));
    cr_expect(strncmp(lines.text, "0\n1\n2\n3\n", 8) == 0 && strstr(lines.text, "98\n99\n"));
    cr_expect(eq(u64, stats_of(writer).lines, 100));
    finish(writer);
}

/* The ring is full after so many lines: each takes 16 bytes and its length, rounded up. */
Test(nonblocking, a_lossy_one_drops_what_finds_no_room_and_counts_it) /* 75 */
{
    slm_writer *writer = gated(0);
    unsigned accepted = 0;
    while (say(writer, "0123456789abcde\n") == SLM_OK)
        accepted++;
    cr_expect(eq(uint, accepted, CAPACITY / 32));
    for (int i = 0; i < 9; i++)
        cr_expect(eq(int, (int)say(writer, "0123456789abcde\n"), (int)SLM_ERR_LIMIT));
    cr_expect(eq(u64, stats_of(writer).dropped, 10));
    cr_expect(eq(u64, stats_of(writer).lines, accepted));
    cr_expect(eq(u64, slm_diagnostic_count(SLM_DIAG_WRITER), 10));
    open_gate(1);
    wait_for(&gate.taken);
    while (say(writer, "again\n") != SLM_OK)
        sched_yield(); /* the record is freed right after it was taken */
    open_gate(accepted);
    cr_expect(eq(int, (int)slm_writer_flush(writer, UINT32_MAX), (int)SLM_OK));
    cr_expect(eq(uint, lines.writes, accepted + 1));
    finish(writer);
}

static void *say_much(void *writer)
{
    for (unsigned i = 0; i < 2 * CAPACITY / 32; i++)
        if (say(writer, "0123456789abcde\n") != SLM_OK)
            return writer;
    return NULL;
}

Test(nonblocking, back_pressure_waits_and_loses_nothing) /* 75 */
{
    slm_writer *writer = gated(UINT32_MAX);
    pthread_t thread;
    void *failed = NULL;
    cr_assert(pthread_create(&thread, NULL, say_much, writer) == 0);
    open_gate(2 * CAPACITY / 32);
    pthread_join(thread, &failed);
    cr_expect(failed == NULL);
    cr_expect(eq(int, (int)slm_writer_flush(writer, UINT32_MAX), (int)SLM_OK));
    cr_expect(eq(uint, lines.writes, 2 * CAPACITY / 32));
    cr_expect(eq(u64, stats_of(writer).dropped, 0));
    finish(writer);
}

Test(nonblocking, back_pressure_has_an_end)
{
    slm_writer *writer = gated(1);
    while (say(writer, "0123456789abcde\n") == SLM_OK) {
    }
    cr_expect(eq(u64, stats_of(writer).dropped, 1));
    open_gate(CAPACITY / 32);
    finish(writer);
}

Test(nonblocking, what_fails_later_is_counted_where_it_was_accepted)
{
    slm_writer *writer = gated(0);
    gate.fails = true;
    open_gate(2);
    (void)say(writer, "a\n");
    (void)say(writer, "b\n");
    cr_expect(eq(int, (int)slm_writer_flush(writer, UINT32_MAX), (int)SLM_OK));
    cr_expect(eq(u64, stats_of(writer).lines, 2));
    cr_expect(eq(u64, stats_of(writer).failed, 2));
    finish(writer);
}

Test(nonblocking, the_last_release_returns_at_once_and_all_lines_are_written) /* 75 */
{
    slm_writer *writer = gated(0);
    (void)say(writer, "a\n");
    (void)say(writer, "b\n");
    slm_writer_release(writer);
    open_gate(2);
    wait_for(&gate.destroyed);
    cr_expect(eq(str, lines.text, (char *)(uintptr_t) "a\nb\n"));
}

Test(nonblocking, its_thread_has_every_signal_blocked)
{
    slm_writer *writer = gated(0);
    open_gate(1);
    (void)say(writer, "a\n");
    wait_for(&gate.taken);
    for (int signal = 1; signal < 32; signal++)
        cr_expect(signal == SIGKILL || signal == SIGSTOP || sigismember(&gate.blocked, signal) == 1, "%d", signal);
    finish(writer);
}

Test(nonblocking, a_target_that_traces_is_not_told_of_it)
{
    slm_format_options options = { .size = sizeof options, .timer = SLM_TIMER_NONE, .writer = gated(0) };
    slm_writer *writer = slm_writer_retain(options.writer);
    slm_log_config config = { .size = sizeof config, .directives = "trace", .format = &options };
    gate.traces = true;
    cr_assert(eq(int, (int)slm_init_log(&config), (int)SLM_OK));
    open_gate(100);
    SLM_INFO("one");
    cr_expect(eq(int, (int)slm_log_shutdown(UINT32_MAX), (int)SLM_OK));
    cr_expect(eq(str, lines.text, (char *)(uintptr_t) " INFO yaks: one\n"));
    slm_writer_release(writer);
}

Test(nonblocking, a_line_beyond_half_the_room_is_refused_at_once)
{
    static char big[CAPACITY];
    slm_writer *writer = gated(UINT32_MAX);
    memset(big, 'x', sizeof big);
    cr_expect(eq(int, (int)slm_writer_write(writer, NULL, slm_string_of(big, CAPACITY / 2)), (int)SLM_ERR_LIMIT));
    cr_expect(eq(int, (int)slm_writer_write(writer, NULL, slm_string_of(big, CAPACITY / 2 - 16)), (int)SLM_OK));
    cr_expect(eq(int, (int)say(writer, ""), (int)SLM_ERR_LIMIT));
    open_gate(1);
    finish(writer);
}

/* Lines of all lengths, so that records end everywhere near the buffer's end. */
Test(nonblocking, lines_keep_their_bytes_round_the_end_of_the_buffer)
{
    static char want[1 << 20];
    size_t len = 0;
    char line[512];
    slm_writer *writer = gated(UINT32_MAX);
    open_gate(4000);
    for (unsigned i = 0; i < 4000; i++) {
        size_t n = 1 + i * 7919u % 251u;
        memset(line, 'a' + (int)(i % 26u), n);
        cr_assert(eq(int, (int)slm_writer_write(writer, NULL, slm_string_of(line, n)), (int)SLM_OK));
        memcpy(want + len, line, n);
        len += n;
    }
    cr_expect(eq(int, (int)slm_writer_flush(writer, UINT32_MAX), (int)SLM_OK));
    cr_expect(lines.len == len && memcmp(lines.text, want, len) == 0);
    finish(writer);
}

/* -- forks ------------------------------------------------------------------------------------------------------------
 */

/* A sanitizer's run-time does not survive a fork amid threads: a child's first thread may wait for a lock that nobody
 * has there. */
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
enum { FORKS = 0 };
#elif defined(__has_feature)
enum { FORKS = !(__has_feature(thread_sanitizer) || __has_feature(address_sanitizer)) };
#else
enum { FORKS = 1 };
#endif

static int status_of(pid_t child)
{
    int status = -1;
    cr_assert(child > 0 && waitpid(child, &status, 0) == child);
    return status;
}

/* The parent's thread is held, with one line in hand and one that waits; the child has a thread of its own. */
Test(nonblocking, a_child_writes_its_own_lines_and_leaves_the_parents)
{
    if (!FORKS)
        cr_skip_test("forks amid threads, under a sanitizer");
    slm_writer *writer = gated(0);
    (void)say(writer, "parent 1\n");
    (void)say(writer, "parent 2\n");
    pid_t child = fork();
    if (child == 0) {
        sem_init(&gate.passes, 0, 0);
        if (say(writer, "child\n") != SLM_OK || slm_writer_flush(writer, 0) != SLM_ERR_TIMED_OUT)
            _exit(1);
        open_gate(1);
        if (slm_writer_flush(writer, UINT32_MAX) != SLM_OK || strcmp(lines.text, "child\n") != 0)
            _exit(2);
        slm_writer_release(writer);
        wait_for(&gate.destroyed);
        _exit(0);
    }
    cr_expect(eq(int, status_of(child), 0));
    open_gate(2);
    cr_expect(eq(int, (int)slm_writer_flush(writer, UINT32_MAX), (int)SLM_OK));
    cr_expect(eq(str, lines.text, (char *)(uintptr_t) "parent 1\nparent 2\n"));
    finish(writer);
}

Test(nonblocking, a_child_that_writes_nothing_may_flush_and_release)
{
    if (!FORKS)
        cr_skip_test("forks amid threads, under a sanitizer");
    slm_writer *writer = gated(0);
    (void)say(writer, "parent\n");
    for (int flush = 0; flush < 2; flush++) {
        pid_t child = fork();
        if (child == 0) {
            if (flush && slm_writer_flush(writer, UINT32_MAX) != SLM_OK)
                _exit(1);
            slm_writer_release(writer);
            wait_for(&gate.destroyed);
            _exit(lines.len != 0);
        }
        cr_expect(eq(int, status_of(child), 0));
    }
    open_gate(1);
    finish(writer);
    cr_expect(eq(str, lines.text, (char *)(uintptr_t) "parent\n"));
}

Test(nonblocking, bad_arguments_are_refused_and_the_target_is_taken)
{
    slm_writer *out = NULL;
    const slm_nonblocking_options old = { .size = 0 };
    sem_init(&gate.destroyed, 0, 0);
    cr_expect(eq(int, (int)slm_writer_nonblocking(NULL, NULL, &out), (int)SLM_ERR_INVALID_ARGUMENT));
    slm_status status = slm_writer_nonblocking(&old, slm_writer_new(&gate_ops, NULL), &out);
    cr_expect(eq(int, (int)status, (int)SLM_ERR_INVALID_ARGUMENT));
    wait_for(&gate.destroyed);
    status = slm_writer_nonblocking(NULL, slm_writer_new(&gate_ops, NULL), NULL);
    cr_expect(eq(int, (int)status, (int)SLM_ERR_INVALID_ARGUMENT));
    wait_for(&gate.destroyed);
}
