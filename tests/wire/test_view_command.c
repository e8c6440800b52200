/* SPDX-License-Identifier: MIT */
/* The command itself: its ports, its answers to good and bad requests, its signals, its exit status. Waits only for
 * what it prints. usage: test_view_command SPANLOOM */
#include "tests/wire/check.h"
#include "tests/wire/viewer.h"
#include <spanloom/version.h>

#include <cjson/cJSON.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define JSON "Content-Type: application/json\r\n"
#define OTLP_SPAN(trace, id, parent, name)                                                                             \
    "{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":{\"stringValue\":"         \
    "\"yaks\"}}]},\"scopeSpans\":[{\"spans\":[{\"traceId\":\"000000000000000000000000000000" trace                     \
    "\",\"spanId\":\"00000000000000" id "\",\"parentSpanId\":\"" parent "\",\"name\":\"" name                          \
    "\",\"startTimeUnixNano\":\"1700000000000000000\",\"endTimeUnixNano\":\"1700000000001000000\"}]}]}]}"

static const char *program;
static char reply[8192];

static int otlp(const viewer *v, const char *body)
{
    return viewer_post(v->otlp_port, "/v1/traces", JSON, body, strlen(body), reply, sizeof reply);
}

static int zipkin(const viewer *v, const char *body)
{
    return viewer_post(v->zipkin_port, "/api/v2/spans", JSON, body, strlen(body), reply, sizeof reply);
}

static viewer start(const char *const *more)
{
    const char *arguments[16] = { "view", "--otlp-port=0", "--zipkin-port=0", "--settle=0", "--root-wait=0.01" };
    size_t count = 5;
    while (*more)
        arguments[count++] = *more++;
    viewer v = viewer_start(program, arguments);
    CHECK(viewer_listens(&v));
    return v;
}

#define NOTHING ((const char *[]){ NULL })

static void good_spans_of_both_protocols_are_printed(void)
{
    viewer v = start(NOTHING);
    CHECK_EQUAL(otlp(&v, OTLP_SPAN("01", "01", "", "over otlp")), 200);
    CHECK_CONTAINS(reply, "{\"partialSuccess\":{}}");
    CHECK_CONTAINS(reply, "application/json");
    CHECK(viewer_prints(&v, 0, "\u2514\u2500 over otlp  yaks  1.0 ms\n"));
    CHECK_EQUAL(zipkin(&v, "[{\"traceId\":\"2\",\"id\":\"1\",\"name\":\"over zipkin\",\"timestamp\":1,\"duration\":7,"
                           "\"localEndpoint\":{\"serviceName\":\"yaks\"},\"tags\":{\"error\":\"no yak\"}}]"),
                202);
    CHECK_CONTAINS(reply, "Content-Length: 0\r\n");
    CHECK(viewer_prints(&v, 0, "over zipkin  yaks  7.0 \u00b5s  ERROR no yak\n"));

    CHECK_EQUAL(otlp(&v, OTLP_SPAN("01", "02", "0000000000000001", "late")), 200);
    CHECK(viewer_prints(&v, 0, "updated\n"));
    CHECK_EQUAL(otlp(&v, OTLP_SPAN("03", "02", "0000000000000001", "orphan")), 200);
    CHECK(viewer_prints(&v, 0, "root missing\n"));
    CHECK(strchr(v.printed[0], '\x1b') == NULL);
    CHECK_EQUAL(viewer_stop(&v, SIGTERM), 0);
}

/* The first failing condition decides; after each of these the next good request is served. */
static void bad_requests_are_answered_with_a_reason(void)
{
    static const struct {
        const char *path, *headers, *body, *part;
        int status;
        bool zipkin;
    } cases[] = {
        { "/v1/traces", JSON, "", "{\"code\":3,\"message\":\"the body is empty\"}", 400, false },
        { "/v1/traces", JSON, "hello", "\"message\":\"not JSON", 400, false },
        { "/v1/traces", JSON, "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"tra", "ends inside a string", 400,
          false },
        { "/v1/traces", JSON, OTLP_SPAN("01", "", "", ""), "span 0: spanId must be 16 hexadecimal digits", 400, false },
        { "/v1/traces", "", "{}", "Content-Type is missing", 415, false },
        { "/v1/traces", "Content-Type: text/plain\r\n", "{}", "text/plain is not taken", 415, false },
        { "/v1/traces", "Content-Type: application/x-protobuf\r\n", "\n", "only JSON", 415, false },
        { "/v1/traces", JSON "Content-Encoding: br\r\n", "{}", "only gzip", 415, false },
        { "/v1/traces", JSON "Content-Encoding: gzip\r\n", "{}", "gzip", 400, false },
        { "/v1/logs", JSON, "{}", "only traces", 404, false },
        { "/", JSON, "{}", "/v1/traces", 404, false },
        { "/api/v2/spans", JSON, "{}", "a list of spans", 400, true },
        { "/api/v2/spans", JSON, "[{\"traceId\":\"X\"}]", "span 0: traceId", 400, true },
        { "/api/v2/spans", "Content-Type: application/x-protobuf\r\n", "\n", "only JSON", 415, true },
        { "/v1/traces", JSON, "[]", "/api/v2/spans", 404, true },
    };
    viewer v = start(NOTHING);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int status = viewer_post(cases[i].zipkin ? v.zipkin_port : v.otlp_port, cases[i].path, cases[i].headers,
                                 cases[i].body, strlen(cases[i].body), reply, sizeof reply);
        CHECK_EQUAL(status, cases[i].status);
        CHECK_CONTAINS(reply, cases[i].part);
        CHECK_CONTAINS(reply, cases[i].zipkin ? "text/plain" : "application/json");
        CHECK_EQUAL(zipkin(&v, "[]"), 202);
    }
    static const char get[] = "GET /v1/traces HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    CHECK_EQUAL(viewer_exchange(v.otlp_port, get, strlen(get), reply, sizeof reply), 405);
    CHECK_CONTAINS(reply, "Allow: POST\r\n");
    CHECK_EQUAL(otlp(&v, OTLP_SPAN("05", "01", "", "after all that")), 200);
    CHECK(viewer_prints(&v, 0, "after all that"));
    CHECK_EQUAL(viewer_stop(&v, SIGINT), 0);
}

