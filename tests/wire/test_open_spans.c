/* SPDX-License-Identifier: MIT */
/* What is open goes to a receiver that announced that it takes it, and to no other. Through the shared libraries; with
 * the argument `host` the test drives. */
#include <spanloom/drive.h>
#include <spanloom/sdk.h>
#include <spanloom/task.h>

#include "tests/wire/check.h"
#include "tests/wire/path_server.h"

#include <cjson/cJSON.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { AMPLE_MS = 30000, MANY = 1500, MANY_SENT = 1000 };

static bool by_host;

static const path_answer plain = { 200, "" }, silent = { 0, "" }, missing = { 404, "" };
static const path_answer announces = { 200, "Spanloom-Open-Spans: /open-spans\r\n" };

static void start(path_server *s, const slm_config *base)
{
    char endpoint[80];
    const slm_field instance = { slm_string_from_c("service.instance.id"), slm_value_string("shed 7", 6) };
    slm_config config = *base;
    snprintf(endpoint, sizeof endpoint, "http://127.0.0.1:%u/v1/traces", (unsigned)path_server_port(s));
    config.endpoint = endpoint;
    config.service_name = "shed";
    config.resource = &instance;
    config.resource_count = 1;
    config.max_records = 8192;
    config.drive = by_host ? SLM_DRIVE_HOST : SLM_DRIVE_THREAD;
    CHECK_EQUAL(slm_init(&config), SLM_OK);
}

static const slm_config defaults = SLM_CONFIG_INIT;

/* Lets the exporters get on. */
static void pass_time(void)
{
    struct pollfd entry = { .fd = by_host ? slm_drive_fd() : -1, .events = POLLIN };
    int wait_ms = by_host ? slm_drive_timeout_ms() : 1;
    poll(&entry, 1, wait_ms < 0 || wait_ms > 10 ? 10 : wait_ms);
    if (by_host)
        slm_drive_step();
}

static void await(path_server *s, unsigned count)
{
    while (path_server_requests(s, PATH_OTHER) < count)
        pass_time();
}

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* For longer than there is between two: what is claimed of it is never wrongly refused, however slow all is. */
static void pass_a_turn(void)
{
    for (uint64_t until = now_ms() + 1300; now_ms() < until;)
        pass_time();
}

/* A span that ends, and is delivered. */
static void deliver_one(void)
{
    slm_span span = SLM_SPAN("ended");
    slm_span_end(span);
    CHECK_EQUAL(slm_flush(AMPLE_MS), SLM_OK);
}

/* The body of the last one. */
static cJSON *body_of_last(path_server *s)
{
    char *request = path_server_body(s);
    const char *body = strstr(request, "\r\n\r\n");
    cJSON *json = body ? cJSON_Parse(body + 4) : NULL;
    CHECK(json != NULL);
    CHECK_CONTAINS(request, "POST /open-spans HTTP/1.1\r\n");
    CHECK_CONTAINS(request, "Content-Type: application/json\r\n");
    free(request);
    return json;
}

static const char *text_of(const cJSON *object, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    return text ? text : "";
}

static bool says(const cJSON *object, const char *key, const char *text)
{
    return strcmp(text_of(object, key), text) == 0;
}

