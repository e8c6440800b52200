/* SPDX-License-Identifier: MIT */
/* Writers to descriptors and files, and those in front of others. */
#define SLM_TARGET "yaks"
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <spanloom/diagnostic.h>

#include "tests/unit/folder.h"
#include "tests/unit/lines.h"

TestSuite(writers, .init = folder_enter, .fini = folder_leave);

#define EXPECT_FILE(name, want)                                                                                        \
    do {                                                                                                               \
        const char *file_text = folder_read(name);                                                                     \
        cr_expect(file_text &&strcmp(file_text, (want)) == 0, "%s holds %s", (name), file_text ? file_text : "none");  \
    } while (0)
#define EXPECT_NO_FILE(name) cr_expect(folder_read(name) == NULL, "%s exists", (name))

static slm_status say(slm_writer *writer, const char *line)
{
    return slm_writer_write(writer, NULL, slm_string_from_c(line));
}

static slm_writer *file_of(slm_file_options options)
{
    slm_writer *writer = NULL;
    options.size = sizeof options;
    cr_assert(eq(int, (int)slm_writer_file(&options, &writer), (int)SLM_OK));
    return writer;
}

static slm_writer_stats stats_of(const slm_writer *writer)
{
    slm_writer_stats stats = { .size = sizeof stats };
    slm_writer_stats_read(writer, &stats);
    return stats;
}

Test(writers, each_line_is_one_write)
{
    int ends[2];
    char got[64];
    cr_assert(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) == 0);
    lines_begin((slm_format_options){ .writer = slm_writer_fd(ends[0]),
                                      .style = SLM_FORMAT_PRETTY,
                                      .timer = SLM_TIMER_NONE,
                                      .hide = SLM_SHOW_FILE | SLM_SHOW_LINE });
    SLM_INFO("one");
    SLM_INFO("two");
    lines_end();
    for (int i = 0; i < 2; i++) {
        ssize_t n = recv(ends[1], got, sizeof got - 1, MSG_DONTWAIT);
        cr_assert(n > 0);
        got[n] = '\0';
        cr_expect(eq(str, got, (char *)(uintptr_t)(i ? "   INFO yaks: two\n\n" : "   INFO yaks: one\n\n")));
    }
    cr_expect(recv(ends[1], got, sizeof got, MSG_DONTWAIT) < 0);
}

static unsigned told;
static char last_told[256];

static void tell(void *user, slm_diagnostic_kind kind, const char *message)
{
    (void)user;
    (void)kind;
    told++;
    snprintf(last_told, sizeof last_told, "%s", message);
}

Test(writers, a_full_disk_is_counted_and_told_once_and_errno_stays) /* 74 */
{
    slm_writer *writer = file_of((slm_file_options){ .path = "/dev/full" });
    slm_set_diagnostic_handler(tell, NULL);
    errno = EDOM;
    for (int i = 0; i < 5; i++)
        cr_expect(eq(int, (int)say(writer, "line\n"), (int)SLM_ERR_SYSTEM));
    cr_expect(eq(int, errno, EDOM));
    cr_expect(eq(u64, stats_of(writer).failed, 5));
    cr_expect(eq(u64, slm_diagnostic_count(SLM_DIAG_WRITER), 5));
    cr_expect(eq(uint, told, 1));
    cr_expect(strstr(last_told, "/dev/full") && strstr(last_told, "ENOSPC"), "%s", last_told);
    slm_writer_release(writer);
}

Test(writers, a_reader_that_has_gone_raises_no_signal)
{
    int ends[2];
    sigset_t pending;
    cr_assert(pipe(ends) == 0);
    close(ends[0]);
    slm_writer *writer = slm_writer_fd(ends[1]);
    cr_expect(eq(int, (int)say(writer, "line\n"), (int)SLM_ERR_SYSTEM));
    cr_expect(sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 0);
    cr_expect(eq(u64, stats_of(writer).failed, 1));
    slm_writer_release(writer);
}

