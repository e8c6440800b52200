/* SPDX-License-Identifier: MIT */
/* Writers and formats with many threads at once: no line is lost unless it is counted, none is mixed with another, and
 * what is replaced meanwhile is freed once. */
#define SLM_TARGET "stress"
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include <spanloom/format.h>

#include "tests/stress/stress.h"

enum { THREADS = 6, LINES = 8000, SMALL_RING = 1 << 16 };

static slm_writer_stats stats_of(const slm_writer *writer)
{
    slm_writer_stats stats = { .size = sizeof stats };
    slm_writer_stats_read(writer, &stats);
    return stats;
}

static void on_threads(void *(*run)(void *), unsigned count)
{
    pthread_t threads[THREADS];
    for (uintptr_t i = 0; i < count; i++)
        CHECK(pthread_create(&threads[i], NULL, run, (void *)i) == 0);
    for (unsigned i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
}

/* -- the ring: lines of each thread come whole and in their order -----------------------------------------------------
 */

static slm_writer *shared;
static struct {
    unsigned next[THREADS]; /* the target's thread's alone */
    uint64_t lines;
    _Atomic(bool) destroyed;
} received;

static slm_status receive(void *self, const slm_metadata *metadata, slm_string line)
{
    (void)self;
    (void)metadata;
    unsigned thread = 0, number = 0;
    char copy[64] = { 0 };
    CHECK(line.len > 0 && line.data[line.len - 1] == '\n');
    memcpy(copy, line.data, line.len < sizeof copy ? line.len : sizeof copy - 1);
    CHECK(sscanf(copy, "%u %u ", &thread, &number) == 2 && thread < THREADS);
    CHECK(number >= received.next[thread]);
    for (size_t i = 12; i + 1 < line.len; i++)
        CHECK(line.data[i] == (char)('a' + number % 26));
    received.next[thread] = number + 1;
    received.lines++;
    return SLM_OK;
}

static void receiver_ends(void *self)
{
    (void)self;
    atomic_store(&received.destroyed, true);
}

static const slm_writer_ops receiver = { .size = sizeof receiver, .write = receive, .destroy = receiver_ends };

static void *send_lines(void *thread)
{
    char line[256];
    for (unsigned i = 0; i < LINES; i++) {
        int n = snprintf(line, sizeof line, "%u %-9u ", (unsigned)(uintptr_t)thread, i);
        size_t len = (size_t)n + i % 100;
        memset(line + n, 'a' + (int)(i % 26), len - (size_t)n);
        line[len] = '\n';
        (void)slm_writer_write(shared, NULL, slm_string_of(line, len + 1));
    }
    return NULL;
}

static void check_ring(uint32_t wait_ms)
{
    const slm_nonblocking_options options = { .size = sizeof options,
                                              .capacity_bytes = SMALL_RING,
                                              .wait_ms = wait_ms };
    memset(received.next, 0, sizeof received.next);
    received.lines = 0;
    atomic_store(&received.destroyed, false);
    CHECK(slm_writer_nonblocking(&options, slm_writer_new(&receiver, NULL), &shared) == SLM_OK);
    on_threads(send_lines, THREADS);
    CHECK(slm_writer_flush(shared, UINT32_MAX) == SLM_OK);
    slm_writer_stats stats = stats_of(shared);
    CHECK_EQUAL(stats.lines + stats.dropped, THREADS * LINES);
    CHECK(wait_ms == 0 || stats.dropped == 0);
    slm_writer_release(shared);
    while (!atomic_load(&received.destroyed))
        sched_yield();
    CHECK_EQUAL(received.lines, stats.lines);
}

/* -- files: every line in one of them ---------------------------------------------------------------------------------
 */

static char folder[] = "stress_writers-XXXXXX";

static void path_of(char out[64], unsigned number)
{
    snprintf(out, 64, number ? "%s/log.%u" : "%s/log", folder, number);
}

static uint64_t lines_in(const char *path)
{
    FILE *file = fopen(path, "r");
    uint64_t lines = 0;
    char line[256];
    unsigned thread, number;
    if (!file)
        return 0;
    while (fgets(line, sizeof line, file)) {
        CHECK(sscanf(line, "%u %u ", &thread, &number) == 2 && thread < THREADS && number < LINES);
        CHECK(strspn(line + 12, (char[]){ (char)('a' + number % 26), '\0' }) == number % 100);
        lines++;
    }
    fclose(file);
    CHECK(unlink(path) == 0);
    return lines;
}

static void *reopen_often(void *unused)
{
    (void)unused;
    char path[64], moved[64];
    path_of(path, 0);
    for (unsigned i = 1; i <= 50; i++) {
        path_of(moved, 100 + i);
        CHECK(rename(path, moved) == 0 || errno == ENOENT);
        slm_writer_reopen(shared);
        sched_yield();
    }
    return NULL;
}

static void *send_or_reopen(void *thread)
{
    return (uintptr_t)thread == THREADS - 1 ? reopen_often(NULL) : send_lines(thread);
}

static void check_file(uint64_t max_bytes)
{
    char path[64];
    uint64_t lines = 0;
    path_of(path, 0);
    const slm_file_options options = {
        .size = sizeof options, .path = path, .max_bytes = max_bytes, .keep = SLM_WRITER_FILES_MAX
    };
    CHECK(mkdtemp(folder) != NULL);
    path_of(path, 0);
    CHECK(slm_writer_file(&options, &shared) == SLM_OK);
    on_threads(max_bytes ? send_lines : send_or_reopen, THREADS);
    slm_writer_stats stats = stats_of(shared);
    slm_writer_release(shared);
    for (unsigned i = 0; i <= 200; i++) {
        path_of(path, i);
        lines += lines_in(path);
    }
    CHECK_EQUAL(stats.lines, (max_bytes ? THREADS : THREADS - 1) * LINES);
    CHECK_EQUAL(lines, stats.lines);
    CHECK(rmdir(folder) == 0);
    memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
}

/* -- whole subscribers, replaced while everybody traces ---------------------------------------------------------------
 */

static _Atomic(bool) stop;
static _Atomic(uint64_t) counted, layers_gone;

static slm_status count_line(void *self, const slm_metadata *metadata, slm_string line)
{
    (void)self;
    CHECK(metadata && line.len > 1 && line.data[line.len - 1] == '\n');
    atomic_fetch_add_explicit(&counted, 1, memory_order_relaxed);
    return SLM_OK;
}

static void count_gone(void *self)
{
    (void)self;
    atomic_fetch_add(&layers_gone, 1);
}

static const slm_writer_ops counting = { .size = sizeof counting, .write = count_line, .destroy = count_gone };

static void install(unsigned which)
{
    slm_format_options o = { .size = sizeof o,
                             .style = (slm_format_style)(which % 5),
                             .show = which % 2 ? 0xfff : 0,
                             .span_events = which % 3 ? SLM_SPAN_EVENT_FULL : 0 };
    slm_layer layer;
    slm_subscriber *subscriber;
    const slm_nonblocking_options ring = { .size = sizeof ring, .capacity_bytes = SMALL_RING };
    o.writer = slm_writer_new(&counting, NULL);
    if (which % 4 == 0)
        CHECK(slm_writer_nonblocking(&ring, o.writer, &o.writer) == SLM_OK);
    CHECK(slm_layer_format(&o, NULL, &layer) == SLM_OK);
    slm_status status;
    /* The 32 places are taken while a thread that was preempted inside an old one has not gone on. */
    while ((status = slm_subscriber_of_layers(&layer, 1, &subscriber)) == SLM_ERR_LIMIT)
        sched_yield();
    CHECK(status == SLM_OK);
    slm_set_global_subscriber(subscriber);
    slm_subscriber_release(subscriber);
}

static void *trace(void *thread)
{
    while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
        SLM_SCOPE_AS(outer, "outer", ("thread", (uint64_t)(uintptr_t)thread));
        SLM_SCOPE("inner", ("text", "x\ny"), ("half", 0.5));
        SLM_INFO(("k", 1), "%s", "said");
        SLM_SET(outer, "more", 1);
    }
    return NULL;
}

