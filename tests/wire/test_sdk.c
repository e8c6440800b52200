/* SPDX-License-Identifier: MIT */
/* The whole way: macros, core, exporter, loopback. Through the shared libraries, as a user has it. */
#include <spanloom/sdk.h>
#include <spanloom/trace.h>

#include "tests/wire/check.h"
#include "tests/wire/server.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROWS(rows) (rows), sizeof(rows) / sizeof *(rows)

enum { AMPLE_MS = 30000, THREADS = 4, SPANS_EACH = 300 };

static const server_row accepts[] = { { SERVER_ANSWER, 200, NULL, "{}", 0 } };
static const server_row hangs[] = { { SERVER_HANG, 0, NULL, NULL, 0 } };

static void start_at(uint16_t port)
{
    char endpoint[80];
    slm_config config = SLM_CONFIG_INIT;
    snprintf(endpoint, sizeof endpoint, "http://127.0.0.1:%u/v1/traces", (unsigned)port);
    config.endpoint = endpoint;
    config.service_name = "shed";
    CHECK_EQUAL(slm_init(&config), SLM_OK);
}

static slm_pipeline_stats stats(void)
{
    slm_stats all = { .size = (uint32_t)sizeof all };
    slm_stats_read(&all);
    return all.pipelines[0];
}

static uint64_t sum_of(const slm_pipeline_stats *p)
{
    uint64_t sum = p->filtered + p->unsampled + p->queued + p->in_flight + p->delivered + p->rejected;
    for (unsigned reason = 0; reason < SLM_DROP_REASONS; reason++)
        sum += p->dropped[reason];
    return sum;
}

static void shave(unsigned yaks)
{
    SLM_SCOPE("shaving_yaks", ("yak_count", yaks));
    for (unsigned i = 0; i + 1 < yaks; i++) {
        SLM_SCOPE("shave", ("current_yak", i));
        SLM_INFO("yak shaved");
    }
}

static void what_is_traced_arrives(void)
{
    server *s = server_start(ROWS(accepts));
    slm_pipeline_stats before = stats();
    start_at(server_port(s));
    shave(100);
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    slm_pipeline_stats after = stats();
    CHECK_EQUAL(after.delivered - before.delivered, 100);
    CHECK_EQUAL(sum_of(&after), after.ended);
    shave(10);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    after = stats();
    CHECK_EQUAL(after.delivered - before.delivered, 110);
    CHECK_EQUAL(sum_of(&after), after.ended);
    CHECK(server_bodies_well_formed(s));
    server_stop(s);
}

static void an_sdk_without_exporters_says_yes_to_everything(void)
{
    slm_config config = SLM_CONFIG_INIT;
    config.exporters = SLM_EXPORTER_NONE;
    CHECK_EQUAL(slm_init(&config), SLM_OK);
    CHECK_EQUAL(slm_init(&config), SLM_ERR_EXISTS);
    shave(5);
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_ERR_SHUT_DOWN);
    setenv("OTEL_SDK_DISABLED", "true", 1);
    CHECK_EQUAL(slm_init(NULL), SLM_OK);
    unsetenv("OTEL_SDK_DISABLED");
    shave(5);
    CHECK_EQUAL(slm_flush(0), SLM_OK);
    CHECK_EQUAL(slm_shutdown(0), SLM_OK);
    config.size = 3;
    CHECK_EQUAL(slm_init(&config), SLM_ERR_INVALID_ARGUMENT);
}

static void *shave_all(void *unused)
{
    (void)unused;
    shave(SPANS_EACH);
    return NULL;
}

static void threads_that_ended_lose_nothing(void)
{
    pthread_t threads[THREADS];
    server *s = server_start(ROWS(accepts));
    slm_pipeline_stats before = stats();
    start_at(server_port(s));
    for (unsigned i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, shave_all, NULL);
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    slm_pipeline_stats after = stats();
    CHECK_EQUAL(after.delivered - before.delivered, THREADS * SPANS_EACH);
    CHECK_EQUAL(sum_of(&after), after.ended);
    server_stop(s);
}

static void what_ends_after_shutdown_is_counted_and_harmless(void)
{
    server *s = server_start(ROWS(accepts));
    slm_pipeline_stats before = stats();
    start_at(server_port(s));
    slm_span late = SLM_SPAN("late");
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    slm_span_end(late);
    shave(5);
    slm_pipeline_stats after = stats();
    CHECK_EQUAL(after.dropped[SLM_DROP_SHUT_DOWN] - before.dropped[SLM_DROP_SHUT_DOWN], 1);
    CHECK_EQUAL(sum_of(&after), after.ended);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_ERR_SHUT_DOWN);
    CHECK_EQUAL(server_requests(s), 0);
    server_stop(s);
}

