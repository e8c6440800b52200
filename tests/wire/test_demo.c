/* SPDX-License-Identifier: MIT */
/* The demo's own processes, and what a receiver got from them. usage: test_demo DEMO SPANLOOM DIRECTORY */
#include "tests/wire/check.h"
#include "tests/wire/spans.h"
#include "tests/wire/viewer.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *demo, *spanloom, *directory;

enum { YAKS = 3, ALL_SPANS = 13 };

/* What must be under each yak, and under no other. The second runs away. */
static const struct {
    const char *yak, *foam, *wool;
} herd[YAKS] = { { "1", "2", "0.5" }, { "2", "5", NULL }, { "3", "12", "9.5" } };

/* Waits for whatever is left of the processes that a test started: this one inherits those whose parent has ended. */
static void nobody_is_left(void)
{
    alarm(VIEWER_PATIENCE_MS / 1000);
    while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
        continue;
    CHECK_EQUAL(errno, ECHILD);
    alarm(0);
}

static void check_inside(const struct span *inner, const struct span *outer)
{
    CHECK(inner->start_ns >= outer->start_ns);
    CHECK(inner->end_ns <= outer->end_ns);
}

static void check_spans_in_general(const struct spans *got, const char *via)
{
    CHECK_EQUAL(got->count, ALL_SPANS);
    CHECK_EQUAL(spans_children(got, NULL), 1);
    for (size_t i = 0; i < got->count; i++) {
        const struct span *s = &got->at[i];
        CHECK_CONTAINS(s->via, via);
        CHECK(strcmp(s->trace_id, got->at[0].trace_id) == 0);
        CHECK(s->start_ns <= s->end_ns);
        const struct span *parent = spans_by_id(got, s->parent_id);
        CHECK(parent || *s->parent_id == '\0');
        if (parent)
            check_inside(s, parent);
        for (size_t e = 0; e < span_events(s); e++) {
            CHECK(span_event_ns(s, e) >= s->start_ns);
            CHECK(span_event_ns(s, e) <= s->end_ns);
        }
    }
}

/* Front, client, back: each the only child of the one before. Yields the back's span. */
static const struct span *check_border(const struct spans *got)
{
    static const struct {
        const char *name, *kind, *service;
    } expected[] = { { "GET /shave", "server", "front" },
                     { "POST", "client", "front" },
                     { "POST /yaks", "server", "yak-shaving" } };
    const struct span *last = NULL;
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        const struct span *s = spans_child(got, last, expected[i].name, 0);
        CHECK(s != NULL);
        if (!s)
            return NULL;
        CHECK_EQUAL(spans_children(got, last), 1);
        CHECK_CONTAINS(s->kind, expected[i].kind);
        CHECK_CONTAINS(s->service, expected[i].service);
        CHECK_EQUAL(s->status, 0);
        CHECK_CONTAINS(span_attribute(s, "http.request.method"), i == 0 ? "GET" : "POST");
        CHECK_CONTAINS(span_attribute(s, "http.response.status_code"), "200");
        last = s;
    }
    return last;
}

static void check_yak(const struct spans *got, const struct span *yak, size_t n)
{
    bool shy = herd[n].wool == NULL;
    CHECK_CONTAINS(span_attribute(yak, "yak"), herd[n].yak);
    CHECK_EQUAL(spans_children(got, yak), shy ? 1 : 2);
    CHECK_EQUAL(span_events(yak), 2);
    CHECK_CONTAINS(span_event_name(yak, 0), "caught");
    CHECK_CONTAINS(span_event_name(yak, 1), shy ? "nothing left but hoof prints" : "yak shaved successfully");

    const struct span *lather = spans_child(got, yak, "lather", 0), *cut = spans_child(got, yak, "cut", 0);
    CHECK(lather && strcmp(span_attribute(lather, "foam_l"), herd[n].foam) == 0);
    CHECK(shy ? !cut : cut && strcmp(span_attribute(cut, "wool_kg"), herd[n].wool) == 0);
    CHECK(!cut || (lather && cut->start_ns >= lather->end_ns));

    CHECK_EQUAL(yak->status, shy ? 2 : 0);
    CHECK(strcmp(yak->message, shy ? "yak 2 ran away" : "") == 0);
    CHECK(strcmp(span_attribute(yak, "error.type"), shy ? "ENOENT" : "") == 0);
}

static void check_work(const struct spans *got, const struct span *back)
{
    uint64_t last_start = 0, first_end = UINT64_MAX;
    const struct span *slow = NULL;
    CHECK_EQUAL(spans_children(got, back), YAKS + 2);
    for (size_t seen = 0; seen < YAKS; seen++) {
        const struct span *yak = spans_child(got, back, "shave", seen);
        CHECK(yak != NULL);
        if (!yak)
            return;
        size_t n = (size_t)strtoul(span_attribute(yak, "yak"), NULL, 10) - 1;
        CHECK(n < YAKS);
        if (n < YAKS)
            check_yak(got, yak, n);
        if (n == YAKS - 1)
            slow = yak;
        last_start = yak->start_ns > last_start ? yak->start_ns : last_start;
        first_end = yak->end_ns < first_end ? yak->end_ns : first_end;
    }
    /* All were under way before any was done. */
    CHECK(last_start < first_end);
    /* Its timers alone, which never fire early. */
    CHECK(slow && slow->end_ns - slow->start_ns > 290 * 1000000ull);

    const struct span *razor = spans_child(got, back, "sharpen", 0), *shears = spans_child(got, back, "sharpen", 1);
    CHECK(razor && shears && strcmp(span_attribute(razor, "tool"), span_attribute(shears, "tool")) != 0);
    CHECK(razor && shears && span_events(razor) == 1 && span_events(shears) == 1);
}

