/* SPDX-License-Identifier: MIT */
/* The demo's front service, between a client and a service that both are this test: what it takes from the one's
 * headers reaches the other, and what goes wrong is told. usage: test_demo_front FRONT SPANLOOM DIRECTORY */
#include "tests/wire/check.h"
#include "tests/wire/listener.h"
#include "tests/wire/spans.h"
#include "tests/wire/viewer.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define TRACE       "0af7651916cd43dd8448eb211c80319c"
#define OTHER_TRACE "1bf7651916cd43dd8448eb211c80319c"
#define PARENT      "b7ad6b7169203331"

enum { ROOM = 4096 };

/* What a client sends, and what must come of it. */
static const struct {
    const char *why, *headers;
    const char *tracestate; /* of the request that the front sends; NULL: none */
    int answer;             /* of the service */
    int status;             /* of the front */
    bool goes_on;           /* with the client's trace */
} cases[] = {
    { "a caller's trace goes on", "traceparent: 00-" TRACE "-" PARENT "-01\r\n", NULL, 200, 200, true },
    { "names are compared without regard to case", "TraceParent: 00-" TRACE "-" PARENT "-01\r\n", NULL, 200, 200,
      true },
    { "repeated tracestate headers are one list",
      "tracestate: a=1\r\ntraceparent: 00-" TRACE "-" PARENT "-01\r\nTracestate: b=2, c=3\r\n", "a=1,b=2,c=3", 200, 200,
      true },
    { "two traceparents are none",
      "traceparent: 00-" TRACE "-" PARENT "-01\r\ntraceparent: 00-" OTHER_TRACE "-" PARENT "-01\r\n", NULL, 200, 200,
      false },
    { "a malformed one is none", "traceparent: 00-" TRACE "-" PARENT "\r\ntracestate: a=1\r\n", NULL, 200, 200, false },
    { "no header, a new trace", "", NULL, 200, 200, false },
    { "a failing service", "traceparent: 00-" TRACE "-" PARENT "-01\r\n", NULL, 500, 502, true },
};
enum { CASES = sizeof cases / sizeof *cases };

static void run_case(size_t n, uint16_t front_port, int service)
{
    static char sent[ROOM], taken[ROOM], reply[ROOM];
    snprintf(sent, sizeof sent, "GET /shave HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s\r\n",
             cases[n].headers);
    int client = listener_send(front_port, sent);
    CHECK(listener_take(service, taken, sizeof taken, cases[n].answer, "shaved none") != NULL);
    CHECK_EQUAL(listener_reply(client, reply, sizeof reply), cases[n].status);
    CHECK_CONTAINS(reply, "shaved none (trace ");

    CHECK(strncmp(taken, "POST /yaks HTTP/1.1\r\n", 21) == 0);
    const char *traceparent = strstr(taken, "\r\ntraceparent: 00-");
    CHECK(traceparent && !strstr(traceparent + 2, "\r\ntraceparent:"));
    CHECK((strstr(taken, "\r\ntraceparent: 00-" TRACE "-") != NULL) == cases[n].goes_on);
    CHECK(!strstr(taken, PARENT) && !strstr(taken, OTHER_TRACE));
    const char *tracestate = strstr(taken, "\r\ntracestate: ");
    CHECK((tracestate != NULL) == (cases[n].tracestate != NULL));
    if (tracestate && cases[n].tracestate) {
        size_t len = strlen(cases[n].tracestate);
        CHECK(strncmp(tracestate + 14, cases[n].tracestate, len) == 0 && tracestate[14 + len] == '\r');
    }
}

/* Spans of one kind come in the order of the requests. */
static const struct span *nth_of_kind(const struct spans *got, const char *kind, size_t n)
{
    for (size_t i = 0; i < got->count; i++)
        if (strcmp(got->at[i].kind, kind) == 0 && n-- == 0)
            return &got->at[i];
    return NULL;
}

static void check_outcome(const struct span *s, bool failed, const char *status, const char *message)
{
    CHECK_EQUAL(s->status, failed ? 2 : 0);
    CHECK(strcmp(span_attribute(s, "http.response.status_code"), status) == 0);
    CHECK(strcmp(span_attribute(s, "error.type"), failed ? status : "") == 0);
    CHECK(strcmp(s->message, failed ? message : "") == 0);
}

static void check_case(const struct spans *got, size_t n)
{
    const struct span *server = nth_of_kind(got, "server", n), *client = nth_of_kind(got, "client", n);
    CHECK(client && server);
    if (!client || !server)
        return;
    CHECK(strcmp(client->parent_id, server->id) == 0);
    CHECK(strcmp(client->trace_id, server->trace_id) == 0);
    CHECK((strcmp(server->trace_id, TRACE) == 0) == cases[n].goes_on);
    CHECK(strcmp(server->parent_id, cases[n].goes_on ? PARENT : "") == 0);
    bool failed = cases[n].answer != 200;
    check_outcome(client, failed, failed ? "500" : "200", "");
    check_outcome(server, failed, failed ? "502" : "200", "the yak shavers cannot help");
    CHECK(strcmp(span_attribute(client, "server.address"), "127.0.0.1") == 0);
}

static uint16_t port_of(viewer *front)
{
    static const char says[] = "listening on http://127.0.0.1:";
    CHECK(viewer_prints(front, 0, "\n"));
    const char *at = strstr(front->printed[0], says);
    return at ? (uint16_t)strtoul(at + sizeof says - 1, NULL, 10) : 0;
}

int main(int argc, char **argv)
{
    static struct spans got;
    char path[512], dump[544], url[64];
    uint16_t service_port;
    if (argc != 4)
        return 2;
    snprintf(path, sizeof path, "%s/demo_front.jsonl", argv[3]);
    snprintf(dump, sizeof dump, "--dump=%s", path);
    (void)unlink(path);
    viewer view =
        viewer_start(argv[2], (const char *[]){ "view", "--otlp-port=0", "--zipkin-port=0", "--settle=0", dump, NULL });
    CHECK(viewer_listens(&view));
    snprintf(url, sizeof url, "http://127.0.0.1:%u", (unsigned)view.otlp_port);
    (void)setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url, 1);
    (void)setenv("no_proxy", "127.0.0.1", 1);

    int service = listener_open(&service_port);
    snprintf(url, sizeof url, "http://127.0.0.1:%u/yaks", (unsigned)service_port);
    viewer front = viewer_start(argv[1], (const char *[]){ url, NULL });
    uint16_t port = port_of(&front);
    for (size_t n = 0; n < CASES && port != 0; n++) {
        int before = check_failures;
        run_case(n, port, service);
        if (check_failures != before)
            fprintf(stderr, "in the case: %s\n", cases[n].why);
    }
    CHECK_EQUAL(viewer_stop(&front, SIGTERM), 0);
    CHECK(spans_read(&got, path));
    CHECK_EQUAL(got.count, 2 * CASES);
    for (size_t n = 0; n < CASES; n++)
        check_case(&got, n);
    spans_free(&got);
    (void)close(service);
    CHECK_EQUAL(viewer_stop(&view, SIGTERM), 0);
    return check_result();
}