static char *filled(size_t len, char with)
{
    char *bytes = malloc(len);
    if (!bytes)
        exit(2);
    memset(bytes, with, len);
    return bytes;
}

#define OPEN_BODY                                                                                                      \
    "{\"resource\":{\"service_name\":\"shed\"},\"time_unix_nano\":\"5200000000\",\"spans\":[{\"trace_id\":\""          \
    "00000000000000000000000000000001\",\"span_id\":\"0000000000000001\",\"name\":\"shave\",\"start_unix_nano\":"      \
    "\"2000000000\"}]}"

static void what_is_open_is_asked_for_and_shown_on_request(void)
{
    static const char announcement[] = "Spanloom-Open-Spans: /v1/open-spans\r\n";
    viewer v = start(NOTHING);
    CHECK_EQUAL(otlp(&v, OTLP_SPAN("01", "01", "", "ended")), 200);
    CHECK(strstr(reply, "Spanloom-Open-Spans") == NULL); /* it writes to a pipe */
    CHECK_EQUAL(viewer_post(v.otlp_port, "/v1/open-spans", JSON, OPEN_BODY, strlen(OPEN_BODY), reply, sizeof reply),
                404);
    CHECK_EQUAL(viewer_stop(&v, SIGTERM), 0);

    v = start((const char *[]){ "--open=always", NULL });
    CHECK_EQUAL(otlp(&v, OTLP_SPAN("01", "01", "", "ended")), 200);
    CHECK_CONTAINS(reply, announcement);
    CHECK_EQUAL(viewer_post(v.otlp_port, "/v1/open-spans", JSON, OPEN_BODY, strlen(OPEN_BODY), reply, sizeof reply),
                200);
    CHECK_CONTAINS(reply, announcement);
    CHECK(viewer_prints(&v, 0, "open: shed 3.20 s shave\n"));
    CHECK(strchr(v.printed[0], '\x1b') == NULL);
    CHECK_EQUAL(viewer_post(v.otlp_port, "/v1/open-spans", JSON, "{}", 2, reply, sizeof reply), 400);
    CHECK_CONTAINS(reply, "resource must be an object");
    CHECK_EQUAL(viewer_post(v.otlp_port, "/v1/open-spans", "", OPEN_BODY, 2, reply, sizeof reply), 415);
    CHECK_EQUAL(viewer_post(v.zipkin_port, "/v1/open-spans", JSON, OPEN_BODY, 2, reply, sizeof reply), 404);
    char *large = filled(3 << 20, ' ');
    CHECK_EQUAL(viewer_post(v.otlp_port, "/v1/open-spans", JSON, large, 3 << 20, reply, sizeof reply), 413);
    free(large);
    CHECK_EQUAL(zipkin(&v, "[]"), 202);
    CHECK(strstr(reply, "Spanloom-Open-Spans") == NULL);
    CHECK_EQUAL(viewer_stop(&v, SIGTERM), 0);
}