static void *replace(void *unused)
{
    (void)unused;
    for (unsigned i = 0; i < 120; i++) {
        install(i);
        uint64_t before = atomic_load(&counted);
        while (atomic_load(&counted) == before)
            sched_yield();
    }
    atomic_store(&stop, true);
    return NULL;
}

static void *trace_or_replace(void *thread)
{
    return (uintptr_t)thread == 0 ? replace(NULL) : trace(thread);
}

static void check_replacement(void)
{
    install(0);
    on_threads(trace_or_replace, 4);
    slm_set_global_subscriber(NULL);
    CHECK(atomic_load(&layers_gone) > 0);
}

/* -- one span, entered by all -----------------------------------------------------------------------------------------
 */

static slm_span everybodys;

static void *enter_often(void *unused)
{
    (void)unused;
    for (unsigned i = 0; i < LINES; i++) {
        slm_token t = slm_enter(everybodys);
        slm_exit(t);
    }
    return NULL;
}

static void check_times(void *user, slm_text *out, const slm_occasion *what)
{
    ++*(unsigned *)user;
    const slm_value busy = slm_value_u64(what->busy_ns);
    CHECK(what->busy_ns > 0 && what->busy_ns < UINT64_C(600000000000));
    slm_text_put_value(out, &busy);
}