/* Descriptors above standard error that a program started now would inherit. */
static unsigned inherited(void)
{
    unsigned count = 0;
    for (int fd = STDERR_FILENO + 1; fd < 1024; fd++) {
        int flags = fcntl(fd, F_GETFD);
        count += flags >= 0 && !(flags & FD_CLOEXEC);
    }
    return count;
}

static void no_descriptor_of_ours_crosses_an_exec(void)
{
    server *s = server_start(ROWS(accepts));
    unsigned before = inherited();
    start_at(server_port(s));
    shave(5);
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(inherited(), before);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(inherited(), before);
    server_stop(s);
}

/* The blocked signals of this process's thread named `name`, as /proc has them; 0 if there is none. */
static unsigned long long blocked_by(const char *name)
{
    char path[64], line[128], wanted[32];
    unsigned long long blocked = 0;
    DIR *tasks = opendir("/proc/self/task");
    snprintf(wanted, sizeof wanted, "Name:\t%s\n", name);
    for (struct dirent *task; tasks && blocked == 0 && (task = readdir(tasks)) != NULL;) {
        snprintf(path, sizeof path, "/proc/self/task/%.20s/status", task->d_name);
        FILE *status = fopen(path, "re");
        bool ours = false;
        while (status && fgets(line, sizeof line, status)) {
            ours = ours || strcmp(line, wanted) == 0;
            if (ours && strncmp(line, "SigBlk:", 7) == 0)
                blocked = strtoull(line + 7, NULL, 16);
        }
        if (status)
            fclose(status);
    }
    if (tasks)
        closedir(tasks);
    return blocked;
}

static void the_librarys_thread_takes_no_signal(void)
{
    /* All but SIGKILL, SIGSTOP and the two that the C library keeps to itself. */
    const unsigned long long all = ~(1ull << (SIGKILL - 1) | 1ull << (SIGSTOP - 1) | 3ull << 31 | 1ull << 33);
    server *s = server_start(ROWS(accepts));
    start_at(server_port(s));
    shave(1);
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK); /* so it has begun, and given itself its name */
    CHECK_EQUAL(blocked_by("spanloom") & all, all);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(blocked_by("spanloom"), 0);
    server_stop(s);
}

static void *shave_until_told(void *stop)
{
    while (!atomic_load((_Atomic bool *)stop))
        shave(3);
    return NULL;
}

static char *program; /* this one */

/* Runs it anew as `role`, with what it writes to standard error in `text`; its exit status. */
static int in_process(char *role, uint16_t port, char *text, size_t room)
{
    int ends[2], status = -1;
    size_t len = 0;
    ssize_t got;
    char digits[8];
    char *arguments[] = { program, role, digits, NULL };
    posix_spawn_file_actions_t actions;
    pid_t pid;
    snprintf(digits, sizeof digits, "%u", (unsigned)port);
    CHECK(pipe2(ends, O_CLOEXEC) == 0);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
    CHECK(posix_spawn(&pid, program, &actions, NULL, arguments, environ) == 0);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    while (len + 1 < room && (got = read(ends[0], text + len, room - 1 - len)) > 0)
        len += (size_t)got;
    text[len] = '\0';
    close(ends[0]);
    CHECK_EQUAL(waitpid(pid, &status, 0), pid);
    return status;
}

static void trace_and_leave(uint16_t port)
{
    start_at(port);
    shave(20);
}

static void an_exit_without_shutdown_still_flushes_for_a_second_at_most(void)
{
    char text[4096];
    server *s = server_start(ROWS(accepts));
    CHECK_EQUAL(in_process("trace_and_leave", server_port(s), text, sizeof text), 0);
    CHECK_EQUAL(server_requests(s), 1);
    CHECK(strcmp(text, "") == 0);
    server_stop(s);

    struct timespec start, end;
    s = server_start(ROWS(hangs));
    clock_gettime(CLOCK_MONOTONIC, &start);
    CHECK_EQUAL(in_process("trace_and_leave", server_port(s), text, sizeof text), 0);
    clock_gettime(CLOCK_MONOTONIC, &end);
    CHECK(end.tv_sec - start.tv_sec < 10);
    CHECK_CONTAINS(text, "spanloom: 20 of 20 spans not delivered (timed out 20)\n");
    server_stop(s);
}

static void trace_and_shut_down(uint16_t port)
{
    start_at(port);
    shave(12);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_ERR_UNDELIVERED);
}