/* A copy of a head in front of bytes that are there; no terminator. */
static size_t put_head(char *bytes, const char *head)
{
    size_t len = strlen(head);
    for (size_t i = 0; i < len; i++)
        bytes[i] = head[i];
    return len;
}

static void huge_and_deep_bodies_are_refused_and_survived(void)
{
    enum { HUGE = 20 << 20, DEEP = 100000 };
    viewer v = start(NOTHING);
    char *spaces = filled(HUGE, ' '), *brackets = filled(DEEP, '['), *chunked = filled(HUGE, ' ');
    CHECK_EQUAL(viewer_post(v.otlp_port, "/v1/traces", JSON, spaces, HUGE, reply, sizeof reply), 413);
    CHECK_CONTAINS(reply, "\"message\":\"the body has more than 8388608 bytes\"");
    CHECK_EQUAL(
        viewer_post(v.otlp_port, "/v1/traces", JSON "Expect: 100-continue\r\n", spaces, HUGE, reply, sizeof reply),
        413);
    char head[512];
    size_t body_len = HUGE - sizeof head;
    (void)snprintf(head, sizeof head,
                   "POST /v1/traces HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" JSON
                   "Transfer-Encoding: chunked\r\n\r\n%zx\r\n",
                   body_len);
    size_t len = put_head(chunked, head) + body_len;
    len += put_head(chunked + len, "\r\n0\r\n\r\n");
    CHECK_EQUAL(viewer_exchange(v.otlp_port, chunked, len, reply, sizeof reply), 413);
    CHECK_EQUAL(viewer_post(v.otlp_port, "/v1/traces", JSON, brackets, DEEP, reply, sizeof reply), 400);
    CHECK_CONTAINS(reply, "nested deeper than");
    CHECK_EQUAL(viewer_post(v.zipkin_port, "/api/v2/spans", JSON, brackets, DEEP, reply, sizeof reply), 400);
    CHECK_EQUAL(otlp(&v, OTLP_SPAN("06", "01", "", "still here")), 200);
    CHECK(viewer_prints(&v, 0, "still here"));
    free(spaces);
    free(brackets);
    free(chunked);
    CHECK_EQUAL(viewer_stop(&v, SIGTERM), 0);
}

