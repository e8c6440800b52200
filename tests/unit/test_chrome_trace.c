/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <spanloom/chrome_trace.h>

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "core/platform.h"
#include "tests/unit/chrome_rules.h"
#include "tests/unit/layering.h"

static char path[64];
static struct chrome_file file;
static slm_chrome_trace *trace;
static struct layering l;

static void begin(slm_chrome_trace_options options)
{
    slm_layer layer;
    snprintf(path, sizeof path, "chrome-%ld.json", (long)getpid());
    options.size = sizeof options;
    options.path = path;
    cr_assert(eq(int, (int)slm_chrome_trace_new(&options, NULL, &layer, &trace), SLM_OK));
    l = layering_begin(&layer);
}

static void read_back(void)
{
    chrome_free(&file);
    bool fine = chrome_read(&file, path);
    char *at = file.at ? cJSON_PrintUnformatted(file.at) : NULL;
    cr_assert(fine, "%s: %s", file.wrong, at ? at : path);
    free(at);
}

static void flush_and_read(void)
{
    cr_assert(eq(int, (int)slm_chrome_trace_flush(trace, 10000), SLM_OK));
    read_back();
}

static void end(void)
{
    layering_end(l);
    slm_chrome_trace_release(trace);
    chrome_free(&file);
    (void)unlink(path);
}

static off_t size_of(const char *name)
{
    struct stat s;
    return stat(name, &s) == 0 ? s.st_size : -1;
}

Test(chrome_trace, the_file_is_whole_before_between_and_after_flushes)
{
    begin((slm_chrome_trace_options){ 0 });
    read_back();
    cr_expect(eq(u32, chrome_count(&file, 'M', "process_name"), 1));
    for (unsigned i = 1; i <= 3; i++) {
        {
            SLM_SCOPE("turn");
            read_back();
        }
        flush_and_read();
        cr_expect(eq(u32, chrome_count(&file, 'X', "turn"), i));
        cr_expect(eq(int, (int)slm_chrome_trace_flush(trace, 0), SLM_OK), "a flush of nothing");
    }
    {
        SLM_SCOPE("last");
    }
    layering_end(l);
    slm_chrome_trace_release(trace); /* the last reference: what is left is written */
    read_back();
    cr_expect(eq(u32, chrome_count(&file, 'X', "last"), 1));
    chrome_free(&file);
    (void)unlink(path);
}

Test(chrome_trace, a_scope_is_a_slice_with_its_fields)
{
    begin((slm_chrome_trace_options){ 0 });
    slmi_clock_fix(slm_now_ns());
    uint64_t began = slm_now_ns();
    {
        SLM_SCOPE_AS(s, "outer", ("yak", 7), ("name", "Ger\"ald\n"), ("late", SLM_EMPTY));
        slmi_clock_fix(began + 1500);
        {
            SLM_SCOPE("inner");
            slmi_clock_fix(began + 2001500);
        }
        SLM_SET(s, "late", 0.5);
        slmi_clock_fix(began + 3001500);
    }
    flush_and_read();
    const cJSON *outer = chrome_find(&file, 'X', "outer", 0), *inner = chrome_find(&file, 'X', "inner", 0);
    cr_assert(outer && inner);
    cr_expect(epsilon_eq(dbl, chrome_number(outer, "dur"), 3001.5, 1e-6));
    cr_expect(epsilon_eq(dbl, chrome_number(inner, "dur"), 2000, 1e-6));
    cr_expect(epsilon_eq(dbl, chrome_number(inner, "ts") - chrome_number(outer, "ts"), 1.5, 1e-6));
    cr_expect(eq(dbl, chrome_number(chrome_args(outer), "yak"), 7));
    cr_expect(eq(dbl, chrome_number(chrome_args(outer), "late"), 0.5));
    cr_expect(eq(str, (char *)chrome_arg(outer, "name"), (char *)"Ger\"ald\n"));
    cr_expect(eq(str, (char *)chrome_string(outer, "cat"), (char *)"test_chrome_trace"));
    cr_expect(eq(sz, strlen(chrome_arg(outer, "spanloom.trace_id")), 32));
    cr_expect(eq(str, (char *)chrome_arg(outer, "spanloom.trace_id"), (char *)chrome_arg(inner, "spanloom.trace_id")));
    cr_expect(eq(sz, strlen(chrome_arg(outer, "spanloom.span_id")), 16));
    cr_expect(eq(u32, chrome_count(&file, 'b', NULL), 0));
    slmi_clock_fix(0);
    end();
}

static void *poll_task(void *task)
{
    pthread_setname_np(pthread_self(), "poller");
    slm_subscriber_scope scope = slm_thread_subscriber_push(l.subscriber);
    {
        SLM_ENTER(*(slm_span *)task);
    }
    slm_thread_subscriber_pop(scope);
    return NULL;
}