static void nobody_listening_is_told_in_two_lines(void)
{
    char text[4096], expected[256];
    uint16_t port = server_free_port();
    CHECK_EQUAL(in_process("trace_and_shut_down", port, text, sizeof text), 0);
    snprintf(expected, sizeof expected,
             "spanloom: cannot deliver to http://127.0.0.1:%u/v1/traces: connection refused. No collector? "
             "Run: spanloom view\nspanloom: 12 of 12 spans not delivered (unreachable 12)\n",
             (unsigned)port);
    CHECK(strcmp(text, expected) == 0);
}

static void trace_quietly(uint16_t port)
{
    setenv("OTEL_LOG_LEVEL", "none", 1);
    trace_and_shut_down(port);
}

static void log_level_none_silences(void)
{
    char text[4096];
    CHECK_EQUAL(in_process("trace_quietly", server_free_port(), text, sizeof text), 0);
    CHECK(strcmp(text, "") == 0);
}

static void trace_badly_configured(uint16_t port)
{
    setenv("OTEL_BSP_MAX_QUEUE_SIZE", "many", 1);
    setenv("SPANLOOM_EXPORT", "shed=loud,info", 1);
    setenv("OTEL_LOG_LEVEL", "debug", 1);
    start_at(port);
    shave(2);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
}

static void bad_values_are_named_in_one_warning_and_the_rest_applies(void)
{
    char text[4096];
    server *s = server_start(ROWS(accepts));
    CHECK_EQUAL(in_process("trace_badly_configured", server_port(s), text, sizeof text), 0);
    CHECK_CONTAINS(text, "spanloom: OTEL_BSP_MAX_QUEUE_SIZE=many is no number from 1 to 1048576, using 2048; "
                         "SPANLOOM_EXPORT: \"shed=loud\" is left out: ");
    CHECK_CONTAINS(text, "spanloom: service.name shed; export otlp (http/json to ");
    unsigned lines = 0;
    for (const char *c = text; *c; c++)
        lines += *c == '\n';
    CHECK_EQUAL(lines, 2);
    CHECK_EQUAL(server_requests(s), 1);
    server_stop(s);
}

static void a_fork_amid_tracing_threads_leaves_two_that_deliver(void)
{
    _Atomic bool stop = false;
    pthread_t threads[THREADS];
    int status = -1;
    server *s = server_start(ROWS(accepts));
    start_at(server_port(s));
    for (unsigned i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, shave_until_told, &stop);
    server_await(s, 2);
    pid_t pid = fork();
    if (pid == 0) {
        slm_pipeline_stats empty = stats();
        CHECK_EQUAL(sum_of(&empty), 0);
        shave(50);
        CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
        slm_pipeline_stats own = stats();
        CHECK_EQUAL(own.delivered, 50);
        CHECK_EQUAL(own.ended, 50);
        CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
        _exit(check_result());
    }
    CHECK_EQUAL(waitpid(pid, &status, 0), pid);
    CHECK_EQUAL(status, 0);
    atomic_store(&stop, true);
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    slm_status ended = slm_shutdown(AMPLE_MS);
    CHECK(ended == SLM_OK || ended == SLM_ERR_UNDELIVERED);
    slm_pipeline_stats after = stats();
    CHECK_EQUAL(sum_of(&after), after.ended);
    CHECK(server_bodies_well_formed(s));
    server_stop(s);
}

static const struct {
    const char *name;
    void (*act)(uint16_t port);
} roles[] = {
    { "trace_and_leave", trace_and_leave },
    { "trace_and_shut_down", trace_and_shut_down },
    { "trace_quietly", trace_quietly },
    { "trace_badly_configured", trace_badly_configured },
};

int main(int count, char **arguments)
{
    program = arguments[0];
    for (size_t i = 0; i < sizeof roles / sizeof *roles && count == 3; i++) {
        if (strcmp(arguments[1], roles[i].name) == 0) {
            roles[i].act((uint16_t)strtoul(arguments[2], NULL, 10));
            return check_result();
        }
    }
    an_exit_without_shutdown_still_flushes_for_a_second_at_most();
    nobody_listening_is_told_in_two_lines();
    log_level_none_silences();
    bad_values_are_named_in_one_warning_and_the_rest_applies();
    CHECK_EQUAL(slm_flush(0), SLM_ERR_NOT_FOUND);
    CHECK_EQUAL(slm_shutdown(0), SLM_ERR_NOT_FOUND);
    an_sdk_without_exporters_says_yes_to_everything();
    what_is_traced_arrives();
    threads_that_ended_lose_nothing();
    what_ends_after_shutdown_is_counted_and_harmless();
    no_descriptor_of_ours_crosses_an_exec();
    the_librarys_thread_takes_no_signal();
    if (CHECK_FORKS)
        a_fork_amid_tracing_threads_leaves_two_that_deliver();
    return check_result();
}
