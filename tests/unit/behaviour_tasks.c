/* SPDX-License-Identifier: MIT */
/* Span traces, lines, tasks that come back, functions and their errors: behaviours 77 to 83. */
#define SLM_TARGET "tasks"
#include <spanloom/dynamic.h>
#include <spanloom/log.h>
#include <spanloom/read.h>
#include <spanloom/test.h>
#include <spanloom/trace.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/raw.h"

static slm_mock *m;

static void begin(void)
{
    m = slm_mock_begin(NULL);
}

static void end(void)
{
    slm_mock_end(m);
}

TestSuite(tasks, .init = begin, .fini = end);

#define CALLS(want) cr_expect(eq(str, (char *)slm_mock_calls(m), (char *)(want)))

/* -- 77 -------------------------------------------------------------------------------------------------------------
 */

static size_t fail_inside(char *trace, size_t room)
{
    SLM_SCOPE("outer", ("n", 1));
    SLM_SCOPE("inner", ("text", "a b"));
    return slm_span_trace(trace, room);
}

Test(tasks, a_span_trace_is_empty_or_outlives_its_spans) /* 77 */
{
    char trace[512] = "x";
    cr_expect(eq(sz, slm_span_trace(trace, sizeof trace), 0));
    cr_expect(eq(str, trace, (char *)""));
    size_t len = fail_inside(trace, sizeof trace);
    cr_expect(eq(sz, len, strlen(trace)));
    cr_expect(strncmp(trace, "  0: inner{text=\"a b\"} at ", 26) == 0 || strncmp(trace, "  0: inner{text=", 16) == 0,
              "%s", trace);
    cr_expect(strstr(trace, "\n  1: outer{n=1} at ") != NULL, "%s", trace);
    for (size_t room = 0; room < len; room++) {
        char cut[512];
        memset(cut, 'x', sizeof cut);
        size_t cut_len = fail_inside(cut, room);
        cr_expect(cut_len < room || cut_len == 0);
        cr_expect(cut[room] == 'x' && (room == 0 || cut[cut_len] == '\0'));
    }
}

Test(tasks, a_span_trace_is_of_what_the_subscriber_keeps) /* 77 */
{
    static const slm_layer_ops ops = { .size = sizeof ops };
    slm_layer layer = { .size = sizeof layer, .ops = &ops };
    slm_subscriber *subscriber;
    char trace[512];
    cr_assert(eq(int, slm_subscriber_of_layers(&layer, 1, &subscriber), SLM_OK));
    slm_subscriber_scope scope = slm_thread_subscriber_push(subscriber);
    (void)fail_inside(trace, sizeof trace);
    cr_expect(strstr(trace, "inner") != NULL && strstr(trace, "outer") == NULL, "ancestors only with SLM_LAYER_SCOPES");
    slm_thread_subscriber_pop(scope);
    scope = slm_thread_subscriber_push(NULL);
    cr_expect(eq(sz, fail_inside(trace, sizeof trace), 0));
    slm_thread_subscriber_pop(scope);
    slm_subscriber_release(subscriber);
}

/* -- 78 -------------------------------------------------------------------------------------------------------------
 */

static void log_from(const char *target, const char *text)
{
    slm_callsite callsite = { .size = sizeof callsite,
                              .level = SLM_LEVEL_INFO,
                              .name = slm_string_from_c(text),
                              .target = slm_string_from_c(target) };
    slm_event(&callsite, (slm_string){ NULL, 0 }, NULL, 0, NULL);
}

Test(lines, a_target_is_switched_off_by_name) /* 78 */
{
    FILE *file = tmpfile();
    char lines[1024] = "";
    cr_assert(file != NULL);
    slm_log_config config = { .size = sizeof config, .fd = fileno(file), .directives = "info,!noise" };
    cr_assert(eq(int, slm_init_log(&config), SLM_OK));
    log_from("noise", "not this");
    log_from("noise.deep", "nor this");
    log_from("signal", "but this");
    (void)slm_log_shutdown(0);
    rewind(file);
    size_t len = fread(lines, 1, sizeof lines - 1, file);
    lines[len] = '\0';
    (void)fclose(file);
    cr_expect(strstr(lines, "signal: but this\n") != NULL, "%s", lines);
    cr_expect(strstr(lines, "this") == strstr(lines, "this\n"), "one line alone: %s", lines);
}

/* -- tasks that are polled ------------------------------------------------------------------------------------------
 */

struct task {
    slm_span span;
    int left;
};

static bool poll(struct task *task)
{
    SLM_ENTER(task->span);
    SLM_INFO("polled");
    return --task->left == 0;
}

Test(tasks, a_task_is_entered_at_each_poll) /* 79 */
{
    struct task task = { SLM_SPAN("task"), 2 };
    while (!poll(&task)) {
    }
    slm_span_end(task.span);
    CALLS("new task\nenter task\nevent polled\nexit task\nenter task\nevent polled\nexit task\nend task\n");
}