Test(chrome_trace, a_span_that_moves_between_threads_is_asynchronous_too)
{
    begin((slm_chrome_trace_options){ 0 });
    slm_span task = SLM_SPAN("task", ("id", 3)), never = SLM_SPAN("never entered");
    {
        SLM_ENTER(task);
    }
    pthread_t thread;
    pthread_create(&thread, NULL, poll_task, &task);
    pthread_join(thread, NULL);
    slm_span_end(task);
    slm_span_end(never);
    flush_and_read();
    cr_expect(eq(u32, chrome_count(&file, 'X', "task"), 2));
    cr_expect(ne(dbl, chrome_number(chrome_find(&file, 'X', "task", 0), "tid"),
                 chrome_number(chrome_find(&file, 'X', "task", 1), "tid")));
    cr_assert(eq(u32, chrome_count(&file, 'b', "task"), 1));
    cr_expect(eq(dbl, chrome_number(chrome_args(chrome_find(&file, 'b', "task", 0)), "id"), 3));
    cr_expect(eq(u32, chrome_count(&file, 'b', "never entered"), 1));
    cr_expect(eq(u32, chrome_count(&file, 'e', NULL), 2));
    char name[SLMI_THREAD_NAME_MAX]; /* not every system has names */
    bool named = slmi_platform_thread_name(name) == 0;
    for (unsigned i = 0; i < chrome_count(&file, 'M', "thread_name"); i++)
        named = named || strcmp(chrome_arg(chrome_find(&file, 'M', "thread_name", i), "name"), "poller") == 0;
    cr_expect(named);
    end();
}

Test(chrome_trace, an_event_is_an_instant_with_its_fields)
{
    begin((slm_chrome_trace_options){ 0 });
    SLM_WARN(("error", slm_errno(ENOENT)), ("bytes", slm_bytes("\x01\xff", 2)), "yak %d is \x1b[31mred\xff", 3);
    SLM_INFO(("only", true));
    flush_and_read();
    const cJSON *event = chrome_find(&file, 'i', "yak 3 is \x1b[31mred\xef\xbf\xbd", 0);
    cr_assert(event != NULL);
    cr_expect(eq(str, (char *)chrome_arg(event, "error"), (char *)"ENOENT"));
    cr_expect(eq(str, (char *)chrome_arg(event, "spanloom.level"), (char *)"WARN"));
    cr_expect(eq(str, (char *)chrome_arg(event, "bytes"), (char *)"0x01ff"));
    cr_expect(chrome_find(&file, 'i', "test_chrome_trace", 0) != NULL);
    end();
}

Test(chrome_trace, fields_that_do_not_fit_leave_the_json_whole)
{
    enum { MANY = 1 << 20 };
    begin((slm_chrome_trace_options){ 0 });
    char *big = malloc(MANY);
    cr_assert(big != NULL);
    memset(big, '"', MANY);
    for (size_t len = 1; len <= MANY; len = len * 2 + 1) {
        SLM_INFO(("a", slm_strn(big, len < MANY ? len : MANY)), ("b", 1),
                 ("c", slm_bytes(big, len < MANY ? len : MANY)));
        SLM_SCOPE_AS(s, "big", ("a", slm_strn(big, len < MANY ? len : MANY)));
        SLM_SET(s, "b", slm_strn(big, len < MANY ? len : MANY));
    }
    for (size_t len = 8000; len < 8300; len++)
        SLM_INFO(("fits or not", slm_bytes(big, len / 2)), ("tail", 12345678));
    free(big);
    flush_and_read();
    cr_expect(eq(u64, slm_chrome_trace_lost(trace), 0));
    end();
}

Test(chrome_trace, what_passes_the_files_bound_is_counted_and_the_file_stays_whole)
{
    enum { EVENTS = 4000 };
    begin((slm_chrome_trace_options){ .max_bytes = 200000, .buffer_bytes = 1 << 16 });
    for (int i = 0; i < EVENTS; i++)
        SLM_INFO("event %d", i);
    cr_expect(eq(int, (int)slm_chrome_trace_flush(trace, 10000), SLM_ERR_SYSTEM));
    read_back();
    cr_expect(le(i64, (int64_t)size_of(path), 200000));
    cr_expect(eq(u64, chrome_count(&file, 'i', NULL) + slm_chrome_trace_lost(trace), EVENTS));
    end();
}