static const cJSON *member(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

static void nothing_goes_to_a_receiver_that_announced_nothing(void)
{
    path_server *s = path_server_start(plain, plain);
    start(s, &defaults);
    slm_span open = SLM_SPAN("open");
    for (unsigned i = 0; i < 3; i++)
        deliver_one();
    pass_a_turn();
    slm_span_end(open);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(path_server_requests(s, PATH_OTHER), 0);
    path_server_stop(s);
}

static void what_is_switched_off_goes_nowhere(void)
{
    slm_config off = SLM_CONFIG_INIT;
    off.open_spans = SLM_SWITCH_OFF;
    for (unsigned i = 0; i < 2; i++) {
        path_server *s = path_server_start(announces, plain);
        if (i == 1)
            setenv("SPANLOOM_OPEN_SPANS", "off", 1);
        start(s, i == 0 ? &off : &defaults);
        unsetenv("SPANLOOM_OPEN_SPANS");
        slm_span open = SLM_SPAN("open");
        for (unsigned at = 0; at < 3; at++)
            deliver_one();
        slm_span_end(open);
        CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
        CHECK_EQUAL(path_server_requests(s, PATH_OTHER), 0);
        path_server_stop(s);
    }
}

static void check_spans(const cJSON *json)
{
    const cJSON *spans = member(json, "spans");
    const cJSON *outer = cJSON_GetArrayItem(spans, 0), *inner = cJSON_GetArrayItem(spans, 1);
    CHECK_EQUAL(cJSON_GetArraySize(spans), 5); /* two, and those of three tasks */
    CHECK(says(outer, "name", "outer") && says(inner, "name", "inner"));
    CHECK(strlen(text_of(outer, "trace_id")) == 32 && strlen(text_of(outer, "span_id")) == 16);
    CHECK(!member(outer, "parent_span_id"));
    CHECK(says(inner, "parent_span_id", text_of(outer, "span_id")));
    CHECK(says(inner, "trace_id", text_of(outer, "trace_id")));
    CHECK(strtoull(text_of(outer, "start_unix_nano"), NULL, 10) > 1600000000000000000u);
    CHECK(strcmp(text_of(outer, "start_unix_nano"), text_of(inner, "start_unix_nano")) <= 0);
    const cJSON *yak = cJSON_GetArrayItem(member(inner, "attributes"), 0);
    CHECK(says(yak, "key", "yak \"3\"") && says(member(yak, "value"), "stringValue", "woolly\n"));
    CHECK(says(member(cJSON_GetArrayItem(member(inner, "attributes"), 1), "value"), "intValue", "-42"));
}

static void check_tasks(const cJSON *json)
{
    const cJSON *tasks = member(json, "tasks"), *totals = member(json, "totals");
    const cJSON *first = cJSON_GetArrayItem(tasks, 0), *second = cJSON_GetArrayItem(tasks, 1);
    const cJSON *last = cJSON_GetArrayItem(tasks, 2);
    CHECK_EQUAL(cJSON_GetArraySize(tasks), 3);
    CHECK(says(first, "name", "task 1") && says(first, "state", "waiting") && says(first, "polls", "0"));
    CHECK(says(second, "name", "task 2") && says(second, "state", "waiting") && says(second, "polls", "1"));
    CHECK(says(last, "name", "task 3") && says(last, "state", "running") && says(last, "polls", "1"));
    CHECK(strtoull(text_of(first, "state_ns"), NULL, 10) >= strtoull(text_of(second, "state_ns"), NULL, 10));
    CHECK(says(first, "busy_ns", "0") && says(first, "idle_ns", text_of(first, "state_ns")));
    CHECK_EQUAL(member(totals, "waiting")->valueint, 2);
    CHECK_EQUAL(member(totals, "running")->valueint, 1);
    CHECK(says(totals, "untracked", "0") && strtoull(text_of(totals, "finished"), NULL, 10) == 0);
}

static void two_spans_and_three_tasks_are_told_of(void)
{
    path_server *s = path_server_start(announces, plain);
    start(s, &defaults);
    slm_span outer = SLM_SPAN("outer");
    slm_span inner = SLM_SPAN_WITH((.parent = slm_under(outer)), "inner", ("yak \"3\"", "woolly\n"), ("count", -42));
    slm_task one = SLM_TASK("task 1"), two = SLM_TASK("task 2"), three = SLM_TASK("task 3");
    slm_task_yield(slm_task_run(two));
    slm_run run = slm_task_run(three);
    CHECK_EQUAL(path_server_requests(s, PATH_OTHER), 0);
    deliver_one();
    await(s, 2);
    CHECK(path_server_least_gap_ns(s) >= 999000000u);

    cJSON *json = body_of_last(s);
    CHECK(says(member(json, "resource"), "service_name", "shed"));
    CHECK(says(member(json, "resource"), "service_instance", "shed 7"));
    CHECK_EQUAL(member(member(json, "resource"), "pid")->valueint, getpid());
    CHECK(strtoull(text_of(json, "time_unix_nano"), NULL, 10) > 1600000000000000000u);
    check_spans(json);
    check_tasks(json);
    CHECK_EQUAL(member(json, "truncated")->valueint, 0);
    CHECK_EQUAL(member(json, "tasks_truncated")->valueint, 0);
    cJSON_Delete(json);

    slm_task_yield(run);
    slm_task_end(one);
    slm_task_end(two);
    slm_task_end(three);
    slm_span_end(inner);
    slm_span_end(outer);
    deliver_one();
    unsigned before = path_server_requests(s, PATH_OTHER); /* one may be on its way */
    pass_a_turn();
    CHECK(path_server_requests(s, PATH_OTHER) <= before + 1);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    path_server_stop(s);
}

static void of_many_the_longest_open_are_told(void)
{
    static slm_span spans[MANY];
    path_server *s = path_server_start(announces, plain);
    start(s, &defaults);
    char wool[512];
    memset(wool, '"', sizeof wool);
    for (unsigned i = 0; i < MANY; i++)
        spans[i] = SLM_SPAN("one of many", ("number", i), ("wool", slm_strn(wool, i < 10 ? sizeof wool : 3)));
    slm_span unseen = SLM_SPAN_AT(SLM_LEVEL_DEBUG, "the pipeline leaves it out");
    deliver_one();
    await(s, 1);
    cJSON *json = body_of_last(s);
    const cJSON *list = member(json, "spans"), *item;
    CHECK_EQUAL(cJSON_GetArraySize(list), MANY_SENT);
    CHECK_EQUAL(member(json, "truncated")->valueint, MANY - MANY_SENT);
    char last[24] = "";
    cJSON_ArrayForEach(item, list)
    {
        const char *start_ns = text_of(item, "start_unix_nano");
        CHECK(strcmp(last, start_ns) <= 0 && says(item, "name", "one of many"));
        snprintf(last, sizeof last, "%s", start_ns);
    }
    cJSON_Delete(json);
    slm_span_end(unseen);
    for (unsigned i = 0; i < MANY; i++)
        slm_span_end(spans[i]);
    slm_status status = slm_shutdown(AMPLE_MS);
    CHECK_EQUAL(status, SLM_OK);
    path_server_stop(s);
}

static void a_bad_path_is_not_asked_for(void)
{
    static const char *const bad[] = {
        "Spanloom-Open-Spans:\r\n",
        "Spanloom-Open-Spans: open\r\n",
        "Spanloom-Open-Spans: http://127.0.0.1/open\r\n",
        "Spanloom-Open-Spans: //127.0.0.1/open\r\n",
        "Spanloom-Open-Spans: /../open\r\n",
        "Spanloom-Open-Spans: /open?x\r\n",
        "Spanloom-Open-Spans: /one\r\nSpanloom-Open-Spans: /two\r\n",
    };
    path_server *s = path_server_start(plain, plain);
    start(s, &defaults);
    uint64_t before = slm_diagnostic_count(SLM_DIAG_MALFORMED_HEADER);
    slm_span open = SLM_SPAN("open");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        path_server_change(s, PATH_TRACES, (path_answer){ 200, bad[i] });
        deliver_one();
    }
    slm_span_end(open);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    CHECK_EQUAL(slm_diagnostic_count(SLM_DIAG_MALFORMED_HEADER), before + 1);
    CHECK_EQUAL(path_server_requests(s, PATH_OTHER), 0);
    path_server_stop(s);
}