static void check_busy(void)
{
    unsigned ends = 0;
    slm_format_options o = {
        .size = sizeof o, .format = check_times, .format_user = &ends, .span_events = SLM_SPAN_EVENT_CLOSE
    };
    slm_layer layer;
    slm_subscriber *subscriber;
    o.writer = slm_writer_new(&counting, NULL);
    CHECK(slm_layer_format(&o, NULL, &layer) == SLM_OK && slm_subscriber_of_layers(&layer, 1, &subscriber) == SLM_OK);
    slm_subscriber_scope scope = slm_thread_subscriber_push(subscriber);
    slm_subscriber_release(subscriber);
    everybodys = SLM_SPAN("everybodys");
    on_threads(enter_often, THREADS);
    slm_span_end(everybodys);
    slm_thread_subscriber_pop(scope);
    CHECK_EQUAL(ends, 1);
}

/* -- forks while others write -----------------------------------------------------------------------------------------
 */

#if defined(__SANITIZE_THREAD__)
#define NO_FORKS
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define NO_FORKS
#endif
#endif

#ifndef NO_FORKS
static void check_forks(void)
{
    const slm_nonblocking_options options = { .size = sizeof options, .capacity_bytes = SMALL_RING };
    pthread_t threads[2];
    memset(received.next, 0, sizeof received.next);
    CHECK(slm_writer_nonblocking(&options, slm_writer_new(&receiver, NULL), &shared) == SLM_OK);
    for (uintptr_t i = 0; i < 2; i++)
        CHECK(pthread_create(&threads[i], NULL, send_lines, (void *)i) == 0);
    for (unsigned i = 0; i < 20; i++) {
        pid_t child = fork();
        if (child == 0) {
            memset(received.next, 0, sizeof received.next);
            received.lines = 0;
            (void)send_lines((void *)(uintptr_t)2);
            CHECK(slm_writer_flush(shared, UINT32_MAX) == SLM_OK);
            slm_writer_stats stats = stats_of(shared);
            CHECK(received.lines > 0 && received.lines <= stats.lines);
            _exit(0);
        }
        int status = -1;
        CHECK(child > 0 && waitpid(child, &status, 0) == child);
        CHECK_EQUAL(status, 0);
    }
    for (unsigned i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    CHECK(slm_writer_flush(shared, UINT32_MAX) == SLM_OK);
    slm_writer_release(shared);
}
#else
static void check_forks(void)
{
    puts("forks: ThreadSanitizer starts no thread in a forked child");
}
#endif

int main(void)
{
    check_ring(UINT32_MAX);
    check_ring(0);
    check_file(40000);
    check_file(0);
    check_replacement();
    check_busy();
    check_forks();
    return EXIT_SUCCESS;
}