static void what_is_hardly_http_is_survived(void)
{
    static const char head[] = "POST /v1/traces HTTP/1.1\r\nHost: x\r\n" JSON;
    static const struct {
        const char *head, *rest;
        bool answered; /* It is plain that it is wrong, without waiting for more. */
    } cases[] = {
        { "", "", false },
        { "", "\r\n", false },
        { "", "\x16\x03\x01\x02", false },
        { "", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", false },
        { head, "Content-Length: 1000\r\n\r\n{\"reso", false },
        { head, "Transfer-Encoding: chunked\r\n\r\n10\r\n{", false },
        { head, "Content-Length: nine\r\n\r\n{}", true },
        { head, "Content-Length: -1\r\n\r\n{}", true },
        { head, "Transfer-Encoding: chunked\r\n\r\nzz\r\n", true },
        { head, "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n", true },
    };
    viewer v = start(NOTHING);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char request[512];
        int len = snprintf(request, sizeof request, "%s%s", cases[i].head, cases[i].rest);
        if (cases[i].answered)
            CHECK(viewer_exchange(v.otlp_port, request, (size_t)len, reply, sizeof reply) >= 400);
        else
            viewer_abandon(v.otlp_port, request, (size_t)len);
        CHECK_EQUAL(otlp(&v, "{}"), 200);
    }
    char *header = filled(1 << 20, 'h');
    (void)put_head(header, "GET / HTTP/1.1\r\nX: ");
    int status = viewer_exchange(v.otlp_port, header, 1 << 20, reply, sizeof reply);
    CHECK(status == 0 || status >= 400);
    free(header);
    CHECK_EQUAL(otlp(&v, OTLP_SPAN("07", "01", "", "still here")), 200);
    CHECK(viewer_prints(&v, 0, "still here"));
    CHECK_EQUAL(viewer_stop(&v, SIGTERM), 0);
}

static void once_ends_with_the_first_trace_that_has_its_root(void)
{
    viewer v = start((const char *[]){ "--once", NULL });
    CHECK_EQUAL(otlp(&v, OTLP_SPAN("08", "02", "0000000000000001", "orphan")), 200);
    CHECK(viewer_prints(&v, 0, "root missing"));
    CHECK_EQUAL(otlp(&v, OTLP_SPAN("09", "01", "", "whole")), 200);
    CHECK_EQUAL(viewer_ends(&v), 0);
    CHECK_CONTAINS(v.printed[0], "whole");
    viewer_free(&v);
}

static void a_signal_shows_what_is_not_settled_yet(void)
{
    const char *arguments[] = { "view", "--otlp-port=0", "--zipkin-port=0", "--settle=3600", NULL };
    viewer v = viewer_start(program, arguments);
    CHECK(viewer_listens(&v));
    CHECK_EQUAL(otlp(&v, OTLP_SPAN("0a", "01", "", "waiting")), 200);
    CHECK(strstr(v.printed[0], "waiting") == NULL);
    (void)kill(v.pid, SIGINT);
    CHECK_EQUAL(viewer_ends(&v), 0);
    CHECK_CONTAINS(v.printed[0], "waiting");
    viewer_free(&v);
}

static void a_taken_port_is_named_with_its_owner(void)
{
    char port[32], owner[32], number[16];
    viewer first = start(NOTHING);
    (void)snprintf(port, sizeof port, "--otlp-port=%u", first.otlp_port);
    (void)snprintf(number, sizeof number, "port %u", first.otlp_port);
    (void)snprintf(owner, sizeof owner, "spanloom (pid %d)", (int)first.pid);
    const char *arguments[] = { "view", port, "--zipkin-port=0", NULL };
    viewer second = viewer_start(program, arguments);
    CHECK_EQUAL(viewer_ends(&second), 1);
    CHECK_CONTAINS(second.printed[1], number);
    CHECK_CONTAINS(second.printed[1], owner);
    viewer_free(&second);
    CHECK_EQUAL(viewer_stop(&first, SIGTERM), 0);
}