Test(writers, a_pipe_that_is_full_does_not_block_if_the_host_said_so)
{
    int ends[2];
    cr_assert(pipe2(ends, O_NONBLOCK) == 0);
    slm_writer *writer = slm_writer_fd(ends[1]);
    slm_status status = SLM_OK;
    for (int i = 0; i < 100000 && status == SLM_OK; i++)
        status = say(writer, "a line of some length, so that the pipe is full before long\n");
    cr_expect(eq(int, (int)status, (int)SLM_ERR_SYSTEM));
    slm_writer_release(writer);
}

/* At the limit of a file's size a line comes in part; the next one, once there is room, begins on a line of its own. */
Test(writers, a_torn_line_is_ended_before_the_next)
{
    const struct rlimit small = { 8, RLIM_INFINITY }, large = { RLIM_INFINITY, RLIM_INFINITY };
    cr_assert(setrlimit(RLIMIT_FSIZE, &small) == 0);
    slm_writer *writer = file_of((slm_file_options){ .path = "torn" });
    cr_expect(eq(int, (int)say(writer, "first\n"), (int)SLM_OK));
    cr_expect(eq(int, (int)say(writer, "second\n"), (int)SLM_ERR_SYSTEM));
    cr_expect(eq(int, (int)say(writer, "third\n"), (int)SLM_ERR_SYSTEM));
    cr_assert(setrlimit(RLIMIT_FSIZE, &large) == 0);
    cr_expect(eq(int, (int)say(writer, "fourth\n"), (int)SLM_OK));
    EXPECT_FILE("torn", "first\nse\nfourth\n");
    slm_writer_release(writer);
}

Test(writers, a_file_is_appended_to_and_only_its_owner_may_write)
{
    struct stat is;
    for (int i = 0; i < 2; i++) {
        slm_writer *writer = file_of((slm_file_options){ .path = "log" });
        (void)say(writer, "line\n");
        slm_writer_release(writer);
    }
    EXPECT_FILE("log", "line\nline\n");
    cr_expect(stat("log", &is) == 0 && (is.st_mode & 0137u) == 0);
}

Test(writers, a_file_that_cannot_be_opened_is_refused)
{
    slm_writer *writer = NULL;
    slm_file_options options = { .size = sizeof options, .path = "no/such/folder" };
    cr_expect(eq(int, (int)slm_writer_file(&options, &writer), (int)SLM_ERR_SYSTEM));
    cr_expect(eq(int, errno, ENOENT));
    options.path = "";
    cr_expect(eq(int, (int)slm_writer_file(&options, &writer), (int)SLM_ERR_INVALID_ARGUMENT));
    options = (slm_file_options){ .size = sizeof options, .path = "x", .keep = 100 };
    cr_expect(eq(int, (int)slm_writer_file(&options, &writer), (int)SLM_ERR_INVALID_ARGUMENT));
    options = (slm_file_options){ .path = "x" };
    cr_expect(eq(int, (int)slm_writer_file(&options, &writer), (int)SLM_ERR_INVALID_ARGUMENT));
    cr_expect(writer == NULL);
}

static slm_writer *to_reopen;

static void on_hangup(int signal)
{
    (void)signal;
    slm_writer_reopen(to_reopen);
}

Test(writers, after_a_request_the_next_line_goes_to_a_new_file) /* 76 */
{
    to_reopen = file_of((slm_file_options){ .path = "log" });
    signal(SIGHUP, on_hangup);
    (void)say(to_reopen, "old\n");
    cr_assert(rename("log", "log.old") == 0);
    (void)say(to_reopen, "still old\n");
    raise(SIGHUP);
    EXPECT_NO_FILE("log");
    (void)say(to_reopen, "new\n");
    EXPECT_FILE("log.old", "old\nstill old\n");
    EXPECT_FILE("log", "new\n");
    slm_writer_release(to_reopen);
}

Test(writers, a_file_that_cannot_be_reopened_stays_in_use)
{
    cr_assert(mkdir("sub", 0700) == 0);
    slm_writer *writer = file_of((slm_file_options){ .path = "sub/log" });
    cr_assert(rename("sub/log", "moved") == 0 && rmdir("sub") == 0);
    slm_set_diagnostic_handler(tell, NULL);
    slm_writer_reopen(writer);
    cr_expect(eq(int, (int)say(writer, "line\n"), (int)SLM_OK));
    cr_expect(eq(uint, told, 1));
    EXPECT_FILE("moved", "line\n");
    slm_writer_release(writer);
}