static void a_receiver_gets_one_right_trace(const char *via)
{
    static struct spans got;
    char path[512], dump[544], url[128];
    snprintf(path, sizeof path, "%s/demo_%s.jsonl", directory, via);
    snprintf(dump, sizeof dump, "--dump=%s", path);
    (void)unlink(path);
    viewer view = viewer_start(
        spanloom, (const char *[]){ "view", "--otlp-port=0", "--zipkin-port=0", "--settle=0", dump, NULL });
    CHECK(viewer_listens(&view));
    bool zipkin = strcmp(via, "zipkin") == 0;
    snprintf(url, sizeof url, "http://127.0.0.1:%u%s", zipkin ? view.zipkin_port : view.otlp_port,
             zipkin ? "/api/v2/spans" : "");

    viewer run = viewer_start(demo, (const char *[]){ "--to", url, NULL });
    CHECK_EQUAL(viewer_ends(&run), 0);
    CHECK_CONTAINS(run.printed[0], "shaved 2 of 3 yaks (trace ");
    CHECK_CONTAINS(run.printed[0], "\ndelivered to http://127.0.0.1:");
    CHECK(strcmp(run.printed[1], "") == 0);

    /* The services end only when what they sent was answered, and the viewer answers when it has written. */
    CHECK(spans_read(&got, path));
    check_spans_in_general(&got, via);
    const struct span *back = check_border(&got);
    if (back)
        check_work(&got, back);
    if (got.count > 0)
        CHECK_CONTAINS(run.printed[0], got.at[0].trace_id);
    spans_free(&got);
    viewer_free(&run);
    CHECK_EQUAL(viewer_stop(&view, SIGTERM), 0);
    nobody_is_left();
}

static void one_run_prints_the_tree_and_ends(void)
{
    viewer run = viewer_start(demo, (const char *[]){ NULL });
    CHECK_EQUAL(viewer_ends(&run), 0);
    CHECK_CONTAINS(run.printed[0], " · 2 services · 13 spans · ");
    CHECK_CONTAINS(run.printed[0], " · 1 error\n└─ GET /shave ");
    CHECK_CONTAINS(run.printed[0], "   └─ POST  ");
    CHECK_CONTAINS(run.printed[0], "      └─ POST /yaks  ");
    CHECK_CONTAINS(run.printed[0], "         ├─ shave{yak=2 coat=woolly error.type=ENOENT}  yak-shaving ");
    CHECK_CONTAINS(run.printed[0], "ERROR yak 2 ran away\n");
    CHECK_CONTAINS(run.printed[0], " WARN nothing left but hoof prints\n");
    CHECK_CONTAINS(run.printed[0], "  └─ cut{wool_kg=9.5} ");
    CHECK(strchr(run.printed[0], '\x1b') == NULL);
    viewer_free(&run);
    nobody_is_left();
}

/* Two at a time: whichever comes second finds the ports taken, says by whom, and takes others. */
static void a_taken_port_is_told_by_number_and_owner(void)
{
    char owner[64];
    viewer first = viewer_start(spanloom, (const char *[]){ "view", NULL });
    bool ours = viewer_listens(&first);
    viewer run = viewer_start(demo, (const char *[]){ "--once", NULL });
    CHECK_EQUAL(viewer_ends(&run), 0);
    CHECK_CONTAINS(run.printed[1], "port 4318, for OTLP, is taken by ");
    if (ours) {
        snprintf(owner, sizeof owner, "port 9411, for Zipkin, is taken by spanloom (pid %d)", (int)first.pid);
        CHECK_CONTAINS(run.printed[1], owner);
    }
    CHECK_CONTAINS(run.printed[1], "--to URL");
    CHECK_CONTAINS(run.printed[0], " · 13 spans · ");
    viewer_free(&run);
    (void)viewer_stop(&first, SIGTERM);
    nobody_is_left();
}

static void spans_that_nobody_takes_are_a_failure(void)
{
    viewer run = viewer_start(demo, (const char *[]){ "--to", "http://127.0.0.1:1", NULL });
    CHECK_EQUAL(viewer_ends(&run), 1);
    CHECK_CONTAINS(run.printed[0], "shaved 2 of 3 yaks");
    CHECK(strstr(run.printed[0], "delivered to") == NULL);
    CHECK_CONTAINS(run.printed[1], "cannot deliver to http://127.0.0.1:1/v1/traces: connection refused");
    CHECK_CONTAINS(run.printed[1], "11 of 11 spans not delivered");
    CHECK_CONTAINS(run.printed[1], "2 of 2 spans not delivered");
    viewer_free(&run);
    nobody_is_left();
}

static void wrong_arguments_are_refused(void)
{
    static const char *const wrong[][3] = { { "--from", NULL }, { "--to", NULL }, { "--once", "now", NULL } };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        viewer run = viewer_start(demo, wrong[i]);
        CHECK_EQUAL(viewer_ends(&run), 2);
        CHECK_CONTAINS(run.printed[1], "usage: demo ");
        viewer_free(&run);
    }
    nobody_is_left();
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    demo = argv[1];
    spanloom = argv[2];
    directory = argv[3];
    CHECK_EQUAL(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);

    a_receiver_gets_one_right_trace("otlp");
    a_receiver_gets_one_right_trace("zipkin");
    one_run_prints_the_tree_and_ends();
    a_taken_port_is_told_by_number_and_owner();
    spans_that_nobody_takes_are_a_failure();
    wrong_arguments_are_refused();
    return check_result();
}