Test(tasks, tasks_that_poll_others_nest_and_others_do_not_leak_in) /* 79 */
{
    struct task a = { SLM_SPAN("a"), 2 }, b = { SLM_SPAN("b"), 2 };
    for (int i = 0; i < 2; i++) {
        (void)poll(&a);
        (void)poll(&b);
        {
            SLM_ENTER(a.span);
            SLM_SCOPE("inside a");
            SLM_INFO("deep");
        }
        SLM_INFO("outside");
    }
    slm_span_end(a.span);
    slm_span_end(b.span);
    cr_expect(slm_expect_only_tree(m, "a > ('polled', inside a > 'deep', 'polled', inside a > 'deep'), "
                                      "b > ('polled', 'polled'), 'outside', 'outside'"));
}

static void clean_up(const int *object)
{
    SLM_INFO("cleaned up %d", *object);
}

static void use_an_object(slm_span span)
{
    SLM_ENTER(span);
    const int object __attribute__((cleanup(clean_up))) = 7;
    SLM_INFO("used %d", object);
}

Test(tasks, what_a_task_holds_is_cleaned_up_inside_its_span) /* 80 */
{
    slm_span s = SLM_SPAN("task");
    use_an_object(s);
    slm_span_end(s);
    cr_expect(slm_expect_only_tree(m, "task > ('used 7', 'cleaned up 7')"));
}

static void *run_job(void *context)
{
    slm_token t = slm_context_attach(context);
    slm_span_end(SLM_SPAN("job"));
    SLM_INFO("done");
    slm_context_detach(t);
    SLM_INFO("after the job");
    return NULL;
}

Test(jobs, a_span_follows_a_job_to_another_thread) /* 81 */
{
    slm_mock_options options = { .size = sizeof options, .process_wide = true };
    slm_mock *all = slm_mock_begin(&options);
    for (int ended_first = 0; ended_first < 2; ended_first++) {
        slm_mock_clear(all);
        slm_span request = SLM_SPAN("request");
        slm_token t = slm_enter(request);
        slm_context context = slm_context_capture();
        slm_exit(t);
        if (ended_first)
            slm_span_end(request);
        pthread_t worker;
        cr_assert(eq(int, pthread_create(&worker, NULL, run_job, &context), 0));
        pthread_join(worker, NULL);
        slm_context_release(&context);
        if (!ended_first)
            slm_span_end(request);
        cr_expect(slm_expect_only_tree(all, ended_first ? "request > job, 'done', 'after the job'"
                                                        : "request > (job, 'done'), 'after the job'"));
    }
    slm_mock_end(all);
}

/* -- functions ------------------------------------------------------------------------------------------------------
 */

static int function(int err, bool early)
{
    SLM_FUNCTION(("err", err));
    if (early)
        return 0;
    SLM_INFO("to the end");
    return SLM_FAIL(err);
}

Test(tasks, an_error_that_is_returned_is_the_spans) /* 82 */
{
    cr_expect(eq(int, function(ENOENT, false), ENOENT));
    cr_expect(eq(int, function(0, false), 0));
    cr_expect(eq(int, function(0, true), 0));
    cr_expect(slm_expect_only_tree(m, "function{err=2, error.type='ENOENT'}[ERROR] > 'to the end', "
                                      "function{err=0}[UNSET] > 'to the end', function{err=0}[UNSET]"));
}

Test(tasks, an_error_is_told_as_the_field_that_it_is) /* 82 */
{
    slm_span s = SLM_SPAN("s");
    slm_span_fail(s, ENOENT, "no %s", "yak");
    slm_span_fail(s, 0, "no failure");
    slm_span_end(s);
    CALLS("new s\nrecord s error.type=ENOENT\nend s\n");
    raw *told = raw_new();
    slm_subscriber_scope scope = slm_thread_subscriber_push(told->subscriber);
    s = SLM_SPAN("s");
    slm_span_fail(s, ENOENT, NULL);
    slm_span_end(s);
    slm_thread_subscriber_pop(scope);
    cr_expect(eq(str, told->calls, (char *)"new 1, record 1, end 1"));
    cr_expect(raw_done(told));
}

static void overridden(int shown, int skipped, slm_parent parent)
{
    (void)skipped;
    SLM_SCOPE_WITH((.parent = parent, .kind = SLM_KIND_CONSUMER), "another name", ("shown", shown));
    SLM_FUNCTION_AT(SLM_LEVEL_DEBUG);
}

Test(tasks, a_function_names_its_span_level_parent_and_fields) /* 83 */
{
    slm_span parent = SLM_SPAN("parent"), followed = SLM_SPAN("followed");
    overridden(1, 2, slm_under(parent));
    slm_callsite callsite = { .size = sizeof callsite,
                              .level = SLM_LEVEL_WARN,
                              .name = slm_string_from_c("elsewhere"),
                              .target = slm_string_from_c("another target") };
    const slm_link links[] = { { .span = followed } };
    slm_span_options options = { .size = sizeof options, .links = links, .link_count = 1 };
    slm_span_end(slm_span_start(&callsite, NULL, 0, &options));
    slm_span_end(followed);
    slm_span_end(parent);
    cr_expect(slm_expect_only_tree(m,
                                   "parent > another name{shown=1}[CONSUMER,explicit,target=tasks] > "
                                   "overridden[level=DEBUG], followed, elsewhere[level=WARN,target=another target]"));
}