Test(writers, the_path_is_the_one_of_the_working_directory_at_first)
{
    slm_writer *writer = file_of((slm_file_options){ .path = "log" });
    cr_assert(unlink("log") == 0 && chdir("/") == 0);
    slm_writer_reopen(writer);
    (void)say(writer, "line\n");
    EXPECT_FILE("log", "line\n");
    slm_writer_release(writer);
}

Test(writers, a_full_file_is_moved_away_and_so_many_old_ones_are_kept) /* 76 */
{
    slm_writer *writer = file_of((slm_file_options){ .path = "log", .max_bytes = 10, .keep = 2 });
    const char *const all[] = { "1111\n", "2222\n", "3333\n", "4444\n", "5555\n", "6666\n", "7777\n" };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        (void)say(writer, all[i]);
    EXPECT_FILE("log", "7777\n");
    EXPECT_FILE("log.1", "5555\n6666\n");
    EXPECT_FILE("log.2", "3333\n4444\n");
    EXPECT_NO_FILE("log.3");
    slm_writer_release(writer);
}

Test(writers, a_line_longer_than_the_cap_has_a_file_to_itself)
{
    slm_writer *writer = file_of((slm_file_options){ .path = "log", .max_bytes = 4 });
    (void)say(writer, "long line\n");
    (void)say(writer, "x\n");
    EXPECT_FILE("log.1", "long line\n");
    EXPECT_FILE("log", "x\n");
    slm_writer_release(writer);
}

Test(writers, what_is_in_a_file_at_first_counts)
{
    slm_writer *writer = file_of((slm_file_options){ .path = "log" });
    (void)say(writer, "12345678\n");
    slm_writer_release(writer);
    writer = file_of((slm_file_options){ .path = "log", .max_bytes = 10 });
    (void)say(writer, "new\n");
    EXPECT_FILE("log.1", "12345678\n");
    EXPECT_FILE("log", "new\n");
    slm_writer_release(writer);
}

Test(writers, a_file_that_somebody_emptied_is_not_full)
{
    slm_writer *writer = file_of((slm_file_options){ .path = "log", .max_bytes = 10 });
    (void)say(writer, "12345678\n");
    cr_assert(truncate("log", 0) == 0);
    (void)say(writer, "new\n");
    EXPECT_FILE("log", "new\n");
    EXPECT_NO_FILE("log.1");
    slm_writer_release(writer);
}

/* Two processes with one file: whoever finds it full moves it away once, and the other follows. */
Test(writers, two_processes_keep_one_cap)
{
    slm_writer *writer = file_of((slm_file_options){ .path = "log", .max_bytes = 10, .keep = 3 });
    (void)say(writer, "1 parent\n");
    pid_t child = fork();
    cr_assert(child >= 0);
    if (child == 0) {
        (void)say(writer, "2 child\n");
        _exit(0);
    }
    int status;
    cr_assert(waitpid(child, &status, 0) == child && status == 0);
    (void)say(writer, "3 parent\n");
    EXPECT_FILE("log.2", "1 parent\n");
    EXPECT_FILE("log.1", "2 child\n");
    EXPECT_FILE("log", "3 parent\n");
    slm_writer_release(writer);
}

Test(writers, a_file_that_cannot_be_moved_away_goes_on)
{
    slm_writer *writer = file_of((slm_file_options){ .path = "log", .max_bytes = 10, .keep = 1 });
    cr_assert(mkdir("log.1", 0700) == 0);
    slm_set_diagnostic_handler(tell, NULL);
    (void)say(writer, "12345678\n");
    cr_expect(eq(int, (int)say(writer, "more\n"), (int)SLM_OK));
    cr_expect(eq(uint, told, 1));
    cr_assert(rmdir("log.1") == 0);
    EXPECT_FILE("log", "12345678\nmore\n");
    (void)say(writer, "next\n");
    EXPECT_FILE("log.1", "12345678\nmore\n");
    slm_writer_release(writer);
}