Test(chrome_trace, a_full_disk_costs_events_that_are_counted_and_the_file_stays_whole)
{
    enum { EVENTS = 4000 };
    struct rlimit limit;
    cr_assert(eq(int, getrlimit(RLIMIT_FSIZE, &limit), 0));
    signal(SIGXFSZ, SIG_IGN);
    begin((slm_chrome_trace_options){ .buffer_bytes = 1 << 16 });
    limit.rlim_cur = 150000;
    cr_assert(eq(int, setrlimit(RLIMIT_FSIZE, &limit), 0));
    for (int i = 0; i < EVENTS; i++)
        SLM_INFO("event %d", i);
    cr_expect(eq(int, (int)slm_chrome_trace_flush(trace, 10000), SLM_ERR_SYSTEM));
    read_back();
    cr_expect(gt(u64, slm_chrome_trace_lost(trace), 0));
    cr_expect(eq(u64, chrome_count(&file, 'i', NULL) + slm_chrome_trace_lost(trace), EVENTS));
    limit.rlim_cur = limit.rlim_max;
    cr_assert(eq(int, setrlimit(RLIMIT_FSIZE, &limit), 0));
    SLM_INFO("room again");
    flush_and_read();
    cr_expect(chrome_find(&file, 'i', "room again", 0) != NULL);
    end();
}

Test(chrome_trace, with_write_on_flush_a_thread_that_traces_never_writes)
{
    enum { EVENTS = 4000 };
    begin((slm_chrome_trace_options){ .buffer_bytes = 1 << 16, .write_on_flush = true });
    off_t before = size_of(path);
    for (int i = 0; i < EVENTS; i++)
        SLM_INFO("event %d", i);
    cr_expect(eq(i64, (int64_t)size_of(path), (int64_t)before));
    flush_and_read();
    unsigned written = chrome_count(&file, 'i', NULL);
    cr_expect(gt(u32, written, 500));
    cr_expect(eq(u64, written + slm_chrome_trace_lost(trace), EVENTS));
    SLM_INFO("after");
    flush_and_read();
    cr_expect(chrome_find(&file, 'i', "after", 0) != NULL);
    end();
}

static int child_writes(void *user)
{
    (void)user;
    {
        SLM_SCOPE("in the child");
    }
    char own[128];
    snprintf(own, sizeof own, "%s.%ld", path, (long)getpid());
    bool fine = slm_chrome_trace_flush(trace, 10000) == SLM_OK && chrome_read(&file, own) &&
                chrome_count(&file, 'X', NULL) == 1 && chrome_find(&file, 'X', "in the child", 0) &&
                chrome_number(chrome_find(&file, 'X', NULL, 0), "pid") == (double)getpid();
    (void)unlink(own);
    return fine ? 0 : 1;
}

Test(chrome_trace, a_forked_child_writes_a_file_of_its_own)
{
    begin((slm_chrome_trace_options){ 0 });
    {
        SLM_SCOPE("open at the fork");
        SLM_INFO("before");
        cr_expect(eq(int, layering_fork(child_writes, NULL), 0));
    }
    flush_and_read();
    cr_expect(eq(u32, chrome_count(&file, 'X', NULL), 1));
    cr_expect(eq(u32, chrome_count(&file, 'i', "before"), 1));
    end();
}

Test(chrome_trace, options_that_cannot_be_are_refused)
{
    static char long_path[SLM_CHROME_TRACE_PATH_MAX + 2];
    memset(long_path, 'p', sizeof long_path - 1);
    const struct {
        slm_chrome_trace_options options;
        slm_status status;
    } cases[] = {
        { { .size = 4, .path = "x" }, SLM_ERR_INVALID_ARGUMENT },
        { { .size = sizeof cases->options }, SLM_ERR_INVALID_ARGUMENT },
        { { .size = sizeof cases->options, .path = "" }, SLM_ERR_INVALID_ARGUMENT },
        { { .size = sizeof cases->options, .path = long_path }, SLM_ERR_INVALID_ARGUMENT },
        { { .size = sizeof cases->options, .path = "x", .buffer_bytes = 100 }, SLM_ERR_INVALID_ARGUMENT },
        { { .size = sizeof cases->options, .path = "x", .depth = 1 << 20 }, SLM_ERR_INVALID_ARGUMENT },
        { { .size = sizeof cases->options, .path = "x", .threads = 1 << 20 }, SLM_ERR_INVALID_ARGUMENT },
        { { .size = sizeof cases->options, .path = "no/such/folder/x" }, SLM_ERR_SYSTEM },
        { { .size = sizeof cases->options, .path = "/dev/full" }, SLM_ERR_SYSTEM },
    };
    slm_layer layer;
    slm_chrome_trace *none = NULL;
    cr_expect(eq(int, (int)slm_chrome_trace_new(NULL, NULL, &layer, &none), SLM_ERR_INVALID_ARGUMENT));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_expect(eq(int, (int)slm_chrome_trace_new(&cases[i].options, NULL, &layer, &none), (int)cases[i].status),
                  "case %zu", i);
    cr_expect(zero(ptr, none));
    slm_chrome_trace_release(NULL);
}