static void a_receiver_that_hangs_delays_nothing(void)
{
    path_server *s = path_server_start(announces, silent);
    start(s, &defaults);
    slm_span open = SLM_SPAN("open");
    deliver_one();
    await(s, 1);
    uint64_t before = now_ms();
    for (unsigned i = 0; i < 20; i++)
        deliver_one();
    CHECK(now_ms() - before < 4000); /* that request's own end comes after 5 s */
    slm_span_end(open);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    CHECK(now_ms() - before < 4500);
    CHECK_EQUAL(path_server_requests(s, PATH_OTHER), 1);
    path_server_stop(s);
}

static void an_error_silences_until_it_is_announced_again(void)
{
    path_server *s = path_server_start(announces, missing);
    start(s, &defaults);
    slm_span open = SLM_SPAN("open");
    deliver_one();
    await(s, 1);
    pass_a_turn();
    CHECK_EQUAL(path_server_requests(s, PATH_OTHER), 1);
    path_server_change(s, PATH_OTHER, plain);
    deliver_one();
    await(s, 3);
    slm_span_end(open);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    path_server_stop(s);
}

static void three_answers_without_it_withdraw_it(void)
{
    path_server *s = path_server_start(announces, plain);
    start(s, &defaults);
    slm_span open = SLM_SPAN("open");
    deliver_one();
    path_server_change(s, PATH_TRACES, plain);
    deliver_one();
    deliver_one();
    await(s, 2); /* two are not enough */
    deliver_one();
    unsigned before = path_server_requests(s, PATH_OTHER);
    pass_a_turn();
    CHECK(path_server_requests(s, PATH_OTHER) <= before + 1); /* one may have been on its way */
    slm_span_end(open);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    path_server_stop(s);
}

static void await_text(path_server *s, const char *text)
{
    for (bool found = false; !found; pass_time()) {
        char *body = path_server_body(s);
        found = strstr(body, text) != NULL;
        free(body);
    }
}

static void a_forked_child_has_to_be_asked_itself(void)
{
    int ends[2], status = -1;
    path_server *s = path_server_start(announces, plain);
    start(s, &defaults);
    slm_span open = SLM_SPAN("the parent's");
    deliver_one();
    await_text(s, "the parent's");
    CHECK(pipe(ends) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        char byte;
        struct pollfd told = { .fd = ends[0], .events = POLLIN };
        slm_span own = SLM_SPAN("the child's");
        deliver_one();
        while (poll(&told, 1, 0) == 0)
            pass_time();
        CHECK(read(ends[0], &byte, 1) == 1);
        slm_span_end(own);
        CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
        _exit(check_result());
    }
    await_text(s, "the child's");
    await_text(s, "the parent's");
    CHECK(write(ends[1], "", 1) == 1);
    CHECK_EQUAL(waitpid(pid, &status, 0), pid);
    CHECK_EQUAL(status, 0);
    close(ends[0]);
    close(ends[1]);
    slm_span_end(open);
    CHECK_EQUAL(slm_shutdown(AMPLE_MS), SLM_OK);
    path_server_stop(s);
}

int main(int count, char **arguments)
{
    by_host = count > 1 && strcmp(arguments[1], "host") == 0;
    slm_set_diagnostic_handler(NULL, NULL);
    two_spans_and_three_tasks_are_told_of();
    nothing_goes_to_a_receiver_that_announced_nothing();
    what_is_switched_off_goes_nowhere();
    of_many_the_longest_open_are_told();
    a_bad_path_is_not_asked_for();
    a_receiver_that_hangs_delays_nothing();
    an_error_silences_until_it_is_announced_again();
    three_answers_without_it_withdraw_it();
    if (CHECK_FORKS)
        a_forked_child_has_to_be_asked_itself();
    return check_result();
}