Test(writers, routes_go_by_level_and_target) /* 73 */
{
    slm_filter *ours;
    cr_assert(slm_filter_parse(slm_string_from_c("yaks=trace"), &ours, NULL) == SLM_OK);
    slm_writer *severe = file_of((slm_file_options){ .path = "severe" }),
               *rest = file_of((slm_file_options){ .path = "rest" });
    lines_begin((slm_format_options){
        .writer = slm_writer_route(ours, slm_writer_route(slm_filter_level(SLM_LEVEL_WARN), severe, rest), NULL),
        .timer = SLM_TIMER_NONE });
    SLM_ERROR("e");
    SLM_WARN("w");
    SLM_INFO("i");
    SLM_TRACE("t");
    lines_end();
    EXPECT_FILE("severe", "ERROR yaks: e\n WARN yaks: w\n");
    EXPECT_FILE("rest", " INFO yaks: i\nTRACE yaks: t\n");
}

Test(writers, a_tee_writes_to_both_whatever_becomes_of_one) /* 73 */
{
    slm_writer *one = file_of((slm_file_options){ .path = "/dev/full" }),
               *two = file_of((slm_file_options){ .path = "two" });
    slm_writer *tee = slm_writer_tee(slm_writer_retain(one), slm_writer_retain(two));
    cr_expect(eq(int, (int)say(tee, "line\n"), (int)SLM_ERR_SYSTEM));
    cr_expect(eq(u64, stats_of(one).failed, 1));
    cr_expect(eq(u64, stats_of(two).lines, 1));
    cr_expect(eq(u64, slm_diagnostic_count(SLM_DIAG_WRITER), 1));
    EXPECT_FILE("two", "line\n");
    cr_assert(rename("two", "old") == 0);
    slm_writer_reopen(tee);
    (void)say(tee, "line\n");
    EXPECT_FILE("two", "line\n");
    slm_writer_release(tee);
    slm_writer_release(one);
    slm_writer_release(two);
}

static unsigned destroyed;

static void destroy(void *self)
{
    (void)self;
    destroyed++;
}

static slm_status slow_flush(void *self, uint32_t timeout_ms)
{
    *(uint32_t *)self = timeout_ms;
    return SLM_ERR_TIMED_OUT;
}

Test(writers, the_last_reference_destroys_once_and_failed_combinations_take_their_parts)
{
    static uint32_t asked;
    static const slm_writer_ops ops = {
        .size = sizeof ops, .write = lines_write, .destroy = destroy, .flush = slow_flush
    };
    slm_writer *writer = slm_writer_new(&ops, &asked);
    slm_writer *tee = slm_writer_tee(slm_writer_retain(writer), slm_writer_new(&ops, &asked));
    cr_expect(eq(int, (int)slm_writer_flush(tee, 50), (int)SLM_ERR_TIMED_OUT));
    cr_expect(asked <= 50);
    slm_writer_release(tee);
    cr_expect(eq(uint, destroyed, 1));
    cr_expect(slm_writer_tee(writer, NULL) == NULL);
    cr_expect(eq(uint, destroyed, 2));
    cr_expect(slm_writer_route(NULL, slm_writer_new(&ops, &asked), NULL) == NULL);
    cr_expect(eq(uint, destroyed, 3));
    cr_expect(slm_writer_route(slm_filter_level(1), NULL, slm_writer_new(&ops, &asked)) == NULL);
    cr_expect(eq(uint, destroyed, 4));
    slm_writer_release(NULL);
    slm_writer_reopen(NULL);
    cr_expect(slm_writer_retain(NULL) == NULL && slm_writer_flush(NULL, 0) == SLM_OK);
}

Test(writers, a_bad_table_is_refused)
{
    slm_writer_ops ops = lines_ops;
    cr_expect(slm_writer_new(NULL, NULL) == NULL);
    ops.size = 8;
    cr_expect(slm_writer_new(&ops, NULL) == NULL);
    ops = (slm_writer_ops){ .size = sizeof ops };
    cr_expect(slm_writer_new(&ops, NULL) == NULL);
}
