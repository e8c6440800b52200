/* SPDX-License-Identifier: MIT */
/* Spans to a file and to standard output, as lines of OTLP/JSON. */
#include "tests/wire/delivery.h"

#include <cjson/cJSON.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/spanloom-XXXXXX";

static const char *in_folder(const char *name)
{
    static char path[80];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/* How many lines of `path` are whole requests, of which `*spans` are the spans; `*other` are other lines. */
static unsigned read_lines(const char *path, unsigned *spans, unsigned *other)
{
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t room = 0;
    unsigned lines = 0;
    *spans = *other = 0;
    CHECK(file != NULL);
    for (ssize_t len; file && (len = getline(&line, &room, file)) > 0;) {
        cJSON *json = line[len - 1] == '\n' ? cJSON_ParseWithLength(line, (size_t)len) : NULL;
        lines += json != NULL;
        *other += json == NULL;
        const cJSON *resource, *scope;
        cJSON_ArrayForEach(resource, cJSON_GetObjectItem(json, "resourceSpans"))
            cJSON_ArrayForEach(scope, cJSON_GetObjectItem(resource, "scopeSpans")) *spans +=
            (unsigned)cJSON_GetArraySize(cJSON_GetObjectItem(scope, "spans"));
        cJSON_Delete(json);
    }
    if (file)
        fclose(file);
    free(line);
    return lines;
}

static void start(const char *path, uint32_t exporters)
{
    slm_config config = { .file = path, .exporters = exporters, .batch_spans = 100 };
    sdk_start(1, &config);
}

static void a_file_is_appended_to_a_request_a_line(void)
{
    const char *path = in_folder("spans.jsonl");
    unsigned spans, other;
    for (unsigned run = 1; run <= 2; run++) {
        slm_pipeline_stats before = fake_stats(0);
        start(path, SLM_EXPORTER_NONE);
        fake_end(1000);
        CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
        fake_end(50);
        CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
        slm_pipeline_stats stats = stats_since(before, 0);
        CHECK_EQUAL(stats.delivered, 1050);
        check_balance(&stats);
        CHECK_EQUAL(read_lines(path, &spans, &other), 11 * run);
        CHECK_EQUAL(spans, 1050 * run);
        CHECK_EQUAL(other, 0);
    }
    struct stat status;
    CHECK(stat(path, &status) == 0 && (status.st_mode & 0007) == 0);
    unlink(path);
}

static void a_file_that_was_moved_is_opened_anew_on_request(void)
{
    char old[80];
    unsigned spans, other;
    snprintf(old, sizeof old, "%s/old.jsonl", folder);
    const char *path = in_folder("new.jsonl");
    start(path, SLM_EXPORTER_NONE);
    fake_end(10);
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(rename(path, old), 0);
    fake_end(10);
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    slm_reopen_file();
    fake_end(10);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(read_lines(old, &spans, &other), 2);
    CHECK_EQUAL(read_lines(path, &spans, &other), 1);
    CHECK_EQUAL(spans, 10);
    unlink(old);
    unlink(path);
}

static void what_cannot_be_written_is_counted(const char *path, const char *why)
{
    slm_pipeline_stats before = fake_stats(0);
    start(path, SLM_EXPORTER_NONE);
    fake_end(250);
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_ERR_UNDELIVERED);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    slm_pipeline_stats stats = stats_since(before, 0);
    CHECK_EQUAL(stats.rejected, 250);
    check_balance(&stats);
    CHECK_CONTAINS(fake_message(SLM_DIAG_REFUSED), why);
    CHECK_CONTAINS(fake_message(SLM_DIAG_REFUSED), path);
}

/* The file may not grow beyond a limit that falls within a line. (SIGXFSZ is blocked in the library's thread.) */
static void a_line_that_was_cut_is_ended_before_the_next(void)
{
    const char *path = in_folder("full.jsonl");
    unsigned spans, other;
    struct rlimit before, small;
    start(path, SLM_EXPORTER_NONE);
    CHECK_EQUAL(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 300;
    CHECK_EQUAL(setrlimit(RLIMIT_FSIZE, &small), 0);
    fake_end(10);
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_ERR_UNDELIVERED);
    CHECK_EQUAL(setrlimit(RLIMIT_FSIZE, &before), 0);
    fake_end(10);
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(read_lines(path, &spans, &other), 1);
    CHECK_EQUAL(spans, 10);
    CHECK_EQUAL(other, 1);
    unlink(path);
}

static void standard_output_takes_the_same_lines(void)
{
    const char *path = in_folder("stdout");
    unsigned spans, other;
    fflush(stdout);
    int saved = dup(STDOUT_FILENO);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    CHECK(saved >= 0 && dup2(fd, STDOUT_FILENO) == STDOUT_FILENO);
    start(NULL, SLM_EXPORTER_OTLP_STDOUT);
    fake_end(250);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    CHECK(dup2(saved, STDOUT_FILENO) == STDOUT_FILENO);
    close(saved);
    close(fd);
    CHECK_EQUAL(read_lines(path, &spans, &other), 3);
    CHECK_EQUAL(spans, 250);
    CHECK_EQUAL(other, 0);
    unlink(path);
}

int main(void)
{
    CHECK(mkdtemp(folder) != NULL);
    a_file_is_appended_to_a_request_a_line();
    a_file_that_was_moved_is_opened_anew_on_request();
    what_cannot_be_written_is_counted("/dev/full", "No space left on device");
    what_cannot_be_written_is_counted(in_folder("no/such/folder"), "No such file or directory");
    what_cannot_be_written_is_counted(folder, "Is a directory");
    CHECK_EQUAL(mkfifo(in_folder("fifo"), 0600), 0);
    what_cannot_be_written_is_counted(in_folder("fifo"), "No such device or address");
    unlink(in_folder("fifo"));
    a_line_that_was_cut_is_ended_before_the_next();
    standard_output_takes_the_same_lines();
    rmdir(folder);
    return check_result();
}