static void each_span_is_dumped_as_a_line_of_json(void)
{
    char path[] = "/tmp/spanloom-dump-XXXXXX", option[64], line[4096];
    int fd = mkstemp(path);
    CHECK(fd >= 0);
    (void)snprintf(option, sizeof option, "--dump=%s", path);
    viewer v = start((const char *[]){ option, NULL });
    CHECK_EQUAL(otlp(&v, OTLP_SPAN("0b", "01", "", "one")), 200);
    CHECK_EQUAL(zipkin(&v, "[{\"traceId\":\"b\",\"id\":\"2\",\"parentId\":\"1\",\"name\":\"two\"}]"), 202);
    CHECK_EQUAL(viewer_stop(&v, SIGTERM), 0);
    static const char *const names[] = { "one", "two" }, *const via[] = { "otlp", "zipkin" };
    FILE *file = fdopen(fd, "r");
    size_t lines = 0;
    while (file && fgets(line, sizeof line, file) && lines < 2) {
        cJSON *span = cJSON_Parse(line);
        const char *name = cJSON_GetStringValue(cJSON_GetObjectItem(span, "name"));
        const char *by = cJSON_GetStringValue(cJSON_GetObjectItem(span, "via"));
        CHECK(name && strcmp(name, names[lines]) == 0);
        CHECK(by && strcmp(by, via[lines]) == 0);
        cJSON_Delete(span);
        lines++;
    }
    CHECK_EQUAL(lines, 2);
    if (file)
        (void)fclose(file);
    (void)unlink(path);
}

static void full_memory_is_said_and_survived(void)
{
    viewer v = start((const char *[]){ "--max-bytes=8K", NULL });
    for (int i = 0x10; i < 0x40; i++) {
        char body[512];
        (void)snprintf(body, sizeof body, "[{\"traceId\":\"%x\",\"id\":\"1\",\"name\":\"n%x\"}]", (unsigned)i,
                       (unsigned)i);
        CHECK_EQUAL(zipkin(&v, body), 202);
    }
    CHECK(viewer_prints(&v, 0, "n3f"));
    CHECK(viewer_prints(&v, 1, "--max-bytes"));
    (void)kill(v.pid, SIGTERM);
    CHECK_EQUAL(viewer_ends(&v), 0);
    CHECK_CONTAINS(v.printed[1], "traces were removed to make room");
    viewer_free(&v);
}

static void a_reader_that_goes_away_ends_it_quietly(void)
{
    viewer v = start(NOTHING);
    (void)close(v.out);
    v.out = -1;
    CHECK_EQUAL(otlp(&v, OTLP_SPAN("0c", "01", "", "unread")), 200);
    CHECK_EQUAL(viewer_ends(&v), 0);
    CHECK(strstr(v.printed[1], "standard output") == NULL);
    viewer_free(&v);
}

static void the_command_line_is_answered(void)
{
    static const struct {
        const char *arguments[4];
        const char *printed;
        int stream, status;
    } cases[] = {
        { { "--version", NULL }, "spanloom " SLM_VERSION_STRING "\n", 0, 0 },
        { { "--help", NULL }, "Usage: spanloom view", 0, 0 },
        { { "view", "--help", NULL }, "--otlp-port", 0, 0 },
        { { NULL }, "Usage", 1, 2 },
        { { "weave", NULL }, "no such command: weave\nUsage", 1, 2 },
        { { "view", "--nonsense", NULL }, "--nonsense", 1, 2 },
        { { "view", "--otlp-port=x", NULL }, "--otlp-port cannot be \"x\"", 1, 2 },
        { { "view", "--otlp-port=0", "--dump=/nonexistent/x", NULL }, "--dump", 1, 1 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        viewer v = viewer_start(program, cases[i].arguments);
        CHECK_EQUAL(viewer_ends(&v), cases[i].status);
        CHECK_CONTAINS(v.printed[cases[i].stream], cases[i].printed);
        viewer_free(&v);
    }
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s SPANLOOM\n", argv[0]);
        return 2;
    }
    program = argv[1];
    good_spans_of_both_protocols_are_printed();
    bad_requests_are_answered_with_a_reason();
    what_is_open_is_asked_for_and_shown_on_request();
    huge_and_deep_bodies_are_refused_and_survived();
    what_is_hardly_http_is_survived();
    once_ends_with_the_first_trace_that_has_its_root();
    a_signal_shows_what_is_not_settled_yet();
    a_taken_port_is_named_with_its_owner();
    each_span_is_dumped_as_a_line_of_json();
    full_memory_is_said_and_survived();
    a_reader_that_goes_away_ends_it_quietly();
    the_command_line_is_answered();
    return check_result();
}
