/* SPDX-License-Identifier: MIT */
/* Threads log at once, under an ancestor that they share and write into: every line is whole, each shows its own
 * thread's scopes, and none is lost. A reader that goes away, or never reads, harms nobody. */
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <spanloom/log.h>

#include "tests/stress/stress.h"

enum { THREADS = 4, LINES = STRESS_SANITIZED ? 600 : 3000, GONE = 100 };

static slm_span ancestor;

static void *log_lines(void *user)
{
    unsigned thread = (unsigned)(uintptr_t)user;
    SLM_ENTER(ancestor);
    for (unsigned i = 0; i < LINES; i++) {
        SLM_SCOPE("outer", ("thread", thread));
        {
            SLM_SCOPE("inner", ("i", i));
            SLM_WARN(("thread", thread), "line %u", i);
        }
        if (i % 64 == thread)
            SLM_SET(ancestor, "shared", i);
    }
    return NULL;
}

/* "TIME  WARN ancestor{shared=N}:outer{thread=T}:inner{i=I}: TARGET: line I thread=T" */
static void check_line(const char *line, unsigned char *seen)
{
    unsigned thread = 0, i = 0, at = 0, again = 0, shared = 0, year = 0;
    int end = 0;
    CHECK(sscanf(line, "%4u-%*2u-%*2uT%*2u:%*2u:%*2u.%*6uZ  WARN ancestor%n", &year, &end) == 1 && end > 0);
    CHECK(year >= 2024);
    line += end;
    if (*line == '{') {
        end = 0;
        CHECK(sscanf(line, "{shared=%u}%n", &shared, &end) == 1 && end > 0);
        line += end;
    }
    end = 0;
    CHECK(sscanf(line, ":outer{thread=%u}:inner{i=%u}: stress_log: line %u thread=%u%n", &thread, &i, &at, &again,
                 &end) == 4 &&
          end > 0);
    CHECK(line[end] == '\0' && thread == again && i == at && thread < THREADS && i < LINES);
    seen[thread * LINES + i]++;
}

static void check_lines(int fd)
{
    struct stat st;
    CHECK(fstat(fd, &st) == 0);
    size_t size = (size_t)st.st_size;
    char *text = malloc(size + 1);
    unsigned char *seen = calloc((size_t)THREADS * LINES, 1);
    CHECK(text && seen && pread(fd, text, size, 0) == (ssize_t)size);
    text[size] = '\0';
    for (char *at = text, *end; *at; at = end + 1) {
        end = strchr(at, '\n');
        CHECK(end != NULL);
        *end = '\0';
        check_line(at, seen);
    }
    for (size_t i = 0; i < (size_t)THREADS * LINES; i++)
        CHECK_EQUAL(seen[i], 1);
    free(text);
    free(seen);
}

static void start(int fd)
{
    slm_log_config config = { .size = (uint32_t)sizeof config, .fd = fd, .directives = "info" };
    CHECK_EQUAL(slm_init_log(&config), SLM_OK);
    CHECK_EQUAL(slm_init_log(&config), SLM_ERR_EXISTS);
}

static void stop(void)
{
    CHECK_EQUAL(slm_log_shutdown(1000), SLM_OK);
}

static void every_line_is_whole(void)
{
    FILE *file = tmpfile();
    CHECK(file != NULL);
    int fd = fcntl(fileno(file), F_DUPFD, 3);
    CHECK(fd > 0 && fcntl(fd, F_SETFL, O_APPEND) == 0);
    start(fd);
    ancestor = SLM_SPAN("ancestor");
    pthread_t threads[THREADS];
    for (unsigned i = 0; i < THREADS; i++)
        CHECK_EQUAL(pthread_create(&threads[i], NULL, log_lines, (void *)(uintptr_t)i), 0);
    for (unsigned i = 0; i < THREADS; i++)
        CHECK_EQUAL(pthread_join(threads[i], NULL), 0);
    slm_span_end(ancestor);
    stop();
    SLM_WARN("after the end");
    check_lines(fd);
    fclose(file);
    close(fd);
    stress_check_idle(1);
}

/* SIGPIPE would end this program. */
static void a_reader_may_go_away(void)
{
    int ends[2];
    CHECK(pipe(ends) == 0);
    start(ends[1]);
    SLM_WARN("read");
    close(ends[0]);
    uint64_t before = slm_diagnostic_count(SLM_DIAG_WRITER);
    for (unsigned i = 0; i < GONE; i++)
        SLM_WARN("not read");
    CHECK_EQUAL(slm_diagnostic_count(SLM_DIAG_WRITER), before + GONE);
    sigset_t pending;
    CHECK(sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 0);
    stop();
    close(ends[1]);
}

/* A pipe that nobody reads and that does not block is full after a while; the rest is counted. */
static void a_reader_may_never_read(void)
{
    int ends[2];
    CHECK(pipe(ends) == 0 && fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0);
    start(ends[1]);
    uint64_t before = slm_diagnostic_count(SLM_DIAG_WRITER);
    for (unsigned i = 0; i < LINES; i++)
        SLM_WARN("line %u of a pipe that nobody reads, and that has room for a few hundred such lines at most", i);
    CHECK(slm_diagnostic_count(SLM_DIAG_WRITER) > before);
    close(ends[0]);
    (void)slm_log_shutdown(0);
    close(ends[1]);
}

int main(void)
{
    slm_set_diagnostic_handler(NULL, NULL);
    every_line_is_whole();
    a_reader_may_go_away();
    a_reader_may_never_read();
    for (int kind = 0; kind < SLM_DIAGNOSTIC_KINDS; kind++)
        CHECK(kind == SLM_DIAG_WRITER || slm_diagnostic_count((slm_diagnostic_kind)kind) == 0);
    return 0;
}
