/* SPDX-License-Identifier: MIT */
/* A disk that fills up under a file of lines and under a trace file: on a tmpfs of 64 KiB in a namespace of its own,
 * where that is permitted. */
#define SLM_TARGET "disk"
#include <spanloom/chrome_trace.h>
#include <spanloom/format.h>
#include <spanloom/trace.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINES = 5000, FILLER = 48 * 1024 };

static char folder[] = "/tmp/spanloom_full_XXXXXX";

static const char *in_folder(const char *name)
{
    static char path[sizeof folder + 32];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/* Each Criterion test is a process, so nothing else sees the mount. */
static void begin(void)
{
    cr_assert(mkdtemp(folder) != NULL);
    bool apart = unshare(geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER) == 0;
    if (!apart || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("spanloom", folder, "tmpfs", 0, "size=65536") != 0) {
        rmdir(folder);
        cr_skip_test("no tmpfs may be mounted here: %s", strerror(errno));
    }
}

static void end(void)
{
    (void)umount2(folder, MNT_DETACH);
    (void)rmdir(folder);
}

static char *read_all(const char *path, size_t *len)
{
    static char bytes[1 << 17];
    int fd = open(path, O_RDONLY);
    cr_assert(fd >= 0);
    ssize_t n = read(fd, bytes, sizeof bytes - 1);
    close(fd);
    cr_assert(n >= 0);
    bytes[n] = '\0';
    *len = (size_t)n;
    return bytes;
}

static void fill(void)
{
    static char filler[FILLER];
    int fd = open(in_folder("filler"), O_WRONLY | O_CREAT, 0600);
    cr_assert(fd >= 0);
    cr_assert(eq(sz, (size_t)write(fd, filler, sizeof filler), sizeof filler));
    close(fd);
}

Test(full_disk, lines_that_do_not_fit_are_counted_and_there_is_room_again_for_later_ones)
{
    begin();
    fill();
    slm_file_options file = { .size = sizeof file, .path = in_folder("log") };
    slm_format_options format = { .size = sizeof format, .timer = SLM_TIMER_NONE };
    cr_assert(eq(int, (int)slm_writer_file(&file, &format.writer), (int)SLM_OK));
    slm_writer *writer = slm_writer_retain(format.writer);
    slm_layer layer;
    slm_subscriber *subscriber;
    cr_assert(eq(int, (int)slm_layer_format(&format, NULL, &layer), (int)SLM_OK));
    cr_assert(eq(int, (int)slm_subscriber_of_layers(&layer, 1, &subscriber), (int)SLM_OK));
    slm_set_global_subscriber(subscriber);
    errno = EDOM;
    for (int i = 0; i < LINES; i++)
        SLM_INFO(("i", i), "line");
    cr_expect(eq(int, errno, EDOM));
    slm_writer_stats stats = { .size = sizeof stats };
    slm_writer_stats_read(writer, &stats);
    cr_expect(gt(u64, stats.failed, 0u));
    cr_expect(gt(u64, stats.lines, 0u));
    cr_expect(eq(u64, stats.lines + stats.failed, (uint64_t)LINES), "each line was written or is counted");

    cr_assert(eq(int, unlink(in_folder("filler")), 0));
    SLM_INFO("the last");
    size_t len, whole = 0;
    char *at = read_all(in_folder("log"), &len);
    for (char *next; (next = strchr(at, '\n')) != NULL; at = next + 1)
        whole += strncmp(at, " INFO disk: line i=", 19) == 0;
    cr_expect(ge(u64, (uint64_t)whole, stats.lines));
    cr_expect(len > 32 && strcmp(at - strlen(" INFO disk: the last\n"), " INFO disk: the last\n") == 0, "%s", at - 32);
    slm_set_global_subscriber(NULL);
    slm_subscriber_release(subscriber);
    slm_writer_release(writer);
    end();
}

Test(full_disk, a_trace_file_stays_json_as_far_as_it_goes_and_counts_the_rest)
{
    begin();
    slm_chrome_trace_options options = { .size = sizeof options,
                                         .path = in_folder("trace.json"),
                                         .buffer_bytes = 1 << 16 };
    slm_chrome_trace *trace;
    slm_layer layer;
    slm_subscriber *subscriber;
    cr_assert(eq(int, (int)slm_chrome_trace_new(&options, NULL, &layer, &trace), (int)SLM_OK));
    cr_assert(eq(int, (int)slm_subscriber_of_layers(&layer, 1, &subscriber), (int)SLM_OK));
    slm_set_global_subscriber(subscriber);
    for (int i = 0; i < LINES; i++)
        SLM_INFO(("i", i), "event");
    (void)slm_chrome_trace_flush(trace, 1000);
    cr_expect(gt(u64, slm_chrome_trace_lost(trace), 0u));
    slm_set_global_subscriber(NULL);
    slm_subscriber_release(subscriber);
    slm_chrome_trace_release(trace);
    size_t len;
    char *text = read_all(in_folder("trace.json"), &len);
    cr_expect(len > 4 && strcmp(text + len - 4, "\n]}\n") == 0, "it does not end: %s",
              len > 40 ? text + len - 40 : text);
    end();
}
